"""Moving and cancelling an appointment, each a saga of its own.

A booked one keeps its old slot until Cal.com has moved it. One that is only held is held at the new
time as well, and that is booked in place of the old: Cal.com's refusal gives the old one back. A
cancellation never waits for what Cal.com is being asked at that moment: what is given up is given
up at once, and what a late answer leaves is taken back behind.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.appointments import (
    CalendarRefused,
    Cancel,
    ChangeResult,
    CheckChange,
    FirstOutcome,
    Reschedule,
    SlotRefused,
    SlotSteps,
)
from workflows import steps
from workflows.alone import verify_alone
from workflows.booking import (
    ask_calendar,
    cancel_behind,
    cancel_in_calendar,
    confirm,
    find_offers,
    refusal_of,
    release,
    reserve,
    take_back,
    word_of,
)
from workflows.one_appointment import Attempt, OneAppointment, Wish
from workflows.telling import plan_life, report, tell

# Why a hold went that had no other word yet.
CANCELLED = "cancelled"
SUPERSEDED = "superseded"
# The reason of a cancellation by the engine: a person's older booking stands at that time.
OVERLAP = "overlap"


# --- moving -----------------------------------------------------------------------------------


async def reschedule(it: OneAppointment, request: Reschedule) -> ChangeResult:
    while True:
        # Two changes of one booking are never asked of Cal.com at once: it would take both.
        await workflow.wait_condition(lambda: not _is_being_changed(it))
        async with it.lock:
            if _is_being_changed(it):
                continue
            begun = await _begin(it, request)
            break
    match begun:
        case ChangeResult():
            return begun
        case SlotRefused():
            return ChangeResult(outcome="refused", reason=begun.reason, offers=begun.offers)
        case Wish():
            return await _word_about_hold(it, begun)
        case Attempt():
            return await _move(it, begun)


def _is_being_changed(it: OneAppointment) -> bool:
    return it.attempt is not None and it.attempt.is_change


def _wish(it: OneAppointment, request: Reschedule) -> Wish:
    """Whoever did not ask for somebody else keeps the person they have."""
    return Wish(
        start_at=request.start_at,
        staff_id=request.staff_id or (it.slot.staff_id if it.slot else None),
        staff_hard=request.staff_id is not None or it.wish.staff_hard,
    )


async def _begin(
    it: OneAppointment, request: Reschedule
) -> ChangeResult | SlotRefused | Wish | Attempt:
    if it.status == "held":
        return await _move_hold(it, request)
    refusal = await _refuse_change(it, request.by)
    if refusal is not None:
        return refusal
    slot = await reserve(it, _wish(it, request), replaces=True)
    return slot if isinstance(slot, SlotRefused) else ask_calendar(it, slot, change=True)


async def _move(it: OneAppointment, attempt: Attempt) -> ChangeResult:
    answer = await word_of(it, attempt)
    async with it.lock:
        if answer is None or it.attempt is not attempt:
            return _no_longer(it)
        it.attempt = None
        if isinstance(answer, CalendarRefused):
            await release(it, attempt.slot.revision)
            it.note(f"Not moved ({answer.cause}); the old time stands")
            return ChangeResult(outcome="refused", reason=refusal_of(answer))
        old, it.sequence = it.booking, it.sequence + 1
        await confirm(it, attempt.slot, answer)
        if old is not None and not attempt.is_move:
            it.behind(cancel_behind(it, old, "moved to another person"))
        await plan_life(it)
        tell(it, "reschedule", "customer", "branch")
        it.behind(verify_alone(it, attempt.slot.revision))
    return ChangeResult(outcome="rescheduled")


async def _move_hold(it: OneAppointment, request: Reschedule) -> Wish | SlotRefused:
    """The new time is held and asked for; the old request is given up, its hold kept for now."""
    wish, earlier = _wish(it, request), it.wish
    slot = await reserve(it, wish, replaces=True)
    if isinstance(slot, SlotRefused):
        return slot
    given_up = it.attempt
    first = it.behind(take_back(it, given_up, old=None)) if given_up is not None else None
    it.wish, it.fallback, it.refusal = wish, earlier, None
    ask_calendar(it, slot, after=first)
    it.sequence += 1
    if it.first is not None:  # `reserved` was said of another time
        tell(it, "reservation", "customer")
    return wish


async def _word_about_hold(it: OneAppointment, wish: Wish) -> ChangeResult:
    await workflow.wait_condition(lambda: it.status != "held" or it.wish is not wish)
    if it.status == "booked" and it.wish is wish:
        return ChangeResult(outcome="rescheduled")
    if it.status in ("held", "booked"):
        return it.refusal or ChangeResult(outcome="refused", reason=SUPERSEDED)
    if it.status == "failed" and it.first is not None:
        return ChangeResult(outcome="refused", reason=it.first.reason, offers=it.first.offers)
    return _no_longer(it)


# --- cancelling -------------------------------------------------------------------------------


async def cancel(it: OneAppointment, request: Cancel) -> ChangeResult:
    async with it.lock:
        if it.status == "cancelled":
            return ChangeResult(outcome="cancelled")
        if it.status == "held":
            await _cancel_hold(it, request)
            return ChangeResult(outcome="cancelled")
        refusal = await _refuse_change(it, request.by)
        if refusal is not None:
            return refusal
        if it.attempt is None and it.booking is not None:
            try:
                await cancel_in_calendar(it, it.booking, request.reason)
            except ActivityError as error:
                workflow.logger.warning("cal.com kept the booking", exc_info=error)
                return ChangeResult(outcome="refused", reason="calendar_kept_it")
        await _end(it, request)
        tell(it, "cancellation", "customer", "branch")
        if request.reason == OVERLAP:  # nobody wanted that: other times are the least we owe
            found = await find_offers(it)
            tell(it, "apology", "customer", offers=found.offers)
    return ChangeResult(outcome="cancelled")


async def _cancel_hold(it: OneAppointment, request: Cancel) -> None:
    """Nothing firm has been promised, so no limit applies. The branch has not heard of it."""
    was_told = it.first is not None
    await _end(it, request)
    if not was_told:
        report(it, FirstOutcome(outcome="refused", reason=CANCELLED))
    if was_told or request.by != "engine":
        tell(it, "cancellation", "customer")


async def _end(it: OneAppointment, request: Cancel) -> None:
    """Here first, where Cal.com is being asked for something else: its word is not waited for."""
    given_up, it.attempt = it.attempt, None
    await release(it, None, "cancelled", request.reason)
    it.sequence += 1
    it.set_status("cancelled")
    it.note(f"Cancelled by {request.by}")
    if given_up is not None:
        it.behind(take_back(it, given_up, old=it.booking))


async def _refuse_change(it: OneAppointment, by: str) -> ChangeResult | None:
    if it.status != "booked":
        return _no_longer(it)
    checked = await steps.local(
        SlotSteps.check_change,
        CheckChange.model_validate(
            {
                "company_id": it.start.company_id,
                "appointment_id": it.start.appointment_id,
                "by": by,
            }
        ),
        "May it still be changed?",
    )
    return None if checked.allowed else ChangeResult(outcome="refused", reason=checked.reason)


def _no_longer(it: OneAppointment) -> ChangeResult:
    return ChangeResult(outcome="refused", reason=f"is_{it.status}")

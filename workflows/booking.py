"""Booking: reserve here, book in Cal.com, confirm, or give all of it back.

The step at Cal.com itself looks until it knows. While it does so nobody holds the lock: who cancels
or moves what is only held takes the attempt away, and what Cal.com makes of it goes behind.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

from contracts.appointments import (
    AppointmentStatus,
    BookInCalendar,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    CalendarSteps,
    CancelInCalendar,
    ChangeResult,
    ConfirmSlot,
    FindOffers,
    FirstOutcome,
    OffersFound,
    ReleaseSlot,
    ReserveSlot,
    SlotHeld,
    SlotRefused,
    SlotSteps,
)
from domain.errors import SlotTaken
from workflows import policies, steps
from workflows.alone import verify_alone
from workflows.one_appointment import Attempt, OneAppointment, Wish
from workflows.telling import plan_life, report, tell

CALENDAR_DOWN = "calendar_down"


async def make(it: OneAppointment) -> None:
    """From the wish to `booked`, `failed`, or `cancelled` by somebody else meanwhile."""
    it.behind(_say_reserved_if_slow(it))
    refused: list[SlotHeld] = []
    async with it.lock:
        attempt = await _next_attempt(it, refused)
    while attempt is not None:
        answer = await word_of(it, attempt)
        async with it.lock:
            if answer is None or it.attempt is not attempt:
                attempt, refused = it.attempt, []  # cancelled: None; moved: the new time's
                continue
            it.attempt = None
            attempt = await _after(it, attempt.slot, answer, refused)


async def _after(
    it: OneAppointment,
    slot: SlotHeld,
    answer: CalendarBooked | CalendarRefused,
    refused: list[SlotHeld],
) -> Attempt | None:
    """What follows from Cal.com's word; another attempt where one is worth it."""
    if isinstance(answer, CalendarBooked):
        await _conclude(it, slot, answer)
        return None
    it.note(f"Cal.com refused ({answer.cause}): {answer.message}")
    refused.append(slot)
    if answer.cause == "slot_gone" and len(refused) < policies.STAFF_TRIES:
        await release(it, slot.revision)
        return await _next_attempt(it, refused)
    left = None
    if answer.cause == CALENDAR_DOWN:
        left = it.behind(withdraw_from_calendar(it, slot.revision))
    cause = refusal_of(answer)
    if it.fallback is not None:
        await release(it, slot.revision)
        refused.clear()
        return await _fall_back(it, ChangeResult(outcome="refused", reason=cause), after=left)
    await compensate(it, cause)
    return None


def refusal_of(answer: CalendarRefused) -> str:
    """In the words in which our own refusals are told, whatever is refused: a booking or a move."""
    return SlotTaken.code if answer.cause == "slot_gone" else answer.cause


async def _next_attempt(it: OneAppointment, refused: list[SlotHeld]) -> Attempt | None:
    answer = await reserve(it, it.wish, refused=refused, replaces=it.fallback is not None)
    if isinstance(answer, SlotHeld):
        return ask_calendar(it, answer)
    if it.fallback is not None:
        refused.clear()
        refusal = ChangeResult(outcome="refused", reason=answer.reason, offers=answer.offers)
        return await _fall_back(it, refusal)
    _give_up(it, answer.reason, answer.offers)
    return None


async def _fall_back(
    it: OneAppointment, refusal: ChangeResult, *, after: asyncio.Task[None] | None = None
) -> Attempt | None:
    """The new time cannot be had: the old one is held still, and is booked as was wished first."""
    it.refusal = refusal
    it.wish, it.fallback = it.fallback or it.wish, None
    it.note("The new time could not be booked; the old one is")
    answer = await reserve(it, it.wish, replaces=True)
    if isinstance(answer, SlotHeld):
        return ask_calendar(it, answer, after=after)
    await compensate(it, answer.reason)
    return None


async def _conclude(it: OneAppointment, slot: SlotHeld, booking: CalendarBooked) -> None:
    try:
        await confirm(it, slot, booking)
    except FailureError as error:  # a local step's failure comes without ActivityError round it
        # The hold had ended and its slot is another's: the booking must not stay.
        workflow.logger.warning("the slot was lost before it was confirmed", exc_info=error)
        it.behind(cancel_behind(it, booking, "slot lost"))
        await compensate(it, "slot_taken")
        return
    report(it, FirstOutcome(outcome="booked"))
    await plan_life(it)
    tell(it, "confirmation", "customer", "branch")
    it.behind(verify_alone(it, slot.revision))


# --- steps ------------------------------------------------------------------------------------


async def reserve(
    it: OneAppointment, wish: Wish, *, refused: list[SlotHeld] | None = None, replaces: bool = False
) -> SlotHeld | SlotRefused:
    """`replaces`: what the appointment has is kept until the new slot is confirmed."""
    start = it.start
    reserved = await steps.local(
        SlotSteps.reserve,
        ReserveSlot(
            appointment_id=start.appointment_id,
            company_id=start.company_id,
            branch_id=start.branch_id,
            service_id=start.service_id,
            staff_id=wish.staff_id,
            staff_hard=wish.staff_hard,
            customer_id=start.customer_id,
            start_at=wish.start_at,
            retell_call_id=start.retell_call_id,
            exclude_staff_ids=tuple(slot.staff_id for slot in refused or ()),
            replaces=replaces,
        ),
        "Reserve the new slot, keep the old one"
        if replaces
        else "Reserve staff, rooms and devices",
    )
    answer = reserved.answer
    if isinstance(answer, SlotHeld) and it.status == "held":
        it.slot = answer
        it.set_status("held")
        it.note(f"Held: {answer.summary}")
    return answer


async def confirm(it: OneAppointment, slot: SlotHeld, booking: CalendarBooked) -> None:
    await steps.local(
        SlotSteps.confirm,
        ConfirmSlot(
            company_id=it.start.company_id,
            appointment_id=it.start.appointment_id,
            revision=slot.revision,
            booking_id=booking.booking_id,
        ),
        "Reservation becomes the appointment",
    )
    it.slot, it.booking, it.fallback = slot, booking, None
    it.set_status("booked")
    it.note(f"Booked in Cal.com (no. {booking.booking_id}): {slot.summary}")


async def release(
    it: OneAppointment,
    revision: int | None,
    status: AppointmentStatus | None = None,
    reason: str = "",
) -> None:
    await steps.local(
        SlotSteps.release,
        ReleaseSlot(
            company_id=it.start.company_id,
            appointment_id=it.start.appointment_id,
            revision=revision,
            status=status,
            reason=reason or None,
        ),
        "Let the slot go",
    )


async def find_offers(it: OneAppointment) -> OffersFound:
    return await steps.local(
        SlotSteps.find_offers,
        FindOffers(company_id=it.start.company_id, appointment_id=it.start.appointment_id),
        "Find other times",
    )


# --- Cal.com ----------------------------------------------------------------------------------


def ask_calendar(
    it: OneAppointment,
    slot: SlotHeld,
    *,
    change: bool = False,
    after: asyncio.Task[None] | None = None,
) -> Attempt:
    """Asks behind. A change of the same person's booking is a move; another person's is a booking
    of its own. `after`: what has to be taken back first, or it would be in this one's way.
    """
    is_move = change and it.slot is not None and it.slot.staff_id == slot.staff_id
    it.attempt = Attempt(slot=slot, is_change=change, is_move=is_move)
    it.behind(_ask_until_known(it, it.attempt, after))
    return it.attempt


async def _ask_until_known(
    it: OneAppointment, attempt: Attempt, after: asyncio.Task[None] | None
) -> None:
    if after is not None:
        await workflow.wait_condition(after.done)
    if not attempt.is_given_up:
        attempt.asked = _start_asking(it, attempt)
        try:
            attempt.answer = (await attempt.asked).answer
        except (ActivityError, asyncio.CancelledError) as error:
            workflow.logger.warning("cal.com gave no answer in time", exc_info=error)
            attempt.answer = CalendarRefused(
                cause=CALENDAR_DOWN, message="no answer before the slot began"
            )
    attempt.is_over = True


def _start_asking(
    it: OneAppointment, attempt: Attempt
) -> workflow.ActivityHandle[CalendarAnswered]:
    """Cal.com away is waited out until the slot begins."""
    terms = policies.CALENDAR
    return workflow.start_activity_method(
        CalendarSteps.move if attempt.is_move else CalendarSteps.book,
        _ask(it, attempt.slot.revision),
        task_queue=terms.queue,
        start_to_close_timeout=terms.each_try,
        schedule_to_close_timeout=max(
            attempt.slot.start_at - workflow.now(), policies.CALENDAR_LEAST
        ),
        retry_policy=terms.retry,
        # Who gives up an attempt has to know what became of the try that is on its way.
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary="Cal.com: move the booking" if attempt.is_move else "Cal.com: make the booking",
    )


async def word_of(it: OneAppointment, attempt: Attempt) -> CalendarBooked | CalendarRefused | None:
    """None when somebody has taken the attempt away. The same has to be looked at under the lock.

    `calendar_down`: the slot came before an answer.
    """
    await workflow.wait_condition(lambda: attempt.is_over or it.attempt is not attempt)
    return attempt.answer if it.attempt is attempt else None


async def take_back(it: OneAppointment, attempt: Attempt, *, old: CalendarBooked | None) -> None:
    """What Cal.com has made, or still makes, of a request that was given up goes again.

    The try that is on its way ends first: a withdrawal that looks before it would find nothing.
    `old`: the booking that a change was to replace goes with it.
    """
    attempt.is_given_up = True
    if attempt.asked is not None:
        attempt.asked.cancel()
    await workflow.wait_condition(lambda: attempt.is_over)
    if isinstance(attempt.answer, CalendarBooked):
        await cancel_behind(it, attempt.answer, "given up")
    elif attempt.answer is not None and attempt.answer.cause == CALENDAR_DOWN:
        await withdraw_from_calendar(it, attempt.slot.revision)
    # A move that was made has ended the old one, and says so when it is asked.
    if old is not None:
        await cancel_behind(it, old, "cancelled")


async def cancel_in_calendar(it: OneAppointment, booking: CalendarBooked, reason: str) -> None:
    """Raises ActivityError when Cal.com keeps it."""
    await steps.remote(
        CalendarSteps.cancel,
        CancelInCalendar(
            company_id=it.start.company_id,
            appointment_id=it.start.appointment_id,
            booking_id=booking.booking_id,
            reason=reason,
        ),
        policies.CALENDAR,
        "Cal.com: cancel the booking",
    )


async def cancel_behind(it: OneAppointment, booking: CalendarBooked, reason: str) -> None:
    """After our own row has changed: what Cal.com keeps is drift, which comparing both finds."""
    try:
        await cancel_in_calendar(it, booking, reason)
    except ActivityError as error:
        workflow.logger.warning("cal.com kept the booking", exc_info=error)
        it.note(f"Cal.com keeps booking no. {booking.booking_id}")


async def withdraw_from_calendar(it: OneAppointment, revision: int) -> None:
    """Whatever a late answer to an unanswered request left behind is cancelled."""
    try:
        await steps.remote(
            CalendarSteps.withdraw,
            _ask(it, revision),
            policies.CALENDAR,
            "Cal.com: withdraw what a late answer left",
        )
    except ActivityError as error:
        workflow.logger.warning("cal.com stayed away for a day", exc_info=error)


def _ask(it: OneAppointment, revision: int) -> BookInCalendar:
    return BookInCalendar(
        company_id=it.start.company_id,
        appointment_id=it.start.appointment_id,
        revision=revision,
    )


# --- giving up --------------------------------------------------------------------------------


async def compensate(it: OneAppointment, cause: str) -> None:
    """The hold goes, and whoever was promised something hears so, with other times."""
    await release(it, None, "failed", cause)
    found = await find_offers(it)
    _give_up(it, cause, found.offers)


def _give_up(it: OneAppointment, reason: str, offers: tuple[datetime, ...]) -> None:
    it.set_status("failed")
    it.note(f"Not booked: {reason}")
    was_promised = it.first is not None
    report(it, FirstOutcome(outcome="refused", reason=reason, offers=offers))
    # A script at the REST door has its answer, and a caller on the line hears it; who has hung up,
    # and whoever was told `reserved`, has not.
    by_mail = it.start.retell_call_id is not None and not it.start.told_by_call
    if was_promised or by_mail:
        tell(it, "apology", "customer", offers=offers)
    if was_promised:  # the call has settled: nobody else tells the branch to ring back
        tell(it, "apology", "branch", offers=offers)


async def _say_reserved_if_slow(it: OneAppointment) -> None:
    """`reserved` is the honest word while Cal.com says nothing."""
    try:
        await workflow.wait_condition(
            lambda: it.first is not None,
            timeout=timedelta(seconds=it.start.patience_s),
            timeout_summary="so long the first word waits for Cal.com",
        )
    except TimeoutError:
        if it.slot is not None and it.status == "held" and it.first is None:
            report(it, FirstOutcome(outcome="reserved"))
            tell(it, "reservation", "customer")

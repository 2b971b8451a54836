"""What Cal.com reports: a person moved or cancelled the booking there, or the customer was missing.

Cal.com's word counts, since it has happened. Its webhooks come late, twice and in any order, and
tell of our own doing as well: what we know already changes nothing.
"""

from temporalio import workflow

from contracts.appointments import CalendarBooked
from contracts.life import CalendarFollowed, CalendarReported, FollowCalendar, LifeSteps, MarkMissed
from workflows import steps
from workflows.booking import find_offers
from workflows.one_appointment import OneAppointment
from workflows.telling import plan_life, tell


async def follow(it: OneAppointment) -> None:
    """The next report. While Cal.com is being asked for something, its reports are about that."""
    async with it.lock:
        if it.attempt is not None or not it.reports:
            return
        report = it.reports.pop(0)
        if report.kind == "no_show":
            await _nobody_came(it)
        elif _is_news(it, report):
            await _as_in_calendar(it, report)
        else:
            it.note(f"Cal.com reports what is known: {report.kind}")


def _is_news(it: OneAppointment, report: CalendarReported) -> bool:
    """Cheap look before the step, which knows all bookings that the appointment ever had."""
    if it.booking is None:
        return False
    is_todays = report.booking_id == it.booking.booking_id
    match report.kind:
        case "rescheduled":
            return it.status in ("booked", "completed") and not is_todays
        case "cancelled" | "rejected" | "deleted":
            return it.status == "booked" and (is_todays or report.booking_id is None)
        case _:
            return False


async def _as_in_calendar(it: OneAppointment, report: CalendarReported) -> None:
    followed = await steps.local(
        LifeSteps.follow_calendar,
        FollowCalendar(
            company_id=it.start.company_id,
            appointment_id=it.start.appointment_id,
            report=report,
        ),
        f"Cal.com reports: {report.kind}",
    )
    it.note(f"Cal.com reports: {report.kind}; {followed.outcome}")
    if followed.outcome == "cancelled":
        it.sequence += 1
        it.set_status("cancelled")
        tell(it, "cancellation", "customer")
    elif followed.outcome == "moved":
        await _moved(it, followed)


async def _moved(it: OneAppointment, followed: CalendarFollowed) -> None:
    old = it.held_slot()
    if followed.slot is not None:
        it.slot = followed.slot
    if followed.booking_id is not None:
        it.booking = CalendarBooked(booking_id=followed.booking_id)
    it.set_status("booked")
    if it.held_slot().start_at == old.start_at:  # another booking at the same time: no news
        return
    it.sequence += 1
    await plan_life(it)
    tell(it, "reschedule", "customer")


async def _nobody_came(it: OneAppointment) -> None:
    """Believed from the start on, and after the end as long as the workflow lives."""
    if it.status not in ("booked", "completed") or workflow.now() < it.held_slot().start_at:
        it.note(f"A no-show is reported of what is {it.status}: not believed")
        return
    marked = await steps.local(
        LifeSteps.mark_missed,
        MarkMissed(company_id=it.start.company_id, appointment_id=it.start.appointment_id),
        "Nobody came",
    )
    it.set_status("missed")
    it.note("Nobody came")
    if marked.follow_up:
        found = await find_offers(it)
        it.sequence += 1
        tell(it, "missed", "customer", offers=found.offers)

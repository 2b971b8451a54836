"""Booking in Cal.com: the step itself looks until it knows; here is what follows from its word."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.appointments import (
    AppointmentStart,
    BookInCalendar,
    CalendarBooked,
    CalendarRefused,
    CalendarSteps,
)
from workflows import policies, steps

CALENDAR_DOWN = "calendar_down"


async def book_in_calendar(
    start: AppointmentStart, *, revision: int, slot_start: datetime, move: bool = False
) -> CalendarBooked | CalendarRefused:
    """Books (or moves) and tells what is really there. Cal.com away is waited out until the slot.

    Returns `CalendarRefused(cause="calendar_down")` when the slot came before an answer.
    """
    ask = _ask(start, revision)
    within = max(slot_start - workflow.now(), policies.CALENDAR_LEAST)
    try:
        if move:
            answered = await steps.remote(
                CalendarSteps.move,
                ask,
                policies.CALENDAR,
                "Cal.com: move the booking",
                within=within,
            )
        else:
            answered = await steps.remote(
                CalendarSteps.book,
                ask,
                policies.CALENDAR,
                "Cal.com: make the booking",
                within=within,
            )
    except ActivityError as error:
        workflow.logger.warning("cal.com gave no answer in time", exc_info=error)
        return CalendarRefused(cause=CALENDAR_DOWN, message="no answer before the slot began")
    return answered.answer


async def withdraw_from_calendar(start: AppointmentStart, *, revision: int) -> None:
    """Whatever a late answer to an unanswered request left behind is cancelled."""
    try:
        await steps.remote(
            CalendarSteps.withdraw,
            _ask(start, revision),
            policies.CALENDAR,
            "Cal.com: withdraw what a late answer left",
        )
    except ActivityError as error:
        workflow.logger.warning("cal.com stayed away for a day", exc_info=error)


def _ask(start: AppointmentStart, revision: int) -> BookInCalendar:
    return BookInCalendar(
        company_id=start.company_id, appointment_id=start.appointment_id, revision=revision
    )

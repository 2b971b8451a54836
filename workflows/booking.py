"""Booking in Cal.com so that an unclear answer is never taken for a yes or a no."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.appointments import (
    AppointmentStart,
    BookInCalendar,
    CalendarAbsent,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    CalendarSteps,
    CalendarUnclear,
    FindInCalendar,
)
from workflows import policies, steps

# The contract's recipe (2.4): after an unclear answer look; if nothing is there, exactly one more
# request; its answer is looked at again, and then believed.
REQUESTS = 2


async def book_in_calendar(
    start: AppointmentStart, *, revision: int, slot_start: datetime, move: bool = False
) -> CalendarBooked | CalendarRefused:
    """Books (or moves) and tells what is really there. Cal.com away is waited out until the slot.

    Returns `CalendarRefused(cause="calendar_down")` when the slot came before an answer.
    """
    refusal = CalendarRefused(cause="calendar_down", message="no answer before the slot began")
    for request_number in range(1, REQUESTS + 1):
        ask = BookInCalendar(
            company_id=start.company_id,
            appointment_id=start.appointment_id,
            revision=revision,
            repeated=request_number > 1,
        )
        within = slot_start - workflow.now()
        try:
            answered = await _request(ask, within=within, move=move)
            answer = answered.answer
            if isinstance(answer, CalendarBooked):
                return answer
            if isinstance(answer, CalendarRefused) and answer.cause != "slot_gone":
                return answer
            found = await _look(ask, answer, within=within)
        except ActivityError as error:
            workflow.logger.warning("cal.com gave no answer in time", exc_info=error)
            return refusal
        if found is not None:
            return found
        if isinstance(answer, CalendarRefused):
            return answer
        workflow.logger.info("unclear answer, no booking found", extra={"request": request_number})
    return CalendarRefused(cause="slot_gone", message="two requests, and no booking is there")


async def _request(ask: BookInCalendar, *, within: timedelta, move: bool) -> CalendarAnswered:
    if move:
        return await steps.calendar(
            CalendarSteps.move, ask, within=within, summary="Cal.com: move the booking"
        )
    return await steps.calendar(
        CalendarSteps.book, ask, within=within, summary="Cal.com: make the booking"
    )


async def _look(
    ask: BookInCalendar,
    answer: CalendarRefused | CalendarUnclear | CalendarAbsent,
    *,
    within: timedelta,
) -> CalendarBooked | None:
    """Ours (returned), or someone else's or absent (None)."""
    clean = isinstance(answer, CalendarRefused) and answer.clean
    patience = timedelta(0) if clean else policies.LATE_COMMIT
    found = await steps.look(
        CalendarSteps.find,
        FindInCalendar(
            company_id=ask.company_id,
            appointment_id=ask.appointment_id,
            revision=ask.revision,
            settle_until=workflow.now() + patience,
        ),
        within=within,
        summary="Cal.com: is it ours, someone else's or absent?",
    )
    return found.answer if isinstance(found.answer, CalendarBooked) else None

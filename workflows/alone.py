"""After a booking: is it alone in its host's calendar? Nobody waits for the answer."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.calendar_events import CalendarLookSteps, VerifyAlone
from workflows import policies, steps
from workflows.one_appointment import OneAppointment

# A run that waits for this cannot hand over to the next.
LOOKED_FOR = timedelta(hours=1)


async def verify_alone(it: OneAppointment, revision: int) -> None:
    """What stands beside it becomes an event of its own, whose run settles it by the rule; this
    only sees to it that somebody looks. For `OneAppointment.behind`, once a slot is confirmed.
    """
    try:
        verified = await steps.remote(
            CalendarLookSteps.verify_alone,
            VerifyAlone(
                company_id=it.start.company_id,
                appointment_id=it.start.appointment_id,
                revision=revision,
            ),
            policies.CALENDAR_EVENT,
            "Cal.com: is it alone there?",
            within=LOOKED_FOR,
        )
    except ActivityError as error:  # the hourly comparison of both calendars looks as well
        workflow.logger.warning("nobody could look beside the booking", exc_info=error)
        return
    if verified.overlapping or verified.surplus:
        it.note(f"Beside it in Cal.com: {verified.overlapping} of others, {verified.surplus} ours")

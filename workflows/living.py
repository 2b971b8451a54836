"""The life of a booked appointment: reminders, reports, its end, and a day in which to hear that
nobody came. One timer at a time, for whatever comes next.
"""

from datetime import datetime, timedelta

from temporalio import workflow

from contracts.appointments import MarkPassed, SlotSteps
from workflows import policies, steps
from workflows.following import follow
from workflows.one_appointment import ENDED, OneAppointment
from workflows.telling import tell


async def live(it: OneAppointment) -> None:
    """Until it is over. Before that, when the history has grown long, the next run takes over."""
    while it.status not in ENDED:
        if it.is_long() and it.is_idle():
            workflow.continue_as_new(it.next_run())
        next_at, why = _next(it)
        if it.reports and it.attempt is None:
            await follow(it)
        elif next_at > workflow.now():
            await _wait(it, next_at, why)
        elif it.status == "completed":
            return
        elif it.reminders and it.reminders[0].at <= next_at:
            await _remind(it)
        else:
            await _pass(it)


def _next(it: OneAppointment) -> tuple[datetime, str]:
    slot = it.held_slot()
    if it.status == "completed":
        window = timedelta(seconds=it.start.missed_window_s)
        return slot.end_at + window, "a no-show may still be reported"
    if it.reminders and it.reminders[0].at < slot.end_at:
        due = it.reminders[0]
        return due.at, f"until the reminder ({due.minutes} minutes before)"
    return slot.end_at, "until the appointment has passed"


async def _wait(it: OneAppointment, until: datetime, why: str) -> None:
    """Until then, or until something has happened that changes what comes next."""
    before = (it.slot, it.status, it.reminders)

    def has_changed() -> bool:
        is_reported = bool(it.reports) and it.attempt is None
        may_hand_over = it.is_long() and it.is_idle()
        return is_reported or may_hand_over or (it.slot, it.status, it.reminders) != before

    try:
        await workflow.wait_condition(
            has_changed, timeout=until - workflow.now(), timeout_summary=why
        )
    except TimeoutError:
        workflow.logger.debug("due: %s", why)


async def _remind(it: OneAppointment) -> None:
    """Of several that are due (no worker ran meanwhile) the last one is sent."""
    async with it.lock:
        now = workflow.now()
        due = [reminder for reminder in it.reminders if reminder.at <= now]
        if not due:  # moved while the lock was waited for
            return
        it.reminders = tuple(reminder for reminder in it.reminders if reminder.at > now)
        if it.held_slot().start_at - now >= policies.REMINDER_LEAST:
            tell(it, "reminder", "customer", reminder_minutes=due[-1].minutes)


async def _pass(it: OneAppointment) -> None:
    async with it.lock:
        now = workflow.now()
        if it.status != "booked" or it.held_slot().end_at > now:
            return
        await steps.local(
            SlotSteps.mark_passed,
            MarkPassed(company_id=it.start.company_id, appointment_id=it.start.appointment_id),
            "The appointment has passed",
        )
        it.set_status("completed")
        it.note("The appointment has passed")

"""One appointment, from first hold to kept, moved, cancelled or missed.

Here are its doors; what it knows is in `one_appointment`, what it does in `booking`, `changing`,
`following`, `living`, and what it says in `telling`.
"""

from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contracts.appointments import (
    AppointmentProgress,
    AppointmentStart,
    Cancel,
    ChangeResult,
    FirstOutcome,
    Reschedule,
)
from contracts.life import CalendarReported
from contracts.names import APPOINTMENT_WORKFLOW
from domain.errors import DomainError
from workflows import changing
from workflows.booking import make
from workflows.living import live
from workflows.one_appointment import OneAppointment


@workflow.defn(
    name=APPOINTMENT_WORKFLOW, failure_exception_types=[DomainError, ValueError, KeyError]
)
class AppointmentWorkflow:
    """reserve → book in Cal.com → confirm → notify → remind, then alive until a day after its end.

    Every door starts it the same way; a call starts it as a child that outlives the call. A long
    life continues as new and goes on where it was.
    """

    @workflow.init
    def __init__(self, start: AppointmentStart) -> None:
        self._it = OneAppointment(start)

    @workflow.run
    async def run(self, start: AppointmentStart) -> AppointmentProgress:
        if start.carried is None:
            self._it.note(f"Asked for: {start.summary or start.start_at.isoformat()}")
            await make(self._it)
        await live(self._it)
        self._it.reports.clear()  # of what has ended nothing more is followed
        await workflow.wait_condition(self._it.is_idle)
        self._it.end_chores()
        return self._it.progress()

    @workflow.query
    def progress(self) -> AppointmentProgress:
        return self._it.progress()

    @workflow.update
    async def book(self) -> FirstOutcome:
        """Waits for what becomes of the wish."""
        await workflow.wait_condition(lambda: self._it.first is not None)
        if self._it.first is None:  # for the type checker; the wait above has just seen it
            raise ApplicationError("no outcome", type="no_outcome", non_retryable=True)
        return self._it.first

    @workflow.update
    async def reschedule(self, request: Reschedule) -> ChangeResult:
        """Moves the appointment; the old slot is kept until the new is sure."""
        return await self._once(lambda: changing.reschedule(self._it, request))

    @reschedule.validator
    def _reschedule_in_future(self, request: Reschedule) -> None:
        if self._answered() is None and request.start_at <= workflow.now():
            raise ApplicationError("the new time has passed", type="too_soon", non_retryable=True)

    @workflow.update
    async def cancel(self, request: Cancel) -> ChangeResult:
        """Cancels the appointment here and in Cal.com."""
        return await self._once(lambda: changing.cancel(self._it, request))

    @workflow.signal(description="Cal.com reported something about the booking")
    def calendar_reported(self, report: CalendarReported) -> None:
        self._it.heard(report)

    # --- asked twice, done once ---------------------------------------------------------------

    async def _once(self, change: Callable[[], Awaitable[ChangeResult]]) -> ChangeResult:
        """The engine knows the updates of this run; those of earlier runs are remembered here."""
        known = self._answered()
        if known is not None:
            return known
        result = await change()
        info = workflow.current_update_info()
        if info is not None:
            self._it.remember(info.id, result)
        return result

    def _answered(self) -> ChangeResult | None:
        info = workflow.current_update_info()
        return self._it.answer_to(info.id) if info is not None else None

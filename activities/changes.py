"""Changes that one workflow asks of another, as updates whose ids make repeats harmless."""

from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from typing_extensions import override

from contracts.appointments import Cancel, ChangeResult, Reschedule
from contracts.calls import AppointmentChanged, ChangeAppointment, ChangeSteps
from domain.ids import appointment_workflow_id, change_update_id


class EngineChanges(ChangeSteps):
    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn(name="appointments.change")
    @override
    async def change(self, request: ChangeAppointment) -> AppointmentChanged:
        """Waits for the appointment's word. An appointment that has ended refuses every change."""
        try:
            result = await self._ask(request)
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            reason = cause.type if isinstance(cause, ApplicationError) else None
            return AppointmentChanged(outcome="refused", reason=reason or "change_failed")
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return AppointmentChanged(outcome="refused", reason="not_found")
            raise
        return AppointmentChanged(
            outcome=result.outcome, reason=result.reason, offers=result.offers
        )

    async def _ask(self, request: ChangeAppointment) -> ChangeResult:
        handle = self._client.get_workflow_handle(appointment_workflow_id(request.appointment_id))
        update_id = change_update_id(request.retell_call_id, request.action, request.asked_by)
        if request.action == "cancel":
            cancelled: ChangeResult = await handle.execute_update(
                "cancel", Cancel(by=request.by), id=update_id, result_type=ChangeResult
            )
            return cancelled
        if request.start_at is None:
            raise ApplicationError("a move needs a new start", type="no_start", non_retryable=True)
        moved: ChangeResult = await handle.execute_update(
            "reschedule",
            Reschedule(start_at=request.start_at, staff_id=request.staff_id),
            id=update_id,
            result_type=ChangeResult,
        )
        return moved

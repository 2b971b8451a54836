"""Requests to the engine whose repetition changes nothing."""

import asyncio
from typing import Any, Literal

from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.workflowservice.v1 import SignalWithStartWorkflowExecutionRequest
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.converter import WorkflowSerializationContext
from temporalio.service import RPCError, RPCStatusCode

from contracts.calls import CallReported, CallStart
from contracts.names import CALL_WORKFLOW, TaskQueue
from domain.ids import call_workflow_id
from settings import Settings

# Retell waits 10 s for us and then sends again.
SIGNAL_TIMEOUT_S = 5.0
# Fairness: a flood of calls on one number waits behind itself, not before other companies' calls.
# The priority is the engine's middle one.
CALL_PRIORITY = 3
# Of the time a function has for its answer, what all but waiting for Cal.com may take.
_BESIDE_CALCOM_S = 0.7


class EngineUnavailableError(Exception):
    """Nothing is known to have happened; the same request may be sent again."""


def call_start(settings: Settings, retell_call_id: str) -> CallStart:
    """The same whichever event or function of the call comes first."""
    return CallStart(
        retell_call_id=retell_call_id,
        analysis_wait_s=settings.analysis_wait_s,
        call_max_s=settings.call_max_s,
        first_outcome_wait_s=settings.first_outcome_wait_s,
        answer_wait_s=round(max(0.1, settings.function_answer_s - _BESIDE_CALCOM_S), 3),
    )


def call_summary(dialled: str | None) -> str:
    return f"Call to {dialled}" if dialled else "Call without a dialled number"


def fairness_key(dialled: str | None) -> str:
    return dialled or "unknown"


async def forget(operation: WithStartWorkflowOperation[Any, Any]) -> None:
    """The SDK keeps a failure to start a second time, and asyncio complains if nobody looks."""
    handle = asyncio.ensure_future(operation.workflow_handle())
    done, pending = await asyncio.wait({handle}, timeout=0.1)
    for each in done:
        if not each.cancelled():
            each.exception()
    for each in pending:
        each.cancel()


async def report_to_call(
    client: Client,
    start: CallStart,
    report: CallReported,
    *,
    dialled: str | None,
    timeout_s: float = SIGNAL_TIMEOUT_S,
) -> Literal["signalled", "late"]:
    """Signals the call's workflow, which is started if it is not there.

    `late`: the call is settled already. The signal's request id is the stored event's id, and the
    server takes each request id once; so however often and from how many processes at once this is
    called for an event, the workflow hears of it once. (The SDK's `start_workflow` makes up
    a new id each time, hence the request itself.) Raises EngineUnavailableError.
    """
    request = await _signal_with_start(client, start, report, dialled)
    try:
        async with asyncio.timeout(timeout_s):
            await client.workflow_service.signal_with_start_workflow_execution(request, retry=True)
    except RPCError as error:
        if error.status is RPCStatusCode.ALREADY_EXISTS:
            return "late"
        raise EngineUnavailableError(error.status.name) from error
    except (TimeoutError, RuntimeError) as error:  # the latter: a lazy client's first connection
        raise EngineUnavailableError(type(error).__name__) from error
    return "signalled"


async def _signal_with_start(
    client: Client, start: CallStart, report: CallReported, dialled: str | None
) -> SignalWithStartWorkflowExecutionRequest:
    workflow_id = call_workflow_id(start.retell_call_id)
    converter = client.data_converter.with_context(
        WorkflowSerializationContext(namespace=client.namespace, workflow_id=workflow_id)
    )
    request = SignalWithStartWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_id=workflow_id,
        identity=client.identity,
        request_id=str(report.event_id),
        workflow_id_reuse_policy=WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
        workflow_id_conflict_policy=(
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
        ),
        signal_name="call_reported",
        user_metadata=UserMetadata(summary=(await converter.encode([call_summary(dialled)]))[0]),
    )
    request.workflow_type.name = CALL_WORKFLOW
    request.task_queue.name = TaskQueue.CALLS
    request.input.payloads.extend(await converter.encode([start]))
    request.signal_input.payloads.extend(await converter.encode([report]))
    request.priority.priority_key = CALL_PRIORITY
    request.priority.fairness_key = fairness_key(dialled)
    return request

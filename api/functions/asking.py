"""From a stored question to its call's workflow, and back with the answer: one update."""

import asyncio
from datetime import timedelta
from typing import Literal

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.engine import CALL_PRIORITY, EngineUnavailableError, call_summary, fairness_key, forget
from contracts.calls import CallStart
from contracts.functions import FunctionAnswer, FunctionAsked
from contracts.names import CALL_WORKFLOW, TaskQueue
from domain.ids import call_workflow_id, function_update_id

# The engine's word for an update whose workflow came to its end before the answer.
_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"


class QuestionFailedError(Exception):
    """The workflow could not answer; its own reason is the message."""


async def ask_call(
    client: Client,
    start: CallStart,
    asked: FunctionAsked,
    *,
    dialled: str | None,
    within_s: float,
) -> FunctionAnswer | Literal["not_yet", "over"]:
    """The call's workflow is started if it is not there.

    `not_yet`: the work goes on, and the same question asked again gets its answer; so it may where
    the engine is too slow to say so: "failed" of what is booked a moment later would be a lie.
    `over`: the call was settled already. Raises EngineUnavailableError and QuestionFailedError.
    """
    operation = _start_operation(start, dialled)
    away = asyncio.create_task(_is_away(client, after_s=within_s / 2))
    try:
        async with asyncio.timeout(within_s):
            answer: FunctionAnswer = await client.execute_update_with_start_workflow(
                asked.name,
                asked,
                start_workflow_operation=operation,
                id=function_update_id(asked.name, asked.digest, asked.asked_at),
                result_type=FunctionAnswer,
            )
    except WorkflowAlreadyStartedError:
        return "over"
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        if away.done() and away.result():
            raise EngineUnavailableError("silent") from error
        return "not_yet"
    except WorkflowUpdateFailedError as error:
        reason = error.cause.type if isinstance(error.cause, ApplicationError) else None
        if reason == _ENDED_MEANWHILE:
            return "over"
        raise QuestionFailedError(reason or type(error.cause).__name__) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:  # it came to its end in this moment
            return "over"
        raise EngineUnavailableError(error.status.name) from error
    except RuntimeError as error:  # a lazy client's first connection
        raise EngineUnavailableError(type(error).__name__) from error
    finally:
        away.cancel()
        await forget(operation)
    return answer


def _start_operation(
    start: CallStart, dialled: str | None
) -> WithStartWorkflowOperation[object, object]:
    """The same as that of Retell's events: whichever comes first starts the call."""
    return WithStartWorkflowOperation(
        CALL_WORKFLOW,
        start,
        id=call_workflow_id(start.retell_call_id),
        task_queue=TaskQueue.CALLS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        static_summary=call_summary(dialled),
        priority=Priority(priority_key=CALL_PRIORITY, fairness_key=fairness_key(dialled)),
    )


async def _is_away(client: Client, *, after_s: float) -> bool:
    """Whether nobody is there to answer; only looked at when an answer is late."""
    await asyncio.sleep(after_s)
    try:
        return not await client.service_client.check_health(timeout=timedelta(seconds=after_s))
    except RPCError as error:
        return error.status is RPCStatusCode.UNAVAILABLE
    except RuntimeError:
        return True

"""How workflows take their steps: one place for queue, time limit and retry policy of each kind."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from contracts.names import TaskQueue
from workflows import policies

Request = TypeVar("Request")
Result = TypeVar("Result")
Step = Callable[[Any, Request], Awaitable[Result]]


async def local(step: Step[Request, Result], request: Request, summary: str) -> Result:
    """Milliseconds on our own database or CPU, inside the workflow task."""
    return await workflow.execute_local_activity_method(
        step,
        request,
        start_to_close_timeout=policies.LOCAL_TRY,
        retry_policy=policies.LOCAL_RETRY,
        local_retry_threshold=policies.LOCAL_WAIT,
        summary=summary,
    )


async def calendar(
    step: Step[Request, Result], request: Request, *, within: timedelta, summary: str
) -> Result:
    """A request to Cal.com; `within` is the business deadline over all tries."""
    return await workflow.execute_activity_method(
        step,
        request,
        task_queue=TaskQueue.INTEGRATIONS,
        start_to_close_timeout=policies.CALENDAR_TRY,
        schedule_to_close_timeout=max(within, policies.CALENDAR_LEAST),
        retry_policy=policies.CALENDAR_RETRY,
        summary=summary,
    )


async def notify(step: Step[Request, Result], request: Request, summary: str) -> Result:
    """One message to a person."""
    return await workflow.execute_activity_method(
        step,
        request,
        task_queue=TaskQueue.NOTIFY,
        start_to_close_timeout=policies.NOTICE_TRY,
        schedule_to_close_timeout=policies.NOTICE_LIMIT,
        retry_policy=policies.NOTICE_RETRY,
        summary=summary,
    )


async def change(step: Step[Request, Result], request: Request, summary: str) -> Result:
    """Asks another workflow for a change and waits for its word."""
    return await workflow.execute_activity_method(
        step,
        request,
        task_queue=TaskQueue.INTEGRATIONS,
        start_to_close_timeout=policies.CHANGE_TRY,
        schedule_to_close_timeout=policies.CHANGE_LIMIT,
        retry_policy=policies.CHANGE_RETRY,
        summary=summary,
    )


async def model(step: Step[Request, Result], request: Request, summary: str) -> Result:
    """A question to a language model; whoever asks goes on without an answer."""
    return await workflow.execute_activity_method(
        step,
        request,
        task_queue=TaskQueue.INTEGRATIONS,
        start_to_close_timeout=policies.MODEL_TRY,
        schedule_to_close_timeout=policies.MODEL_LIMIT,
        retry_policy=policies.MODEL_RETRY,
        summary=summary,
    )

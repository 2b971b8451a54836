"""How workflows take their steps: local ones, and regular ones on the terms of `policies`."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

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


async def remote(
    step: Step[Request, Result],
    request: Request,
    terms: policies.Remote,
    summary: str,
    *,
    within: timedelta | None = None,
) -> Result:
    """What talks to others. `within`: a business deadline in place of the terms' own limit."""
    return await workflow.execute_activity_method(
        step,
        request,
        task_queue=terms.queue,
        start_to_close_timeout=terms.each_try,
        schedule_to_close_timeout=terms.in_all if within is None else within,
        retry_policy=terms.retry,
        summary=summary,
    )

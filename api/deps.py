"""What requests are answered with: given to the app once, reached through `Depends`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from contracts.calls import CallSteps
from settings import Settings


@dataclass(frozen=True, kw_only=True)
class ApiRuntime:
    """Made by `wiring`, which also closes it; the app only uses it.

    `calls`: the engine's own steps, for an event whose call has no workflow any more.
    """

    engine: AsyncEngine
    temporal: Client
    settings: Settings
    calls: CallSteps


# For a process of its own: opened when the server starts, closed when it stops.
OpenRuntime = Callable[[], AbstractAsyncContextManager[ApiRuntime]]


def runtime_of(request: Request) -> ApiRuntime:
    runtime: ApiRuntime = request.app.state.runtime
    return runtime


Runtime = Annotated[ApiRuntime, Depends(runtime_of)]

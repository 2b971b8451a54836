"""What requests are answered with: given to the app once, reached through `Depends`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import Depends, Request

from api.runtime import ApiRuntime

__all__ = ["ApiRuntime", "OpenRuntime", "Runtime", "runtime_of"]


# For a process of its own: opened when the server starts, closed when it stops.
OpenRuntime = Callable[[], AbstractAsyncContextManager[ApiRuntime]]


def runtime_of(request: Request) -> ApiRuntime:
    runtime: ApiRuntime = request.app.state.runtime
    return runtime


Runtime = Annotated[ApiRuntime, Depends(runtime_of)]

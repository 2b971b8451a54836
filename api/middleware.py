"""Around every request: its size, its log ids, its metrics. Plain ASGI, so nothing is buffered."""

import logging
import time

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import ApiRuntime
from api.errors import BODY_TOO_LARGE, problem_response
from observability.context import bound_to
from observability.metrics import HTTP_REQUESTS, HTTP_SECONDS

_TOO_LARGE = 413
_POLLED = frozenset({"/health/live", "/health/ready", "/metrics"})  # every few seconds, for ever
_log = structlog.get_logger(__name__)


class BodyLimit:
    """413 for bodies over `settings.max_body_bytes`: by the announced length before a byte is read,
    and by what really comes, so that nobody can fill our memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        runtime: ApiRuntime = scope["app"].state.runtime
        limit = runtime.settings.max_body_bytes
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            answer = problem_response(_TOO_LARGE, BODY_TOO_LARGE)
            await answer(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    read = 0

    async def receive_counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(_TOO_LARGE)
        return message

    return receive_counted


class Observed:
    """Counts and times each request by its route's template; its log lines start without ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        begun = time.perf_counter()

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with bound_to({}):
            try:
                await self._app(scope, receive, send_noted)
            except Exception as error:
                # The server logs the traceback, by then without the ids.
                _log.error("failed", error=type(error).__name__)
                raise
            finally:
                _note(scope, status, time.perf_counter() - begun)


def _note(scope: Scope, status: int, seconds: float) -> None:
    # What matches no route is one label: paths are chosen by whoever sends them. A router's own
    # prefix is in its routes' paths; one given at `include_router` would be missing here.
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if route != "unmatched" else "any"
    HTTP_REQUESTS.labels(method, route, str(status)).inc()
    HTTP_SECONDS.labels(method, route).observe(seconds)
    level = logging.DEBUG if route in _POLLED else logging.INFO
    _log.log(
        level,
        "answered",
        method=method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )

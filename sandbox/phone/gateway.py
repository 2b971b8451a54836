"""What stands before both vendors' routes: ordered faults, and a note of each request.

Pure ASGI, and the outermost layer: only here is the server's own transport at hand, which a
dropped connection needs.
"""

import asyncio
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.phone.errors import retell_error, twilio_error
from sandbox.phone.faults import Fault
from sandbox.phone.world import World

OPERATIONS = (
    ("send_sms", "POST", re.compile(r"/2010-04-01/Accounts/[^/]+/Messages\.json")),
    ("list_sms", "GET", re.compile(r"/2010-04-01/Accounts/[^/]+/Messages\.json")),
    ("get_sms", "GET", re.compile(r"/2010-04-01/Accounts/[^/]+/Messages/[^/]+\.json")),
    ("update_live_call", "PATCH", re.compile(r"/v2/update-live-call/([^/]+)")),
    ("get_call", "GET", re.compile(r"/v2/get-call/([^/]+)")),
)
OF_RETELL = frozenset({"update_live_call", "get_call"})
LARGE_BODY = 1_000_000
TURNS = 100


@dataclass
class _Answer:
    """What the routes said, kept whole until it is known what becomes of it."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


class Gateway:
    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = _operation(scope)
        if operation is None:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        fault = self._world.faults.take(
            operation, to=_recipient(scope, body), call_id=_call_id(scope)
        )
        answer = await self._answer(scope, body, operation, fault)
        self._world.requests.append(
            {
                "operation": operation,
                "status": answer.start["status"] if answer else 0,
                "fault": fault.fault if fault else None,
            }
        )
        if answer is None:
            await _cut(send)
            return
        await send(answer.start)
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(
        self, scope: Scope, body: bytes, operation: str, fault: Fault | None
    ) -> _Answer | None:
        """None: the connection is to be cut."""
        kind = fault.fault if fault else None
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
            if kind == "status":
                return await _run(_refusal(operation, fault), scope, body)
        if kind == "drop":
            return None
        answer = await _run(self._app, scope, body)
        if kind == "malformed":
            _halve(answer)
        return None if kind == "commit_then_drop" else answer


async def _run(app: ASGIApp, scope: Scope, body: bytes) -> _Answer:
    answer, sent = _Answer(), False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    await app(scope, receive, answer.take)
    return answer


def _operation(scope: Scope) -> str | None:
    if scope["type"] != "http":
        return None
    return next(
        (
            name
            for name, method, path in OPERATIONS
            if method == scope["method"] and path.fullmatch(scope["path"])
        ),
        None,
    )


def _recipient(scope: Scope, body: bytes) -> str | None:
    texts = (body.decode("utf-8", "replace"), scope["query_string"].decode("latin-1"))
    given = (parse_qs(text).get("To", []) for text in texts)
    return next((values[0] for values in given if values), None)


def _call_id(scope: Scope) -> str | None:
    *_, last = scope["path"].split("/")
    return unquote(last)


def _refusal(operation: str, fault: Fault) -> Response:
    if operation in OF_RETELL:
        return retell_error(fault.status)
    headers = {"Retry-After": "1"} if fault.status == 429 else {}  # noqa: PLR2004 (HTTP)
    code = 20_000 + fault.status if fault.code is None else fault.code
    return twilio_error(fault.status, code, "An ordered fault", headers=headers)


def _halve(answer: _Answer) -> None:
    """Half of the JSON, sent as if it were all."""
    answer.body = answer.body[: len(answer.body) // 2]
    others = [pair for pair in answer.start["headers"] if pair[0].lower() != b"content-length"]
    length = (b"content-length", str(len(answer.body)).encode())
    answer.start = {**answer.start, "headers": [*others, length]}


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while len(body) <= LARGE_BODY:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            break
    return body


async def _cut(send: Send) -> None:
    """Ends the TCP connection without a word."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise RuntimeError("connections can be dropped under uvicorn only")
    transport.abort()
    # The server notices a few turns of its loop later; returning sooner looks to it like a bug.
    for _ in range(TURNS):
        if getattr(cycle, "disconnected", True):
            return
        await asyncio.sleep(0)

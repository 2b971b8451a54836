"""What stands before Cal.com's routes: ids, the rate limit, versions, keys, ordered faults.

Pure ASGI, and the outermost layer: only here is the server's own transport at hand, which a
dropped connection needs.
"""

import asyncio
import time
import traceback
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.calcom import versions
from sandbox.calcom.errors import LEGACY_PREFIX, ApiError
from sandbox.calcom.exchange import Exchange, read_body
from sandbox.calcom.faults import Fault
from sandbox.calcom.model import iso_ms
from sandbox.calcom.rate import RateLimit
from sandbox.calcom.state import World

BODY_KEPT = 20_000
TURNS = 100
EDGE_STATUSES = frozenset({502, 503, 504, 520, 524})
SERVER_ERROR = 500
# Faults that the route itself plays out (`request_fault`).
PLAYED_OUT = frozenset({"stale", "slot_taken_after_offer", "old_booking", "overlapped"})


class Gateway:
    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world
        self._rate = RateLimit(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v2/"):
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        operation = versions.operation_of(scope["method"], scope["path"])
        exchange = Exchange(scope, body, operation, uuid.uuid4().hex)
        began = time.monotonic()
        try:
            await self._answer(exchange, send)
        finally:
            self._note(exchange, time.monotonic() - began)

    async def _answer(self, exchange: Exchange, send: Send) -> None:
        faults = self._world.faults.take(exchange.operation, **exchange.subject)
        exchange.faults = [fault.fault for fault in faults]
        for fault in faults:
            if fault.fault != "commit_then_delay":
                await asyncio.sleep(fault.delay_s)
        ending = next((fault for fault in faults if fault.fault != "delay"), None)
        kind = ending.fault if ending else None
        exchange.reset_s = ending.reset_s if ending else None
        if kind == "drop":
            await _cut(send)
            return
        if ending and kind in ("status", "not_found"):
            await self._send(exchange, send, self._refusal(exchange, ending))
            return
        if ending and kind in PLAYED_OUT:
            exchange.scope["sandbox.fault"] = ending
        await self._run(exchange)
        if ending and kind == "commit_then_delay":
            await asyncio.sleep(ending.delay_s)
        if ending and kind == "commit_then_status":
            await self._send(exchange, send, _broken(ending.status))
            return
        if kind == "commit_then_drop":
            exchange.status = 0
            await _cut(send)
            return
        if kind == "malformed":
            exchange.answer = exchange.answer[: len(exchange.answer) // 2]
        await self._write(exchange, send, cut_short=kind == "truncate")

    def _refusal(self, exchange: Exchange, fault: Fault) -> Response:
        if fault.fault == "status":
            if fault.status in EDGE_STATUSES:
                return _broken(fault.status)
            return self._error(exchange, _status_error(fault.status))
        if exchange.operation in ("list_bookings", "team_bookings"):
            # A lagging read replica: the list is there and what was just booked is not in it.
            return JSONResponse(versions.EMPTY_LIST)
        uid = exchange.bare_path.split("/")[3:4]
        text = f"Booking with uid={''.join(uid)} was not found in the database"
        if exchange.operation == "get_slots":
            text = "Event Type not found"
        return self._error(exchange, ApiError(404, text))

    async def _run(self, exchange: Exchange) -> None:
        """The request through limit, version and key to its route; the answer is kept whole."""
        refused = self._rate.refusal(exchange)
        if refused is None:
            served = versions.served(
                exchange.method, exchange.path, exchange.header("cal-api-version")
            )
            refused = served if isinstance(served, ApiError) else None
            exchange.is_legacy = served == "legacy"
        if refused is None:
            refused = self._check_key(exchange)
        if refused is not None:
            await self._capture(exchange, self._error(exchange, refused))
            return
        if exchange.is_legacy:
            exchange.scope["path"] = LEGACY_PREFIX + exchange.bare_path
        try:
            await self._capture(exchange, self._app)
        except Exception:  # noqa: BLE001 (whatever it is, the caller gets what a crashed core answers)
            exchange.crash = traceback.format_exc()
            exchange.answer = b""
            await self._capture(exchange, _broken(SERVER_ERROR))
        finally:
            if exchange.is_legacy:
                exchange.scope["path"] = exchange.bare_path.removeprefix(LEGACY_PREFIX)

    def _check_key(self, exchange: Exchange) -> ApiError | None:
        key = exchange.bearer
        if key is None:
            return versions.missing_key(exchange.method, exchange.bare_path)
        user = self._world.user_of_key(key)
        if user is None:
            return ApiError(401, "ApiAuthStrategy - api key - Your api key is not valid")
        exchange.scope.setdefault("state", {})["user"] = user
        return None

    async def _capture(self, exchange: Exchange, app: ASGIApp) -> None:
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": exchange.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.headers = list(message.get("headers", []))
            elif message["type"] == "http.response.body":
                exchange.answer += message.get("body", b"")

        await app(exchange.scope, receive, send)

    def _error(self, exchange: Exchange, error: ApiError) -> Response:
        user = exchange.scope.get("state", {}).get("user")
        shape = self._world.tenants[user.tenant].error_shape if user else "hosted2026"
        body = error.body(path=exchange.path, timestamp=iso_ms(self._world.now()), shape=shape)
        return JSONResponse(body, status_code=error.status)

    async def _send(self, exchange: Exchange, send: Send, response: Response) -> None:
        exchange.answer = b""
        await self._capture(exchange, response)
        await self._write(exchange, send)

    async def _write(self, exchange: Exchange, send: Send, *, cut_short: bool = False) -> None:
        names = {b"x-request-id", b"content-length"}
        headers = [pair for pair in exchange.headers if pair[0].lower() not in names]
        headers.append((b"x-request-id", exchange.request_id.encode()))
        headers.append((b"content-length", str(len(exchange.answer)).encode()))
        headers += self._rate.headers(exchange)
        if self._world.witness is not None:
            # Before the answer leaves: whoever has it knows that it was looked at.
            self._world.witness(exchange)
        start = {"type": "http.response.start", "status": exchange.status, "headers": headers}
        await send(start)
        if cut_short:
            half = exchange.answer[: len(exchange.answer) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await _cut(send, at_once=False)
            return
        await send({"type": "http.response.body", "body": exchange.answer})

    def _note(self, exchange: Exchange, took_s: float) -> None:
        self._world.requests_seen += 1
        self._world.requests.append(_noted(self._world, exchange, took_s))


def _noted(world: World, exchange: Exchange, took_s: float) -> dict[str, Any]:
    return {
        "number": world.requests_seen,
        "at": iso_ms(world.now()),
        "request_id": exchange.request_id,
        "operation": exchange.operation,
        "method": exchange.method,
        "path": exchange.path,
        "version": exchange.header("cal-api-version"),
        "api_key": exchange.bearer,
        "body": exchange.body[:BODY_KEPT].decode("utf-8", "replace"),
        "status": exchange.status,
        "answer": exchange.answer[:BODY_KEPT].decode("utf-8", "replace"),
        "faults": exchange.faults,
        "took_ms": round(took_s * 1000, 1),
    }


async def _cut(send: Send, *, at_once: bool = True) -> None:
    """Ends the TCP connection: at once, or after what was written has gone out."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise RuntimeError("connections can be dropped under uvicorn only")
    if at_once:
        transport.abort()
    else:
        transport.close()
    # The server notices a few turns of its loop later; returning sooner looks to it like a bug.
    for _ in range(TURNS):
        if getattr(cycle, "disconnected", True):
            return
        await asyncio.sleep(0)


def _status_error(status: int) -> ApiError:
    if status == RateLimit.STATUS:
        return RateLimit.error()
    return ApiError(status, "Internal server error" if status >= SERVER_ERROR else "Ordered fault")


def _broken(status: int) -> Response:
    """What proxies and crashed cores answer: HTML from the edge, else the bare shape C."""
    if status in EDGE_STATUSES:
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return HTMLResponse(page, status_code=status)
    body = {"statusCode": status, "message": "Internal server error"}
    return JSONResponse(body, status_code=status)


def request_fault(request: Request) -> Fault | None:
    """The fault that a route itself has to play out."""
    fault = request.scope.get("sandbox.fault")
    return fault if isinstance(fault, Fault) else None

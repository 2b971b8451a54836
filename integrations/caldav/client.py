"""An account on a CalDAV server: objects are read, written on conditions, asked for by time.

The library speaks the protocol; here is how long each request may take and how sure we are of what
became of it. Its own patience (sleeping after a 429, asking anew without credentials) is off: who
repeats is the engine.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from integrations.caldav.breaker import CaldavGate
from integrations.caldav.outcomes import (
    CaldavAnswerNotUnderstood,
    CaldavError,
    CaldavRateLimited,
    CaldavRejected,
    CaldavUnavailable,
    Cause,
    Conflict,
    Deleted,
    DeleteOutcome,
    PutOutcome,
    Refused,
    Stand,
    Stored,
    Unclear,
)
from integrations.caldav.wire import is_of_the_wire, told_wait_s, was_not_sent

if TYPE_CHECKING:
    from caldav.async_davclient import AsyncDAVClient
    from caldav.response import DAVResponse

Intent = Literal["in_call", "after_call", "background"]
Auth = Literal["basic", "digest", "bearer"]
OK = 200
MULTISTATUS = 207
CREATED = 201
NO_CONTENT = 204
UNAUTHORISED, FORBIDDEN, NOT_FOUND, TIMEOUT, GONE, CONDITION_FAILED = 401, 403, 404, 408, 410, 412
LOCKED, SERVER_ERROR = 423, 500
ICAL = {"Content-Type": "text/calendar; charset=utf-8"}


@dataclass(frozen=True, kw_only=True)
class TimeLimits:
    """Seconds for a whole request, by who is waiting."""

    in_call_s: float = 3.0
    after_call_s: float = 10.0
    background_s: float = 30.0

    def total_s(self, intent: Intent) -> float:
        of_intent: dict[Intent, float] = {
            "in_call": self.in_call_s,
            "after_call": self.after_call_s,
            "background": self.background_s,
        }
        return of_intent[intent]


@cache
def _library() -> Any:
    return importlib.import_module("caldav.async_davclient")


class CaldavClient:
    """`username` None: the server asks for nobody, or for a token. Used as a context.

    `gate`: its connection's; without one, nobody else's failures are known.
    """

    def __init__(
        self,
        base_url: str,
        *,
        username: str | None,
        password: str,
        auth: Auth = "basic",
        limits: TimeLimits | None = None,
        intent: Intent = "after_call",
        gate: CaldavGate | None = None,
    ) -> None:
        self._gate = gate or CaldavGate("alone")
        self._base_url = base_url
        self._username = username
        self._password = password
        self._auth = auth
        self._limit_s = (limits or TimeLimits()).total_s(intent)
        self._dav: AsyncDAVClient | None = None

    async def __aenter__(self) -> Self:
        # The library takes a second to load: not while the event loop waits for it.
        library = await asyncio.to_thread(_library)
        known = self._username is not None or self._auth == "bearer"
        self._dav = library.AsyncDAVClient(
            url=self._base_url,
            username=self._username,
            password=self._password if known else None,
            auth_type=self._auth if known else None,
            timeout=self._limit_s,
            enable_rfc6764=False,
            rate_limit_handle=False,
            # HTTP/2 asked again without it after each 401, as though a password were its fault.
            features={"http.multiplexing": {"support": "unsupported"}},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._dav is not None:
            await self._dav.close()

    async def get(self, url: str) -> Stand | None:
        """None where there is no such object."""
        answer = await self._read("get", url, "GET")
        if answer.status in (NOT_FOUND, GONE):
            return None
        if answer.status != OK:
            raise _rejected("get", answer.status)
        return Stand(ical=_text(answer), etag=answer.headers.get("ETag"))

    async def put_new(self, url: str, ical: str) -> PutOutcome:
        """Stores it where nothing is yet."""
        return await self._put(url, ical, {"If-None-Match": "*"})

    async def put_over(self, url: str, ical: str, etag: str | None) -> PutOutcome:
        """Stores it in place of the one that was read with `etag` (None: the server gives none)."""
        return await self._put(url, ical, {"If-Match": etag} if etag else {})

    async def delete(self, url: str, etag: str | None) -> DeleteOutcome:
        status = await self._write(url, "DELETE", "", {"If-Match": etag} if etag else {})
        if not isinstance(status, int):
            return status
        if status in (OK, NO_CONTENT, NOT_FOUND, GONE):
            return Deleted()
        return _not_written(status)

    async def events(self, collection: str, start_at: datetime, end_at: datetime) -> list[str]:
        """ICalendar texts of what touches the window, recurring ones whole.

        Not expanded by the server: not all can, and some do it wrong. All-day and floating times
        are compared in a zone of the server's choosing, so take a day more on both sides.
        """
        with self._reading("events"):
            answer = await self._ask(
                "events",
                lambda: self._opened.calendar_query(
                    collection, start=start_at, end=end_at, event=True
                ),
            )
            if answer.status != MULTISTATUS:
                raise _rejected("events", answer.status)
            if answer.results is None:
                raise CaldavAnswerNotUnderstood("no multistatus", operation="events")
            found: list[Any] = list(answer.results)
            return [str(one.calendar_data) for one in found if one.calendar_data]

    # --- one request -----------------------------------------------------------------------

    @property
    def _opened(self) -> "AsyncDAVClient":
        if self._dav is None:
            raise RuntimeError("used outside of its context")
        return self._dav

    async def _put(self, url: str, ical: str, condition: Mapping[str, str]) -> PutOutcome:
        status = await self._write(url, "PUT", ical, {**ICAL, **condition})
        if not isinstance(status, int):
            return status
        # Not 200: that is also what the page behind a redirect to a login says.
        return Stored() if status in (CREATED, NO_CONTENT) else _not_written(status)

    async def _ask(
        self, operation: str, request: Callable[[], Awaitable["DAVResponse"]]
    ) -> "DAVResponse":
        """Through the connection's gate, within the limit."""

        async def once() -> "DAVResponse":
            async with asyncio.timeout(self._limit_s):
                return await request()

        answer: DAVResponse = await self._gate.send(operation, once)
        return answer

    async def _read(self, operation: str, url: str, method: str) -> "DAVResponse":
        with self._reading(operation):
            return await self._ask(operation, lambda: self._opened.request(url, method))

    async def _write(
        self, url: str, method: str, body: str, headers: Mapping[str, str]
    ) -> int | Refused | Unclear:
        """The status; raises only while nothing has been sent, or when the limit refused it."""
        operation = method.lower()
        try:
            answer = await self._ask(
                operation, lambda: self._opened.request(url, method, body, headers)
            )
        except CaldavError:  # not sent: the gate is closed
            raise
        except Exception as error:  # noqa: BLE001 (an unclear answer is a result)
            refused = _told(error, operation)
            if refused is not None:
                return Refused(cause=refused.cause, message=str(refused), status=refused.status)
            if was_not_sent(error):
                raise CaldavUnavailable(type(error).__name__, operation=operation) from None
            # Whatever else the library raises: it may have been sent before.
            return Unclear(message=type(error).__name__)
        return answer.status

    @contextmanager
    def _reading(self, operation: str) -> Iterator[None]:
        try:
            yield
        except CaldavError:
            raise
        except Exception as error:
            refused = _told(error, operation)
            if refused is not None:
                raise refused from None
            if is_of_the_wire(error):
                raise CaldavUnavailable(type(error).__name__, operation=operation) from None
            raise CaldavAnswerNotUnderstood(type(error).__name__, operation=operation) from error


def _told(error: Exception, operation: str) -> CaldavRejected | None:
    """What the library raised for a status; raises where the server has no time."""
    name, status = type(error).__name__, getattr(error, "status", None)
    wait_s = told_wait_s(error)
    if wait_s is not None:
        raise CaldavRateLimited(operation=operation, retry_after_s=wait_s) from None
    if name.endswith("AuthorizationError"):
        return _refusal(operation, status or FORBIDDEN)
    return None


def _rejected(operation: str, status: int) -> CaldavError:
    if status >= SERVER_ERROR or status in (TIMEOUT, LOCKED):
        return CaldavUnavailable(f"HTTP {status}", operation=operation)
    return _refusal(operation, status)


def _refusal(operation: str, status: int) -> CaldavRejected:
    return CaldavRejected(
        f"HTTP {status}", operation=operation, cause="configuration", status=status
    )


def _not_written(status: int) -> Conflict | Refused | Unclear:
    if status == CONDITION_FAILED:
        return Conflict()
    if status >= SERVER_ERROR or status in (OK, TIMEOUT) or status < OK:
        return Unclear(message=f"HTTP {status}", status=status)
    # A collection that is not there, no right to write, no room, no calendar at all.
    cause: Cause = "retry" if status == LOCKED else "configuration"
    return Refused(cause=cause, message=f"HTTP {status}", status=status)


def _text(answer: "DAVResponse") -> str:
    raw = answer.raw
    return raw if isinstance(raw, str) else str(raw, "utf-8")

"""One request to Cal.com and how sure we are of what became of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import httpx

from integrations.calcom.errors import (
    TOO_MANY,
    CalcomAnswerNotUnderstood,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnavailable,
    Problem,
    classify,
)
from integrations.calcom.outcomes import Refused, Unclear

Intent = Literal["in_call", "after_call", "background"]
# Nothing of the request has left us when one of these is raised.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
OK = 200
REDIRECT = 300
EPOCH_IF_ABOVE = 1_000_000
DEFAULT_RETRY_AFTER_S = 60.0
UNKNOWN_KEPT = 200


class Gate(Protocol):
    """What stands before all requests of a connection (`limits.py`)."""

    async def send(
        self, operation: str, intent: Intent, ask: Callable[[], Awaitable[httpx.Response]]
    ) -> httpx.Response:
        """The answer of `ask`; raises `CalcomUnavailable` where it was not called."""
        ...


@dataclass(frozen=True, kw_only=True)
class TimeLimits:
    """Seconds for a whole request, by who is waiting, and for connecting.

    A wait at the gate comes before: what we made wait must not look like Cal.com's silence.
    """

    connect_s: float = 2.0
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


@dataclass(frozen=True, kw_only=True)
class Call:
    """`operation` is our name of it, for errors; `version` the pin of the resource."""

    operation: str
    method: str
    path: str
    version: str | None
    params: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: Any
    request_id: str | None


class Transport:
    """Without a gate for a look from outside of the workers, which nobody repeats."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        api_key: str,
        limits: TimeLimits,
        gate: Gate | None = None,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._limits = limits
        self._gate = gate
        self.unknown_messages: Counter[str] = Counter()

    async def _send(self, call: Call, intent: Intent) -> httpx.Response:
        if self._gate is None:
            return await self._ask(call, intent)
        return await self._gate.send(call.operation, intent, partial(self._ask, call, intent))

    async def _ask(self, call: Call, intent: Intent) -> httpx.Response:
        total_s = self._limits.total_s(intent)
        headers = {"Authorization": f"Bearer {self._api_key}", "Accept": "application/json"}
        if call.version is not None:
            headers["cal-api-version"] = call.version
        timeout = httpx.Timeout(total_s, connect=min(self._limits.connect_s, total_s))
        # httpx limits each phase, each piece of a body anew; the whole is limited here.
        async with asyncio.timeout(total_s):
            return await self._http.request(
                call.method,
                f"{self._base_url}{call.path}",
                params=httpx.QueryParams(list(call.params)) if call.params else None,
                json=call.body,
                headers=headers,
                timeout=timeout,
                follow_redirects=False,
            )

    async def read(self, call: Call, intent: Intent) -> Answer:
        """The answer, or an exception; a read may always be repeated."""
        try:
            response = await self._send(call, intent)
        except (httpx.TransportError, TimeoutError) as error:
            raise CalcomUnavailable(_why(error), operation=call.operation) from None
        request_id = _request_id(response)
        self._refuse_if_limited(call, response)
        if OK <= response.status_code < REDIRECT:
            try:
                body = response.json()
            except ValueError:
                raise CalcomAnswerNotUnderstood(
                    "the answer is not JSON", operation=call.operation, request_id=request_id
                ) from None
            return Answer(status=response.status_code, body=body, request_id=request_id)
        problem = self._problem(response, is_write=False)
        if problem.cause == "retry":
            raise CalcomUnavailable(
                problem.message, operation=call.operation, request_id=request_id
            )
        raise CalcomRejected(problem, operation=call.operation)

    async def write(self, call: Call, intent: Intent) -> Answer | Refused | Unclear:
        """Raises only while nothing has been sent, or when the limit refused it."""
        try:
            response = await self._send(call, intent)
        except NOT_SENT as error:
            raise CalcomUnavailable(_why(error), operation=call.operation) from None
        except (httpx.TransportError, TimeoutError) as error:
            return Unclear(message=_why(error))
        request_id = _request_id(response)
        self._refuse_if_limited(call, response)
        status = response.status_code
        if OK <= status < REDIRECT:
            try:
                return Answer(status=status, body=response.json(), request_id=request_id)
            except ValueError:
                return Unclear(
                    message="the answer is not JSON", status=status, request_id=request_id
                )
        problem = self._problem(response, is_write=True)
        if problem.cause == "unclear" or status < 400:  # noqa: PLR2004 (HTTP)
            return Unclear(message=problem.message, status=status, request_id=request_id)
        return Refused.of(problem)

    def _problem(self, response: httpx.Response, *, is_write: bool) -> Problem:
        problem = classify(
            response.status_code,
            response.content,
            request_id=_request_id(response),
            is_write=is_write,
        )
        room = len(self.unknown_messages) < UNKNOWN_KEPT
        if not problem.known and (room or problem.message in self.unknown_messages):
            self.unknown_messages[problem.message] += 1
        return problem

    def _refuse_if_limited(self, call: Call, response: httpx.Response) -> None:
        if response.status_code == TOO_MANY:
            raise CalcomRateLimited(
                operation=call.operation,
                retry_after_s=retry_after_s(response.headers),
                request_id=_request_id(response),
            )


def retry_after_s(headers: httpx.Headers) -> float:
    """Seconds until the limit resets. A custom limit repeats the header with another suffix."""
    waits = [_seconds(headers["retry-after"])] if "retry-after" in headers else []
    waits += [
        _seconds(value)
        for name, value in headers.items()
        if name.lower().startswith("x-ratelimit-reset")
    ]
    return max((wait for wait in waits if wait is not None), default=DEFAULT_RETRY_AFTER_S)


def requests_left(headers: httpx.Headers) -> int | None:
    """What Cal.com still allows the key until its limit resets; None where it does not say.

    Other suffixes count single endpoints, whose end shuts nothing else.
    """
    told = headers.get("x-ratelimit-remaining-default", headers.get("x-ratelimit-remaining", ""))
    return int(told) if told.isdecimal() else None


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    # One page of Cal.com's says unix time where seconds were observed.
    return max(0.0, value - time.time() if value > EPOCH_IF_ABOVE else value)


def _request_id(response: httpx.Response) -> str | None:
    found: str | None = response.headers.get("x-request-id")
    return found


def _why(error: Exception) -> str:
    """The kind of failure; httpx' own texts may hold addresses."""
    return type(error).__name__

"""A breaker for each connection: who is down is not asked again by everybody who waits.

Five failures in a row (no connection, no answer in time, a 5xx) open it. While it is open nothing
is sent; after `open_s` the next request that comes is let through as the probe, alone, and its
outcome closes the breaker or opens it anew. A refusal (4xx, 429) is an answer: Cal.com is there.

The breaker is each process's own, on purpose. A shared one (the library has it) hands its one probe
to a process by a lease that nothing gives back when that process is killed, and the refused ones
prolong it: a company's calendar would stay shut. So n processes send n probes, each `open_s`.
"""

import time
from collections.abc import Awaitable, Callable

import httpx
from interlock import CircuitBreaker, CircuitOpenError, Config, State
from interlock.protocols import CoreEventListener
from typing_extensions import override

from contracts.availability import BreakerState
from integrations.calcom.errors import REQUEST_TIMEOUT, SERVER_ERROR, CalcomUnavailable

Ask = Callable[[], Awaitable[httpx.Response]]
FAILURES = 5
# A probe is under way and nobody knows for how long: its own limit is 3 to 30 s.
PROBE_WAIT_S = 2.0


class CalcomDown(CalcomUnavailable):
    """Not asked: the breaker is open. Safe to repeat in `retry_after_s`."""

    def __init__(self, *, operation: str, retry_after_s: float) -> None:
        super().__init__("does not answer; not asked again yet", operation=operation)
        self.retry_after_s = retry_after_s


class Breaker:
    """Of one connection, in one process. `changed` is told each change of its state."""

    def __init__(
        self,
        name: str,
        *,
        open_s: float,
        changed: Callable[[BreakerState], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_s = open_s
        self._clock = clock
        self._changed = changed
        self._probe_at = 0.0
        self._circuit = CircuitBreaker(
            name=name,
            # All of the last five: five in a row. No slowness counts: every request has a limit.
            config=Config(
                window_size=FAILURES,
                minimum_number_of_calls=FAILURES,
                failure_rate_threshold=1.0,
                permitted_calls_in_half_open=1,
                wait_duration_in_open=open_s,
                slow_call_duration_threshold=3600,
            ),
            clock=_Clock(clock),
            classifier=_Failures(),
            listener=_Listener(self._on_change),
            # Our own pool was full: that says nothing of Cal.com, so another probe may try.
            unreachable_exceptions=(httpx.PoolTimeout,),
        )

    @property
    def state(self) -> BreakerState:
        return _STATES[self._circuit.state]

    def refuse_while_open(self, operation: str) -> None:
        """Raises `CalcomDown`. For whoever would use something up before `send` refuses him."""
        left_s = self._probe_at - self._clock()
        if self._circuit.state is State.OPEN and left_s > 0:
            raise CalcomDown(operation=operation, retry_after_s=left_s)

    async def send(self, operation: str, ask: Ask) -> httpx.Response:
        """The answer of `ask`, whatever its status; what `ask` raises goes through.

        Raises `CalcomDown` without asking. A cancelled request counts as nothing.
        """
        try:
            return await self._circuit.call_async(ask)
        except CircuitOpenError as refused:
            raise CalcomDown(
                operation=operation, retry_after_s=refused.retry_after or PROBE_WAIT_S
            ) from None

    def _on_change(self, state: State) -> None:
        if state is State.OPEN:
            self._probe_at = self._clock() + self._open_s
        self._changed(_STATES[state])


class _Failures:
    def is_failure(self, *, result: object, exception: Exception | None) -> bool:
        if isinstance(result, httpx.Response):
            return result.status_code >= SERVER_ERROR or result.status_code == REQUEST_TIMEOUT
        return isinstance(exception, httpx.TransportError | TimeoutError) and not isinstance(
            exception, httpx.PoolTimeout
        )


class _Clock:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock()


class _Listener(CoreEventListener):
    def __init__(self, changed: Callable[[State], None]) -> None:
        self._changed = changed

    @override
    def on_state_change(self, *, name: str, old: State, new: State) -> None:
        self._changed(new)


_STATES: dict[State, BreakerState] = {
    State.CLOSED: "closed",
    State.OPEN: "open",
    State.HALF_OPEN: "half_open",
    # Nobody switches it by hand; what a person would see then is still one of three.
    State.FORCED_OPEN: "open",
    State.DISABLED: "closed",
    State.METRICS_ONLY: "closed",
}

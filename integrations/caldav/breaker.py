"""What every request to a CalDAV server goes through, by connection: who is down, or said to wait,
is left alone.

Five failures in a row (no connection, no answer in time, a 5xx) open the breaker; after `open_s`
the next request is the probe, alone. What a 429 or 503 said (`Retry-After`) holds for all requests
of the connection in this process. There is no count of requests a minute (decision 0016).
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal
from uuid import UUID

from interlock import CircuitBreaker, CircuitOpenError, Config, State
from interlock.protocols import CoreEventListener
from typing_extensions import override

from integrations.caldav.outcomes import CaldavDown, CaldavRateLimited
from integrations.caldav.wire import is_of_the_wire, told_wait_s

BreakerState = Literal["closed", "open", "half_open"]
Ask = Callable[[], Awaitable[Any]]
Changed = Callable[[UUID, BreakerState], None]
FAILURES = 5
OPEN_S = 60.0
# A probe is under way: its own limit is 3 to 30 s.
PROBE_WAIT_S = 2.0
LONGEST_WAIT_S = 3600.0
REQUEST_TIMEOUT, SERVER_ERROR = 408, 500


class CaldavGate:
    """Of one connection, in one process. What it raises itself was raised before anything went out;
    what `ask` raises goes through.
    """

    def __init__(
        self,
        name: str,
        *,
        open_s: float = OPEN_S,
        changed: Callable[[BreakerState], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._wait_until = 0.0
        self._circuit = CircuitBreaker(
            name=name,
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
            listener=_Listener(changed),
        )

    @property
    def state(self) -> BreakerState:
        return _STATES[self._circuit.state]

    async def send(self, operation: str, ask: Ask) -> Any:
        """What `ask` gives. Raises `CaldavDown` and `CaldavRateLimited` without asking."""
        left_s = self._wait_until - self._clock()
        if left_s > 0:
            raise CaldavRateLimited(operation=operation, retry_after_s=left_s)
        try:
            return await self._circuit.call_async(ask)
        except CircuitOpenError as refused:
            raise CaldavDown(
                operation=operation, retry_after_s=refused.retry_after or PROBE_WAIT_S
            ) from None
        except Exception as error:
            wait_s = told_wait_s(error)
            if wait_s is not None:
                self._wait_until = self._clock() + min(wait_s, LONGEST_WAIT_S)
            raise


class CaldavGates:
    """Of all connections that this process uses; one object a process."""

    def __init__(self, *, open_s: float = OPEN_S, changed: Changed | None = None) -> None:
        self._open_s = open_s
        self._changed = changed
        self._gates: dict[UUID, CaldavGate] = {}

    def of(self, connection_id: UUID) -> CaldavGate:
        if connection_id not in self._gates:
            self._gates[connection_id] = CaldavGate(
                str(connection_id),
                open_s=self._open_s,
                changed=partial(self._changed, connection_id) if self._changed else None,
            )
        return self._gates[connection_id]


class _Failures:
    """A refusal, also "too many", is an answer: the server is there."""

    def is_failure(self, *, result: object, exception: Exception | None) -> bool:
        if exception is not None:
            return told_wait_s(exception) is None and is_of_the_wire(exception)
        status = getattr(result, "status", None)
        return isinstance(status, int) and (status >= SERVER_ERROR or status == REQUEST_TIMEOUT)


class _Clock:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock()


class _Listener(CoreEventListener):
    def __init__(self, changed: Callable[[BreakerState], None] | None) -> None:
        self._changed = changed

    @override
    def on_state_change(self, *, name: str, old: State, new: State) -> None:
        if self._changed is not None:
            self._changed(_STATES[new])


_STATES: dict[State, BreakerState] = {
    State.CLOSED: "closed",
    State.OPEN: "open",
    State.HALF_OPEN: "half_open",
    State.FORCED_OPEN: "open",
    State.DISABLED: "closed",
    State.METRICS_ONLY: "closed",
}

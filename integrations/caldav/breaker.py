"""What every request to a CalDAV server goes through, by connection: who is down, or said to wait,
is left alone.

Five failures in a row (no connection, no answer in time, a 5xx) open the breaker; after `open_s`
the next request is the probe, alone. What a 429 or 503 said (`Retry-After`) holds for all requests
of the connection in this process. There is no count of requests a minute (decision 0016).
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from interlock import CircuitOpenError

from contracts.availability import BreakerState
from integrations.caldav.outcomes import CaldavDown, CaldavRateLimited
from integrations.caldav.wire import is_of_the_wire, told_wait_s
from integrations.circuit import PROBE_WAIT_S, STATES, make_circuit

Ask = Callable[[], Awaitable[Any]]
Changed = Callable[[UUID, BreakerState], None]
OPEN_S = 60.0
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
        self._circuit = make_circuit(
            name,
            open_s=open_s,
            clock=clock,
            is_failure=_is_failure,
            changed=lambda state: changed(STATES[state]) if changed is not None else None,
        )

    @property
    def state(self) -> BreakerState:
        return STATES[self._circuit.state]

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


def _is_failure(result: object, exception: Exception | None) -> bool:
    """A refusal, also "too many", is an answer: the server is there."""
    if exception is not None:
        return told_wait_s(exception) is None and is_of_the_wire(exception)
    status = getattr(result, "status", None)
    return isinstance(status, int) and (status >= SERVER_ERROR or status == REQUEST_TIMEOUT)

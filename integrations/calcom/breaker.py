"""A breaker for each connection: who is down is not asked again by everybody who waits.

Five failures in a row (no connection, no answer in time, a 5xx) open it. While it is open nothing
is sent; after `open_s` the next request that comes is let through as the probe, alone, and its
outcome closes the breaker or opens it anew. A refusal (4xx, 429) is an answer: Cal.com is there.
"""

import time
from collections.abc import Awaitable, Callable

import httpx
from interlock import CircuitOpenError, State

from contracts.availability import BreakerState
from integrations.calcom.errors import REQUEST_TIMEOUT, SERVER_ERROR, CalcomUnavailable
from integrations.circuit import PROBE_WAIT_S, STATES, make_circuit

Ask = Callable[[], Awaitable[httpx.Response]]


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
        self._circuit = make_circuit(
            name,
            open_s=open_s,
            clock=clock,
            is_failure=_is_failure,
            changed=self._on_change,
            # Our own pool was full: that says nothing of Cal.com, so another probe may try.
            says_nothing=(httpx.PoolTimeout,),
        )

    @property
    def state(self) -> BreakerState:
        return STATES[self._circuit.state]

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
        self._changed(STATES[state])


def _is_failure(result: object, exception: Exception | None) -> bool:
    if isinstance(result, httpx.Response):
        return result.status_code >= SERVER_ERROR or result.status_code == REQUEST_TIMEOUT
    return isinstance(exception, httpx.TransportError | TimeoutError) and not isinstance(
        exception, httpx.PoolTimeout
    )

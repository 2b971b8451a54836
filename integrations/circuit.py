"""A circuit breaker of one connection in one process, as all providers have it.

Five failures in a row open it. While it is open nothing is sent; after `open_s` the next request is
let through as the probe, alone, and its outcome closes the breaker or opens it anew. No slowness
counts: every request has a limit of its own.

It is each process's own, on purpose. A shared one (the library has it) hands its one probe to a
process by a lease that nothing gives back when that process is killed, and the refused ones prolong
it: a company's calendar would stay shut. So n processes send n probes, each `open_s`.
"""

from collections.abc import Callable, Mapping

from interlock import CircuitBreaker, Config, State
from interlock.protocols import CoreEventListener
from typing_extensions import override

from contracts.availability import BreakerState

FAILURES = 5
# A probe is under way and nobody knows for how long: its own limit is 3 to 30 s.
PROBE_WAIT_S = 2.0
# What comes without a result or an exception is no failure.
IsFailure = Callable[[object, Exception | None], bool]

STATES: Mapping[State, BreakerState] = {
    State.CLOSED: "closed",
    State.OPEN: "open",
    State.HALF_OPEN: "half_open",
    # Nobody switches it by hand; what a person would see then is still one of three.
    State.FORCED_OPEN: "open",
    State.DISABLED: "closed",
    State.METRICS_ONLY: "closed",
}


def make_circuit(
    name: str,
    *,
    open_s: float,
    clock: Callable[[], float],
    is_failure: IsFailure,
    changed: Callable[[State], None],
    says_nothing: tuple[type[Exception], ...] = (),
) -> CircuitBreaker:
    """`changed` is told each change of its state. `says_nothing`: what leaves a probe undecided."""
    return CircuitBreaker(
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
        classifier=_Classifier(is_failure),
        listener=_Listener(changed),
        unreachable_exceptions=says_nothing,
    )


class _Classifier:
    def __init__(self, is_failure: IsFailure) -> None:
        self._is_failure = is_failure

    def is_failure(self, *, result: object, exception: Exception | None) -> bool:
        return self._is_failure(result, exception)


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

"""The breaker of a connection: when it opens, whom it lets through, and what counts as nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from activities.asking import retryable
from contracts.availability import BreakerState
from integrations.calcom.breaker import Breaker, CalcomDown
from integrations.calcom.errors import CalcomUnavailable
from integrations.circuit import FAILURES, PROBE_WAIT_S

OPEN_S = 60.0


@dataclass
class Calcom:
    """Answers as it is told, and counts. `gate`: nobody is answered before it is set.

    `held`: somebody waits there.
    """

    answer: int | Exception = 200
    asked: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self) -> httpx.Response:
        self.asked += 1
        if not self.gate.is_set():
            self.held.set()
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return httpx.Response(self.answer)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_breaker(
    clock: Clock, changed: Callable[[BreakerState], None] = lambda state: None
) -> Breaker:
    return Breaker("a connection", open_s=OPEN_S, changed=changed, clock=clock)


async def send(breaker: Breaker, calcom: Calcom, answer: int | Exception, times: int = 1) -> None:
    calcom.answer = answer
    for _ in range(times):
        try:
            await breaker.send("slots", calcom)
        except (httpx.TransportError, TimeoutError):
            continue


async def opened(clock: Clock, calcom: Calcom) -> Breaker:
    breaker = make_breaker(clock)
    await send(breaker, calcom, httpx.ConnectError("refused"), FAILURES)
    assert breaker.state == "open"
    return breaker


@pytest.mark.parametrize(
    "failure",
    [500, 502, 503, 408, httpx.ConnectError("x"), httpx.ReadTimeout("x"), TimeoutError()],
    ids=repr,
)
async def test_five_failures_in_a_row_open_it(clock: Clock, failure: int | Exception) -> None:
    breaker, calcom = make_breaker(clock), Calcom()
    await send(breaker, calcom, 200, 20)
    await send(breaker, calcom, failure, FAILURES - 1)
    assert (breaker.state, calcom.asked) == ("closed", 20 + FAILURES - 1)
    await send(breaker, calcom, failure)
    with pytest.raises(CalcomDown):
        await send(breaker, calcom, 200)


async def test_one_answer_in_between_starts_the_count_anew(clock: Clock) -> None:
    breaker, calcom = make_breaker(clock), Calcom()
    for _ in range(3):
        await send(breaker, calcom, 503, FAILURES - 1)
        await send(breaker, calcom, 200)
    assert breaker.state == "closed"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429])
async def test_a_refusal_is_an_answer(clock: Clock, status: int) -> None:
    breaker, calcom = make_breaker(clock), Calcom()
    await send(breaker, calcom, status, 3 * FAILURES)
    assert breaker.state == "closed"


async def test_nobody_is_asked_while_it_is_open_and_the_rest_of_the_time_is_told(
    clock: Clock,
) -> None:
    calcom = Calcom()
    breaker = await opened(clock, calcom)
    clock.now += 20
    with pytest.raises(CalcomDown) as refused:
        breaker.refuse_while_open("slots")
    assert refused.value.retry_after_s == pytest.approx(OPEN_S - 20)
    with pytest.raises(CalcomDown) as refused:
        await breaker.send("slots", calcom)
    assert refused.value.retry_after_s == pytest.approx(OPEN_S - 20)
    assert calcom.asked == FAILURES


async def test_then_one_of_all_who_wait_is_let_through_and_its_answer_closes_it(
    clock: Clock,
) -> None:
    calcom = Calcom()
    breaker = await opened(clock, calcom)
    clock.now += OPEN_S
    breaker.refuse_while_open("slots")
    calcom.answer = 200
    calcom.gate.clear()
    probe = asyncio.create_task(breaker.send("slots", calcom))
    await calcom.held.wait()
    others = await asyncio.gather(
        *(breaker.send("slots", calcom) for _ in range(20)), return_exceptions=True
    )
    assert all(isinstance(other, CalcomDown) for other in others)
    assert {other.retry_after_s for other in others if isinstance(other, CalcomDown)} == {
        PROBE_WAIT_S
    }
    assert (calcom.asked, breaker.state) == (FAILURES + 1, "half_open")
    calcom.gate.set()
    assert (await probe).status_code == 200
    assert breaker.state == "closed"


async def test_a_failed_probe_opens_it_for_as_long_again(clock: Clock) -> None:
    calcom = Calcom()
    breaker = await opened(clock, calcom)
    clock.now += OPEN_S
    await send(breaker, calcom, 503)
    with pytest.raises(CalcomDown) as refused:
        breaker.refuse_while_open("slots")
    assert refused.value.retry_after_s == pytest.approx(OPEN_S)
    assert calcom.asked == FAILURES + 1


async def test_a_probe_that_was_cancelled_leaves_its_place_to_another(clock: Clock) -> None:
    calcom = Calcom()
    breaker = await opened(clock, calcom)
    clock.now += OPEN_S
    calcom.gate.clear()
    probe = asyncio.create_task(breaker.send("slots", calcom))
    await calcom.held.wait()
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    calcom.gate.set()
    await send(breaker, calcom, 200)
    assert breaker.state == "closed"


async def test_a_full_pool_of_ours_says_nothing_of_calcom(clock: Clock) -> None:
    breaker, calcom = make_breaker(clock), Calcom()
    await send(breaker, calcom, httpx.PoolTimeout("full"), 3 * FAILURES)
    assert breaker.state == "closed"


async def test_each_change_is_told(clock: Clock) -> None:
    told: list[BreakerState] = []
    breaker, calcom = make_breaker(clock, told.append), Calcom()
    await send(breaker, calcom, 500, FAILURES)
    clock.now += OPEN_S
    await send(breaker, calcom, 200)
    assert told == ["open", "half_open", "closed"]


def test_the_engine_comes_again_when_the_breaker_lets_it_and_not_everybody_at_once() -> None:
    down = CalcomDown(operation="slots", retry_after_s=40)
    delays = {retryable(down).next_retry_delay for _ in range(50)}
    seconds = [delay.total_seconds() for delay in delays if delay is not None]
    assert len(seconds) > 1
    assert 40 <= min(seconds) <= max(seconds) <= 50
    assert retryable(CalcomUnavailable("down", operation="slots")).next_retry_delay is None

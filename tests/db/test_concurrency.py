"""Many want one slot at the same moment: one gets it. The twin without the constraint shows that
the test can tell.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.slots import confirm, release, try_reserve
from db.session import tenant_session
from db.verify import verify
from tests.builders.rows import Salon, make_allocation, make_appointment, make_salon

pytestmark = pytest.mark.proof

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
CALLERS = 20  # as many as the pool has connections: all are in their transaction at once


async def all_want_one_slot(engine: AsyncEngine, salon: Salon, *, room: bool = False) -> list[bool]:
    everybody_is_in = asyncio.Barrier(CALLERS)

    async def want(number: int) -> bool:
        async with tenant_session(engine, salon.company_id) as session:
            appointment_id = await make_appointment(session, salon, start_at=TEN)
            await everybody_is_in.wait()
            return await try_reserve(
                session,
                appointment_id=appointment_id,
                revision=0,
                # Not quite the same time: the overlap counts, not equality.
                allocation=make_allocation(
                    salon, start_at=TEN + timedelta(minutes=number % 3), room=room
                ),
            )

    return list(await asyncio.gather(*(want(number) for number in range(CALLERS))))


@pytest.mark.parametrize("room", [False, True])
async def test_one_of_many_gets_the_slot(
    engine: AsyncEngine, owner_engine: AsyncEngine, room: bool
) -> None:
    salon = await make_salon(engine)
    won = await all_want_one_slot(engine, salon, room=room)
    assert sum(won) == 1
    assert await verify(owner_engine) == []


async def test_without_the_constraint_several_get_it(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    salon = await make_salon(engine)
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("ALTER TABLE reservations DROP CONSTRAINT reservations_no_overlap")
        )
    won = await all_want_one_slot(engine, salon)
    assert sum(won) > 1
    assert {violation.invariant for violation in await verify(owner_engine)} == {1}


async def test_a_plain_insert_over_a_taken_slot_is_refused_by_the_table_itself(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    salon = await make_salon(engine)
    assert sum(await all_want_one_slot(engine, salon)) == 1
    copy = text(
        "INSERT INTO reservations"
        " (id, company_id, appointment_id, revision, resource_id, during, status)"
        " SELECT gen_random_uuid(), company_id, appointment_id, revision, resource_id, during,"
        " 'booked' FROM reservations WHERE status = 'held'"
    )
    async with owner_engine.connect() as connection:
        with pytest.raises(Exception, match="reservations_no_overlap"):
            await connection.execute(copy)


async def test_pairs_of_resources_wanted_crosswise_do_not_deadlock(engine: AsyncEngine) -> None:
    """Half name the room first, half the staff member: the statement sorts them."""
    salon = await make_salon(engine)
    everybody_is_in = asyncio.Barrier(CALLERS)

    async def want(number: int) -> bool:
        allocation = make_allocation(salon, start_at=TEN, room=True)
        if number % 2:
            ids = tuple(reversed(allocation.resource_ids))
            allocation = type(allocation)(
                staff_id=allocation.staff_id,
                resource_ids=ids,
                span=allocation.span,
                during=allocation.during,
            )
        async with tenant_session(engine, salon.company_id) as session:
            appointment_id = await make_appointment(session, salon, start_at=TEN)
            await everybody_is_in.wait()
            return await try_reserve(
                session, appointment_id=appointment_id, revision=0, allocation=allocation
            )

    assert sum(await asyncio.gather(*(want(number) for number in range(CALLERS)))) == 1


async def test_nobody_slips_into_a_move_while_it_is_confirmed(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    """Between letting the old slot go and booking the new one there is no moment for others."""
    salon = await make_salon(engine)
    moved = make_allocation(salon, start_at=TEN + timedelta(minutes=15))
    async with tenant_session(engine, salon.company_id) as session:
        mine = await make_appointment(session, salon, start_at=TEN)
        first = make_allocation(salon, start_at=TEN)
        assert await try_reserve(session, appointment_id=mine, revision=0, allocation=first)
        await confirm(session, appointment_id=mine, revision=0, booking_uid="a", booking_id=1)
        assert await try_reserve(session, appointment_id=mine, revision=1, allocation=moved)

    async def move() -> None:
        async with tenant_session(engine, salon.company_id) as session:
            await confirm(session, appointment_id=mine, revision=1, booking_uid="b", booking_id=2)

    async def intrude() -> bool:
        async with tenant_session(engine, salon.company_id) as session:
            theirs = await make_appointment(session, salon, start_at=TEN)
            return await try_reserve(session, appointment_id=theirs, revision=0, allocation=moved)

    others = [intrude() for _ in range(8)]
    _, *won = await asyncio.gather(move(), *others)
    assert won == [False] * 8
    async with tenant_session(engine, salon.company_id) as session:
        await release(session, mine, status="cancelled")
    found = [violation for violation in await verify(owner_engine) if violation.invariant == 1]
    assert found == []


async def test_many_who_find_one_expired_hold_get_it_once(engine: AsyncEngine) -> None:
    salon = await make_salon(engine)
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
        assert await try_reserve(
            session,
            appointment_id=appointment_id,
            revision=0,
            allocation=make_allocation(salon, start_at=TEN, room=True),
            expires_at=datetime(2020, 1, 1, tzinfo=UTC),
        )
    assert sum(await all_want_one_slot(engine, salon, room=True)) == 1

"""A person books in Cal.com while a caller reserves: one of the two gets the time."""

import asyncio
import itertools
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries import blocks
from db.queries.appointments import booking_uid_hash
from db.queries.blocks import NewBlock
from db.session import tenant_session
from db.verify import verify
from tests.builders.calendar_events import Calendars, theirs
from tests.builders.office import DAY, local


async def race(calendars: Calendars) -> bool:
    """A caller reserves while a block has the time and is not committed: do they get it?"""
    office = calendars.office
    booking = calendars.person_books(10)
    async with tenant_session(office.engine, calendars.company_id) as session:
        [whose] = await blocks.whose_time(
            session,
            connection_id=office.connection_id,
            event_type_id=office.desk.types["anna"],
            host_ids=(),
        )
        block_id, _ = await blocks.put_block(
            session,
            NewBlock(
                connection_id=office.connection_id,
                whose=whose,
                booking_id=booking["id"],
                booking_uid=booking["uid"],
                uid_hash=booking_uid_hash(booking["uid"]),
                event_type_id=office.desk.types["anna"],
                start_at=local(DAY, 10),
                end_at=local(DAY, 10, 30),
            ),
        )
        await blocks.cover(session, block_id)
        caller = asyncio.create_task(calendars.reserve(10))
        await _is_waiting_or_done(calendars, caller)
    return await caller is not None


async def _is_waiting_or_done(calendars: Calendars, caller: asyncio.Task[Any]) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20):
        while not caller.done():
            async with tenant_session(calendars.office.engine, calendars.company_id) as session:
                if await session.scalar(query):
                    return


async def test_of_a_block_and_a_caller_at_the_same_moment_one_gets_the_time(
    calendars: Calendars, owner_engine: AsyncEngine
) -> None:
    assert not await race(calendars)
    assert await calendars.taken() == [theirs(10)]
    assert await verify(owner_engine) == []


async def test_without_the_constraint_both_would_have_it(
    calendars: Calendars, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as connection:
        drop = "ALTER TABLE reservations DROP CONSTRAINT reservations_no_overlap"
        await connection.execute(text(drop))
    assert await race(calendars)
    found = await verify(owner_engine)
    assert ["overlap" in str(one) for one in found] == [True]


async def test_many_reports_and_many_callers_leave_no_overlap(
    calendars: Calendars, owner_engine: AsyncEngine
) -> None:
    booked = [calendars.person_books(hour, minute) for hour in (9, 10, 11) for minute in (0, 30)]
    reports = [calendars.hear(one["uid"]) for one in booked for _ in range(2)]
    callers = [calendars.reserve(hour, minute) for hour in (9, 10, 11) for minute in (5, 25, 45)]
    await asyncio.gather(*reports, *callers, return_exceptions=False)
    assert await verify(owner_engine) == []
    taken = await calendars.taken()
    assert taken[0][0] == local(DAY, 9)
    assert taken[-1][1] >= local(DAY, 12)
    for (_, until, _), (start, _, _) in itertools.pairwise(taken):
        assert until == start

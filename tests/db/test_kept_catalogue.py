"""What is kept of a catalogue is what the catalogue says, whoever changed it and however."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.models import Absence, StaffSpecialDay
from db.queries.catalogue import list_branches, list_services, list_staff
from db.queries.connections import upsert_connection, upsert_event_type
from db.queries.kept import Reading, kept_plan
from db.queries.loading import company_id_of
from db.session import tenant_session
from domain.slots import BranchPlan
from tests.builders.rows import company_json, make_salon

COMPANY = company_id_of(company_json())


@asynccontextmanager
async def counted(engine: AsyncEngine) -> AsyncIterator[list[str]]:
    """The statements that are sent meanwhile, without those of the transaction itself."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def first_branch(engine: AsyncEngine) -> UUID:
    async with tenant_session(engine, COMPANY) as session:
        return (await list_branches(session))[0].id


async def plan_of(engine: AsyncEngine, branch_id: UUID) -> BranchPlan:
    async with tenant_session(engine, COMPANY) as session:
        return await kept_plan(session, branch_id)


async def test_the_second_reading_asks_for_the_version_only(engine: AsyncEngine) -> None:
    await make_salon(engine)
    branch_id = await first_branch(engine)
    first = await plan_of(engine, branch_id)
    async with tenant_session(engine, COMPANY) as session:
        earlier = await Reading.read(session)
        read = await earlier.catalogue(), await earlier.house(), await earlier.services()
        assert read[0].branches[0].id == str(branch_id)
        assert read[2] == tuple(await list_services(session))
    async with counted(engine) as sent, tenant_session(engine, COMPANY) as session:
        kept = await Reading.read(session)
        assert await kept.plan(branch_id) is first
        again = await kept.catalogue(), await kept.house(), await kept.services()
        assert all(one is other for one, other in zip(again, read, strict=True))
    assert ["catalogue_versions" in statement for statement in sent] == [True]


async def test_every_kind_of_change_is_seen_by_the_next_reading(engine: AsyncEngine) -> None:
    await make_salon(engine)
    branch_id = await first_branch(engine)
    async with tenant_session(engine, COMPANY) as session:
        staff_id = (await list_staff(session))[0].id
    away_at = datetime.now(UTC) + timedelta(days=3)
    ill = Absence(staff_id=staff_id, start_at=away_at, end_at=away_at + timedelta(1), kind="ill")
    off = StaffSpecialDay(
        staff_id=staff_id, branch_id=branch_id, date=date(2027, 3, 1), intervals=[]
    )
    for change in (ill, off):
        before = await plan_of(engine, branch_id)
        async with tenant_session(engine, COMPANY) as session:
            session.add(change)
        after = await plan_of(engine, branch_id)
        assert after.staff != before.staff


async def test_a_rule_of_the_company_counts_at_once(engine: AsyncEngine) -> None:
    await make_salon(engine)
    branch_id = await first_branch(engine)
    await plan_of(engine, branch_id)
    async with tenant_session(engine, COMPANY) as session:
        await session.execute(text("UPDATE companies SET hold_minutes = 17"))
    assert (await plan_of(engine, branch_id)).rules.hold_minutes == 17


class _CalledOffError(Exception):
    pass


async def test_what_was_rolled_back_is_not_kept_for_what_comes_after(engine: AsyncEngine) -> None:
    await make_salon(engine)
    branch_id = await first_branch(engine)

    async def change(session: AsyncSession, minutes: int) -> BranchPlan:
        query = text("UPDATE companies SET hold_minutes = :minutes")
        await session.execute(query, {"minutes": minutes})
        return await kept_plan(session, branch_id)

    async def change_and_call_off() -> None:
        async with tenant_session(engine, COMPANY) as session:
            assert (await change(session, 21)).rules.hold_minutes == 21
            raise _CalledOffError

    with pytest.raises(_CalledOffError):
        await change_and_call_off()
    assert (await plan_of(engine, branch_id)).rules.hold_minutes != 21
    async with tenant_session(engine, COMPANY) as session:
        await session.execute(text("UPDATE companies SET hold_minutes = 22"))
    assert (await plan_of(engine, branch_id)).rules.hold_minutes == 22


async def test_loading_a_catalogue_raises_its_version_once(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    await make_salon(engine)
    async with owner_engine.connect() as connection:
        query = text("SELECT version FROM catalogue_versions WHERE company_id = :id")
        first = (await connection.scalars(query, {"id": COMPANY})).one()
        await make_salon(engine)
        number = text("SELECT last_value FROM catalogue_version_numbers")
        assert (await connection.scalars(query, {"id": COMPANY})).one() > first
        # Conflicts take a number each as well, so it grows faster than the versions do.
        assert (await connection.scalars(number)).one() >= first + 1


async def test_event_types_at_the_calendar_are_kept_until_they_change(engine: AsyncEngine) -> None:
    salon = await make_salon(engine)

    async def put(number: int) -> None:
        async with tenant_session(engine, COMPANY) as session:
            await upsert_event_type(
                session,
                connection_id=await upsert_connection(
                    session, provider="calcom", base_url="http://127.0.0.1:1", api_key="cal_key"
                ),
                staff_id=salon.staff[0],
                branch_id=salon.branch_id,
                calcom_event_type_id=number,
                lengths_minutes=[30],
            )

    async def known() -> list[int]:
        async with tenant_session(engine, COMPANY) as session:
            found = await (await Reading.read(session)).event_types(salon.branch_id)
            return [one.calcom_event_type_id for one in found]

    assert await known() == []
    await put(7)
    assert await known() == [7]
    async with counted(engine) as sent:
        assert await known() == [7]
    assert not any("event_types" in statement for statement in sent)
    await put(8)
    assert await known() == [8]

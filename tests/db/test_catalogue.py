"""A company's JSON becomes rows, rows become rules and words, and loading twice changes nothing."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Base
from db.queries.catalogue import (
    get_company,
    list_branches,
    list_services,
    list_staff,
    load_branch_plan,
    load_catalogue,
)
from db.queries.loading import company_id_of, insert_company
from db.session import tenant_session
from domain.ids import seeded_id
from domain.slots import working_of
from domain.slots.model import ResourceNeed, StaffOverride, WallHours
from tests.builders.catalogue import load_companies, plan_from_catalogue
from tests.builders.rows import company_json, make_salon


async def everything(engine: AsyncEngine) -> dict[str, set[str]]:
    """All rows of all tables as text, without the time of their last change, or its number."""
    found = {}
    async with engine.connect() as connection:
        for name in sorted(set(Base.metadata.tables) - {"catalogue_versions"}):
            columns = (column.name for column in Base.metadata.tables[name].columns)
            kept = (c for c in columns if c not in {"created_at", "updated_at"})
            listed = ", ".join(f"{name}.{column}" for column in kept)
            query = text(f"SELECT ROW({listed})::text FROM {name}")  # noqa: S608
            found[name] = set(await connection.scalars(query))
    return found


async def test_loading_twice_changes_nothing(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    await make_salon(engine)
    first = await everything(owner_engine)
    await make_salon(engine)
    assert await everything(owner_engine) == first


async def test_loading_again_takes_changes_over(engine: AsyncEngine) -> None:
    company = company_json()
    await make_salon(engine)
    company["branches"][0]["opening_hours"]["mon"] = [["10:00", "12:00"], ["13:00", "18:00"]]
    company["staff"][0]["display_name"] = "Änne"
    company["services"][1]["staff_overrides"] = {}
    async with tenant_session(engine, company_id_of(company)) as session:
        await insert_company(session, company)
        branch = (await list_branches(session))[0]
        plan = await load_branch_plan(session, branch.id)
        assert [hours.opens for hours in plan.opening.weekly[0]] == [time(10), time(13)]
        assert (await list_staff(session))[0].display_name == "Änne"
        assert plan.staff[0].overrides == {}


async def test_a_number_cannot_be_loaded_for_two_companies(engine: AsyncEngine) -> None:
    await make_salon(engine)
    stranger = company_json("fremd", number=1)
    with pytest.raises(DBAPIError, match=r"row-level security policy.*phone_numbers"):
        async with tenant_session(engine, company_id_of(stranger)) as session:
            await insert_company(session, stranger)


async def test_a_branch_plan_holds_what_the_json_said(engine: AsyncEngine) -> None:
    salon = await make_salon(engine)
    async with tenant_session(engine, salon.company_id) as session:
        start_at, end_at = datetime(2031, 3, 4, 9, tzinfo=UTC), datetime(2031, 3, 5, tzinfo=UTC)
        await session.execute(
            text(
                "INSERT INTO absences (id, staff_id, start_at, end_at, kind)"
                " VALUES (:id, :staff, :start, :end, 'holiday')"
            ),
            {"id": uuid4(), "staff": salon.staff[0], "start": start_at, "end": end_at},
        )
        plan = await load_branch_plan(session, salon.branch_id, absences_from_at=start_at)
        later = await load_branch_plan(session, salon.branch_id, absences_from_at=end_at)
    assert (plan.zone, plan.opening.subdivision) == ("Europe/Berlin", "BE")
    assert plan.opening.weekly[0] == (WallHours(time(9), time(18)),)
    assert plan.opening.weekly[6] == ()
    assert plan.opening.special_days == {date(2030, 12, 24): (WallHours(time(9), time(12)),)}
    anna, ben = plan.staff
    assert (anna.id, anna.resource_id) == (salon.staff[0], salon.staff_resources[0])
    assert anna.overrides == {salon.services[1]: StaffOverride(duration_minutes=75)}
    assert [(a.start_at, a.end_at) for a in anna.absences] == [(start_at, end_at)]
    assert (ben.absences, later.staff[0].absences) == ((), ())
    cut, colour = plan.services
    assert set(cut.staff_ids) == set(salon.staff)
    assert colour.needs == (ResourceNeed(type="cabin", count=1),)
    assert [(room.id, room.type) for room in plan.resources] == [(salon.room_id, "cabin")]
    assert (plan.rules.minimum_notice_minutes, plan.rules.horizon_days) == (60, 90)


async def test_a_persons_special_days_replace_their_week(engine: AsyncEngine) -> None:
    company = company_json()
    branch_ref = company["branches"][0]["id"]
    company["branches"][0]["district"] = "Mitte"
    company["staff"][0]["special_days"] = {
        branch_ref: [
            {"date": "2031-03-04", "working_hours": [["12:00", "14:00"]]},
            {"date": "2031-03-05", "working_hours": []},
        ]
    }
    async with tenant_session(engine, company_id_of(company)) as session:
        await insert_company(session, company)
        await insert_company(session, company)
        branch = (await list_branches(session))[0]
        plan = await load_branch_plan(session, branch.id)
        words = await load_catalogue(session)
    anna, ben = plan.staff
    assert anna.special_days == {
        date(2031, 3, 4): (WallHours(time(12), time(14)),),
        date(2031, 3, 5): (),
    }
    assert ben.special_days == {}
    assert working_of(plan, anna, date(2031, 3, 5)) == ()
    assert (branch.district, words.branches[0].district) == ("Mitte", "Mitte")


async def test_a_plan_takes_few_queries(engine: AsyncEngine) -> None:
    salon = await make_salon(engine)
    seen: list[str] = []

    def count(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    async with tenant_session(engine, salon.company_id) as session:
        await load_branch_plan(session, salon.branch_id)
    event.remove(engine.sync_engine, "before_cursor_execute", count)
    assert len(seen) <= 11


async def test_words_carry_our_ids(engine: AsyncEngine) -> None:
    salon = await make_salon(engine)
    async with tenant_session(engine, salon.company_id) as session:
        catalogue = await load_catalogue(session)
        company = await get_company(session)
        services = await list_services(session)
    assert [branch.id for branch in catalogue.branches] == [str(salon.branch_id)]
    assert [person.id for person in catalogue.staff] == [str(id_) for id_ in salon.staff]
    assert catalogue.staff[0].branch_ids == (str(salon.branch_id),)
    assert catalogue.generic_terms == {"Haare": tuple(str(id_) for id_ in salon.services)}
    assert catalogue.company_names == ("Salon-Muster", "salon-muster")
    assert (company.slug, company.booking_model) == ("salon-muster", "simple")
    assert set(services[0].staff_ids) == set(salon.staff)


async def test_the_demo_companies_come_back_as_the_rules_they_are(engine: AsyncEngine) -> None:
    """Against the plans that the builders read from the file without any database."""
    for company in load_companies().values():
        async with tenant_session(engine, company_id_of(company)) as session:
            await insert_company(session, company)
            for branch in company["branches"]:
                plan = await load_branch_plan(session, seeded_id("branch", branch["id"]))
                from_file = plan_from_catalogue(company, branch["id"])
                assert plan.opening == from_file.opening
                assert plan.rules == from_file.rules
                assert [(p.id, p.weekly, p.overrides) for p in plan.staff] == [
                    (p.id, p.weekly, p.overrides) for p in from_file.staff
                ]
                assert [
                    (s.id, s.duration_minutes, s.buffer_after_minutes, s.needs, s.price_cents)
                    for s in plan.services
                ] == [
                    (s.id, s.duration_minutes, s.buffer_after_minutes, s.needs, s.price_cents)
                    for s in from_file.services
                ]
                assert [set(s.staff_ids) for s in plan.services] == [
                    set(s.staff_ids) for s in from_file.services
                ]

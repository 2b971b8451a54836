"""Free times that are fetched before anybody asks: when, of whom, and when not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.availability import Availability
from activities.free_times import SET_ASIDE_S
from activities.warming import RENEWED_S, is_near_opening
from contracts.availability import FindCold, WarmAvailability
from db.queries import catalogue
from db.session import tenant_session
from domain.errors import Closed
from domain.slots import BranchPlan, opening_of
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from tests.builders.calcom import Desk
from tests.builders.office import TODAY, Office, connect, opened
from tests.builders.rows import make_salon

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def office(engine: AsyncEngine, desk: Desk) -> AsyncIterator[Office]:
    """Its clock stands a minute after the next opening."""
    salon = await make_salon(engine)
    connection_id = await connect(engine, salon, desk)
    async with opened(engine, salon, connection_id, desk, "mem://") as made:
        set_clock(made, next_opening(await plan_of(made)) + A_MINUTE)
        yield made


async def plan_of(office: Office) -> BranchPlan:
    async with tenant_session(office.engine, office.salon.company_id) as session:
        return await catalogue.load_branch_plan(session, office.salon.branch_id)


def next_opening(plan: BranchPlan) -> datetime:
    ahead = (opening_of(plan, TODAY + timedelta(days=number)) for number in range(1, 15))
    return next(day[0].start_at for day in ahead if not isinstance(day, Closed))


def set_clock(office: Office, at: datetime) -> None:
    office.clock.ahead_s = (at - datetime.now(UTC)).total_seconds()


async def cold(office: Office, connection_id: UUID | None = None) -> tuple[UUID, ...]:
    found = await office.availability.find_cold(
        FindCold(
            company_id=office.salon.company_id,
            connection_id=connection_id or office.connection_id,
        )
    )
    return found.branch_ids


def order(office: Office, calendars_max: int = 15) -> WarmAvailability:
    return WarmAvailability(
        company_id=office.salon.company_id,
        branch_id=office.salon.branch_id,
        calendars_max=calendars_max,
    )


async def test_a_branch_is_warmed_from_an_hour_before_it_opens_until_it_closes(
    office: Office,
) -> None:
    plan = await plan_of(office)
    opens = next_opening(plan)
    day = opening_of(plan, opens.astimezone(plan.tz).date())
    assert not isinstance(day, Closed)
    closes = day[-1].end_at
    hour = timedelta(hours=1)
    moments = (opens - hour - A_MINUTE, opens - hour + A_MINUTE, closes - A_MINUTE, closes)
    assert [is_near_opening(plan, at) for at in moments] == [False, True, True, False]
    found = []
    for at in moments:
        set_clock(office, at)
        found.append(await cold(office))
    here = (office.salon.branch_id,)
    assert found == [(), here, here, ()]
    assert office.asked() == []


async def test_what_was_fetched_is_left_alone_until_it_is_nearly_too_old(office: Office) -> None:
    warmed = await office.availability.warm(order(office))
    assert warmed.requests == len(office.asked()) > 0
    assert await cold(office) == ()
    office.clock.ahead_s += RENEWED_S - 60
    assert await cold(office) == ()
    assert (await office.availability.warm(order(office))).requests == 0
    office.clock.ahead_s += 120
    assert await cold(office) == (office.salon.branch_id,)
    assert (await office.availability.warm(order(office))).requests == warmed.requests


async def test_a_day_that_has_changed_is_fetched_again(office: Office) -> None:
    await office.availability.warm(order(office))
    anna = office.salon.staff[0]
    await office.view.drop(
        office.salon.company_id, anna, [next_opening(await plan_of(office)).date()]
    )
    assert await cold(office) == (office.salon.branch_id,)
    before = len(office.asked())
    await office.availability.warm(order(office))
    assert len(office.asked()) == before + 2  # Anna has two lengths


async def test_a_step_takes_a_few_calendars_and_the_next_one_goes_on(office: Office) -> None:
    first = await office.availability.warm(order(office, calendars_max=1))
    assert await cold(office) == (office.salon.branch_id,)
    rest = await office.availability.warm(order(office, calendars_max=2))
    assert await cold(office) == ()
    assert rest.requests == 2 * first.requests


async def test_what_cannot_be_read_is_set_aside_and_keeps_nothing_from_the_rest(
    office: Office,
) -> None:
    ben = office.desk.types["ben"]
    office.desk.order_fault(
        operation="get_slots", fault="status", status=400, times=None, event_type_id=ben
    )
    warmed = await office.availability.warm(order(office))
    assert [one.reason for one in warmed.missing] == ["refused"]
    sent = len(office.asked())
    assert await cold(office) == ()
    assert (await office.availability.warm(order(office))).requests == 0
    assert len(office.asked()) == sent
    assert SET_ASIDE_S < RENEWED_S


async def test_only_the_connections_own_branches_and_only_where_it_is_switched_on(
    office: Office,
) -> None:
    assert await cold(office, uuid4()) == ()
    assert await cold(office) == (office.salon.branch_id,)
    async with httpx.AsyncClient(trust_env=False) as http, open_shared("mem://") as shared:
        off = Availability(office.engine, http, Gates(shared), office.times, warming=False)
        found = await off.find_cold(
            FindCold(company_id=office.salon.company_id, connection_id=office.connection_id)
        )
    assert found.branch_ids == ()

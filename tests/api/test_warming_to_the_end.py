"""Free times are there before anybody asks: the clock, the engine, the real steps, a Cal.com."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import time
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow

from activities.calendar_view import CalendarView
from activities.free_times import FreeTimes
from contracts.names import TaskQueue
from contracts.sync import CalendarSynced, SyncCalendar
from db.models import Branch, OpeningHours
from db.queries import catalogue
from db.queries.connections import list_event_types
from db.session import tenant_session
from domain.ids import sync_schedule_id
from domain.slots.calendar_view import Known, View
from integrations.calcom.shared import Shared, open_shared
from sandbox.calcom.running import Running, running
from sandbox.caller.desk import wait_until
from settings import Settings
from tests.builders.calcom import Desk, Desks
from tests.builders.office import DAY, NEXT_DAY, connect, make_desk
from tests.builders.rows import Salon
from wiring import make_workers
from workflows.schedules import ensure_syncs

pytestmark = pytest.mark.timeout(120)
WITHIN_S = 60.0


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def desk(sandbox: Running) -> Iterator[Desk]:
    with Desks(sandbox.url) as desks:
        yield make_desk(desks)


@pytest.fixture(scope="module")
async def connection_id(engine: AsyncEngine, salon: Salon, desk: Desk) -> UUID:
    """Of a salon that never closes, so that it is open now."""
    made = await connect(engine, salon, desk)
    async with tenant_session(engine, salon.company_id) as session:
        await session.execute(update(Branch).values(closed_on_public_holidays=False))
        await session.execute(delete(OpeningHours))
        session.add_all(
            OpeningHours(
                branch_id=salon.branch_id, weekday=day, from_time=time.min, to_time=time.min
            )
            for day in range(7)
        )
    return made


@pytest.fixture
async def shared() -> AsyncIterator[Shared]:
    async with open_shared("mem://") as made:
        yield made


@dataclass(frozen=True)
class House:
    engine: AsyncEngine
    salon: Salon
    connection_id: UUID
    shared: Shared

    async def known(self) -> View:
        salon = self.salon
        async with tenant_session(self.engine, salon.company_id) as session:
            plan = await catalogue.load_branch_plan(session, salon.branch_id)
            types = await list_event_types(session, branch_id=salon.branch_id)
        view = CalendarView(self.engine, FreeTimes(self.shared.cache))
        return await view.known(plan, types, salon.services[:1], (DAY, NEXT_DAY))


@pytest.fixture
def house(engine: AsyncEngine, salon: Salon, connection_id: UUID, shared: Shared) -> House:
    return House(engine, salon, connection_id, shared)


@pytest.mark.parametrize("is_on", [True, False])
async def test_an_open_branchs_free_times_are_known_though_nobody_asked(
    settings: Settings, temporal_client: Client, house: House, desk: Desk, *, is_on: bool
) -> None:
    before = len(desk.requests("get_slots"))
    wanted = SyncCalendar(company_id=house.salon.company_id, connection_id=house.connection_id)
    queues = [TaskQueue.CALLS, TaskQueue.INTEGRATIONS]
    told = settings.model_copy(update={"warm_free_times": is_on})
    async with httpx.AsyncClient(trust_env=False) as http:
        calls, integrations = make_workers(
            told, temporal_client, house.engine, http, queues, shared=house.shared
        )
        async with calls, integrations:
            await ensure_syncs(temporal_client, [wanted])
            try:
                await _one_run(temporal_client, house.connection_id)
                view = await house.known()
            finally:
                await ensure_syncs(temporal_client, [])
    assert isinstance(view, Known) is is_on
    assert (len(desk.requests("get_slots")) > before) is is_on


async def _one_run(client: Client, connection_id: UUID) -> None:
    """Until the schedule's first run has come to its end."""
    handle = client.get_schedule_handle(sync_schedule_id(connection_id))

    async def started() -> str | None:
        recent = (await handle.describe()).info.recent_actions
        if not recent:
            return None
        assert isinstance(recent[0].action, ScheduleActionExecutionStartWorkflow)
        return recent[0].action.workflow_id

    workflow_id = await wait_until(started, within_s=WITHIN_S)
    assert workflow_id is not None
    run = client.get_workflow_handle(workflow_id, result_type=CalendarSynced)
    done: CalendarSynced = await run.result()
    assert done.failed is None

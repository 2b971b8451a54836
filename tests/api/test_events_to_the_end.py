"""Events followed to what becomes of them: HTTP door, engine, the real steps, PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import (
    Client,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    ScheduleSpec,
    WorkflowExecutionStatus,
)

from activities.upkeep import Upkeep
from api.webhooks import passing_on
from contracts.names import TaskQueue
from contracts.upkeep import EnsureMonths, EventOfCall, PassedOn, PassOnEvents, SweepWebhooks, Swept
from db.queries.webhooks import store_event
from db.session import PLATFORM_COMPANY_ID, platform_session
from integrations.calcom.shared import open_shared
from sandbox.caller.desk import wait_until
from settings import Settings
from stack.temporal_server import TemporalServer
from tests.api.conftest import make_settings
from tests.api.test_retell_webhooks import rows, signals, workflow
from tests.builders.postgres import TestDatabase
from tests.builders.retell import event_body, new_call_id, send
from tests.builders.rows import Salon
from wiring import make_workers
from workflows.schedules import CATCH_UP, SCHEDULES, SWEEP_EVERY, ensure_schedules
from workflows.upkeep import MonthsAheadWorkflow, WebhookSweepWorkflow

UNKNOWN = {"to_number": "+493000000000", "agent_id": None}
NOW = SweepWebhooks(older_than_s=0)


@pytest.fixture(scope="module")
def settings(database: TestDatabase, temporal_server: TemporalServer) -> Settings:
    return make_settings(
        database_url=SecretStr(database.app_url),
        temporal_address=temporal_server.address,
        analysis_wait_s=0.1,
    )


@pytest.fixture(scope="module", autouse=True)
async def _workers(
    settings: Settings, temporal_client: Client, engine: AsyncEngine
) -> AsyncIterator[None]:
    async with (
        httpx.AsyncClient(trust_env=False) as nobody,
        open_shared(settings.cache_url) as shared,
    ):
        (worker,) = make_workers(
            settings, temporal_client, engine, nobody, [TaskQueue.CALLS], shared=shared
        )
        async with worker:
            yield


async def call_row(owner_engine: AsyncEngine, call_id: str) -> Any:
    async with owner_engine.connect() as connection:
        query = text("SELECT * FROM calls WHERE retell_call_id = :id")
        return (await connection.execute(query, {"id": call_id})).one()


async def sweep(client: Client, request: SweepWebhooks = NOW) -> Swept:
    return await client.execute_workflow(
        WebhookSweepWorkflow.run,
        request,
        id=f"sweep-{new_call_id()}",
        task_queue=TaskQueue.CALLS,
    )


async def lose(http: httpx.AsyncClient, body: bytes, at: str) -> None:
    """A delivery whose process dies in `at`, and that nobody repeats."""

    async def dies(*_: object, **__: object) -> str:
        raise ConnectionResetError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passing_on, at, dies)
        assert (await send(http, body)).status_code == 500


# --- unknown numbers, late events --------------------------------------------------------------


async def test_a_call_to_an_unknown_number_is_kept_for_review_and_settles_as_none(
    http: httpx.AsyncClient, temporal_client: Client, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    for kind in ("call_started", "call_ended", "call_analyzed"):
        assert (await send(http, event_body(kind, call_id, **UNKNOWN))).status_code == 204
    settled = await workflow(temporal_client, call_id).result()
    assert settled["outcome"] == "none"
    row = await call_row(owner_engine, call_id)
    assert (row.company_id, row.branch_id) == (PLATFORM_COMPANY_ID, None)
    assert (row.needs_review, row.review_reason) == (True, "unknown_number")
    assert (row.state, row.outcome, row.reason) == ("settled", "none", "unknown_number")
    assert {event.company_id for event in await rows(owner_engine, call_id)} == {
        PLATFORM_COMPANY_ID
    }


async def settled_call(http: httpx.AsyncClient, client: Client, salon: Salon) -> str:
    """A silent call whose analysis did not come in time."""
    call_id = new_call_id()
    body = event_body("call_ended", call_id, transcript=None, to_number=salon.dialled)
    assert (await send(http, body)).status_code == 204
    assert (await workflow(client, call_id).result())["outcome"] == "none"
    return call_id


def analysis(call_id: str, salon: Salon) -> bytes:
    return event_body(
        "call_analyzed",
        call_id,
        to_number=salon.dialled,
        call_analysis={"call_summary": "Stille.", "user_sentiment": "Neutral"},
    )


async def test_a_late_analysis_completes_the_call_s_row_and_leaves_its_outcome(
    http: httpx.AsyncClient, temporal_client: Client, owner_engine: AsyncEngine, salon: Salon
) -> None:
    call_id = await settled_call(http, temporal_client, salon)
    before = await call_row(owner_engine, call_id)
    run_id = (await workflow(temporal_client, call_id).describe()).run_id
    for _ in range(2):
        assert (await send(http, analysis(call_id, salon))).status_code == 204
    (_, late) = await rows(owner_engine, call_id)
    assert (late.status, late.deliveries, late.company_id) == ("late", 2, salon.company_id)
    assert late.signalled_at is not None
    after = await call_row(owner_engine, call_id)
    assert (before.analysis, after.analysis is None) == (None, False)
    assert set(after.events) == {"call_ended", "call_analyzed"}
    kept = ("state", "outcome", "reason", "settled_at", "timeline", "needs_review")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    described = await workflow(temporal_client, call_id).describe()
    assert (described.run_id, described.status) == (run_id, WorkflowExecutionStatus.COMPLETED)


# --- the sweep ---------------------------------------------------------------------------------


@pytest.mark.parametrize("died_in", ["report_to_call", "mark_signalled"])
async def test_an_event_whose_process_died_reaches_its_call_once_by_the_sweep(
    http: httpx.AsyncClient, temporal_client: Client, owner_engine: AsyncEngine, died_in: str
) -> None:
    call_id = new_call_id()
    await lose(http, event_body("call_started", call_id, **UNKNOWN), died_in)
    (row,) = await rows(owner_engine, call_id)
    assert row.signalled_at is None
    assert await sweep(temporal_client) == Swept(signalled=1)
    assert await sweep(temporal_client) == Swept()
    (row,) = await rows(owner_engine, call_id)
    assert (row.status, row.signalled_at is None) == ("accepted", False)
    assert [told.event_id for told in await signals(temporal_client, call_id)] == [row.id]
    await send(http, event_body("call_analyzed", call_id, **UNKNOWN))
    assert (await workflow(temporal_client, call_id).result())["outcome"] == "none"


async def test_an_event_that_is_young_is_left_to_whoever_stored_it(
    http: httpx.AsyncClient, temporal_client: Client, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    await lose(http, event_body("call_analyzed", call_id, **UNKNOWN), "report_to_call")
    assert await sweep(temporal_client, SweepWebhooks()) == Swept()
    assert await sweep(temporal_client) == Swept(signalled=1)
    assert (await workflow(temporal_client, call_id).result())["outcome"] == "none"
    assert (await call_row(owner_engine, call_id)).state == "settled"


async def test_an_event_lost_after_its_call_was_settled_completes_the_row_by_the_sweep(
    http: httpx.AsyncClient, temporal_client: Client, owner_engine: AsyncEngine, salon: Salon
) -> None:
    call_id = await settled_call(http, temporal_client, salon)
    await lose(http, analysis(call_id, salon), "report_to_call")
    assert (await call_row(owner_engine, call_id)).analysis is None
    assert await sweep(temporal_client) == Swept(late=1)
    assert (await call_row(owner_engine, call_id)).analysis is not None
    assert (await rows(owner_engine, call_id))[-1].status == "late"


async def test_a_backlog_is_worked_off_in_batches_up_to_a_stated_number(
    http: httpx.AsyncClient, temporal_client: Client
) -> None:
    calls = [new_call_id() for _ in range(5)]
    for call_id in calls:
        await lose(http, event_body("call_analyzed", call_id, **UNKNOWN), "report_to_call")
    bounded = SweepWebhooks(older_than_s=0, batch_max=2, batches_max=2)
    assert await sweep(temporal_client, bounded) == Swept(signalled=4)
    assert await sweep(temporal_client, bounded) == Swept(signalled=1)
    for call_id in calls:
        assert (await workflow(temporal_client, call_id).result())["outcome"] == "none"


async def stored(engine: AsyncEngine, call_id: str, body: bytes) -> UUID:
    async with platform_session(engine) as session:
        event = await store_event(
            session,
            source="retell",
            event_id=f"call_started:{call_id}",
            kind="call_started",
            body=body,
            retell_call_id=call_id,
        )
    return event.id


async def test_one_event_s_trouble_does_not_keep_the_others_waiting(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    calls = [new_call_id() for _ in range(3)]
    unreadable = await stored(engine, calls[0], b"{")
    refused = await stored(engine, calls[1], event_body("call_started", calls[1], **UNKNOWN))
    fine = await stored(engine, calls[2], event_body("call_started", calls[2], **UNKNOWN))
    passed: list[EventOfCall] = []

    async def pass_on(event: EventOfCall) -> PassedOn:
        if event.event_id == refused:
            raise ConnectionResetError
        passed.append(event)
        return "signalled"

    step = Upkeep(engine, pass_on)
    swept = await step.pass_on_events(PassOnEvents(event_ids=(unreadable, refused, fine)))
    assert swept == Swept(signalled=1, unreadable=1, failed=1)
    assert passed == [
        EventOfCall(
            event_id=fine,
            kind="call_started",
            retell_call_id=calls[2],
            dialled=UNKNOWN["to_number"],
        )
    ]
    found = {row.id: row for row in await rows(owner_engine)}
    assert (found[unreadable].status, found[refused].status) == ("invalid", "accepted")
    async with owner_engine.begin() as connection:  # nobody shall sweep them after this test
        ids = {"ids": [refused, fine]}
        await connection.execute(text("DELETE FROM webhook_events WHERE id = ANY (:ids)"), ids)


# --- the clock ---------------------------------------------------------------------------------


async def test_coming_months_are_made_by_the_engine(temporal_client: Client) -> None:
    made = [
        await temporal_client.execute_workflow(
            MonthsAheadWorkflow.run,
            EnsureMonths(ahead=24),
            id=f"months-{turn}",
            task_queue=TaskQueue.CALLS,
        )
        for turn in range(2)
    ]
    assert made[0].made > 0
    assert made[1].made == 0


async def test_schedules_are_made_true_by_whoever_starts_and_do_their_work(
    http: httpx.AsyncClient, temporal_client: Client, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    await lose(http, event_body("call_analyzed", call_id, **UNKNOWN), "report_to_call")
    async with owner_engine.begin() as connection:
        old = "UPDATE webhook_events SET received_at = now() - interval '5 minutes'"
        await connection.execute(text(f"{old} WHERE retell_call_id = :id"), {"id": call_id})
    try:
        await ensure_schedules(temporal_client)
        settled = await wait_until(lambda: _settled(owner_engine, call_id), within_s=30)
        assert settled is not None
        assert (await workflow(temporal_client, call_id).result())["outcome"] == "none"

        handle = temporal_client.get_schedule_handle("sweep-webhooks")
        found = (await handle.describe()).schedule
        assert [every.every for every in found.spec.intervals] == [SWEEP_EVERY]
        assert found.policy.overlap is ScheduleOverlapPolicy.SKIP

        await handle.pause(note="by a person")
        slower = replace(
            SCHEDULES["sweep-webhooks"],
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=CATCH_UP)]),
        )
        await ensure_schedules(temporal_client, {"sweep-webhooks": slower})
        found = (await handle.describe()).schedule
        assert [every.every for every in found.spec.intervals] == [CATCH_UP]
        assert (found.state.paused, found.state.note) == (True, "by a person")
    finally:
        for schedule_id in SCHEDULES:
            await temporal_client.get_schedule_handle(schedule_id).delete()


async def _settled(owner_engine: AsyncEngine, call_id: str) -> bool | None:
    async with owner_engine.connect() as connection:
        query = text("SELECT true FROM calls WHERE retell_call_id = :id AND state = 'settled'")
        found: bool | None = await connection.scalar(query, {"id": call_id})
    return found

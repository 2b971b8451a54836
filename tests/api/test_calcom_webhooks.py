"""What Cal.com posts: signed, kept once by meaning, one run an event; nothing else is believed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker

from activities.calendar_events import CalendarEvents
from api.calendar_events import start_calendar_event
from api.deps import ApiRuntime
from api.main import create_app
from contracts.calendar_events import (
    CalendarEvent,
    CalendarEventDone,
    FindLostCalendarEvents,
    StartLostCalendarEvents,
)
from contracts.names import TaskQueue
from db.queries.connections import upsert_connection
from db.session import tenant_session
from domain.ids import calendar_event_workflow_id
from integrations.calcom.signature import HEADER, sign
from tests.api.calendar_event_double import Noted
from tests.api.conftest import away, serving
from tests.builders.calcom_hooks import RecordedHook, hook_body, recorded_hooks
from tests.builders.rows import Salon, make_salon
from wiring import make_api_runtime

SECRET = "whsec_test_Schlüssel_2026"


@pytest.fixture(scope="module", autouse=True)
async def runs(temporal_client: Client) -> AsyncIterator[None]:
    async with Worker(temporal_client, task_queue=TaskQueue.CALLS, workflows=[Noted]):
        yield


async def connect(engine: AsyncEngine, salon: Salon, **changes: Any) -> UUID:
    async with tenant_session(engine, salon.company_id) as session:
        given = {"provider": "calcom", "base_url": "http://127.0.0.1", "api_key": "cal_1"}
        return await upsert_connection(session, **{**given, "webhook_secret": SECRET, **changes})


@pytest.fixture(scope="module")
async def connection_id(engine: AsyncEngine, salon: Salon) -> UUID:
    return await connect(engine, salon)


async def post(
    http: httpx.AsyncClient,
    connection_id: UUID,
    body: bytes,
    *,
    secret: str = SECRET,
    signature: str | None = None,
) -> httpx.Response:
    headers = {HEADER: sign(body, secret) if signature is None else signature}
    return await http.post(
        f"/webhooks/calcom/{connection_id}",
        content=body,
        headers={**headers, "Content-Type": "application/json"},
    )


async def rows(owner_engine: AsyncEngine, connection_id: UUID) -> list[dict[str, Any]]:
    query = text(
        "SELECT id, kind, status, error, deliveries, company_id, signalled_at IS NOT NULL AS heard"
        " FROM webhook_events WHERE source = :source ORDER BY received_at, id"
    )
    async with owner_engine.connect() as connection:
        found = await connection.execute(query, {"source": f"calcom:{connection_id}"})
        return [dict(row) for row in found.mappings()]


async def result_of(client: Client, event_id: UUID) -> CalendarEventDone:
    handle = client.get_workflow_handle(
        calendar_event_workflow_id(event_id), result_type=CalendarEventDone
    )
    done: CalendarEventDone = await handle.result()
    return done


async def test_a_report_is_stored_and_its_run_started_before_the_answer(
    http: httpx.AsyncClient,
    owner_engine: AsyncEngine,
    temporal_client: Client,
    salon: Salon,
    connection_id: UUID,
) -> None:
    before = await rows(owner_engine, connection_id)
    answer = await post(http, connection_id, hook_body())
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    [*_, row] = await rows(owner_engine, connection_id)
    assert len(before) + 1 == len(await rows(owner_engine, connection_id))
    assert (row["kind"], row["heard"], row["company_id"]) == (
        "BOOKING_CREATED",
        True,
        salon.company_id,
    )
    done = await result_of(temporal_client, row["id"])
    assert done.did == ("BOOKING_CREATED", str(connection_id))


@pytest.mark.parametrize(
    "hook",
    [hook for hook in recorded_hooks().values() if hook.secret == SECRET],
    ids=lambda hook: hook.name,
)
async def test_every_recorded_delivery_is_taken_with_its_own_signature(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, hook: RecordedHook
) -> None:
    connection_id = await connect(engine, salon)
    answer = await post(http, connection_id, hook.body, signature=hook.signature)
    assert answer.status_code == 200
    assert answer.json()["status"] in ("accepted", "already_processed")


async def test_many_deliveries_at_once_are_one_event(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, connection_id: UUID
) -> None:
    uid = uuid4().hex
    bodies = [hook_body(uid=uid, title=f"{number}") for number in range(6)]
    answers = await asyncio.gather(*(post(http, connection_id, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    found = [row for row in await rows(owner_engine, connection_id) if row["deliveries"] == 6]
    assert len(found) == 1
    again = await post(http, connection_id, bodies[0])
    assert again.json() == {"status": "already_processed"}


@pytest.mark.parametrize(
    "body", [recorded_hooks()["ping"].body, hook_body("FORM_SUBMITTED")], ids=["ping", "form"]
)
async def test_what_is_of_no_booking_is_accepted_and_not_kept(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, connection_id: UUID, body: bytes
) -> None:
    before = await rows(owner_engine, connection_id)
    answer = await post(http, connection_id, body)
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    assert await rows(owner_engine, connection_id) == before


@pytest.mark.parametrize(
    "signature", ["", "no-secret-provided", "0" * 64, sign(b"another", SECRET)]
)
async def test_what_is_not_signed_leaves_nothing_behind(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, connection_id: UUID, signature: str
) -> None:
    before = await rows(owner_engine, connection_id)
    answer = await post(http, connection_id, hook_body(), signature=signature)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert await rows(owner_engine, connection_id) == before


async def test_another_companys_secret_and_another_vendors_sign_nothing(
    http: httpx.AsyncClient, engine: AsyncEngine, connection_id: UUID, salon: Salon
) -> None:
    other = await make_salon(engine, "andere", number=2)
    theirs = await connect(engine, other, webhook_secret="whsec_other")
    twilio = await connect(engine, salon, provider="twilio")
    for target, secret in (
        (connection_id, "whsec_other"),
        (theirs, SECRET),
        (twilio, SECRET),
        (uuid4(), SECRET),
    ):
        answer = await post(http, target, hook_body(), secret=secret)
        assert answer.status_code == 401
    assert (await post(http, theirs, hook_body(), secret="whsec_other")).status_code == 200


async def test_a_connection_without_a_secret_takes_nothing(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    bare = await make_salon(engine, "ohne", number=3)
    connection_id = await connect(engine, bare, webhook_secret=None)
    for signature in ("no-secret-provided", sign(b"", "")):
        answer = await post(http, connection_id, hook_body(), signature=signature)
        assert answer.status_code == 401


async def test_signed_but_unreadable_is_kept_for_review(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, connection_id: UUID
) -> None:
    answer = await post(http, connection_id, b"uid=abc&name=Anna")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    [*_, row] = await rows(owner_engine, connection_id)
    assert (row["status"], row["heard"]) == ("invalid", False)
    assert "Anna" not in row["error"]


async def test_with_the_engine_away_it_is_kept_and_the_sweep_starts_its_run(
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    runtime: ApiRuntime,
    temporal_client: Client,
    connection_id: UUID,
) -> None:
    body, nobody = hook_body(), await away()
    stranded = make_api_runtime(runtime.settings, nobody, engine)
    async with (
        serving(create_app(stranded)) as url,
        httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
    ):
        answer = await post(http, connection_id, body)
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    [*_, row] = await rows(owner_engine, connection_id)
    assert not row["heard"]

    async def start(event: CalendarEvent) -> None:
        await start_calendar_event(temporal_client, engine, event)

    sweep = CalendarEvents(engine, temporal_client, start)
    lost = await sweep.find_lost(FindLostCalendarEvents(older_than_s=0, limit=100))
    [event] = [one for one in lost.events if one.event_id == row["id"]]
    assert (event.connection_id, event.kind) == (connection_id, "BOOKING_CREATED")
    for _ in range(2):  # a sweep may be repeated
        done = await sweep.start_lost(StartLostCalendarEvents(events=(event,)))
        assert (done.started, done.failed) == (1, 0)
    assert (await result_of(temporal_client, row["id"])).did[0] == "BOOKING_CREATED"
    lost = await sweep.find_lost(FindLostCalendarEvents(older_than_s=0, limit=100))
    assert row["id"] not in [one.event_id for one in lost.events]


async def test_one_that_cannot_be_started_does_not_hold_up_the_others(
    engine: AsyncEngine, temporal_client: Client, connection_id: UUID, salon: Salon
) -> None:
    started: list[UUID] = []
    events = [
        CalendarEvent(
            event_id=uuid4(), company_id=salon.company_id, connection_id=connection_id, kind="X"
        )
        for _ in range(3)
    ]

    async def start(event: CalendarEvent) -> None:
        if event is events[0]:
            raise RuntimeError("away")
        started.append(event.event_id)

    steps = CalendarEvents(engine, temporal_client, start)
    done = await steps.start_lost(StartLostCalendarEvents(events=tuple(events)))
    assert (done.started, done.failed) == (2, 1)
    assert started == [one.event_id for one in events[1:]]


async def test_an_event_has_one_run_also_after_that_has_ended(
    engine: AsyncEngine, temporal_client: Client, connection_id: UUID, salon: Salon
) -> None:
    event = CalendarEvent(
        event_id=uuid4(), company_id=salon.company_id, connection_id=connection_id, kind="X"
    )
    handle = temporal_client.get_workflow_handle(calendar_event_workflow_id(event.event_id))
    runs: list[str | None] = []
    for _ in range(2):
        await start_calendar_event(temporal_client, engine, event)
        await result_of(temporal_client, event.event_id)
        runs.append((await handle.describe()).run_id)
    assert runs[0] == runs[1]

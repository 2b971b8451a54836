"""What Retell reports is stored, reaches the call's workflow once, and bad input is refused."""

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from api.deps import ApiRuntime
from api.main import create_app
from api.webhooks import passing_on
from contracts.calls import CallReported, CallStart
from db.queries.connections import upsert_connection
from db.queries.webhooks import read_events
from db.session import platform_session, tenant_session
from domain.ids import call_workflow_id
from integrations.retell.signature import SIGNATURE_HEADER
from tests.api.conftest import SMALL_LIMIT, away, serving
from tests.builders.retell import dump, event_body, new_call_id, send, signed
from tests.builders.rows import Salon

HOOK = "/webhooks/retell"


async def rows(owner_engine: AsyncEngine, call_id: str | None = None) -> list[Any]:
    """Stored events, of one call or all."""
    where = "" if call_id is None else "WHERE retell_call_id = :id "
    query = text(f"SELECT * FROM webhook_events {where}ORDER BY received_at")  # noqa: S608 (ours)
    async with owner_engine.connect() as connection:
        return list(await connection.execute(query, {"id": call_id} if call_id else {}))


def workflow(temporal_client: Client, call_id: str) -> WorkflowHandle[Any, Any]:
    return temporal_client.get_workflow_handle(call_workflow_id(call_id))


async def signals(temporal_client: Client, call_id: str) -> list[CallReported]:
    """What the call's workflow was told, in order, from its history."""
    told = []
    async for event in workflow(temporal_client, call_id).fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            payloads = event.workflow_execution_signaled_event_attributes.input.payloads
            told += await temporal_client.data_converter.decode(payloads, [CallReported])
    return told


async def test_a_signed_event_is_stored_and_starts_the_calls_workflow(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    body = event_body("call_started", call_id)
    answer = await send(http, body)
    assert (answer.status_code, answer.content) == (204, b"")
    (row,) = await rows(owner_engine, call_id)
    assert (row.source, row.kind, row.status) == ("retell", "call_started", "accepted")
    assert row.signalled_at is not None
    assert b"Gott" not in bytes(row.body)
    assert await signals(temporal_client, call_id) == [
        CallReported(event_id=row.id, kind="call_started")
    ]


async def test_the_body_is_kept_byte_for_byte(
    http: httpx.AsyncClient, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    body = json.dumps(json.loads(event_body("call_ended", call_id)), indent=3).encode()
    await send(http, body)
    (row,) = await rows(owner_engine, call_id)
    async with platform_session(engine) as session:
        (event,) = await read_events(session, [row.id])
    assert event.body == body


async def test_the_workflow_is_readable_and_holds_no_number_of_the_caller(
    http: httpx.AsyncClient, temporal_client: Client
) -> None:
    call_id = new_call_id()
    await send(http, event_body("call_started", call_id))
    description = await workflow(temporal_client, call_id).describe()
    assert await description.static_summary() == "Call to +493023120001"
    first = await anext(aiter(workflow(temporal_client, call_id).fetch_history_events()))
    started = first.workflow_execution_started_event_attributes
    assert started.priority.fairness_key == "+493023120001"
    assert "17604069040" not in str(first)
    (start,) = await temporal_client.data_converter.decode(started.input.payloads, [CallStart])
    assert start == CallStart(retell_call_id=call_id, analysis_wait_s=7)


async def test_all_events_of_a_call_reach_one_workflow_in_whatever_order(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    kinds = ["call_analyzed", "transcript_updated", "call_ended", "call_started"]
    for kind in kinds:
        assert (await send(http, event_body(kind, call_id))).status_code == 204
    assert [row.kind for row in await rows(owner_engine, call_id)] == kinds
    assert [told.kind for told in await signals(temporal_client, call_id)] == kinds


async def test_a_repeated_event_is_one_row_and_one_signal(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    for _ in range(3):
        assert (await send(http, event_body("call_ended", call_id))).status_code == 204
    (row,) = await rows(owner_engine, call_id)
    assert row.deliveries == 3
    assert len(await signals(temporal_client, call_id)) == 1


async def test_twenty_deliveries_at_once_are_one_row_and_one_signal(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    body = event_body("call_ended", call_id)
    answers = await asyncio.gather(*(send(http, body) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [204] * 20
    (row,) = await rows(owner_engine, call_id)
    assert row.deliveries == 20
    assert len(await signals(temporal_client, call_id)) == 1


async def test_a_delivery_that_died_after_storing_is_made_good_by_the_next(
    http: httpx.AsyncClient,
    owner_engine: AsyncEngine,
    temporal_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dies(*_: object, **__: object) -> str:
        raise ConnectionResetError

    call_id = new_call_id()
    body = event_body("call_started", call_id)
    with monkeypatch.context() as patched:
        patched.setattr(passing_on, "report_to_call", dies)
        assert (await send(http, body)).status_code == 500
    (row,) = await rows(owner_engine, call_id)
    assert row.signalled_at is None
    assert (await send(http, body)).status_code == 204
    assert [told.event_id for told in await signals(temporal_client, call_id)] == [row.id]


async def test_a_delivery_that_died_after_signalling_signals_no_second_time(
    http: httpx.AsyncClient,
    owner_engine: AsyncEngine,
    temporal_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dies(*_: object) -> None:
        raise ConnectionResetError

    call_id = new_call_id()
    body = event_body("call_started", call_id)
    with monkeypatch.context() as patched:
        patched.setattr(passing_on, "mark_signalled", dies)
        assert (await send(http, body)).status_code == 500
    assert (await send(http, body)).status_code == 204
    assert len(await signals(temporal_client, call_id)) == 1
    (row,) = await rows(owner_engine, call_id)
    assert row.signalled_at is not None


async def test_an_event_after_the_call_was_settled_is_kept_and_starts_nothing(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    await send(http, event_body("call_ended", call_id))
    handle = workflow(temporal_client, call_id)
    run_id = (await handle.describe()).run_id
    await handle.terminate("as if settled")
    assert (await send(http, event_body("call_analyzed", call_id))).status_code == 204
    assert (await handle.describe()).run_id == run_id
    assert len(await rows(owner_engine, call_id)) == 2
    assert [told.kind for told in await signals(temporal_client, call_id)] == ["call_ended"]


async def test_without_the_engine_the_event_is_stored_and_to_be_sent_again(
    runtime: ApiRuntime,
    http: httpx.AsyncClient,
    owner_engine: AsyncEngine,
    temporal_client: Client,
) -> None:
    call_id = new_call_id()
    body = event_body("call_started", call_id)
    nowhere = await away()
    async with (
        serving(create_app(replace(runtime, temporal=nowhere))) as url,
        httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as cut_off,
    ):
        answer = await send(cut_off, body)
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    (row,) = await rows(owner_engine, call_id)
    assert row.signalled_at is None
    assert (await send(http, body)).status_code == 204
    assert len(await signals(temporal_client, call_id)) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"call_type": "web_call", "from_number": None, "to_number": None, "direction": None},
        {"call_status": "not_connected", "direction": "outbound", "transcript": None},
        {"from_number": "anonymous"},
        {"to_number": "+493000000000"},
        {"start_timestamp": None, "end_timestamp": None, "agent_id": None},
    ],
    ids=["web call", "not connected", "withheld", "unknown number", "bare"],
)
async def test_calls_of_every_kind_are_taken(
    http: httpx.AsyncClient, temporal_client: Client, given: dict[str, Any]
) -> None:
    call_id = new_call_id()
    assert (await send(http, event_body("call_ended", call_id, **given))).status_code == 204
    assert len(await signals(temporal_client, call_id)) == 1


# --- what is refused ---------------------------------------------------------------------------

BODY = event_body("call_ended", "call_refused")
REDUMPED = json.dumps(json.loads(BODY)).encode()


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        (BODY, {}),
        (BODY, {SIGNATURE_HEADER: ""}),
        (BODY, {SIGNATURE_HEADER: "v=1,d=00"}),
        (BODY, signed(BODY, age_ms=301_000)),
        (BODY, signed(BODY, age_ms=-4_000_000)),
        (BODY, signed(BODY, "key_of_somebody_else")),
        (BODY + b" ", signed(BODY)),
        (REDUMPED, signed(BODY)),
        (b"not even json", {}),
    ],
    ids=["none", "empty", "odd", "stale", "future", "other key", "longer", "re-dumped", "garbage"],
)
@pytest.mark.parametrize(
    "path",
    [HOOK, f"{HOOK}/inbound", f"{HOOK}/{uuid4()}"],
    ids=["platform", "inbound", "workspace"],
)
async def test_what_is_not_signed_is_refused_and_nothing_is_stored(
    http: httpx.AsyncClient,
    owner_engine: AsyncEngine,
    path: str,
    sent: bytes,
    headers: dict[str, str],
) -> None:
    before = len(await rows(owner_engine))
    answer = await http.post(path, content=sent, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(await rows(owner_engine)) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
        (b"[]", ""),
        (b"{}", "event"),
        (dump({"event": "call_ended"}), "call"),
        (dump({"event": "call_ended", "call": {"agent_id": "a"}}), "call.call_id"),
        (event_body("call_ended", "call:../x"), "call.call_id"),
        (event_body("call_ended", "call_1", start_timestamp="Freitag"), "call.start_timestamp"),
    ],
)
async def test_signed_but_unreadable_is_kept_for_review_and_answered_with_the_field(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, body: bytes, field: str | None
) -> None:
    before = len(await rows(owner_engine))
    told: dict[str, Any] = {}
    for _ in range(2):
        answer = await send(http, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        told = answer.json()
    assert [e["field"] for e in told.get("errors", [])] == ([] if field is None else [field])
    assert "Freitag" not in json.dumps(told)
    kept = await rows(owner_engine)
    assert len(kept) == before + 1
    assert (kept[-1].status, kept[-1].signalled_at, kept[-1].deliveries) == ("invalid", None, 2)


@pytest.mark.parametrize("event", ["chat_ended", "voicemail_detected", "x" * 100])
async def test_an_unknown_event_is_fine_and_not_kept(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, event: str
) -> None:
    before = len(await rows(owner_engine))
    assert (await send(http, dump({"event": event, "chat": {}}))).status_code == 204
    assert len(await rows(owner_engine)) == before


async def raw_exchange(api_url: str, head: str, chunks: int = 0) -> tuple[str, int]:
    """Status line and bytes sent, of a request that is written until the server answers."""
    host, port = api_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = asyncio.create_task(reader.readline())
    sent = 0
    try:
        writer.write(head.encode())
        chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        while sent < chunks and not answer.done():
            writer.write(chunk)
            await writer.drain()
            sent += 1
        return (await answer).decode(), sent * 0x10000
    finally:
        writer.close()


async def test_a_body_announced_too_large_is_refused_before_a_byte_of_it_is_read(
    api_url: str,
) -> None:
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
    status, _ = await raw_exchange(api_url, head)
    assert status.startswith("HTTP/1.1 413 ")


async def test_a_body_of_unknown_length_is_refused_while_it_comes(api_url: str) -> None:
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, sent = await raw_exchange(api_url, head, chunks=1_600)
    assert status.startswith("HTTP/1.1 413 ")
    assert sent < 50_000_000


async def test_a_body_of_exactly_the_limit_is_read(
    http: httpx.AsyncClient, temporal_client: Client
) -> None:
    call_id = new_call_id()
    short = event_body("call_ended", call_id, transcript="")
    body = event_body("call_ended", call_id, transcript="a" * (SMALL_LIMIT - len(short)))
    assert len(body) == SMALL_LIMIT
    assert (await send(http, body)).status_code == 204
    assert (await send(http, body + b" ")).status_code == 413


# --- workspaces of their own -------------------------------------------------------------------


async def test_a_company_with_its_own_workspace_signs_with_its_own_key(
    http: httpx.AsyncClient, engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        connection_id = await upsert_connection(
            session, provider="retell", base_url="https://retell.example", api_key="key_own"
        )
    call_id = new_call_id()
    body = event_body("call_ended", call_id)
    path = f"{HOOK}/{connection_id}"
    assert (await send(http, body, path, "key_own")).status_code == 204
    (row,) = await rows(owner_engine, call_id)
    assert (row.source, row.company_id) == (f"retell:{connection_id}", salon.company_id)
    assert (await send(http, body, path)).status_code == 401
    assert (await send(http, body, HOOK, "key_own")).status_code == 401


async def test_the_key_of_another_vendor_signs_nothing(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        connection_id = await upsert_connection(
            session, provider="calcom", base_url="https://cal.example", api_key="cal_key"
        )
    body = event_body("call_ended", new_call_id())
    assert (await send(http, body, f"{HOOK}/{connection_id}", "cal_key")).status_code == 401

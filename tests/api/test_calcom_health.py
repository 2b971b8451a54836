"""The health page of Cal.com: who sees what, from what workers wrote down and share."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.deps import ApiRuntime
from api.main import create_app
from db.queries import api_logs, sync
from db.queries.api_keys import insert_api_key
from db.queries.connections import upsert_connection, upsert_event_type
from db.session import tenant_session
from domain.drift import Drift
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from integrations.circuit import FAILURES
from tests.api.conftest import serving
from tests.builders.rows import Salon, make_salon

KEY, OTHER_KEY = "key-of-the-salon", "key-of-another-salon"
PATH = "/api/health/calcom"


async def give_key(session: AsyncSession, key: str) -> None:
    digest = sha256(key.encode()).hexdigest()
    await insert_api_key(session, name="test", prefix=key[:8], sha256=digest, scopes=["read"])


async def make_tenant(engine: AsyncEngine, slug: str, key: str, number: int) -> tuple[Salon, UUID]:
    salon = await make_salon(engine, slug, number=number)
    async with tenant_session(engine, salon.company_id) as session:
        await give_key(session, key)
        connection_id = await upsert_connection(
            session, provider="calcom", base_url="http://127.0.0.1:9", api_key="cal_secret"
        )
        await upsert_event_type(
            session,
            connection_id=connection_id,
            staff_id=salon.staff[0],
            branch_id=salon.branch_id,
            calcom_event_type_id=number,
            lengths_minutes=[30],
        )
    return salon, connection_id


@pytest.fixture(scope="module")
async def tenants(engine: AsyncEngine) -> tuple[tuple[Salon, UUID], tuple[Salon, UUID]]:
    return (
        await make_tenant(engine, "salon-gesund", KEY, 71),
        await make_tenant(engine, "salon-anders", OTHER_KEY, 72),
    )


async def write(engine: AsyncEngine, tenant: tuple[Salon, UUID], answer: str, **said: Any) -> None:
    salon, connection_id = tenant
    async with tenant_session(engine, salon.company_id) as session:
        await api_logs.write_api_log(
            session,
            connection_id=connection_id,
            operation="slots",
            method="GET",
            duration_ms=12,
            error_class=answer,
            **said,
        )


async def look(http: httpx.AsyncClient, key: str | None = KEY) -> Any:
    answer = await http.get(PATH, headers={"X-API-Key": key} if key else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_company_sees_its_own_connection_and_what_to_do(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    tenants: tuple[tuple[Salon, UUID], tuple[Salon, UUID]],
) -> None:
    ours, others = tenants
    await write(engine, ours, "answered")
    await write(engine, others, "CalcomRejected: configuration", status=401)
    seen = await look(http)
    [connection] = seen["connections"]
    assert (seen["status"], connection["status"]) == ("ok", "ok")
    assert (connection["connection_id"], connection["company"]) == (str(ours[1]), "salon-gesund")
    assert connection["breaker"] == "closed"
    assert connection["requests_left"] == 115
    assert connection["last_success_at"] is not None
    assert connection["sync"]["read_at"] is None

    seen = await look(http, OTHER_KEY)
    [connection] = seen["connections"]
    assert (seen["status"], connection["finding"]) == ("unauthorised", "unauthorised")
    assert connection["last_error"] == "CalcomRejected: configuration"
    assert "new API key" in connection["what_to_do"]
    assert "cal_secret" not in str(seen)


async def test_how_it_stands_with_both_calendars_is_shown(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    tenants: tuple[tuple[Salon, UUID], tuple[Salon, UUID]],
) -> None:
    salon, connection_id = tenants[0]
    now = datetime.now(UTC)
    drift = Drift(kind="unknown_appointment", appointment_id=uuid4(), uid_hash="x", start_at=now)
    async with tenant_session(engine, salon.company_id) as session:
        await sync.save_state(session, connection_id, polled_at=now, failed_with="CalcomDown")
        await sync.note_drift(session, connection_id, drift, uid=None, round_at=now)
    [connection] = (await look(http))["connections"]
    assert datetime.fromisoformat(connection["sync"]["read_at"]) == now
    assert connection["sync"]["failed_with"] == "CalcomDown"
    assert connection["sync"]["differs"] == {"unknown_appointment": 1}
    assert (connection["sync"]["compared_at"], connection["sync"]["proposals"]) == (None, 0)


async def test_workers_that_share_nothing_are_judged_by_what_they_wrote(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    tenants: tuple[tuple[Salon, UUID], tuple[Salon, UUID]],
) -> None:
    for _ in range(FAILURES):
        await write(engine, tenants[1], "CalcomUnavailable")
    await write(engine, tenants[1], "CalcomDown")
    [connection] = (await look(http, OTHER_KEY))["connections"]
    assert (connection["status"], connection["breaker"]) == ("down", "open")
    assert connection["since_at"] is not None
    [ours] = (await look(http))["connections"]
    assert ours["status"] == "ok"


async def test_without_a_key_there_are_numbers_only_and_with_a_wrong_one_nothing(
    http: httpx.AsyncClient, tenants: object
) -> None:
    assert await look(http, None) == {"status": "unknown", "breakers": None, "connections": []}
    refused = await http.get(PATH, headers={"X-API-Key": "invented"})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


async def test_a_company_without_a_connection_has_nothing_to_show(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    salon = await make_salon(engine, "salon-ohne", number=73)
    async with tenant_session(engine, salon.company_id) as session:
        await give_key(session, "no-calendar")
    assert (await look(http, "no-calendar"))["connections"] == []


@pytest.fixture
async def sharing(
    runtime: ApiRuntime, valkey_url: str
) -> AsyncIterator[tuple[Gates, httpx.AsyncClient]]:
    """A worker's gates, and an API process of its own on the same store."""
    async with open_shared(valkey_url) as worker, open_shared(valkey_url) as api:
        app = create_app(replace(runtime, calendars=Gates(api)))
        async with (
            serving(app) as url,
            httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
        ):
            yield Gates(worker), http


async def test_what_a_worker_knows_of_breaker_and_minute_is_seen_by_the_api(
    sharing: tuple[Gates, httpx.AsyncClient],
    tenants: tuple[tuple[Salon, UUID], tuple[Salon, UUID]],
) -> None:
    gates, http = sharing
    connection_id = tenants[0][1]

    async def no_answer() -> httpx.Response:
        raise httpx.ConnectError("refused")

    for _ in range(FAILURES):
        with pytest.raises(httpx.ConnectError):
            await gates.of(connection_id).send("slots", "in_call", no_answer)
    [connection] = (await look(http))["connections"]
    assert (connection["status"], connection["breaker"]) == ("down", "open")
    assert connection["requests_left"] == 116 - FAILURES
    assert connection["since_at"] is not None
    platform = await look(http, None)
    assert platform["status"] == "down"
    assert platform["breakers"]["open"] >= 1

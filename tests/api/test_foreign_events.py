"""A company's own Retell workspace speaks for that company only, whatever ids and numbers it names.

The steps run as they are, on PostgreSQL; what the HTTP door does before them is asked as well.
"""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from api.deps import ApiRuntime
from contracts.calls import CallRecorded, PlanCall, RecordEvents
from db.queries.calls import CallRecord, get_call, list_calls
from db.queries.connections import upsert_connection
from db.queries.webhooks import store_event
from db.session import PLATFORM_COMPANY_ID, platform_session, tenant_session
from integrations.retell.schemas import UnknownEvent, parse_event
from tests.api.test_retell_webhooks import HOOK, rows, signals
from tests.builders.retell import call_json, event_body, new_call_id, send
from tests.builders.rows import Salon, make_salon

KEY_OF_OTHER = "key_of_the_other"


@pytest.fixture(scope="module")
async def other(engine: AsyncEngine) -> Salon:
    return await make_salon(engine, "andere", number=2)


@pytest.fixture(scope="module")
async def connection_id(engine: AsyncEngine, other: Salon) -> UUID:
    """The other company has a workspace of its own."""
    async with tenant_session(engine, other.company_id) as session:
        return await upsert_connection(
            session, provider="retell", base_url="https://retell.example", api_key=KEY_OF_OTHER
        )


class Door:
    """Stores events as the webhook does and records them as the call's workflow does."""

    def __init__(self, runtime: ApiRuntime, other: Salon, connection_id: UUID) -> None:
        self.runtime = runtime
        self._own = (f"retell:{connection_id}", other.company_id)

    async def store(self, kind: str, call_id: str, *, by_other: bool = False, **given: Any) -> UUID:
        source, company_id = self._own if by_other else ("retell", None)
        event = parse_event({"event": kind, "call": call_json(call_id, **given)})
        assert not isinstance(event, UnknownEvent)
        async with platform_session(self.runtime.engine) as session:
            stored = await store_event(
                session,
                source=source,
                event_id=event.event_id,
                kind=kind,
                body=event_body(kind, call_id, **given),
                retell_call_id=call_id,
                company_id=company_id,
                replaces=event.replaces_earlier,
            )
        return stored.id

    async def record(self, call_id: str, *event_ids: UUID) -> CallRecorded:
        request = RecordEvents(retell_call_id=call_id, event_ids=event_ids)
        return await self.runtime.calls.record_events(request)

    async def call(self, company_id: UUID, call_id: str) -> CallRecord | None:
        async with tenant_session(self.runtime.engine, company_id) as session:
            return await get_call(session, call_id)


@pytest.fixture(scope="module")
def door(runtime: ApiRuntime, other: Salon, connection_id: UUID) -> Door:
    return Door(runtime, other, connection_id)


def status_of(found: list[Any]) -> list[tuple[str, str | None]]:
    return [(row.status, row.error) for row in found]


async def test_a_foreign_event_changes_nothing_of_the_call_it_names(
    door: Door, salon: Salon, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    await door.record(call_id, await door.store("call_started", call_id))
    before = await door.call(salon.company_id, call_id)
    assert before is not None
    forged = await door.store("call_ended", call_id, by_other=True, transcript="User: Gelogen.")
    recorded = await door.record(call_id, forged)
    assert (recorded.company_id, recorded.ended) == (salon.company_id, False)
    assert await door.call(salon.company_id, call_id) == before
    assert status_of(await rows(owner_engine, call_id)) == [
        ("accepted", None),
        ("invalid", "call_of_another_company"),
    ]


async def test_a_foreign_event_in_one_batch_with_the_first_true_one_is_left_out(
    door: Door, salon: Salon, other: Salon, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    forged = await door.store("call_ended", call_id, by_other=True)
    true = await door.store("call_started", call_id)
    recorded = await door.record(call_id, forged, true)
    assert (recorded.company_id, recorded.ended) == (salon.company_id, False)
    assert await door.call(other.company_id, call_id) is None
    assert status_of(await rows(owner_engine, call_id)) == [
        ("invalid", "call_of_another_company"),
        ("accepted", None),
    ]


async def test_the_number_of_another_company_does_not_lead_there(
    door: Door, salon: Salon, other: Salon
) -> None:
    call_id = new_call_id()
    event = await door.store("call_started", call_id, by_other=True, to_number=salon.dialled)
    recorded = await door.record(call_id, event)
    assert (recorded.company_id, recorded.branch_id) == (other.company_id, None)
    assert (recorded.needs_review, recorded.review_reason) == (True, "number_of_another_company")
    assert await door.call(salon.company_id, call_id) is None


@pytest.mark.parametrize("known", [True, False], ids=["its own number", "a number of nobody"])
async def test_a_workspace_s_own_calls_are_its_company_s(
    door: Door, other: Salon, *, known: bool
) -> None:
    call_id = new_call_id()
    number = other.dialled if known else "+493000000000"
    given = {"to_number": number, "agent_id": None}
    recorded = await door.record(
        call_id, await door.store("call_started", call_id, by_other=True, **given)
    )
    assert recorded.company_id == other.company_id != PLATFORM_COMPANY_ID
    assert recorded.branch_id == (other.branch_id if known else None)
    assert recorded.review_reason == (None if known else "unknown_number")


async def test_a_foreign_event_over_http_is_kept_for_review_and_wakes_nobody(  # noqa: PLR0917 - fixtures
    http: httpx.AsyncClient,
    door: Door,
    salon: Salon,
    connection_id: UUID,
    owner_engine: AsyncEngine,
    temporal_client: Client,
) -> None:
    call_id = new_call_id()
    assert (await send(http, event_body("call_started", call_id))).status_code == 204
    (true,) = await rows(owner_engine, call_id)
    await door.record(call_id, true.id)
    before = await door.call(salon.company_id, call_id)
    for _ in range(2):
        answer = await send(
            http, event_body("call_ended", call_id), f"{HOOK}/{connection_id}", KEY_OF_OTHER
        )
        assert (answer.status_code, answer.content) == (204, b"")
    kept = (await rows(owner_engine, call_id))[-1]
    assert (kept.status, kept.error) == ("invalid", "call_of_another_company")
    assert kept.deliveries == 2
    assert [told.kind for told in await signals(temporal_client, call_id)] == ["call_started"]
    assert await door.call(salon.company_id, call_id) == before


async def test_no_call_of_the_first_company_is_listed_for_the_other(
    door: Door, salon: Salon, other: Salon, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    await door.record(call_id, await door.store("call_started", call_id))
    async with tenant_session(engine, other.company_id) as session:
        assert call_id not in {c.retell_call_id for c in (await list_calls(session)).items}
    async with owner_engine.connect() as connection:
        query = text("SELECT company_id FROM calls WHERE retell_call_id = :id")
        owners = list(await connection.scalars(query, {"id": call_id}))
    assert owners == [salon.company_id]


async def test_words_that_came_after_the_first_are_read_though_no_end_was_reported(
    door: Door, salon: Salon
) -> None:
    call_id = new_call_id()
    words = ["User: Guten Tag.", "User: Guten Tag, ich wollte nur fragen.", "User: Guten"]
    stored = [await door.store("transcript_updated", call_id, transcript=w) for w in words[:1]]
    await door.record(call_id, *stored)
    for said in words[1:]:
        await door.store("transcript_updated", call_id, transcript=said)
    forged = f"{words[1]} Gelogen."
    await door.store("transcript_updated", call_id, by_other=True, transcript=forged)
    await door.runtime.calls.plan(PlanCall(company_id=salon.company_id, retell_call_id=call_id))
    call = await door.call(salon.company_id, call_id)
    assert call is not None
    assert call.transcript == [{"role": "user", "content": "Guten Tag, ich wollte nur fragen."}]

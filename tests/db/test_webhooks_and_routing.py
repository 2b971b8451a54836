"""Before a tenant is known: events are stored once, and look-ups answer with ids."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.api_keys import get_api_key, insert_api_key, list_api_keys, revoke_api_key
from db.queries.connections import (
    find_event_type,
    get_connection,
    list_event_types,
    upsert_connection,
    upsert_event_type,
)
from db.queries.routing import (
    KeyOwner,
    Route,
    find_company_of_connection,
    find_owner_of_api_key,
    find_route_by_agent,
    find_route_by_number,
)
from db.queries.webhooks import (
    StoredEvent,
    attribute_events,
    events_of_call,
    mark_signalled,
    read_events,
    store_event,
    unsignalled_events,
)
from db.session import platform_session, tenant_session
from tests.builders.rows import Salon, make_salon

BODY = '{"event": "call_started", "call": {"from_number": "+49301", "name": "Jörg"}}'.encode()


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


async def deliver(engine: AsyncEngine, event_id: str = "call_started:1") -> StoredEvent:
    async with platform_session(engine) as session:
        return await store_event(
            session,
            source="retell",
            event_id=event_id,
            kind="call_started",
            retell_call_id="call_1",
            body=BODY,
        )


async def test_an_event_is_one_row_however_often_it_is_delivered(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    first = await deliver(engine)
    assert (first.is_new, first.signalled) == (True, False)
    again = await deliver(engine)
    assert again == StoredEvent(id=first.id, is_new=False, signalled=False)
    async with platform_session(engine) as session:
        await mark_signalled(session, first.id)
    assert (await deliver(engine)).signalled
    async with owner_engine.connect() as connection:
        rows = await connection.execute(text("SELECT deliveries, body FROM webhook_events"))
        [(deliveries, body)] = rows
    assert deliveries == 3
    assert b"J\xc3\xb6rg" not in bytes(body)


async def test_bodies_come_back_as_they_were_sent(engine: AsyncEngine) -> None:
    stored = [await deliver(engine, f"e{n}") for n in range(3)]
    async with platform_session(engine) as session:
        events = await read_events(session, [event.id for event in reversed(stored)])
        assert [event.id for event in events] == [event.id for event in stored]
        assert {event.body for event in events} == {BODY}
        assert await events_of_call(session, "call_1") == [event.id for event in stored]


async def test_an_event_belongs_to_the_first_tenant_that_claims_it(
    engine: AsyncEngine, salon: Salon
) -> None:
    other = await make_salon(engine, "andere", number=2)
    event = await deliver(engine)
    seen = {}
    for company_id in (salon.company_id, other.company_id):
        async with tenant_session(engine, company_id) as session:
            await attribute_events(session, [event.id])
            seen[company_id] = list(await session.scalars(text("SELECT id FROM webhook_events")))
    assert seen == {salon.company_id: [event.id], other.company_id: []}


async def test_what_no_workflow_heard_of_is_found(engine: AsyncEngine) -> None:
    lost, heard = await deliver(engine, "lost"), await deliver(engine, "heard")
    async with platform_session(engine) as session:
        await store_event(
            session, source="retell", event_id="bad", kind="?", body=b"{", status="invalid"
        )
        await mark_signalled(session, heard.id)
        later = datetime.now(UTC) + timedelta(minutes=1)
        found = await unsignalled_events(session, before=later)
        assert [(event.id, event.retell_call_id) for event in found] == [(lost.id, "call_1")]
        assert await unsignalled_events(session, before=later - timedelta(hours=1)) == []


async def test_numbers_and_agents_lead_to_their_branch(engine: AsyncEngine, salon: Salon) -> None:
    async with platform_session(engine) as session:
        assert await find_route_by_number(session, salon.dialled) == Route(
            company_id=salon.company_id, branch_id=salon.branch_id, kind="dialled"
        )
        forwarded = await find_route_by_number(session, "+493023990001")
        assert forwarded is not None
        assert forwarded.kind == "forwarded_from"
        assert await find_route_by_number(session, "+4930000000") is None
        by_agent = await find_route_by_agent(session, salon.agent_id)
        assert by_agent is not None
        assert by_agent.branch_id == salon.branch_id
        assert await find_route_by_agent(session, "agent_unknown") is None


async def test_a_revoked_key_opens_nothing(engine: AsyncEngine, salon: Salon) -> None:
    digest = sha256(b"ask_secret").hexdigest()
    async with tenant_session(engine, salon.company_id) as session:
        key_id = await insert_api_key(
            session, name="script", prefix="ask_se", sha256=digest, scopes=["calls:read"]
        )
        kept = await get_api_key(session, key_id)
        assert kept is not None
        assert kept.scopes == ["calls:read"]
        assert [key.id for key in await list_api_keys(session)] == [key_id]
    async with platform_session(engine) as session:
        owner = KeyOwner(company_id=salon.company_id, api_key_id=key_id)
        assert await find_owner_of_api_key(session, digest) == owner
        assert await find_owner_of_api_key(session, sha256(b"other").hexdigest()) is None
    async with tenant_session(engine, salon.company_id) as session:
        assert await revoke_api_key(session, key_id)
        assert not await revoke_api_key(session, key_id)
    async with platform_session(engine) as session:
        assert await find_owner_of_api_key(session, digest) is None


async def test_a_connection_keeps_its_secrets_encrypted(
    engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        ids = {
            await upsert_connection(
                session,
                provider="calcom",
                base_url="http://127.0.0.1:1",
                api_key=key,
                webhook_secret="whsec",
            )
            for key in ("cal_old", "cal_new")
        }
        [connection_id] = ids
        found = await get_connection(session, connection_id=connection_id)
        assert found == await get_connection(session, provider="calcom")
        assert found is not None
        assert (found.api_key, found.webhook_secret) == ("cal_new", "whsec")
        assert "cal_new" not in repr(found)
        await upsert_event_type(
            session,
            connection_id=connection_id,
            staff_id=salon.staff[0],
            branch_id=salon.branch_id,
            calcom_event_type_id=7,
            lengths_minutes=[30, 90],
        )
        event_type = await find_event_type(
            session, staff_id=salon.staff[0], branch_id=salon.branch_id
        )
        assert event_type is not None
        assert event_type.lengths_minutes == [30, 90]
        assert await list_event_types(session, branch_id=salon.branch_id) == [event_type]
    async with platform_session(engine) as session:
        assert await find_company_of_connection(session, connection_id) == salon.company_id
        assert await find_company_of_connection(session, uuid4()) is None
    async with owner_engine.connect() as connection:
        row = await connection.scalar(text("SELECT connections::text FROM connections"))
    assert "cal_new" not in str(row)
    assert "whsec" not in str(row)

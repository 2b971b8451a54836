"""What became of an event: late, set aside, grown; and what nobody has to be told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.months import ensure_months
from db.queries.webhooks import (
    StoredEvent,
    mark_invalid,
    mark_late,
    mark_signalled,
    read_events,
    store_event,
    unsignalled_events,
)
from db.session import platform_session


async def store(engine: AsyncEngine, body: bytes, **given: Any) -> StoredEvent:
    values = {"source": "retell", "event_id": "e", "kind": "transcript_updated", **given}
    values.setdefault("retell_call_id", "call_1")
    async with platform_session(engine) as session:
        return await store_event(session, body=body, **values)


async def row(owner_engine: AsyncEngine, event_id: UUID) -> Any:
    query = text("SELECT status, error, signalled_at FROM webhook_events WHERE id = :id")
    async with owner_engine.connect() as connection:
        return (await connection.execute(query, {"id": event_id})).one()


async def bodies(engine: AsyncEngine, event_id: UUID) -> list[bytes]:
    async with platform_session(engine) as session:
        return [event.body for event in await read_events(session, [event_id])]


async def lost(engine: AsyncEngine) -> list[UUID]:
    async with platform_session(engine) as session:
        later = datetime.now(UTC) + timedelta(minutes=1)
        return [event.id for event in await unsignalled_events(session, before=later)]


async def test_a_growing_event_keeps_its_longest_body_whatever_comes_last(
    engine: AsyncEngine,
) -> None:
    stored = await store(engine, b"ab", replaces=True)
    for body, kept in ((b"abc", b"abc"), (b"a", b"abc"), (b"xyz", b"abc"), (b"abcd", b"abcd")):
        assert (await store(engine, body, replaces=True)).id == stored.id
        assert await bodies(engine, stored.id) == [kept]


async def test_any_other_event_keeps_its_first_body(engine: AsyncEngine) -> None:
    stored = await store(engine, b"ab")
    await store(engine, b"abcdef")
    assert await bodies(engine, stored.id) == [b"ab"]


async def test_a_late_event_is_marked_once_and_found_no_more(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    stored = await store(engine, b"x")
    assert await lost(engine) == [stored.id]
    async with platform_session(engine) as session:
        await mark_late(session, stored.id)
    first = await row(owner_engine, stored.id)
    assert first.status == "late"
    assert first.signalled_at is not None
    async with platform_session(engine) as session:
        await mark_late(session, stored.id)
    assert await row(owner_engine, stored.id) == first
    assert await lost(engine) == []
    assert (await store(engine, b"x")).signalled


async def test_what_the_workflow_heard_of_is_not_late(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    stored = await store(engine, b"x")
    async with platform_session(engine) as session:
        await mark_signalled(session, stored.id)
        await mark_late(session, stored.id)
    assert (await row(owner_engine, stored.id)).status == "accepted"


async def test_what_was_set_aside_keeps_its_first_reason_and_is_found_no_more(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    stored = await store(engine, b"x")
    for why in ("foreign", "other"):
        async with platform_session(engine) as session:
            await mark_invalid(session, stored.id, why)
            await mark_late(session, stored.id)
    kept = await row(owner_engine, stored.id)
    assert (kept.status, kept.error, kept.signalled_at) == ("invalid", "foreign", None)
    assert await lost(engine) == []


async def test_an_event_of_no_call_waits_for_nobody(engine: AsyncEngine) -> None:
    await store(engine, b"x", kind="call_inbound", retell_call_id=None)
    assert await lost(engine) == []


async def test_only_a_company_s_own_workspace_signs_for_that_company(engine: AsyncEngine) -> None:
    platform = UUID(int=0)
    stored = [
        await store(engine, b"x", event_id=source, source=source, company_id=platform)
        for source in ("retell", f"retell:{UUID(int=5)}")
    ]
    async with platform_session(engine) as session:
        events = await read_events(session, [event.id for event in stored])
    assert [event.signed_by for event in events] == [None, platform]


async def test_coming_months_are_made_once(engine: AsyncEngine, owner_engine: AsyncEngine) -> None:
    async with platform_session(engine) as session:
        assert await ensure_months(session, ahead=20) > 0
        assert await ensure_months(session, ahead=20) == 0
    ahead = "SELECT to_regclass('calls_' || to_char(now() + interval '20 months', 'YYYY_MM'))"
    async with owner_engine.connect() as connection:
        assert await connection.scalar(text(ahead)) is not None


async def test_what_is_passed_on_by_whoever_stores_it_is_never_lost(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    stored = await store(engine, b"x", signalled=True)
    assert stored.signalled
    assert (await row(owner_engine, stored.id)).signalled_at is not None
    assert await lost(engine) == []

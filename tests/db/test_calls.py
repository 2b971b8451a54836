"""A call is one row, whatever order its events come in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.call_facts import CallFacts, merge
from db.queries.calls import (
    CallOfAnotherCompanyError,
    CallRecord,
    apply_event,
    get_call,
    list_calls,
    mark_for_review,
    open_call,
    promote_outcome,
    save_intent,
    settle_call,
)
from db.queries.routing import find_company_of_call
from db.session import platform_session, tenant_session
from tests.builders.rows import Salon, make_customer, make_salon

STARTED = datetime(2031, 3, 4, 10, 0, 5, tzinfo=UTC)
ENDED = STARTED + timedelta(minutes=3)
CALL = "call_" + "0" * 27


def facts(kind: str, **given: Any) -> CallFacts:
    seen_at = given.pop("seen_at", STARTED + timedelta(hours=1))
    return CallFacts(kind=kind, seen_at=seen_at, **given)


EVENTS = (
    facts(
        "call_inbound",
        seen_at=STARTED - timedelta(seconds=5),
        from_number="+493011111",
        phone_hash="early",
        dialled="+493023120001",
    ),
    facts("call_started", started_at=STARTED, agent_id="agent_1", dialled="+493023120001"),
    facts("transcript_updated", started_at=STARTED, transcript=[{"role": "agent"}]),
    facts(
        "call_ended",
        started_at=STARTED,
        ended_at=ENDED,
        duration_ms=180_000,
        transcript=[{"role": "agent"}, {"role": "user"}],
        disconnection_reason="user_hangup",
        phone_hash="late",
    ),
    facts(
        "call_analyzed",
        started_at=STARTED,
        ended_at=ENDED,
        duration_ms=180_000,
        analysis={"call_summary": "Wunsch nach Termin"},
        call_metadata={"note": "ü"},
    ),
)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


async def play(
    engine: AsyncEngine, salon: Salon, call_id: str, events: tuple[CallFacts, ...]
) -> CallRecord:
    record: CallRecord | None = None
    for event in events:
        async with tenant_session(engine, salon.company_id) as session:
            await open_call(
                session,
                retell_call_id=call_id,
                seen_at=event.started_at or event.seen_at,
                branch_id=salon.branch_id,
            )
            record = await apply_event(session, call_id, event)
    assert record is not None
    return record


def comparable(record: CallRecord) -> dict[str, Any]:
    left_out = {"retell_call_id", "created_at"}
    return {k: v for k, v in vars(record).items() if k not in left_out}


def merged_in(order: Iterable[CallFacts]) -> dict[str, Any]:
    row: dict[str, Any] = {"events": [], "fact_ranks": {}}
    started_at: datetime | None = None
    for event in order:
        started_at = started_at or event.started_at or event.seen_at
        merged = merge(row, row["fact_ranks"], row["events"], started_at, event)
        row = {**row, **merged.changes}
        started_at = merged.started_at or started_at
    return {**row, "started_at": started_at}


def test_facts_merge_to_the_same_in_every_order() -> None:
    first = merged_in(EVENTS)
    assert first["started_at"] == STARTED
    for order in permutations(EVENTS):
        assert merged_in(order) == first
        assert merged_in((*order, *reversed(order))) == first


def test_the_talk_so_far_never_replaces_all_of_it() -> None:
    so_far = facts(
        "function_called",
        started_at=STARTED,
        transcript=[{"role": "user", "content": "longer than all of it" * 9}],
    )
    for order in permutations((*EVENTS[2:4], so_far)):
        assert merged_in(order)["transcript"] == [{"role": "agent"}, {"role": "user"}]


async def test_every_order_of_events_gives_the_same_row(engine: AsyncEngine, salon: Salon) -> None:
    rows = []
    for number, order in enumerate(permutations((EVENTS[0], EVENTS[1], *EVENTS[3:]))):
        # Each also comes a second time, at the worst moment: last.
        rows.append(await play(engine, salon, f"call_{number}", (*order, order[0])))
    first = comparable(rows[0])
    assert all(comparable(row) == first for row in rows)
    assert first["started_at"] == STARTED
    assert first["phone_hash"] == "late"
    assert first["transcript"] == [{"role": "agent"}, {"role": "user"}]
    assert first["events"] == ["call_analyzed", "call_ended", "call_inbound", "call_started"]
    assert rows[0].ended
    assert rows[0].analyzed
    assert rows[0].branch_name == "Mitte"


async def test_a_call_without_a_start_keeps_its_earliest_event(
    engine: AsyncEngine, salon: Salon
) -> None:
    early, late = STARTED, STARTED + timedelta(days=40)
    for number, order in enumerate(permutations((early, late))):
        kinds = (
            ("call_ended", "call_analyzed")
            if order[0] == early
            else ("call_analyzed", "call_ended")
        )
        events = tuple(facts(k, seen_at=at) for k, at in zip(kinds, order, strict=True))
        record = await play(engine, salon, f"call_{number}", events)
        assert record.started_at == early


async def test_a_better_start_moves_the_call_to_its_month(
    engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon
) -> None:
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=3_000)
    rang = await play(engine, salon, CALL, (facts("call_inbound", seen_at=now),))
    assert not rang.begun
    began = await play(engine, salon, CALL, (facts("call_started", started_at=long_ago),))
    assert began.begun
    async with owner_engine.connect() as connection:
        places = await connection.execute(text("SELECT tableoid::regclass::text FROM calls"))
        assert [row[0] for row in places] == ["calls_default"]
    async with tenant_session(engine, salon.company_id) as session:
        record = await get_call(session, CALL)
    assert record is not None
    assert record.started_at == long_ago


async def test_new_months_take_their_calls_out_of_the_default_partition(
    engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon
) -> None:
    await play(engine, salon, CALL, EVENTS[:2])
    query = text("SELECT ensure_call_partitions('2031-03-31', 2)")
    async with platform_session(engine) as session:
        made = [await session.scalar(query) for _ in range(2)]
    assert made == [2, 0]
    async with owner_engine.connect() as connection:
        places = await connection.execute(text("SELECT tableoid::regclass::text FROM calls"))
        assert [row[0] for row in places] == ["calls_2031_03"]
    record = await play(engine, salon, CALL, EVENTS)
    assert record.from_number == "+493011111"


async def test_a_call_is_settled_once(engine: AsyncEngine, salon: Salon) -> None:
    await play(engine, salon, CALL, EVENTS[:3])
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await make_customer(session)
        await save_intent(
            session, CALL, intent={"action": "book", "name": "Erika"}, customer_id=customer_id
        )
        timeline = [{"at": STARTED.isoformat(), "text": "held"}]
        assert await settle_call(session, CALL, outcome="reserved", timeline=timeline)
        assert not await settle_call(session, CALL, outcome="failed")
    record = await play(engine, salon, CALL, EVENTS[3:])
    assert (record.state, record.outcome, record.timeline) == ("settled", "reserved", timeline)
    assert record.duration_ms == 180_000
    assert record.intent == {"action": "book", "name": "Erika"}
    assert record.customer_id == customer_id
    async with tenant_session(engine, salon.company_id) as session:
        assert await promote_outcome(session, CALL)
        assert not await promote_outcome(session, CALL)
        again = await get_call(session, CALL)
    assert again is not None
    assert again.outcome == "booked"


async def test_a_call_belongs_to_the_company_that_opened_it(
    engine: AsyncEngine, salon: Salon
) -> None:
    other = await make_salon(engine, "andere", number=2)
    await play(engine, salon, CALL, EVENTS[:1])
    async with platform_session(engine) as session:
        assert await find_company_of_call(session, CALL) == salon.company_id
        assert await find_company_of_call(session, "call_unknown") is None
    async with tenant_session(engine, other.company_id) as session:
        assert not await open_call(session, retell_call_id=CALL, seen_at=STARTED)
        assert await get_call(session, CALL) is None
        with pytest.raises(CallOfAnotherCompanyError):
            await apply_event(session, CALL, EVENTS[1])


async def test_calls_come_in_pages_newest_first(engine: AsyncEngine, salon: Salon) -> None:
    for n in range(5):
        start = STARTED + timedelta(minutes=n // 2)
        await play(engine, salon, f"call_{n}", (facts("call_started", started_at=start),))
    async with tenant_session(engine, salon.company_id) as session:
        await mark_for_review(session, "call_3", "odd")
        seen: list[str] = []
        cursor = None
        while True:
            page = await list_calls(session, limit=2, cursor=cursor)
            seen += [call.retell_call_id for call in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        reviewed = await list_calls(session, needs_review=True)
    assert seen == ["call_4", "call_3", "call_2", "call_1", "call_0"]
    assert [call.retell_call_id for call in reviewed.items] == ["call_3"]


async def test_what_is_personal_is_not_readable_in_the_table(
    engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon
) -> None:
    await play(engine, salon, CALL, EVENTS)
    async with owner_engine.connect() as connection:
        row = (await connection.execute(text("SELECT calls::text FROM calls"))).scalar_one()
        raw = await connection.execute(
            text("SELECT from_number, transcript, analysis, metadata FROM calls")
        )
        tokens = [bytes(value) for value in raw.one()]
    assert "+493011111" not in row
    assert all(token.startswith(b"gAAAA") for token in tokens)

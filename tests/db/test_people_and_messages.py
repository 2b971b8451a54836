"""Customers, messages to them, callbacks, idempotency keys, audit."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.queries.api_logs import write_api_log
from db.queries.audit import list_audit, write_audit
from db.queries.call_facts import CallFacts
from db.queries.callbacks import (
    callback_of_call,
    finish_callback,
    insert_callback_once,
)
from db.queries.calls import apply_event, open_call
from db.queries.customers import (
    find_customer_by_phone,
    get_customer,
    list_customers,
    upsert_customer,
)
from db.queries.idempotency import claim_key
from db.queries.notifications import (
    MessageIdentity,
    begin_send,
    finish_send,
    list_notifications,
)
from db.queries.paging import BadCursorError
from db.queries.rest import list_callbacks
from db.session import tenant_session
from tests.builders.rows import Salon, make_appointment, make_salon

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


async def test_a_customer_is_found_by_phone_before_mail_and_completed(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        erika = await upsert_customer(session, name="Erika", phone="+491", phone_hash="p1")
        same = await upsert_customer(
            session, phone="+491", phone_hash="p1", email="e@x.example", email_hash="m1"
        )
        otto = await upsert_customer(session, name="Otto", phone="+492", phone_hash="p2")
        by_mail = await upsert_customer(session, name="Erika B.", email_hash="m1")
        # They share an address, and no phone.
        await upsert_customer(
            session, phone_hash="p2", email="e@x.example", email_hash="m1", language="en"
        )
        assert (same, by_mail) == (erika, erika)
        assert otto != erika
        found = await get_customer(session, erika)
        assert found is not None
        assert (found.name, found.email, found.phone) == ("Erika B.", "e@x.example", "+491")
        other = await find_customer_by_phone(session, "p2")
        assert other is not None
        assert (other.id, other.email, other.language) == (otto, "e@x.example", "en")
        assert {c.id for c in (await list_customers(session)).items} == {erika, otto}


async def test_an_address_said_on_another_phone_is_another_customer(
    engine: AsyncEngine, salon: Salon
) -> None:
    """Else texts about one person's appointment would go to the other's phone."""
    async with tenant_session(engine, salon.company_id) as session:
        bare = await upsert_customer(session, name="Erika", email="e@x.example", email_hash="m1")
        erika = await upsert_customer(session, phone="+491", phone_hash="p1", email_hash="m1")
        assert erika == bare, "nothing but the address was known of her"
        son = await upsert_customer(
            session, name="Max", phone="+492", phone_hash="p2", email="e@x.example", email_hash="m1"
        )
        assert son != erika
        by_phone = await find_customer_by_phone(session, "p2")
        assert by_phone is not None
        assert (by_phone.id, by_phone.email, by_phone.phone) == (son, "e@x.example", "+492")
        assert await upsert_customer(session, email_hash="m1") == erika


async def test_callers_without_a_number_are_not_one_customer(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        assert await upsert_customer(session, name="A") != await upsert_customer(session, name="A")


async def test_one_phone_at_the_same_moment_is_one_customer(
    engine: AsyncEngine, salon: Salon
) -> None:
    async def call() -> UUID:
        async with tenant_session(engine, salon.company_id) as session:
            return await upsert_customer(session, name="Erika", phone="+491", phone_hash="p1")

    assert len(set(await asyncio.gather(*(call() for _ in range(10))))) == 1


async def test_two_companies_may_know_one_phone(engine: AsyncEngine, salon: Salon) -> None:
    other = await make_salon(engine, "andere", number=2)
    ids = set()
    for company_id in (salon.company_id, other.company_id):
        async with tenant_session(engine, company_id) as session:
            ids.add(await upsert_customer(session, phone="+491", phone_hash="p1"))
    assert len(ids) == 2


async def sent_statuses(
    session: AsyncSession, identity: MessageIdentity, finishes: Sequence[str | None]
) -> list[tuple[bool, int, int]]:
    """For each try: did it have to be sent, which attempt, which repetition."""
    seen = []
    for finish in finishes:
        ticket = await begin_send(session, identity, message_id="<a@b>")
        seen.append((ticket.must_send, ticket.attempts, ticket.repeats))
        if finish is not None:
            await finish_send(session, ticket.id, finish)  # type: ignore[arg-type]  # from the list
    return seen


@pytest.mark.parametrize(
    ("finishes", "tries"),
    [
        (["sent", None], [(True, 1, 0), (False, 1, 0)]),
        (["skipped", None], [(True, 1, 0), (False, 1, 0)]),
        (["pending", "sent", None], [(True, 1, 0), (True, 2, 0), (False, 2, 0)]),
        (["unclear", "sent", None], [(True, 1, 0), (True, 2, 1), (False, 2, 1)]),
        # The process died while it sent: nobody said how it went.
        ([None, "sent", None], [(True, 1, 0), (True, 2, 1), (False, 2, 1)]),
    ],
)
async def test_a_message_is_sent_once_and_only_unclear_ones_are_repeated(
    engine: AsyncEngine,
    salon: Salon,
    finishes: list[str | None],
    tries: list[tuple[bool, int, int]],
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        identity = MessageIdentity(
            appointment_id=await make_appointment(session, salon, start_at=TEN),
            kind="confirmation",
            audience="customer",
        )
        assert await sent_statuses(session, identity, finishes) == tries
        [kept] = await list_notifications(session, appointment_id=identity.appointment_id)
        assert kept.status in {"sent", "skipped"}
        assert (kept.sent_at is not None) == (kept.status == "sent")


async def test_a_sent_message_stays_sent(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
        identity = MessageIdentity(
            appointment_id=appointment_id, kind="confirmation", audience="branch"
        )
        ticket = await begin_send(session, identity, message_id="<a@b>")
        await finish_send(session, ticket.id, "sent")
        await finish_send(session, ticket.id, "unclear", error="late answer")
        [kept] = await list_notifications(session, appointment_id=appointment_id)
        assert kept.status == "sent"


async def opened(session: AsyncSession, salon: Salon, call_id: str = "call_1") -> None:
    await open_call(session, retell_call_id=call_id, seen_at=TEN, branch_id=salon.branch_id)
    await apply_event(session, call_id, CallFacts(kind="call_started", seen_at=TEN, started_at=TEN))


async def test_a_call_makes_one_callback_and_one_mail(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        await opened(session, salon)
        ids = {
            await insert_callback_once(
                session,
                retell_call_id="call_1",
                reason="missing",
                missing=["service"],
                offers=[TEN],
                details={"phone": "+491"},
            )
            for _ in range(2)
        }
        [callback_id] = ids
        task = await callback_of_call(session, "call_1")
        assert task is not None
        assert (task.branch_id, task.missing, task.details) == (
            salon.branch_id,
            ["service"],
            {"phone": "+491"},
        )
        assert task.offers == [TEN.isoformat()]
        page = await list_callbacks(session, status="open")
        assert [callback.id for callback in page.items] == [callback_id]
        assert await finish_callback(session, callback_id)
        assert not await finish_callback(session, callback_id)
        assert (await list_callbacks(session, status="open")).items == ()
        identity = MessageIdentity(retell_call_id="call_1", kind="call", audience="branch")
        tickets = [await begin_send(session, identity, message_id="<c@d>") for _ in range(2)]
        assert tickets[0].id == tickets[1].id


async def test_an_idempotency_key_stands_for_its_first_request(
    engine: AsyncEngine, salon: Salon
) -> None:
    async def claim(digest: str) -> tuple[bool, str, UUID]:
        async with tenant_session(engine, salon.company_id) as session:
            claimed = await claim_key(
                session, key="k", request_sha256=digest, appointment_id=uuid4()
            )
        return claimed.is_new, claimed.request_sha256, claimed.appointment_id

    answers = await asyncio.gather(*(claim(f"d{n}") for n in range(8)))
    assert sum(new for new, _, _ in answers) == 1
    assert len({(digest, appointment_id) for _, digest, appointment_id in answers}) == 1


async def test_the_audit_log_comes_newest_first_and_cursors_are_ours(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        for n in range(3):
            await write_audit(
                session,
                actor="engine",
                action=f"made.{n}",
                subject_type="call",
                subject_id="call_1",
                changes={"n": n},
            )
        first = await list_audit(session, limit=2, subject_id="call_1")
        assert [entry.action for entry in first.items] == ["made.2", "made.1"]
        second = await list_audit(session, limit=2, cursor=first.next_cursor)
        assert [entry.action for entry in second.items] == ["made.0"]
        assert second.next_cursor is None
        with pytest.raises(BadCursorError):
            await list_audit(session, cursor="not-a-cursor")
        await write_api_log(session, operation="book", method="POST", duration_ms=5, status=201)
        assert await session.scalar(text("SELECT count(*) FROM api_call_logs")) == 1

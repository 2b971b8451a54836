"""SMS from the outbox to a server that answers, and fails, as Twilio does: each text goes once."""

import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio.exceptions import ApplicationError

from activities.functions.codes import code_for, code_of, issue
from activities.sms_outbox import SmsOutbox
from activities.texting import TextNotices
from contracts.appointments import Notified, NotifyAppointment, NotifyCall, SendCode
from db.models import Customer
from db.queries import connections
from db.queries.appointments import set_status
from db.queries.call_facts import CallFacts
from db.queries.calls import apply_event, open_call
from db.queries.notifications import (
    MessageIdentity,
    NotificationRecord,
    SendTicket,
    begin_send,
    finish_send,
    list_notifications,
)
from db.queries.opt_outs import has_opted_out, opt_out
from db.session import tenant_session
from domain.ids import text_message_id, verification_id
from sandbox.phone.running import Running, running
from tests.builders.phone import CUSTOMER, LANDLINE, Shop
from tests.builders.rows import Salon, make_appointment, make_customer, make_salon

PHONE_KEY = "phone-key"
START = datetime(2031, 3, 4, 10, tzinfo=UTC)
CONFIRMATION = (
    "Salon-Muster Mitte: Ihr Termin ist bestätigt: Dienstag, 4. März 2031, 11:00 Uhr, Schnitt. "
    "Verschieben oder absagen: +4930239900"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def shop(server: Running) -> Iterator[Shop]:
    with httpx.Client(base_url=server.url) as http:
        http.post("/sandbox/reset")
        yield Shop(http)


@pytest.fixture
async def salon(engine: AsyncEngine, shop: Shop) -> Salon:
    """A company whose customers get texts."""
    salon = await make_salon(engine)
    await connect(engine, salon, shop, str(shop.http.base_url))
    return salon


async def connect(engine: AsyncEngine, salon: Salon, shop: Shop, url: str, **more: str) -> UUID:
    settings = {
        "account_sid": shop.account_sid,
        "api_key_sid": shop.key_sid,
        "from_number": shop.number,
        **more,
    }
    async with tenant_session(engine, salon.company_id) as session:
        return await connections.upsert_connection(
            session, provider="twilio", base_url=url, api_key=shop.key_secret, settings=settings
        )


@pytest.fixture
async def texts(engine: AsyncEngine) -> AsyncIterator[TextNotices]:
    async with httpx.AsyncClient() as http:
        yield TextNotices(
            engine,
            SmsOutbox(engine, http),
            mail_domain="mail.test",
            code_of=code_of(PHONE_KEY),
            public_url="https://api.askproai.example/",
        )


async def customer_of(session: AsyncSession, phone: str = CUSTOMER) -> UUID:
    customer_id = await make_customer(session)
    customer = await session.get_one(Customer, customer_id)
    customer.phone = phone
    return customer_id


async def appointment(engine: AsyncEngine, salon: Salon, **fields: Any) -> UUID:
    phone = fields.pop("phone", CUSTOMER)
    async with tenant_session(engine, salon.company_id) as session:
        return await make_appointment(
            session,
            salon,
            customer_id=await customer_of(session, phone),
            **{"start_at": START} | fields,
        )


def notice(salon: Salon, appointment_id: UUID, **fields: Any) -> NotifyAppointment:
    return NotifyAppointment.model_validate(
        {
            "company_id": salon.company_id,
            "appointment_id": appointment_id,
            "kind": "confirmation",
            "audience": "customer",
            "channel": "sms",
            "sequence": 0,
            **fields,
        }
    )


async def row_of(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> NotificationRecord:
    async with tenant_session(engine, salon.company_id) as session:
        [row] = await list_notifications(session, appointment_id=appointment_id)
    return row


def asked(shop: Shop, operation: str) -> int:
    params = {"operation": operation}
    return len(shop.http.get("/sandbox/requests", params=params).json()["requests"])


def sends(shop: Shop) -> int:
    return asked(shop, "send_sms")


# --- in turn ----------------------------------------------------------------------------------


async def confirming(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> SendTicket:
    """Its confirmation is on the way."""
    confirmation = MessageIdentity(
        kind="confirmation", audience="customer", channel="sms", appointment_id=appointment_id
    )
    async with tenant_session(engine, salon.company_id) as session:
        return await begin_send(session, confirmation, message_id="confirmed")


async def test_cancelled_waits_until_confirmed_is_out(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    """The other way round the last word would be that it is booked."""
    appointment_id = await appointment(engine, salon)
    ticket = await confirming(engine, salon, appointment_id)
    async with tenant_session(engine, salon.company_id) as session:
        await set_status(session, appointment_id, "cancelled")
    cancelled = notice(salon, appointment_id, kind="cancellation", sequence=1)
    with pytest.raises(ApplicationError) as waits:
        await texts.appointment(cancelled)
    assert waits.value.type == "EarlierOnItsWay"
    assert waits.value.next_retry_delay is not None
    assert sends(shop) == 0
    async with tenant_session(engine, salon.company_id) as session:
        await finish_send(session, ticket.id, "sent")
    assert (await texts.appointment(cancelled)).outcome == "sent"


async def test_whoever_died_while_sending_is_not_waited_for_longer_than_a_try_takes(
    engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    await confirming(engine, salon, appointment_id)
    async with owner_engine.begin() as connection:
        ago = text("UPDATE notifications SET updated_at = now() - interval '31 s'")
        await connection.execute(ago)
    cancelled = notice(salon, appointment_id, kind="cancellation", sequence=1)
    assert (await texts.appointment(cancelled)).outcome == "sent"


# --- once -------------------------------------------------------------------------------------


async def test_a_text_goes_out_once_however_often_the_step_is_taken(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    for _ in range(3):
        told = await texts.appointment(notice(salon, appointment_id))
        assert told == Notified(outcome="sent")
    [message] = shop.messages()
    assert message["body"].startswith(CONFIRMATION)
    assert message["to"] == CUSTOMER
    row = await row_of(engine, salon, appointment_id)
    assert (row.status, row.channel, row.provider_id) == ("sent", "sms", message["sid"])
    connection = httpx.URL(message["status_callback"])
    assert connection.host == "api.askproai.example"
    assert connection.path.startswith("/webhooks/twilio/")
    assert connection.params["reference"] == str(await row_id(engine, salon, appointment_id))


async def row_id(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> UUID:
    query = text("SELECT id FROM notifications WHERE appointment_id = :id")
    async with tenant_session(engine, salon.company_id) as session:
        found: UUID = (await session.scalars(query, {"id": appointment_id})).one()
    return found


async def test_a_text_that_was_taken_without_an_answer_is_found_and_not_sent_again(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    shop.order("commit_then_drop")
    with pytest.raises(ApplicationError, match="nobody knows") as unclear:
        await texts.appointment(notice(salon, appointment_id))
    assert unclear.value.next_retry_delay is not None
    assert (await row_of(engine, salon, appointment_id)).status == "unclear"
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="sent", repeats=0)
    [message] = shop.messages()
    row = await row_of(engine, salon, appointment_id)
    assert (row.status, row.provider_id, row.attempts) == ("sent", message["sid"], 2)


async def test_a_text_that_was_lost_on_the_way_is_sent_once_more_and_counted(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    shop.order("drop")
    with pytest.raises(ApplicationError, match="nobody knows"):
        await texts.appointment(notice(salon, appointment_id))
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="sent", repeats=1)
    assert len(shop.messages()) == 1


async def test_a_text_is_never_sent_a_third_time(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    shop.order("drop", times=None)
    for _ in range(2):
        with pytest.raises(ApplicationError, match="nobody knows"):
            await texts.appointment(notice(salon, appointment_id))
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="unclear", repeats=1)
    assert sends(shop) == 2
    assert (await row_of(engine, salon, appointment_id)).status == "unclear"


async def test_nothing_is_sent_again_while_nobody_answers_whether_it_was(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    shop.order("commit_then_drop")
    shop.order("status", operation="list_sms", status=503, times=1)
    for _ in range(2):
        with pytest.raises(ApplicationError, match="nobody knows"):
            await texts.appointment(notice(salon, appointment_id))
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="sent", repeats=0)
    assert sends(shop) == 1


async def test_a_worker_that_died_while_sending_leaves_a_text_that_is_looked_for(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    async with tenant_session(engine, salon.company_id) as session:
        identity = MessageIdentity(
            kind="confirmation", audience="customer", channel="sms", appointment_id=appointment_id
        )
        message_id = text_message_id(appointment_id, "confirmation", 0)
        await begin_send(session, identity, message_id=message_id)
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="sent", repeats=1)
    assert asked(shop, "list_sms") > 0


async def test_the_same_words_of_another_appointment_are_not_taken_for_this_ones(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    first, second = await appointment(engine, salon), await appointment(engine, salon)
    await texts.appointment(notice(salon, first))
    shop.order("drop")
    with pytest.raises(ApplicationError):
        await texts.appointment(notice(salon, second))
    await texts.appointment(notice(salon, second))
    sids = {(await row_of(engine, salon, one)).provider_id for one in (first, second)}
    assert sids == {message["sid"] for message in shop.messages()}
    assert len(sids) == 2


# --- not at all -------------------------------------------------------------------------------


async def test_without_a_connection_to_twilio_all_of_it_is_tried_again_uncounted(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        await connect(engine, salon, shop, f"http://127.0.0.1:{closed.getsockname()[1]}")
        appointment_id = await appointment(engine, salon)
        with pytest.raises(ApplicationError) as away:
            await texts.appointment(notice(salon, appointment_id))
    assert away.value.type == "SmsUnavailable"
    assert (await row_of(engine, salon, appointment_id)).status == "pending"
    await connect(engine, salon, shop, str(shop.http.base_url))
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="sent", repeats=0)


async def test_a_repeat_that_did_not_leave_does_not_count(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    shop.order("drop")
    with pytest.raises(ApplicationError):
        await texts.appointment(notice(salon, appointment_id))
    shop.order("status", status=429, code=20429)
    with pytest.raises(ApplicationError) as later:
        await texts.appointment(notice(salon, appointment_id))
    assert later.value.type == "SmsUnavailable"
    row = await row_of(engine, salon, appointment_id)
    assert (row.status, row.repeats) == ("unclear", 0)
    told = await texts.appointment(notice(salon, appointment_id))
    assert told == Notified(outcome="sent", repeats=1)


async def test_a_number_that_twilio_has_blocked_is_kept_as_opted_out(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    order = {"from": CUSTOMER, "to": shop.number, "body": "STOP"}
    shop.http.post("/sandbox/sms/inbound", json=order).raise_for_status()
    appointment_id = await appointment(engine, salon)
    told = await texts.appointment(notice(salon, appointment_id))
    assert told.outcome == "rejected"
    row = await row_of(engine, salon, appointment_id)
    assert (row.status, row.error is not None and "21610" in row.error) == ("rejected", True)
    query = text("SELECT phone_hash, source FROM opt_outs")
    async with tenant_session(engine, salon.company_id) as session:
        [(phone_hash, source)] = (await session.execute(query)).all()
        assert await has_opted_out(session, phone_hash)
    assert source == "vendor"


@pytest.mark.parametrize("phone", [LANDLINE, "withheld"])
async def test_what_no_text_can_reach_is_skipped(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices, phone: str
) -> None:
    appointment_id = await appointment(engine, salon, phone=phone)
    told = await texts.appointment(notice(salon, appointment_id))
    assert told.outcome == "skipped"
    assert (await row_of(engine, salon, appointment_id)).status == "skipped"
    assert sends(shop) == 0


async def test_a_branch_gets_no_texts(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    told = await texts.appointment(notice(salon, appointment_id, audience="branch"))
    assert told.outcome == "skipped"
    assert sends(shop) == 0


async def test_who_says_stop_between_two_tries_gets_nothing_more(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    appointment_id = await appointment(engine, salon)
    shop.order("drop")
    with pytest.raises(ApplicationError):
        await texts.appointment(notice(salon, appointment_id))
    async with tenant_session(engine, salon.company_id) as session:
        [phone_hash] = await session.scalars(text("SELECT phone_hash FROM customers"))
        await opt_out(session, phone_hash, "sms")
    told = await texts.appointment(notice(salon, appointment_id))
    assert told.outcome == "unclear"  # the first may have gone out
    assert sends(shop) == 1


# --- reminders --------------------------------------------------------------------------------


async def soon(engine: AsyncEngine, salon: Salon, status: str = "booked") -> UUID:
    """In two hours, so that its reminder is due."""
    start_at = datetime.now(UTC) + timedelta(hours=2)
    appointment_id = await appointment(engine, salon, start_at=start_at)
    change = text(
        "UPDATE appointments SET status = :status, calcom_uid_hash = :uid, booked_at = now()"
        " WHERE id = :id"
    )
    async with tenant_session(engine, salon.company_id) as session:
        about = {"status": status, "uid": uuid4().hex, "id": appointment_id}
        await session.execute(change, about)
    return appointment_id


async def set_quiet(engine: AsyncEngine, salon: Salon, hours_from: int, hours_to: int) -> None:
    """In hours from now, by the clock in Berlin."""
    now = datetime.now(ZoneInfo("Europe/Berlin"))
    change = text("UPDATE companies SET quiet_from = :begins, quiet_to = :ends")
    async with tenant_session(engine, salon.company_id) as session:
        await session.execute(
            change,
            {
                "begins": (now + timedelta(hours=hours_from)).time(),
                "ends": (now + timedelta(hours=hours_to)).time(),
            },
        )


async def test_each_reminder_is_a_message_of_its_own(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    await set_quiet(engine, salon, 5, 6)
    appointment_id = await soon(engine, salon)
    for minutes in (1440, 120, 120):
        reminder = notice(salon, appointment_id, kind="reminder", reminder_minutes=minutes)
        assert (await texts.appointment(reminder)).outcome == "sent"
    assert len(shop.messages()) == 2
    async with tenant_session(engine, salon.company_id) as session:
        rows = await list_notifications(session, appointment_id=appointment_id)
    assert sorted(row.kind for row in rows) == ["reminder_120", "reminder_1440"]


async def test_a_reminder_that_was_held_up_until_the_night_waits_for_the_morning(
    engine: AsyncEngine, salon: Salon, texts: TextNotices
) -> None:
    await set_quiet(engine, salon, -1, 1)
    appointment_id = await soon(engine, salon)
    with pytest.raises(ApplicationError, match="quiet hours") as waiting:
        await texts.appointment(
            notice(salon, appointment_id, kind="reminder", reminder_minutes=120)
        )
    delay = waiting.value.next_retry_delay
    assert delay is not None
    assert timedelta(minutes=59) < delay < timedelta(minutes=61)
    async with tenant_session(engine, salon.company_id) as session:
        assert await list_notifications(session, appointment_id=appointment_id) == []


async def test_a_confirmation_comes_at_any_hour(
    engine: AsyncEngine, salon: Salon, texts: TextNotices
) -> None:
    await set_quiet(engine, salon, -1, 1)
    appointment_id = await soon(engine, salon)
    assert (await texts.appointment(notice(salon, appointment_id))).outcome == "sent"


@pytest.mark.parametrize("status", ["cancelled", "completed", "missed"])
async def test_nobody_is_reminded_of_what_is_off(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices, status: str
) -> None:
    appointment_id = await soon(engine, salon, status)
    reminder = notice(salon, appointment_id, kind="reminder", reminder_minutes=120)
    assert (await texts.appointment(reminder)).outcome == "skipped"
    assert sends(shop) == 0


# --- about a call -----------------------------------------------------------------------------


async def call(engine: AsyncEngine, salon: Salon, phone: str | None = CUSTOMER) -> UUID | None:
    """`call_1`, and its customer."""
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await customer_of(session, phone) if phone else None
        await open_call(session, retell_call_id="call_1", seen_at=START, branch_id=salon.branch_id)
        facts = CallFacts(kind="call_started", seen_at=START, started_at=START)
        await apply_event(session, "call_1", facts)
        change = text("UPDATE calls SET customer_id = :id")
        await session.execute(change, {"id": customer_id})
    return customer_id


async def test_who_was_told_that_it_is_booked_hears_that_it_is_not(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    await call(engine, salon)
    request = NotifyCall(company_id=salon.company_id, retell_call_id="call_1", audience="customer")
    for _ in range(2):
        assert await texts.call(request) == Notified(outcome="sent")
    [message] = shop.messages()
    assert message["body"].startswith("Salon-Muster Mitte: Ihr Termin ist noch nicht gebucht.")


@pytest.mark.parametrize("phone", [None, LANDLINE])
async def test_a_caller_whom_no_text_reaches_is_left_to_the_mail(
    engine: AsyncEngine, salon: Salon, texts: TextNotices, phone: str | None
) -> None:
    await call(engine, salon, phone)
    request = NotifyCall(company_id=salon.company_id, retell_call_id="call_1", audience="customer")
    assert await texts.call(request) is None


async def test_the_code_that_is_sent_is_the_one_that_is_checked(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    customer_id = await call(engine, salon)
    assert customer_id is not None
    async with tenant_session(engine, salon.company_id) as session:
        await issue(
            session,
            PHONE_KEY,
            retell_call_id="call_1",
            customer_id=customer_id,
            now=datetime.now(UTC),
        )
    request = SendCode(company_id=salon.company_id, retell_call_id="call_1")
    for _ in range(2):
        assert (await texts.code(request)).outcome == "sent"
    code = code_for(
        PHONE_KEY,
        retell_call_id="call_1",
        customer_id=customer_id,
        row_id=verification_id("call_1", customer_id),
    )
    [message] = shop.messages()
    assert f"Ihr Code ist {code}." in message["body"]


async def test_a_call_without_a_code_sends_none(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    await call(engine, salon)
    request = SendCode(company_id=salon.company_id, retell_call_id="call_1")
    assert (await texts.code(request)).outcome == "skipped"
    assert sends(shop) == 0


async def test_a_sender_that_cannot_be_answered_says_how_to_get_no_more(
    engine: AsyncEngine, salon: Salon, shop: Shop, texts: TextNotices
) -> None:
    shop.set_up(numbers=[shop.number, f"Salon{shop.number[-4:]}"])
    url = str(shop.http.base_url)
    await connect(engine, salon, shop, url, from_number=f"Salon{shop.number[-4:]}")
    appointment_id = await appointment(engine, salon)
    await texts.appointment(notice(salon, appointment_id))
    async with tenant_session(engine, salon.company_id) as session:
        await set_status(session, appointment_id, "cancelled")
    await texts.appointment(notice(salon, appointment_id, kind="cancellation", sequence=1))
    first, second = (message["body"] for message in shop.messages())
    assert "Keine SMS mehr? Anruf genügt" in first
    assert "Keine SMS" not in second

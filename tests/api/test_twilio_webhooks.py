"""What Twilio posts: reports in any order, words of customers once, and nothing unsigned."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import ApiRuntime
from api.main import create_app
from db.queries.connections import upsert_connection
from db.queries.notifications import (
    MessageIdentity,
    NotificationRecord,
    begin_send,
    finish_send,
    list_notifications,
)
from db.queries.opt_outs import has_opted_out
from db.session import tenant_session
from domain.phone import phone_hash
from integrations.sms.signature import HEADER, sign
from tests.api.conftest import serving
from tests.builders.rows import Salon, make_appointment

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
TOKEN = "auth-token-of-the-account"
CUSTOMER = "+4917604069033"
OURS = "+4917604069081"


@pytest.fixture(scope="module")
async def connection_id(engine: AsyncEngine, salon: Salon) -> UUID:
    async with tenant_session(engine, salon.company_id) as session:
        return await upsert_connection(
            session,
            provider="twilio",
            base_url="https://api.twilio.example",
            api_key="secret",
            webhook_secret=TOKEN,
            settings={"account_sid": "AC1", "api_key_sid": "SK1", "from_number": OURS},
        )


async def sending(
    engine: AsyncEngine, salon: Salon, *, sid: str | None = None
) -> tuple[UUID, UUID]:
    """Ids of a new appointment and of its confirmation by SMS; `sid`: it was taken under it."""
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
        identity = MessageIdentity(
            kind="confirmation", audience="customer", channel="sms", appointment_id=appointment_id
        )
        ticket = await begin_send(session, identity, message_id=f"sms:{appointment_id}")
        if sid is not None:
            await finish_send(session, ticket.id, "sent", provider_id=sid)
    return appointment_id, ticket.id


async def row_of(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> NotificationRecord:
    async with tenant_session(engine, salon.company_id) as session:
        [row] = await list_notifications(session, appointment_id=appointment_id)
    return row


async def post(
    http: httpx.AsyncClient,
    connection_id: UUID,
    form: Mapping[str, str],
    *,
    query: str = "",
    token: str = TOKEN,
    as_told: str | None = None,
) -> httpx.Response:
    """Signed for the address that is called, or for the one that Twilio was told."""
    path = f"/webhooks/twilio/{connection_id}{'?' + query if query else ''}"
    body = urlencode(form)
    signature = sign((as_told or str(http.base_url).rstrip("/")) + path, [*form.items()], token)
    headers = {HEADER: signature, "Content-Type": "application/x-www-form-urlencoded"}
    return await http.post(path, content=body, headers=headers)


def report(sid: str, status: str, **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": status, "AccountSid": "AC1", **more}


def inbound(body: str, **more: str) -> dict[str, str]:
    form = {"MessageSid": f"SM{uuid4().hex}", "From": CUSTOMER, "To": OURS, "Body": body}
    return {**form, "SmsStatus": "received", **more}


async def is_opted_out(engine: AsyncEngine, salon: Salon, runtime: ApiRuntime) -> bool:
    key = runtime.settings.phone_hash_key.get_secret_value()
    async with tenant_session(engine, salon.company_id) as session:
        return await has_opted_out(session, phone_hash(CUSTOMER, key))


# --- reports ----------------------------------------------------------------------------------


async def test_reports_come_in_any_order_and_the_latest_stage_stays(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, connection_id: UUID
) -> None:
    sid = f"SM{uuid4().hex}"
    appointment_id, _ = await sending(engine, salon, sid=sid)
    seen = []
    for status in ("sent", "queued", "delivered", "sent", "undelivered"):
        answer = await post(http, connection_id, report(sid, status))
        assert (answer.status_code, answer.text) == (200, "<Response/>")
        assert answer.headers["content-type"].startswith("text/xml")
        seen.append((await row_of(engine, salon, appointment_id)).delivery)
    assert seen == ["sent", "sent", "delivered", "delivered", "delivered"]


async def test_what_did_not_arrive_is_kept_with_its_code_and_counted(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, connection_id: UUID
) -> None:
    sid = f"SM{uuid4().hex}"
    appointment_id, _ = await sending(engine, salon, sid=sid)
    for _ in range(2):
        await post(http, connection_id, report(sid, "undelivered", ErrorCode="30003"))
    row = await row_of(engine, salon, appointment_id)
    assert (row.status, row.delivery) == ("sent", "undelivered")
    assert row.error is not None
    assert "30003" in row.error
    metrics = (await http.get("/metrics")).text
    counted = [line for line in metrics.splitlines() if 'result="undelivered"' in line]
    assert [line.rsplit(" ", 1)[1] for line in counted if "_total{" in line] == ["1.0"]


async def test_a_report_tells_the_end_of_a_send_that_nobody_knew(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, connection_id: UUID
) -> None:
    appointment_id, row_id = await sending(engine, salon)
    sid = f"SM{uuid4().hex}"
    await post(http, connection_id, report(sid, "sent"), query=f"reference={row_id}")
    row = await row_of(engine, salon, appointment_id)
    assert (row.status, row.provider_id, row.delivery) == ("sent", sid, "sent")
    assert row.sent_at is not None


@pytest.mark.parametrize(
    "reference",
    ["", "reference=none", f"reference={uuid4()}"],
    ids=["without", "unreadable", "unknown"],
)
async def test_a_report_about_nothing_of_ours_is_taken_and_forgotten(
    http: httpx.AsyncClient, connection_id: UUID, reference: str
) -> None:
    answer = await post(http, connection_id, report("SM1", "sent"), query=reference)
    assert answer.status_code == 200


async def test_a_report_does_not_reach_a_message_that_has_another_id(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, connection_id: UUID
) -> None:
    appointment_id, row_id = await sending(engine, salon, sid="SM-ours")
    await post(http, connection_id, report("SM-other", "failed"), query=f"reference={row_id}")
    row = await row_of(engine, salon, appointment_id)
    assert (row.provider_id, row.delivery) == ("SM-ours", None)


# --- what customers write ---------------------------------------------------------------------


async def test_stop_and_start_are_kept_by_number_and_company(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    salon: Salon,
    runtime: ApiRuntime,
    connection_id: UUID,
) -> None:
    seen = []
    for words in ("Stopp!", "STOP", "Start", "Keine SMS mehr, danke", "unstop"):
        answer = await post(http, connection_id, inbound(words))
        assert (answer.status_code, answer.text) == (200, "<Response/>")
        seen.append(await is_opted_out(engine, salon, runtime))
    assert seen == [True, True, False, True, False]


async def test_what_may_mean_the_appointment_silences_nobody(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    salon: Salon,
    runtime: ApiRuntime,
    connection_id: UUID,
) -> None:
    for words in ("CANCEL", "End", "Beenden", "Ich komme später", ""):
        answer = await post(http, connection_id, inbound(words))
        assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert not await is_opted_out(engine, salon, runtime)


async def test_what_twilio_has_decided_counts_whatever_was_written(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    salon: Salon,
    runtime: ApiRuntime,
    connection_id: UUID,
) -> None:
    await post(http, connection_id, inbound("Cancel", OptOutType="STOP"))
    assert await is_opted_out(engine, salon, runtime)
    await post(http, connection_id, inbound("hello", OptOutType="START"))
    assert not await is_opted_out(engine, salon, runtime)


async def test_a_word_that_is_posted_again_later_counts_no_second_time(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    salon: Salon,
    runtime: ApiRuntime,
    connection_id: UUID,
) -> None:
    stop = inbound("STOP")
    await post(http, connection_id, stop)
    await post(http, connection_id, inbound("START"))
    await post(http, connection_id, stop)
    assert not await is_opted_out(engine, salon, runtime)


async def test_help_is_answered_once_and_not_where_twilio_has(
    http: httpx.AsyncClient, connection_id: UUID
) -> None:
    hilfe = inbound("Hilfe")
    first = await post(http, connection_id, hilfe)
    assert "<Response><Message>Salon-Muster: " in first.text
    assert "STOP" in first.text
    again = await post(http, connection_id, hilfe)
    by_twilio = await post(http, connection_id, inbound("HELP", OptOutType="HELP"))
    assert again.text == by_twilio.text == "<Response/>"


async def test_what_a_customer_wrote_is_kept_encrypted_and_leaves_nothing_to_sweep(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, connection_id: UUID
) -> None:
    form = inbound("Komme zehn Minuten später, Jonas")
    await post(http, connection_id, form)
    query = text("SELECT * FROM webhook_events WHERE event_id = :id")
    async with owner_engine.connect() as connection:
        [row] = (await connection.execute(query, {"id": form["MessageSid"]})).all()
    assert (row.source, row.kind) == (f"twilio:{connection_id}", "sms_inbound")
    assert row.signalled_at is not None
    assert b"Jonas" not in bytes(row.body)


# --- signatures -------------------------------------------------------------------------------


async def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "signature_refused")


async def test_nothing_unsigned_is_believed(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    salon: Salon,
    runtime: ApiRuntime,
    connection_id: UUID,
) -> None:
    stop = inbound("STOP")
    forged = await post(http, connection_id, stop, token="another")
    unknown = await post(http, uuid4(), stop)
    unsigned = await http.post(f"/webhooks/twilio/{connection_id}", data=stop)
    elsewhere = await post(http, connection_id, stop, as_told="https://api.askproai.example")
    for answer in (forged, unknown, unsigned, elsewhere):
        assert await refused(answer)
    assert not await is_opted_out(engine, salon, runtime)


async def test_a_key_of_another_vendor_signs_nothing(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        calcom = await upsert_connection(
            session, provider="calcom", base_url="https://c.example", webhook_secret=TOKEN
        )
    assert await refused(await post(http, calcom, inbound("STOP")))


async def test_behind_a_proxy_the_public_address_is_what_was_signed(
    runtime: ApiRuntime, engine: AsyncEngine, salon: Salon, connection_id: UUID
) -> None:
    public = "https://api.askproai.example"
    settings = runtime.settings.model_copy(update={"public_url": f"{public}/"})
    behind = ApiRuntime(**{**vars(runtime), "settings": settings})
    sid = f"SM{uuid4().hex}"
    appointment_id, row_id = await sending(engine, salon, sid=sid)
    query = f"reference={row_id}"
    async with (
        serving(create_app(behind)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        told = await post(http, connection_id, report(sid, "sent"), query=query, as_told=public)
        direct = await post(http, connection_id, report(sid, "delivered"), query=query)
    assert told.status_code == 200
    assert await refused(direct)
    assert (await row_of(engine, salon, appointment_id)).delivery == "sent"


async def test_a_connections_own_address_and_its_key_as_token(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, connection_id: UUID
) -> None:
    """An account without an API key: it sends with the token that signs, and names the address."""
    told = "https://hooks.salon.example"
    settings: dict[str, Any] = {
        "account_sid": "AC1",
        "from_number": OURS,
        "status_callback_url": f"{told}/webhooks/twilio/{connection_id}?a=1",
    }
    sid = f"SM{uuid4().hex}"
    appointment_id, _ = await sending(engine, salon, sid=sid)
    async with tenant_session(engine, salon.company_id) as session:
        await upsert_connection(
            session,
            provider="twilio",
            base_url="https://api.twilio.example",
            api_key=TOKEN,
            settings=settings,
        )
    answer = await post(http, connection_id, report(sid, "sent"), query="a=1", as_told=told)
    assert answer.status_code == 200
    assert (await row_of(engine, salon, appointment_id)).delivery == "sent"

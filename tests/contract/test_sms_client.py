"""The client against a server that answers as Twilio does, and fails as it may."""

import logging
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integrations.sms import (
    Delivery,
    ReasonClass,
    Rejected,
    Sent,
    SmsAccount,
    SmsClient,
    SmsLookupRejected,
    SmsUnavailable,
    Unclear,
    count_segments,
)
from sandbox.phone.running import Running, running
from tests.builders.phone import CUSTOMER, LANDLINE, OTHER_CUSTOMER, Shop

TEXT = "Ihr Termin: Dienstag, 24. November, 10:00 Uhr. Grüße, Salon Muster"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def control(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as http:
        yield http
        http.delete("/sandbox/faults")
        http.post("/sandbox/carrier", json={})


@pytest.fixture
def shop(control: httpx.Client) -> Shop:
    return Shop(control)


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[SmsClient]:
    async with SmsClient(shop.account()) as opened:
        yield opened


def tries(shop: Shop) -> int:
    params = {"operation": "send_sms"}
    return len(shop.http.get("/sandbox/requests", params=params).json()["requests"])


# --- a send ---------------------------------------------------------------------------------------


async def test_a_text_is_handed_over_as_it_is(client: SmsClient, shop: Shop) -> None:
    sent = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(sent, Sent)
    [kept] = shop.messages()
    assert (sent.sid, sent.status) == (kept["sid"], "queued")
    assert (kept["from"], kept["to"], kept["body"]) == (shop.number, CUSTOMER, TEXT)


async def test_a_messaging_service_sends_where_there_is_one(shop: Shop) -> None:
    shop.set_up(messaging_services=["MG00000000000000000000000000000001"])
    account = shop.account(messaging_service_sid="MG00000000000000000000000000000001")
    async with SmsClient(account) as client:
        assert isinstance(await client.send(CUSTOMER, TEXT, "row-1"), Sent)
    assert shop.messages()[0]["messaging_service_sid"] == account.messaging_service_sid


async def test_the_auth_token_serves_where_there_is_no_api_key(shop: Shop) -> None:
    account = shop.account(api_key_sid=None, secret=shop.auth_token)
    async with SmsClient(account) as client:
        assert isinstance(await client.send(CUSTOMER, TEXT, "row-1"), Sent)


async def test_the_reference_travels_in_the_callbacks_url(shop: Shop) -> None:
    account = shop.account(status_callback_url="https://api.askproai.example/sms?a=1&b=%C3%BC")
    async with SmsClient(account) as client:
        await client.send(CUSTOMER, TEXT, "row 1/ä")
    url = httpx.URL(shop.messages()[0]["status_callback"])
    assert dict(url.params) == {"a": "1", "b": "ü", "reference": "row 1/ä"}
    assert url.path == "/sms"


async def test_a_connections_columns_make_an_account(shop: Shop) -> None:
    settings: dict[str, Any] = {
        "account_sid": shop.account_sid,
        "api_key_sid": shop.key_sid,
        "from_number": shop.number,
        "messaging_service_sid": None,
        "status_callback_url": "",
        "something": "else",
    }
    account = SmsAccount.of_connection(
        base_url=str(shop.http.base_url), api_key=shop.key_secret, settings=settings
    )
    assert shop.key_secret not in repr(account)
    async with SmsClient(account) as client:
        assert isinstance(await client.send(CUSTOMER, TEXT, "row-1"), Sent)


@pytest.mark.parametrize(
    ("api_key", "settings"),
    [
        ("secret", {"from_number": "+4915759000000"}),
        ("secret", {"account_sid": "AC1"}),
        ("secret", {"account_sid": "AC1", "from_number": ""}),
        (None, {"account_sid": "AC1", "from_number": "+4915759000000"}),
    ],
)
def test_a_connection_that_cannot_send_says_so(
    api_key: str | None, settings: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="an SMS"):
        SmsAccount.of_connection(base_url="http://x", api_key=api_key, settings=settings)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "code", "reason_class"),
    [
        ("+49176", 21211, "invalid_number"),
        (LANDLINE, 21614, "not_mobile"),
        ("+12015550123", 21408, "country"),
    ],
)
async def test_numbers_that_cannot_be_written_to(
    client: SmsClient, to: str, code: int, reason_class: ReasonClass
) -> None:
    refused = await client.send(to, TEXT, "row-1")
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.reason_class, refused.status) == (code, reason_class, 400)
    assert not refused.is_retryable


async def test_a_number_in_a_refusal_is_masked(client: SmsClient) -> None:
    refused = await client.send("+493023125010", TEXT, "row-1")
    assert isinstance(refused, Rejected)
    assert refused.message == "'To' number: +49…10, is not a valid mobile number"


async def test_who_said_stop_is_left_alone(client: SmsClient, shop: Shop) -> None:
    order = {"from": CUSTOMER, "to": shop.number, "body": "STOP"}
    shop.http.post("/sandbox/sms/inbound", json=order).raise_for_status()
    refused = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.reason_class) == (21610, "opted_out")
    assert isinstance(await client.send(OTHER_CUSTOMER, TEXT, "row-2"), Sent)


async def test_a_trial_account_reaches_whom_it_verified(shop: Shop) -> None:
    shop.set_up(trial=True, verified=[OTHER_CUSTOMER])
    async with SmsClient(shop.account()) as client:
        refused = await client.send(CUSTOMER, TEXT, "row-1")
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.reason_class) == (21608, "trial")
        assert isinstance(await client.send(OTHER_CUSTOMER, TEXT, "row-2"), Sent)


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"secret": "wrong"}, 20003, 401),
        ({"account_sid": "AC00000000000000000000000000000000"}, 20003, 401),
        ({"from_number": "+4915750000000"}, 21606, 400),
        ({"messaging_service_sid": "MG1"}, 20404, 404),
    ],
)
async def test_what_is_wrong_with_our_own_account_is_configuration(
    shop: Shop, changes: dict[str, Any], code: int, status: int
) -> None:
    async with SmsClient(shop.account(**changes)) as client:
        refused = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.status) == (code, status)
    assert refused.reason_class == "configuration"


@pytest.mark.parametrize(
    ("code", "status", "reason_class"),
    [
        (21635, 400, "not_mobile"),
        (21611, 400, "rate"),
        (21617, 400, "too_long"),
        (29999, 400, "other"),
        (29999, 403, "configuration"),
    ],
)
async def test_codes_are_told_apart_and_new_ones_are_kept(
    client: SmsClient, shop: Shop, code: int, status: int, reason_class: ReasonClass
) -> None:
    shop.order("status", status=status, code=code)
    refused = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.reason_class) == (code, reason_class)


async def test_the_limit_tells_how_long_to_wait(client: SmsClient, shop: Shop) -> None:
    shop.order("status", status=429)
    refused = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.reason_class) == (20429, "rate")
    assert (refused.is_retryable, refused.retry_after_s) == (True, 1.0)


async def test_a_text_of_too_many_segments_does_not_leave_us(shop: Shop) -> None:
    before = tries(shop)
    async with SmsClient(shop.account(), max_segments=2) as client:
        refused = await client.send(CUSTOMER, "ş" * 135, "row-1")
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.reason_class) == (None, "too_long")
        assert tries(shop) == before
        assert isinstance(await client.send(CUSTOMER, "ş" * 134, "row-1"), Sent)


@pytest.mark.parametrize("text", ["ü" * 307, "ş" * 135, "€" * 80, "ab" * 80])
async def test_segments_are_counted_as_the_carrier_counts_them(
    client: SmsClient, shop: Shop, text: str
) -> None:
    await client.send(CUSTOMER, text, "row-1")
    assert shop.messages()[0]["segments"] == count_segments(text).count


# --- what is not known ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ({"fault": "drop"}, 0),
        ({"fault": "commit_then_drop"}, 1),
        ({"fault": "malformed"}, 1),
        ({"fault": "status", "status": 500}, 0),
        ({"fault": "status", "status": 503}, 0),
        ({"fault": "status", "status": 408}, 0),
    ],
)
async def test_an_answer_that_does_not_say_is_unclear_and_not_repeated(
    client: SmsClient, shop: Shop, fault: dict[str, Any], kept: int
) -> None:
    before = tries(shop)
    shop.order(**fault)
    assert isinstance(await client.send(CUSTOMER, TEXT, "row-1"), Unclear)
    assert tries(shop) == before + 1
    assert len(shop.messages()) == kept


async def test_a_server_that_is_too_slow_is_unclear(shop: Shop) -> None:
    shop.order("delay", delay_s=600)
    async with SmsClient(shop.account(), timeout_s=0.2) as client:
        assert isinstance(await client.send(CUSTOMER, TEXT, "row-1"), Unclear)


async def test_a_server_that_is_not_there_was_sent_nothing(shop: Shop) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening
        port = nobody.getsockname()[1]
        async with SmsClient(shop.account(base_url=f"http://127.0.0.1:{port}")) as client:
            with pytest.raises(SmsUnavailable):
                await client.send(CUSTOMER, TEXT, "row-1")


# --- looking before a repeat ----------------------------------------------------------------------


async def test_what_was_taken_before_the_connection_broke_is_found(
    client: SmsClient, shop: Shop
) -> None:
    before = datetime.now(UTC)
    assert await client.find_sent(CUSTOMER, TEXT, before) is None
    shop.order("commit_then_drop")
    assert isinstance(await client.send(CUSTOMER, TEXT, "row-1"), Unclear)
    assert await client.find_sent(CUSTOMER, TEXT, before) == shop.messages()[0]["sid"]


async def test_a_message_that_is_still_queued_and_so_has_no_date_is_found(
    client: SmsClient, shop: Shop
) -> None:
    shop.http.post("/sandbox/carrier", json={"paused": True}).raise_for_status()
    before = datetime.now(UTC)
    sent = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(sent, Sent)
    listed = shop.get(f"{shop.path}.json", **{"To": CUSTOMER, "DateSent>": "2026-01-01"})
    assert listed.json()["messages"] == []
    assert await client.find_sent(CUSTOMER, TEXT, before) == sent.sid


async def test_another_text_number_or_time_is_not_it(client: SmsClient) -> None:
    await client.send(CUSTOMER, TEXT, "row-1")
    assert await client.find_sent(CUSTOMER, f"{TEXT}!", LONG_AGO) is None
    assert await client.find_sent(OTHER_CUSTOMER, TEXT, LONG_AGO) is None
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await client.find_sent(CUSTOMER, TEXT, later) is None


async def test_of_two_the_first_is_ours_unless_it_is_known_to_be_anothers(
    client: SmsClient,
) -> None:
    first, second = [await client.send(CUSTOMER, TEXT, row) for row in ("row-1", "row-2")]
    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    both = {first.sid, second.sid}
    # Both bear the same second, so which counts as the first is not told; that it stays so is.
    found = await client.find_sent(CUSTOMER, TEXT, LONG_AGO)
    assert found in both
    other = await client.find_sent(CUSTOMER, TEXT, LONG_AGO, excluding=[str(found)])
    assert {found, other} == both
    assert await client.find_sent(CUSTOMER, TEXT, LONG_AGO, excluding=both) is None


async def test_it_is_found_on_a_later_page(client: SmsClient, shop: Shop) -> None:
    sent = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(sent, Sent)
    for _ in range(100):
        shop.post(Body="etwas anderes").raise_for_status()
    assert await client.find_sent(CUSTOMER, TEXT, LONG_AGO) == sent.sid


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "drop"},
        {"fault": "malformed"},
        {"fault": "status", "status": 500},
        {"fault": "status", "status": 429},
    ],
)
async def test_a_look_up_that_fails_is_no_answer(
    client: SmsClient, shop: Shop, fault: dict[str, Any]
) -> None:
    await client.send(CUSTOMER, TEXT, "row-1")
    shop.order(**fault, operation="list_sms")
    with pytest.raises(SmsUnavailable):
        await client.find_sent(CUSTOMER, TEXT, LONG_AGO)
    assert await client.find_sent(CUSTOMER, TEXT, LONG_AGO) is not None


async def test_a_look_up_with_a_wrong_key_is_refused_for_good(shop: Shop) -> None:
    async with SmsClient(shop.account(secret="wrong")) as client:
        with pytest.raises(SmsLookupRejected) as refusal:
            await client.find_sent(CUSTOMER, TEXT, LONG_AGO)
    assert refusal.value.rejected.reason_class == "configuration"


async def test_what_became_of_a_message_can_be_asked(client: SmsClient, shop: Shop) -> None:
    shop.http.post("/sandbox/carrier", json={"paused": True}).raise_for_status()
    sent = await client.send(CUSTOMER, TEXT, "row-1")
    assert isinstance(sent, Sent)
    assert await client.delivery(sent.sid) == Delivery(sid=sent.sid, status="queued")
    assert await client.delivery("SM/../unknown") is None


# --- nothing personal in logs ---------------------------------------------------------------------


async def test_numbers_stay_out_of_logs(
    client: SmsClient, caplog: pytest.LogCaptureFixture
) -> None:
    # By name: where logs are configured as in a process of ours, httpx tells nothing.
    with caplog.at_level(logging.INFO, logger="httpx"):
        await client.send(CUSTOMER, TEXT, "row-1")
        await client.find_sent(CUSTOMER, TEXT, LONG_AGO)
    assert "Messages.json" in caplog.text
    assert "To=+49…25" in caplog.text
    assert CUSTOMER.lstrip("+") not in caplog.text
    assert "Termin" not in caplog.text

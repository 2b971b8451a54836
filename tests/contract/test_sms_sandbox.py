"""The stand-in by plain HTTP: Twilio's shapes, what it posts, what it keeps, what it shows."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from integrations.sms import read_inbound, read_report
from integrations.sms.signature import Verified, verify
from sandbox.phone.running import Running, running
from tests.builders.phone import (
    CUSTOMER,
    LANDLINE,
    OTHER_CUSTOMER,
    Json,
    Posted,
    Receiver,
    Shop,
    receiving,
)

FIELDS = {
    *("account_sid", "api_version", "body", "date_created", "date_sent", "date_updated"),
    *("direction", "error_code", "error_message", "from", "messaging_service_sid", "num_media"),
    *("num_segments", "price", "price_unit", "sid", "status", "subresource_uris", "to", "uri"),
}


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


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.status = 204
    return listening


def is_signed(shop: Shop, receiver: Receiver, posted: Posted) -> bool:
    url = f"{receiver.url}{posted.path}"
    return isinstance(verify(url, posted.body, [shop.auth_token], posted.signature), Verified)


# --- the Messages resource ------------------------------------------------------------------------


def test_a_created_message_has_twilios_shape(shop: Shop) -> None:
    answer = shop.post(Body="Grüße 😀")
    assert answer.status_code == 201
    message: Json = answer.json()
    assert set(message) == FIELDS
    assert re.fullmatch(r"SM[0-9a-f]{32}", message["sid"])
    assert (message["status"], message["direction"]) == ("queued", "outbound-api")
    assert (message["num_segments"], message["date_sent"]) == ("1", None)
    assert parsedate_to_datetime(message["date_created"]).utcoffset() is not None
    assert message["uri"] == f"{shop.path}/{message['sid']}.json"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"From": "+4915750000000"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1_601}, 21617),
        ({"To": "Anna"}, 21211),
        ({"To": "+49176"}, 21211),
        ({"To": LANDLINE}, 21614),
        ({"To": "+12015550123"}, 21408),
    ],
)
def test_refusals_have_twilios_shape_and_keep_nothing(
    shop: Shop, form: dict[str, str], code: int
) -> None:
    answer = shop.post(**form)
    assert answer.status_code == 400
    problem: Json = answer.json()
    assert problem["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert (problem["code"], problem["status"]) == (code, 400)
    assert shop.messages() == []


def test_numbers_of_our_neighbours_can_be_written_to(shop: Shop) -> None:
    for number in (CUSTOMER, "+436601234567", "+41791234567"):
        assert shop.post(To=number).status_code == 201


@pytest.mark.parametrize("auth", [None, ("AC1", "x"), ("", ""), ("SK1", "x")])
def test_without_its_key_an_account_is_closed(shop: Shop, auth: tuple[str, str] | None) -> None:
    with httpx.Client(base_url=shop.http.base_url, auth=auth) as stranger:
        for path in (f"{shop.path}.json", f"{shop.path}/SM1.json"):
            answer = stranger.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, 20003)
        form = {"From": shop.number, "To": CUSTOMER, "Body": "x"}
        assert stranger.post(f"{shop.path}.json", data=form).status_code == 401


def test_an_account_sees_its_own_messages_only(shop: Shop, control: httpx.Client) -> None:
    sid = shop.post().json()["sid"]
    other = Shop(control)
    assert other.get(f"{other.path}.json").json()["messages"] == []
    assert other.get(f"{other.path}/{sid}.json").json()["code"] == 20404
    assert other.get(f"{shop.path}/{sid}.json").status_code == 401
    assert shop.get(f"{shop.path}/{sid}.json").json()["sid"] == sid


def test_the_list_is_newest_first_and_is_filtered(shop: Shop, receiver: Receiver) -> None:
    callback = {"StatusCallback": receiver.url}
    first = shop.post(Body="eins", **callback).json()["sid"]
    second = shop.post(Body="zwei", To=OTHER_CUSTOMER, **callback).json()["sid"]
    final = [posted for posted in (receiver.next() for _ in range(6)) if _is_final(posted)]
    assert {posted.form["MessageSid"] for posted in final} == {first, second}

    def sids(**query: str) -> list[str]:
        return [each["sid"] for each in shop.get(f"{shop.path}.json", **query).json()["messages"]]

    assert sids() == [second, first]
    assert sids(To=CUSTOMER) == [first]
    assert sids(From=shop.number) == [second, first]
    assert sids(From=CUSTOMER) == []
    sent_on = parsedate_to_datetime(shop.get(f"{shop.path}/{first}.json").json()["date_sent"])
    assert first in sids(DateSent=f"{sent_on:%Y-%m-%d}")
    assert sids(**{"To": CUSTOMER, "DateSent>": f"{sent_on:%Y-%m-%d}"}) == [first]
    assert sids(**{"DateSent>": "2999-01-01"}) == []
    assert sids(**{"DateSent>": "2020-01-01T00:00:00Z"}) == [second, first]
    assert sids(**{"DateSent<": "2020-01-01"}) == []


def _is_final(posted: Posted) -> bool:
    return posted.form["MessageStatus"] == "delivered"


def test_the_list_comes_in_pages(shop: Shop) -> None:
    sids = [shop.post(Body=str(number)).json()["sid"] for number in range(5)][::-1]
    uri: str | None = f"{shop.path}.json?PageSize=2&To={CUSTOMER.replace('+', '%2B')}"
    pages: list[list[str]] = []
    while uri is not None:
        page = shop.get(uri).json()
        pages.append([each["sid"] for each in page["messages"]])
        uri = page["next_page_uri"]
    assert pages == [sids[:2], sids[2:4], sids[4:]]


# --- what it posts --------------------------------------------------------------------------------


def test_a_message_goes_its_way_and_each_step_is_told_signed(
    shop: Shop, receiver: Receiver
) -> None:
    sid = shop.post(StatusCallback=f"{receiver.url}/status?reference=r%2F1").json()["sid"]
    posted = [receiver.next() for _ in range(3)]
    reports = [read_report(each.form) for each in posted]
    assert [report.status for report in reports if report] == ["queued", "sent", "delivered"]
    assert {report.message_sid for report in reports if report} == {sid}
    assert {each.path for each in posted} == {"/status?reference=r%2F1"}
    assert all(is_signed(shop, receiver, each) for each in posted)
    assert shop.get(f"{shop.path}/{sid}.json").json()["status"] == "delivered"


def test_the_signature_is_of_the_accounts_own_token(
    shop: Shop, control: httpx.Client, receiver: Receiver
) -> None:
    shop.post(StatusCallback=receiver.url)
    other = Shop(control)
    posted = [receiver.next() for _ in range(3)]
    assert not any(is_signed(other, receiver, each) for each in posted)


@pytest.mark.parametrize(
    ("carrier", "status", "code"),
    [
        ({"outcome": "undelivered"}, "undelivered", 30003),
        ({"outcome": "failed", "error_code": 30006}, "failed", 30006),
    ],
)
def test_a_network_may_fail(
    shop: Shop, receiver: Receiver, carrier: Json, status: str, code: int
) -> None:
    shop.http.post("/sandbox/carrier", json=carrier).raise_for_status()
    shop.post(StatusCallback=receiver.url)
    *_, last = [read_report(receiver.next().form) for _ in range(3)]
    assert last is not None
    assert (last.status, last.error_code, last.is_failed) == (status, code, True)


def test_a_paused_network_keeps_messages_queued(shop: Shop, receiver: Receiver) -> None:
    shop.http.post("/sandbox/carrier", json={"paused": True}).raise_for_status()
    shop.post(StatusCallback=receiver.url)
    assert receiver.next().form["MessageStatus"] == "queued"
    assert [each["status"] for each in shop.messages()] == ["queued"]
    shop.http.post("/sandbox/carrier", json={}).raise_for_status()
    assert [receiver.next().form["MessageStatus"] for _ in range(2)] == ["sent", "delivered"]


def test_a_receiver_that_fails_is_told_once_and_holds_nothing_up(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.status = 500
    shop.post(StatusCallback=f"{receiver.url}/{shop.account_sid}")
    told = [receiver.next().form["MessageStatus"] for _ in range(3)]
    assert told == ["queued", "sent", "delivered"]
    receiver.status = 204
    shop.post(Body="noch eine", StatusCallback=f"{receiver.url}/{shop.account_sid}")
    assert receiver.next().form["MessageStatus"] == "queued"
    posted = shop.http.get("/sandbox/deliveries").json()["deliveries"]
    ours = [each["status"] for each in posted if shop.account_sid in each["url"]]
    assert ours[:3] == [500, 500, 500]
    [receiver.next() for _ in range(2)]


# --- what customers write -------------------------------------------------------------------------


def write(shop: Shop, body: str) -> Json:
    order = {"from": CUSTOMER, "to": shop.number, "body": body}
    answer = shop.http.post("/sandbox/sms/inbound", json=order)
    assert answer.status_code == 201, answer.text
    written: Json = answer.json()
    return written


def test_what_a_customer_writes_reaches_the_company_signed(shop: Shop, receiver: Receiver) -> None:
    shop.set_up(inbound_url=f"{receiver.url}/inbound")
    written = write(shop, "Komme 10 Minuten später, Grüße 😀")
    posted = receiver.next()
    assert written["webhook_status"] == 204
    assert is_signed(shop, receiver, posted)
    read = read_inbound(posted.form)
    assert read is not None
    assert (read.from_number, read.to_number) == (CUSTOMER, shop.number)
    assert (read.body, read.opt_out_type) == ("Komme 10 Minuten später, Grüße 😀", None)
    assert read.message_sid == written["message"]["sid"]


@pytest.mark.parametrize("word", ["STOP", "cancel", " End "])
def test_english_words_block_the_number_and_start_opens_it(shop: Shop, word: str) -> None:
    write(shop, word)
    assert shop.post().json()["code"] == 21610
    write(shop, "START")
    assert shop.post().status_code == 201


def test_german_words_and_the_decision_need_advanced_opt_out(
    shop: Shop, receiver: Receiver
) -> None:
    shop.set_up(inbound_url=receiver.url)
    write(shop, "STOPP")
    assert "OptOutType" not in receiver.next().form
    assert shop.post().status_code == 201
    shop.set_up(inbound_url=receiver.url, advanced_opt_out=True)
    write(shop, "Stopp")
    assert receiver.next().form["OptOutType"] == "STOP"
    assert shop.post().json()["code"] == 21610


def test_a_number_that_nobody_has_takes_no_message(control: httpx.Client) -> None:
    order = {"from": CUSTOMER, "to": "+4915759999999", "body": "?"}
    assert control.post("/sandbox/sms/inbound", json=order).status_code == 404


def test_a_number_belongs_to_one_account(shop: Shop, control: httpx.Client) -> None:
    other = Shop(control)
    setup = {"account_sid": other.account_sid, "auth_token": "x", "numbers": [shop.number]}
    assert control.post("/sandbox/accounts", json=setup).status_code == 409


# --- faults, page, disk ---------------------------------------------------------------------------


def test_faults_are_listed_hit_whom_they_are_for_and_are_cleared(shop: Shop) -> None:
    shop.order("status", status=503, times=2, to=OTHER_CUSTOMER)
    assert shop.post().status_code == 201
    refused = shop.post(To=OTHER_CUSTOMER)
    assert (refused.status_code, refused.json()["code"]) == (503, 20503)
    [listed] = shop.http.get("/sandbox/faults").json()["faults"]
    assert (listed["hits"], listed["times"]) == (1, 1)
    assert shop.http.delete("/sandbox/faults").json() == {"cleared": 1}
    assert shop.post(To=OTHER_CUSTOMER).status_code == 201


def test_a_cut_connection_is_cut_before_or_after_the_message_is_kept(shop: Shop) -> None:
    for fault, kept in (("drop", 0), ("commit_then_drop", 1)):
        shop.order(fault)
        with pytest.raises(httpx.TransportError):
            shop.post()
        assert len(shop.messages()) == kept
    seen = shop.http.get("/sandbox/requests").json()["requests"][-2:]
    assert [(each["status"], each["fault"]) for each in seen] == [
        (0, "drop"),
        (0, "commit_then_drop"),
    ]


def test_half_of_an_answer_is_no_json(shop: Shop) -> None:
    shop.order("malformed")
    answer = shop.post()
    assert answer.status_code == 201
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_an_unknown_fault_is_refused(control: httpx.Client) -> None:
    for order in ({"operation": "fly", "fault": "drop"}, {"operation": "send_sms"}):
        assert control.post("/sandbox/faults", json=order).status_code == 422


def test_the_control_shows_messages_newest_first_by_number(shop: Shop) -> None:
    for body, to in (("eins", CUSTOMER), ("zwei", OTHER_CUSTOMER), ("drei", CUSTOMER)):
        shop.post(Body=body, To=to)
    kept = shop.http.get("/sandbox/sms", params={"to": CUSTOMER}).json()["messages"]
    ours = [each["body"] for each in kept if each["account_sid"] == shop.account_sid]
    assert ours == ["drei", "eins"]


def test_the_page_shows_a_phone_newest_first_and_escapes_what_it_shows(shop: Shop) -> None:
    shop.post(Body="erste Nachricht")
    shop.post(Body="<script>alert(1)</script> & Grüße")
    write(shop, "<b>STOP</b>")
    answer = shop.http.get("/", params={"to": CUSTOMER})
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = answer.text
    assert "<script" not in page
    assert "<b>STOP" not in page
    places = [
        page.index(text)
        for text in (
            "&lt;b&gt;STOP&lt;/b&gt;",
            "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Grüße",
            "erste Nachricht",
        )
    ]
    assert places == sorted(places)
    assert f"Salon Muster ({shop.number})" in page


def test_the_page_of_another_phone_does_not_show_it(shop: Shop) -> None:
    shop.post(Body=f"nur für {shop.account_sid}")
    assert shop.account_sid in shop.http.get("/").text
    assert shop.account_sid not in shop.http.get("/", params={"to": OTHER_CUSTOMER}).text


def test_a_restart_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    with running(data_dir=tmp_path) as first, httpx.Client(base_url=first.url) as http:
        shop = Shop(http)
        http.post("/sandbox/carrier", json={"paused": True}).raise_for_status()
        shop.post(Body="Grüße\nzweite Zeile", StatusCallback=receiver.url)
        assert receiver.next().form["MessageStatus"] == "queued"
        order = {"from": OTHER_CUSTOMER, "to": shop.number, "body": "STOP"}
        http.post("/sandbox/sms/inbound", json=order).raise_for_status()
        http.post("/sandbox/calls/call_1", json={"status": "ended"}).raise_for_status()
        before = [each["sid"] for each in shop.messages()]
    with running(data_dir=tmp_path) as second, httpx.Client(base_url=second.url) as http:
        shop.http = http
        told = {receiver.next().form["MessageStatus"]}  # what was queued goes on its way
        while "delivered" not in told:
            told.add(receiver.next().form["MessageStatus"])
        assert [each["sid"] for each in shop.messages()] == before
        assert shop.post(To=OTHER_CUSTOMER).json()["code"] == 21610
        call = http.get("/v2/get-call/call_1", headers={"Authorization": "Bearer key_1"})
        assert call.json()["call_status"] == "ended"
    log = (tmp_path / "sms.log").read_text(encoding="utf-8")
    assert f"outbound-api {shop.number} -> {CUSTOMER}\n    Grüße\n    zweite Zeile\n" in log
    assert log.count("outbound-api") == 1
    assert f"inbound {OTHER_CUSTOMER} -> {shop.number}\n    STOP\n" in log


def test_a_reset_forgets_everything(tmp_path: Path) -> None:
    for _ in range(2):
        with running(data_dir=tmp_path) as server, httpx.Client(base_url=server.url) as http:
            assert http.get("/sandbox/health").json() == {"status": "ok", "accounts": []}
            assert http.get("/sandbox/sms").json() == {"messages": []}
            shop = Shop(http)
            assert shop.post().status_code == 201
            http.post("/sandbox/reset").raise_for_status()
            assert shop.post().status_code == 401

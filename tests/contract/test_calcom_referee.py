"""The referee itself: it sees what is wrong, and it sees everything."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.calcom.exchange import Exchange
from sandbox.calcom.referee import DEVIATIONS, Overseer, Referee
from tests.builders.calcom import BOOKINGS, TUESDAY, Desk
from tests.builders.referee import OPENAPI, rules

pytestmark = pytest.mark.skipif(not OPENAPI.exists(), reason="the document is not at hand")
NINE = f"{TUESDAY}T09:00:00Z"


def offences(exchange: Exchange) -> list[str]:
    known = rules()
    assert known is not None
    return known.offences(exchange)


def _exchange(sent: httpx.Response, body: Any, **changes: Any) -> Exchange:
    asked = sent.request
    scope = {
        "method": asked.method,
        "path": asked.url.path,
        "query_string": asked.url.query,
        "headers": [],
    }
    made = Exchange(scope, asked.read(), "create_booking", "r", status=sent.status_code)
    return dataclasses.replace(made, answer=json.dumps(body).encode(), **changes)


def test_a_right_answer_is_no_offence(desk: Desk) -> None:
    answer = desk.book(NINE)
    assert offences(_exchange(answer, answer.json())) == []


@pytest.mark.parametrize("name", ["uid", "hosts", "attendees", "start"])
def test_an_answer_without_a_property_is_one(desk: Desk, name: str) -> None:
    answer = desk.book(NINE)
    body = answer.json()
    del body["data"][name]
    assert len(offences(_exchange(answer, body))) == 1


def test_an_answer_of_an_undocumented_status_is_one(desk: Desk) -> None:
    answer = desk.book(NINE)
    found = offences(_exchange(answer, answer.json(), status=204))
    assert found == ["POST /v2/bookings -> 204: the document has no such answer"]


def test_a_request_that_should_have_been_refused_is_one(desk: Desk) -> None:
    answer = desk.book(NINE)
    exchange = _exchange(answer, answer.json())
    exchange.body = b'{"start": 5}'
    assert ["request" in one for one in offences(exchange)] == [True]


def test_a_crash_of_the_sandbox_is_one(referee: Referee, desk: Desk) -> None:
    answer = desk.book(NINE)
    referee(_exchange(answer, answer.json(), crash="Traceback"))
    assert referee.take() == ["the sandbox crashed: Traceback"]


def test_each_exchange_is_seen_whoever_asks(referee: Referee, desk: Desk) -> None:
    before = referee.checked
    with httpx.Client(base_url=desk.url, headers=BOOKINGS | desk.auth) as another:
        another.get("/v2/bookings")
        another.get("/v2/me")
    assert referee.checked == before + 2


def test_what_is_excused_has_a_reason(referee: Referee, desk: Desk) -> None:
    reasons = [reason for _, reason in DEVIATIONS]
    before = dict(referee.excused)
    desk.get("/v2/bookings", {})
    desk.get("/v2/nowhere", {})
    new = {why for why, count in referee.excused.items() if count > before.get(why, 0)}
    assert new <= set(reasons)
    assert len(new) == 2


def test_an_overseer_looks_once_at_each_form_and_keeps_what_it_found(
    desk: Desk, tmp_path: Path
) -> None:
    known = rules()
    assert known is not None
    kept = tmp_path / "violations"
    overseer = Overseer(known, kept)
    first, second = desk.book(NINE), desk.book(NINE.replace("T09", "T11"))
    for answer in (first, second):
        overseer(_exchange(answer, answer.json()))
    told = overseer.told()
    assert (told["seen"], told["checked"], told["violations"]) == (2, 1, [])
    body = second.json()
    del body["data"]["uid"]
    overseer(_exchange(second, body))
    told = overseer.told()
    assert (told["checked"], len(told["violations"])) == (2, 1)
    assert told["violations"][0].startswith("POST /v2/bookings -> 201: $.data")
    assert Overseer(known, kept).told()["violations"] == told["violations"]


def test_another_word_is_another_form(desk: Desk) -> None:
    known = rules()
    assert known is not None
    overseer = Overseer(known)
    answer = desk.book(NINE)
    overseer(_exchange(answer, answer.json()))
    body = answer.json()
    body["data"]["status"] = "perhaps"
    overseer(_exchange(answer, body))
    assert ["perhaps" in one for one in overseer.told()["violations"]] == [True]

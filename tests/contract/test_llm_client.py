"""The client against a real server: what is sent, and that nothing unbelievable comes through."""

import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from domain.intent import Catalogue, Utterance
from domain.intent.model import Branch, ServiceItem, StaffMember
from domain.understanding import Conversation
from integrations.llm import (
    Answer,
    LlmClient,
    NotUnderstood,
    OverBudget,
    Read,
    Unavailable,
    estimated_tokens,
)
from sandbox.llm import Fault, Running, running_llm

KEY = "key-for-tests"
CATALOGUE = Catalogue(
    branches=(Branch(id="id-mitte", name="Mitte"), Branch(id="id-nord", name="Nord")),
    services=(
        ServiceItem(id="id-schnitt", name="Schnitt"),
        ServiceItem(id="id-farbe", name="Farbe", branch_ids=("id-mitte",)),
    ),
    staff=(StaffMember(id="id-anna", name="Anna Beispiel", display_name="Anna"),),
)
ABOUT = Conversation(
    turns=(
        Utterance(role="agent", text="Salon Muster, guten Tag."),
        Utterance(role="user", text="Grüß Gott, Vogel hier, ich bräucht was für die Haare."),
        Utterance(role="agent", text="Schnitt am Dienstag um zehn?"),
        Utterance(role="user", text="Jo, des basst."),
    ),
    catalogue=CATALOGUE,
    started_at=datetime(2026, 11, 21, 9, 7, tzinfo=UTC),  # a Saturday, 10:07 in Berlin
    zone="Europe/Berlin",
)
WISH: dict[str, Any] = {
    "action": "book",
    "start_local": "2026-11-24T10:00",
    "service": "S1",
    "branch": "B1",
    "staff": "P1",
    "customer_name": "Vogel",
    "confirmed_by_caller": True,
    "confirmed_in_turn": 3,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running_llm(api_key=KEY) as started:
        yield started


@pytest.fixture
def model(server: Running) -> Running:
    server.script.fault, server.script.content = "none", None
    server.script.says(**WISH)
    server.script.requests.clear()
    server.script.released.clear()
    return server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def ask(
    model: Running, http: httpx.AsyncClient, *, key: str | None = KEY, timeout_s: float = 8
) -> Answer:
    return await LlmClient(model.base_url, key, "some-model", http, timeout_s).read(ABOUT)


async def test_a_believable_answer_comes_back_in_our_ids(
    model: Running, http: httpx.AsyncClient
) -> None:
    answer = await ask(model, http)
    assert isinstance(answer, Read)
    assert answer.tokens == model.script.tokens
    reading = answer.reading
    assert (reading.action, reading.start_local) == ("book", datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001 - wall time
    assert (reading.service_id, reading.branch_id) == ("id-schnitt", "id-mitte")
    assert (reading.staff_id, reading.customer_name) == ("id-anna", "Vogel")
    assert (reading.confirmed_by_caller, reading.confirmed_in_turn) == (True, 3)


async def test_the_question_is_the_transcript_and_the_offer_and_nothing_else(
    model: Running, http: httpx.AsyncClient
) -> None:
    await ask(model, http)
    sent = model.script.requests[0]
    assert sent["model"] == "some-model"
    assert (sent["temperature"], sent["max_tokens"]) == (0, 300)
    schema = sent["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert set(schema["schema"]["required"]) == set(schema["schema"]["properties"])
    assert schema["schema"]["properties"]["service"]["enum"] == ["S1", "S2", None]
    text = json.dumps(sent, ensure_ascii=False)
    assert "[3] caller: Jo, des basst." in text
    assert "Saturday 2026-11-21 10:07 in Europe/Berlin" in text
    assert "id-" not in text


async def test_things_may_be_named_as_they_were_listed(
    model: Running, http: httpx.AsyncClient
) -> None:
    model.script.says(**WISH | {"service": "schnitt", "branch": "Mitte"})
    answer = await ask(model, http)
    assert isinstance(answer, Read)
    assert answer.reading.service_id == "id-schnitt"


async def test_an_endpoint_without_schemas_is_asked_in_words(
    model: Running, http: httpx.AsyncClient
) -> None:
    model.script.fault = "refuses_json_schema"
    model.script.content = f"```json\n{json.dumps(model.script.answer)}\n```"
    assert isinstance(await ask(model, http), Read)
    assert ["response_format" in sent for sent in model.script.requests] == [True, False]


async def test_a_tenant_may_spare_the_first_refusal(
    model: Running, http: httpx.AsyncClient
) -> None:
    client = LlmClient(model.base_url, KEY, "m", http, 8, answer_format="text")
    assert isinstance(await client.read(ABOUT), Read)
    assert ["response_format" in sent for sent in model.script.requests] == [False]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"service": "S9"}, "unknown_service"),
        ({"service": "Dauerwelle"}, "unknown_service"),
        ({"branch": "B7"}, "unknown_branch"),
        ({"branch": "Süd"}, "unknown_branch"),
        ({"staff": "P4"}, "unknown_staff"),
        ({"service": "S2", "branch": "B2"}, "service_not_at_branch"),
        ({"start_local": "2026-11-17T10:00"}, "start_in_the_past"),
        ({"start_local": "2026-11-21T10:07"}, "start_in_the_past"),
        ({"start_local": "2027-03-28T02:30"}, "start_does_not_exist"),
        ({"start_local": "2026-11-24T10:00:00Z"}, "start_not_wall_time"),
        ({"start_local": "Dienstag um zehn"}, "start_not_wall_time"),
        ({"start_local": "2026-02-30T10:00"}, "start_not_wall_time"),
        ({"confirmed_in_turn": None}, "confirmation_without_words"),
        ({"confirmed_in_turn": 2}, "confirmation_without_words"),
        ({"confirmed_in_turn": 4}, "confirmation_without_words"),
        ({"confirmed_in_turn": -1}, "confirmation_without_words"),
        ({"confirmed_by_caller": False}, "confirmation_contradicts_itself"),
        ({"customer_name": "Vogel 7; DROP"}, "no_name"),
        ({"customer_name": "V" * 81}, "no_name"),
        ({"action": "buy"}, "other_shape"),
        ({"confirmed_by_caller": "yes"}, "other_shape"),
        ({"confirmed_in_turn": "3"}, "other_shape"),
        ({"price": 12}, "other_shape"),
        ({"start_local": 1764000000}, "other_shape"),
    ],
)
async def test_what_cannot_be_true_does_not_come_through(
    model: Running, http: httpx.AsyncClient, changes: dict[str, Any], why: str
) -> None:
    model.script.says(**WISH | changes)
    answer = await ask(model, http)
    assert answer == NotUnderstood(why=(why,), tokens=model.script.tokens)


async def test_a_missing_key_is_another_shape(model: Running, http: httpx.AsyncClient) -> None:
    del model.script.answer["staff"]
    assert (await ask(model, http)) == NotUnderstood(
        why=("other_shape",), tokens=model.script.tokens
    )


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("truncated", NotUnderstood(why=("cut_short",), tokens=1_234)),
        ("refused", NotUnderstood(why=("refused",), tokens=1_234)),
        ("no_json", NotUnderstood(why=("not_json",), tokens=1_234)),
        ("no_choice", NotUnderstood(why=("no_choice",), tokens=1_234)),
        ("no_completion", NotUnderstood(why=("no_completion",), tokens=None)),
        ("endless", NotUnderstood(why=("too_long",), tokens=None)),
        (
            "broken_down",
            Unavailable(why="http_500", retryable=True, tokens=None, status=500),
        ),
        ("limited", Unavailable(why="limited", retryable=True, tokens=0, status=429)),
        ("no_such_model", Unavailable(why="http_404", retryable=False, tokens=0, status=404)),
        ("redirected", Unavailable(why="http_307", retryable=False, tokens=0, status=307)),
        ("out_of_quota", OverBudget()),
        ("unpaid", OverBudget()),
    ],
)
async def test_each_failure_has_its_outcome(
    model: Running, http: httpx.AsyncClient, fault: Fault, expected: Answer
) -> None:
    model.script.fault = fault
    assert await ask(model, http) == expected


async def test_a_wrong_key_is_not_tried_again(model: Running, http: httpx.AsyncClient) -> None:
    answer = await ask(model, http, key="another")
    assert answer == Unavailable(why="http_401", retryable=False, tokens=0, status=401)
    assert len(model.script.requests) == 1


async def test_a_slow_model_is_given_up(model: Running, http: httpx.AsyncClient) -> None:
    model.script.fault = "slow"
    answer = await ask(model, http, timeout_s=0.3)
    model.script.released.set()
    assert answer == Unavailable(why="too_slow", retryable=True, tokens=None)


async def test_nobody_there_costs_nothing(http: httpx.AsyncClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        answer = await LlmClient(url, KEY, "m", http, 5).read(ABOUT)
    assert answer == Unavailable(why="unreachable", retryable=True, tokens=0)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "nowhere", "http://127.0.0.1:port"])
async def test_an_address_that_is_none_is_not_tried_again(
    http: httpx.AsyncClient, url: str
) -> None:
    answer = await LlmClient(url, KEY, "m", http, 5).read(ABOUT)
    assert answer == Unavailable(why="bad_address", retryable=False, tokens=0)


async def test_without_usage_nobody_knows_the_tokens(
    model: Running, http: httpx.AsyncClient
) -> None:
    model.script.fault = "without_usage"
    answer = await ask(model, http)
    assert isinstance(answer, Read)
    assert answer.tokens is None


async def test_no_word_of_the_call_is_logged_or_shown(
    model: Running, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await ask(model, http)
    model.script.content = "Vogel wants a haircut"
    wrong = await ask(model, http)
    shown = caplog.text + repr(answer) + repr(wrong)
    assert "Vogel" not in shown
    assert KEY not in shown


def test_a_question_is_estimated_above_what_it_takes() -> None:
    words = sum(len(turn.text) for turn in ABOUT.turns)
    assert words / 3 + 300 < estimated_tokens(ABOUT) < 3_000

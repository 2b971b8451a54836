"""The demo's caller speaks Retell's protocol: shapes, ids, signatures and repeats."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from typing import Any

import httpx
import pytest
from typing_extensions import override

from integrations.retell.schemas import CallEvent, parse_event
from integrations.retell.signature import SIGNATURE_HEADER, Verified, verify
from sandbox.caller import wire
from sandbox.caller.calls import PhoneCall, new_call_id, phone_call
from sandbox.caller.plans import Plan, make_plans
from sandbox.caller.wire import RetellWire, UndeliveredError, signature

NOW = datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
KEY = "key_of_the_demo_tests"
ANSWER = {"dynamic_variables": {"branch_name": "Mitte"}, "metadata": {"branch_id": "b-1"}}


def rung(plan: Plan, answer: dict[str, Any] | None = None) -> PhoneCall:
    call_id = new_call_id(Random(plan.scenario.key))
    return phone_call(call_id, plan.line, plan.script, started_at=plan.started_at, answer=answer)


@pytest.fixture(params=make_plans(NOW), ids=lambda plan: plan.scenario.key)
def plan(request: pytest.FixtureRequest) -> Plan:
    assert isinstance(request.param, Plan)
    return request.param


def test_ids_are_shaped_like_retells() -> None:
    random = Random(7)
    ids = {new_call_id(random) for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"call_[0-9a-f]{27}", call_id) for call_id in ids)


def test_every_event_is_read_by_our_own_schemas(plan: Plan) -> None:
    call = rung(plan)
    for name in ("call_started", "call_ended", "call_analyzed"):
        event = parse_event(json.loads(json.dumps(call.events[name])))
        assert isinstance(event, CallEvent)
        assert event.call_id == call.call_id
        assert event.our_number == plan.line.dialled


def test_the_call_object_grows_from_event_to_event(plan: Plan) -> None:
    events = rung(plan, ANSWER).events
    started, ended, analyzed = (
        events[name]["call"] for name in ("call_started", "call_ended", "call_analyzed")
    )
    assert set(started) < set(ended) < set(analyzed)
    assert "transcript" not in started
    assert set(analyzed) - set(ended) == {"call_analysis"}
    assert ended["end_timestamp"] - ended["start_timestamp"] == ended["duration_ms"]
    assert all(call["metadata"] == {"branch_id": "b-1"} for call in (started, ended, analyzed))
    assert ended["retell_llm_dynamic_variables"]["branch_name"] == "Mitte"


def test_the_call_has_ended_when_its_end_is_told(plan: Plan) -> None:
    ended = rung(plan).events["call_ended"]["call"]
    assert ended["end_timestamp"] < NOW.timestamp() * 1000


def test_words_make_up_what_was_said_and_never_go_back_in_time(plan: Plan) -> None:
    ended = rung(plan).events["call_ended"]["call"]
    clock = 0.0
    for turn in ended["transcript_object"]:
        assert "".join(word["word"] for word in turn["words"]) == turn["content"]
        for word in turn["words"]:
            assert clock <= word["start"] <= word["end"]
            clock = word["end"]
    spoken = [line.split(": ", 1)[1] for line in ended["transcript"].splitlines()]
    assert spoken == [turn["content"].strip() for turn in ended["transcript_object"]]


def test_silence_has_no_custom_analysis_data() -> None:
    silent = next(plan for plan in make_plans(NOW) if plan.scenario.key == "silence")
    call = rung(silent).events["call_analyzed"]["call"]
    assert "custom_analysis_data" not in call["call_analysis"]
    assert call["disconnection_reason"] == "inactivity"


def test_the_contracts_reader_vector_is_met() -> None:
    assert signature(b'{"a":1}', "k", at_ms=1_700_000_000_000) == (
        "v=1700000000000,d=470b3efd3687175397d66519286f40103b285c4c54e5c504e04b993bc703d9ee"
    )


class _Receiver(HTTPServer):
    """Answers with `codes` in turn, then 204; keeps what arrived."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.codes: list[int] = []
        self.arrived: list[tuple[str, str, bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.arrived.append((self.path, self.headers[SIGNATURE_HEADER], body))
        inbound = self.path.endswith("/inbound")
        code = self.server.codes.pop(0) if self.server.codes else (200 if inbound else 204)
        self.send_response(code)
        self.end_headers()
        if inbound:
            self.wfile.write(json.dumps({"call_inbound": ANSWER}).encode())

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    server = _Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(receiver: _Receiver) -> str:
    return f"http://127.0.0.1:{receiver.server_address[1]}"


async def test_bodies_arrive_signed_byte_by_byte_with_umlauts(receiver: _Receiver) -> None:
    call = rung(make_plans(NOW)[0], ANSWER)
    async with httpx.AsyncClient() as client:
        wire = RetellWire(client, address(receiver), KEY)
        assert await wire.ask_inbound(call.events["call_inbound"]) == ANSWER
        await wire.report(call.events["call_ended"])
    paths = [path for path, _, _ in receiver.arrived]
    assert paths == ["/webhooks/retell/inbound", "/webhooks/retell"]
    for _, header, body in receiver.arrived:
        at_ms = int(header.split(",")[0].removeprefix("v="))
        assert isinstance(verify(body, [KEY], header, now_ms=at_ms), Verified)
        assert not isinstance(verify(body + b" ", [KEY], header, now_ms=at_ms), Verified)
    assert "schönen" in receiver.arrived[1][2].decode()


async def test_an_event_is_sent_again_until_it_is_taken(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "BETWEEN_TRIES_S", 0)
    receiver.codes = [503, 500]
    event = rung(make_plans(NOW)[0]).events["call_started"]
    async with httpx.AsyncClient() as client:
        answer = await RetellWire(client, address(receiver), KEY).report(event)
    assert answer.status_code == 204
    assert len(receiver.arrived) == 3
    assert len({body for _, _, body in receiver.arrived}) == 1


async def test_an_event_nobody_takes_is_given_up_after_four_tries(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "BETWEEN_TRIES_S", 0)
    receiver.codes = [500] * 9
    event = rung(make_plans(NOW)[0]).events["call_started"]
    async with httpx.AsyncClient() as client:
        with pytest.raises(UndeliveredError, match="500"):
            await RetellWire(client, address(receiver), KEY).report(event)
    assert len(receiver.arrived) == 4

"""A function of a running call: signed, stored, answered once and in time, whatever happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from temporalio.client import Client, RPCError

from api.deps import ApiRuntime
from api.functions.request import FUNCTIONS
from api.main import create_app
from contracts.calls import CallStart
from db.engine import make_engine
from db.queries.connections import upsert_connection
from db.queries.webhooks import read_events
from db.session import platform_session, tenant_session
from domain import ids
from domain.ids import call_workflow_id
from domain.speech import say
from tests.api.call_double import CallScript, scripted_calls
from tests.api.conftest import SMALL_LIMIT, away, make_settings, serving
from tests.builders.retell import call_json, dump, new_call_id, send, signed
from tests.builders.rows import Salon, make_salon

DOOR = "/api/mcp/retell/custom-function"
WORDS = [{"word": "Herrenhaarschnitt ", "start": 14.1, "end": 14.9}] * 12


def asked(call_id: str, name: str = "check_availability", **given: Any) -> dict[str, Any]:
    """As Retell sends it: the whole call so far, its words with their times and latencies."""
    turn = {"role": "user", "content": "Nächsten Freitag, gegen fünf. ", "words": WORDS}
    call = call_json(
        call_id,
        call_status="ongoing",
        end_timestamp=None,
        transcript_object=[turn] * 30,
        transcript_with_tool_calls=[turn] * 30,
        latency={"llm": {"p50": 512, "values": [512] * 40}},
        llm_token_usage={"values": [901] * 40},
        call_cost={"combined_cost": 3.1},
        metadata={"branch_id": "br_mitte"},
    )
    args = {"service": "Schnitt", "date_phrase": "nächsten Freitag", "time_phrase": "gegen fünf"}
    return {"name": name, "args": args, "call": call, **given}


async def ask(
    http: httpx.AsyncClient, body: dict[str, Any], path: str = DOOR
) -> tuple[int, dict[str, Any]]:
    answer = await send(http, dump(body), path)
    return answer.status_code, answer.json()


async def rows(owner_engine: AsyncEngine, call_id: str) -> list[Any]:
    query = text("SELECT * FROM webhook_events WHERE retell_call_id = :id ORDER BY received_at")
    async with owner_engine.connect() as connection:
        return list(await connection.execute(query, {"id": call_id}))


async def stored(engine: AsyncEngine, event_id: UUID) -> dict[str, Any]:
    async with platform_session(engine) as session:
        (event,) = await read_events(session, [event_id])
    body: dict[str, Any] = json.loads(event.body)
    return body


@pytest.fixture(scope="module")
async def script(temporal_client: Client) -> AsyncIterator[CallScript]:
    async with scripted_calls(temporal_client, CallScript()) as running:
        yield running


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test asks twice falls into the same ten seconds, whenever it runs."""
    monkeypatch.setattr(ids, "_WIRE_WINDOW_S", 10**9)


@pytest.fixture(autouse=True)
def fresh(script: CallScript) -> None:
    script.status, script.message, script.fields = "info", "Das dauert dreißig Minuten.", {}
    script.asked.clear()


async def test_a_question_is_answered_by_the_calls_workflow(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, script: CallScript
) -> None:
    call_id = new_call_id()
    script.fields = {"duration_min": 30, "status": "not taken"}
    answer = await send(http, dump(asked(call_id)), DOOR)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "info",
        "message": "Das dauert dreißig Minuten.",
        "duration_min": 30,
    }
    timing = answer.headers["Server-Timing"]
    assert [part.partition(";")[0] for part in timing.split(", ")] == [
        *("verify", "store", "engine", "total")
    ]
    (row,) = await rows(owner_engine, call_id)
    assert (row.source, row.kind, row.status) == ("retell", "function_called", "accepted")
    assert row.signalled_at is not None
    assert row.event_id.startswith("function:")
    assert (script.asked[0].event_id, script.asked[0].name) == (row.id, "check_availability")


async def test_the_call_is_started_as_by_an_event_and_its_history_holds_no_words(
    http: httpx.AsyncClient, temporal_client: Client, script: CallScript
) -> None:
    call_id = new_call_id()
    await ask(http, asked(call_id))
    handle = temporal_client.get_workflow_handle(call_workflow_id(call_id))
    assert await (await handle.describe()).static_summary() == "Call to +493023120001"
    history = [event async for event in handle.fetch_history_events()]
    started = history[0].workflow_execution_started_event_attributes
    assert (started.priority.priority_key, started.priority.fairness_key) == (3, "+493023120001")
    (start,) = await temporal_client.data_converter.decode(started.input.payloads, [CallStart])
    assert start == CallStart(retell_call_id=call_id, analysis_wait_s=7, answer_wait_s=1.2)
    everything = str(history)
    assert "17604069040" not in everything
    assert "Freitag" not in everything


async def test_what_is_stored_is_slim(
    http: httpx.AsyncClient, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    sent = asked(call_id)
    assert 18_000 < len(dump(sent)) < 60_000
    await ask(http, sent)
    (row,) = await rows(owner_engine, call_id)
    kept = await stored(engine, row.id)
    assert (kept["event"], kept["name"], kept["args"]) == (
        *("function_called", "check_availability"),
        sent["args"],
    )
    turn = {"role": "user", "content": "Nächsten Freitag, gegen fünf. "}
    same = {"call_id", "call_type", "agent_id", "agent_version", "call_status", "from_number"}
    same |= {"to_number", "direction", "start_timestamp", "metadata"}
    assert kept["call"] == {
        **{name: sent["call"][name] for name in same},
        "transcript_object": [turn] * 30,
    }


async def test_the_same_twice_within_a_moment_is_one_question_and_the_second_is_a_replay(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, script: CallScript
) -> None:
    call_id = new_call_id()
    again = asked(call_id, args={"date_phrase": " Nächsten  FREITAG ", "service": "schnitt"})
    again["args"]["time_phrase"] = "gegen fünf."
    answers = await asyncio.gather(ask(http, asked(call_id)), ask(http, again))
    assert [status for status, _ in answers] == [200, 200]
    assert sorted(told.pop("replayed", False) for _, told in answers) == [False, True]
    assert answers[0][1] == answers[1][1]
    assert len(script.asked) == 1
    assert len(await rows(owner_engine, call_id)) == 2


async def test_other_arguments_are_another_question(
    http: httpx.AsyncClient, script: CallScript
) -> None:
    call_id = new_call_id()
    await ask(http, asked(call_id))
    _, told = await ask(http, asked(call_id, args={"service": "Farbe", "date_phrase": "morgen"}))
    assert "replayed" not in told
    assert len({question.digest for question in script.asked}) == 2


async def test_the_same_arguments_of_another_function_are_another_question(
    http: httpx.AsyncClient, script: CallScript
) -> None:
    call_id = new_call_id()
    for name in FUNCTIONS:
        status, told = await ask(http, asked(call_id, name))
        assert (status, "replayed" in told) == (200, False)
    assert [question.name for question in script.asked] == list(FUNCTIONS)


async def test_what_takes_too_long_is_pending_and_asked_again_it_is_answered(
    runtime: ApiRuntime, temporal_client: Client, script: CallScript
) -> None:
    script.status = None
    call_id = new_call_id()
    hasty = replace(runtime, settings=runtime.settings.model_copy(update={"function_answer_s": 1}))
    async with (
        serving(create_app(hasty)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        status, told = await ask(http, asked(call_id))
        assert (status, told) == (
            200,
            {"status": "pending", "message": say("one_moment", "de")},
        )
        await temporal_client.get_workflow_handle(call_workflow_id(call_id)).signal(
            "speak", "Gefunden."
        )
        status, told = await ask(http, asked(call_id))
    assert (told["status"], told["message"]) == ("found", "Gefunden.")
    assert len(script.asked) == 1


async def test_without_the_engine_a_call_back_is_offered(
    runtime: ApiRuntime, owner_engine: AsyncEngine
) -> None:
    call_id = new_call_id()
    async with (
        serving(create_app(replace(runtime, temporal=await away()))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        status, told = await ask(http, asked(call_id))
    assert (status, told) == (
        200,
        {"status": "failed", "message": say("no_calendar", "de"), "reason": "engine_away"},
    )
    assert len(await rows(owner_engine, call_id)) == 1


async def test_without_the_database_a_call_back_is_offered(runtime: ApiRuntime) -> None:
    gone = make_engine("postgresql+psycopg://x:y@127.0.0.1:9/z", application_name="test")
    async with (
        serving(create_app(replace(runtime, engine=gone))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        status, told = await ask(http, asked(new_call_id()))
    await gone.dispose()
    assert (status, told["status"], told["reason"]) == (200, "failed", "engine_away")


async def test_a_settled_call_answers_nothing_more_and_is_not_started_again(
    http: httpx.AsyncClient, temporal_client: Client, script: CallScript
) -> None:
    call_id = new_call_id()
    await ask(http, asked(call_id))
    handle = temporal_client.get_workflow_handle(call_workflow_id(call_id))
    await handle.signal("settle")
    await handle.result()
    run_id = (await handle.describe()).run_id
    _, told = await ask(http, asked(call_id, "opening_hours", args={}))
    assert told == {"status": "failed", "message": say("call_over", "de"), "reason": "call_over"}
    assert (await handle.describe()).run_id == run_id
    assert len(script.asked) == 1


async def test_an_answered_question_is_answered_again_after_the_call_was_settled(
    http: httpx.AsyncClient, temporal_client: Client, script: CallScript
) -> None:
    call_id = new_call_id()
    _, first = await ask(http, asked(call_id))
    handle = temporal_client.get_workflow_handle(call_workflow_id(call_id))
    await handle.signal("settle")
    await handle.result()
    _, again = await ask(http, asked(call_id))
    assert again == first | {"replayed": True}


async def test_a_workflow_that_cannot_answer_fails_in_words(
    http: httpx.AsyncClient, script: CallScript
) -> None:
    script.status = "breaks"
    status, told = await ask(http, asked(new_call_id()))
    assert (status, told) == (
        200,
        {"status": "failed", "message": say("failed", "de"), "reason": "our_fault"},
    )


async def test_the_caller_hears_the_language_that_the_inbound_answer_named(
    runtime: ApiRuntime,
) -> None:
    call = asked(new_call_id())["call"] | {"retell_llm_dynamic_variables": {"language": "en"}}
    async with (
        serving(create_app(replace(runtime, temporal=await away()))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        _, told = await ask(http, asked("x", call=call))
    assert told["message"] == say("no_calendar", "en")


async def test_an_answer_stays_below_what_retell_cuts(
    http: httpx.AsyncClient, script: CallScript
) -> None:
    script.fields = {"hold_id": "hold_1", "long": ["ä" * 50] * 400, "longer": "x" * 30_000}
    answer = await send(http, dump(asked(new_call_id())), DOOR)
    assert len(answer.text) < 15_000
    assert answer.json() == {
        "status": "info",
        "message": "Das dauert dreißig Minuten.",
        "hold_id": "hold_1",
        "left_out": True,
    }


# --- what is not as it should be ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told", "hint"),
    [
        ({"call": None}, ("failed", "no_call"), "args_at_root"),
        ({"call": "call_1"}, ("failed", "no_call"), "args_at_root"),
        ({"call": {"agent_id": "a"}}, ("failed", "no_call_id"), "call_id"),
        ({"call": {"call_id": "../x"}}, ("failed", "no_call_id"), "call_id"),
        ({"name": "book_table"}, ("failed", "unknown_function"), ", ".join(FUNCTIONS)),
        ({"name": None}, ("failed", "unknown_function"), "opening_hours"),
        ({"name": ["book_appointment"]}, ("failed", "unknown_function"), "opening_hours"),
        ({"args": ["Freitag"]}, ("clarify", "args_not_an_object"), "args"),
        ({"args": "Freitag"}, ("clarify", "args_not_an_object"), "args"),
    ],
)
async def test_what_the_agent_sends_wrong_is_answered_with_a_hint(
    http: httpx.AsyncClient,
    script: CallScript,
    change: dict[str, Any],
    told: tuple[str, str],
    hint: str,
) -> None:
    answer = await send(http, dump(asked(new_call_id()) | change), DOOR)
    said = answer.json()
    assert (answer.status_code, said["status"], said["reason"]) == (200, *told)
    assert hint in said["hint"]
    assert said["message"] == say(told[0], "de")
    assert "total" in answer.headers["Server-Timing"]
    assert script.asked == []


async def test_arguments_alone_are_told_what_to_set_in_the_agent(http: httpx.AsyncClient) -> None:
    flat = {"service": "Herrenhaarschnitt", "date_phrase": "nächsten Freitag", "name": "Erika"}
    status, told = await ask(http, flat)
    assert (status, told["status"], told["reason"]) == (200, "failed", "no_call")
    assert "args_at_root" in told["hint"]


@pytest.mark.parametrize("args", [None, "", "{}", {}, '{"service": "Schnitt"}'])
async def test_absent_and_doubly_written_arguments_are_taken(
    http: httpx.AsyncClient, engine: AsyncEngine, script: CallScript, args: Any
) -> None:
    assert (await ask(http, asked(new_call_id(), args=args)))[1]["status"] == "info"
    kept = await stored(engine, script.asked[0].event_id)
    assert kept["args"] == ({"service": "Schnitt"} if args and "Schnitt" in args else {})


async def test_a_field_of_a_wrong_type_counts_as_absent(
    http: httpx.AsyncClient, engine: AsyncEngine, script: CallScript
) -> None:
    wrong = {
        "start_timestamp": "Freitag",
        "transcript_object": [7, {"role": "user"}, {"role": "user", "content": "Ja."}],
        "custom_sip_headers": {"diversion": "<sip:+4930@x>", "n": 1},
        "metadata": [],
        "agent_version": "neu",
        "agent_name": "Lena \ud83d",
    }
    call = asked(call_id := new_call_id())["call"] | wrong
    raw = json.dumps(asked(call_id, call=call)).encode()  # a lone half of a pair has no UTF-8
    answer = await http.post(DOOR, content=raw, headers=signed(raw))
    assert answer.json()["status"] == "info"
    kept = (await stored(engine, script.asked[0].event_id))["call"]
    assert kept["transcript_object"] == [{"role": "user", "content": "Ja."}]
    assert kept["custom_sip_headers"] == {"diversion": "<sip:+4930@x>"}
    assert kept["agent_name"] == "Lena \ud83d"
    assert not {"start_timestamp", "metadata", "agent_version"} & kept.keys()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'"x"', b"[" * 100_000])
async def test_what_is_no_json_object_is_refused_and_kept_for_review(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, body: bytes
) -> None:
    answer = await send(http, body, DOOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    async with owner_engine.connect() as connection:
        query = text("SELECT status FROM webhook_events ORDER BY received_at DESC LIMIT 1")
        assert await connection.scalar(query) == "invalid"


@pytest.mark.parametrize("path", [DOOR, f"{DOOR}/{UUID(int=7)}"])
async def test_what_is_not_signed_is_refused_and_nothing_is_stored(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client, path: str
) -> None:
    body = dump(asked(call_id := new_call_id()))
    for headers in ({}, signed(body, "another key"), signed(body, age_ms=301_000)):
        answer = await http.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert await rows(owner_engine, call_id) == []
    with pytest.raises(RPCError):
        await temporal_client.get_workflow_handle(call_workflow_id(call_id)).describe()


async def test_a_body_over_the_limit_is_refused(http: httpx.AsyncClient) -> None:
    body = dump(asked(new_call_id(), args={"service": "a" * SMALL_LIMIT}))
    assert (await send(http, body, DOOR)).status_code == 413


# --- whose call it is --------------------------------------------------------------------------


async def test_a_call_to_a_number_that_nobody_has_goes_to_its_workflow_like_any_other(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, script: CallScript
) -> None:
    call = asked(call_id := new_call_id())["call"] | {"to_number": "+493099999999"}
    assert (await ask(http, asked(call_id, call=call)))[0] == 200
    (row,) = await rows(owner_engine, call_id)
    assert (row.company_id, row.status, len(script.asked)) == (None, "accepted", 1)


@pytest.fixture(scope="module")
async def own_door(engine: AsyncEngine, salon: Salon) -> str:
    async with tenant_session(engine, salon.company_id) as session:
        connection_id = await upsert_connection(
            session, provider="retell", base_url="https://retell.example", api_key="key_own"
        )
    return f"{DOOR}/{connection_id}"


async def test_a_company_with_its_own_workspace_asks_for_its_own_calls(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, salon: Salon, own_door: str
) -> None:
    body = dump(asked(call_id := new_call_id()))
    assert (await send(http, body, own_door, "key_own")).json()["status"] == "info"
    (row,) = await rows(owner_engine, call_id)
    assert row.company_id == salon.company_id
    assert row.source == f"retell:{own_door.rpartition('/')[2]}"
    assert (await send(http, body, DOOR, "key_own")).status_code == 401


async def test_a_company_does_not_speak_for_the_number_of_another(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    script: CallScript,
    own_door: str,
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    call = asked(call_id := new_call_id())["call"] | {"to_number": other.dialled}
    answer = await send(http, dump(asked(call_id, call=call)), own_door, "key_own")
    told = answer.json()
    assert (answer.status_code, told["status"], told["reason"]) == (
        *(200, "failed"),
        "another_company",
    )
    (row,) = await rows(owner_engine, call_id)
    assert (row.status, row.error) == ("invalid", "number_of_another_company")
    assert (row.signalled_at, script.asked) == (None, [])


async def test_the_log_of_a_question_holds_nothing_personal(
    http: httpx.AsyncClient,
) -> None:
    with capture_logs() as lines:
        await ask(http, asked(new_call_id()))
    (line,) = [line for line in lines if line["event"] == "function answered"]
    assert (line["function"], line["status"]) == ("check_availability", "info")
    for word in ("17604069040", "Freitag", "Schnitt"):
        assert word not in str(lines)


def test_the_time_for_calcom_follows_the_time_for_the_answer() -> None:
    from api.engine import call_start  # noqa: PLC0415

    assert call_start(make_settings(function_answer_s=3), "call_1").answer_wait_s == 2.3
    assert call_start(make_settings(function_answer_s=0.2), "call_1").answer_wait_s == 0.1

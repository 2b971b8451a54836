"""A function of a running call: signed, stored, answered once and in time, whatever happens."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.deps import ApiRuntime
from api.functions.request import FUNCTIONS
from api.main import create_app
from contracts.calls import CallStart
from db.engine import make_engine
from domain.ids import call_workflow_id
from domain.speech import say
from stack.temporal_server import TemporalServer
from tests.api.call_double import CallScript
from tests.api.conftest import away, make_settings, serving
from tests.api.function_requests import (
    DOOR,
    ask,
    asked,
    rows,
    stored,
)
from tests.api.relay import relay_to
from tests.builders.retell import dump, new_call_id, send

pytestmark = pytest.mark.usefixtures("call_script")


async def test_a_question_is_answered_by_the_calls_workflow(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, call_script: CallScript
) -> None:
    call_id = new_call_id()
    call_script.fields = {"duration_min": 30, "status": "not taken"}
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
    assert (call_script.asked[0].event_id, call_script.asked[0].name) == (
        row.id,
        "check_availability",
    )


async def test_the_call_is_started_as_by_an_event_and_its_history_holds_no_words(
    http: httpx.AsyncClient, temporal_client: Client, call_script: CallScript
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
    http: httpx.AsyncClient, owner_engine: AsyncEngine, call_script: CallScript
) -> None:
    call_id = new_call_id()
    again = asked(call_id, args={"date_phrase": " Nächsten  FREITAG ", "service": "schnitt"})
    again["args"]["time_phrase"] = "gegen fünf."
    answers = await asyncio.gather(ask(http, asked(call_id)), ask(http, again))
    assert [status for status, _ in answers] == [200, 200]
    assert sorted(told.pop("replayed", False) for _, told in answers) == [False, True]
    assert answers[0][1] == answers[1][1]
    assert len(call_script.asked) == 1
    assert len(await rows(owner_engine, call_id)) == 2


async def test_other_arguments_are_another_question(
    http: httpx.AsyncClient, call_script: CallScript
) -> None:
    call_id = new_call_id()
    await ask(http, asked(call_id))
    _, told = await ask(http, asked(call_id, args={"service": "Farbe", "date_phrase": "morgen"}))
    assert "replayed" not in told
    assert len({question.digest for question in call_script.asked}) == 2


async def test_the_same_arguments_of_another_function_are_another_question(
    http: httpx.AsyncClient, call_script: CallScript
) -> None:
    call_id = new_call_id()
    for name in FUNCTIONS:
        status, told = await ask(http, asked(call_id, name))
        assert (status, "replayed" in told) == (200, False)
    assert [question.name for question in call_script.asked] == list(FUNCTIONS)


async def test_what_takes_too_long_is_pending_and_asked_again_it_is_answered(
    runtime: ApiRuntime, temporal_client: Client, call_script: CallScript
) -> None:
    call_script.status = None
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
    assert len(call_script.asked) == 1


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


async def test_an_engine_that_is_slow_is_not_said_to_have_failed(
    runtime: ApiRuntime, temporal_server: TemporalServer, owner_engine: AsyncEngine
) -> None:
    """What is told as failed may be booked a moment later. Only where nobody is there it is."""
    async with relay_to(temporal_server.address) as relay:
        client = await Client.connect(
            relay.address,
            namespace=temporal_server.namespace,
            data_converter=pydantic_data_converter,
        )
        async with (
            serving(create_app(replace(runtime, temporal=client))) as url,
            httpx.AsyncClient(base_url=url, trust_env=False) as http,
        ):
            relay.flows.clear()
            call_id = new_call_id()
            slow = await ask(http, asked(call_id))
            await relay.cut()
            gone = await ask(http, asked(new_call_id()))
    assert slow == (200, {"status": "pending", "message": say("one_moment", "de")})
    assert len(await rows(owner_engine, call_id)) == 1
    assert (gone[1]["status"], gone[1]["reason"]) == ("failed", "engine_away")


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
    http: httpx.AsyncClient, temporal_client: Client, call_script: CallScript
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
    assert len(call_script.asked) == 1


async def test_an_answered_question_is_answered_again_after_the_call_was_settled(
    http: httpx.AsyncClient, temporal_client: Client, call_script: CallScript
) -> None:
    call_id = new_call_id()
    _, first = await ask(http, asked(call_id))
    handle = temporal_client.get_workflow_handle(call_workflow_id(call_id))
    await handle.signal("settle")
    await handle.result()
    _, again = await ask(http, asked(call_id))
    assert again == first | {"replayed": True}


async def test_a_workflow_that_cannot_answer_fails_in_words(
    http: httpx.AsyncClient, call_script: CallScript
) -> None:
    call_script.status = "breaks"
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
    http: httpx.AsyncClient, call_script: CallScript
) -> None:
    call_script.fields = {"hold_id": "hold_1", "long": ["ä" * 50] * 400, "longer": "x" * 30_000}
    answer = await send(http, dump(asked(new_call_id())), DOOR)
    assert len(answer.text) < 15_000
    assert answer.json() == {
        "status": "info",
        "message": "Das dauert dreißig Minuten.",
        "hold_id": "hold_1",
        "left_out": True,
    }


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

"""A model beside the grammar on the real database: what is asked, kept, counted and planned."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.calls import PostgresCalls
from activities.understanding import ModelWitness
from contracts.calls import (
    AskModel,
    BookPlan,
    CallPlanned,
    CallReported,
    CallStart,
    NoBooking,
    PlanCall,
)
from contracts.names import TaskQueue
from db.queries import calls, connections, model_usage
from db.queries.call_facts import CallFacts
from db.queries.calls import CallRecord
from db.session import tenant_session
from domain.ids import call_workflow_id
from domain.understanding import terms_from
from sandbox.llm import Fault, Running, running_llm
from tests.builders.postgres import TestDatabase
from tests.builders.rows import Salon, make_salon
from tests.workflows.scripted import Script, ScriptedCalls, ScriptedNotify, recorded
from workflows.call import CallWorkflow

CALL = "call_with_a_model"
STARTED = datetime(2026, 11, 21, 9, 7, tzinfo=UTC)  # a Saturday
TALK = (
    ("agent", "Salon Muster, guten Tag."),
    ("user", "Guten Tag, Erika Vogel. Ich hätte gern einen Termin am Dienstag um zehn Uhr."),
    ("agent", "Gern, was darf es denn sein?"),
    ("user", "Die Mähne muss wieder in Form."),
    ("agent", "Also Dienstag, der 24. November um zehn Uhr, für Erika Vogel. Passt das?"),
    ("user", "Ja, genau."),
)
WISH: dict[str, Any] = {
    "action": "book",
    "start_local": "2026-11-24T10:00",
    "service": "Schnitt",
    "customer_name": "Erika Vogel",
    "confirmed_by_caller": True,
    "confirmed_in_turn": 5,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running_llm(api_key="key-for-tests") as started:
        yield started


@pytest.fixture
def model(server: Running) -> Running:
    server.script.fault = "none"
    server.script.says(**WISH)
    server.script.requests.clear()
    return server


@pytest.fixture
async def witness(engine: AsyncEngine) -> AsyncIterator[ModelWitness]:
    async with httpx.AsyncClient() as http:
        yield ModelWitness(engine, http)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    """With one call in it, which was recorded."""
    made = await make_salon(engine)
    facts = CallFacts(
        kind="call_analyzed",
        seen_at=STARTED,
        started_at=STARTED,
        branch_id=made.branch_id,
        from_number="+4917604069025",
        phone_hash="a" * 32,
        transcript=[{"role": role, "content": words} for role, words in TALK],
    )
    async with tenant_session(engine, made.company_id) as session:
        await calls.open_call(session, retell_call_id=CALL, seen_at=STARTED)
        await calls.apply_event(session, CALL, facts)
    return made


async def connect(engine: AsyncEngine, salon: Salon, model: Running, **settings: Any) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        await connections.upsert_connection(
            session,
            provider="llm",
            base_url=model.base_url,
            api_key="key-for-tests",
            settings={"model": "some-model", **settings},
        )


async def plan(engine: AsyncEngine, salon: Salon) -> CallPlanned:
    request = PlanCall(company_id=salon.company_id, retell_call_id=CALL)
    return await PostgresCalls(engine, phone_key="k").plan(request)


async def ask(witness: ModelWitness, salon: Salon) -> str:
    request = AskModel(company_id=salon.company_id, retell_call_id=CALL)
    return (await witness.ask_model(request)).outcome


async def used(engine: AsyncEngine, salon: Salon) -> int:
    async with tenant_session(engine, salon.company_id) as session:
        return await model_usage.tokens_of_month(session)


async def test_without_a_model_nobody_is_asked(engine: AsyncEngine, salon: Salon) -> None:
    planned = await plan(engine, salon)
    assert planned == CallPlanned(
        plan=NoBooking(outcome="callback", reason="incomplete", missing=("service",))
    )


async def test_what_the_grammar_left_open_is_filled_in_and_booked(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    await connect(engine, salon, model)
    first = await plan(engine, salon)
    assert first.ask_model
    assert await ask(witness, salon) == "read"
    second = await plan(engine, salon)
    assert not second.ask_model
    assert isinstance(second.plan, BookPlan)
    assert second.plan.service_id == salon.services[0]
    assert second.plan.start_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert await used(engine, salon) == model.script.tokens


async def test_two_readings_that_differ_are_asked_back(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    await connect(engine, salon, model)
    model.script.says(**WISH | {"start_local": "2026-11-26T10:00"})
    assert await ask(witness, salon) == "read"
    planned = await plan(engine, salon)
    assert planned.plan == NoBooking(
        outcome="callback", reason="model_disagrees", missing=("start",)
    )


async def test_the_number_of_the_caller_does_not_leave(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    await connect(engine, salon, model)
    await ask(witness, salon)
    sent = str(model.script.requests)
    assert "Die Mähne muss wieder in Form." in sent
    for kept in ("4069025", CALL, str(salon.company_id), str(salon.services[0])):
        assert kept not in sent


async def test_a_reading_is_kept_encrypted_and_not_asked_for_again(
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    salon: Salon,
    model: Running,
    witness: ModelWitness,
) -> None:
    await connect(engine, salon, model)
    assert [await ask(witness, salon) for _ in range(2)] == ["read", "read"]
    assert len(model.script.requests) == 1
    async with owner_engine.connect() as connection:
        kept = await connection.scalar(text("SELECT model_reading FROM calls"))
        logged = (await connection.execute(text("SELECT * FROM api_call_logs"))).mappings().all()
    assert kept.startswith(b"gAAAA")  # a Fernet token
    assert [(row["operation"], row["error_class"]) for row in logged] == [
        ("chat_completion", "read")
    ]
    assert "Vogel" not in str(logged)


@pytest.mark.parametrize(
    "failure",
    [
        ("no_json", "not_understood"),
        ("truncated", "not_understood"),
        ("no_such_model", "unavailable"),
        ("out_of_quota", "over_budget"),
    ],
)
async def test_whatever_fails_leaves_the_plan_as_it_was(
    engine: AsyncEngine,
    salon: Salon,
    model: Running,
    witness: ModelWitness,
    failure: tuple[Fault, str],
) -> None:
    await connect(engine, salon, model)
    before = await plan(engine, salon)
    model.script.fault, outcome = failure
    assert await ask(witness, salon) == outcome
    assert (await plan(engine, salon)).plan == before.plan


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "Dauerwelle"},
        {"branch": "Süd"},
        {"start_local": "2026-11-17T10:00"},
        {"confirmed_in_turn": 4},
    ],
)
async def test_an_invented_answer_is_not_believed(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness, wrong: dict[str, Any]
) -> None:
    await connect(engine, salon, model)
    model.script.says(**WISH | wrong)
    assert await ask(witness, salon) == "not_understood"
    assert await used(engine, salon) == model.script.tokens


async def test_a_dead_model_is_left_to_the_engine_to_try_again(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    await connect(engine, salon, model)
    model.script.fault = "broken_down"
    with pytest.raises(ApplicationError) as raised:
        await ask(witness, salon)
    assert not raised.value.non_retryable
    assert await used(engine, salon) > 0  # it may have worked on it: what was taken stays taken
    async with tenant_session(engine, salon.company_id) as session:
        call = await calls.get_call(session, CALL)
    assert call is not None
    assert call.model_reading is None


async def test_a_used_up_budget_sends_nothing(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    await connect(engine, salon, model, monthly_budget_tokens=100)
    assert await ask(witness, salon) == "over_budget"
    assert model.script.requests == []
    assert await used(engine, salon) == 0


async def test_calls_that_ask_together_do_not_spend_the_same_tokens(
    engine: AsyncEngine, salon: Salon
) -> None:
    async def take() -> bool:
        async with tenant_session(engine, salon.company_id) as session:
            return await model_usage.take_tokens(session, tokens=300, budget=1_000) is not None

    taken = await asyncio.gather(*(take() for _ in range(10)))
    assert sum(taken) == 3
    assert await used(engine, salon) == 900


async def test_tokens_are_set_right_and_never_below_nothing(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        month = await model_usage.take_tokens(session, tokens=500, budget=500)
        assert month is not None
        assert await model_usage.take_tokens(session, tokens=1, budget=500) is None
        await model_usage.set_tokens_right(session, month, taken=500, used=120)
        assert await model_usage.tokens_of_month(session) == 120
        await model_usage.set_tokens_right(session, month, taken=500, used=0)
        assert await model_usage.tokens_of_month(session) == 0


async def test_a_model_that_is_switched_off_is_not_asked(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    await connect(engine, salon, model)
    await ask(witness, salon)
    await connect(engine, salon, model, enabled=False)
    planned = await plan(engine, salon)
    assert not planned.ask_model
    # Nor does its word of before count any more.
    assert isinstance(planned.plan, NoBooking)
    assert planned.plan.reason == "incomplete"


async def test_a_reading_of_another_version_is_a_witness_less(
    engine: AsyncEngine, salon: Salon, model: Running
) -> None:
    await connect(engine, salon, model)
    async with tenant_session(engine, salon.company_id) as session:
        await calls.save_model_reading(session, CALL, {"verdict": "yes"})
    planned = await plan(engine, salon)
    assert isinstance(planned.plan, NoBooking)
    assert planned.plan.reason == "incomplete"


async def test_always_asks_for_a_booking_too(
    engine: AsyncEngine, salon: Salon, model: Running, witness: ModelWitness
) -> None:
    plain = [("user", "Ich hätte gern einen Schnitt.") if n == 3 else t for n, t in enumerate(TALK)]
    longer = CallFacts(
        kind="call_analyzed",
        seen_at=STARTED,
        transcript=[{"role": role, "content": words, "n": "x" * 40} for role, words in plain],
    )
    async with tenant_session(engine, salon.company_id) as session:
        await calls.apply_event(session, CALL, longer)
    await connect(engine, salon, model)
    assert not (await plan(engine, salon)).ask_model
    await connect(engine, salon, model, mode="always")
    planned = await plan(engine, salon)
    assert isinstance(planned.plan, BookPlan)
    assert planned.ask_model
    assert await ask(witness, salon) == "read"
    assert (await plan(engine, salon)).plan == planned.plan


def _set_up_as_documented(company_id: str) -> str:
    page = Path(__file__).parents[2] / "docs" / "understanding-model.md"
    shown = re.search(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    return re.sub(r'UUID\("[^"]+"\)', f'UUID("{company_id}")', shown[1])


async def test_a_tenant_is_pointed_at_an_endpoint_as_the_page_shows(
    engine: AsyncEngine, salon: Salon, database: TestDatabase
) -> None:
    environment = os.environ | {
        "ASKPROAI_DATABASE_URL": database.app_url,
        "ASKPROAI_ENCRYPTION_KEYS": f'["{Fernet.generate_key().decode()}"]',
    }
    setup = [sys.executable, "-c", _set_up_as_documented(str(salon.company_id))]
    root = Path(__file__).parents[2]
    done = await asyncio.to_thread(
        subprocess.run, setup, env=environment, cwd=root, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    query = text("SELECT provider, base_url, settings FROM connections")
    async with tenant_session(engine, salon.company_id) as session:
        row = (await session.execute(query)).one()
    assert tuple(row[:2]) == ("llm", "https://models.example/v1")
    assert terms_from(row.settings) is not None


async def _call_over(client: Client, engine: AsyncEngine, salon: Salon) -> CallRecord:
    """The real workflow over the real steps of understanding; what comes in is scripted."""
    script = Script({"calls.record_events": [recorded(company_id=salon.company_id)]})
    real = PostgresCalls(engine, phone_key="k")
    async with (
        httpx.AsyncClient() as http,
        Worker(
            client,
            task_queue=TaskQueue.CALLS,
            workflows=[CallWorkflow],
            activities=[ScriptedCalls(script).record_events, real.plan, real.settle],
        ),
        Worker(
            client,
            task_queue=TaskQueue.INTEGRATIONS,
            activities=[ModelWitness(engine, http).ask_model],
        ),
        Worker(client, task_queue=TaskQueue.NOTIFY, activities=[ScriptedNotify(script).call]),
    ):
        await client.execute_workflow(
            CallWorkflow.run,
            CallStart(retell_call_id=CALL),
            id=f"{call_workflow_id(CALL)}:{uuid4().hex}",
            task_queue=TaskQueue.CALLS,
            start_signal="call_reported",
            start_signal_args=[CallReported(event_id=uuid4(), kind="call_analyzed")],
        )
    async with tenant_session(engine, salon.company_id) as session:
        settled = await calls.get_call(session, CALL)
    assert settled is not None
    return settled


async def test_a_call_whose_two_readings_differ_settles_as_a_callback(
    temporal_client: Client, engine: AsyncEngine, salon: Salon, model: Running
) -> None:
    await connect(engine, salon, model)
    model.script.says(**WISH | {"start_local": "2026-11-26T10:00"})
    call = await _call_over(temporal_client, engine, salon)
    assert (call.outcome, call.reason, call.missing) == ("callback", "model_disagrees", ["start"])
    assert "Language model: read" in str(call.timeline)


async def test_a_call_with_a_dead_model_settles_as_without_one(
    temporal_client: Client, engine: AsyncEngine, salon: Salon, model: Running
) -> None:
    await connect(engine, salon, model)
    model.script.fault = "broken_down"
    call = await _call_over(temporal_client, engine, salon)
    assert (call.outcome, call.reason, call.missing) == ("callback", "incomplete", ["service"])
    assert "Language model: unavailable" in str(call.timeline)
    assert len(model.script.requests) == 2

"""Moving and cancelling over REST: once for each key, and every refusal with its code."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle

from api.deps import ApiRuntime
from api.main import create_app
from api.v1 import changes
from contracts.appointments import AppointmentStart, Cancel, ChangeResult, Reschedule
from contracts.names import APPOINTMENT_WORKFLOW, TaskQueue
from db.queries.appointments import set_status
from db.queries.audit import list_audit
from db.session import tenant_session
from domain.ids import appointment_workflow_id
from tests.api.conftest import away, serving
from tests.api.engine_double import ChangeScript, changeable
from tests.api.test_appointments import new_api_key
from tests.builders.rows import Salon, make_appointment, make_customer, make_salon

PATH = "/api/v1/appointments"
START = datetime(2031, 3, 4, 10, 0, tzinfo=UTC)
LATER = START + timedelta(hours=2)
CANCELLED = ChangeResult(outcome="cancelled")
MOVED = ChangeResult(outcome="rescheduled")


@pytest.fixture(scope="module")
async def api_key(engine: AsyncEngine, salon: Salon) -> str:
    return await new_api_key(engine, salon.company_id)


@pytest.fixture(scope="module")
async def script(temporal_client: Client) -> AsyncIterator[ChangeScript]:
    async with changeable(temporal_client, ChangeScript()) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(script: ChangeScript) -> None:
    script.result = MOVED
    script.asked.clear()


@pytest.fixture
async def appointment(
    engine: AsyncEngine, salon: Salon, temporal_client: Client
) -> WorkflowHandle[Any, Any]:
    """Held here, and its workflow runs."""
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await make_customer(session)
        appointment_id = await make_appointment(
            session, salon, start_at=START, customer_id=customer_id
        )
    start = AppointmentStart(
        appointment_id=appointment_id,
        company_id=salon.company_id,
        branch_id=salon.branch_id,
        service_id=salon.services[0],
        customer_id=customer_id,
        start_at=START,
    )
    return await temporal_client.start_workflow(
        APPOINTMENT_WORKFLOW,
        start,
        id=appointment_workflow_id(appointment_id),
        task_queue=TaskQueue.CALLS,
    )


def id_of(appointment: WorkflowHandle[Any, Any]) -> UUID:
    return UUID(appointment.id.partition(":")[2])


async def ask(
    http: httpx.AsyncClient,
    api_key: str,
    appointment_id: UUID,
    action: str,
    *,
    body: Any = None,
    key: str | None = None,
) -> httpx.Response:
    headers = {"X-API-Key": api_key, "Idempotency-Key": key or uuid4().hex}
    if action == "reschedule" and body is None:
        body = {"start_at": LATER.isoformat()}
    return await http.post(f"{PATH}/{appointment_id}/{action}", json=body, headers=headers)


async def test_a_move_is_asked_of_the_appointment_by_the_branch(
    http: httpx.AsyncClient,
    api_key: str,
    salon: Salon,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
) -> None:
    body = {"start_at": LATER.isoformat(), "staff": "ben"}
    answer = await ask(http, api_key, id_of(appointment), "reschedule", body=body)
    assert (answer.status_code, answer.json()["id"]) == (200, str(id_of(appointment)))
    assert script.asked == [
        (
            "reschedule",
            Reschedule(start_at=LATER, staff_id=salon.staff[1], reason="branch asked", by="branch"),
        )
    ]


async def test_a_cancellation_is_asked_of_the_appointment_by_the_branch(
    http: httpx.AsyncClient,
    api_key: str,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
) -> None:
    script.result = CANCELLED
    answer = await ask(http, api_key, id_of(appointment), "cancel")
    assert answer.status_code == 200
    assert script.asked == [("cancel", Cancel(reason="branch asked", by="branch"))]


async def test_who_asked_is_in_the_audit_log(
    http: httpx.AsyncClient,
    api_key: str,
    engine: AsyncEngine,
    salon: Salon,
    appointment: WorkflowHandle[Any, Any],
) -> None:
    await ask(http, api_key, id_of(appointment), "reschedule")
    async with tenant_session(engine, salon.company_id) as session:
        page = await list_audit(session, subject_id=str(id_of(appointment)))
    (entry,) = page.items
    assert entry.action == "appointment.reschedule_asked"
    assert entry.actor.startswith("api_key:")


async def test_the_same_key_asks_once(
    http: httpx.AsyncClient,
    api_key: str,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
) -> None:
    key = uuid4().hex
    answers = await asyncio.gather(
        *(ask(http, api_key, id_of(appointment), "reschedule", key=key) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert len(script.asked) == 1


@pytest.mark.parametrize("other", ["another time", "another action", "another appointment"])
async def test_a_key_of_another_request_is_refused(
    http: httpx.AsyncClient,
    api_key: str,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
    other: str,
) -> None:
    key, appointment_id = uuid4().hex, id_of(appointment)
    if other == "another appointment":
        wish = {"branch": "Mitte", "service": "Schnitt", "start_at": START.isoformat()}
        wish |= {"customer": {"name": "Erika"}}  # type: ignore[dict-item]
        headers = {"X-API-Key": api_key, "Idempotency-Key": key}
        await ask(http, api_key, appointment_id, "reschedule", key=key)
        answer = await http.post(PATH, json=wish, headers=headers)
    else:
        await ask(http, api_key, appointment_id, "reschedule", key=key)
        body = {"start_at": (LATER + timedelta(hours=1)).isoformat()}
        action = "reschedule" if other == "another time" else "cancel"
        answer = await ask(
            http, api_key, appointment_id, action, key=key, body=body if "time" in other else None
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert len(script.asked) == 1


async def test_without_an_answer_in_time_it_is_asked_for(
    http: httpx.AsyncClient,
    api_key: str,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script.result = None
    monkeypatch.setattr(changes, "ANSWER_TIMEOUT_S", 0.5)
    answer = await ask(http, api_key, id_of(appointment), "reschedule")
    assert (answer.status_code, answer.json()["status"]) == (202, "reserved")
    assert datetime.fromisoformat(answer.json()["start_at"]) == START


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("slot_taken", 409),
        ("outside_hours", 422),
        ("change_too_late", 409),
        ("calendar_down", 409),
        (None, 409),
    ],
)
async def test_a_refusal_carries_its_code_and_what_else_there_is(
    http: httpx.AsyncClient,
    api_key: str,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
    *,
    reason: str | None,
    status: int,
) -> None:
    script.result = ChangeResult(outcome="refused", reason=reason, offers=(LATER,))
    answer = await ask(http, api_key, id_of(appointment), "reschedule")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, reason or "refused")
    assert [datetime.fromisoformat(o["start_at"]) for o in told["alternatives"]] == [LATER]


async def test_a_time_that_has_passed_is_refused_by_the_appointment(
    http: httpx.AsyncClient, api_key: str, appointment: WorkflowHandle[Any, Any]
) -> None:
    body = {"start_at": "2020-01-01T10:00:00Z"}
    answer = await ask(http, api_key, id_of(appointment), "reschedule", body=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_soon")


@pytest.mark.parametrize("status", ["completed", "missed", "failed", "cancelled"])
async def test_what_is_over_is_not_moved(
    http: httpx.AsyncClient,
    api_key: str,
    owner_engine: AsyncEngine,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
    *,
    status: str,
) -> None:
    await becomes(owner_engine, id_of(appointment), status)
    answer = await ask(http, api_key, id_of(appointment), "reschedule")
    assert (answer.status_code, answer.json()["code"]) == (409, f"is_{status}")
    assert script.asked == []


async def test_what_is_cancelled_may_be_cancelled_again(
    http: httpx.AsyncClient,
    api_key: str,
    owner_engine: AsyncEngine,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
) -> None:
    await becomes(owner_engine, id_of(appointment), "cancelled")
    answer = await ask(http, api_key, id_of(appointment), "cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert script.asked == []


async def becomes(owner: AsyncEngine, appointment_id: UUID, status: str) -> None:
    query = text(
        "UPDATE appointments SET status = :status, booked_at = now(), calcom_uid_hash = :hash"
        " WHERE id = :id"
    )
    given = {"id": appointment_id, "status": status, "hash": str(appointment_id)}
    async with owner.begin() as connection:
        await connection.execute(query, given)


async def test_an_appointment_whose_workflow_has_just_ended_is_as_its_row_says(
    *,
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    salon: Salon,
    api_key: str,
    appointment: WorkflowHandle[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def ends_meanwhile(*given: Any) -> ChangeResult | None:
        await appointment.signal("end")
        await appointment.result()
        async with tenant_session(engine, salon.company_id) as session:
            await set_status(session, id_of(appointment), "cancelled")
        return await ask_really(*given)

    ask_really = changes._ask
    monkeypatch.setattr(changes, "_ask", ends_meanwhile)
    answer = await ask(http, api_key, id_of(appointment), "cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_an_appointment_without_a_workflow_says_so(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=START)
    answer = await ask(http, api_key, appointment_id, "cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "change_failed")


async def test_without_the_engine_it_is_to_be_repeated(
    runtime: ApiRuntime, api_key: str, appointment: WorkflowHandle[Any, Any]
) -> None:
    async with (
        serving(create_app(replace(runtime, temporal=await away()))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        answer = await ask(http, api_key, id_of(appointment), "cancel")
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")


async def test_another_companys_appointment_is_not_there(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    script: ChangeScript,
    appointment: WorkflowHandle[Any, Any],
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    key = await new_api_key(engine, other.company_id)
    for action in ("cancel", "reschedule"):
        answer = await ask(http, key, id_of(appointment), action)
        assert (answer.status_code, answer.json()["code"]) == (404, "appointment_not_found")
    assert script.asked == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "start_at"),
        ({"start_at": "2031-03-04T10:00:00"}, "start_at"),
        ({"start_at": LATER.isoformat(), "colour": "red"}, "colour"),
        ({"start_at": LATER.isoformat(), "staff": "Niemand"}, "staff"),
    ],
)
async def test_what_is_wrong_with_a_move_is_named_and_uses_no_key_up(
    http: httpx.AsyncClient,
    api_key: str,
    appointment: WorkflowHandle[Any, Any],
    *,
    body: dict[str, Any],
    field: str,
) -> None:
    key = uuid4().hex
    answer = await ask(http, api_key, id_of(appointment), "reschedule", body=body, key=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    again = await ask(http, api_key, id_of(appointment), "reschedule", key=key)
    assert again.status_code == 200

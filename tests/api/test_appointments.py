"""Booking over REST: names or ids, once for each key, and every refusal with its code."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from api.deps import ApiRuntime
from api.main import create_app
from api.v1 import booking
from contracts.appointments import FirstOutcome
from contracts.names import BRANCH_ID, COMPANY_ID
from db.queries.api_keys import insert_api_key
from db.queries.customers import list_customers
from db.session import tenant_session
from domain.errors import handling_of
from domain.ids import appointment_id_for_key, appointment_workflow_id
from tests.api.conftest import away, serving
from tests.api.engine_double import Script, becomes_booked, scripted
from tests.builders.rows import Salon, make_salon

PATH = "/api/v1/appointments"
START = datetime(2031, 3, 4, 10, 0, tzinfo=UTC)
BOOKED = FirstOutcome(outcome="booked")
RESERVED = FirstOutcome(outcome="reserved")


async def new_api_key(engine: AsyncEngine, company_id: UUID) -> str:
    key = f"ak_{uuid4().hex}"
    async with tenant_session(engine, company_id) as session:
        digest = sha256(key.encode()).hexdigest()
        await insert_api_key(session, name="test", prefix=key[:8], sha256=digest, scopes=[])
    return key


@pytest.fixture(scope="module")
async def api_key(engine: AsyncEngine, salon: Salon) -> str:
    return await new_api_key(engine, salon.company_id)


@pytest.fixture(scope="module")
async def script(engine: AsyncEngine, temporal_client: Client) -> AsyncIterator[Script]:
    async with scripted(temporal_client, Script(engine)) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(script: Script) -> None:
    script.outcome, script.writes_row = RESERVED, True
    script.starts.clear()


def wish(**given: Any) -> dict[str, Any]:
    return {
        "branch": "Mitte",
        "service": "Schnitt",
        "start_at": START.isoformat(),
        "customer": {"name": "Erika Beispiel", "phone": "0176 040 69040"},
        **given,
    }


async def post(
    http: httpx.AsyncClient, api_key: str, body: Any = None, key: str | None = None
) -> httpx.Response:
    headers = {"X-API-Key": api_key, "Idempotency-Key": key or uuid4().hex}
    return await http.post(PATH, json=body or wish(), headers=headers)


async def test_a_held_slot_is_reserved_and_can_be_read(
    http: httpx.AsyncClient, api_key: str, salon: Salon, script: Script, temporal_client: Client
) -> None:
    answer = await post(http, api_key)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["status"], told["service"]["name"]) == ("reserved", "Schnitt")
    assert told["branch"] == {"id": str(salon.branch_id), "name": "Mitte"}
    assert datetime.fromisoformat(told["start_at"]) == START
    assert told["customer"]["phone"] == "+4917604069040"
    assert answer.headers["Location"] == f"{PATH}/{told['id']}"
    read = await http.get(answer.headers["Location"], headers={"X-API-Key": api_key})
    assert (read.status_code, read.json()) == (200, told)
    handle = temporal_client.get_workflow_handle(appointment_workflow_id(UUID(told["id"])))
    description = await handle.describe()
    assert await description.static_summary() == "Schnitt, Mitte, Tue 04 Mar 2031 10:00 UTC"
    attributes = description.typed_search_attributes
    assert attributes[COMPANY_ID] == str(salon.company_id)
    assert attributes[BRANCH_ID] == str(salon.branch_id)
    assert script.starts[0].patience_s < booking.ANSWER_TIMEOUT_S


async def test_a_booked_one_is_created(
    http: httpx.AsyncClient, api_key: str, owner_engine: AsyncEngine
) -> None:
    key = uuid4().hex
    first = await post(http, api_key, key=key)
    await becomes_booked(owner_engine, UUID(first.json()["id"]))
    again = await post(http, api_key, key=key)
    assert (again.status_code, again.json()["status"]) == (201, "booked")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("which", ["names", "odd names", "references", "ids"])
async def test_names_references_and_ids_all_serve(
    http: httpx.AsyncClient, api_key: str, salon: Salon, script: Script, which: str
) -> None:
    said = {
        "names": ("Mitte", "Schnitt", "Ben Muster"),
        "odd names": ("  mITTE ", "SCHNITT", "ben"),
        "references": ("br_salon-muster", "svc_salon-muster_schnitt", "st_salon-muster_ben"),
        "ids": (str(salon.branch_id), str(salon.services[0]), str(salon.staff[1])),
    }[which]
    body = wish(branch=said[0], service=said[1], staff=said[2])
    assert (await post(http, api_key, body)).status_code == 202
    (start,) = script.starts
    asked = (start.branch_id, start.service_id, start.staff_id, start.staff_hard)
    assert asked == (salon.branch_id, salon.services[0], salon.staff[1], True)


@pytest.mark.parametrize(
    ("field", "hint"), [("branch", "Mitte"), ("service", "Schnitt"), ("staff", "Anna")]
)
async def test_an_unknown_name_is_answered_with_those_there_are(
    http: httpx.AsyncClient,
    api_key: str,
    script: Script,
    field: str,
    hint: str,
) -> None:
    key, code = uuid4().hex, f"unknown_{field}"
    answer = await post(http, api_key, wish(**{field: "Nirgendwo"}), key)
    assert answer.status_code == handling_of(code).http_status
    assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == (code, field)
    assert hint in answer.json()["detail"]
    assert script.starts == []
    assert (await post(http, api_key, wish(), key)).status_code == 202  # the key is not used up


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (wish(start_at="2031-03-04T10:00:00"), "start_at"),
        (wish(start_at="Dienstag"), "start_at"),
        (wish(colour="red"), "colour"),
        (wish(customer={"phone": "+4917604069040"}), "customer.name"),
        (wish(customer={"name": "E", "phone": "{{caller}}"}), "customer.phone"),
        (wish(customer={"name": "E", "email": "erika at example"}), "customer.email"),
        (wish(branch=""), "branch"),
        ({"branch": "Mitte"}, "service"),
        ([], ""),
    ],
)
async def test_what_is_wrong_with_a_wish_is_named(
    http: httpx.AsyncClient, api_key: str, body: Any, field: str
) -> None:
    headers = {"X-API-Key": api_key, "Idempotency-Key": uuid4().hex}
    answer = await http.post(PATH, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"].removeprefix("body") == field


async def test_a_wish_without_key_is_not_taken(http: httpx.AsyncClient, api_key: str) -> None:
    answer = await http.post(PATH, json=wish(), headers={"X-API-Key": api_key})
    assert answer.status_code == 422
    assert "idempotency-key" in answer.json()["errors"][0]["field"].lower()


async def test_the_same_key_and_wish_is_the_same_appointment_and_answer(
    http: httpx.AsyncClient, api_key: str, script: Script
) -> None:
    key = uuid4().hex
    first, second = await post(http, api_key, key=key), await post(http, api_key, key=key)
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (
        False,
        "true",
    )
    assert len(script.starts) == 1


async def test_ten_requests_with_one_key_at_once_are_one_appointment(
    http: httpx.AsyncClient, api_key: str, script: Script, engine: AsyncEngine, salon: Salon
) -> None:
    key, phone = uuid4().hex, "+4917604069077"
    body = wish(customer={"name": "Erika", "phone": phone})
    answers = await asyncio.gather(*(post(http, api_key, body, key) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert len(script.starts) == 1
    async with tenant_session(engine, salon.company_id) as session:
        customers = (await list_customers(session, limit=200)).items
    assert [customer.phone for customer in customers].count(phone) == 1


async def test_the_same_key_for_another_wish_is_refused(
    http: httpx.AsyncClient, api_key: str, script: Script
) -> None:
    key = uuid4().hex
    await post(http, api_key, key=key)
    later = wish(start_at=(START + timedelta(hours=1)).isoformat())
    answer = await post(http, api_key, later, key)
    assert answer.json()["code"] == "idempotency_mismatch"
    assert answer.status_code == handling_of("idempotency_mismatch").http_status
    assert len(script.starts) == 1


@pytest.mark.parametrize(("code", "status"), [("slot_taken", 409), ("holiday", 422), ("odd", 409)])
async def test_a_refusal_has_its_code_and_the_nearest_free_starts(
    http: httpx.AsyncClient, api_key: str, script: Script, code: str, status: int
) -> None:
    offers = (START + timedelta(minutes=30), START + timedelta(minutes=60))
    script.outcome = FirstOutcome(outcome="refused", reason=code, offers=offers)
    key = uuid4().hex
    answer, again = await post(http, api_key, key=key), await post(http, api_key, key=key)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    told = [datetime.fromisoformat(a["start_at"]) for a in answer.json()["alternatives"]]
    assert told == list(offers)
    assert (again.status_code, again.json()) == (answer.status_code, answer.json())
    assert len(script.starts) == 1


async def test_a_slow_saga_that_holds_the_slot_is_reserved(
    http: httpx.AsyncClient, api_key: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "ANSWER_TIMEOUT_S", 1.0)
    script.outcome = None
    answer = await post(http, api_key)
    assert (answer.status_code, answer.json()["status"]) == (202, "reserved")


async def test_when_nothing_is_known_in_time_the_same_key_may_be_sent_again(
    http: httpx.AsyncClient, api_key: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "ANSWER_TIMEOUT_S", 1.0)
    script.outcome, script.writes_row = None, False
    answer = await post(http, api_key)
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")


async def test_without_the_engine_nothing_is_promised(
    runtime: ApiRuntime, http: httpx.AsyncClient, api_key: str
) -> None:
    key = uuid4().hex
    async with (
        serving(create_app(replace(runtime, temporal=await away()))) as url,
        httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as cut_off,
    ):
        answer = await post(cut_off, api_key, key=key)
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert (await post(http, api_key, key=key)).status_code == 202


# --- who may see what --------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "", "ak_of_nobody", "ä"])
async def test_without_a_known_key_there_is_no_answer(
    http: httpx.AsyncClient, key: str | None
) -> None:
    headers = {} if key is None else {"X-API-Key": key.encode()}
    for path in (PATH, f"{PATH}/{uuid4()}", "/api/v1/calls", "/api/v1/calls/call_1"):
        answer = await http.get(path, headers=headers)  # type: ignore[arg-type]  # bytes are fine
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_another_company_sees_and_books_nothing_of_ours(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, salon: Salon, script: Script
) -> None:
    ours = await post(http, api_key)
    other = await make_salon(engine, "salon-fremd", number=3)
    their_key = await new_api_key(engine, other.company_id)
    headers = {"X-API-Key": their_key}
    read = await http.get(f"{PATH}/{ours.json()['id']}", headers=headers)
    assert (read.status_code, read.json()["code"]) == (404, "appointment_not_found")
    assert (await http.get(PATH, headers=headers)).json() == {"items": [], "next_cursor": None}
    named_by_id = await post(http, their_key, wish(branch=str(salon.branch_id)))
    assert named_by_id.json()["code"] == "unknown_branch"


async def test_the_same_key_of_two_companies_is_two_appointments(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, salon: Salon
) -> None:
    other = await make_salon(engine, "salon-zwei", number=4)
    key = uuid4().hex
    first = await post(http, api_key, key=key)
    second = await post(http, await new_api_key(engine, other.company_id), key=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == str(appointment_id_for_key(salon.company_id, key))
    assert first.json()["id"] != second.json()["id"]


async def test_pages_follow_each_other_and_leave_nothing_out(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    company = await make_salon(engine, "salon-blaettern", number=5)
    key = await new_api_key(engine, company.company_id)
    starts = [START + timedelta(hours=hour) for hour in range(5)]
    for start in starts:
        await post(http, key, wish(start_at=start.isoformat()))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get(PATH, params=params, headers={"X-API-Key": key})).json()
        seen += [item["start_at"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [datetime.fromisoformat(at) for at in seen] == starts


@pytest.mark.parametrize("params", [{"cursor": "x"}, {"limit": "0"}, {"status": "held"}])
async def test_a_wrong_parameter_is_named(
    http: httpx.AsyncClient, api_key: str, params: dict[str, str]
) -> None:
    answer = await http.get(PATH, params=params, headers={"X-API-Key": api_key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].removeprefix("query.") in params

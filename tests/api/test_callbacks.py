"""Callback tasks over REST: from calls and from programs, told once, done once."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.audit import list_audit
from db.queries.callbacks import insert_callback_once
from db.queries.calls import open_call
from db.queries.customers import upsert_customer
from db.session import tenant_session
from domain.phone import phone_hash
from settings import Settings
from tests.api.test_appointments import new_api_key
from tests.builders.retell import new_call_id
from tests.builders.rows import Salon, make_salon

PATH = "/api/v1/callbacks"
NUMBERS = count(100)
WISH: dict[str, Any] = {
    "phone": "0176 040 69040",
    "name": "Jonas Feldmann",
    "reason": "Geht Balayage bei kurzem Haar?",
    "urgency": "high",
    "branch": "mitte",
}


@pytest.fixture
async def company(engine: AsyncEngine) -> Salon:
    number = next(NUMBERS)
    return await make_salon(engine, f"salon-{number}", number=number)


@pytest.fixture
async def api_key(engine: AsyncEngine, company: Salon) -> str:
    return await new_api_key(engine, company.company_id)


async def post(
    http: httpx.AsyncClient, api_key: str, body: Any = None, key: str | None = None
) -> httpx.Response:
    headers = {"X-API-Key": api_key, "Idempotency-Key": key or uuid4().hex}
    return await http.post(PATH, json=body or WISH, headers=headers)


async def listed(http: httpx.AsyncClient, api_key: str, **params: Any) -> dict[str, Any]:
    answer = await http.get(PATH, params=params, headers={"X-API-Key": api_key})
    assert answer.status_code == 200
    page: dict[str, Any] = answer.json()
    return page


async def test_a_task_is_made_with_the_words_and_the_number(
    http: httpx.AsyncClient, api_key: str, company: Salon, owner_engine: AsyncEngine
) -> None:
    answer = await post(http, api_key)
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["Location"] == f"{PATH}/{told['id']}"
    assert (told["status"], told["urgency"], told["reason"], told["source"]) == (
        *("open", "high", "callback_asked"),
        "rest",
    )
    assert told["said"] == {"words": "Geht Balayage bei kurzem Haar?"}
    assert told["customer"] == {
        "name": "Jonas Feldmann",
        "phone": "+4917604069040",
        "email": None,
    }
    assert told["branch"] == {"id": str(company.branch_id), "name": "Mitte"}
    assert (told["call_id"], told["done_at"]) == (None, None)
    read = await http.get(answer.headers["Location"], headers={"X-API-Key": api_key})
    assert (read.status_code, read.json()) == (200, told)
    async with owner_engine.connect() as connection:
        query = text("SELECT * FROM callbacks WHERE id = :id")
        (row,) = await connection.execute(query, {"id": told["id"]})
    assert "Feldmann" not in str(row)
    assert "Balayage" not in str(row)


async def test_a_known_number_is_its_customers(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, company: Salon, settings: Settings
) -> None:
    number = "+4917604069041"
    async with tenant_session(engine, company.company_id) as session:
        await upsert_customer(
            session,
            name="Erika Beispiel",
            phone=number,
            phone_hash=phone_hash(number, settings.phone_hash_key.get_secret_value()),
            email="erika@kundin.example",
            email_hash=uuid4().hex,
        )
    told = (await post(http, api_key, {"phone": number, "reason": "Rückruf"})).json()
    assert told["customer"] == {
        "name": "Erika Beispiel",
        "phone": number,
        "email": "erika@kundin.example",
    }
    assert (told["urgency"], told["branch"]) == ("normal", None)


async def test_the_same_key_is_the_same_task_and_another_wish_is_refused(
    http: httpx.AsyncClient, api_key: str
) -> None:
    key = uuid4().hex
    answers = await asyncio.gather(*(post(http, api_key, key=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    other = await post(http, api_key, WISH | {"urgency": "normal"}, key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert len((await listed(http, api_key))["items"]) == 1


async def test_a_task_of_a_call_tells_who_called(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, company: Salon
) -> None:
    call_id = new_call_id()
    offer = datetime(2031, 3, 4, 10, tzinfo=UTC)
    async with tenant_session(engine, company.company_id) as session:
        await open_call(
            session,
            retell_call_id=call_id,
            seen_at=offer - timedelta(days=1),
            branch_id=company.branch_id,
        )
        await insert_callback_once(
            session,
            retell_call_id=call_id,
            reason="incomplete",
            missing=["date"],
            offers=[offer],
            details={"words": "Bitte um Rückruf", "asked_by": "an id", "phone": "+4917604069077"},
        )
    (told,) = (await listed(http, api_key))["items"]
    assert (told["call_id"], told["source"], told["reason"]) == (call_id, "call", "incomplete")
    assert (told["missing"], told["offers"]) == (["date"], ["2031-03-04T10:00:00Z"])
    assert told["said"] == {"words": "Bitte um Rückruf"}
    assert told["customer"]["phone"] == "+4917604069077"


async def test_what_is_done_stays_as_it_was_done(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, company: Salon
) -> None:
    made = (await post(http, api_key)).json()
    headers = {"X-API-Key": api_key}
    done = await http.post(f"{PATH}/{made['id']}/done", headers=headers)
    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert done.json()["done_at"] is not None
    assert (await http.post(f"{PATH}/{made['id']}/done", headers=headers)).json() == done.json()
    async with tenant_session(engine, company.company_id) as session:
        page = await list_audit(session, subject_type="callback", subject_id=made["id"])
    assert [entry.action for entry in page.items] == ["callback.done", "callback.asked"]


async def test_lists_are_filtered_and_come_in_pages_the_oldest_first(
    http: httpx.AsyncClient, api_key: str, company: Salon
) -> None:
    ids = [
        (await post(http, api_key, WISH | {"urgency": urgency})).json()["id"]
        for urgency in ("normal", "high", "normal")
    ]
    await http.post(f"{PATH}/{ids[0]}/done", headers={"X-API-Key": api_key})
    first = await listed(http, api_key, limit=2)
    rest = await listed(http, api_key, limit=2, cursor=first["next_cursor"])
    assert [task["id"] for task in [*first["items"], *rest["items"]]] == ids
    assert rest["next_cursor"] is None

    async def found(**params: str) -> list[str]:
        return [task["id"] for task in (await listed(http, api_key, **params))["items"]]

    assert await found(status="open") == ids[1:]
    assert await found(status="done") == ids[:1]
    assert await found(urgency="high") == ids[1:2]
    assert await found(branch_id=str(company.branch_id)) == ids
    assert await found(branch_id=str(uuid4())) == []


async def test_another_companys_task_is_not_there(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, salon: Salon
) -> None:
    made = (await post(http, api_key)).json()
    headers = {"X-API-Key": await new_api_key(engine, salon.company_id)}
    for answer in (
        await http.get(f"{PATH}/{made['id']}", headers=headers),
        await http.post(f"{PATH}/{made['id']}/done", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await http.get(PATH)).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "anonymous"}, "phone"),
        ({"phone": None}, "phone"),
        ({"reason": ""}, "reason"),
        ({"urgency": "now"}, "urgency"),
        ({"branch": "Nirgendwo"}, "branch"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_is_wrong_with_a_wish_is_named_and_uses_no_key_up(
    http: httpx.AsyncClient, api_key: str, change: dict[str, Any], field: str
) -> None:
    key = uuid4().hex
    answer = await post(http, api_key, WISH | change, key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert (await post(http, api_key, key=key)).status_code == 201

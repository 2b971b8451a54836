"""Numbers that a company takes no calls from: set, seen, taken back, and never kept in clear."""

import logging
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.audit import list_audit
from db.session import tenant_session
from observability.logs import without_query
from observability.privacy import scrub_text
from tests.api.test_appointments import new_api_key
from tests.builders.rows import Salon, make_salon

NUMBER = "+4917604069090"
PATH = f"/api/v1/blocked-numbers/{quote(NUMBER)}"


@pytest.fixture(scope="module")
async def headers(engine: AsyncEngine, salon: Salon) -> dict[str, str]:
    return {"X-API-Key": await new_api_key(engine, salon.company_id)}


async def test_a_number_is_blocked_until_it_is_taken_back(
    http: httpx.AsyncClient, headers: dict[str, str], engine: AsyncEngine, salon: Salon
) -> None:
    assert (await http.get(PATH, headers=headers)).status_code == 404
    made = await http.put(PATH, headers=headers)
    assert (made.status_code, made.json()["reason"]) == (200, None)
    again = await http.put(PATH, json={"reason": "Werbung"}, headers=headers)
    assert again.json() == made.json() | {"reason": "Werbung"}
    assert (await http.get(PATH, headers=headers)).json() == again.json()
    assert (await http.delete(PATH, headers=headers)).status_code == 204
    assert (await http.delete(PATH, headers=headers)).status_code == 404
    async with tenant_session(engine, salon.company_id) as session:
        page = await list_audit(session, subject_type="number")
    assert [entry.action for entry in page.items] == [
        "number.unblocked",
        *["number.blocked"] * 2,
    ]
    assert NUMBER[1:] not in str(page)


async def test_however_it_is_written_it_is_the_same_number(
    http: httpx.AsyncClient, headers: dict[str, str], owner_engine: AsyncEngine
) -> None:
    await http.put("/api/v1/blocked-numbers/0176 040 69091", headers=headers)
    found = await http.get("/api/v1/blocked-numbers/%2B49 176 04069091", headers=headers)
    assert found.status_code == 200
    async with owner_engine.connect() as connection:
        rows = list(await connection.execute(text("SELECT * FROM blocked_numbers")))
    assert rows
    assert "69091" not in str(rows)


async def test_another_companys_blocks_are_its_own(
    http: httpx.AsyncClient, headers: dict[str, str], engine: AsyncEngine
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    theirs = {"X-API-Key": await new_api_key(engine, other.company_id)}
    await http.put(PATH, headers=headers)
    assert (await http.get(PATH, headers=theirs)).status_code == 404
    assert (await http.delete(PATH, headers=theirs)).status_code == 404
    assert (await http.get(PATH, headers=headers)).status_code == 200


@pytest.mark.parametrize("number", ["anonymous", "12", "{{user_number}}"])
async def test_what_is_no_number_is_refused(
    http: httpx.AsyncClient, headers: dict[str, str], number: str
) -> None:
    answer = await http.put(f"/api/v1/blocked-numbers/{quote(number)}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert (await http.put(PATH)).status_code == 401


@pytest.mark.parametrize("path", ["%2B4917604069090", "+4917604069090", "0176%20040%2069090"])
def test_a_number_in_a_path_is_masked_in_the_log(path: str) -> None:
    args = ("127.0.0.1:4", "PUT", f"/api/v1/blocked-numbers/{path}?x=1", "1.1", 200)
    line = '%s - "%s %s HTTP/%s" %d'
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, line, args, None)
    assert without_query(record)
    assert scrub_text(record.getMessage()) == (
        '127.0.0.1:4 - "PUT /api/v1/blocked-numbers/+49…90 HTTP/1.1" 200'
    )

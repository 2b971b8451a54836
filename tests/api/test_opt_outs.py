"""Numbers that want no SMS: set and taken back over REST, for one company."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.audit import list_audit
from db.queries.opt_outs import has_opted_out
from db.session import tenant_session
from domain.phone import phone_hash
from settings import Settings
from tests.api.test_appointments import new_api_key
from tests.builders.rows import Salon, make_salon

NUMBER = "+4917604069040"
PATH = f"/api/v1/opt-outs/{NUMBER}"


@pytest.fixture(scope="module")
async def headers(engine: AsyncEngine, salon: Salon) -> dict[str, str]:
    return {"X-API-Key": await new_api_key(engine, salon.company_id)}


async def test_texts_are_stopped_and_allowed_again(
    http: httpx.AsyncClient,
    headers: dict[str, str],
    engine: AsyncEngine,
    salon: Salon,
    settings: Settings,
) -> None:
    hashed = phone_hash(NUMBER, settings.phone_hash_key.get_secret_value())
    assert (await http.get(PATH, headers=headers)).json() == {"opted_out": False}
    for _ in range(2):
        made = await http.put(PATH, headers=headers)
        assert (made.status_code, made.json()) == (200, {"opted_out": True})
    assert (await http.get(PATH, headers=headers)).json() == {"opted_out": True}
    async with tenant_session(engine, salon.company_id) as session:
        assert await has_opted_out(session, hashed)
    for _ in range(2):
        assert (await http.delete(PATH, headers=headers)).status_code == 204
    assert (await http.get(PATH, headers=headers)).json() == {"opted_out": False}
    async with tenant_session(engine, salon.company_id) as session:
        page = await list_audit(session, subject_type="number", subject_id=hashed)
    assert [entry.action for entry in page.items] == ["number.opted_in", "number.opted_out"]


async def test_one_companys_texts_are_not_anothers(
    http: httpx.AsyncClient, headers: dict[str, str], engine: AsyncEngine
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    theirs = {"X-API-Key": await new_api_key(engine, other.company_id)}
    await http.put(PATH, headers=headers)
    assert (await http.get(PATH, headers=theirs)).json() == {"opted_out": False}
    assert (await http.get("/api/v1/opt-outs/anonymous", headers=theirs)).status_code == 422
    assert (await http.get(PATH)).status_code == 401

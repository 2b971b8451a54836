"""A call over REST: what was wanted, what came of it, and nothing of another company's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.calls import open_call, save_intent, settle_call
from db.session import tenant_session
from settings import Settings
from tests.api.test_appointments import new_api_key
from tests.builders.retell import new_call_id
from tests.builders.rows import Salon, make_appointment, make_salon

PATH = "/api/v1/calls"
RANG_AT = datetime(2031, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
async def api_key(engine: AsyncEngine, salon: Salon) -> str:
    return await new_api_key(engine, salon.company_id)


async def make_call(engine: AsyncEngine, salon: Salon, *, hour: int = 0) -> str:
    call_id = new_call_id()
    async with tenant_session(engine, salon.company_id) as session:
        rang_at = RANG_AT + timedelta(hours=hour)
        await open_call(session, retell_call_id=call_id, seen_at=rang_at, branch_id=salon.branch_id)
    return call_id


async def test_a_settled_call_tells_its_outcome_its_appointments_and_its_timeline(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, salon: Salon, settings: Settings
) -> None:
    call_id = await make_call(engine, salon)
    line = {"at": RANG_AT.isoformat(), "text": "Held: Schnitt", "duration_ms": 12}
    async with tenant_session(engine, salon.company_id) as session:
        start_at = RANG_AT + timedelta(days=1)
        appointment_id = await make_appointment(
            session, salon, start_at=start_at, retell_call_id=call_id
        )
        await save_intent(session, call_id, intent={"action": "book", "missing": []})
        await settle_call(session, call_id, outcome="reserved", timeline=[line], offers=[start_at])
    answer = await http.get(f"{PATH}/{call_id}", headers={"X-API-Key": api_key})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["call_id"], told["state"], told["outcome"]) == (call_id, "settled", "reserved")
    assert told["branch"] == {"id": str(salon.branch_id), "name": "Mitte"}
    assert told["intent"] == {"action": "book", "missing": []}
    assert [(UUID(a["id"]), a["call_id"]) for a in told["appointments"]] == [
        (appointment_id, call_id)
    ]
    assert told["timeline"] == [{**line, "at": "2031-03-04T09:30:00Z"}]
    assert told["workflow_id"] == f"call:{call_id}"
    assert told["workflow_url"] == (
        f"{settings.temporal_ui_url}/namespaces/askproai/workflows/call%3A{call_id}"
    )


async def test_a_running_call_has_no_outcome_yet(
    http: httpx.AsyncClient, api_key: str, engine: AsyncEngine, salon: Salon
) -> None:
    call_id = await make_call(engine, salon)
    told = (await http.get(f"{PATH}/{call_id}", headers={"X-API-Key": api_key})).json()
    assert (told["state"], told["outcome"], told["intent"]) == ("running", None, None)
    assert (told["appointments"], told["timeline"]) == ([], [])


async def test_a_call_of_another_company_is_not_there(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon
) -> None:
    call_id = await make_call(engine, salon)
    other = await make_salon(engine, "salon-fremd", number=7)
    headers = {"X-API-Key": await new_api_key(engine, other.company_id)}
    answer = await http.get(f"{PATH}/{call_id}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await http.get(PATH, headers=headers)).json() == {"items": [], "next_cursor": None}


async def test_calls_come_in_pages_newest_first(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    salon = await make_salon(engine, "salon-vielfach", number=8)
    headers = {"X-API-Key": await new_api_key(engine, salon.company_id)}
    made = [await make_call(engine, salon, hour=hour) for hour in range(3)]
    first = (await http.get(PATH, params={"limit": 2}, headers=headers)).json()
    assert [call["call_id"] for call in first["items"]] == [made[2], made[1]]
    params: dict[str, str | int] = {"limit": 2, "cursor": first["next_cursor"]}
    last = (await http.get(PATH, params=params, headers=headers)).json()
    assert [call["call_id"] for call in last["items"]] == [made[0]]
    assert last["next_cursor"] is None
    settled = await http.get(PATH, params={"outcome": "booked"}, headers=headers)
    assert settled.json()["items"] == []


async def test_the_interface_describes_itself(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert {"/api/v1/calls/{retell_call_id}", "/api/v1/appointments", "/webhooks/retell"} <= set(
        document["paths"]
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
    assert document["components"]["securitySchemes"]["APIKeyHeader"]["name"] == "X-API-Key"
    post = document["paths"]["/api/v1/appointments"]["post"]
    assert {"201", "202", "409", "422", "503"} <= set(post["responses"])
    assert (await http.get("/docs")).status_code == 200

"""Before a call is answered the agent learns who was dialled; trouble is an empty answer."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, RPCError

from api.deps import ApiRuntime
from api.main import create_app
from db.engine import make_engine
from domain.ids import call_workflow_id
from tests.api.conftest import away, serving
from tests.builders.retell import dump, new_call_id, send
from tests.builders.rows import Salon, make_salon

INBOUND = "/webhooks/retell/inbound"
NOTHING: dict[str, Any] = {"call_inbound": {}}


def question(to_number: str, **asked: Any) -> bytes:
    return dump(
        {
            "event": "call_inbound",
            "event_timestamp": 1_795_179_805_083,
            "call_inbound": {"from_number": "anonymous", "to_number": to_number, **asked},
        }
    )


async def kept(owner_engine: AsyncEngine, call_id: str) -> list[str]:
    query = text("SELECT kind FROM webhook_events WHERE retell_call_id = :id")
    async with owner_engine.connect() as connection:
        return list(await connection.scalars(query, {"id": call_id}))


async def test_the_dialled_branch_is_told_in_strings(http: httpx.AsyncClient, salon: Salon) -> None:
    answer = await send(http, question(salon.dialled), INBOUND)
    assert answer.status_code == 200
    ids = {"company_id": str(salon.company_id), "branch_id": str(salon.branch_id)}
    told = answer.json()["call_inbound"]
    assert told["metadata"] == ids
    assert told["dynamic_variables"] == {
        **ids,
        "company_name": "Salon-Muster",
        "branch_name": "Mitte",
        "timezone": "Europe/Berlin",
    }


async def test_a_call_with_an_id_is_kept_and_its_workflow_started(
    http: httpx.AsyncClient, salon: Salon, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    for _ in range(2):
        answer = await send(http, question(salon.dialled, call_id=call_id), INBOUND)
        assert answer.json()["call_inbound"]["metadata"]["branch_id"] == str(salon.branch_id)
    assert await kept(owner_engine, call_id) == ["call_inbound"]
    handle = temporal_client.get_workflow_handle(call_workflow_id(call_id))
    assert (await handle.describe()).workflow_type == "CallWorkflow"


async def test_a_forwarded_call_is_for_the_branch_that_forwarded_it(
    http: httpx.AsyncClient, salon: Salon
) -> None:
    forwarder = salon.dialled.replace("2312", "2399")
    header = {"Diversion": f"<sip:{forwarder}@carrier.example>;reason=no-answer"}
    unknown = question("+493099999999", custom_sip_headers=header)
    told = (await send(http, unknown, INBOUND)).json()["call_inbound"]
    assert told["metadata"]["branch_id"] == str(salon.branch_id)


async def test_a_forwarding_header_does_not_lead_to_another_company(
    http: httpx.AsyncClient, salon: Salon, engine: AsyncEngine
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    header = {"diversion": f"<sip:{other.dialled}@carrier.example>"}
    asked = question(salon.dialled, custom_sip_headers=header)
    told = (await send(http, asked, INBOUND)).json()["call_inbound"]
    assert told["metadata"]["company_id"] == str(salon.company_id)


@pytest.mark.parametrize(
    "body",
    [
        question("+493099999999"),
        question("{{agent_number}}"),
        b"{",
        dump({"event": "call_inbound"}),
        dump({"event": "chat_inbound"}),
    ],
    ids=["unknown number", "template", "not JSON", "no question", "other event"],
)
async def test_what_cannot_be_answered_leaves_the_call_to_the_numbers_own_agent(
    http: httpx.AsyncClient, body: bytes
) -> None:
    answer = await send(http, body, INBOUND)
    assert (answer.status_code, answer.json()) == (200, NOTHING)


async def test_without_a_database_the_answer_is_empty(runtime: ApiRuntime, salon: Salon) -> None:
    gone = make_engine("postgresql+psycopg://x:y@127.0.0.1:9/z", application_name="test")
    async with (
        serving(create_app(replace(runtime, engine=gone))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        answer = await send(http, question(salon.dialled), INBOUND)
    await gone.dispose()
    assert (answer.status_code, answer.json()) == (200, NOTHING)


async def test_without_the_engine_the_branch_is_told_all_the_same(
    runtime: ApiRuntime, salon: Salon, owner_engine: AsyncEngine, temporal_client: Client
) -> None:
    call_id = new_call_id()
    async with (
        serving(create_app(replace(runtime, temporal=await away()))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        answer = await send(http, question(salon.dialled, call_id=call_id), INBOUND)
    assert answer.json()["call_inbound"]["metadata"]["branch_id"] == str(salon.branch_id)
    assert await kept(owner_engine, call_id) == ["call_inbound"]
    with pytest.raises(RPCError):
        await temporal_client.get_workflow_handle(call_workflow_id(call_id)).describe()

"""Before a call is answered the agent learns who was dialled; trouble is an empty answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, RPCError

from api.deps import ApiRuntime
from api.main import create_app
from db.engine import make_engine
from db.models import Branch
from db.queries.customers import upsert_customer
from db.queries.inbound import block, unblock
from db.session import tenant_session
from domain.ids import call_workflow_id
from domain.phone import phone_hash
from settings import Settings
from tests.api.conftest import away, serving
from tests.api.engine_double import becomes_booked
from tests.builders.retell import dump, new_call_id, send
from tests.builders.rows import Salon, make_appointment, make_salon

INBOUND = "/webhooks/retell/inbound"
NOTHING: dict[str, Any] = {"call_inbound": {}}
NOBODY = {
    "customer_known": "false",
    "customer_first_name": "",
    "customer_last_name": "",
    "next_appointment_known": "false",
    "next_appointment_spoken": "",
}
CALLER = "+4917604069040"


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
    variables = told["dynamic_variables"]
    assert {type(value) for value in variables.values()} == {str}
    now = datetime.fromisoformat(variables.pop("now_local"))
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    by_the_clock = ("greeting", "today_spoken", "open_now", "open_today")
    assert all(variables.pop(name) for name in by_the_clock)
    assert variables == {
        **ids,
        "company_name": "Salon-Muster",
        "branch_name": "Mitte",
        "timezone": "Europe/Berlin",
        "language": "de",
        **NOBODY,
    }
    assert told["agent_override"] == {
        "agent": {"boosted_keywords": ["Anna", "Ben", "Schnitt", "Farbe"]}
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


# --- who is calling ------------------------------------------------------------------------------


def hashed(settings: Settings, number: str = CALLER) -> str:
    return phone_hash(number, settings.phone_hash_key.get_secret_value())


@pytest.fixture(scope="module")
async def regular(
    engine: AsyncEngine, owner_engine: AsyncEngine, salon: Salon, settings: Settings
) -> datetime:
    """A customer of the salon with one appointment that is sure and an earlier one that is not."""
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await upsert_customer(
            session,
            name="Dr. Jonas von Feldmann",
            phone=CALLER,
            phone_hash=hashed(settings),
            language="en",
        )
        sure_at = datetime(2031, 3, 4, 13, 15, tzinfo=UTC)
        sure = await make_appointment(session, salon, start_at=sure_at, customer_id=customer_id)
        earlier = sure_at - timedelta(days=1)
        await make_appointment(session, salon, start_at=earlier, customer_id=customer_id)
    await becomes_booked(owner_engine, sure)
    return sure_at


async def greeted(http: httpx.AsyncClient, to_number: str, from_number: str) -> dict[str, Any]:
    answer = await send(http, question(to_number, from_number=from_number), INBOUND)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()["call_inbound"]
    return told


async def test_a_known_caller_is_known_by_name_language_and_next_sure_appointment(
    http: httpx.AsyncClient, salon: Salon, regular: datetime
) -> None:
    told = (await greeted(http, salon.dialled, CALLER))["dynamic_variables"]
    assert told["language"] == "en"
    assert {name: told[name] for name in NOBODY} == {
        "customer_known": "true",
        "customer_first_name": "Jonas",
        "customer_last_name": "von Feldmann",
        "next_appointment_known": "true",
        "next_appointment_spoken": "Tuesday, the fourth of March, at two fifteen pm",
    }


@pytest.mark.parametrize("number", ["anonymous", "", "+4917604069041", "{{user_number}}"])
async def test_nobody_else_hears_of_a_customer(
    http: httpx.AsyncClient, salon: Salon, regular: datetime, number: str
) -> None:
    told = await greeted(http, salon.dialled, number)
    assert {name: told["dynamic_variables"][name] for name in NOBODY} == NOBODY
    assert "Feldmann" not in str(told)


async def test_a_customer_of_one_company_is_a_stranger_to_another(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, regular: datetime
) -> None:
    other = await make_salon(engine, "salon-fremd", number=3)
    told = (await greeted(http, other.dialled, CALLER))["dynamic_variables"]
    assert {name: told[name] for name in NOBODY} == NOBODY


async def test_a_blocked_number_is_rejected_and_no_call_is_started(
    *,
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    salon: Salon,
    settings: Settings,
    temporal_client: Client,
) -> None:
    blocked, call_id = "+4917604069099", new_call_id()
    async with tenant_session(engine, salon.company_id) as session:
        await block(session, hashed(settings, blocked), "lästig")
    asked = question(salon.dialled, from_number=blocked, call_id=call_id)
    assert (await send(http, asked, INBOUND)).json() == {"call_inbound": {"reject": True}}
    assert await kept(owner_engine, call_id) == ["call_inbound"]
    query = text("SELECT signalled_at FROM webhook_events WHERE retell_call_id = :id")
    async with owner_engine.connect() as connection:
        assert await connection.scalar(query, {"id": call_id}) is not None
    with pytest.raises(RPCError):
        await temporal_client.get_workflow_handle(call_workflow_id(call_id)).describe()
    async with tenant_session(engine, salon.company_id) as session:
        assert await unblock(session, hashed(settings, blocked))
    assert "reject" not in await greeted(http, salon.dialled, blocked)


async def test_a_number_that_one_company_has_blocked_may_call_another(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, settings: Settings
) -> None:
    other = await make_salon(engine, "salon-offen", number=4)
    async with tenant_session(engine, other.company_id) as session:
        await block(session, hashed(settings), None)
    assert await greeted(http, other.dialled, CALLER) == {"reject": True}
    assert "reject" not in await greeted(http, salon.dialled, CALLER)


async def test_a_branch_sets_its_agent_for_the_call(
    http: httpx.AsyncClient, engine: AsyncEngine, regular: datetime, settings: Settings
) -> None:
    own = await make_salon(engine, "salon-eigen", number=5)
    override = {
        "override_agent_id": "agent_abend",
        "override_agent_version": "prod",
        "begin_message": "Salon {branch}, guten Tag {first_name}, was darf es sein?",
        "agent": {"voice_id": "11labs-Carola", "webhook_timeout_ms": "soon"},
    }
    async with tenant_session(engine, own.company_id) as session:
        change = update(Branch).where(Branch.id == own.branch_id).values(agent_override=override)
        await session.execute(change)
    told = await greeted(http, own.dialled, CALLER)
    assert (told["override_agent_id"], told["override_agent_version"]) == ("agent_abend", "prod")
    assert told["agent_override"] == {
        "agent": {
            "voice_id": "11labs-Carola",
            "boosted_keywords": ["Anna", "Ben", "Schnitt", "Farbe"],
        },
        "retell_llm": {"begin_message": "Salon Mitte, guten Tag, was darf es sein?"},
    }


async def test_a_hotline_is_told_without_a_branch(
    http: httpx.AsyncClient, salon: Salon, owner_engine: AsyncEngine
) -> None:
    hotline = "+493023129900"
    query = text(
        "INSERT INTO phone_numbers (id, company_id, e164, kind)"
        " VALUES (gen_random_uuid(), :company_id, :e164, 'dialled')"
    )
    async with owner_engine.begin() as connection:
        await connection.execute(query, {"company_id": salon.company_id, "e164": hotline})
    told = await greeted(http, hotline, "anonymous")
    assert told["metadata"] == {"company_id": str(salon.company_id)}
    variables = told["dynamic_variables"]
    assert (variables["branch_id"], variables["branch_name"]) == ("", "")
    assert variables["timezone"] == "Europe/Berlin"
    assert told["agent_override"]["agent"]["boosted_keywords"][:2] == ["Anna", "Ben"]


async def test_a_slow_answer_is_no_answer(
    http: httpx.AsyncClient, salon: Salon, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as connection:
        await connection.execute(text("LOCK TABLE branches IN ACCESS EXCLUSIVE MODE"))
        answer = await send(http, question(salon.dialled), INBOUND)
    assert (answer.status_code, answer.json()) == (200, NOTHING)

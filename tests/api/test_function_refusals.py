"""What an agent or a workspace sends wrong: a hint, a refusal, and nothing asked of a call."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, RPCError

from api.functions.request import FUNCTIONS
from db.queries.connections import upsert_connection
from db.session import tenant_session
from domain.ids import call_workflow_id
from domain.speech import say
from tests.api.call_double import CallScript
from tests.api.conftest import SMALL_LIMIT
from tests.api.function_requests import (
    DOOR,
    ask,
    asked,
    rows,
    stored,
)
from tests.builders.retell import dump, new_call_id, send, signed
from tests.builders.rows import Salon, make_salon

pytestmark = pytest.mark.usefixtures("call_script")


# --- what is not as it should be ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told", "hint"),
    [
        ({"call": None}, ("failed", "no_call"), "args_at_root"),
        ({"call": "call_1"}, ("failed", "no_call"), "args_at_root"),
        ({"call": {"agent_id": "a"}}, ("failed", "no_call_id"), "call_id"),
        ({"call": {"call_id": "../x"}}, ("failed", "no_call_id"), "call_id"),
        ({"name": "book_table"}, ("failed", "unknown_function"), ", ".join(FUNCTIONS)),
        ({"name": None}, ("failed", "unknown_function"), "opening_hours"),
        ({"name": ["book_appointment"]}, ("failed", "unknown_function"), "opening_hours"),
        ({"args": ["Freitag"]}, ("clarify", "args_not_an_object"), "args"),
        ({"args": "Freitag"}, ("clarify", "args_not_an_object"), "args"),
    ],
)
async def test_what_the_agent_sends_wrong_is_answered_with_a_hint(
    http: httpx.AsyncClient,
    call_script: CallScript,
    change: dict[str, Any],
    told: tuple[str, str],
    hint: str,
) -> None:
    answer = await send(http, dump(asked(new_call_id()) | change), DOOR)
    said = answer.json()
    assert (answer.status_code, said["status"], said["reason"]) == (200, *told)
    assert hint in said["hint"]
    assert said["message"] == say(told[0], "de")
    assert "total" in answer.headers["Server-Timing"]
    assert call_script.asked == []


async def test_arguments_alone_are_told_what_to_set_in_the_agent(http: httpx.AsyncClient) -> None:
    flat = {"service": "Herrenhaarschnitt", "date_phrase": "nächsten Freitag", "name": "Erika"}
    status, told = await ask(http, flat)
    assert (status, told["status"], told["reason"]) == (200, "failed", "no_call")
    assert "args_at_root" in told["hint"]


@pytest.mark.parametrize("args", [None, "", "{}", {}, '{"service": "Schnitt"}'])
async def test_absent_and_doubly_written_arguments_are_taken(
    http: httpx.AsyncClient, engine: AsyncEngine, call_script: CallScript, args: Any
) -> None:
    assert (await ask(http, asked(new_call_id(), args=args)))[1]["status"] == "info"
    kept = await stored(engine, call_script.asked[0].event_id)
    assert kept["args"] == ({"service": "Schnitt"} if args and "Schnitt" in args else {})


async def test_a_field_of_a_wrong_type_counts_as_absent(
    http: httpx.AsyncClient, engine: AsyncEngine, call_script: CallScript
) -> None:
    wrong = {
        "start_timestamp": "Freitag",
        "transcript_object": [7, {"role": "user"}, {"role": "user", "content": "Ja."}],
        "custom_sip_headers": {"diversion": "<sip:+4930@x>", "n": 1},
        "metadata": [],
        "agent_version": "neu",
        "agent_name": "Lena \ud83d",
    }
    call = asked(call_id := new_call_id())["call"] | wrong
    raw = json.dumps(asked(call_id, call=call)).encode()  # a lone half of a pair has no UTF-8
    answer = await http.post(DOOR, content=raw, headers=signed(raw))
    assert answer.json()["status"] == "info"
    kept = (await stored(engine, call_script.asked[0].event_id))["call"]
    assert kept["transcript_object"] == [{"role": "user", "content": "Ja."}]
    assert kept["custom_sip_headers"] == {"diversion": "<sip:+4930@x>"}
    assert kept["agent_name"] == "Lena \ud83d"
    assert not {"start_timestamp", "metadata", "agent_version"} & kept.keys()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'"x"', b"[" * 100_000])
async def test_what_is_no_json_object_is_refused_and_kept_for_review(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, body: bytes
) -> None:
    answer = await send(http, body, DOOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    async with owner_engine.connect() as connection:
        query = text("SELECT status FROM webhook_events ORDER BY received_at DESC LIMIT 1")
        assert await connection.scalar(query) == "invalid"


@pytest.mark.parametrize("path", [DOOR, f"{DOOR}/{UUID(int=7)}"])
async def test_what_is_not_signed_is_refused_and_nothing_is_stored(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, temporal_client: Client, path: str
) -> None:
    body = dump(asked(call_id := new_call_id()))
    for headers in ({}, signed(body, "another key"), signed(body, age_ms=301_000)):
        answer = await http.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert await rows(owner_engine, call_id) == []
    with pytest.raises(RPCError):
        await temporal_client.get_workflow_handle(call_workflow_id(call_id)).describe()


async def test_a_body_over_the_limit_is_refused(http: httpx.AsyncClient) -> None:
    body = dump(asked(new_call_id(), args={"service": "a" * SMALL_LIMIT}))
    assert (await send(http, body, DOOR)).status_code == 413


# --- whose call it is --------------------------------------------------------------------------


async def test_a_call_to_a_number_that_nobody_has_goes_to_its_workflow_like_any_other(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, call_script: CallScript
) -> None:
    call = asked(call_id := new_call_id())["call"] | {"to_number": "+493099999999"}
    assert (await ask(http, asked(call_id, call=call)))[0] == 200
    (row,) = await rows(owner_engine, call_id)
    assert (row.company_id, row.status, len(call_script.asked)) == (None, "accepted", 1)


@pytest.fixture(scope="module")
async def own_door(engine: AsyncEngine, salon: Salon) -> str:
    async with tenant_session(engine, salon.company_id) as session:
        connection_id = await upsert_connection(
            session, provider="retell", base_url="https://retell.example", api_key="key_own"
        )
    return f"{DOOR}/{connection_id}"


async def test_a_company_with_its_own_workspace_asks_for_its_own_calls(
    http: httpx.AsyncClient, owner_engine: AsyncEngine, salon: Salon, own_door: str
) -> None:
    body = dump(asked(call_id := new_call_id()))
    assert (await send(http, body, own_door, "key_own")).json()["status"] == "info"
    (row,) = await rows(owner_engine, call_id)
    assert row.company_id == salon.company_id
    assert row.source == f"retell:{own_door.rpartition('/')[2]}"
    assert (await send(http, body, DOOR, "key_own")).status_code == 401


async def test_a_company_does_not_speak_for_the_number_of_another(
    http: httpx.AsyncClient,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    call_script: CallScript,
    own_door: str,
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    call = asked(call_id := new_call_id())["call"] | {"to_number": other.dialled}
    answer = await send(http, dump(asked(call_id, call=call)), own_door, "key_own")
    told = answer.json()
    assert (answer.status_code, told["status"], told["reason"]) == (
        *(200, "failed"),
        "another_company",
    )
    (row,) = await rows(owner_engine, call_id)
    assert (row.status, row.error) == ("invalid", "number_of_another_company")
    assert (row.signalled_at, call_script.asked) == (None, [])

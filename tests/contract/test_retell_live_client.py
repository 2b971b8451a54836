"""A word into a live call: told, too late, refused or unclear, and never said twice by itself."""

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from integrations.retell.client import RetellClient
from integrations.retell.outcomes import CallOver, Rejected, RejectedFor, TellOutcome, Told, Unclear
from sandbox.phone.running import Running, running

KEY = "key_of_a_workspace"
WORDS = "Der Termin am Dienstag um zehn Uhr ist jetzt bestätigt."
Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def control(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as http:
        yield http
        http.delete("/sandbox/faults")


@pytest.fixture
async def client(server: Running) -> AsyncIterator[RetellClient]:
    async with RetellClient(server.url, KEY) as opened:
        yield opened


@pytest.fixture
def call_id() -> str:
    return f"call_{uuid4().hex[:27]}"


async def tell(client: RetellClient, call_id: str, **changes: Any) -> TellOutcome:
    wanted: Json = {"additional_context": WORDS, "trigger_response": True}
    return await client.tell_live_call(call_id, **wanted | changes)


def heard(control: httpx.Client, call_id: str) -> list[Json]:
    listed = control.get("/sandbox/live", params={"call_id": call_id}).json()
    injections: list[Json] = listed["injections"]
    return injections


def order(control: httpx.Client, **fault: Any) -> None:
    known = {"operation": "update_live_call", **fault}
    control.post("/sandbox/faults", json=known).raise_for_status()


def set_call(control: httpx.Client, call_id: str, **fields: Any) -> None:
    control.post(f"/sandbox/calls/{call_id}", json=fields).raise_for_status()


def page(control: httpx.Client) -> str:
    return control.get("/").text


def tries(control: httpx.Client) -> int:
    params = {"operation": "update_live_call"}
    return len(control.get("/sandbox/requests", params=params).json()["requests"])


async def test_the_agent_is_told_and_may_speak_up(
    client: RetellClient, control: httpx.Client, call_id: str
) -> None:
    told = await tell(client, call_id, dynamic_variables={"termin": "Dienstag"})
    assert isinstance(told, Told)
    [injected] = heard(control, call_id)
    assert (injected["additional_context"], injected["trigger_response"]) == (WORDS, True)
    assert injected["dynamic_variables"] == {"termin": "Dienstag"}


async def test_the_agent_may_be_told_without_speaking_up(
    client: RetellClient, control: httpx.Client, call_id: str
) -> None:
    assert isinstance(await tell(client, call_id, trigger_response=False), Told)
    [injected] = heard(control, call_id)
    assert (injected["trigger_response"], injected["dynamic_variables"]) == (False, {})


async def test_an_id_is_one_part_of_the_path(client: RetellClient, control: httpx.Client) -> None:
    assert await tell(client, "call_1/../x?y=ü#z") == CallOver(status=404)
    assert heard(control, "x") == []
    assert isinstance(await tell(client, "call_ü?y#z"), Told)
    assert len(heard(control, "call_ü?y#z")) == 1


async def test_nothing_to_say_is_a_mistake_of_ours(client: RetellClient, call_id: str) -> None:
    with pytest.raises(ValueError, match="nothing to tell"):
        await tell(client, call_id, additional_context="  ")


@pytest.mark.parametrize("ended_status", [400, 404, 409, 422])
async def test_a_call_that_has_ended_is_over_however_it_is_said(
    client: RetellClient, control: httpx.Client, call_id: str, ended_status: int
) -> None:
    set_call(control, call_id, status="ended", ended_status=ended_status)
    assert await tell(client, call_id) == CallOver(status=ended_status)
    assert heard(control, call_id) == []
    set_call(control, call_id, status="ongoing")
    assert isinstance(await tell(client, call_id), Told)


async def test_an_id_that_this_key_does_not_know_is_over_too(
    client: RetellClient, control: httpx.Client, call_id: str
) -> None:
    order(control, fault="status", status=422)
    assert await tell(client, call_id) == CallOver(status=422)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "other"), (401, "credentials"), (402, "other"), (403, "credentials"), (429, "limited")],
)
async def test_refusals_say_why(
    client: RetellClient, control: httpx.Client, call_id: str, status: int, reason: RejectedFor
) -> None:
    order(control, fault="status", status=status)
    refused = await tell(client, call_id)
    assert isinstance(refused, Rejected)
    assert (refused.status, refused.reason) == (status, reason)
    assert refused.message
    assert heard(control, call_id) == []


async def test_a_key_that_is_none_is_refused(server: Running, call_id: str) -> None:
    async with RetellClient(server.url, "no-key") as client:
        refused = await tell(client, call_id)
    assert refused == Rejected(
        reason="credentials", message="API key is missing or invalid.", status=401
    )


@pytest.mark.parametrize(
    ("fault", "times_heard"),
    [
        ({"fault": "drop"}, 0),
        ({"fault": "commit_then_drop"}, 1),
        ({"fault": "malformed"}, 1),
        ({"fault": "status", "status": 500}, 0),
        ({"fault": "status", "status": 503}, 0),
        ({"fault": "status", "status": 408}, 0),
    ],
)
async def test_what_is_unclear_is_not_repeated(
    client: RetellClient, control: httpx.Client, call_id: str, fault: Json, times_heard: int
) -> None:
    before = tries(control)
    order(control, **fault)
    assert isinstance(await tell(client, call_id), Unclear)
    assert tries(control) == before + 1
    assert len(heard(control, call_id)) == times_heard


async def test_an_answer_that_takes_too_long_is_unclear(
    server: Running, control: httpx.Client, call_id: str
) -> None:
    order(control, fault="delay", delay_s=600, call_id=call_id)
    async with RetellClient(server.url, KEY, timeout_s=0.2) as client:
        assert isinstance(await tell(client, call_id), Unclear)


async def test_a_server_that_is_not_there_was_told_nothing(call_id: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening
        port = nobody.getsockname()[1]
        async with RetellClient(f"http://127.0.0.1:{port}", KEY) as client:
            refused = await tell(client, call_id)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.status) == ("unreachable", None)


# --- the stand-in by plain HTTP -------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"call_control": {"additional_context": ""}},
        {"call_control": {"additional_context": 1}},
        {"call_control": {"speak": "now"}},
        {"fields_to_override": {"override_dynamic_variables": {"minutes": 5}}},
        {"context": "x"},
        [],
    ],
)
def test_a_body_that_retell_would_not_take_is_refused(
    control: httpx.Client, call_id: str, body: Any
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = control.patch(f"/v2/update-live-call/{call_id}", json=body, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    assert heard(control, call_id) == []


def test_a_call_that_nobody_told_of_is_ongoing_until_it_is_ended(
    control: httpx.Client, call_id: str
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}

    def status() -> str:
        call: Json = control.get(f"/v2/get-call/{call_id}", headers=headers).json()
        assert call["call_id"] == call_id
        return str(call["call_status"])

    assert status() == "ongoing"
    set_call(control, call_id, status="ended")
    assert status() == "ended"
    assert control.get(f"/v2/get-call/{call_id}").status_code == 401


async def test_the_page_shows_what_was_said_into_calls(
    client: RetellClient, control: httpx.Client, call_id: str
) -> None:
    await tell(client, call_id, additional_context=f"<i>{call_id}</i> & bestätigt")
    assert f"&lt;i&gt;{call_id}&lt;/i&gt; &amp; bestätigt" in page(control)
    assert "the agent speaks up" in page(control)

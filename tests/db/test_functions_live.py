"""Into the running call: the sentence that became true, to the phone sandbox as a real server."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.live import RetellLive
from contracts.functions import TellLive
from db.queries.connections import upsert_connection
from db.session import tenant_session
from sandbox.phone.running import Running, running
from tests.builders.talking import COMPANY, OnTheLine, dial, said
from tests.db.shop import loaded_shop, shop, shop_database

__all__ = ["loaded_shop", "shop", "shop_database"]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
async def http(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url) as client:
        yield client


@pytest.fixture
async def line(shop: AsyncEngine) -> OnTheLine:
    line = dial(shop)
    await line.ask("check_availability", service="Schnitt", date=said(), time="10:00", staff="Anna")
    await line.book(customer_name="Jonas Feldmann")
    return line


def steps(shop: AsyncEngine, server: Running, http: httpx.AsyncClient, **given: Any) -> RetellLive:
    settings = {"base_url": server.url, "api_key": "key_of_the_platform", **given}
    return RetellLive(shop, http, **settings)


def request(line: OnTheLine, outcome: str) -> TellLive:
    promised = line.conversation.bookings[-1]
    return TellLive.model_validate(
        {
            "company_id": COMPANY,
            "retell_call_id": line.conversation.retell_call_id,
            "appointment_id": promised.appointment_ids[0],
            "outcome": outcome,
        }
    )


async def heard(http: httpx.AsyncClient, line: OnTheLine) -> list[str]:
    params = {"call_id": line.conversation.retell_call_id}
    answer = await http.get("/sandbox/live", params=params)
    return [each["additional_context"] for each in answer.json()["injections"]]


async def test_the_agent_says_what_has_become_true(
    shop: AsyncEngine, server: Running, http: httpx.AsyncClient, line: OnTheLine
) -> None:
    live = steps(shop, server, http)
    for outcome in ("booked", "rescheduled", "cancelled", "refused"):
        assert (await live.tell_live(request(line, outcome))).outcome == "told"
    async with tenant_session(shop, COMPANY) as session:
        await session.execute(text("UPDATE appointments SET status = 'failed'"))
    assert (await live.tell_live(request(line, "refused"))).outcome == "told"
    booked, moved, cancelled, kept, lost = await heard(http, line)
    assert "gebucht" in booked
    assert "Anna" in booked
    assert all("gebucht" not in sentence for sentence in (moved, cancelled, kept, lost))
    assert "abgesagt" in cancelled
    assert kept != lost
    assert all("Feldmann" not in sentence for sentence in (booked, moved, cancelled, kept, lost))


async def test_who_has_hung_up_is_told_by_message(
    shop: AsyncEngine, server: Running, http: httpx.AsyncClient, line: OnTheLine
) -> None:
    call = line.conversation.retell_call_id
    await http.post(f"/sandbox/calls/{call}", json={"status": "ended"})
    told = await steps(shop, server, http).tell_live(request(line, "booked"))
    assert told.outcome == "call_over"


async def test_without_a_key_nobody_is_told_and_a_companys_own_comes_first(
    shop: AsyncEngine, server: Running, http: httpx.AsyncClient, line: OnTheLine
) -> None:
    nobody = steps(shop, server, http, api_key=None, base_url="http://127.0.0.1:1")
    assert (await nobody.tell_live(request(line, "booked"))).outcome == "not_told"
    assert await heard(http, line) == []
    async with tenant_session(shop, COMPANY) as session:
        await upsert_connection(
            session, provider="retell", base_url=server.url, api_key="key_of_the_company"
        )
    assert (await nobody.tell_live(request(line, "booked"))).outcome == "told"


async def test_what_retell_does_not_understand_is_not_told(
    shop: AsyncEngine, server: Running, http: httpx.AsyncClient, line: OnTheLine
) -> None:
    live = steps(shop, server, http, base_url="http://127.0.0.1:1")
    assert (await live.tell_live(request(line, "booked"))).outcome == "not_told"
    unknown = request(line, "booked").model_copy(update={"appointment_id": COMPANY})
    assert (await live.tell_live(unknown)).outcome == "not_told"

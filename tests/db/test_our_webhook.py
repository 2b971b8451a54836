"""Our one webhook at Cal.com: made once, brought back, with a secret that nobody types."""

from typing import Any

import httpx

from activities.calendar_looks import CalendarLooks
from contracts.calendar_events import CalendarConnection
from db.queries import connections
from db.session import tenant_session
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from integrations.calcom.webhooks import TRIGGERS
from tests.builders.calendar_events import DOMAIN, Calendars


def hooks(calendars: Calendars) -> list[Any]:
    desk = calendars.office.desk
    found: list[Any] = desk.http.get("/v2/webhooks", headers=desk.auth).json()["data"]
    return found


async def test_our_webhook_is_registered_once_and_brought_back(calendars: Calendars) -> None:
    office = calendars.office
    request = CalendarConnection(
        company_id=calendars.company_id, connection_id=office.connection_id
    )
    outcomes = [(await calendars.looks.ensure_webhook(request)).outcome for _ in range(3)]
    assert outcomes == ["created", "unchanged", "unchanged"]
    [hook] = hooks(calendars)
    assert hook["subscriberUrl"] == (
        f"https://askproai.example/webhooks/calcom/{office.connection_id}"
    )
    assert set(hook["triggers"]) == TRIGGERS
    async with tenant_session(office.engine, calendars.company_id) as session:
        kept = await connections.get_connection(session, connection_id=office.connection_id)
    assert kept is not None
    assert kept.webhook_secret == hook["secret"]
    path = f"/v2/webhooks/{hook['id']}"
    office.desk.http.patch(path, json={"active": False, "secret": "x"}, headers=office.desk.auth)
    assert (await calendars.looks.ensure_webhook(request)).outcome == "updated"
    assert hooks(calendars) == [hook]
    office.desk.http.delete(path, headers=office.desk.auth)
    assert (await calendars.looks.ensure_webhook(request)).outcome == "created"


async def test_a_secret_outlives_a_catalogue_that_does_not_know_it(calendars: Calendars) -> None:
    office = calendars.office
    async with tenant_session(office.engine, calendars.company_id) as session:
        kept = await connections.keep_webhook_secret(session, office.connection_id, "first")
        again = await connections.keep_webhook_secret(session, office.connection_id, "second")
        await connections.upsert_connection(
            session, provider="calcom", base_url=office.desk.url, api_key=office.desk.key
        )
        found = await connections.get_connection(session, connection_id=office.connection_id)
    assert found is not None
    assert (kept, again, found.webhook_secret) == ("first", "first", "first")


async def test_without_an_address_of_ours_nothing_is_registered(calendars: Calendars) -> None:
    office = calendars.office
    async with httpx.AsyncClient(trust_env=False) as http, open_shared("mem://") as shared:
        looks = CalendarLooks(
            office.engine,
            http,
            attendee_domain=DOMAIN,
            public_url=None,
            gates=Gates(shared),
            view=office.view,
            start=calendars.looks._start,
        )
        done = await looks.ensure_webhook(
            CalendarConnection(company_id=calendars.company_id, connection_id=office.connection_id)
        )
    assert done.outcome == "no_address"
    assert hooks(calendars) == []

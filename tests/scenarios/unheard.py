"""A company whose Cal.com tells nobody anything, and where nobody looks by the clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from domain.ids import sync_schedule_id
from sandbox.caller.desk import Desk, wait_until
from tests.scenarios.phone import query

AT_REST_WITHIN_S = 60.0


@asynccontextmanager
async def unheard(desk: Desk, client: Client, company: str) -> AsyncIterator[None]:
    """What happens at Cal.com meanwhile is followed neither within seconds (webhook) nor
    within minutes (poll). Other companies are heard as ever.
    """
    key = desk.calcom_key(company)
    faults = f"{desk.stack.calcom_url}/sandbox/faults"
    order = {"operation": "webhook", "fault": "lose", "times": None, "api_key": key}
    [row] = await query(
        desk.stack,
        "SELECT c.id FROM connections c JOIN companies o ON o.id = c.company_id"
        " WHERE o.slug = %s AND c.provider = 'calcom'",
        company,
    )
    polls = client.get_schedule_handle(sync_schedule_id(row["id"]))

    async def at_rest() -> bool | None:
        return None if (await polls.describe()).info.running_actions else True

    await polls.pause(note="a test looks at what nobody was told of")
    try:
        (await desk.http.post(faults, json=order)).raise_for_status()
        assert await wait_until(at_rest, within_s=AT_REST_WITHIN_S)
        yield
    finally:
        await desk.http.delete(faults, params={"api_key": key})
        await polls.unpause()

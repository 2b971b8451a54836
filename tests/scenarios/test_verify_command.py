"""`askproai verify` on a running stack: it holds, and it tells when it does not."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.appointments import Cancel, ChangeResult
from domain.ids import appointment_workflow_id, sync_schedule_id
from integrations.calcom.client import CalcomClient
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from stack.info import StackInfo
from tests.scenarios.phone import assert_booked_once, callers_for, phone_in, query

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

WISH = Wish(
    company="lindner", branch="br_lindner_schwabing", service="svc_lindner_pzr", hours=range(9, 16)
)


async def verify(stack: StackInfo) -> tuple[int, str]:
    """As typed: exit code, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "verify", "--data", str(stack.data_dir)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return await process.wait(), told.decode()


@asynccontextmanager
async def unheard(stack: StackInfo, desk: Desk, client: Client, uid: str) -> AsyncIterator[None]:
    """What happens to the booking at Cal.com is told to nobody, and nobody looks there meanwhile:
    else the cancellation is followed here, within two seconds or two minutes.
    """
    key = desk.calcom_key(WISH.company)
    faults = f"{stack.calcom_url}/sandbox/faults"
    lost = {"operation": "webhook", "fault": "lose", "times": None}
    order = {**lost, "api_key": key, "booking_uid": uid}
    [row] = await query(
        stack,
        "SELECT c.id FROM connections c JOIN companies o ON o.id = c.company_id"
        " WHERE o.slug = %s AND c.provider = 'calcom'",
        WISH.company,
    )
    polls = client.get_schedule_handle(sync_schedule_id(row["id"]))

    async def at_rest() -> bool | None:
        return None if (await polls.describe()).info.running_actions else True

    await polls.pause(note="a test's calendar is cancelled behind our back")
    (await desk.http.post(faults, json=order)).raise_for_status()
    try:
        assert await wait_until(at_rest, within_s=60)
        yield
    finally:
        await desk.http.delete(faults, params={"api_key": key})
        await polls.unpause()


async def test_a_booking_that_vanished_from_calcom_is_told(stack: StackInfo, desk: Desk) -> None:
    [caller] = await callers_for(desk, [WISH])
    call = await phone_in(desk, caller)
    await assert_booked_once(desk, caller, call)
    assert await verify(stack) == (0, "invariants 1 to 4 hold\n")

    number = call["appointments"][0]["id"]
    [booking] = await desk.bookings(WISH.company, number)
    client = await Client.connect(
        stack.temporal_address,
        namespace=stack.temporal_namespace,
        data_converter=pydantic_data_converter,
    )
    async with unheard(stack, desk, client, booking["uid"]):
        async with httpx.AsyncClient() as http:
            calcom = CalcomClient(stack.calcom_url, desk.calcom_key(WISH.company), http=http)
            await calcom.cancel_booking(booking["uid"], reason="Behind our back")
        code, told = await verify(stack)
        assert code == 1
        assert "no live Cal.com booking" in told
        assert number in told.replace("\n", "")
        cancelled = await client.get_workflow_handle(
            appointment_workflow_id(UUID(number))
        ).execute_update("cancel", Cancel(), id=str(uuid4()), result_type=ChangeResult)
        gone = "what is gone from Cal.com can still be cancelled here"
        assert cancelled.outcome == "cancelled", gone
    assert await verify(stack) == (0, "invariants 1 to 4 hold\n")

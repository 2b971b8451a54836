"""`askproai verify` on a running stack: it holds, and it tells when it does not."""

import asyncio
import subprocess
import sys
from uuid import UUID, uuid4

import httpx
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.appointments import Cancel, ChangeResult
from domain.ids import appointment_workflow_id
from integrations.calcom.client import CalcomClient
from sandbox.caller.desk import Desk
from sandbox.caller.diary import Wish
from stack.info import StackInfo
from tests.scenarios.phone import assert_booked_once, callers_for, phone_in
from tests.scenarios.unheard import unheard

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
    async with unheard(desk, client, WISH.company):
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

"""Cal.com lets two overlapping bookings of one person pass: the younger goes, and is told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client

from sandbox.caller.desk import Desk
from sandbox.caller.diary import Wish
from stack.info import StackInfo
from tests.chaos.wishes import ROSENGARTEN, SEEBLICK
from tests.scenarios.phone import free_starts, slots_of
from tests.scenarios.test_both_calendars import order_fault
from tests.scenarios.test_people_in_the_calendar import (
    booked,
    customer_is_told,
    is_offered,
    status_becomes,
)
from tests.scenarios.unheard import unheard
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

Json = dict[str, Any]


async def strangers_at(desk: Desk, wish: Wish, start: datetime) -> list[Json]:
    """Live bookings of others that begin within the hour after the start."""
    listed = await desk.http.get(
        f"{desk.stack.calcom_url}/sandbox/bookings",
        params={"api_key": desk.calcom_key(wish.company)},
    )
    return [
        one
        for one in listed.json()["bookings"]
        if one["status"] == "accepted"
        and "askproai_appointment_id" not in one["metadata"]
        and start < datetime.fromisoformat(one["start"]) < start + timedelta(hours=1)
    ]


async def test_a_booking_that_somebody_older_overlaps_is_taken_back_and_told(
    stack: StackInfo, desk: Desk
) -> None:
    wish = ROSENGARTEN
    [start] = await free_starts(desk, [wish])
    client = await Client.connect(stack.temporal_address, namespace=stack.temporal_namespace)
    async with unheard(desk, client, wish.company):
        await order_fault(desk, wish, "create_booking", "overlapped", times=1)
        _, number = await booked(desk, wish, start)
        await status_becomes(desk, wish, number, "cancelled")
        await customer_is_told(stack, number, "apology")
        assert await desk.bookings(wish.company, number) == []
        [stranger] = await strangers_at(desk, wish, start)
        assert {slot["status"] for slot in await slots_of(stack, number)} == {"released"}
        assert not await is_offered(desk, wish, datetime.fromisoformat(stranger["start"]))
        assert await verify_stack(stack) == []


async def test_a_move_into_somebody_elses_booking_is_taken_back_and_told(
    stack: StackInfo, desk: Desk
) -> None:
    wish = SEEBLICK
    [first, second] = await free_starts(desk, [wish, wish])
    client = await Client.connect(stack.temporal_address, namespace=stack.temporal_namespace)
    async with unheard(desk, client, wish.company):
        _, number = await booked(desk, wish, first)
        await order_fault(desk, wish, "reschedule_booking", "overlapped", times=1)
        answer = await desk.http.post(
            f"{stack.api_url}/api/v1/appointments/{number}/reschedule",
            json={"start_at": second.isoformat()},
            headers={**desk._headers(wish.company), "Idempotency-Key": f"move-{number}"},
        )
        assert answer.is_success, answer.text
        await status_becomes(desk, wish, number, "cancelled")
        await customer_is_told(stack, number, "apology")
        assert await desk.bookings(wish.company, number) == []
        assert await strangers_at(desk, wish, second)
        assert await verify_stack(stack) == []

"""What is cancelled or moved while Cal.com has not answered leaves nothing behind anywhere."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.appointments import Cancel, ChangeResult, Reschedule
from domain.ids import appointment_workflow_id
from sandbox.caller.desk import Desk
from sandbox.caller.diary import Wish
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.chaos.faults import break_calendar
from tests.chaos.wishes import HAARWERK, LINDNER
from tests.scenarios.phone import Caller, free_starts, make_caller, messages, slots_of, told
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

# Cal.com books and says so after REST has answered `reserved`; or nobody knows what it has done.
LATE = {"fault": "commit_then_delay", "delay_s": 9.5}
UNKNOWN = {"fault": "commit_then_drop"}
LOST = {"fault": "drop"}
BLIND = {"operation": "list_bookings", "fault": "status", "status": 503, "times": 4}
Json = dict[str, Any]


async def reserved(desk: Desk, caller: Caller) -> str:
    """Through REST; the id of the appointment that Cal.com has not answered for."""
    wish, company = caller.wish, demo_company(caller.wish.company)
    made = await desk.book(
        wish.company,
        {
            "branch": company.branch(wish.branch).name,
            "service": company.service(wish.service).name,
            "staff": company.person(wish.staff).name if wish.staff else None,
            "start_at": caller.start.isoformat(),
            "customer": {"name": caller.name, "phone": caller.phone, "email": caller.email},
        },
    )
    assert made["status"] == "reserved", made
    return str(made["id"])


async def workflow(stack: StackInfo, number: str) -> WorkflowHandle[Any, Any]:
    client = await Client.connect(
        stack.temporal_address,
        namespace=stack.temporal_namespace,
        data_converter=pydantic_data_converter,
    )
    return client.get_workflow_handle(appointment_workflow_id(UUID(number)))


async def break_it(desk: Desk, wish: Wish, *faults: Json) -> None:
    for fault in faults:
        order = {"operation": "create_booking", **fault}
        await break_calendar(desk, wish.company, order.pop("operation"), order)


@pytest.mark.parametrize(
    ("wish", "faults"),
    [(HAARWERK, (LATE,)), (LINDNER, (UNKNOWN, BLIND))],
    ids=["on its way", "unclear"],
)
async def test_a_cancelled_hold_leaves_no_booking(
    stack: StackInfo, desk: Desk, wish: Wish, faults: tuple[Json, ...]
) -> None:
    [start] = await free_starts(desk, [wish])
    await break_it(desk, wish, *faults)
    number = await reserved(desk, make_caller(wish, start))
    appointment = await workflow(stack, number)
    cancelled: ChangeResult = await appointment.execute_update(
        "cancel", Cancel(), id=str(uuid4()), result_type=ChangeResult
    )
    assert cancelled.outcome == "cancelled"
    seen = await desk.appointment(wish.company, number)
    assert seen is not None
    assert seen["status"] == "cancelled"
    assert {slot["status"] for slot in await slots_of(stack, number)} == {"released"}
    await asyncio.wait_for(appointment.result(), timeout=90)  # all that was left is taken back
    assert await desk.bookings(wish.company, number) == []
    kinds = {(row["kind"], row["audience"]) for row in await messages(stack, number)}
    assert kinds == {("reservation", "customer"), ("cancellation", "customer")}
    assert await verify_stack(stack) == []


@pytest.mark.parametrize(
    ("wish", "fault"), [(HAARWERK, LATE), (LINDNER, LOST)], ids=["on its way", "lost"]
)
async def test_a_moved_hold_is_booked_once_at_its_new_time(
    stack: StackInfo, desk: Desk, wish: Wish, fault: Json
) -> None:
    old, new = await free_starts(desk, [wish, wish])
    await break_it(desk, wish, fault)
    number = await reserved(desk, make_caller(wish, old))
    appointment = await workflow(stack, number)
    moved: ChangeResult = await appointment.execute_update(
        "reschedule", Reschedule(start_at=new), id=str(uuid4()), result_type=ChangeResult
    )
    assert moved.outcome == "rescheduled", moved
    [booking] = await desk.bookings(wish.company, number)
    assert datetime.fromisoformat(booking["start"]) == new
    [slot] = [slot for slot in await slots_of(stack, number) if slot["status"] != "released"]
    assert (slot["status"], slot["start_at"], slot["has"]) == ("booked", new, slot["needs"])
    await told(desk, number)
    assert await verify_stack(stack) == []

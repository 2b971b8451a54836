"""Cal.com does what it was asked and does not say so, or says it and does not do it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.appointments import Cancel, ChangeResult, Reschedule
from domain.ids import appointment_workflow_id
from sandbox.caller.desk import Desk, wait_until
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.chaos.faults import break_calendar, requests
from tests.chaos.wishes import ONE_A_COMPANY
from tests.scenarios.phone import (
    Caller,
    assert_booked_once,
    callers_for,
    free_starts,
    make_caller,
    phone_in,
    slots_of,
    told,
)
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

Json = dict[str, Any]

BOOKED_WITHIN_S = 30.0
# As many as there are companies: a fault of this company is met by its own request only.
ANSWERS: tuple[Json, ...] = (
    {"fault": "commit_then_drop"},
    {"fault": "commit_then_status", "status": 500},
    {"fault": "drop"},
    {"fault": "truncate"},
    {"fault": "malformed"},
)
# A gateway's page, and an answer that comes after the client has hung up: 10 s is its patience.
MORE_ANSWERS: tuple[Json, ...] = (
    {"fault": "commit_then_status", "status": 502},
    {"fault": "status", "status": 503},
    {"fault": "delay", "delay_s": 11},
    {"fault": "commit_then_delay", "delay_s": 11},
    {"fault": "status", "status": 504},
)


@pytest.mark.parametrize("answers", [ANSWERS, MORE_ANSWERS], ids=["cut", "late"])
async def test_a_booking_with_an_unclear_answer_is_made_once(
    stack: StackInfo, desk: Desk, answers: tuple[Json, ...]
) -> None:
    callers = await callers_for(desk, ONE_A_COMPANY)

    async def book(caller: Caller, answer: Json) -> None:
        async with _breaking(desk, caller, "create_booking", answer):
            call = await phone_in(desk, caller)
        await assert_booked_once(desk, caller, call)

    await _each(callers, answers, book)
    assert await verify_stack(stack) == []


async def test_a_move_with_an_unclear_answer_is_made_once(stack: StackInfo, desk: Desk) -> None:
    starts = await free_starts(desk, [wish for wish in ONE_A_COMPANY for _ in range(2)])
    callers = [
        make_caller(wish, start) for wish, start in zip(ONE_A_COMPANY, starts[::2], strict=True)
    ]
    new_starts = dict(zip(callers, starts[1::2], strict=True))
    client = await _connect(stack)

    async def move(caller: Caller, answer: Json) -> None:
        number = await _book(desk, caller)
        async with _breaking(desk, caller, "reschedule_booking", answer):
            moved = await _workflow(client, number).execute_update(
                "reschedule",
                Reschedule(start_at=new_starts[caller]),
                id=str(uuid4()),
                result_type=ChangeResult,
            )
        assert moved.outcome == "rescheduled", moved
        [booking] = await desk.bookings(caller.wish.company, number)
        assert datetime.fromisoformat(booking["start"]) == new_starts[caller]
        [slot] = [s for s in await slots_of(desk.stack, number) if s["status"] != "released"]
        assert (slot["start_at"], slot["has"]) == (new_starts[caller], slot["needs"])
        letters = await told(desk, number, "reschedule")
        assert set(letters.values()) == {1}

    await _each(callers, ANSWERS, move)
    assert await verify_stack(stack) == []


async def test_a_cancellation_with_an_unclear_answer_is_made_once(
    stack: StackInfo, desk: Desk
) -> None:
    callers = await callers_for(desk, ONE_A_COMPANY)
    client = await _connect(stack)

    async def cancel(caller: Caller, answer: Json) -> None:
        number = await _book(desk, caller)
        async with _breaking(desk, caller, "cancel_booking", answer):
            cancelled = await _workflow(client, number).execute_update(
                "cancel", Cancel(), id=str(uuid4()), result_type=ChangeResult
            )
        assert cancelled.outcome == "cancelled", cancelled
        assert await desk.bookings(caller.wish.company, number) == []
        assert {slot["status"] for slot in await slots_of(desk.stack, number)} == {"released"}
        seen = await desk.appointment(caller.wish.company, number)
        assert seen is not None
        assert seen["status"] == "cancelled"
        letters = await told(desk, number, "cancellation")
        assert set(letters.values()) == {1}

    await _each(callers, ANSWERS, cancel)
    assert await verify_stack(stack) == []


async def _each(
    callers: list[Caller],
    answers: tuple[Json, ...],
    case: Callable[[Caller, Json], Awaitable[None]],
) -> None:
    """All at the same time; tells of every answer that was not coped with."""
    results = await asyncio.gather(
        *(case(caller, answer) for caller, answer in zip(callers, answers, strict=True)),
        return_exceptions=True,
    )
    pairs = zip(answers, results, strict=True)
    failed = [f"{answer}: {result!r}" for answer, result in pairs if result is not None]
    assert not failed, "\n".join(failed)


@asynccontextmanager
async def _breaking(
    desk: Desk, caller: Caller, operation: str, answer: Json
) -> AsyncIterator[None]:
    """One request of the block gets that answer; that it did is checked."""

    async def hits() -> int:
        asked = await requests(desk, caller.wish.company, operation)
        return sum(answer["fault"] in request["faults"] for request in asked)

    before = await hits()
    await break_calendar(desk, caller.wish.company, operation, answer)
    yield
    assert await hits() == before + 1, f"nobody met {answer}"


async def _book(desk: Desk, caller: Caller) -> str:
    """Through REST; the id of the appointment, once it is booked and both have been told."""
    wish = caller.wish
    company = demo_company(wish.company)
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
    number = str(made["id"])

    async def booked() -> bool | None:
        seen = await desk.appointment(wish.company, number)
        return True if seen is not None and seen["status"] == "booked" else None

    assert await wait_until(booked, within_s=BOOKED_WITHIN_S), f"{number} was not booked"
    await told(desk, number)
    return number


async def _connect(stack: StackInfo) -> Client:
    return await Client.connect(
        stack.temporal_address,
        namespace=stack.temporal_namespace,
        data_converter=pydantic_data_converter,
    )


def _workflow(client: Client, number: str) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(appointment_workflow_id(UUID(number)))

"""Cal.com books and does not say so, while a call is settled. All else: `test_fault_matrix.py`."""

import asyncio
from typing import Any

import pytest

from sandbox.caller.desk import Desk
from stack.info import StackInfo
from tests.chaos.faults import break_calendar, requests
from tests.chaos.wishes import ONE_A_COMPANY
from tests.scenarios.phone import Caller, assert_booked_once, callers_for, phone_in
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

Json = dict[str, Any]

# As many as there are companies: a fault of this company is met by its own request only.
ANSWERS: tuple[Json, ...] = (
    {"fault": "commit_then_drop"},
    {"fault": "commit_then_status", "status": 500},
    {"fault": "drop"},
    {"fault": "truncate"},
    {"fault": "malformed"},
)


async def test_a_call_whose_booking_has_an_unclear_answer_is_booked_once(
    stack: StackInfo, desk: Desk
) -> None:
    callers = await callers_for(desk, ONE_A_COMPANY)
    results = await asyncio.gather(
        *(_book(desk, *each) for each in zip(callers, ANSWERS, strict=True)),
        return_exceptions=True,
    )
    pairs = zip(ANSWERS, results, strict=True)
    failed = [f"{answer}: {result!r}" for answer, result in pairs if result is not None]
    assert not failed, "\n".join(failed)
    assert await verify_stack(stack) == []


async def _book(desk: Desk, caller: Caller, answer: Json) -> None:
    before = await _hits(desk, caller, answer)
    await break_calendar(desk, caller.wish.company, "create_booking", answer)
    call = await phone_in(desk, caller)
    assert await _hits(desk, caller, answer) == before + 1, f"nobody met {answer}"
    await assert_booked_once(desk, caller, call)


async def _hits(desk: Desk, caller: Caller, answer: Json) -> int:
    asked = await requests(desk, caller.wish.company, "create_booking")
    return sum(answer["fault"] in request["faults"] for request in asked)

"""kill -9 of the worker between any two steps: afterwards there is one of everything."""

import asyncio
from typing import Any

import pytest

from sandbox.caller.desk import Desk, wait_until
from stack.info import StackInfo
from tests.chaos.faults import (
    break_calendar,
    break_mail,
    met_calendar_fault,
    met_mail_fault,
    requests,
)
from tests.chaos.wishes import ONE_A_COMPANY
from tests.scenarios.phone import (
    Caller,
    assert_booked_once,
    callers_for,
    deliver,
    make_call,
    messages,
    phone_in,
    settled,
)
from tests.stack_fixture import await_ready, await_successor, kill_part, verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(300)]

Json = dict[str, Any]

# The client gives up after 10 s: whoever is killed in this time has not learned the answer.
LATE_S = 6.0
NEVER_S = 120.0
SHOWS_WITHIN_S = 30.0
MESSAGES = 3  # to the customer by mail and SMS, to the branch by mail


async def phone_until_calendar(desk: Desk, caller: Caller, fault: Json) -> str:
    """The call's id, once its request to Cal.com has met the fault."""
    company = caller.wish.company
    await break_calendar(desk, company, "create_booking", fault)
    call = make_call(caller)
    await deliver(desk, call)
    await met_calendar_fault(desk, company)
    return call.call_id


async def phone_until_mail(stack: StackInfo, desk: Desk, caller: Caller, fault: str) -> Json:
    """The settled call, once its first mail has met the fault and its other messages are out: they
    go at the same time, and the next fault is not for them.
    """
    await break_mail(desk, fault, NEVER_S)
    call = await phone_in(desk, caller)
    await met_mail_fault(desk)
    [appointment] = call["appointments"]

    async def out() -> bool | None:
        rows = await messages(stack, appointment["id"])
        unsent = [row for row in rows if row["status"] not in {"sent", "skipped"}]
        return True if len(rows) >= MESSAGES and len(unsent) == 1 else None

    assert await wait_until(out, within_s=SHOWS_WITHIN_S), "the other messages did not go out"
    return call


async def count_live(desk: Desk, caller: Caller, call_id: str) -> int:
    """Live bookings at Cal.com that this call made, whatever we know of them."""
    return len(await desk.bookings(caller.wish.company, call_id))


async def shows(desk: Desk, caller: Caller, call_id: str) -> None:
    async def there() -> bool | None:
        return True if await count_live(desk, caller, call_id) else None

    assert await wait_until(there, within_s=SHOWS_WITHIN_S), "the sandbox made no booking"


async def test_five_calls_in_five_places_survive_the_worker(stack: StackInfo, desk: Desk) -> None:
    """One kill for all: before Cal.com has committed, after it, with a request that gets lost,
    before the mail server has taken the mail, and after it.
    """
    callers = await callers_for(desk, ONE_A_COMPANY)
    late, committed, lost, unsent, unanswered = callers
    mails = [
        await phone_until_mail(stack, desk, unsent, "delay_recipient"),
        await phone_until_mail(stack, desk, unanswered, "delay"),
    ]
    waiting = await asyncio.gather(
        phone_until_calendar(desk, late, {"fault": "delay", "delay_s": LATE_S}),
        phone_until_calendar(desk, committed, {"fault": "commit_then_delay", "delay_s": NEVER_S}),
        phone_until_calendar(desk, lost, {"fault": "delay", "delay_s": NEVER_S}),
    )
    await shows(desk, committed, waiting[1])
    assert await count_live(desk, late, waiting[0]) == 0, "killed too late for this proof"
    worker = kill_part(stack, "worker")
    await shows(desk, late, waiting[0])
    # The third request is nowhere now: its sender is dead and so is its receiver.
    calendar = kill_part(stack, "sandbox")
    await await_successor(stack, "sandbox", calendar)
    await await_successor(stack, "worker", worker)
    await await_ready(desk)

    calls = [
        *await asyncio.gather(
            *(settled(desk, *pair) for pair in zip(callers[:3], waiting, strict=True))
        ),
        *mails,
    ]
    for caller, call in zip(callers, calls, strict=True):
        copies = (1, 2) if caller is unanswered else (1,)
        await assert_booked_once(desk, caller, call, copies=copies)
    await _asked_again_only_if_absent(desk, late, committed, lost)
    repeats = [await _repeats(stack, call) for call in mails]
    assert repeats == [1, 1], "what nobody can know was sent is repeated, and counted"
    assert await verify_stack(stack) == []


async def _asked_again_only_if_absent(
    desk: Desk, late: Caller, committed: Caller, lost: Caller
) -> None:
    """Requests since the sandbox was started again."""
    asked = [
        len(await requests(desk, caller.wish.company, "create_booking"))
        for caller in (late, committed, lost)
    ]
    assert asked == [0, 0, 1]


async def _repeats(stack: StackInfo, call: Json) -> int:
    [appointment] = call["appointments"]
    return sum(row["repeats"] for row in await messages(stack, appointment["id"]))

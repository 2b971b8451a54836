"""Retell delivers at least once and in any order: the call is one call."""

import asyncio
import itertools
from collections import Counter

import pytest

from sandbox.caller.calls import EventName
from sandbox.caller.desk import Desk
from sandbox.caller.diary import Wish
from sandbox.caller.scenarios import IN_ORDER
from stack.info import StackInfo
from tests.scenarios.phone import (
    Caller,
    assert_booked_once,
    callers_for,
    deliver,
    make_call,
    query,
    settled,
)
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

DELIVERIES = 5
WISH = Wish(
    company="seeblick",
    branch="br_seeblick_sachsenhausen",
    service="svc_seeblick_herren",
    staff="st_seeblick_luca",
)


async def test_a_call_delivered_five_times_in_every_order_has_one_result(
    stack: StackInfo, desk: Desk
) -> None:
    orders = list(itertools.permutations(IN_ORDER))
    callers = await callers_for(desk, [WISH] * len(orders))

    async def phone(caller: Caller, order: tuple[EventName, ...]) -> None:
        call = make_call(caller)
        await deliver(desk, call, order * DELIVERIES)
        seen = await settled(desk, caller, call.call_id)
        await assert_booked_once(desk, caller, seen)
        kept = await query(
            stack,
            "SELECT kind, status FROM webhook_events WHERE retell_call_id = %s",
            call.call_id,
        )
        assert Counter(row["kind"] for row in kept) == dict.fromkeys(IN_ORDER, 1)
        # And again when it has long been settled.
        await deliver(desk, call, order)
        await assert_booked_once(desk, caller, await settled(desk, caller, call.call_id))

    await asyncio.gather(*(phone(*pair) for pair in zip(callers, orders, strict=True)))
    assert await verify_stack(stack) == []


async def test_a_call_delivered_five_times_at_the_same_moment_has_one_result(
    stack: StackInfo, desk: Desk
) -> None:
    [caller] = await callers_for(desk, [WISH])
    call = make_call(caller)
    await asyncio.gather(*(deliver(desk, call, [name]) for name in IN_ORDER * DELIVERIES))
    await assert_booked_once(desk, caller, await settled(desk, caller, call.call_id))
    assert await verify_stack(stack) == []

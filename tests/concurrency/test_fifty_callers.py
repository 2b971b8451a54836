"""Fifty callers want one slot: one gets it, the others are told so with other times.

Only one person can do what they want, so that nobody can be sent to a colleague.
"""

import asyncio
from collections import Counter
from datetime import datetime

import pytest

from sandbox.caller.calls import PhoneCall
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from stack.info import StackInfo
from tests.scenarios.phone import (
    TOLD_WITHIN_S,
    Caller,
    Json,
    all_settled,
    assert_booked_once,
    deliver,
    free_starts,
    mails,
    make_call,
    make_caller,
    query,
)
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(240)]

CALLERS = 50
WISH = Wish(company="physiomarkt", branch="br_physio_eppendorf", service="svc_physio_lymphdrainage")


async def test_of_fifty_callers_for_one_slot_one_is_booked_and_all_others_hear_other_times(
    stack: StackInfo, desk: Desk
) -> None:
    [start] = await free_starts(desk, [WISH])
    callers = [make_caller(WISH, start) for _ in range(CALLERS)]
    calls = [make_call(caller) for caller in callers]
    seen = await _phone_at_once(desk, callers, calls)

    outcomes = Counter((call["outcome"], call["reason"]) for call in seen)
    assert outcomes == {("booked", None): 1, ("callback", "slot_taken"): CALLERS - 1}
    [(winner, won)] = [pair for pair in zip(callers, seen, strict=True) if _is_booked(pair[1])]
    await assert_booked_once(desk, winner, won)
    losers = [call for call in seen if not _is_booked(call)]
    for call in losers:
        offers = [datetime.fromisoformat(offer) for offer in call["offers"]]
        assert offers, f"{call['call_id']} was offered nothing"
        assert start not in offers
        assert await desk.bookings(WISH.company, call["call_id"]) == []
    await _branch_was_told(desk, losers)
    taken = await query(
        stack,
        "SELECT r.resource_id FROM reservations r JOIN appointments a ON a.id = r.appointment_id"
        " WHERE a.start_at = %s AND r.status IN ('held', 'booked') AND a.service_id ="
        " (SELECT id FROM services WHERE name = 'Lymphdrainage')",
        start,
    )
    assert len(taken) == 2, "one person and one cabin"
    assert await verify_stack(stack) == []


def _is_booked(call: Json) -> bool:
    return bool(call["outcome"] == "booked")


async def _phone_at_once(desk: Desk, callers: list[Caller], calls: list[PhoneCall]) -> list[Json]:
    """All have hung up before the first analysis comes: then all are carried out together."""
    await asyncio.gather(*(deliver(desk, call, ["call_started", "call_ended"]) for call in calls))
    await asyncio.gather(*(deliver(desk, call, ["call_analyzed"]) for call in calls))
    return await all_settled(desk, callers[0], [call.call_id for call in calls])


async def _branch_was_told(desk: Desk, calls: list[Json]) -> None:
    """By one mail about each of these calls."""

    async def letters() -> list[int] | None:
        found = await mails(desk)
        copies = [sum(n for each, n in found.items() if call["call_id"] in each) for call in calls]
        return copies if all(copies) else None

    assert await wait_until(letters, within_s=TOLD_WITHIN_S) == [1] * len(calls)

"""Events and functions of a call in any order, repeated and lost: one call, one outcome, and at
most one appointment.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, get_args

import pytest

from sandbox.caller.calls import EventName, PhoneCall
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from sandbox.caller.wire import SIGNATURE_HEADER, signature
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.scenarios.phone import (
    Caller,
    callers_for,
    count_calls,
    deliver,
    make_call,
    query,
    settled,
)
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

SEEDS = (*range(7), 204)  # 204: a cancellation and a question after the end
QUIET_WITHIN_S = 30.0
OK = 200
WISH = Wish(
    company="seeblick",
    branch="br_seeblick_sachsenhausen",
    service="svc_seeblick_herren",
    staff="st_seeblick_luca",
)
Happening = Literal[
    "call_started",
    "call_ended",
    "call_analyzed",
    "check_availability",
    "book_appointment",
    "book_again",
    "cancel_appointment",
]
# The analysis is always sent: it is waited for two minutes. It tells of the end as well.
MAY_BE_LOST: frozenset[Happening] = frozenset({*get_args(Happening)} - {"call_analyzed"})


@dataclass(frozen=True)
class Schedule:
    """`rounds`: what is sent at the same moment, and then the next."""

    seed: int
    rounds: Sequence[Sequence[Happening]]


def schedule(seed: int) -> Schedule:
    random = Random(seed)
    kept = [one for one in get_args(Happening) if one not in MAY_BE_LOST or random.random() > 0.2]
    if random.random() < 0.6:
        kept = [one for one in kept if one != "cancel_appointment"]
    sent = [one for one in kept for _ in range(random.choice((1, 1, 2, 3)))]
    random.shuffle(sent)
    rounds: list[list[Happening]] = []
    while sent:
        many = random.choice((1, 1, 2, 3))
        rounds.append(sent[:many])
        sent = sent[many:]
    return Schedule(seed, rounds)


def arguments(caller: Caller, happening: Happening) -> dict[str, Any]:
    company = demo_company(caller.wish.company)
    when = {"date": f"{caller.start:%d.%m.%Y}", "time": f"{caller.start:%H:%M}"}
    match happening:
        case "cancel_appointment":
            return {"appointment_phrase": f"{when['date']} um {when['time']}", "name": caller.name}
        case "book_again":  # the model's second try, in other words
            more = {"customer_name": caller.name.upper(), "customer_email": caller.email}
        case "book_appointment":
            more = {"customer_name": caller.name, "customer_email": caller.email}
        case _:
            more = {}
    staff = {"staff": company.person(caller.wish.staff).name} if caller.wish.staff else {}
    return {"service": company.service(caller.wish.service).name, **when, **staff, **more}


async def send(desk: Desk, caller: Caller, call: PhoneCall, happening: Happening) -> None:
    if happening in get_args(EventName):
        await deliver(desk, call, [happening])  # type: ignore[list-item]
        return
    body = json.dumps(
        {
            "name": "book_appointment" if happening == "book_again" else happening,
            "args": arguments(caller, happening),
            "call": call.events["call_started"]["call"],
        },
        ensure_ascii=False,
    ).encode()
    key, at_ms = desk.stack.retell_api_key, time.time_ns() // 1_000_000
    answer = await desk.http.post(
        f"{desk.stack.api_url}/api/mcp/retell/custom-function",
        content=body,
        headers={
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signature(body, key, at_ms=at_ms),
        },
    )
    assert answer.status_code == OK, answer.text
    assert answer.json()["message"], answer.text


async def phone(stack: StackInfo, desk: Desk, caller: Caller, planned: Schedule) -> str | None:
    """The call from its first to its last request; what is wrong with it when all is quiet."""
    call = make_call(caller)
    for at_once in planned.rounds:
        await asyncio.gather(*(send(desk, caller, call, one) for one in at_once))
    await settled(desk, caller, call.call_id)

    async def right() -> bool | None:
        return None if await what_is_wrong(stack, desk, caller, call.call_id) else True

    # What was asked after the end is answered still: a cancellation is on its way to Cal.com.
    if await wait_until(right, within_s=QUIET_WITHIN_S):
        return None
    return f"{await what_is_wrong(stack, desk, caller, call.call_id)}: {planned}, {call.call_id}"


async def what_is_wrong(
    stack: StackInfo, desk: Desk, caller: Caller, call_id: str
) -> dict[str, object]:
    live = await query(
        stack,
        "SELECT id, status FROM appointments WHERE retell_call_id = %s"
        " AND customer_id IS NOT NULL AND status IN ('held', 'booked')",
        call_id,
    )
    held = await query(
        stack,
        "SELECT a.id, r.expires_at FROM reservations r JOIN appointments a"
        " ON a.id = r.appointment_id"
        " WHERE a.retell_call_id = %s AND a.customer_id IS NULL AND r.status = 'held'",
        call_id,
    )
    calls = await count_calls(stack, call_id)
    bookings = [len(await desk.bookings(caller.wish.company, str(one["id"]))) for one in live]
    wrong = {
        "calls": calls if calls != 1 else None,
        "appointments": live if len(live) > 1 else None,
        "bookings": bookings if bookings not in ([], [1]) else None,
        "holds": held or None,
    }
    return {what: found for what, found in wrong.items() if found is not None}


async def test_in_any_order_a_call_has_one_outcome_and_at_most_one_appointment(
    stack: StackInfo, desk: Desk
) -> None:
    planned = [schedule(seed) for seed in SEEDS]
    callers = await callers_for(desk, [WISH] * len(planned))
    found = await asyncio.gather(
        *(phone(stack, desk, *pair) for pair in zip(callers, planned, strict=True))
    )
    broken = [wrong for wrong in found if wrong]
    assert not broken, "\n".join(broken)
    assert await verify_stack(stack) == []

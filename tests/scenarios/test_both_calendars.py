"""Both calendars agree again by themselves: after lost webhooks, late commits, hours of silence."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from domain.ids import attendee_address
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from sandbox.companies import demo_company
from stack.info import StackInfo, settings_for
from tests.chaos.faults import requests
from tests.chaos.wishes import LINDNER, SEEBLICK
from tests.scenarios.phone import (
    Caller,
    callers_for,
    messages,
    query,
    slots_of,
    told,
)
from tests.scenarios.test_people_in_the_calendar import BOOKINGS, event_type_of, person_does
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(300)]

Json = dict[str, Any]
OUR_KEY = "askproai_appointment_id"
SETTLED_WITHIN_S = 60.0
# Retries come up to 75 s apart once Cal.com has been away for a minute.
BACK_WITHIN_S = 150.0


async def sync(stack: StackInfo, *arguments: str) -> tuple[int, str]:
    """As typed: exit code, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "sync", *arguments, "--data", str(stack.data_dir)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return await process.wait(), said.decode()


async def order_fault(desk: Desk, wish: Wish, operation: str, fault: str, **more: Any) -> None:
    order = {"operation": operation, "fault": fault, "times": None, **more}
    order["api_key"] = desk.calcom_key(wish.company)
    answer = await desk.http.post(f"{desk.stack.calcom_url}/sandbox/faults", json=order)
    answer.raise_for_status()


async def mend(desk: Desk, wish: Wish) -> None:
    answer = await desk.http.delete(
        f"{desk.stack.calcom_url}/sandbox/faults", params={"api_key": desk.calcom_key(wish.company)}
    )
    answer.raise_for_status()


@pytest.fixture(autouse=True)
async def _mended(desk: Desk) -> AsyncIterator[None]:
    yield
    for wish in (LINDNER, SEEBLICK):
        await mend(desk, wish)


async def wish_over_rest(desk: Desk, caller: Caller) -> str:
    wish, company = caller.wish, demo_company(caller.wish.company)
    assert wish.staff is not None
    made = await desk.book(
        wish.company,
        {
            "branch": company.branch(wish.branch).name,
            "service": company.service(wish.service).name,
            "staff": company.person(wish.staff).name,
            "start_at": caller.start.isoformat(),
            "customer": {"name": caller.name, "phone": caller.phone, "email": caller.email},
        },
    )
    return str(made["id"])


async def becomes(desk: Desk, wish: Wish, number: str, status: str, within_s: float) -> Json:
    async def so() -> Json | None:
        seen = await desk.appointment(wish.company, number)
        return seen if seen is not None and seen["status"] == status else None

    seen = await wait_until(so, within_s=within_s)
    assert seen is not None, f"{number}: {await desk.appointment(wish.company, number)}"
    return seen


async def book_as(desk: Desk, wish: Wish, start: datetime, email: str, **metadata: str) -> Json:
    """Straight at Cal.com, without a key: as its own page does, or a commit that came late."""
    answer = await desk.http.post(
        f"{desk.stack.calcom_url}/v2/bookings",
        headers=BOOKINGS,
        json={
            "start": start.isoformat(),
            "eventTypeId": await event_type_of(desk.stack, wish),
            "attendee": {"name": "Lotte Eigen", "email": email, "timeZone": "Europe/Berlin"},
            "metadata": metadata,
        },
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()["data"]
    return made


async def attendee_of(stack: StackInfo, number: str) -> str:
    [row] = await query(
        stack, "SELECT company_id, customer_id FROM appointments WHERE id = %s", number
    )
    domain = settings_for(stack.data_dir).attendee_domain
    return attendee_address(UUID(str(row["company_id"])), str(row["customer_id"]), domain)


async def test_what_no_webhook_told_is_found_by_asking_and_settled(
    stack: StackInfo, desk: Desk
) -> None:
    await order_fault(desk, LINDNER, "webhook", "lose")
    mine, moved, free = await callers_for(desk, [LINDNER] * 3)
    kept = await wish_over_rest(desk, mine)
    followed = await wish_over_rest(desk, moved)
    for number in (kept, followed):
        await becomes(desk, LINDNER, number, "booked", SETTLED_WITHIN_S)
        await told(desk, number)
    # A commit that came minutes late, and a person who cancels: nobody tells us of either.
    late = await book_as(
        desk, LINDNER, free.start, await attendee_of(stack, kept), **{OUR_KEY: kept}
    )
    [booking] = await desk.bookings(LINDNER.company, followed)
    await person_does(desk, LINDNER, booking["uid"], "cancel", cancellationReason="krank")

    code, said = await sync(stack, "now", "--company", LINDNER.company)
    assert code == 0, said
    assert f"{LINDNER.company}: " in said
    await becomes(desk, LINDNER, followed, "cancelled", SETTLED_WITHIN_S)

    async def alone() -> bool | None:
        left = await desk.bookings(LINDNER.company, kept)
        return True if [one["uid"] for one in left] != [late["uid"]] and len(left) == 1 else None

    assert await wait_until(alone, within_s=SETTLED_WITHIN_S), "the late commit's booking stays"
    # The next look finds nothing any more.
    code, said = await sync(stack, "now", "--company", LINDNER.company)
    assert (code, "no difference" in said) == (0, True), said
    code, said = await sync(stack, "status", "--company", LINDNER.company)
    assert (code, LINDNER.company in said) == (0, True), said
    assert await verify_stack(stack) == []


async def test_cal_com_away_is_sat_out_and_conflicts_are_told(stack: StackInfo, desk: Desk) -> None:
    one, other = await callers_for(desk, [SEEBLICK] * 2)
    await order_fault(desk, SEEBLICK, "*", "status", status=503)
    waiting, unlucky = await asyncio.gather(wish_over_rest(desk, one), wish_over_rest(desk, other))
    for number in (waiting, unlucky):
        await becomes(desk, SEEBLICK, number, "reserved", SETTLED_WITHIN_S)
    taken = await book_as(desk, SEEBLICK, other.start, "lotte@eigen.example")
    assert await requests(desk, SEEBLICK.company, "create_booking"), "nobody asked Cal.com"

    await mend(desk, SEEBLICK)
    await becomes(desk, SEEBLICK, waiting, "booked", BACK_WITHIN_S)
    await becomes(desk, SEEBLICK, unlucky, "failed", BACK_WITHIN_S)

    [booking] = await desk.bookings(SEEBLICK.company, waiting)
    assert datetime.fromisoformat(booking["start"]) == one.start
    assert await desk.bookings(SEEBLICK.company, unlucky) == []
    assert {slot["status"] for slot in await slots_of(stack, unlucky)} == {"released"}
    await told(desk, waiting, "confirmation")
    apologies = await told(desk, unlucky, "apology")
    assert set(apologies.values()) == {1}
    kinds = {row["kind"] for row in await messages(stack, unlucky)}
    assert kinds == {"reservation", "apology"}
    assert taken["status"] == "accepted"
    assert await verify_stack(stack) == []

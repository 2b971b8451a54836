"""Every fault × every step of the saga: what was wished or an honest no, and never two bookings."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.appointments import Cancel, ChangeResult, Reschedule
from domain.ids import appointment_workflow_id
from integrations.calcom.versions import BOOKINGS
from sandbox.calcom.strangers import STRANGER
from sandbox.caller.calls import PhoneCall
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from sandbox.caller.spoken import placeholders
from sandbox.caller.wire import SIGNATURE_HEADER, signature
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.chaos.faults import break_calendar
from tests.chaos.matrix import (
    FAULTS,
    IMPOSSIBLE,
    STEPS,
    Cell,
    Step,
    cells_of,
    kinds,
    seats,
)
from tests.scenarios.phone import (
    Caller,
    assert_booked_once,
    deliver,
    free_starts,
    make_call,
    make_caller,
    query,
    settled,
    slots_of,
    told,
)
from tests.stack_fixture import verify_stack

Json = dict[str, Any]

REFUSED = 409
FUNCTIONS = "/api/mcp/retell/custom-function"
# A delay, the look-ups until a late commit would have shown, and the question anew.
ENDED_WITHIN_S = 60.0
ANSWERED_WITHIN_S = 20.0
# Beyond what is kept warm of the free times, so that somebody has to ask for them.
FAR_DAYS = 24


def test_every_fault_at_every_step_is_run_or_cannot_be() -> None:
    assert {order["fault"] for order in FAULTS.values()} == kinds()
    run = {(cell.fault, cell.step) for step in STEPS for cell in cells_of(step)}
    assert run | set(IMPOSSIBLE) == {(fault, step) for fault in FAULTS for step in STEPS}
    assert not run & set(IMPOSSIBLE)
    assert all(IMPOSSIBLE.values())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a cell is played: a caller, another start for a move, and the calendar of its own."""

    cell: Cell
    caller: Caller
    other_start: datetime
    event_type_id: int
    desk: Desk
    client: Client
    # A question on the line is about all who could come instead, so one of a company at a time.
    line: asyncio.Lock

    @property
    def slug(self) -> str:
        return self.caller.wish.company

    def saga(self, number: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(appointment_workflow_id(UUID(number)))


async def _played(place: Place) -> None:
    await PLAYS[place.cell.step](place)
    if place.cell.fault == "slot_taken_after_offer":
        await _clear_strangers(place)


# --- the steps --------------------------------------------------------------------------------


@pytest.mark.stack
@pytest.mark.proof
@pytest.mark.timeout(180)
@pytest.mark.parametrize("step", STEPS)
async def test_a_fault_at_a_step_leaves_one_booking_or_none(
    stack: StackInfo, desk: Desk, step: Step
) -> None:
    places = await _places(stack, desk, cells_of(step))
    results = await asyncio.gather(*(_played(place) for place in places), return_exceptions=True)
    failed = [
        f"{place.cell.fault} at {place.slug}: {result!r}"
        for place, result in zip(places, results, strict=True)
        if result is not None
    ]
    assert not failed, "\n".join(failed)
    assert await verify_stack(stack) == []


async def _book(place: Place) -> None:
    async with _breaking(place, event_type_id=place.event_type_id):
        number = await _ordered(place)
        await _assert_status(place, number, "failed" if place.cell.refused else "booked")
    if place.cell.refused is None:
        await _assert_stands(place, number, place.caller.start)
    else:
        await _assert_gone(place, number)
        assert await _reason(place, number) == place.cell.refused


async def _find(place: Place) -> None:
    """What was booked and not said has to be looked up, and the look-up fails."""
    await break_calendar(
        place.desk,
        place.slug,
        "create_booking",
        {"fault": "commit_then_drop", "event_type_id": place.event_type_id},
    )
    async with _breaking(place, event_type_id=place.event_type_id):
        number = await _ordered(place)
        await _assert_status(place, number, "booked")
    await _assert_stands(place, number, place.caller.start)


async def _move(place: Place) -> None:
    number = await _booked(place)
    async with _breaking(place, booking_uid=await _uid(place, number)):
        moved = await place.saga(number).execute_update(
            "reschedule",
            Reschedule(start_at=place.other_start),
            id=str(uuid4()),
            result_type=ChangeResult,
        )
    if place.cell.refused is None:
        assert moved.outcome == "rescheduled", moved
        await _assert_stands(place, number, place.other_start, letter="reschedule")
    else:
        assert (moved.outcome, moved.reason) == ("refused", place.cell.refused)
        await _assert_stands(place, number, place.caller.start)


async def _cancel(place: Place) -> None:
    number = await _booked(place)
    async with _breaking(place, booking_uid=await _uid(place, number)):
        cancelled = await place.saga(number).execute_update(
            "cancel", Cancel(), id=str(uuid4()), result_type=ChangeResult
        )
    if place.cell.refused is None:
        assert cancelled.outcome == "cancelled", cancelled
        await _assert_status(place, number, "cancelled")
        await _assert_gone(place, number)
        assert set((await told(place.desk, number, "cancellation")).values()) == {1}
    else:
        assert (cancelled.outcome, cancelled.reason) == ("refused", place.cell.refused)
        await _assert_stands(place, number, place.caller.start)


async def _slots(place: Place) -> None:
    """While the caller is on the line: held on our own data and said so, then booked."""
    call = make_call(place.caller)
    async with place.line, _breaking(place, event_type_id=place.event_type_id):
        offered = await _ask(place, call, "check_availability", **_words(place, call))
    assert offered["status"] == "held", offered
    assert offered.get("unconfirmed", False) is (place.cell.fault != "stale"), offered
    answer = await _ask(
        place,
        call,
        "book_appointment",
        hold_id=offered["hold_id"],
        customer_name=place.caller.name,
        customer_email=place.caller.email,
    )
    assert answer["status"] in ("booked", "reserved"), answer
    await deliver(place.desk, call)
    seen = await settled(place.desk, place.caller, call.call_id)
    await assert_booked_once(place.desk, place.caller, seen)


PLAYS: dict[Step, Callable[[Place], Awaitable[None]]] = {
    "book": _book,
    "find": _find,
    "move": _move,
    "cancel": _cancel,
    "slots": _slots,
}


# --- what is prepared -------------------------------------------------------------------------


async def _places(stack: StackInfo, desk: Desk, cells: list[Cell]) -> list[Place]:
    wishes = seats()[: len(cells)]
    if cells[0].step == "slots":
        wishes = [_far(wish, wishes[:place]) for place, wish in enumerate(wishes)]
    starts = await free_starts(desk, [wish for wish in wishes for _ in range(2)])
    types = await _event_types(stack)
    lines = {wish.company: asyncio.Lock() for wish in wishes}
    client = await Client.connect(
        stack.temporal_address,
        namespace=stack.temporal_namespace,
        data_converter=pydantic_data_converter,
    )
    return [
        Place(
            cell=cell,
            caller=make_caller(wish, start),
            other_start=other,
            event_type_id=types[wish.company, *_names(wish)],
            desk=desk,
            client=client,
            line=lines[wish.company],
        )
        for cell, wish, start, other in zip(cells, wishes, starts[::2], starts[1::2], strict=True)
    ]


def _far(wish: Wish, before: list[Wish]) -> Wish:
    """Another week for each of a company: what one has asked for is known to the next."""
    weeks = sum(other.company == wish.company for other in before)
    return Wish(
        company=wish.company,
        branch=wish.branch,
        service=wish.service,
        staff=wish.staff,
        days_ahead=FAR_DAYS + 7 * weeks,
    )


def _names(wish: Wish) -> tuple[str, str]:
    company = demo_company(wish.company)
    assert wish.staff is not None
    return company.branch(wish.branch).name, company.person(wish.staff).name


async def _event_types(stack: StackInfo) -> dict[tuple[str, ...], int]:
    """Cal.com's, by company, branch and person."""
    rows = await query(
        stack,
        "SELECT c.slug, b.name AS branch, s.name AS person, e.calcom_event_type_id AS id"
        " FROM event_types e JOIN companies c ON c.id = e.company_id"
        " JOIN branches b ON b.id = e.branch_id JOIN staff s ON s.id = e.staff_id",
    )
    return {(row["slug"], row["branch"], row["person"]): row["id"] for row in rows}


@asynccontextmanager
async def _breaking(place: Place, **whose: object) -> AsyncIterator[None]:
    """The cell's fault for nobody else's request; that somebody has met it is checked."""
    order = place.cell.order()
    answer = await place.desk.http.post(
        f"{place.desk.stack.calcom_url}/sandbox/faults",
        json={**order, **whose, "api_key": place.desk.calcom_key(place.slug)},
    )
    answer.raise_for_status()
    fault_id = answer.json()["id"]
    yield
    answer = await place.desk.http.get(f"{place.desk.stack.calcom_url}/sandbox/faults")
    waiting = {fault["id"] for fault in answer.json()["faults"]}
    assert fault_id not in waiting, f"nobody met {order}"


async def _ordered(place: Place) -> str:
    """Through REST, whatever it answers; the id of the appointment."""
    wish = place.caller.wish
    company = demo_company(wish.company)
    branch, person = _names(wish)
    answer = await place.desk.http.post(
        f"{place.desk.stack.api_url}/api/v1/appointments",
        json={
            "branch": branch,
            "service": company.service(wish.service).name,
            "staff": person,
            "start_at": place.caller.start.isoformat(),
            "customer": {
                "name": place.caller.name,
                "phone": place.caller.phone,
                "email": place.caller.email,
            },
        },
        headers={
            "X-API-Key": next(
                c.api_key for c in place.desk.stack.companies if c.slug == place.slug
            ),
            "Idempotency-Key": str(uuid4()),
        },
    )
    body = answer.json()
    if answer.is_success:
        return str(body["id"])
    assert answer.status_code == REFUSED, body
    [failed] = await query(
        place.desk.stack,
        "SELECT a.id FROM appointments a JOIN event_types e"
        " ON (e.staff_id, e.branch_id) = (a.staff_id, a.branch_id)"
        " WHERE e.calcom_event_type_id = %s AND a.start_at = %s AND a.status = 'failed'",
        place.event_type_id,
        place.caller.start,
    )
    return str(failed["id"])


async def _booked(place: Place) -> str:
    number = await _ordered(place)
    await _assert_status(place, number, "booked")
    await told(place.desk, number)
    return number


async def _uid(place: Place, number: str) -> str:
    [booking] = await place.desk.bookings(place.slug, number)
    return str(booking["uid"])


# --- on the line ------------------------------------------------------------------------------


def _words(place: Place, call: PhoneCall) -> Json:
    wish = place.caller.wish
    company = demo_company(wish.company)
    local = call.started_at.astimezone(ZoneInfo(company.timezone))
    said = placeholders(place.caller.start, said_at=local, language="de")
    return {
        "service": company.service(wish.service).name,
        "staff": _names(wish)[1],
        "date_phrase": said["date"],
        "time_phrase": said["time"],
    }


async def _ask(place: Place, call: PhoneCall, name: str, **args: object) -> Json:
    """As Retell does it; asked again for as long as the answer is "one moment"."""
    body = json.dumps({"name": name, "args": args, "call": call.events["call_started"]["call"]})
    info = place.desk.stack

    async def answered() -> Json | None:
        signed = signature(body.encode(), info.retell_api_key, at_ms=int(time.time() * 1000))
        answer = await place.desk.http.post(
            f"{info.api_url}{FUNCTIONS}",
            content=body.encode(),
            headers={"content-type": "application/json", SIGNATURE_HEADER: signed},
        )
        answer.raise_for_status()
        told: Json = answer.json()
        return None if told["status"] == "pending" else told

    found = await wait_until(answered, within_s=ANSWERED_WITHIN_S)
    assert found is not None, f"{name} was not answered"
    return found


# --- what is true afterwards ------------------------------------------------------------------


async def _assert_status(place: Place, number: str, status: str) -> None:
    seen: Json | None = None

    async def reached() -> bool | None:
        nonlocal seen
        seen = await place.desk.appointment(place.slug, number)
        return True if seen is not None and seen["status"] == status else None

    is_reached = await wait_until(reached, within_s=ENDED_WITHIN_S)
    assert is_reached, f"not {status} but {seen and seen['status']}"


async def _assert_stands(
    place: Place, number: str, start: datetime, *, letter: str = "confirmation"
) -> None:
    """Booked here and there, once, at that time; and whoever had to hear of it has, once."""
    await _assert_status(place, number, "booked")
    [booking] = await place.desk.bookings(place.slug, number)
    assert datetime.fromisoformat(booking["start"]) == start
    [slot] = [s for s in await slots_of(place.desk.stack, number) if s["status"] != "released"]
    assert (slot["start_at"], slot["has"]) == (start, slot["needs"])
    assert set((await told(place.desk, number, letter)).values()) == {1}


async def _reason(place: Place, number: str) -> str:
    [row] = await query(place.desk.stack, "SELECT reason FROM appointments WHERE id = %s", number)
    return str(row["reason"])


async def _clear_strangers(place: Place) -> None:
    """Who has taken a slot first leaves it again, for the tests that come after."""
    calcom, key = place.desk.stack.calcom_url, place.desk.calcom_key(place.slug)
    answer = await place.desk.http.get(f"{calcom}/sandbox/bookings", params={"api_key": key})
    for booking in answer.json()["bookings"]:
        is_strangers = booking["attendees"][0]["email"] == STRANGER.email
        if is_strangers and booking["status"] == "accepted":
            gone = await place.desk.http.post(
                f"{calcom}/v2/bookings/{booking['uid']}/cancel",
                json={"cancellationReason": "Aufgeräumt"},
                headers={"Authorization": f"Bearer {key}", "cal-api-version": BOOKINGS},
            )
            gone.raise_for_status()


async def _assert_gone(place: Place, number: str) -> None:
    assert await place.desk.bookings(place.slug, number) == []
    assert {slot["status"] for slot in await slots_of(place.desk.stack, number)} == {"released"}

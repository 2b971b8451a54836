"""What people do in Cal.com reaches callers, customers and the other calendar by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.chaos.wishes import HAARWERK, PHYSIO, ROSENGARTEN
from tests.scenarios.phone import Caller, free_starts, make_caller, messages, query, told
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180), pytest.mark.usefixtures("heard")]

Json = dict[str, Any]
BOOKINGS = {"cal-api-version": "2024-08-13"}
# Cal.com's webhook, the look, the decision: a second, on busy cores some more.
HEARD_WITHIN_S = 30.0
REGISTERED_WITHIN_S = 60.0


@pytest.fixture
async def heard(stack: StackInfo, desk: Desk) -> None:
    """Each company's webhook is at Cal.com, soon after the stack has come up and by itself."""
    for company in {HAARWERK.company, PHYSIO.company, ROSENGARTEN.company}:
        await _registered(stack, desk, company)


async def _registered(stack: StackInfo, desk: Desk, company: str) -> None:
    [row] = await query(
        stack,
        "SELECT c.id FROM connections c JOIN companies o ON o.id = c.company_id"
        " WHERE o.slug = %s AND c.provider = 'calcom'",
        company,
    )
    headers = {"Authorization": f"Bearer {desk.calcom_key(company)}"}
    address = f"{stack.api_url}/webhooks/calcom/{row['id']}"

    async def there() -> bool | None:
        answer = await desk.http.get(f"{stack.calcom_url}/v2/webhooks", headers=headers)
        return address in [hook["subscriberUrl"] for hook in answer.json()["data"]] or None

    assert await wait_until(there, within_s=REGISTERED_WITHIN_S), f"no webhook of {company}"


async def event_type_of(stack: StackInfo, wish: Wish) -> int:
    rows = await query(
        stack,
        "SELECT e.calcom_event_type_id AS id, e.lengths_minutes AS lengths FROM event_types e"
        " JOIN staff s ON s.id = e.staff_id JOIN branches b ON b.id = e.branch_id"
        " WHERE s.ref = %s AND b.ref = %s",
        wish.staff,
        wish.branch,
    )
    return int(rows[0]["id"])


async def person_books(desk: Desk, wish: Wish, start: datetime) -> Json:
    """On the salon's own page, without us."""
    answer = await desk.http.post(
        f"{desk.stack.calcom_url}/v2/bookings",
        headers=BOOKINGS,
        json={
            "start": start.isoformat(),
            "eventTypeId": await event_type_of(desk.stack, wish),
            "attendee": {
                "name": "Lotte Eigen",
                "email": "lotte@eigen.example",
                "timeZone": "Europe/Berlin",
            },
        },
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()["data"]
    return made


async def person_does(desk: Desk, wish: Wish, uid: str, action: str, **body: Any) -> Json:
    answer = await desk.http.post(
        f"{desk.stack.calcom_url}/v2/bookings/{uid}/{action}",
        headers={**BOOKINGS, "Authorization": f"Bearer {desk.calcom_key(wish.company)}"},
        json=body,
    )
    assert answer.is_success, answer.text
    done: Json = answer.json()["data"]
    return done


async def is_offered(desk: Desk, wish: Wish, start: datetime) -> bool:
    company = demo_company(wish.company)
    assert wish.staff is not None
    answer = await desk._get(
        wish.company,
        "/api/v1/availability",
        {
            "branch": company.branch(wish.branch).name,
            "service": company.service(wish.service).name,
            "staff": company.person(wish.staff).name,
            "from": start.isoformat(),
            "to": (start + timedelta(minutes=1)).isoformat(),
        },
    )
    assert answer is not None
    return start in [datetime.fromisoformat(one["start_at"]) for one in answer["items"]]


async def becomes(desk: Desk, wish: Wish, start: datetime, *, offered: bool) -> None:
    async def so() -> bool | None:
        return True if await is_offered(desk, wish, start) is offered else None

    assert await wait_until(so, within_s=HEARD_WITHIN_S), f"{start} offered={not offered}"


async def blocks_at(stack: StackInfo, booking: Json) -> list[Json]:
    return await query(
        stack,
        "SELECT b.status, b.start_at, (SELECT count(*) FROM reservations r"
        " WHERE r.block_id = b.id AND r.status = 'booked') AS pieces"
        " FROM calendar_blocks b WHERE b.booking_id = %s",
        booking["id"],
    )


async def refused(desk: Desk, caller: Caller) -> Json:
    """Asked for over REST; the problem that comes back."""
    company = demo_company(caller.wish.company)
    assert caller.wish.staff is not None
    answer = await desk.http.post(
        f"{desk.stack.api_url}/api/v1/appointments",
        json={
            "branch": company.branch(caller.wish.branch).name,
            "service": company.service(caller.wish.service).name,
            "staff": company.person(caller.wish.staff).name,
            "start_at": caller.start.isoformat(),
            "customer": {"name": caller.name, "phone": caller.phone, "email": caller.email},
        },
        headers={
            **desk._headers(caller.wish.company),
            "Idempotency-Key": f"refused-{caller.start.isoformat()}",
        },
    )
    told: Json = answer.json()
    return {"http": answer.status_code, **told}


async def booked(desk: Desk, wish: Wish, start: datetime) -> tuple[Caller, str]:
    """One of ours, once it is booked and both have been told."""
    caller = make_caller(wish, start)
    company = demo_company(wish.company)
    assert wish.staff is not None
    made = await desk.book(
        wish.company,
        {
            "branch": company.branch(wish.branch).name,
            "service": company.service(wish.service).name,
            "staff": company.person(wish.staff).name,
            "start_at": start.isoformat(),
            "customer": {"name": caller.name, "phone": caller.phone, "email": caller.email},
        },
    )
    number = str(made["id"])
    await status_becomes(desk, wish, number, "booked")
    await told(desk, number)
    return caller, number


async def status_becomes(desk: Desk, wish: Wish, number: str, status: str) -> Json:
    async def so() -> Json | None:
        seen = await desk.appointment(wish.company, number)
        return seen if seen is not None and seen["status"] == status else None

    seen = await wait_until(so, within_s=HEARD_WITHIN_S)
    assert seen is not None, f"{number} did not become {status}"
    return seen


async def customer_is_told(stack: StackInfo, number: str, kind: str) -> None:
    async def so() -> bool | None:
        rows = await messages(stack, number)
        ours = [r for r in rows if (r["kind"], r["audience"]) == (kind, "customer")]
        return True if any(row["status"] == "sent" for row in ours) else None

    assert await wait_until(so, within_s=HEARD_WITHIN_S), f"no {kind} for the customer"


async def test_what_people_book_is_offered_to_nobody_until_they_move_or_cancel_it(
    stack: StackInfo, desk: Desk
) -> None:
    wish = HAARWERK
    [first, second] = await free_starts(desk, [wish, wish])
    assert await is_offered(desk, wish, first)

    theirs = await person_books(desk, wish, first)
    await becomes(desk, wish, first, offered=False)
    problem = await refused(desk, make_caller(wish, first))
    assert (problem["http"], problem["code"]) == (409, "slot_taken")
    [block] = await blocks_at(stack, theirs)
    assert (block["status"], block["start_at"], block["pieces"]) == ("active", first, 1)

    moved = await person_does(desk, wish, theirs["uid"], "reschedule", start=second.isoformat())
    await becomes(desk, wish, first, offered=True)
    await becomes(desk, wish, second, offered=False)
    assert [one["status"] for one in await blocks_at(stack, theirs)] == ["ended"]

    await person_does(desk, wish, moved["uid"], "cancel", cancellationReason="keine Zeit")
    await becomes(desk, wish, second, offered=True)
    assert [(b["status"], b["pieces"]) for b in await blocks_at(stack, moved)] == [("ended", 0)]
    assert await verify_stack(stack) == []


async def test_what_a_person_cancels_there_is_cancelled_here_and_the_customer_told(
    stack: StackInfo, desk: Desk
) -> None:
    wish = PHYSIO
    [start] = await free_starts(desk, [wish])
    _, number = await booked(desk, wish, start)
    [booking] = await desk.bookings(wish.company, number)
    await person_does(desk, wish, booking["uid"], "cancel", cancellationReason="krank")
    await status_becomes(desk, wish, number, "cancelled")
    await becomes(desk, wish, start, offered=True)
    await customer_is_told(stack, number, "cancellation")
    assert await verify_stack(stack) == []


async def test_what_a_person_moves_there_is_moved_here_and_the_customer_told(
    stack: StackInfo, desk: Desk
) -> None:
    wish = ROSENGARTEN
    [first, second] = await free_starts(desk, [wish, wish])
    _, number = await booked(desk, wish, first)
    [booking] = await desk.bookings(wish.company, number)
    await person_does(desk, wish, booking["uid"], "reschedule", start=second.isoformat())

    async def moved() -> bool | None:
        seen = await desk.appointment(wish.company, number)
        at = datetime.fromisoformat(seen["start_at"]) if seen else None
        return True if at == second else None

    assert await wait_until(moved, within_s=HEARD_WITHIN_S)
    await customer_is_told(stack, number, "reschedule")
    await becomes(desk, wish, first, offered=True)
    assert await verify_stack(stack) == []


async def test_our_own_bookings_webhooks_change_nothing(stack: StackInfo, desk: Desk) -> None:
    wish = HAARWERK
    [start] = await free_starts(desk, [wish])
    _, number = await booked(desk, wish, start)
    [booking] = await desk.bookings(wish.company, number)

    async def heard() -> list[Json] | None:
        rows = await query(
            stack,
            "SELECT e.signalled_at FROM webhook_events e WHERE e.kind = 'BOOKING_CREATED'"
            " AND starts_with(e.source, 'calcom:') AND e.received_at > now() - interval '1 minute'",
        )
        return rows or None

    rows = await wait_until(heard, within_s=HEARD_WITHIN_S)
    assert rows
    assert await blocks_at(stack, booking) == []
    seen = await desk.appointment(wish.company, number)
    assert seen is not None
    assert seen["status"] == "booked"
    assert await verify_stack(stack) == []

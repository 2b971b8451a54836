"""What people book in Cal.com takes its time here: by the constraint, by the rule, and told."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.calendar_events import Blocked, LookAgain, Nothing, Overlap
from db.queries import connections, slots
from db.queries.appointments import get_appointment
from db.queries.rest import list_callbacks
from db.session import tenant_session
from db.verify import verify
from domain.timespan import TimeSpan
from tests.builders.calcom import EVENT_TYPES, Desks
from tests.builders.calendar_events import Calendars, calendars_at, theirs
from tests.builders.office import DAY, local

BUFFER = timedelta(minutes=10)


def block(**changes: Any) -> Blocked:
    return Blocked.model_validate({"state": "active", "changed": True, **changes})


async def tasks(calendars: Calendars, status: str = "open") -> list[Any]:
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        found = (await list_callbacks(session)).items
    return [one for one in found if one.status == status]


# --- blocked and free again -------------------------------------------------------------------


async def test_what_people_book_is_nobodys_to_reserve_until_it_is_cancelled(
    calendars: Calendars,
) -> None:
    booking = calendars.person_books(10)
    assert await calendars.hear(booking["uid"]) == block()
    assert await calendars.taken() == [theirs(10)]
    assert await calendars.reserve(10) is None
    assert await calendars.reserve(10, staff=1) is not None
    calendars.person_cancels(booking)
    assert await calendars.hear(booking["uid"]) == block(state="ended")
    assert await calendars.reserve(10) is not None


async def test_nobody_is_told_that_it_is_free(calendars: Calendars) -> None:
    office = calendars.office
    await calendars.hear(calendars.person_books(10)["uid"])
    window = TimeSpan(local(DAY, 9), local(DAY, 12))
    async with tenant_session(office.engine, calendars.company_id) as session:
        busy = await slots.busy_times(session, office.salon.staff_resources, window)
        theirs_too = await slots.busy_times(
            session, office.salon.staff_resources, window, except_appointment_ids=[uuid4()]
        )
    at_ten = [TimeSpan(local(DAY, 10), local(DAY, 10, 30))]
    assert busy == theirs_too == {office.salon.staff_resources[0]: at_ten}


async def test_what_is_moved_on_takes_its_last_time_only_whatever_is_heard_of_it(
    calendars: Calendars,
) -> None:
    first = calendars.person_books(10)
    await calendars.hear(first["uid"])
    second = calendars.person_moves(first, 11)
    third = calendars.person_moves(second, 14)
    # Of the first booking only: the reports of both moves were lost.
    assert await calendars.hear(first["uid"]) == block()
    assert await calendars.taken() == [theirs(14)]
    for uid in (second["uid"], third["uid"], first["uid"]):
        assert await calendars.hear(uid) == block(changed=False)
    assert await calendars.taken() == [theirs(14)]


async def test_reports_that_come_late_and_twice_say_what_is_so_now(calendars: Calendars) -> None:
    booking = calendars.person_books(10)
    calendars.person_cancels(booking)
    for _ in range(2):
        assert await calendars.hear(booking["uid"]) == Nothing(reason="known")
    assert await calendars.taken() == []


async def test_what_is_over_blocks_nothing(calendars: Calendars) -> None:
    booking = calendars.person_books(10)
    event = await calendars.event(booking["uid"])
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    past = timedelta(days=9)
    long_ago = seen.model_copy(
        update={"start_at": local(DAY, 9) - past, "end_at": local(DAY, 10) - past}
    )
    assert await calendars.decide(event, long_ago) == Nothing(reason="past")


# --- whose ------------------------------------------------------------------------------------


def other_type(calendars: Calendars, owner: str) -> int:
    """One that is mapped to nobody."""
    answer = calendars.office.desk.http.post(
        "/v2/event-types",
        json={"lengthInMinutes": 60, "title": "Beratung", "slug": f"beratung-{owner}"},
        headers=EVENT_TYPES | calendars.office.desk.auth,
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["data"]["id"])


async def test_a_host_is_known_from_where_their_event_type_is_mapped(calendars: Calendars) -> None:
    desk = calendars.office.desk
    unmapped = other_type(calendars, "anna")
    early = desk.booked(local(DAY, 9).strftime("%Y-%m-%dT%H:%M:%SZ"), eventTypeId=unmapped)
    assert await calendars.hear(early["uid"]) == Nothing(reason="unknown_person")
    await calendars.hear(calendars.person_books(12)["uid"])
    assert await calendars.hear(early["uid"]) == block()
    assert await calendars.taken() == [theirs(9, minutes=60), theirs(12)]


async def test_a_user_under_whom_several_are_booked_is_none_of_them(
    calendars: Calendars,
) -> None:
    desk, office = calendars.office.desk, calendars.office
    unmapped = other_type(calendars, "anna")
    booking = calendars.person_books(12)
    await calendars.hear(booking["uid"])
    async with tenant_session(office.engine, calendars.company_id) as session:
        await session.execute(
            text(
                "INSERT INTO calendar_hosts (connection_id, host_id, staff_id) VALUES (:c, :h, :s)"
            ),
            {"c": office.connection_id, "h": booking["hosts"][0]["id"], "s": office.salon.staff[1]},
        )
    early = desk.booked(local(DAY, 9).strftime("%Y-%m-%dT%H:%M:%SZ"), eventTypeId=unmapped)
    assert await calendars.hear(early["uid"]) == Nothing(reason="unknown_person")


async def test_another_companys_booking_blocks_nothing_here(
    engine: AsyncEngine, desks: Desks, calendars: Calendars
) -> None:
    """Cal.com gives each booking to whoever knows its uid."""
    async with calendars_at(engine, desks, "andere", 2) as other:
        booking = other.person_books(10)
        assert await calendars.hear(booking["uid"]) == Nothing(reason="unknown_person")
        assert await other.hear(booking["uid"]) == block()
        assert await calendars.taken() == []
        # And what one company's Cal.com has reported is not read for another.
        event = await other.event(booking["uid"])
        stolen = event.model_copy(update={"company_id": calendars.company_id})
        assert (await calendars.looks.look(stolen)).seen is None


# --- what stands there already ----------------------------------------------------------------


async def test_a_callers_hold_goes(calendars: Calendars) -> None:
    hold = await calendars.reserve(10, nobodys=True)
    assert hold is not None
    assert await calendars.hear(calendars.person_books(10)["uid"]) == block()
    assert await calendars.taken() == [theirs(10)]
    query = text("SELECT status, reason FROM appointments WHERE id = :id")
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        row = (await session.execute(query, {"id": hold})).one()
    assert tuple(row) == ("failed", "taken_in_calendar")
    assert await tasks(calendars) == []


async def test_a_buffer_that_reaches_into_a_booking_is_no_double_booking(
    calendars: Calendars,
) -> None:
    await calendars.book_here(10, number=1)
    assert await calendars.hear(calendars.person_books(10, 30)["uid"]) == block()
    assert await calendars.taken() == [
        (local(DAY, 10), local(DAY, 10, 30) + BUFFER, "ours"),
        (local(DAY, 10, 30) + BUFFER, local(DAY, 11), "theirs"),
    ]
    assert await tasks(calendars) == []


async def test_what_waits_for_calcoms_word_is_looked_at_again(calendars: Calendars) -> None:
    waiting = await calendars.reserve(10, 15)
    assert waiting is not None
    booking = calendars.person_books(10)
    assert await calendars.hear(booking["uid"]) == LookAgain(appointment_id=waiting)
    assert await tasks(calendars) == []
    await calendars.release(waiting)  # Cal.com said no
    assert await calendars.hear(booking["uid"]) == block(changed=False)
    window = await calendars.taken()
    assert (window[0][0], window[-1][1]) == (local(DAY, 10), local(DAY, 10, 30))
    assert {whose for _, _, whose in window} == {"theirs"}


@pytest.mark.parametrize(
    ("number", "rule", "goes", "repair"),
    [
        (10_000_000, None, "ours", "ours_cancelled"),
        (1, None, "nobody", "choose_one"),
        (1, "younger", "theirs", "theirs_cancelled"),
        (10_000_000, "younger", "ours", "ours_cancelled"),
    ],
    ids=["ours is younger", "ours is older", "ours is older, may go", "ours is younger, either"],
)
async def test_of_two_at_the_same_time_the_younger_goes_where_it_may(
    calendars: Calendars, number: int, rule: str | None, goes: Any, repair: str
) -> None:
    office = calendars.office
    async with tenant_session(office.engine, calendars.company_id) as session:
        await connections.upsert_connection(
            session,
            provider="calcom",
            base_url=office.desk.url,
            api_key=office.desk.key,
            settings={"calendar_overlap": rule} if rule else {},
        )
    booking = calendars.person_books(10)
    ours = await calendars.book_here(10, 15, number=number)
    overlap = Overlap(appointment_id=ours, goes=goes)
    for changed in (True, False):  # decided twice, told once
        decision = await calendars.hear(booking["uid"])
        assert decision == block(changed=changed, overlaps=(overlap,))
    [task] = await tasks(calendars)
    assert (task.reason, task.urgency, task.branch_id) == (
        "calendar_overlap",
        "high",
        office.salon.branch_id,
    )
    assert task.details["repair"] == repair
    assert task.details["calendar_booking_id"] == booking["id"]
    assert task.details["calendar_start_at"] == local(DAY, 10).isoformat()
    # Each keeps its own time; what was free of theirs is taken.
    assert await calendars.taken() == [
        (local(DAY, 10), local(DAY, 10, 15), "theirs"),
        (local(DAY, 10, 15), local(DAY, 10, 45) + BUFFER, "ours"),
    ]


async def test_what_has_to_be_confirmed_first_pushes_nobody_out(calendars: Calendars) -> None:
    booking = calendars.person_books(10)
    await calendars.book_here(10, 15, number=10_000_000)
    event = await calendars.event(booking["uid"])
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    pending = seen.model_copy(update={"state": "pending"})
    assert await calendars.decide(event, pending) == block()
    assert await tasks(calendars) == []


async def test_the_task_is_done_when_they_have_cancelled_and_ours_stands(
    calendars: Calendars,
) -> None:
    booking = calendars.person_books(10)
    ours = await calendars.book_here(10, 15, number=1)
    await calendars.hear(booking["uid"])
    calendars.person_cancels(booking)
    await calendars.hear(booking["uid"])
    assert await tasks(calendars) == []
    assert len(await tasks(calendars, "done")) == 1
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        view = await get_appointment(session, ours)
    assert view is not None
    assert view.status == "booked"


async def test_when_ours_leaves_its_time_is_the_blocks(calendars: Calendars) -> None:
    """Also where a person has decided so, and nothing but the cancellation's report is heard."""
    ours, booking = await calendars.book(10)
    stranger = calendars.person_books(12)
    event = await calendars.event(stranger["uid"])
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    beside = seen.model_copy(update={"start_at": local(DAY, 10), "end_at": local(DAY, 11)})
    await calendars.decide(event, beside)
    assert {whose for _, _, whose in await calendars.taken()} == {"ours", "theirs"}
    await calendars.release(ours)
    calendars.person_cancels(booking)
    await calendars.hear(booking["uid"])
    found = await calendars.taken()
    assert {whose for _, _, whose in found} == {"theirs"}
    assert (found[0][0], found[-1][1]) == (local(DAY, 10), local(DAY, 11))
    assert await calendars.reserve(10) is None


async def test_two_bookings_of_people_at_one_time_are_blocked_until_the_last_has_gone(
    calendars: Calendars,
) -> None:
    """Cal.com lets them pass (contract 0.4)."""
    first, second = calendars.person_books(10), calendars.person_books(12)
    event = await calendars.event(second["uid"])
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    await calendars.hear(first["uid"])
    await calendars.decide(
        event, seen.model_copy(update={"start_at": local(DAY, 10), "end_at": local(DAY, 10, 30)})
    )
    assert await calendars.taken() == [theirs(10)]
    calendars.person_cancels(first)
    await calendars.hear(first["uid"])
    assert await calendars.taken() == [theirs(10)]


async def test_a_time_that_a_booking_has_left_and_that_stays_blocked_is_found(
    calendars: Calendars, owner_engine: AsyncEngine
) -> None:
    await calendars.hear(calendars.person_books(10)["uid"])
    assert await verify(owner_engine) == []
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE calendar_blocks SET status = 'ended'"))
    [found] = await verify(owner_engine)
    assert (found.invariant, "left its time" in found.what) == (1, True)

"""An event is looked up at Cal.com, and what is ours is told, taken back, or known already."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from activities.asking import OUR_KEY
from contracts.calendar_events import (
    Blocked,
    CancelSeen,
    LookAgain,
    Nothing,
    TakeBack,
    TellAppointment,
)
from contracts.life import CalendarReported
from db.queries import bookings, webhooks
from db.session import platform_session, tenant_session
from domain.ids import attendee_address
from integrations.calcom.webhooks import uid_in
from tests.builders.calcom import BOOKINGS, PAUSE, make_user, meeting_of
from tests.builders.calendar_events import DOMAIN, Calendars, theirs
from tests.builders.office import DAY, local


def told(decision: Any) -> CalendarReported:
    assert isinstance(decision, TellAppointment), decision
    return decision.report


async def uid_of(calendars: Calendars, event_id: UUID) -> str | None:
    async with platform_session(calendars.office.engine) as session:
        [stored] = await webhooks.read_events(session, [event_id])
    return uid_in(stored.body)


# --- our own doing ----------------------------------------------------------------------------


async def test_that_we_have_booked_it_we_know_without_asking(calendars: Calendars) -> None:
    _, booking = await calendars.book(10)
    before = len(calendars.office.desk.requests("get_booking"))
    assert await calendars.seen(booking["uid"]) is None
    assert len(calendars.office.desk.requests("get_booking")) == before
    for kind in ("BOOKING_CREATED_AGAIN", "BOOKING_PAID", "MEETING_ENDED"):
        assert await calendars.hear(booking["uid"], kind) == Nothing(reason="known")
    assert [whose for _, _, whose in await calendars.taken()] == ["ours"]


async def test_what_we_have_cancelled_is_no_news(calendars: Calendars) -> None:
    ours, booking = await calendars.book(10)
    calendars.person_cancels(booking)
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        await bookings.mark_ended(session, ours, 0)
    assert await calendars.hear(booking["uid"]) == Nothing(reason="known")


async def test_what_names_no_booking_is_not_looked_up(calendars: Calendars) -> None:
    event = await calendars.event("u")
    nowhere = event.model_copy(update={"event_id": uuid4()})
    assert (await calendars.looks.look(nowhere)).seen is None
    elsewhere = event.model_copy(update={"connection_id": uuid4()})
    assert (await calendars.looks.look(elsewhere)).seen is None


# --- people did something to ours -------------------------------------------------------------


async def test_a_cancellation_is_told_with_the_booking_that_it_is_about(
    calendars: Calendars,
) -> None:
    ours, booking = await calendars.book(10)
    calendars.person_cancels(booking)
    decision = await calendars.hear(booking["uid"])
    assert isinstance(decision, TellAppointment)
    assert decision.appointment_id == ours
    assert (decision.report.kind, decision.report.booking_id) == ("cancelled", booking["id"])


async def test_a_move_is_told_with_an_event_that_names_the_new_booking(
    calendars: Calendars,
) -> None:
    """Whichever of the chain's bookings was heard of, and whatever was heard of it."""
    ours, first = await calendars.book(10)
    second = calendars.person_moves(first, 11)
    third = calendars.person_moves(second, 12)
    events = set()
    for uid in (first["uid"], second["uid"], third["uid"]):
        decision = await calendars.hear(uid, "BOOKING_CANCELLED")
        report = told(decision)
        assert (report.kind, report.booking_id) == ("rescheduled", third["id"])
        assert report.start_at == local(DAY, 12)
        assert decision.appointment_id == ours  # type: ignore[union-attr]
        assert await uid_of(calendars, report.event_id) == third["uid"]
        events.add(report.event_id)
    assert len(events) == 2  # what the first two lead to is one event; the third has its own


async def test_what_was_moved_and_then_cancelled_is_cancelled(calendars: Calendars) -> None:
    _, first = await calendars.book(10)
    calendars.person_cancels(calendars.person_moves(first, 11))
    report = told(await calendars.hear(first["uid"]))
    assert (report.kind, report.booking_id) == ("cancelled", first["id"])


async def test_a_booking_that_cal_com_no_longer_knows_is_deleted(
    calendars: Calendars,
) -> None:
    _, booking = await calendars.book(10)
    calendars.office.desk.order_fault(operation="get_booking", fault="not_found")
    report = told(await calendars.hear(booking["uid"]))
    assert (report.kind, report.booking_id) == ("deleted", booking["id"])
    theirs_gone = calendars.person_books(12)
    await calendars.hear(theirs_gone["uid"])
    calendars.office.desk.order_fault(operation="get_booking", fault="not_found")
    ended = await calendars.hear(theirs_gone["uid"])
    assert ended == Blocked(state="ended", changed=True)


async def test_who_did_not_come_is_told(calendars: Calendars) -> None:
    _, booking = await calendars.book(10)
    event = await calendars.event(booking["uid"], "BOOKING_NO_SHOW_UPDATED")
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    assert await calendars.decide(event, seen) == Nothing(reason="known")
    absent = seen.model_copy(update={"absent": True})
    assert told(await calendars.decide(event, absent)).kind == "no_show"


async def test_cal_com_away_is_waited_out_by_the_engine(calendars: Calendars) -> None:
    booking = calendars.person_books(10)
    calendars.office.desk.order_fault(operation="get_booking", fault="status", status=503)
    with pytest.raises(ApplicationError, match="503") as raised:
        await calendars.hear(booking["uid"])
    assert not raised.value.non_retryable
    assert await calendars.hear(booking["uid"]) == Blocked(state="active", changed=True)


# --- late answers -----------------------------------------------------------------------------


async def late(calendars: Calendars, *, hour: int = 14) -> tuple[UUID, Any]:
    """A booking of ours that our saga has not heard of."""
    appointment_id = await calendars.reserve(hour)
    assert appointment_id is not None
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        await bookings.note_request(
            session,
            appointment_id=appointment_id,
            revision=0,
            event_type_id=calendars.office.desk.types["anna"],
        )
    return appointment_id, calendars.person_books(hour, metadata={OUR_KEY: str(appointment_id)})


async def resolve(calendars: Calendars, appointment_id: UUID) -> None:
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        await bookings.resolve_request(session, appointment_id, 0)


async def test_a_late_answer_is_left_to_the_saga_that_still_asks(calendars: Calendars) -> None:
    ours, booking = await late(calendars)
    assert await calendars.hear(booking["uid"]) == LookAgain(appointment_id=ours)


async def test_a_late_answer_that_nobody_waits_for_is_taken_back(calendars: Calendars) -> None:
    ours, booking = await late(calendars)
    await resolve(calendars, ours)
    event = await calendars.event(booking["uid"])
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    assert await calendars.decide(event, seen) == TakeBack(
        appointment_id=ours, booking_id=booking["id"]
    )
    request = CancelSeen(event=event, seen=seen, appointment_id=ours, why="surplus")
    for _ in range(2):  # the step may be repeated
        await calendars.looks.cancel_seen(request)
    [there] = calendars.carrying(ours)
    assert there["status"] == "cancelled"
    assert await calendars.hear(booking["uid"]) == Nothing(reason="known")


async def test_what_the_saga_has_found_meanwhile_stays(calendars: Calendars) -> None:
    ours, booking = await late(calendars)
    event = await calendars.event(booking["uid"])
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    request = CancelSeen(event=event, seen=seen, appointment_id=ours, why="surplus")
    await calendars.looks.cancel_seen(request)  # still being asked for
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        await bookings.remember_booking(
            session,
            appointment_id=ours,
            revision=0,
            booking_id=booking["id"],
            booking_uid=booking["uid"],
        )
    await calendars._confirm(ours, booking["id"], booking["uid"])
    await calendars.looks.cancel_seen(request)  # and found
    [there] = calendars.carrying(ours)
    assert there["status"] == "accepted"


async def test_what_cal_com_has_kept_of_a_cancelled_appointment_is_taken_back(
    calendars: Calendars,
) -> None:
    ours, booking = await calendars.book(10)
    await calendars.release(ours)
    assert await calendars.hear(booking["uid"]) == TakeBack(
        appointment_id=ours, booking_id=booking["id"]
    )


async def test_metadata_alone_makes_nothing_ours(calendars: Calendars) -> None:
    """Whoever books on the public page can set it."""
    ours, _ = await calendars.book(10)
    forged = calendars.person_books(14, metadata={OUR_KEY: str(ours)})
    assert await calendars.hear(forged["uid"]) == Blocked(state="active", changed=True)
    assert theirs(14) in await calendars.taken()
    unknown = calendars.person_books(15, metadata={OUR_KEY: str(uuid4())})
    assert await calendars.hear(unknown["uid"]) == Blocked(state="active", changed=True)
    nonsense = calendars.person_books(16, metadata={OUR_KEY: "x"})
    assert await calendars.hear(nonsense["uid"]) == Blocked(state="active", changed=True)


async def test_our_attendees_booking_is_ours_wherever_it_stands(calendars: Calendars) -> None:
    ours, _ = await calendars.book(10)
    async with tenant_session(calendars.office.engine, calendars.company_id) as session:
        query = text("SELECT customer_id FROM appointments WHERE id = :id")
        customer_id = await session.scalar(query, {"id": ours})
    attendee = {
        "name": "Erika",
        "email": attendee_address(calendars.company_id, str(customer_id), DOMAIN),
        "timeZone": "Europe/Berlin",
    }
    twin = calendars.person_books(14, metadata={OUR_KEY: str(ours)}, attendee=attendee)
    assert await calendars.hear(twin["uid"]) == TakeBack(appointment_id=ours, booking_id=twin["id"])


# --- after our own booking --------------------------------------------------------------------


async def test_a_booking_that_is_alone_has_nothing_to_tell(calendars: Calendars) -> None:
    ours, _ = await calendars.book(10)
    for hour, minute, slug in ((9, 30, "anna"), (10, 30, "anna"), (10, 0, "ben")):
        calendars.person_books(hour, minute, slug)
    verified = await calendars.looks.verify_alone(calendars.verify(ours))
    assert (verified.overlapping, verified.surplus) == (0, 0)
    assert calendars.started == []


async def test_what_cal_com_let_pass_beside_ours_becomes_an_event(
    calendars: Calendars, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that overlap and are not the same, within a few milliseconds (contract 0.4 and 6)."""
    office = calendars.office
    monkeypatch.setattr(PAUSE, meeting_of(2))
    setup = {
        "tenant": office.desk.tenant,
        "api_key": office.desk.key,
        "race": True,
        "users": [make_user("anna", role="owner")],
    }
    office.desk.http.post("/sandbox/setup", json=setup).raise_for_status()
    start = local(DAY, 10, 15).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        body = office.desk.booking_body(start)
        person = asyncio.create_task(
            http.post(f"{office.desk.url}/v2/bookings", json=body, headers=BOOKINGS)
        )
        ours, mine = await calendars.book(10)
        answer = await person
    assert answer.status_code == 201, answer.text
    theirs_uid = answer.json()["data"]["uid"]
    for _ in range(2):  # the step may be repeated
        verified = await calendars.looks.verify_alone(calendars.verify(ours))
        assert (verified.overlapping, verified.surplus) == (1, 0)
    assert {one.event_id for one in calendars.started} == {calendars.started[0].event_id}
    event = calendars.started[0]
    assert await uid_of(calendars, event.event_id) == theirs_uid
    seen = (await calendars.looks.look(event)).seen
    assert seen is not None
    decision = await calendars.decide(event, seen)
    assert isinstance(decision, Blocked)
    [overlap] = decision.overlaps
    younger_is_ours = mine["id"] > answer.json()["data"]["id"]
    assert (overlap.appointment_id, overlap.goes) == (ours, "ours" if younger_is_ours else "nobody")


async def test_a_second_booking_of_ours_becomes_an_event(calendars: Calendars) -> None:
    ours, _ = await calendars.book(10)
    twin = calendars.person_books(14, metadata={OUR_KEY: str(ours)})
    verified = await calendars.looks.verify_alone(calendars.verify(ours))
    assert (verified.overlapping, verified.surplus) == (0, 1)
    [event] = calendars.started
    assert await uid_of(calendars, event.event_id) == twin["uid"]


async def test_what_is_not_booked_has_nobody_beside_it(calendars: Calendars) -> None:
    waiting = await calendars.reserve(10)
    assert waiting is not None
    verified = await calendars.looks.verify_alone(calendars.verify(waiting))
    assert (verified.overlapping, verified.surplus) == (0, 0)


# --- what is free is asked anew ---------------------------------------------------------------


async def test_the_free_times_of_both_days_are_forgotten(calendars: Calendars) -> None:
    office = calendars.office
    booking = calendars.person_books(10)
    await calendars.hear(booking["uid"])
    await office.fetch()
    asked = len(office.asked())
    await office.fetch()
    assert len(office.asked()) == asked
    calendars.person_moves(booking, 12)
    await calendars.hear(booking["uid"])
    await office.fetch()
    assert len(office.asked()) > asked

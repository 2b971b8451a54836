"""Races that people reported of Cal.com or measured (contract, section 6), as our side sees them.

Each is played out at the sandbox, whose requests meet in the gap of Cal.com's own core. Locks of
ours have to keep them from happening; these say what there is to be kept from.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.calcom.client import CalcomClient
from integrations.calcom.outcomes import (
    Cancelled,
    Confirmed,
    Created,
    CreateOutcome,
    Moved,
    Refused,
)
from integrations.calcom.schemas import Booking, BookingFilter, NewAttendee
from tests.builders.calcom import (
    PAUSE,
    TUESDAY,
    Desk,
    Desks,
    Held,
    make_type,
    make_user,
    meeting_of,
)

NINE = datetime.fromisoformat(f"{TUESDAY}T09:00:00+00:00")
TEN = NINE + timedelta(hours=1)
HALF_AN_HOUR = timedelta(minutes=30)


async def _book(
    client: CalcomClient, desk: Desk, *, start_at: datetime = NINE, email: str | None = None
) -> CreateOutcome:
    attendee = NewAttendee(name="Käthe", email=email or desk.email, time_zone="Europe/Berlin")
    return await client.create_booking(
        event_type_id=desk.type_id, start_at=start_at, attendee=attendee, metadata={}
    )


async def _booked(client: CalcomClient, desk: Desk, **changes: Any) -> Booking:
    outcome = await _book(client, desk, **changes)
    assert isinstance(outcome, Created)
    return outcome.booking


async def _live(client: CalcomClient) -> list[Booking]:
    return [one async for one in client.iter_bookings(BookingFilter(statuses=("upcoming",)))]


async def test_issue_13397_overlapping_bookings_are_both_accepted_and_both_are_seen(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only equal intervals are unique there: a lock of ours, and a look afterwards, must do it."""
    monkeypatch.setattr(PAUSE, meeting_of(2))
    desk = desks(race=True)
    async with CalcomClient(desk.url, desk.key) as client:
        starts = (NINE, NINE + timedelta(minutes=3))
        both = await asyncio.gather(*(_book(client, desk, start_at=start) for start in starts))
        live = await _live(client)
    assert [outcome.kind for outcome in both] == ["created", "created"]
    assert live[0].hosts[0].id == live[1].hosts[0].id
    assert live[0].start_at < live[1].end_at
    assert live[1].start_at < live[0].end_at


async def test_issue_5820_one_slot_asked_for_ten_times_is_booked_once(desks: Desks) -> None:
    desk = desks(race=True)
    async with CalcomClient(desk.url, desk.key) as client:
        emails = [f"gast-{number}@anrufer.salon.example" for number in range(10)]
        outcomes = await asyncio.gather(*(_book(client, desk, email=email) for email in emails))
    kinds = [outcome.kind for outcome in outcomes]
    assert (kinds.count("created"), kinds.count("refused")) == (1, 9)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert {outcome.cause for outcome in refused} == {"slot_gone"}


async def test_issue_29958_two_pending_bookings_of_a_slot_are_both_confirmed(
    desks: Desks,
) -> None:
    desk = desks(event_types=[make_type("anfrage", requiresConfirmation=True)])
    async with CalcomClient(desk.url, desk.key) as client:
        emails = ("a@anrufer.salon.example", "b@anrufer.salon.example")
        pending = [await _booked(client, desk, email=email) for email in emails]
        done = [await client.confirm_booking(one.uid) for one in pending]
    assert [type(one) for one in done] == [Confirmed, Confirmed]


async def test_issue_17693_a_round_robin_refuses_though_a_host_is_free(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both requests were given the same host: the loser's repetition finds the other."""
    monkeypatch.setattr(PAUSE, meeting_of(2))
    names = ["jana", "mehmet"]
    desk = desks(
        race=True,
        users=[make_user(name) for name in names],
        event_types=[make_type("team", hosts=names, schedulingType="roundRobin")],
    )
    async with CalcomClient(desk.url, desk.key) as client:
        emails = ("a@anrufer.salon.example", "b@anrufer.salon.example")
        both = await asyncio.gather(*(_book(client, desk, email=email) for email in emails))
        lost = next(number for number, one in enumerate(both) if isinstance(one, Refused))
        monkeypatch.setattr(PAUSE, meeting_of(1))
        again = await _book(client, desk, email=emails[lost])
    refused = both[lost]
    assert isinstance(refused, Refused)
    assert (refused.status, refused.cause) == (409, "slot_gone")
    assert isinstance(again, Created)


async def test_the_first_seat_is_refused_though_seats_are_free_and_a_repetition_gets_one(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAUSE, meeting_of(2))
    desk = desks(event_types=[make_type("kurs", seatsPerTimeSlot=4)])
    async with CalcomClient(desk.url, desk.key) as client:
        emails = ("a@anrufer.salon.example", "b@anrufer.salon.example")
        both = await asyncio.gather(*(_book(client, desk, email=email) for email in emails))
        lost = next(number for number, one in enumerate(both) if isinstance(one, Refused))
        again = await _book(client, desk, email=emails[lost])
    assert {one.kind for one in both} == {"created", "refused"}
    assert isinstance(again, Created)
    assert len(again.booking.attendees) == 2


async def test_one_booking_moved_twice_at_once_leaves_two_live_ones(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desks(race=True)
    async with CalcomClient(desk.url, desk.key) as client:
        monkeypatch.setattr(PAUSE, meeting_of(1))
        booking = await _booked(client, desk)
        monkeypatch.setattr(PAUSE, meeting_of(2))
        targets = (TEN, TEN + HALF_AN_HOUR)
        both = await asyncio.gather(
            *(client.reschedule_booking(booking.uid, start_at=start) for start in targets)
        )
        live = await _live(client)
    assert [type(one) for one in both] == [Moved, Moved]
    assert [one.rescheduled_from_uid for one in live] == [booking.uid, booking.uid]


async def test_a_cancellation_during_a_move_says_done_and_leaves_a_live_booking(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, held = desks(race=True), Held()
    async with CalcomClient(desk.url, desk.key) as client:
        monkeypatch.setattr(PAUSE, meeting_of(1))
        booking = await _booked(client, desk)
        monkeypatch.setattr(PAUSE, held.pause)
        moving = asyncio.create_task(client.reschedule_booking(booking.uid, start_at=TEN))
        await asyncio.to_thread(held.wait_until_entered)
        cancelled = await client.cancel_booking(booking.uid, reason="abgesagt")
        held.let_go_on()
        moved = await moving
        live = await _live(client)
    assert isinstance(cancelled, Cancelled)
    assert isinstance(moved, Moved)
    assert [one.uid for one in live] == [moved.booking.uid]


async def test_a_limit_of_one_a_day_is_exceeded_by_two_at_once(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAUSE, meeting_of(2))
    desk = desks(race=True, event_types=[make_type("schnitt", bookingLimitPerDay=1)])
    async with CalcomClient(desk.url, desk.key) as client:
        both = await asyncio.gather(*(_book(client, desk, start_at=at) for at in (NINE, TEN)))
        third = await _book(client, desk, start_at=TEN + HALF_AN_HOUR)
    assert [one.kind for one in both] == ["created", "created"]
    assert isinstance(third, Refused)

"""Bugs that people reported of Cal.com (contract, section 6), as client and sandbox show them.

Named after the issue where there is one. Each says what our side sees, so that a change here that
makes us blind to one of them is noticed.
"""

import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomAnswerNotUnderstood, CalcomUnavailable
from integrations.calcom.outcomes import (
    Created,
    CreateOutcome,
    Moved,
    Refused,
    Reserved,
    Unclear,
)
from integrations.calcom.schemas import Booking, BookingFilter, NewAttendee
from integrations.calcom.transport import TimeLimits
from tests.builders.calcom import (
    NOW,
    TUESDAY,
    Desk,
    Desks,
    make_type,
    make_user,
)

NINE = datetime.fromisoformat(f"{TUESDAY}T09:00:00+00:00")
TEN = NINE + timedelta(hours=1)
HALF_AN_HOUR = timedelta(minutes=30)
PHONE = "+491713920042"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[CalcomClient]:
    async with CalcomClient(desk.url, desk.key) as made:
        yield made


async def _book(client: CalcomClient, desk: Desk, **changes: Any) -> CreateOutcome:
    attendee = NewAttendee(
        name=changes.pop("name", "Käthe Größler"),
        email=changes.pop("email", desk.email),
        time_zone="Europe/Berlin",
        phone=changes.pop("phone", PHONE),
    )
    wanted: dict[str, Any] = {
        "event_type_id": desk.type_id,
        "start_at": NINE,
        "attendee": attendee,
        "metadata": {"appointment_id": "a1"},
    }
    return await client.create_booking(**(wanted | changes))


async def _booked(client: CalcomClient, desk: Desk, **changes: Any) -> Booking:
    outcome = await _book(client, desk, **changes)
    assert isinstance(outcome, Created)
    return outcome.booking


# --- slots that are none -----------------------------------------------------------------------


async def test_issue_23938_a_reservation_keeps_nobody_from_booking(
    client: CalcomClient, desk: Desk
) -> None:
    held = await client.create_reservation(event_type_id=desk.type_id, start_at=NINE)
    assert isinstance(held, Reserved)
    assert isinstance(await _book(client, desk, email="b@anrufer.salon.example"), Created)


async def test_issue_21589_a_moved_bookings_old_time_cannot_be_reserved(
    client: CalcomClient, desk: Desk
) -> None:
    booking = await _booked(client, desk)
    await client.reschedule_booking(booking.uid, start_at=TEN)
    refused = await client.create_reservation(event_type_id=desk.type_id, start_at=NINE)
    assert isinstance(refused, Refused)
    assert refused.cause == "slot_gone"
    assert isinstance(await _book(client, desk), Created)


async def test_issues_23391_17535_16386_2342_what_is_shown_is_refused(
    client: CalcomClient, desk: Desk
) -> None:
    await _booked(client, desk, email="andere@anrufer.salon.example")
    order = {"operation": "get_slots", "fault": "stale", "event_type_id": desk.type_id}
    desk.http.post("/sandbox/faults", json=order).raise_for_status()
    shown = await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)
    assert shown[0].start_at == NINE
    refused = await _book(client, desk, metadata={"appointment_id": "a2"})
    assert isinstance(refused, Refused)
    assert (refused.cause, refused.may_be_ours) == ("slot_gone", True)


async def test_issue_17868_slow_slots_end_at_the_callers_patience(desk: Desk) -> None:
    order = {"operation": "get_slots", "fault": "delay", "delay_s": 5}
    desk.http.post("/sandbox/faults", json=order | {"event_type_id": desk.type_id})
    limits = TimeLimits(in_call_s=0.2)
    async with CalcomClient(desk.url, desk.key, limits=limits, intent="in_call") as client:
        with pytest.raises(CalcomUnavailable):
            await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)


async def test_the_notice_ticks_away_while_people_talk(client: CalcomClient, desk: Desk) -> None:
    """Asked at 9:30 for noon, said yes half an hour later: with 120 minutes' notice too late."""
    soon = NOW + timedelta(hours=2, minutes=30)
    shown = await client.slots(
        event_type_id=desk.type_id, start_at=soon, end_at=soon + HALF_AN_HOUR
    )
    desk.http.post("/sandbox/clock", json={"offset_s": 45 * 60})
    try:
        refused = await _book(client, desk, start_at=soon)
    finally:
        desk.http.post("/sandbox/clock", json={"offset_s": 0})
    assert [slot.start_at for slot in shown] == [soon]
    assert isinstance(refused, Refused)
    assert refused.cause == "time_policy"


# --- zones -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "first_utc"),
    [("2027-03-27", 8), ("2027-03-28", 7), ("2027-10-30", 7), ("2027-10-31", 8)],
)
async def test_issues_10517_4702_nine_is_nine_when_the_clock_has_changed(
    client: CalcomClient, desk: Desk, day: str, first_utc: int
) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    slots = await client.slots(
        event_type_id=desk.type_id, start_at=midnight, end_at=midnight + timedelta(days=1)
    )
    assert slots[0].start_at.astimezone(UTC).hour == first_utc
    assert slots[0].start_at.astimezone(BERLIN).hour == 9
    booked = await _booked(client, desk, start_at=slots[0].start_at.astimezone(BERLIN))
    assert booked.start_at == slots[0].start_at


# --- callers who have a phone only -------------------------------------------------------------


async def test_issue_25432_a_hidden_field_overwrites_our_address_and_the_booking_is_found(
    desks: Desks,
) -> None:
    desk = desks(event_types=[make_type("schnitt", emailHidden=True, emailRequired=False)])
    async with CalcomClient(desk.url, desk.key) as client:
        desk.order_fault(operation="create_booking", fault="commit_then_drop")
        assert isinstance(await _book(client, desk), Unclear)
        found = await client.find_booking(
            desk.email,
            desk.type_id,
            NINE,
            NINE + HALF_AN_HOUR,
            metadata_key="appointment_id",
            metadata_value="a1",
        )
    assert found is not None
    assert found.attendees[0].email == "491713920042@sms.cal.com"
    assert len(desk.requests("list_bookings")) == 2


async def test_issue_21184_a_made_up_address_is_refused_as_the_callers(
    client: CalcomClient, desk: Desk
) -> None:
    for email in ("oma@example.com", "oma@keine.invalid"):
        refused = await _book(client, desk, email=email)
        assert isinstance(refused, Refused)
        assert (refused.cause, refused.known) == ("caller_data", True)


@pytest.mark.parametrize("phone", ["0171/3920042", "00491713920042", "+49 (0)171 3920042"])
async def test_a_national_number_is_refused_as_the_callers(
    client: CalcomClient, desk: Desk, phone: str
) -> None:
    refused = await _book(client, desk, phone=phone)
    assert isinstance(refused, Refused)
    assert refused.cause == "caller_data"


async def test_thread_2487_the_phone_travels_inside_the_attendee(
    client: CalcomClient, desk: Desk
) -> None:
    await _booked(client, desk)
    sent = desk.requests("create_booking")[0]["body"]
    assert '"attendee":{' in sent
    assert sent.index('"phoneNumber"') < sent.index('"metadata"')
    assert desk.listed()[0]["attendees"][0]["phoneNumber"] == PHONE


async def test_one_address_for_all_callers_trips_the_bookers_limit(desks: Desks) -> None:
    desk = desks(event_types=[make_type("schnitt", bookerActiveBookingsLimit=1)])
    async with CalcomClient(desk.url, desk.key) as client:
        await _booked(client, desk)
        shared = await _book(client, desk, start_at=TEN)
        own = await _book(client, desk, start_at=TEN, email="b@anrufer.salon.example")
    assert isinstance(shared, Refused)
    assert (shared.cause, desk.listed()[0]["uid"] in shared.message) == ("caller_data", False)
    assert isinstance(own, Created)


# --- whose key, which version ------------------------------------------------------------------


async def test_a_members_key_does_not_find_a_colleagues_booking(desks: Desks) -> None:
    """A false "absent": why a connection has to be an owner's or an admin's (contract 1.2)."""
    names = ["jana", "mehmet"]
    member_key = "cal_test_member_of_2487"
    desk = desks(
        users=[make_user("jana", role="owner"), make_user("mehmet", api_key=member_key)],
        event_types=[make_type("team", hosts=names, schedulingType="roundRobin")],
    )

    async def seen_by(key: str) -> bool:
        async with CalcomClient(desk.url, key) as client:
            found = await client.find_booking(
                desk.email,
                desk.type_id,
                NINE,
                NINE + HALF_AN_HOUR,
                metadata_key="appointment_id",
                metadata_value="a1",
            )
        return found is not None

    async with CalcomClient(desk.url, desk.key) as client:
        booking = await _booked(client, desk)
        if booking.hosts[0].id != desk.users["jana"]:
            await client.reassign_booking(booking.uid, to_user_id=desk.users["jana"])
    assert [await seen_by(desk.key), await seen_by(member_key)] == [True, False]


async def test_issues_28512_28561_28762_an_answer_of_the_old_version_is_no_empty_calendar(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filters ignored, another shape: that must be an error, not "nothing there"."""
    monkeypatch.setattr("integrations.calcom.versions.BOOKINGS", None)
    async with CalcomClient(desk.url, desk.key) as client:
        desk.booked(f"{TUESDAY}T09:00:00Z")
        with pytest.raises(CalcomAnswerNotUnderstood):
            await client.list_bookings(BookingFilter())


# --- letters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_umlauts_come_back_as_they_were_sent(
    client: CalcomClient, desk: Desk, form: Any
) -> None:
    name = unicodedata.normalize(form, "Jürgen Weiß-Ößtürk")
    booking = await _booked(client, desk, name=name)
    assert booking.attendees[0].name == name
    found = await client.list_bookings(BookingFilter(attendee_name=name))
    assert [one.uid for one in found.bookings] == [booking.uid]


# --- what a reschedule looks like --------------------------------------------------------------


async def test_a_moved_booking_has_a_cancellation_reason_and_is_live(
    client: CalcomClient, desk: Desk
) -> None:
    booking = await _booked(client, desk)
    moved = await client.reschedule_booking(booking.uid, start_at=TEN, reason="kommt später")
    assert isinstance(moved, Moved)
    assert moved.booking.cancellation_reason == "kommt später"
    assert moved.booking.is_live

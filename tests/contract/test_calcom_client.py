"""The client against a running sandbox: each fault, and what the client says about it."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import (
    CalcomAnswerNotUnderstood,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnavailable,
)
from integrations.calcom.outcomes import Cancelled, Created, Moved, Refused, Unclear
from integrations.calcom.schemas import Booking, BookingFilter, NewAttendee
from integrations.calcom.transport import TimeLimits
from tests.builders.calcom import NOW, TUESDAY, Desk, Desks, RunSandbox, make_type

NINE = datetime.fromisoformat(f"{TUESDAY}T09:00:00+00:00")
TEN = NINE + timedelta(hours=1)
HALF_AN_HOUR = timedelta(minutes=30)
KEY = "appointment_id"


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[CalcomClient]:
    async with CalcomClient(desk.url, desk.key) as made:
        yield made


def _caller(desk: Desk) -> NewAttendee:
    return NewAttendee(
        name="Käthe Größler",
        email=desk.email.upper(),
        time_zone="Europe/Berlin",
        phone="+491713920042",
    )


async def _book(
    client: CalcomClient, desk: Desk, start_at: datetime = NINE, appointment: str = "a1"
) -> Created | Refused | Unclear:
    return await client.create_booking(
        event_type_id=desk.type_id,
        start_at=start_at,
        attendee=_caller(desk),
        metadata={KEY: appointment},
    )


async def _booked(client: CalcomClient, desk: Desk, start_at: datetime = NINE) -> Booking:
    outcome = await _book(client, desk, start_at)
    assert isinstance(outcome, Created)
    return outcome.booking


async def _find(client: CalcomClient, desk: Desk, appointment: str = "a1") -> Booking | None:
    return await client.find_booking(
        desk.email,
        desk.type_id,
        NINE,
        NINE + HALF_AN_HOUR,
        metadata_key=KEY,
        metadata_value=appointment,
    )


async def test_me_and_event_types_say_whose_key_it_is(client: CalcomClient, desk: Desk) -> None:
    assert (await client.me()).id == desk.users["jana"]
    assert [one.id for one in await client.event_types()] == [desk.type_id]


async def test_slots_are_instants_within_the_asked_span(client: CalcomClient, desk: Desk) -> None:
    midnight = NINE.replace(hour=0)
    slots = await client.slots(
        event_type_id=desk.type_id, start_at=midnight, end_at=midnight + timedelta(days=1)
    )
    assert len(slots) == 16
    assert slots[0].start_at == NINE - timedelta(hours=1)
    assert slots[0].end_at == slots[0].start_at + HALF_AN_HOUR
    hour = await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)
    assert [slot.start_at for slot in hour] == [NINE, NINE + HALF_AN_HOUR]


async def test_slots_of_a_chosen_length(client: CalcomClient, desks: Desks) -> None:
    desk = desks(event_types=[make_type("farbe", lengthInMinutesOptions=[30, 120])])
    async with CalcomClient(desk.url, desk.key) as own:
        slots = await own.slots(
            event_type_id=desk.type_id,
            start_at=NINE,
            end_at=NINE + timedelta(hours=2),
            duration_min=120,
        )
        booked = await own.create_booking(
            event_type_id=desk.type_id,
            start_at=slots[0].start_at,
            attendee=_caller(desk),
            metadata={},
            length_min=120,
        )
    assert isinstance(booked, Created)
    assert booked.booking.end_at - booked.booking.start_at == timedelta(minutes=120)


async def test_a_booking_is_created_read_moved_and_cancelled(
    client: CalcomClient, desk: Desk
) -> None:
    created = await _book(client, desk)
    assert isinstance(created, Created)
    assert created.request_id
    booking = created.booking
    assert (booking.start_at, booking.status, booking.metadata) == (NINE, "accepted", {KEY: "a1"})
    assert booking.attendees[0].email == desk.email
    assert await client.get_booking(booking.uid) == booking
    moved = await client.reschedule_booking(booking.uid, start_at=TEN, reason="später")
    assert isinstance(moved, Moved)
    assert (moved.booking.start_at, moved.booking.rescheduled_from_uid) == (TEN, booking.uid)
    gone = await client.cancel_booking(moved.booking.uid, reason="abgesagt")
    assert isinstance(gone, Cancelled)
    assert gone.booking.status == "cancelled"


async def test_notes_and_custom_fields_are_sent(client: CalcomClient, desk: Desk) -> None:
    await client.create_booking(
        event_type_id=desk.type_id,
        start_at=NINE,
        attendee=_caller(desk),
        metadata={},
        notes="kurz, bitte",
        fields={"versicherung": "privat"},
    )
    answers = desk.listed()[0]["bookingFieldsResponses"]
    assert (answers["notes"], answers["versicherung"]) == ("kurz, bitte", "privat")


async def test_an_unknown_booking_is_none(client: CalcomClient) -> None:
    assert await client.get_booking("nope") is None


async def test_a_taken_slot_is_refused_and_may_be_ours(client: CalcomClient, desk: Desk) -> None:
    await _booked(client, desk)
    again = await _book(client, desk)
    assert isinstance(again, Refused)
    assert (again.cause, again.may_be_ours, again.status) == ("slot_gone", True, 400)
    assert again.request_id


async def test_refusals_come_with_their_cause(client: CalcomClient, desk: Desk) -> None:
    past = await _book(client, desk, NOW - timedelta(days=1))
    too_soon = await _book(client, desk, NOW + timedelta(minutes=30))
    unknown = await client.create_booking(
        event_type_id=1, start_at=NINE, attendee=_caller(desk), metadata={}
    )
    bad_phone = await client.create_booking(
        event_type_id=desk.type_id,
        start_at=NINE,
        attendee=NewAttendee(name="K", email=desk.email, time_zone="UTC", phone="0171"),
        metadata={},
    )
    outcomes = (past, too_soon, unknown, bad_phone)
    causes = [outcome.cause for outcome in outcomes if isinstance(outcome, Refused)]
    assert causes == ["time_policy", "time_policy", "configuration", "caller_data"]


async def test_a_repeated_move_names_the_successor(client: CalcomClient, desk: Desk) -> None:
    booking = await _booked(client, desk)
    moved = await client.reschedule_booking(booking.uid, start_at=TEN)
    again = await client.reschedule_booking(booking.uid, start_at=TEN)
    assert isinstance(moved, Moved)
    assert isinstance(again, Refused)
    assert (again.cause, again.successor_uid) == ("done_already", moved.booking.uid)


async def test_a_repeated_cancellation_is_done_already(client: CalcomClient, desk: Desk) -> None:
    booking = await _booked(client, desk)
    await client.cancel_booking(booking.uid, reason="x")
    again = await client.cancel_booking(booking.uid, reason="x")
    assert isinstance(again, Refused)
    assert again.cause == "done_already"


AFTER_COMMIT: list[dict[str, Any]] = [
    {"fault": "commit_then_drop"},
    {"fault": "commit_then_status", "status": 500},
    {"fault": "commit_then_status", "status": 502},
    {"fault": "commit_then_status", "status": 524},
    {"fault": "truncate"},
    {"fault": "malformed"},
]


@pytest.mark.parametrize(
    "fault", AFTER_COMMIT, ids=lambda fault: "-".join(map(str, fault.values()))
)
async def test_after_a_fault_behind_the_commit_the_booking_is_found(
    client: CalcomClient, desk: Desk, fault: dict[str, Any]
) -> None:
    desk.order_fault(operation="create_booking", **fault)
    assert isinstance(await _book(client, desk), Unclear)
    found = await _find(client, desk)
    assert found is not None
    assert found.uid == desk.listed()[0]["uid"]


@pytest.mark.parametrize(
    "fault", [{"fault": "drop"}, {"fault": "status", "status": 500}], ids=["drop", "500"]
)
async def test_after_a_fault_before_the_commit_nothing_is_found(
    client: CalcomClient, desk: Desk, fault: dict[str, Any]
) -> None:
    desk.order_fault(operation="create_booking", **fault)
    assert isinstance(await _book(client, desk), Unclear)
    assert await _find(client, desk) is None


async def test_a_timeout_after_the_commit_is_unclear_and_then_found(desk: Desk) -> None:
    limits = TimeLimits(in_call_s=0.3)
    async with CalcomClient(desk.url, desk.key, limits=limits) as client:
        desk.order_fault(operation="create_booking", fault="commit_then_delay", delay_s=2)
        outcome = await _book(client.within("in_call"), desk)
        assert isinstance(outcome, Unclear)
        assert outcome.request_id is None
        assert await _find(client, desk) is not None


@pytest.mark.parametrize(
    "fault",
    [{"fault": "commit_then_drop"}, {"fault": "commit_then_status", "status": 502}],
    ids=["drop", "502"],
)
async def test_an_unclear_move_is_answered_by_its_repetition(
    client: CalcomClient, desk: Desk, fault: dict[str, Any]
) -> None:
    booking = await _booked(client, desk)
    desk.order_fault(operation="reschedule_booking", **fault)
    assert isinstance(await client.reschedule_booking(booking.uid, start_at=TEN), Unclear)
    again = await client.reschedule_booking(booking.uid, start_at=TEN)
    assert isinstance(again, Refused)
    assert again.successor_uid is not None
    successor = await client.get_booking(again.successor_uid)
    assert successor is not None
    assert (successor.start_at, successor.is_live) == (TEN, True)


async def test_an_unclear_cancellation_is_answered_by_reading(
    client: CalcomClient, desk: Desk
) -> None:
    booking = await _booked(client, desk)
    desk.order_fault(operation="cancel_booking", fault="commit_then_drop")
    assert isinstance(await client.cancel_booking(booking.uid, reason="x"), Unclear)
    read = await client.get_booking(booking.uid)
    assert read is not None
    assert read.status == "cancelled"


async def test_nobody_listening_means_nothing_was_sent(run_sandbox: RunSandbox) -> None:
    with run_sandbox() as other:
        url = other.url
    async with CalcomClient(url, "cal_test_x") as client:
        with pytest.raises(CalcomUnavailable):
            await client.cancel_booking("u", reason="x")


async def test_too_many_requests_say_how_long_to_wait(desks: Desks) -> None:
    desk = desks(rate_limit_per_min=1)
    async with CalcomClient(desk.url, desk.key) as client:
        await client.me()
        with pytest.raises(CalcomRateLimited) as caught:
            await _book(client, desk)
    assert 0 < caught.value.retry_after_s <= 60
    assert caught.value.request_id


@pytest.mark.parametrize("fault", [{"fault": "drop"}, {"fault": "status", "status": 502}])
async def test_reads_that_fail_may_be_repeated(
    client: CalcomClient, desk: Desk, fault: dict[str, Any]
) -> None:
    desk.order_fault(operation="get_slots", **fault)
    with pytest.raises(CalcomUnavailable):
        await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)
    assert await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)


async def test_an_answer_that_is_not_understood_is_never_free_time(
    client: CalcomClient, desk: Desk
) -> None:
    desk.order_fault(operation="get_slots", fault="malformed")
    with pytest.raises(CalcomAnswerNotUnderstood) as caught:
        await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)
    assert caught.value.request_id


async def test_a_refused_read_says_whose_turn_it_is(desk: Desk) -> None:
    async with CalcomClient(desk.url, "cal_wrong") as client:
        with pytest.raises(CalcomRejected) as caught:
            await client.me()
    assert (caught.value.problem.cause, caught.value.problem.status) == ("configuration", 401)
    assert caught.value.request_id
    assert caught.value.request_id in str(caught.value)


async def test_lists_are_read_to_their_last_page(client: CalcomClient, desk: Desk) -> None:
    starts = [NINE + timedelta(hours=hour) for hour in range(5)]
    for start_at in starts:
        await _booked(client, desk, start_at)
    wanted = BookingFilter(take=2, sort="start")
    page = await client.list_bookings(wanted)
    assert (len(page.bookings), page.pagination.total_items) == (2, 5)
    assert [one.start_at async for one in client.iter_bookings(wanted)] == starts


async def test_each_filter_narrows_the_list(client: CalcomClient, desk: Desk) -> None:
    first = await _booked(client, desk, NINE)
    second = await _booked(client, desk, TEN)
    await client.cancel_booking(second.uid, reason="x")
    cases = [
        (BookingFilter(statuses=("cancelled",)), [second.uid]),
        (BookingFilter(statuses=("upcoming", "cancelled")), [first.uid, second.uid]),
        (BookingFilter(attendee_email="nobody@anrufer.salon.example"), []),
        (BookingFilter(attendee_name="Käthe Größler"), [first.uid, second.uid]),
        (BookingFilter(booking_uid=first.uid), [first.uid]),
        (BookingFilter(event_type_ids=(desk.type_id, 1)), [first.uid, second.uid]),
        (BookingFilter(team_ids=(1,)), []),
        (BookingFilter(after_start_at=TEN), [second.uid]),
        (BookingFilter(before_end_at=TEN), [first.uid]),
        (BookingFilter(before_created_at=first.created_at), [first.uid]),
        (BookingFilter(after_created_at=second.created_at), [second.uid]),
        (BookingFilter(before_updated_at=NOW), []),
        (BookingFilter(sort="start", descending=True), [second.uid, first.uid]),
    ]
    for wanted, uids in cases:
        found = [one.uid async for one in client.iter_bookings(wanted)]
        assert found == uids, wanted


async def test_only_our_own_live_booking_is_found(client: CalcomClient, desk: Desk) -> None:
    booking = await _booked(client, desk)
    assert await _find(client, desk, "a2") is None
    await client.cancel_booking(booking.uid, reason="x")
    assert await _find(client, desk) is None
    closed = await client.find_booking(
        desk.email,
        desk.type_id,
        NINE,
        NINE + HALF_AN_HOUR,
        metadata_key=KEY,
        metadata_value="a1",
        include_closed=True,
    )
    assert closed is not None
    assert closed.uid == booking.uid


async def test_uids_and_addresses_stay_out_of_logs_and_reprs(
    client: CalcomClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="httpx"):
        created = await _book(client, desk)
        assert isinstance(created, Created)
        uid = created.booking.uid
        moved = await client.reschedule_booking(uid, start_at=TEN)
        again = await client.reschedule_booking(uid, start_at=TEN)
        found = await _find(client, desk)
    assert "/v2/bookings/…/reschedule" in caplog.text
    shown = caplog.text + repr((created, moved, again, found))
    assert uid not in shown
    assert desk.email not in shown
    assert desk.email.replace("@", "%40") not in shown
    assert "Käthe" not in shown

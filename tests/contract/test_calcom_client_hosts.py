"""The client's hosts' side against a running sandbox: confirm, decline, absent, another host."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.calcom import unknown
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomRejected
from integrations.calcom.outcomes import (
    Cancelled,
    Confirmed,
    Created,
    Declined,
    MarkedAbsent,
    NewTimeAsked,
    Reassigned,
    Refused,
    Unclear,
)
from integrations.calcom.schemas import Booking, NewAttendee
from tests.builders.calcom import NOW, TUESDAY, Desk, Desks, make_type, make_user

NINE = datetime.fromisoformat(f"{TUESDAY}T09:00:00+00:00")
TEN = NINE + timedelta(hours=1)


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[CalcomClient]:
    async with CalcomClient(desk.url, desk.key) as made:
        yield made


@pytest.fixture
def asking(desks: Desks) -> Desk:
    return desks(event_types=[make_type("anfrage", requiresConfirmation=True)])


async def _booked(client: CalcomClient, desk: Desk, start_at: datetime = NINE) -> Booking:
    outcome = await client.create_booking(
        event_type_id=desk.type_id,
        start_at=start_at,
        attendee=NewAttendee(name="Käthe", email=desk.email, time_zone="Europe/Berlin"),
        metadata={},
    )
    assert isinstance(outcome, Created)
    return outcome.booking


async def test_a_pending_booking_is_confirmed_once(asking: Desk) -> None:
    async with CalcomClient(asking.url, asking.key) as client:
        pending = await _booked(client, asking)
        done = await client.confirm_booking(pending.uid)
        again = await client.confirm_booking(pending.uid)
    assert isinstance(done, Confirmed)
    assert (pending.status, done.booking.status) == ("pending", "accepted")
    assert isinstance(again, Refused)
    assert (again.cause, again.may_be_ours) == ("done_already", True)


async def test_a_pending_booking_is_declined_with_a_reason(asking: Desk) -> None:
    async with CalcomClient(asking.url, asking.key) as client:
        pending = await _booked(client, asking)
        done = await client.decline_booking(pending.uid, reason="verhindert")
    assert isinstance(done, Declined)
    assert done.booking.status == "rejected"
    assert not done.booking.is_live
    assert '"reason":"verhindert"' in asking.requests("decline_booking")[0]["body"]


async def test_who_did_not_come_is_marked_after_the_start(client: CalcomClient, desk: Desk) -> None:
    booking = await _booked(client, desk)
    early = await client.mark_absent(booking.uid, attendees={desk.email.upper(): True})
    assert isinstance(early, Refused)
    assert early.cause == "time_policy"
    desk.http.post("/sandbox/clock", json={"now": (NINE + timedelta(minutes=10)).isoformat()})
    try:
        guest = await client.mark_absent(booking.uid, attendees={desk.email.upper(): True})
        host = await client.mark_absent(booking.uid, host=True)
        back = await client.mark_absent(booking.uid, host=False, attendees={desk.email: False})
    finally:
        desk.http.post("/sandbox/clock", json={"offset_s": 0})
    marked = [one.booking for one in (guest, host, back) if isinstance(one, MarkedAbsent)]
    assert [(one.attendees[0].absent, one.absent_host) for one in marked] == [
        (True, False),
        (True, True),
        (False, False),
    ]


async def test_somebody_has_to_be_absent(client: CalcomClient) -> None:
    with pytest.raises(ValueError, match="who was absent"):
        await client.mark_absent("u")


@pytest.fixture
def pool(desks: Desks) -> Desk:
    names = ["jana", "mehmet"]
    return desks(
        users=[make_user(name) for name in names],
        event_types=[make_type("team", hosts=names, schedulingType="roundRobin")],
    )


async def test_another_host_takes_over(pool: Desk) -> None:
    async with CalcomClient(pool.url, pool.key) as client:
        booking = await _booked(client, pool)
        first = booking.hosts[0].id
        done = await client.reassign_booking(booking.uid)
        assert isinstance(done, Reassigned)
        back = await client.reassign_booking(booking.uid, to_user_id=first, reason="krank")
        assert isinstance(back, Reassigned)
        read = await client.get_booking(booking.uid)
    assert {done.host.id, first} == set(pool.users.values())
    assert back.host.id == first
    assert read is not None
    assert read.hosts[0].id == first


async def test_without_a_free_host_nobody_takes_over(pool: Desk) -> None:
    async with CalcomClient(pool.url, pool.key) as client:
        booking = await _booked(client, pool)
        pool.email = "zweite@anrufer.salon.example"
        await _booked(client, pool)
        nobody = await client.reassign_booking(booking.uid)
        stranger = await client.reassign_booking(booking.uid, to_user_id=1)
    assert isinstance(nobody, Refused)
    assert isinstance(stranger, Refused)
    assert (nobody.cause, stranger.cause) == ("slot_gone", "configuration")


async def test_a_reason_without_a_host_is_our_mistake(client: CalcomClient) -> None:
    with pytest.raises(ValueError, match="with a host"):
        await client.reassign_booking("u", reason="krank")


async def test_asking_for_another_time_cancels(client: CalcomClient, desk: Desk) -> None:
    booking = await _booked(client, desk)
    assert isinstance(await client.request_reschedule(booking.uid, reason="neu"), NewTimeAsked)
    read = await client.get_booking(booking.uid)
    assert read is not None
    assert read.status == "cancelled"


async def test_a_seat_is_given_back_alone(desks: Desks) -> None:
    desk = desks(event_types=[make_type("kurs", seatsPerTimeSlot=2)])
    async with CalcomClient(desk.url, desk.key) as client:
        first = await _booked(client, desk)
        desk.email = "zweite@anrufer.salon.example"
        second = await _booked(client, desk)
        assert first.uid == second.uid
        assert second.seat_uid is not None
        by_seat = await client.get_booking_by_seat(second.seat_uid)
        left = await client.cancel_booking(first.uid, reason="x", seat_uid=first.seat_uid)
    assert by_seat is not None
    assert by_seat.uid == first.uid
    assert isinstance(left, Cancelled)
    assert left.booking.is_live
    assert [one.seat_uid for one in left.booking.attendees] == [second.seat_uid]


async def test_a_cancellation_without_a_reason_never_leaves(
    client: CalcomClient, desk: Desk
) -> None:
    booking = await _booked(client, desk)
    with pytest.raises(ValueError, match="cancellation_reason"):
        await client.cancel_booking(booking.uid, reason="")
    assert desk.requests("cancel_booking") == []


# --- what every write has in common ---------------------------------------------------------

Write = Callable[[CalcomClient], Awaitable[Any]]
WRITES: dict[str, Write] = {
    "confirm_booking": lambda client: client.confirm_booking("u"),
    "decline_booking": lambda client: client.decline_booking("u"),
    "mark_absent": lambda client: client.mark_absent("u", host=True),
    "reassign_booking": lambda client: client.reassign_booking("u"),
    "request_reschedule": lambda client: client.request_reschedule("u"),
    "reschedule_booking": lambda client: client.reschedule_booking("u", start_at=TEN),
    "cancel_booking": lambda client: client.cancel_booking("u", reason="x"),
    "create_reservation": lambda client: client.create_reservation(event_type_id=1, start_at=TEN),
    "update_reservation": lambda client: client.update_reservation(
        "u", event_type_id=1, start_at=TEN
    ),
    "delete_reservation": lambda client: client.delete_reservation("u"),
    "webhooks": lambda client: client.delete_webhook("u"),
}


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    "fault",
    [{"fault": "drop"}, {"fault": "commit_then_drop"}, {"fault": "commit_then_status"}],
    ids=lambda fault: fault["fault"],
)
async def test_a_write_whose_answer_is_lost_is_unclear(
    client: CalcomClient, desk: Desk, operation: str, fault: dict[str, Any]
) -> None:
    desk.order_fault(operation=operation, **fault)
    assert isinstance(await WRITES[operation](client), Unclear)


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("status", [500, 502, 400, 409])
async def test_each_refusal_and_doubt_names_its_request(
    client: CalcomClient, desk: Desk, operation: str, status: int
) -> None:
    desk.order_fault(operation=operation, fault="status", status=status)
    outcome = await WRITES[operation](client)
    assert isinstance(outcome, Unclear if status >= 500 else Refused)
    assert outcome.request_id == desk.requests(operation)[0]["request_id"]


async def test_a_refusal_that_nobody_knows_is_told_of(
    client: CalcomClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[str, int]] = []

    def hear(operation: str, status: int) -> None:
        heard.append((operation, status))

    unknown.tell_of_unknown(hear)
    desk.order_fault(operation="confirm_booking", fault="status", status=418)
    with caplog.at_level(logging.WARNING, logger="integrations.calcom"):
        outcome = await client.confirm_booking("u")
    assert isinstance(outcome, Refused)
    assert (outcome.known, outcome.cause, heard) == (
        False,
        "configuration",
        [("confirm_booking", 418)],
    )
    assert [vars(record)["said"] for record in caplog.records] == ["Ordered fault"]


async def test_an_answer_that_sends_us_elsewhere_is_unclear_and_told_of(
    client: CalcomClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.order_fault(operation="cancel_booking", fault="status", status=302)
    desk.order_fault(operation="get_me", fault="status", status=302)
    with caplog.at_level(logging.WARNING, logger="integrations.calcom"):
        written = await client.cancel_booking("u", reason="x")
        with pytest.raises(CalcomRejected):
            await client.me()
    assert isinstance(written, Unclear)
    told = [(vars(record)["operation"], vars(record)["status"]) for record in caplog.records]
    assert told == [("cancel_booking", 302), ("me", 302)]


async def test_the_clock_of_the_sandbox_is_where_it_was(desk: Desk) -> None:
    """Tests of this file set it; those that follow book by it."""
    now = datetime.fromisoformat(desk.http.get("/sandbox/health").json()["now"])
    assert now - NOW < timedelta(minutes=10)

"""Bookings that are moved and cancelled at the sandbox by plain HTTP."""

import concurrent.futures
from datetime import datetime, timedelta

import pytest

from tests.builders.calcom import (
    BOOKINGS,
    NOW,
    PAUSE,
    TUESDAY,
    Desk,
    Desks,
    Held,
    make_type,
    meeting_of,
    message_of,
)

TAKEN = "already has booking at this time or is not available"
NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"
ELEVEN = f"{TUESDAY}T11:00:00Z"


def test_point_32_a_move_makes_a_new_booking(desk: Desk) -> None:
    old = desk.booked(NINE)
    answer = desk.act(old["uid"], "reschedule", start=TEN, reschedulingReason="kommt später")
    new = answer.json()["data"]
    assert answer.status_code == 201
    assert new["uid"] != old["uid"]
    assert (new["rescheduledFromUid"], new["metadata"]) == (old["uid"], old["metadata"])
    assert (new["status"], new["cancellationReason"]) == ("accepted", "kommt später")
    before = desk.get(f"/v2/bookings/{old['uid']}", BOOKINGS).json()["data"]
    assert (before["status"], before["rescheduledToUid"]) == ("cancelled", new["uid"])
    assert f"{TUESDAY}T09:00Z" in desk.free(TUESDAY, TUESDAY)


def test_point_33_a_moved_booking_names_its_successor(desk: Desk) -> None:
    old = desk.booked(NINE)["uid"]
    new = desk.act(old, "reschedule", start=TEN).json()["data"]["uid"]
    again = desk.act(old, "reschedule", start=f"{TUESDAY}T11:00:00Z")
    assert again.status_code == 400
    assert f"rescheduled already to booking with uid={new}" in message_of(again)


def test_point_33_a_cancelled_booking_cannot_be_moved(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    desk.act(uid, "cancel", cancellationReason="x")
    refused = desk.act(uid, "reschedule", start=TEN)
    assert (refused.status_code, "because it has been cancelled" in message_of(refused)) == (
        400,
        True,
    )


def test_point_33_a_taken_target_changes_nothing(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    desk.booked(TEN)
    refused = desk.act(uid, "reschedule", start=TEN)
    assert (refused.status_code, TAKEN in message_of(refused)) == (400, True)
    assert desk.get(f"/v2/bookings/{uid}", BOOKINGS).json()["data"]["status"] == "accepted"


@pytest.mark.parametrize(("race", "moved"), [(True, 2), (False, 1)])
def test_point_33_two_moves_at_once(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, race: bool, moved: int
) -> None:
    desk = desks(race=race)
    uid = desk.booked(NINE)["uid"]
    monkeypatch.setattr(PAUSE, meeting_of(2))
    targets = [TEN, f"{TUESDAY}T11:00:00Z"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda start: desk.act(uid, "reschedule", start=start), targets))
    assert [answer.status_code for answer in answers].count(201) == moved
    assert len(desk.listed(status="upcoming")) == moved


def test_point_33_a_cancellation_beside_a_move_leaves_a_live_booking(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, held = desks(race=True), Held()
    uid = desk.booked(NINE)["uid"]
    monkeypatch.setattr(PAUSE, held.pause)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        moving = pool.submit(desk.act, uid, "reschedule", start=TEN)
        held.wait_until_entered()
        cancelled = desk.act(uid, "cancel", cancellationReason="x")
        held.let_go_on()
        moved = moving.result()
    assert (cancelled.status_code, moved.status_code) == (200, 201)
    assert [one["uid"] for one in desk.listed(status="upcoming")] == [moved.json()["data"]["uid"]]


def test_point_34_a_cancelled_slot_can_be_booked_again(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    answer = desk.act(uid, "cancel", cancellationReason="Kundin hat abgesagt")
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "cancelled")
    again = desk.act(uid, "cancel", cancellationReason="x")
    assert (again.status_code, "has been cancelled already" in message_of(again)) == (400, True)
    desk.booked(NINE)


def test_point_34_a_host_gives_a_reason_and_an_attendee_need_not(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    as_host = desk.act(uid, "cancel")
    assert (as_host.status_code, as_host.json()["message"]) == (
        400,
        "Cancellation reason is required",
    )
    as_attendee = desk.http.post(f"/v2/bookings/{uid}/cancel", json={}, headers=BOOKINGS)
    assert as_attendee.status_code == 200


def test_point_34_unknown_and_ended_bookings(desk: Desk) -> None:
    unknown = desk.act("nope", "cancel", cancellationReason="x")
    assert (unknown.status_code, message_of(unknown)) == (404, "Booking with uid=nope not found")
    uid = desk.booked(NINE)["uid"]
    ahead = datetime.fromisoformat(NINE) - NOW + timedelta(hours=1)
    desk.http.post("/sandbox/clock", json={"offset_s": ahead.total_seconds()})
    try:
        ended = desk.act(uid, "cancel", cancellationReason="x")
    finally:
        desk.http.post("/sandbox/clock", json={"offset_s": 0})
    assert (ended.status_code, message_of(ended)) == (
        400,
        "Cannot cancel a booking that has already ended",
    )


def test_point_32_the_hosts_address_confirms_a_move_at_once(desks: Desks) -> None:
    desk = desks(event_types=[make_type("anfrage", requiresConfirmation=True)])
    asked = desk.booked(NINE)["uid"]
    by_guest = desk.act(asked, "reschedule", start=TEN).json()["data"]
    by_host = desk.act(
        by_guest["uid"], "reschedule", start=ELEVEN, rescheduledBy="jana@salon.example"
    ).json()["data"]
    assert (by_guest["status"], by_host["status"]) == ("pending", "accepted")
    assert by_host["rescheduledByEmail"] == "jana@salon.example"


def test_point_32_a_move_can_be_switched_off_or_come_too_late(desks: Desks) -> None:
    fixed = desks(event_types=[make_type("fest", disableRescheduling=True)])
    off = fixed.act(fixed.booked(NINE)["uid"], "reschedule", start=TEN)
    assert (off.status_code, message_of(off)) == (
        400,
        "This event type does not allow rescheduling",
    )
    # More minutes than are left until the booking.
    late = desks(event_types=[make_type("frueh", minimumRescheduleNotice=60 * 24 * 30)])
    refused = late.act(late.booked(NINE)["uid"], "reschedule", start=TEN)
    assert (refused.status_code, "minimum reschedule notice" in message_of(refused)) == (403, True)


def test_point_33_a_move_of_an_unknown_booking(desk: Desk) -> None:
    unknown = desk.act("nope", "reschedule", start=TEN)
    assert (unknown.status_code, "uid=nope was not found" in message_of(unknown)) == (404, True)


def test_point_34_an_event_type_can_refuse_cancellations(desks: Desks) -> None:
    desk = desks(event_types=[make_type("fest", disableCancelling=True)])
    refused = desk.act(desk.booked(NINE)["uid"], "cancel", cancellationReason="x")
    assert (refused.status_code, message_of(refused)) == (
        400,
        "This event type does not allow cancellations",
    )

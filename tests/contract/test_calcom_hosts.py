"""What hosts do with bookings, seats, event types and schedules at the sandbox by plain HTTP."""

import concurrent.futures
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders.calcom import (
    BOOKINGS,
    EVENT_TYPES,
    NOW,
    PAUSE,
    SCHEDULES,
    TUESDAY,
    Desk,
    Desks,
    make_type,
    make_user,
    meeting_of,
    message_of,
)

NINE = f"{TUESDAY}T09:00:00Z"
AT_NINE = f"{TUESDAY}T09:00Z"


@pytest.fixture
def asking(desks: Desks) -> Desk:
    return desks(event_types=[make_type("anfrage", requiresConfirmation=True)])


@pytest.fixture
def after_nine(desk: Desk) -> Iterator[None]:
    """The sandbox's clock stands ten minutes into the booking of nine."""
    ahead = datetime.fromisoformat(NINE) - NOW + timedelta(minutes=10)
    desk.http.post("/sandbox/clock", json={"offset_s": ahead.total_seconds()})
    yield
    desk.http.post("/sandbox/clock", json={"offset_s": 0})


@pytest.mark.parametrize("blocks", [True, False])
def test_point_35_a_pending_booking_blocks_if_it_is_to(desks: Desks, blocks: bool) -> None:
    kind = make_type("a", requiresConfirmation=True, blockUnconfirmedBookingsInBooker=blocks)
    desk = desks(event_types=[kind])
    assert desk.booked(NINE)["status"] == "pending"
    assert (AT_NINE in desk.free(TUESDAY, TUESDAY)) is not blocks


def test_point_35_confirming_and_declining(asking: Desk) -> None:
    uid = asking.booked(NINE)["uid"]
    confirmed = asking.act(uid, "confirm")
    assert (confirmed.status_code, confirmed.json()["data"]["status"]) == (200, "accepted")
    again = asking.act(uid, "confirm")
    assert (again.status_code, message_of(again)) == (400, "Booking already confirmed")
    other = asking.booked(f"{TUESDAY}T10:00:00Z")["uid"]
    declined = asking.act(other, "decline", reason="verhindert").json()["data"]
    assert (declined["status"], declined["cancellationReason"]) == ("rejected", "")


def test_point_36_two_pending_bookings_of_one_slot_can_both_be_confirmed(asking: Desk) -> None:
    uids = []
    for guest in ("a", "b"):
        asking.email = f"{guest}@anrufer.salon.example"
        uids.append(asking.booked(NINE)["uid"])
    assert [asking.act(uid, "confirm").status_code for uid in uids] == [200, 200]
    assert len(asking.listed(status="upcoming")) == 2


def test_point_36_two_at_once_are_both_pending_where_pending_ones_block(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAUSE, meeting_of(2))
    kind = make_type("a", requiresConfirmation=True, blockUnconfirmedBookingsInBooker=True)
    desk = desks(race=True, event_types=[kind])

    def ask(guest: str) -> int:
        email = f"{guest}@anrufer.salon.example"
        attendee = desk.booking_body(NINE)["attendee"] | {"email": email}
        return desk.book(NINE, attendee=attendee).status_code

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, "ab")) == [201, 201]
    uids = [one["uid"] for one in desk.listed(status="unconfirmed")]
    assert [desk.act(uid, "confirm").status_code for uid in uids] == [200, 200]


def test_point_36_the_flaw_can_be_switched_off(desks: Desks) -> None:
    kind = make_type("anfrage", requiresConfirmation=True)
    desk = desks(confirmsTwice=False, event_types=[kind])
    uids = []
    for guest in ("a", "b"):
        desk.email = f"{guest}@anrufer.salon.example"
        uids.append(desk.booked(NINE)["uid"])
    assert [desk.act(uid, "confirm").status_code for uid in uids] == [200, 400]


def test_point_37_nobody_is_absent_before_the_start(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    early = desk.act(uid, "mark-absent", attendees=[{"email": desk.email, "absent": True}])
    assert early.status_code == 400
    assert message_of(early).startswith("Bookings can only be marked as absent after their")


def test_point_37_absent_after_the_start(desk: Desk, request: pytest.FixtureRequest) -> None:
    uid = desk.booked(NINE)["uid"]
    request.getfixturevalue("after_nine")
    people = [{"email": desk.email, "absent": True}]
    marked = desk.act(uid, "mark-absent", attendees=people, host=False)
    assert marked.json()["data"]["attendees"][0]["absent"] is True


def test_point_38_only_a_round_robin_with_a_free_host_is_reassigned(desks: Desks) -> None:
    desk = desks(
        users=[make_user("jana"), make_user("mehmet")],
        event_types=[
            make_type("team", hosts=["jana", "mehmet"], schedulingType="roundRobin"),
            make_type("einzeln"),
        ],
    )
    first = desk.booked(NINE)
    moved = desk.act(first["uid"], "reassign").json()["data"]
    assert moved["reassignedTo"]["id"] != first["hosts"][0]["id"]
    read = desk.get(f"/v2/bookings/{first['uid']}", BOOKINGS).json()["data"]
    assert read["hosts"][0]["id"] == moved["reassignedTo"]["id"]
    desk.email = "zweite@anrufer.salon.example"
    desk.booked(NINE)
    nobody = desk.act(first["uid"], "reassign")
    assert (nobody.status_code, "no other host is available" in message_of(nobody)) == (400, True)
    single = desk.booked(f"{TUESDAY}T12:00:00Z", eventTypeId=desk.types["einzeln"])["uid"]
    wrong = desk.act(single, f"reassign/{desk.users['mehmet']}")
    assert (wrong.status_code, "not a valid Round Robin host" in message_of(wrong)) == (400, True)


def test_point_38_a_named_host_gets_the_booking(desks: Desks) -> None:
    names = ["jana", "mehmet", "lena"]
    desk = desks(
        users=[make_user(name) for name in names],
        event_types=[make_type("team", hosts=names, schedulingType="roundRobin")],
    )
    first = desk.booked(NINE)
    other = next(desk.users[name] for name in names if desk.users[name] != first["hosts"][0]["id"])
    answer = desk.act(first["uid"], f"reassign/{other}", reason="krank")
    assert (answer.status_code, answer.json()["data"]["bookingUid"]) == (200, first["uid"])
    read = desk.get(f"/v2/bookings/{first['uid']}", BOOKINGS).json()["data"]
    assert [host["id"] for host in read["hosts"]] == [other]
    assert desk.act(first["uid"], "reassign/niemand").status_code == 400


def test_point_39_asking_for_another_time_cancels(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    answer = desk.act(uid, "request-reschedule", rescheduleReason="Bitte neu wählen")
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    read = desk.get(f"/v2/bookings/{uid}", BOOKINGS).json()["data"]
    assert (read["status"], read["cancelledByEmail"]) == ("cancelled", "jana@salon.example")


def test_point_48_event_types_have_their_defaults(desk: Desk) -> None:
    body = {"lengthInMinutes": 30, "title": "Bart", "slug": "bart", "unbekannt": 1}
    made = desk.http.post("/v2/event-types", json=body, headers=EVENT_TYPES | desk.auth)
    data = made.json()["data"]
    assert made.status_code == 201
    assert (data["minimumBookingNotice"], data["beforeEventBuffer"], data["slotInterval"]) == (
        120,
        0,
        None,
    )
    off = {"disabled": True}
    assert [data[name] for name in ("bookingWindow", "confirmationPolicy", "seats")] == [off] * 3
    path = f"/v2/event-types/{data['id']}"
    changes = {"bookingWindow": {"type": "calendarDays", "value": 7}, "beforeEventBuffer": 10}
    changed = desk.http.patch(path, json=changes, headers=EVENT_TYPES | desk.auth).json()["data"]
    assert (changed["bookingWindow"]["value"], changed["beforeEventBuffer"]) == (7, 10)
    back = desk.http.patch(path, json={"bookingWindow": off}, headers=EVENT_TYPES | desk.auth)
    assert back.json()["data"]["bookingWindow"] == off
    deleted = desk.http.delete(path, headers=EVENT_TYPES | desk.auth).json()["data"]
    assert deleted == {"id": data["id"], "lengthInMinutes": 30, "slug": "bart", "title": "Bart"}
    gone = desk.get(path, EVENT_TYPES)
    assert message_of(gone) == f"Event type with id {data['id']} not found"


def test_point_48_a_managed_parent_is_not_booked(desks: Desks) -> None:
    desk = desks(event_types=[make_type("eltern", managedParent=True)])
    refused = desk.book(NINE)
    assert (refused.status_code, "parent managed event type" in message_of(refused)) == (400, True)


def test_point_49_schedules(desk: Desk) -> None:
    headers = SCHEDULES | desk.auth
    body = {"name": "Kurz", "timeZone": "Europe/Berlin", "isDefault": True, "unbekannt": 1}
    made = desk.http.post("/v2/schedules", json=body, headers=headers)
    data = made.json()["data"]
    assert made.status_code == 201
    assert data["availability"] == [
        {
            "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
            "startTime": "09:00",
            "endTime": "17:00",
        }
    ]
    assert desk.get("/v2/schedules/default", SCHEDULES).json()["data"]["id"] == data["id"]
    hours = [{"days": ["Tuesday"], "startTime": "10:00", "endTime": "11:00"}]
    path = f"/v2/schedules/{data['id']}"
    changed = desk.http.patch(path, json={"availability": hours}, headers=headers).json()["data"]
    assert changed["availability"] == hours
    assert desk.free(TUESDAY, TUESDAY) == [AT_NINE, f"{TUESDAY}T09:30Z"]
    assert desk.http.delete(path, headers=headers).status_code == 400


def _with_seats(desks: Desks) -> Desk:
    return desks(event_types=[make_type("kurs", seatsPerTimeSlot=2)])


def _seat(desk: Desk, guest: str) -> Any:
    attendee = desk.booking_body(NINE)["attendee"] | {"email": f"{guest}@anrufer.salon.example"}
    return desk.book(NINE, attendee=attendee)


def test_point_50_of_first_seats_at_once_one_is_taken(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAUSE, meeting_of(3))
    desk = _with_seats(desks)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda guest: _seat(desk, guest), "abc"))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {answer.json()["message"] for answer in refused} == {"booking_conflict_error"}


def test_point_50_seats_share_a_booking(desks: Desks) -> None:
    desk = _with_seats(desks)
    first, second = _seat(desk, "a").json()["data"], _seat(desk, "b").json()["data"]
    assert first["uid"] == second["uid"]
    assert first["seatUid"] != second["seatUid"]
    assert "metadata" not in second
    full = _seat(desk, "c")
    assert (full.status_code, message_of(full)) == (
        409,
        "No more seats left at this seated booking.",
    )
    left = desk.act(first["uid"], "cancel", cancellationReason="x", seatUid=first["seatUid"])
    assert [one["seatUid"] for one in left.json()["data"]["attendees"]] == [second["seatUid"]]
    assert left.json()["data"]["status"] == "accepted"
    by_seat = desk.get(f"/v2/bookings/by-seat/{second['seatUid']}", BOOKINGS)
    assert by_seat.json()["data"]["uid"] == first["uid"]

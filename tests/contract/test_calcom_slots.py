"""Slots and reservations at the sandbox by plain HTTP."""

from typing import Any

import httpx
import pytest

from tests.builders.calcom import (
    SLOTS,
    TUESDAY,
    Desk,
    Desks,
    make_type,
    make_user,
    message_of,
)

WEDNESDAY = "2026-11-25"
NINE = f"{TUESDAY}T09:00:00Z"


def _slots(desk: Desk, start: str, end: str, **params: Any) -> httpx.Response:
    query: dict[str, Any] = {"eventTypeId": desk.type_id, "start": start, "end": end} | params
    return desk.http.get("/v2/slots", params=query, headers=SLOTS)


def test_point_26_utc_and_local_stamps(desk: Desk) -> None:
    utc = _slots(desk, TUESDAY, TUESDAY).json()["data"]
    assert utc[TUESDAY][0] == {"start": f"{TUESDAY}T08:00:00.000Z"}
    local = _slots(desk, TUESDAY, TUESDAY, timeZone="Europe/Berlin").json()["data"]
    assert local[TUESDAY][0] == {"start": f"{TUESDAY}T09:00:00.000+01:00"}


def test_point_26_range_has_the_end(desk: Desk) -> None:
    slots = _slots(desk, TUESDAY, TUESDAY, format="range").json()["data"][TUESDAY]
    assert slots[0] == {
        "start": f"{TUESDAY}T08:00:00.000Z",
        "end": f"{TUESDAY}T08:30:00.000Z",
    }


def test_point_26_an_end_at_midnight_is_the_whole_day(desk: Desk) -> None:
    days = _slots(desk, TUESDAY, WEDNESDAY).json()["data"]
    assert sorted(days) == [TUESDAY, WEDNESDAY]
    assert len(days[WEDNESDAY]) == 16


def test_point_26_nothing_free_is_an_empty_object(desks: Desks) -> None:
    closed = {"overrides": [{"date": TUESDAY, "startTime": "00:00", "endTime": "00:00"}]}
    desk = desks(users=[make_user("jana", schedule=closed)])
    assert _slots(desk, TUESDAY, TUESDAY).json() == {"data": {}, "status": "success"}


@pytest.mark.parametrize(
    ("params", "status", "text"),
    [
        ({"start": "2026-12-02", "end": "2026-12-01"}, 400, "Invalid time range given"),
        ({"eventTypeId": 999999999}, 404, "Event Type not found"),
        ({"format": "liste"}, 400, "slotFormat must be either 'range' or 'time'"),
        ({"duration": 45}, 400, "duration"),
    ],
)
def test_point_26_wrong_questions(
    desk: Desk, params: dict[str, Any], status: int, text: str
) -> None:
    query = {"start": TUESDAY, "end": TUESDAY} | params
    refused = _slots(desk, **query)
    assert (refused.status_code, text in message_of(refused)) == (status, True)


def test_point_26_event_types_are_named_by_slug_as_well(desks: Desks) -> None:
    desk = desks(
        users=[make_user("nur-hier"), make_user("jana")],
        event_types=[
            make_type("schnitt", owner="nur-hier"),
            make_type("team", hosts=["jana"], schedulingType="roundRobin"),
        ],
    )

    def ask(**selector: str) -> httpx.Response:
        query = {"start": TUESDAY, "end": TUESDAY} | selector
        return desk.http.get("/v2/slots", params=query, headers=SLOTS)

    found = [
        ask(eventTypeSlug="schnitt", username="nur-hier"),
        ask(eventTypeSlug="team", teamSlug=desk.tenant),
    ]
    assert [len(answer.json()["data"][TUESDAY]) for answer in found] == [16, 16]
    gone = [
        ask(eventTypeSlug="schnitt", username="niemand"),
        ask(eventTypeSlug="team", teamSlug="keins"),
        ask(eventTypeSlug="nix", username="nur-hier"),
    ]
    assert [message_of(answer) for answer in gone] == [
        "User with username niemand not found",
        "Team with slug keins not found",
        "Event Type not found",
    ]
    assert ask().status_code == 400


def test_point_27_notice_and_window(desks: Desks) -> None:
    types = [make_type("schnitt", minimumBookingNotice=120, bookingWindow=1)]
    desk = desks(event_types=types)
    free = desk.free("2026-11-16", "2026-11-30")
    # It is 9 in Berlin and some seconds: the slot in exactly two hours is too soon.
    assert free[0] == "2026-11-16T10:30Z"
    assert free[-1] == "2026-11-17T15:30Z"


def test_point_27_buffers_keep_distance(desks: Desks) -> None:
    types = [make_type("schnitt", beforeEventBuffer=10, afterEventBuffer=5)]
    desk = desks(event_types=types)
    desk.booked(f"{TUESDAY}T10:00:00Z")
    free = desk.free(TUESDAY, TUESDAY)
    assert f"{TUESDAY}T09:00Z" in free
    assert f"{TUESDAY}T09:30Z" not in free
    assert f"{TUESDAY}T10:30Z" not in free
    assert f"{TUESDAY}T11:00Z" in free


def test_point_27_the_interval_sets_the_grid(desks: Desks) -> None:
    desk = desks(event_types=[make_type("schnitt", slotInterval=15)])
    assert desk.free(TUESDAY, TUESDAY)[:3] == [
        f"{TUESDAY}T08:00Z",
        f"{TUESDAY}T08:15Z",
        f"{TUESDAY}T08:30Z",
    ]


def test_point_27_other_event_types_of_the_host_block(desks: Desks) -> None:
    types = [make_type("schnitt"), make_type("farbe", lengthInMinutes=90)]
    desk = desks(event_types=types)
    desk.booked(NINE, eventTypeId=desk.types["farbe"])
    free = desk.free(TUESDAY, TUESDAY)
    assert [hour for hour in ("09:00", "09:30", "10:00") if f"{TUESDAY}T{hour}Z" in free] == []
    assert f"{TUESDAY}T10:30Z" in free


def test_point_27_breaks_and_overrides(desks: Desks) -> None:
    schedule = {
        "availability": [
            {"days": ["Tuesday", "Wednesday"], "startTime": "09:00", "endTime": "12:00"},
            {"days": ["Tuesday", "Wednesday"], "startTime": "13:00", "endTime": "15:00"},
        ],
        "overrides": [{"date": WEDNESDAY, "startTime": "10:00", "endTime": "11:00"}],
    }
    desk = desks(users=[make_user("jana", schedule=schedule)])
    free = desk.free(TUESDAY, WEDNESDAY)
    assert f"{TUESDAY}T11:00Z" not in free
    assert f"{TUESDAY}T12:00Z" in free
    assert [one for one in free if one.startswith(WEDNESDAY)] == [
        f"{WEDNESDAY}T09:00Z",
        f"{WEDNESDAY}T09:30Z",
    ]


@pytest.mark.parametrize(
    ("day", "first", "count"), [("2027-03-28", "07:00", 16), ("2027-10-31", "08:00", 16)]
)
def test_point_27_days_on_which_the_clock_changes(
    desk: Desk, day: str, first: str, count: int
) -> None:
    free = desk.free(day, day, timeZone="Europe/Berlin")
    assert (free[0], len(free)) == (f"{day}T{first}Z", count)


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2027-10-31", 25)])
def test_point_27_a_day_round_the_clock_has_its_hours(desks: Desks, day: str, hours: int) -> None:
    schedule = {"availability": [{"days": ["Sunday"], "startTime": "00:00", "endTime": "24:00"}]}
    types = [make_type("schnitt", lengthInMinutes=60)]
    desk = desks(users=[make_user("jana", schedule=schedule)], event_types=types)
    assert len(set(desk.free(day, day, timeZone="Europe/Berlin"))) == hours


def test_point_27_team_slots(desks: Desks) -> None:
    people = ["jana", "mehmet"]
    desk = desks(
        users=[make_user(name) for name in people],
        event_types=[
            make_type("einzeln"),
            make_type("einer", hosts=people, schedulingType="roundRobin"),
            make_type("alle", hosts=people, schedulingType="collective"),
        ],
    )
    desk.booked(NINE)
    nine = f"{TUESDAY}T09:00Z"
    assert nine in desk.free(TUESDAY, TUESDAY, eventTypeId=desk.types["einer"])
    assert nine not in desk.free(TUESDAY, TUESDAY, eventTypeId=desk.types["alle"])


def test_point_28_a_booking_to_be_moved_does_not_block_itself(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    nine = f"{TUESDAY}T09:00Z"
    assert nine not in desk.free(TUESDAY, TUESDAY)
    assert nine in desk.free(TUESDAY, TUESDAY, bookingUidToReschedule=uid)


def _reserve(desk: Desk, **changes: Any) -> httpx.Response:
    body = {"eventTypeId": desk.type_id, "slotStart": NINE} | changes
    return desk.http.post("/v2/slots/reservations", json=body, headers=SLOTS | desk.auth)


def test_point_29_a_reservation_hides_the_slot(desk: Desk) -> None:
    held = _reserve(desk)
    assert held.status_code == 201
    assert held.json()["data"]["reservationDuration"] == 5
    assert f"{TUESDAY}T09:00Z" not in desk.free(TUESDAY, TUESDAY)
    again = _reserve(desk)
    assert (again.status_code, "already reserved by another user" in message_of(again)) == (
        422,
        True,
    )


def test_point_29_a_booked_slot_cannot_be_reserved(desk: Desk) -> None:
    desk.booked(NINE)
    refused = _reserve(desk)
    assert (refused.status_code, "already booked" in message_of(refused)) == (422, True)


def test_point_29_a_duration_needs_a_key(desk: Desk) -> None:
    body = {"eventTypeId": desk.type_id, "slotStart": NINE, "reservationDuration": 5}
    refused = desk.http.post("/v2/slots/reservations", json=body, headers=SLOTS)
    assert refused.status_code == 401


def test_point_30_a_reserved_slot_is_booked_by_somebody_else(desk: Desk) -> None:
    _reserve(desk)
    desk.booked(NINE)


def test_point_31_reservations_that_are_gone(desk: Desk) -> None:
    uid = _reserve(desk).json()["data"]["reservationUid"]
    path = f"/v2/slots/reservations/{uid}"
    assert desk.get(path, SLOTS).json()["data"]["reservationUid"] == uid
    itself = desk.http.patch(
        path, json={"eventTypeId": desk.type_id, "slotStart": NINE}, headers=SLOTS | desk.auth
    )
    assert itself.status_code == 422
    for _ in range(2):
        assert desk.http.delete(path, headers=SLOTS).json() == {"status": "success"}
    gone = desk.get(path, SLOTS)
    assert (gone.status_code, gone.json()) == (200, {"status": "success", "data": None})


def test_point_31_reservations_expire(desk: Desk) -> None:
    uid = _reserve(desk).json()["data"]["reservationUid"]
    desk.http.post("/sandbox/clock", json={"offset_s": 301})
    try:
        assert desk.get(f"/v2/slots/reservations/{uid}", SLOTS).json()["data"] is None
        assert f"{TUESDAY}T09:00Z" in desk.free(TUESDAY, TUESDAY)
    finally:
        desk.http.post("/sandbox/clock", json={"offset_s": 0})

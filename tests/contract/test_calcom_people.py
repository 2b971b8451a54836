"""People and places of a booking, teams and what event types allow, at the sandbox by HTTP."""

from typing import Any

import httpx
import pytest

from tests.builders.calcom import (
    BOOKINGS,
    EVENT_TYPES,
    TUESDAY,
    Desk,
    Desks,
    make_type,
    make_user,
    message_of,
)

NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"
BERTA = {"name": "Berta", "email": "Berta@anrufer.salon.example", "timeZone": "Europe/Berlin"}


def _relocate(desk: Desk, uid: str, **location: Any) -> httpx.Response:
    return desk.http.patch(
        f"/v2/bookings/{uid}/location", json={"location": location}, headers=BOOKINGS | desk.auth
    )


def test_an_attendee_is_added_and_found_again(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    added = desk.act(uid, "attendees", **BERTA)
    person = added.json()["data"]
    assert (added.status_code, person["email"]) == (201, "berta@anrufer.salon.example")
    path = f"/v2/bookings/{uid}/attendees"
    assert [one["name"] for one in desk.get(path, BOOKINGS).json()["data"]] == [
        "Käthe Größler",
        "Berta",
    ]
    assert desk.get(f"{path}/{person['id']}", BOOKINGS).json()["data"]["name"] == "Berta"
    assert desk.get(f"{path}/1", BOOKINGS).status_code == 404
    assert [one["uid"] for one in desk.listed(attendeeEmail="berta@anrufer.salon.example")] == [uid]


def test_guests_are_added_once(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    guests = [{"email": "gast@anrufer.salon.example"}]
    added = desk.act(uid, "guests", guests=guests)
    assert (added.status_code, added.json()["data"]["guests"]) == (
        200,
        ["gast@anrufer.salon.example"],
    )
    again = desk.act(uid, "guests", guests=guests)
    assert (again.status_code, again.json()["message"]) == (400, "emails_must_be_unique_valid")
    assert desk.act(uid, "guests", guests=[]).status_code == 400


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("attendees", BERTA),
        ("guests", {"guests": [{"email": "g@anrufer.salon.example"}]}),
    ],
)
def test_point_40_people_are_added_five_times_a_minute(
    desk: Desk, action: str, body: dict[str, Any]
) -> None:
    uid = desk.booked(NINE)["uid"]
    answers = [desk.act(uid, action, **body) for _ in range(6)]
    assert 429 not in [answer.status_code for answer in answers[:5]]
    assert answers[5].status_code == 429
    told = answers[5].headers
    suffix = {"attendees": "add_attendee", "guests": "add_guests"}[action]
    assert told[f"X-RateLimit-Limit-{suffix}"] == "5"
    assert told[f"X-RateLimit-Remaining-{suffix}"] == "0"
    assert int(told["X-RateLimit-Remaining-Default"]) > 0
    assert desk.get("/v2/me", {}).status_code == 200


def test_a_booking_is_somewhere_else(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    moved = _relocate(desk, uid, type="address", address="Lindenstraße 5, 10969 Berlin")
    assert moved.json()["data"]["location"] == "Lindenstraße 5, 10969 Berlin"
    empty = _relocate(desk, uid, type="address", address=" ")
    assert (empty.status_code, "should not be empty" in message_of(empty)) == (400, True)
    assert _relocate(desk, uid, type="attendeePhone", phone="0171").status_code == 400
    assert _relocate(desk, uid, type="mond").status_code == 400


def test_a_location_has_to_be_one_of_the_event_types(desks: Desks) -> None:
    desk = desks(event_types=[make_type("schnitt", location="Beispielstraße 10, Berlin")])
    chosen = desk.booked(NINE, location={"type": "address"})
    assert chosen["location"] == "Beispielstraße 10, Berlin"
    refused = desk.book(TEN, location={"type": "attendeePhone", "phone": "+491713920042"})
    assert (refused.status_code, message_of(refused)) == (
        400,
        f"Booking location with type attendeePhone not valid for event type with id={desk.type_id}",
    )


def test_calendars_of_others_are_not_connected(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    assert desk.get(f"/v2/bookings/{uid}/references", BOOKINGS).json()["data"] == []
    links = desk.get(f"/v2/bookings/{uid}/calendar-links", BOOKINGS).json()["data"]
    assert "20261124T090000Z/20261124T093000Z" in links[0]["link"]
    assert desk.get("/v2/calendars/busy-times", {}).status_code == 400


def test_one_address_for_all_callers_reaches_the_bookers_limit(desks: Desks) -> None:
    desk = desks(event_types=[make_type("schnitt", bookerActiveBookingsLimit=1)])
    first = desk.booked(NINE)["uid"]
    refused = desk.book(TEN)
    assert refused.status_code == 400
    assert "maximum number of active bookings" in message_of(refused)
    desk.act(first, "cancel", cancellationReason="x")
    assert desk.book(TEN).status_code == 201


@pytest.fixture
def team(desks: Desks) -> Desk:
    return desks(
        users=[make_user("jana", role="owner"), make_user("mehmet")],
        event_types=[
            make_type("team", hosts=["jana", "mehmet"], schedulingType="roundRobin"),
            make_type("einzeln"),
        ],
    )


def _team_id(desk: Desk) -> int:
    return int(desk.get("/v2/teams", {}).json()["data"][0]["id"])


def test_a_team_has_members_and_event_types_with_hosts(team: Desk) -> None:
    path = f"/v2/teams/{_team_id(team)}"
    assert team.get(path, {}).json()["data"]["slug"] == team.tenant
    members = team.get(f"{path}/memberships", {}).json()["data"]
    assert {(one["userId"], one["role"]) for one in members} == {
        (team.users["jana"], "OWNER"),
        (team.users["mehmet"], "MEMBER"),
    }
    assert len(team.get(f"{path}/memberships", {}, take=1, skip=1).json()["data"]) == 1
    types = team.get(f"{path}/event-types", {}).json()["data"]
    assert [one["id"] for one in types] == [team.types["team"]]
    assert {host["userId"] for host in types[0]["hosts"]} == set(team.users.values())


def test_a_teams_list_has_its_bookings_only(team: Desk) -> None:
    shared = team.booked(NINE, eventTypeId=team.types["team"])["uid"]
    team.booked(TEN, eventTypeId=team.types["einzeln"])
    path = f"/v2/teams/{_team_id(team)}/bookings"
    listed = team.get(path, {}, take=10).json()
    assert [one["uid"] for one in listed["data"]] == [shared]
    assert listed["pagination"]["totalItems"] == 1


def test_a_member_may_not_look_at_the_team(desks: Desks) -> None:
    mehmet = make_user("mehmet", api_key="cal_test_of_mehmet")
    team = desks(users=[make_user("jana", role="owner"), mehmet])
    path = f"/v2/teams/{_team_id(team)}"
    team.key = "cal_test_of_mehmet"
    for part in ("memberships", "bookings"):
        assert team.get(f"{path}/{part}", {}).status_code == 403
    made = team.http.post(f"{path}/event-types", json={}, headers=team.auth)
    assert made.status_code == 403


def test_a_teams_event_type_is_made_changed_and_booked(team: Desk) -> None:
    path = f"/v2/teams/{_team_id(team)}/event-types"
    body = {
        "lengthInMinutes": 60,
        "title": "Farbe",
        "slug": "farbe",
        "schedulingType": "roundRobin",
        "hosts": [{"userId": team.users["mehmet"]}],
    }
    made = team.http.post(path, json=body, headers=team.auth)
    data = made.json()["data"]
    assert (made.status_code, data["schedulingType"]) == (201, "roundRobin")
    assert [host["userId"] for host in data["hosts"]] == [team.users["mehmet"]]
    booked = team.booked(NINE, eventTypeId=data["id"])
    assert (booked["duration"], booked["hosts"][0]["id"]) == (60, team.users["mehmet"])
    one = f"{path}/{data['id']}"
    changed = team.http.patch(one, json={"lengthInMinutes": 45}, headers=team.auth)
    assert changed.json()["data"]["lengthInMinutes"] == 45
    assert team.get(one, {}).json()["data"]["lengthInMinutes"] == 45
    assert team.http.post(path, json=body, headers=team.auth).status_code == 400
    stranger = body | {"slug": "x", "hosts": [{"userId": 1}]}
    assert team.http.post(path, json=stranger, headers=team.auth).status_code == 404


def test_options_are_switched_on_and_off_by_the_api(desk: Desk) -> None:
    path, headers = f"/v2/event-types/{desk.type_id}", EVENT_TYPES | desk.auth
    limit = {"maximumActiveBookings": 1, "offerReschedule": True}
    body = {"bookerActiveBookingsLimit": limit, "disableRescheduling": {"disabled": True}}
    on = desk.http.patch(path, json=body, headers=headers).json()["data"]
    assert on["bookerActiveBookingsLimit"]["maximumActiveBookings"] == 1
    assert on["disableRescheduling"] == {"disabled": True}
    body = {
        "bookerActiveBookingsLimit": {"disabled": True},
        "disableRescheduling": {"disabled": False},
    }
    off = desk.http.patch(path, json=body, headers=headers).json()["data"]
    assert off["bookerActiveBookingsLimit"] == {"disabled": True}
    assert off["disableRescheduling"] == {"disabled": False}

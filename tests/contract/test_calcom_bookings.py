"""Bookings at the sandbox by plain HTTP; `point_n` is the point of the contract's section 8."""

import concurrent.futures
from typing import Any

import httpx
import pytest

from tests.builders.calcom import (
    BOOKINGS,
    EVENT_TYPES,
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

TAKEN = "already has booking at this time or is not available"
NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"


def test_point_01_a_booking_answers_in_full(desk: Desk) -> None:
    answer = desk.book(NINE)
    data = answer.json()["data"]
    assert answer.status_code == 201
    assert answer.json()["status"] == "success"
    assert len(data["uid"]) == 22
    assert (data["start"], data["end"]) == (f"{TUESDAY}T09:00:00.000Z", f"{TUESDAY}T09:30:00.000Z")
    assert data["status"] == "accepted"
    assert [host["username"] for host in data["hosts"]] == ["jana"]
    assert data["metadata"] == {"request_id": "call_7f3a9c-0001"}
    assert data["isPlatformManagedUserBooking"] is False


def test_point_02_the_same_request_again_is_refused_on_a_personal_type(desk: Desk) -> None:
    desk.booked(NINE)
    again = desk.book(NINE)
    assert (again.status_code, TAKEN in message_of(again)) == (400, True)
    assert len(desk.listed()) == 1


@pytest.mark.parametrize(
    "type_changes",
    [{"hosts": ["jana", "mehmet"], "schedulingType": "roundRobin"}, {"requiresConfirmation": True}],
)
def test_point_03_round_robin_and_confirmation_types_replay(
    desks: Desks, type_changes: dict[str, Any]
) -> None:
    desk = desks(
        users=[make_user("jana"), make_user("mehmet")],
        event_types=[make_type("team", **type_changes)],
    )
    first, again = desk.booked(NINE), desk.booked(NINE)
    assert first["uid"] == again["uid"]
    assert len(desk.listed()) == 1


def test_point_04_a_team_with_all_hosts_busy_says_so(desks: Desks) -> None:
    desk = desks(
        users=[make_user("jana"), make_user("mehmet")],
        event_types=[make_type("team", hosts=["jana", "mehmet"], schedulingType="roundRobin")],
    )
    hosts = set()
    for guest in ("a", "b"):
        desk.email = f"{guest}@anrufer.salon.example"
        hosts.add(desk.booked(NINE)["hosts"][0]["username"])
    desk.email = "c@anrufer.salon.example"
    refused = desk.book(NINE)
    assert hosts == {"jana", "mehmet"}
    assert (refused.status_code, message_of(refused).startswith("One of the hosts")) == (400, True)


@pytest.mark.parametrize("race", [False, True])
def test_point_05_identical_intervals_are_accepted_once(desks: Desks, race: bool) -> None:
    desk = desks(race=race)

    def book(guest: int) -> httpx.Response:
        email = f"gast-{guest}@anrufer.salon.example"
        return desk.book(NINE, attendee=_attendee(desk, email=email))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(book, range(8)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(201) == 1
    assert set(codes) <= {201, 400, 409}
    assert len(desk.listed(status="upcoming")) == 1


def _overlapping(desk: Desk) -> list[int]:
    starts = [f"{TUESDAY}T09:00:00Z", f"{TUESDAY}T09:03:00Z"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return sorted(answer.status_code for answer in pool.map(desk.book, starts))


def test_point_06_without_race_overlapping_intervals_are_accepted_once(desks: Desks) -> None:
    desk = desks(race=False)
    assert [_overlapping(desk), len(desk.listed())] == [[201, 400], 1]


def test_point_06_with_race_overlapping_intervals_are_both_accepted(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAUSE, meeting_of(2))
    desk = desks(race=True)
    assert [_overlapping(desk), len(desk.listed())] == [[201, 201], 2]


@pytest.mark.parametrize("race", [True, False])
def test_point_06_one_after_the_other_only_one_is_accepted(desks: Desks, race: bool) -> None:
    desk = desks(race=race)
    starts = [f"{TUESDAY}T09:00:00Z", f"{TUESDAY}T09:03:00Z"]
    assert [desk.book(start).status_code for start in starts] == [201, 400]


def test_point_06_bookings_of_different_length_overlap_with_race(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A cut of half an hour and a colour of an hour and a half, on one chair (contract 6).
    monkeypatch.setattr(PAUSE, meeting_of(2))
    types = [make_type("schnitt"), make_type("farbe", lengthInMinutes=90)]
    desk = desks(race=True, event_types=types)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda number: desk.book(NINE, eventTypeId=number), desk.types.values())
    assert [answer.status_code for answer in answers] == [201, 201]


def test_point_07_outside_the_schedule_reads_like_taken(desk: Desk) -> None:
    refused = desk.book(f"{TUESDAY}T05:00:00Z")
    assert (refused.status_code, TAKEN in message_of(refused)) == (400, True)


@pytest.mark.parametrize("start", ["2026-11-16T09:00:00Z", "2027-03-02T09:00:00Z"])
def test_point_08_inside_the_notice_and_beyond_the_window(desks: Desks, start: str) -> None:
    desk = desks(event_types=[make_type("schnitt", bookingWindow=30)])
    refused = desk.book(start)
    assert refused.status_code == 400
    assert message_of(refused).startswith(
        'The event type can\'t be booked at the "start" time provided'
    )


def test_point_09_the_past_is_refused(desk: Desk) -> None:
    refused = desk.book("2026-11-13T09:00:00Z")
    assert message_of(refused) == "Attempting to book a meeting in the past."


def _attendee(desk: Desk, **changes: Any) -> dict[str, Any]:
    person = {**desk.booking_body(NINE)["attendee"], **changes}
    return {key: value for key, value in person.items() if value is not None}


def _refused(desk: Desk, **changes: Any) -> str:
    answer = desk.book(NINE, attendee=_attendee(desk, **changes))
    assert (answer.status_code, desk.listed()) == (400, [])
    return message_of(answer)


def test_point_10_neither_address_nor_phone(desk: Desk) -> None:
    assert "at least one contact method" in _refused(desk, email=None, phoneNumber=None)


@pytest.mark.parametrize("phone", ["0171 3920042", "0171/3920042", "004917139", "+49 (0) 17"])
def test_point_11_a_national_number_is_refused(desk: Desk, phone: str) -> None:
    assert "Invalid phone number format" in _refused(desk, phoneNumber=phone)


def test_point_11_a_number_with_a_national_zero_fails_the_second_check(desk: Desk) -> None:
    refused = _refused(desk, phoneNumber="+49 (0)171 3920042")
    assert refused == "responses - {attendeePhoneNumber}invalid_number, "


def test_point_11_an_international_number_is_stored(desk: Desk) -> None:
    booked = desk.booked(NINE, attendee=_attendee(desk, phoneNumber="+491713920042"))
    assert booked["attendees"][0]["phoneNumber"] == "+491713920042"


def test_point_12_an_address_that_is_none(desk: Desk) -> None:
    assert "Invalid email format" in _refused(desk, email="keine")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"timeZone": "Mitteleuropa"}, "timeZone must be a valid IANA time-zone"),
        ({"language": "klingonisch"}, "language must be one of"),
        ({"plz": "10115"}, "property plz should not exist"),
    ],
)
def test_attendees_are_checked(desk: Desk, changes: dict[str, Any], text: str) -> None:
    assert text in _refused(desk, **changes)


@pytest.mark.parametrize("email", ["kunde@example.com", "kunde@salon.invalid"])
def test_point_12_domains_without_mail_are_refused_in_shape_b(desk: Desk, email: str) -> None:
    body = desk.book(NINE, attendee=_attendee(desk, email=email)).json()
    assert (body["statusCode"], body["message"]) == (400, "email_domain_cannot_receive_mail")
    assert body["error"]["code"] == "HttpError"


def test_point_12_the_check_of_domains_can_be_off(desks: Desks) -> None:
    desk = desks(event_types=[make_type("schnitt", checkDeliverability=False)])
    desk.booked(NINE, attendee=_attendee(desk, email="kunde@example.com"))


def test_point_12_a_required_address_is_missed(desk: Desk) -> None:
    refused = desk.book(NINE, attendee=_attendee(desk, email=None))
    assert (refused.status_code, "error_required_field" in message_of(refused)) == (400, True)


def test_point_13_a_phone_alone_makes_an_address_that_finds_it(desks: Desks) -> None:
    desk = desks(event_types=[make_type("schnitt", emailRequired=False)])
    desk.booked(NINE, attendee=_attendee(desk, email=None))
    assert len(desk.listed(attendeeEmail="491713920042@sms.cal.com")) == 1


def test_point_14_a_hidden_address_field_overwrites_what_was_sent(desks: Desks) -> None:
    types = [make_type("schnitt", emailHidden=True, emailRequired=False)]
    desk = desks(event_types=types)
    assert desk.booked(NINE)["attendees"][0]["email"] == "491713920042@sms.cal.com"


def test_point_15_unknown_properties_are_refused(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    answers = [
        desk.book(TEN, foo=1),
        desk.act(uid, "reschedule", start=TEN, foo=1),
        desk.act(uid, "cancel", cancellationReason="x", foo=1),
    ]
    for answer in answers:
        assert answer.status_code == 400
        assert "foo property is wrong,property foo should not exist" in message_of(answer)


def test_point_15_elsewhere_they_are_dropped(desk: Desk) -> None:
    posts: list[tuple[str, dict[str, str], dict[str, Any]]] = [
        (
            "/v2/event-types",
            EVENT_TYPES,
            {"lengthInMinutes": 30, "title": "Bart", "slug": "bart"},
        ),
        ("/v2/schedules", SCHEDULES, {"name": "S", "timeZone": "UTC", "isDefault": False}),
        (
            "/v2/webhooks",
            {},
            {
                "active": True,
                "subscriberUrl": "http://127.0.0.1:1/",
                "triggers": ["BOOKING_CREATED"],
            },
        ),
    ]
    for path, versions, body in posts:
        answer = desk.http.post(path, json=body | {"foo": 1}, headers=versions | desk.auth)
        assert (answer.status_code, "foo" in answer.json()["data"]) == (201, False)


@pytest.mark.parametrize(
    "metadata",
    [
        {f"k{number}": "v" for number in range(51)},
        {"k" * 41: "v"},
        {"k": "v" * 501},
        {"k": None},
        {"k": {"nested": "v"}},
        {"k": ["v"]},
        "text",
    ],
)
def test_point_16_metadata_has_limits(desk: Desk, metadata: Any) -> None:
    refused = desk.book(NINE, metadata=metadata)
    assert (refused.status_code, "Metadata must have at most 50" in message_of(refused)) == (
        400,
        True,
    )


def test_point_16_numbers_and_booleans_pass(desk: Desk) -> None:
    sent = {"n": 5, "b": True, "k" * 40: "v" * 500}
    assert desk.booked(NINE, metadata=sent)["metadata"] == sent


def test_point_17_unknown_event_types(desk: Desk) -> None:
    by_id = desk.book(NINE, eventTypeId=999999999)
    assert (by_id.status_code, message_of(by_id)) == (
        404,
        "Event type with id 999999999 not found.",
    )
    by_slug = desk.book(NINE, eventTypeId=None, eventTypeSlug="nix", username="jana")
    assert (by_slug.status_code, "belonging to user jana not found" in message_of(by_slug)) == (
        404,
        True,
    )
    neither = desk.book(NINE, eventTypeId=None)
    assert (neither.status_code, "must be provided" in message_of(neither)) == (400, True)


def test_point_17_reading_an_unknown_event_type_says_so_without_a_dot(desk: Desk) -> None:
    gone = desk.get("/v2/event-types/999999999", EVENT_TYPES)
    assert (gone.status_code, message_of(gone)) == (404, "Event type with id 999999999 not found")


def test_point_17_an_event_type_is_found_by_slug_and_username(desks: Desks) -> None:
    users = [make_user("only-here", email="o@salon.example")]
    types = [make_type("schnitt", owner="only-here")]
    desk = desks(users=users, event_types=types)
    body = desk.booking_body(NINE, eventTypeSlug="schnitt", username="only-here")
    del body["eventTypeId"]
    made = desk.http.post("/v2/bookings", json=body, headers=BOOKINGS | desk.auth)
    assert made.json()["data"]["eventTypeId"] == desk.type_id


def test_point_18_lengths(desks: Desks) -> None:
    single = desks()
    assert "does not have multiple possible lengths" in message_of(
        single.book(NINE, lengthInMinutes=30)
    )
    several = desks(event_types=[make_type("farbe", lengthInMinutesOptions=[30, 90])])
    assert "is not one of the possible lengths" in message_of(
        several.book(NINE, lengthInMinutes=45)
    )
    assert several.booked(NINE, lengthInMinutes=90)["duration"] == 90


def test_point_19_custom_fields(desks: Desks) -> None:
    insurance = {"slug": "versicherung", "required": True, "options": ["privat", "gesetzlich"]}
    desk = desks(event_types=[make_type("praxis", bookingFields=[insurance])])
    missing = desk.book(NINE)
    assert message_of(missing).startswith("Missing required booking field response: versicherung")
    wrong = desk.book(NINE, bookingFieldsResponses={"versicherung": "keine"})
    assert message_of(wrong).startswith("Invalid option 'keine'")
    right = desk.booked(NINE, bookingFieldsResponses={"versicherung": "privat"})
    assert right["bookingFieldsResponses"]["versicherung"] == "privat"


def test_point_20_starts_off_the_grid_and_with_an_offset(desk: Desk) -> None:
    assert desk.booked(f"{TUESDAY}T09:03:00Z")["start"] == f"{TUESDAY}T09:03:00.000Z"
    assert desk.booked(f"{TUESDAY}T12:00:00+01:00")["start"] == f"{TUESDAY}T11:00:00.000Z"
    assert "start must be a valid ISO 8601 date string" in message_of(desk.book("morgen um 10"))


@pytest.mark.parametrize("name", ["Änne Öztürk-Größler", "Zoë 💇‍♀️", "יוסי כהן"])
def test_point_21_names_survive_byte_for_byte(desk: Desk, name: str) -> None:
    uid = desk.booked(NINE, attendee=_attendee(desk, name=name))["uid"]
    read = desk.get(f"/v2/bookings/{uid}", BOOKINGS)
    assert name.encode() in read.content
    assert desk.listed()[0]["attendees"][0]["name"] == name

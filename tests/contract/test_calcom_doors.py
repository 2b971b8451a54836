"""Keys, versions, limits, lists and error shapes at the sandbox by plain HTTP."""

import re

import pytest

from tests.builders.calcom import (
    BOOKINGS,
    EVENT_TYPES,
    SCHEDULES,
    SLOTS,
    TUESDAY,
    Desk,
    Desks,
    make_type,
    make_user,
    message_of,
)

NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"


def test_point_22_a_booking_is_read_without_a_key(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    assert desk.http.get(f"/v2/bookings/{uid}", headers=BOOKINGS).status_code == 200
    unknown = desk.http.get("/v2/bookings/nope", headers=BOOKINGS)
    assert (unknown.status_code, message_of(unknown)) == (
        404,
        "Booking with uid=nope was not found in the database",
    )


def test_point_22_a_list_without_a_key_is_forbidden_and_me_unauthorised(desk: Desk) -> None:
    listed = desk.http.get("/v2/bookings", headers=BOOKINGS)
    assert (listed.status_code, message_of(listed).startswith("PermissionsGuard")) == (403, True)
    assert desk.http.get("/v2/me").status_code == 401


@pytest.mark.parametrize("path", ["/v2/bookings", "/v2/bookings/nope", "/v2/slots"])
def test_point_22_a_wrong_key_is_refused_even_where_none_is_needed(desk: Desk, path: str) -> None:
    versions = SLOTS if path == "/v2/slots" else BOOKINGS
    headers = versions | {"Authorization": "Bearer cal_wrong"}
    refused = desk.http.get(path, headers=headers)
    assert (refused.status_code, "Your api key is not valid" in message_of(refused)) == (401, True)


def test_point_22_me_is_the_owner_of_the_key(desk: Desk) -> None:
    data = desk.get("/v2/me", {}).json()["data"]
    assert (data["id"], data["username"]) == (desk.users["jana"], "jana")


@pytest.mark.parametrize("versions", [{}, {"cal-api-version": "2020-01-01"}])
def test_point_23_without_its_version_an_older_controller_answers(
    desk: Desk, versions: dict[str, str]
) -> None:
    wrong_key = {"Authorization": "Bearer cal_wrong"}
    slots = desk.http.get("/v2/slots?eventTypeId=1", headers=versions | wrong_key)
    assert (slots.status_code, message_of(slots)) == (404, "Cannot GET /v2/slots?eventTypeId=1")
    book = desk.http.post("/v2/bookings", json={}, headers=versions | wrong_key)
    properties = {one["property"] for one in book.json()["error"]["details"]["errors"]}
    assert (book.status_code, message_of(book)) == (400, "Bad Request Exception")
    assert properties == {"start", "eventTypeId", "timeZone", "language", "metadata"}
    move = desk.http.post("/v2/bookings/u/reschedule", json={}, headers=versions)
    assert (move.status_code, message_of(move)) == (404, "Cannot POST /v2/bookings/u/reschedule")


@pytest.mark.parametrize("versions", [{}, {"cal-api-version": "2024-04-15"}])
def test_point_23_reads_of_the_older_controller_have_another_shape_and_no_filters(
    desk: Desk, versions: dict[str, str]
) -> None:
    uids = {desk.booked(NINE)["uid"], desk.booked(TEN)["uid"]}
    listed = desk.get("/v2/bookings", versions, attendeeEmail="nobody@anrufer.salon.example")
    data = listed.json()["data"]
    assert {one["uid"] for one in data["bookings"]} == uids
    assert "pagination" not in listed.json()
    one = desk.get(f"/v2/bookings/{min(uids)}", versions).json()["data"]
    assert (one["uid"], one["status"], "start" in one) == (min(uids), "ACCEPTED", False)
    assert one["startTime"].startswith(TUESDAY)
    unknown = desk.get("/v2/bookings/nope", versions)
    assert (unknown.status_code, unknown.json()["path"]) == (404, "/v2/bookings/nope")


def test_point_23_the_version_of_slots_is_none_of_bookings(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    answers = [
        desk.http.post("/v2/bookings", json={}, headers=SLOTS | desk.auth),
        desk.get("/v2/bookings", SLOTS),
        desk.get(f"/v2/bookings/{uid}", SLOTS),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert message_of(answers[0]) == "Cannot POST /v2/bookings"


def test_point_24_people_and_places_exist_in_the_older_version_only(desk: Desk) -> None:
    path = f"/v2/bookings/{desk.booked(NINE)['uid']}"
    newer = {"cal-api-version": "2026-02-25"}
    assert desk.get(f"{path}/attendees", BOOKINGS).status_code == 200
    for method, part in (("GET", "attendees"), ("POST", "guests"), ("PATCH", "location")):
        answer = desk.http.request(method, f"{path}/{part}", json={}, headers=newer | desk.auth)
        assert (answer.status_code, message_of(answer)) == (404, f"Cannot {method} {path}/{part}")
    assert desk.get(path, newer).status_code == 200


def test_point_25_filters_of_the_list(desk: Desk) -> None:
    desk.email = "anruf+7@anrufer.salon.example"
    first = desk.booked(NINE)["uid"]
    desk.email = "other@anrufer.salon.example"
    second = desk.booked(TEN)["uid"]

    def uids(**params: str | int) -> list[str]:
        return [one["uid"] for one in desk.listed(**params)]

    assert uids(attendeeEmail="anruf+7@anrufer.salon.example") == [first]
    assert uids(attendeeEmail="Other@anrufer.salon.example") == []
    assert uids(eventTypeId=desk.type_id) == [first, second]
    assert uids(eventTypeId=1) == []
    assert uids(afterStart=NINE, beforeEnd=f"{TUESDAY}T09:30:00Z") == [first]
    assert uids(afterStart=f"{TUESDAY}T09:00:01Z") == [second]
    assert uids(beforeEnd=f"{TUESDAY}T10:29:59Z") == [first]
    assert uids(bookingUid=second) == [second]
    assert uids(attendeePhone="+49", metadata="x") == [first, second]
    assert uids(sortStart="desc") == [second, first]


def test_point_25_changes_are_found_by_time(desk: Desk) -> None:
    first = desk.booked(NINE)["uid"]
    desk.booked(TEN)
    changed = desk.act(first, "cancel", cancellationReason="x").json()["data"]["updatedAt"]
    assert [one["uid"] for one in desk.listed(afterUpdatedAt=changed)] == [first]


def test_point_25_each_status_and_what_it_includes(desks: Desks) -> None:
    types = [make_type("frei"), make_type("anfrage", requiresConfirmation=True)]
    desk = desks(event_types=types)
    asked = desk.types["anfrage"]
    accepted = desk.booked(f"{TUESDAY}T08:00:00Z")["uid"]
    pending = desk.booked(NINE, eventTypeId=asked)["uid"]
    rejected = desk.booked(TEN, eventTypeId=asked)["uid"]
    desk.act(rejected, "decline", reason="zu")
    cancelled = desk.booked(f"{TUESDAY}T11:00:00Z")["uid"]
    desk.act(cancelled, "cancel", cancellationReason="x")

    def uids(status: str) -> set[str]:
        return {one["uid"] for one in desk.listed(status=status)}

    assert uids("upcoming") == {accepted, pending}
    assert uids("cancelled") == {cancelled, rejected}
    assert uids("unconfirmed") == {pending}
    assert uids("past") == set()
    assert uids("upcoming,cancelled") == {accepted, pending, cancelled, rejected}
    assert len(desk.listed()) == 4
    wrong = desk.get("/v2/bookings", BOOKINGS, status="alle")
    assert wrong.status_code == 400
    assert "Invalid status" in wrong.text


def test_point_25_pages(desk: Desk) -> None:
    for hour in range(8, 13):
        desk.booked(f"{TUESDAY}T{hour:02}:00:00Z")
    page = desk.get("/v2/bookings", BOOKINGS, take=2, skip=2).json()
    assert len(page["data"]) == 2
    assert page["pagination"] == {
        "totalItems": 5,
        "remainingItems": 1,
        "returnedItems": 2,
        "itemsPerPage": 2,
        "currentPage": 2,
        "totalPages": 3,
        "hasNextPage": True,
        "hasPreviousPage": True,
    }
    assert desk.get("/v2/bookings", BOOKINGS, take=251).status_code == 400


def test_point_25_a_members_key_sees_their_own_bookings_only(desks: Desks) -> None:
    member_key = "cal_test_member_mehmet"
    desk = desks(
        users=[make_user("jana", role="owner"), make_user("mehmet", api_key=member_key)],
        event_types=[make_type("schnitt"), make_type("bart", owner="mehmet")],
    )
    desk.booked(NINE)
    own = desk.booked(NINE, eventTypeId=desk.types["bart"])["uid"]
    assert len(desk.listed()) == 2
    desk.key = member_key
    assert [one["uid"] for one in desk.listed()] == [own]


def test_point_40_the_121st_request_is_refused_by_key(desks: Desks) -> None:
    desk = desks(rate_limit_per_min=120)
    answers = [desk.get("/v2/me", {}) for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {200}
    last = answers[-1]
    assert (last.status_code, last.json()["error"]["code"]) == (429, "ThrottlerException")
    assert last.headers["X-RateLimit-Limit-Default"] == "120"
    assert last.headers["X-RateLimit-Remaining-Default"] == "0"
    assert 0 < int(last.headers["X-RateLimit-Reset-Default"]) <= 60
    assert "Retry-After" not in last.headers
    assert desks().get("/v2/me", {}).status_code == 200


def test_point_40_a_minute_later_the_key_may_ask_again(desks: Desks) -> None:
    desk = desks(rate_limit_per_min=1)
    assert [desk.get("/v2/me", {}).status_code for _ in range(2)] == [200, 429]
    desk.http.post("/sandbox/clock", json={"offset_s": 61})
    try:
        assert desk.get("/v2/me", {}).status_code == 200
    finally:
        desk.http.post("/sandbox/clock", json={"offset_s": 0})


@pytest.mark.parametrize("shape", ["hosted2026", "legacy"])
def test_point_41_errors_of_the_core_have_the_chosen_shape(desks: Desks, shape: str) -> None:
    desk = desks(error_shape=shape)
    uid = desk.booked(NINE)["uid"]
    core = desk.act(uid, "cancel").json()
    layer = desk.book(NINE).json()
    assert (core["statusCode"], core["message"]) == (400, "Cancellation reason is required")
    assert ("error" in core) is (shape == "hosted2026")
    assert layer["error"]["code"] == "BadRequestException"
    assert "statusCode" not in layer


def test_point_51_whoever_has_the_uid_may_read_move_and_cancel(desks: Desks) -> None:
    ours, theirs = desks(), desks()
    uid = ours.booked(NINE)["uid"]
    moved = theirs.act(uid, "reschedule", start=TEN).json()["data"]["uid"]
    assert theirs.get(f"/v2/bookings/{moved}", BOOKINGS).json()["data"]["uid"] == moved
    assert theirs.act(moved, "cancel").status_code == 200
    assert ours.get(f"/v2/bookings/{moved}", BOOKINGS).json()["data"]["status"] == "cancelled"
    anybody = ours.http.get(f"/v2/bookings/{moved}", headers=BOOKINGS)
    assert anybody.status_code == 200


def test_point_51_webhooks_and_schedules_of_others_are_not_there(desks: Desks) -> None:
    ours, theirs = desks(), desks()
    hook = {
        "active": True,
        "subscriberUrl": "http://127.0.0.1:1/",
        "triggers": ["BOOKING_CREATED"],
    }
    made = ours.http.post("/v2/webhooks", json=hook, headers=ours.auth).json()["data"]
    mine = ours.get("/v2/schedules/default", SCHEDULES).json()["data"]
    assert theirs.get("/v2/webhooks", {}).json()["data"] == []
    assert theirs.get(f"/v2/webhooks/{made['id']}", {}).status_code == 404
    assert theirs.get(f"/v2/schedules/{mine['id']}", SCHEDULES).status_code == 404
    team = ours.get("/v2/teams", {}).json()["data"][0]["id"]
    for part in ("", "/memberships", "/bookings", "/event-types"):
        assert theirs.get(f"/v2/teams/{team}{part}", {}).status_code == 403


def test_point_51_keys_of_others(desks: Desks) -> None:
    ours, theirs = desks(event_types=[make_type("frei", requiresConfirmation=True)]), desks()
    uid = ours.booked(NINE)["uid"]
    assert theirs.listed() == []
    for action in ("confirm", "decline", "mark-absent", "request-reschedule", "reassign"):
        assert theirs.act(uid, action).status_code == 403
    assert theirs.get(f"/v2/bookings/{uid}", BOOKINGS).status_code == 200
    assert theirs.act(uid, "reschedule", start=TEN).status_code == 201
    others = theirs.get(f"/v2/event-types/{ours.type_id}", EVENT_TYPES)
    assert (others.status_code, message_of(others)) == (
        404,
        f"Event type with id {ours.type_id} not found",
    )


def test_point_52_every_answer_has_an_id_and_times_in_milliseconds(desk: Desk) -> None:
    desk.order_fault(operation="get_me", fault="status", status=502)
    desk.order_fault(operation="teams", fault="status", status=429)
    answers = [
        desk.book(NINE),
        desk.book(NINE),
        desk.get("/v2/nowhere", {}),
        desk.get("/v2/bookings", SLOTS),
        desk.get("/v2/me", {}),
        desk.get("/v2/teams", {}),
        desk.http.get("/v2/me"),
        desk.http.get("/v2/bookings", headers=BOOKINGS),
    ]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [201, 400, 404, 404, 502, 429, 401, 403]
    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == len(answers)
    data = answers[0].json()["data"]
    for name in ("start", "end", "createdAt", "updatedAt"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", data[name])
    assert data["rating"] is None

"""Faults that are ordered at the sandbox: which request they hit, and what is left behind."""

from typing import get_args

import httpx
import pytest

from sandbox.calcom import versions
from sandbox.calcom.faults import Operation
from sandbox.calcom.running import Running
from tests.builders.calcom import (
    BOOKINGS,
    EVENT_TYPES,
    SCHEDULES,
    SLOTS,
    TUESDAY,
    Desk,
    message_of,
)

NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"
IMPATIENT = httpx.Timeout(20, read=0.05)
# Operation, method, path, version: a request that reaches each of them.
ROUTES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("create_booking", "POST", "/v2/bookings", BOOKINGS),
    ("list_bookings", "GET", "/v2/bookings", BOOKINGS),
    ("get_booking", "GET", "/v2/bookings/u", BOOKINGS),
    ("reschedule_booking", "POST", "/v2/bookings/u/reschedule", BOOKINGS),
    ("cancel_booking", "POST", "/v2/bookings/u/cancel", BOOKINGS),
    ("confirm_booking", "POST", "/v2/bookings/u/confirm", BOOKINGS),
    ("decline_booking", "POST", "/v2/bookings/u/decline", BOOKINGS),
    ("mark_absent", "POST", "/v2/bookings/u/mark-absent", BOOKINGS),
    ("reassign_booking", "POST", "/v2/bookings/u/reassign", BOOKINGS),
    ("reassign_booking", "POST", "/v2/bookings/u/reassign/1", BOOKINGS),
    ("request_reschedule", "POST", "/v2/bookings/u/request-reschedule", BOOKINGS),
    ("references", "GET", "/v2/bookings/u/references", BOOKINGS),
    ("calendar_links", "GET", "/v2/bookings/u/calendar-links", BOOKINGS),
    ("attendees", "GET", "/v2/bookings/u/attendees", BOOKINGS),
    ("add_attendee", "POST", "/v2/bookings/u/attendees", BOOKINGS),
    ("add_guests", "POST", "/v2/bookings/u/guests", BOOKINGS),
    ("change_location", "PATCH", "/v2/bookings/u/location", BOOKINGS),
    ("get_slots", "GET", "/v2/slots", SLOTS),
    ("create_reservation", "POST", "/v2/slots/reservations", SLOTS),
    ("get_reservation", "GET", "/v2/slots/reservations/u", SLOTS),
    ("update_reservation", "PATCH", "/v2/slots/reservations/u", SLOTS),
    ("delete_reservation", "DELETE", "/v2/slots/reservations/u", SLOTS),
    ("get_me", "GET", "/v2/me", {}),
    ("event_types", "GET", "/v2/event-types", EVENT_TYPES),
    ("event_types", "GET", "/v2/teams/1/event-types", {}),
    ("schedules", "GET", "/v2/schedules", SCHEDULES),
    ("teams", "GET", "/v2/teams", {}),
    ("team_bookings", "GET", "/v2/teams/1/bookings", {}),
    ("memberships", "GET", "/v2/teams/1/memberships", {}),
    ("busy_times", "GET", "/v2/calendars/busy-times", {}),
    ("webhooks", "GET", "/v2/webhooks", {}),
)


def test_every_route_can_be_named_in_a_fault() -> None:
    routed = {operation for _, _, operation, _ in versions.TABLE}
    assert routed == set(get_args(Operation)) - {"webhook", "*"}
    assert {operation for operation, _, _, _ in ROUTES} == routed


@pytest.mark.parametrize(("operation", "method", "path", "version"), ROUTES)
def test_point_42_each_route_fails_when_told_to(
    desk: Desk, operation: str, method: str, path: str, version: dict[str, str]
) -> None:
    desk.order_fault(operation=operation, fault="status", status=503)
    body: dict[str, object] | None = None if method in ("GET", "DELETE") else {}
    codes = [
        desk.http.request(method, path, json=body, headers=version | desk.auth).status_code
        for _ in range(2)
    ]
    assert codes[0] == 503
    assert codes[1] != 503


def test_point_42_a_late_commit_is_made_though_nobody_waits(desk: Desk) -> None:
    desk.order_fault(operation="create_booking", fault="delay", delay_s=0.2)
    with pytest.raises(httpx.ReadTimeout):
        desk.http.post(
            "/v2/bookings",
            json=desk.booking_body(NINE),
            headers=BOOKINGS | desk.auth,
            timeout=IMPATIENT,
        )
    while not desk.requests("create_booking"):
        pass
    assert len(desk.listed()) == 1


def test_point_42_slow_slots_hold_up_nobody_else(desk: Desk) -> None:
    desk.order_fault(operation="get_slots", fault="delay", delay_s=1, api_key=None)
    query: dict[str, str | int] = {"eventTypeId": desk.type_id, "start": TUESDAY, "end": TUESDAY}
    with pytest.raises(httpx.ReadTimeout):
        desk.http.get("/v2/slots", params=query, headers=SLOTS, timeout=IMPATIENT)
    assert desk.get("/v2/me", {}).status_code == 200
    assert len(desk.free(TUESDAY, TUESDAY)) == 16


def test_point_42_status_before_anything_is_done(desk: Desk) -> None:
    desk.order_fault(operation="create_booking", fault="status", status=500)
    assert desk.book(NINE).status_code == 500
    assert desk.listed() == []
    assert desk.book(NINE).status_code == 201


@pytest.mark.parametrize("status", [502, 524])
def test_point_42_proxies_answer_in_html(desk: Desk, status: int) -> None:
    desk.order_fault(operation="create_booking", fault="commit_then_status", status=status)
    answer = desk.book(NINE)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "text/html; charset=utf-8",
    )
    assert len(desk.listed()) == 1


@pytest.mark.parametrize(("fault", "booked"), [("drop", 0), ("commit_then_drop", 1)])
def test_point_42_the_connection_is_cut(desk: Desk, fault: str, booked: int) -> None:
    desk.order_fault(operation="create_booking", fault=fault)
    with pytest.raises(httpx.TransportError):
        desk.book(NINE)
    assert len(desk.listed()) == booked


def test_point_42_a_body_that_breaks_off(desk: Desk) -> None:
    desk.order_fault(operation="create_booking", fault="truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        desk.book(NINE)
    assert len(desk.listed()) == 1


def test_point_42_malformed_json(sandbox: Running, desk: Desk) -> None:
    desk.order_fault(operation="list_bookings", fault="malformed")
    with httpx.Client(base_url=sandbox.url, headers=BOOKINGS | desk.auth) as http:
        answer = http.get("/v2/bookings")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


def test_point_42_a_burst_of_429(desk: Desk) -> None:
    desk.order_fault(operation="*", fault="status", status=429, times=2)
    codes = [desk.get("/v2/me", {}).status_code for _ in range(3)]
    assert codes == [429, 429, 200]


def test_point_42_stale_slots_still_offer_what_is_booked(desk: Desk) -> None:
    desk.booked(NINE)
    nine = f"{TUESDAY}T09:00Z"
    assert nine not in desk.free(TUESDAY, TUESDAY)
    order = {"operation": "get_slots", "fault": "stale", "stale_s": 60}
    desk.http.post("/sandbox/faults", json=order | {"event_type_id": desk.type_id})
    assert nine in desk.free(TUESDAY, TUESDAY)
    assert nine not in desk.free(TUESDAY, TUESDAY)


def test_point_42_a_slot_that_was_offered_is_taken_by_a_stranger(desk: Desk) -> None:
    desk.order_fault(operation="create_booking", fault="slot_taken_after_offer")
    refused = desk.book(NINE)
    assert (refused.status_code, "already has booking" in message_of(refused)) == (400, True)
    assert [one["attendees"][0]["name"] for one in desk.listed()] == ["Walk-in"]


def test_point_42_a_booking_is_not_found_though_it_is_there(desk: Desk) -> None:
    uid = desk.booked(NINE)["uid"]
    desk.order_fault(operation="get_booking", fault="not_found")
    desk.order_fault(operation="list_bookings", fault="not_found")
    assert desk.get(f"/v2/bookings/{uid}", BOOKINGS).status_code == 404
    assert desk.listed() == []
    assert len(desk.listed()) == 1


def test_faults_hit_only_whom_they_are_for(desk: Desk) -> None:
    desk.order_fault(
        operation="create_booking", fault="status", attendee_email="wer@anrufer.salon.example"
    )
    desk.order_fault(operation="create_booking", fault="status", event_type_id=1)
    assert desk.book(NINE).status_code == 201
    desk.email = "wer@anrufer.salon.example"
    assert desk.book(TEN).status_code == 500


def test_faults_hit_only_the_booking_they_are_for(desk: Desk) -> None:
    one, other = (desk.booked(start)["uid"] for start in (NINE, TEN))
    desk.order_fault(fault="status", booking_uid=one)
    assert desk.get(f"/v2/bookings/{other}", BOOKINGS).status_code == 200
    assert desk.get(f"/v2/bookings/{one}", BOOKINGS).status_code == 500


def test_an_ordered_429_says_when_there_is_room_again(desk: Desk) -> None:
    desk.order_fault(operation="get_me", fault="status", status=429, reset_s=2)
    refused, served = (desk.get("/v2/me", {}) for _ in range(2))
    assert (refused.status_code, refused.headers["x-ratelimit-reset-default"]) == (429, "2")
    assert (served.status_code, served.headers["x-ratelimit-reset-default"]) != (200, "2")


def test_faults_last_as_long_as_ordered(desk: Desk) -> None:
    desk.order_fault(operation="get_me", fault="status", times=None)
    assert [desk.get("/v2/me", {}).status_code for _ in range(3)] == [500, 500, 500]
    shown = desk.http.get("/sandbox/faults").json()["faults"]
    assert [one["hits"] for one in shown if one["api_key"] == desk.key] == [3]
    desk.http.delete("/sandbox/faults")
    assert desk.get("/v2/me", {}).status_code == 200


def test_a_fault_of_unknown_kind_is_refused(desk: Desk) -> None:
    assert desk.http.post("/sandbox/faults", json={"fault": "zauber"}).status_code == 422


def test_a_stranger_overlaps_between_check_and_write_and_both_stand(desk: Desk) -> None:
    desk.order_fault(operation="create_booking", fault="overlapped")
    ours = desk.booked(NINE)
    stranger, mine = sorted(desk.listed(status="upcoming"), key=lambda one: one["id"])
    assert (mine["uid"], mine["start"] < stranger["start"] < mine["end"]) == (ours["uid"], True)
    later = desk.book(NINE.replace("T09", "T14"))
    assert later.status_code == 201
    desk.order_fault(operation="reschedule_booking", fault="overlapped")
    moved = desk.act(later.json()["data"]["uid"], "reschedule", start=NINE.replace("T09", "T11"))
    assert moved.status_code == 201
    assert len(desk.listed(status="upcoming")) == 4

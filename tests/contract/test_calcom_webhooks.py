"""Webhooks out of the sandbox, received by a real server."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.calcom.signature import HEADER, is_signed
from tests.builders.calcom import (
    NOW,
    TUESDAY,
    Desk,
    Desks,
    make_type,
    message_of,
)
from tests.builders.inbox import Inbox

NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"
SECRET = "Schlüssel"
ALL = [
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_NO_SHOW_UPDATED",
]


def _subscribe(desk: Desk, inbox: Inbox, path: str = "/v2/webhooks", **changes: Any) -> Any:
    body = {
        "active": True,
        "subscriberUrl": inbox.url,
        "triggers": ALL,
        "secret": SECRET,
        "version": "2026-07-27",
    } | changes
    return desk.http.post(path, json=body, headers=desk.auth)


def _quiet(desk: Desk, inbox: Inbox) -> list[str]:
    """Triggers that came before a ping that is sent last."""
    desk.http.post("/sandbox/ping", json={"tenant": desk.tenant}).raise_for_status()
    triggers = []
    while (trigger := inbox.next().body["triggerEvent"]) != "PING":
        triggers.append(trigger)
    return triggers


def test_point_43_a_booking_is_told_of_with_a_signature(desk: Desk, inbox: Inbox) -> None:
    assert _subscribe(desk, inbox).status_code == 201
    booking = desk.booked(NINE)
    came = inbox.next()
    assert is_signed(came.raw, came.headers[HEADER], [SECRET])
    assert came.headers["X-Cal-Webhook-Version"] == "2026-07-27"
    assert came.body["triggerEvent"] == "BOOKING_CREATED"
    assert (came.payload["uid"], came.payload["status"]) == (booking["uid"], "ACCEPTED")
    assert came.payload["startTime"] == booking["start"]
    assert came.payload["metadata"] == booking["metadata"]
    assert "Käthe Größler".encode() in came.raw


def test_a_stranger_who_takes_an_offered_slot_is_told_of_as_anybody(
    desk: Desk, inbox: Inbox
) -> None:
    _subscribe(desk, inbox)
    desk.order_fault(operation="create_booking", fault="slot_taken_after_offer")
    assert desk.book(NINE).status_code == 400
    [theirs] = desk.listed()
    came = inbox.next()
    assert (came.body["triggerEvent"], came.payload["uid"]) == ("BOOKING_CREATED", theirs["uid"])


@pytest.mark.parametrize("name", ["Änne Öztürk-Größler", "Zoë 💇‍♀️", "יוסי כהן"])
def test_point_21_names_survive_byte_for_byte_in_webhooks(
    desk: Desk, inbox: Inbox, name: str
) -> None:
    _subscribe(desk, inbox)
    desk.booked(NINE, attendee=desk.booking_body(NINE)["attendee"] | {"name": name})
    came = inbox.next()
    assert name.encode() in came.raw
    assert is_signed(came.raw, came.headers[HEADER], [SECRET])


def test_point_43_without_a_secret_the_literal_is_sent(desk: Desk, inbox: Inbox) -> None:
    _subscribe(desk, inbox, secret="")
    desk.booked(NINE)
    assert inbox.next().headers[HEADER] == "no-secret-provided"


def test_point_44_each_change_has_its_trigger(desks: Desks, inbox: Inbox) -> None:
    desk = desks(event_types=[make_type("anfrage", requiresConfirmation=True), make_type("frei")])
    _subscribe(desk, inbox)
    asked = desk.booked(NINE)["uid"]
    assert inbox.next().body["triggerEvent"] == "BOOKING_REQUESTED"
    desk.act(asked, "confirm")
    confirmed = inbox.next()
    assert confirmed.body["triggerEvent"] == "BOOKING_CREATED"
    assert (confirmed.payload["status"], confirmed.payload["requiresConfirmation"]) == (
        "ACCEPTED",
        True,
    )
    refused = desk.booked(TEN)["uid"]
    inbox.next()
    desk.act(refused, "decline", reason="verhindert")
    rejected = inbox.next()
    assert rejected.body["triggerEvent"] == "BOOKING_REJECTED"
    assert rejected.payload["rejectionReason"] == "verhindert"
    assert "metadata" not in rejected.payload


def test_point_44_a_move_is_told_of_once_with_both_uids(desk: Desk, inbox: Inbox) -> None:
    _subscribe(desk, inbox)
    old = desk.booked(NINE)["uid"]
    inbox.next()
    new = desk.act(old, "reschedule", start=TEN, reschedulingReason="r").json()["data"]["uid"]
    moved = inbox.next()
    assert moved.body["triggerEvent"] == "BOOKING_RESCHEDULED"
    assert (moved.payload["uid"], moved.payload["rescheduleUid"]) == (new, old)
    assert _quiet(desk, inbox) == []


def test_point_44_asking_for_another_time_is_no_plain_cancellation(
    desk: Desk, inbox: Inbox
) -> None:
    uid = desk.booked(NINE)["uid"]
    other = desk.booked(TEN)["uid"]
    _subscribe(desk, inbox)
    desk.act(uid, "request-reschedule", rescheduleReason="neu")
    asked = inbox.next()
    desk.act(other, "cancel", cancellationReason="weg")
    plain = inbox.next()
    assert [asked.payload["requestReschedule"], plain.payload["requestReschedule"]] == [True, False]


def test_point_45_deliveries_are_doubled_lost_and_reordered(desk: Desk, inbox: Inbox) -> None:
    _subscribe(desk, inbox)
    order = {"operation": "webhook"}
    desk.http.post("/sandbox/faults", json=order | {"fault": "duplicate"})
    desk.booked(NINE)
    assert inbox.next().raw == inbox.next().raw
    desk.http.post("/sandbox/faults", json=order | {"fault": "lose"})
    desk.booked(TEN)
    assert _quiet(desk, inbox) == []
    desk.http.post("/sandbox/faults", json=order | {"fault": "reorder"})
    first = desk.booked(f"{TUESDAY}T11:00:00Z")["uid"]
    second = desk.booked(f"{TUESDAY}T12:00:00Z")["uid"]
    assert [inbox.next().payload["uid"] for _ in range(2)] == [second, first]


def test_point_45_deliveries_are_lost_of_one_tenant_and_one_booking(
    desks: Desks, inbox: Inbox
) -> None:
    ours, others = desks(), desks()
    for each in (ours, others):
        _subscribe(each, inbox)
    order = {"operation": "webhook", "fault": "lose", "times": None, "api_key": ours.key}
    ours.http.post("/sandbox/faults", json=order)
    ours.booked(NINE)
    heard = others.booked(NINE)["uid"]
    assert inbox.next().payload["uid"] == heard
    ours.http.delete("/sandbox/faults", params={"api_key": ours.key})
    lost = ours.booked(TEN)["uid"]
    assert inbox.next().payload["uid"] == lost
    ours.http.post("/sandbox/faults", json=order | {"booking_uid": lost})
    ours.act(lost, "cancel", cancellationReason="weg")
    told = ours.booked(TEN)["uid"]
    assert inbox.next().payload["uid"] == told
    ours.http.delete("/sandbox/faults", params={"api_key": ours.key})


def test_point_45_a_delivery_comes_late(desk: Desk, inbox: Inbox) -> None:
    _subscribe(desk, inbox)
    order = {"operation": "webhook", "fault": "delay", "delay_s": 0.2}
    desk.http.post("/sandbox/faults", json=order)
    uid = desk.booked(NINE)["uid"]
    told_at = datetime.fromisoformat(inbox.next().body["createdAt"])
    _quiet(desk, inbox)
    shown = desk.http.get("/sandbox/deliveries").json()["deliveries"]
    sent_at = [datetime.fromisoformat(one["at"]) for one in shown if uid in one["body"]]
    assert sent_at[0] - told_at >= timedelta(seconds=0.2)


@pytest.mark.parametrize(("retries", "comes"), [(0, 1), (3, 4)])
def test_point_45_a_failed_delivery_is_repeated_as_often_as_set_up(
    desks: Desks, inbox: Inbox, retries: int, comes: int
) -> None:
    desk = desks(webhookRetries=retries, webhookRetryAfterS=0)
    _subscribe(desk, inbox)
    inbox.status = 500
    uid = desk.booked(NINE)["uid"]
    bodies = [inbox.next().raw for _ in range(comes)]
    assert len(set(bodies)) == 1
    inbox.status = 200
    assert _quiet(desk, inbox) == []
    shown = desk.http.get("/sandbox/deliveries").json()["deliveries"]
    assert [one["attempt"] for one in shown if uid in one["body"]] == list(range(1, comes + 1))


def test_point_45_a_repeated_delivery_ends_with_its_success(desks: Desks, inbox: Inbox) -> None:
    desk = desks(webhookRetries=3, webhookRetryAfterS=0)
    _subscribe(desk, inbox)
    desk.booked(NINE)
    inbox.next()
    assert _quiet(desk, inbox) == []


@pytest.mark.parametrize("status", [500, 302])
def test_point_45_a_failed_delivery_is_not_repeated(desk: Desk, inbox: Inbox, status: int) -> None:
    _subscribe(desk, inbox)
    inbox.status = status
    desk.booked(NINE)
    inbox.next()
    assert _quiet(desk, inbox) == []


def test_point_46_the_end_of_a_meeting_is_a_flat_row(desk: Desk, inbox: Inbox) -> None:
    _subscribe(desk, inbox, triggers=["MEETING_ENDED"])
    uid = desk.booked(NINE)["uid"]
    ahead = datetime.fromisoformat(NINE) - NOW + timedelta(hours=1)
    desk.http.post("/sandbox/clock", json={"offset_s": ahead.total_seconds()})
    try:
        ended = inbox.next().body
    finally:
        desk.http.post("/sandbox/clock", json={"offset_s": 0})
    assert (ended["triggerEvent"], ended["uid"], "payload" in ended) == (
        "MEETING_ENDED",
        uid,
        False,
    )


def test_point_47_subscriptions(desk: Desk, inbox: Inbox) -> None:
    made = _subscribe(desk, inbox, unbekannt=1).json()["data"]
    assert (made["secret"], made["userId"]) == (SECRET, desk.users["jana"])
    twice = _subscribe(desk, inbox)
    assert (twice.status_code, message_of(twice)) == (
        409,
        "Webhook with this subscriber url already exists for this user",
    )
    wrong = _subscribe(desk, inbox, subscriberUrl="http://127.0.0.1:1/", triggers=["ERFUNDEN"])
    assert wrong.status_code == 400
    path = f"/v2/webhooks/{made['id']}"
    off = desk.http.patch(path, json={"active": False}, headers=desk.auth)
    assert off.json()["data"]["active"] is False
    desk.booked(NINE)
    assert _quiet(desk, inbox) == []
    assert [one["id"] for one in desk.get("/v2/webhooks", {}).json()["data"]] == [made["id"]]
    assert desk.http.delete(path, headers=desk.auth).json()["data"]["id"] == made["id"]
    assert desk.get(path, {}).status_code == 404


def test_a_template_of_ones_own_is_sent_signed(desk: Desk, inbox: Inbox) -> None:
    template = "trigger={{triggerEvent}}&uid={{uid}}"
    _subscribe(desk, inbox, payloadTemplate=template)
    uid = desk.booked(NINE)["uid"]
    came = inbox.next()
    assert came.raw.decode() == f"trigger=BOOKING_CREATED&uid={uid}"
    assert came.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert is_signed(came.raw, came.headers[HEADER], [SECRET])


def test_point_47_two_levels_deliver_twice(desk: Desk, inbox: Inbox) -> None:
    _subscribe(desk, inbox)
    level = _subscribe(desk, inbox, f"/v2/event-types/{desk.type_id}/webhooks")
    assert level.json()["data"]["eventTypeId"] == desk.type_id
    uid = desk.booked(NINE)["uid"]
    assert [inbox.next().payload["uid"] for _ in range(2)] == [uid, uid]


def test_a_setup_subscribes_once(desks: Desks, inbox: Inbox) -> None:
    hook = {"subscriberUrl": inbox.url, "secret": SECRET}
    desk = desks(webhooks=[hook])
    body = {
        "tenant": desk.tenant,
        "api_key": desk.key,
        "users": [{"username": "jana", "name": "Jana", "email": "jana@salon.example"}],
        "webhooks": [hook],
    }
    desk.http.post("/sandbox/setup", json=body).raise_for_status()
    assert len(desk.get("/v2/webhooks", {}).json()["data"]) == 1

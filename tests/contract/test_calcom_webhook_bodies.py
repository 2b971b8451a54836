"""What stands in each webhook of the sandbox, beside the recorded ones where these are at hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.builders.calcom import TUESDAY, Desk, Desks, make_type
from tests.builders.inbox import Inbox
from tests.builders.referee import SHARED

NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"
TRIGGERS = [
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_PAID",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_LOCATION_UPDATED",
    "MEETING_STARTED",
    "MEETING_ENDED",
]
Made = Callable[[Desk], None]


def _created(desk: Desk) -> None:
    desk.booked(NINE)


def _moved(desk: Desk) -> None:
    desk.act(desk.booked(NINE)["uid"], "reschedule", start=TEN, reschedulingReason="später")


def _cancelled(desk: Desk) -> None:
    desk.act(desk.booked(NINE)["uid"], "cancel", cancellationReason="abgesagt")


def _asked_anew(desk: Desk) -> None:
    desk.act(desk.booked(NINE)["uid"], "request-reschedule", rescheduleReason="neu")


def _confirmed(desk: Desk) -> None:
    desk.act(desk.booked(NINE)["uid"], "confirm")


def _declined(desk: Desk) -> None:
    desk.act(desk.booked(NINE)["uid"], "decline", reason="verhindert")


def _relocated(desk: Desk) -> None:
    path = f"/v2/bookings/{desk.booked(NINE)['uid']}/location"
    place = {"location": {"type": "address", "address": "Lindenstraße 5, 10969 Berlin"}}
    headers = {"cal-api-version": "2024-08-13"} | desk.auth
    desk.http.patch(path, json=place, headers=headers).raise_for_status()


def _told(trigger: str) -> Made:
    def made(desk: Desk) -> None:
        order = {"uid": desk.booked(NINE)["uid"], "trigger": trigger}
        desk.http.post("/sandbox/deliver", json=order).raise_for_status()

    return made


PLAIN: dict[str, Any] = {}
ASKING = {"requiresConfirmation": True}
SEATED = {"seatsPerTimeSlot": 2}
NEW, OLD = "2026-07-27", "2021-10-20"


@dataclass(frozen=True)
class Sample:
    """A recorded body, and what has to happen so that the sandbox sends such a one."""

    name: str
    happens: Made
    kind: dict[str, Any] = field(default_factory=dict)
    # With those that come before it.
    webhooks: int = 2
    version: str = NEW


SAMPLES = (
    Sample("booking_created", _created, webhooks=1),
    Sample("booking_created_seated", _created, SEATED, webhooks=1),
    Sample("booking_requested", _created, ASKING, webhooks=1),
    Sample("booking_created_after_confirm", _confirmed, ASKING),
    Sample("booking_rejected", _declined, ASKING),
    Sample("booking_rescheduled", _moved),
    Sample("booking_cancelled", _cancelled),
    Sample("booking_cancelled_request_reschedule", _asked_anew),
    Sample("booking_location_updated", _relocated),
    Sample("booking_no_show_updated", _told("BOOKING_NO_SHOW_UPDATED")),
    Sample("booking_paid", _told("BOOKING_PAID")),
    Sample("meeting_started_flat", _told("MEETING_STARTED")),
    Sample("meeting_ended_flat", _told("MEETING_ENDED")),
    Sample("legacy_booking_created", _created, webhooks=1, version=OLD),
    Sample("legacy_booking_cancelled_no_metadata", _cancelled, version=OLD),
)


def _keys(value: Any) -> Any:
    """Names of properties, down to those of what callers are asked."""
    if isinstance(value, list):
        return [_keys(one) for one in value[:1]]
    if isinstance(value, dict):
        deeper = ("payload", "organizer", "attendees", "user", "bookingSeat", "paymentData")
        return {key: _keys(one) if key in deeper else None for key, one in value.items()}
    return None


def _subscribed(desks: Desks, inbox: Inbox, kind: dict[str, Any], version: str) -> Desk:
    desk = desks(event_types=[make_type("schnitt", location="Nebenstraße 1, Berlin", **kind)])
    hook = {
        "active": True,
        "subscriberUrl": inbox.url,
        "triggers": TRIGGERS,
        "secret": "s",
        "version": version,
    }
    assert desk.http.post("/v2/webhooks", json=hook, headers=desk.auth).status_code == 201
    return desk


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded bodies are not at hand")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_point_43_each_body_has_the_recorded_keys(
    desks: Desks, inbox: Inbox, sample: Sample
) -> None:
    sample.happens(_subscribed(desks, inbox, sample.kind, sample.version))
    bodies = {came.body["triggerEvent"]: came.body for came in inbox.take(sample.webhooks)}
    recorded = json.loads((SHARED / f"webhook_{sample.name}.json").read_bytes())
    assert _keys(bodies[recorded["triggerEvent"]]) == _keys(recorded)


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded bodies are not at hand")
def test_every_recorded_body_is_compared() -> None:
    recorded = {path.stem.removeprefix("webhook_") for path in SHARED.glob("webhook_*.json")}
    assert recorded == {sample.name for sample in SAMPLES} | {"ping"}


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded bodies are not at hand")
def test_point_43_the_test_button_sends_the_recorded_keys(desks: Desks, inbox: Inbox) -> None:
    desk = _subscribed(desks, inbox, PLAIN, NEW)
    desk.http.post("/sandbox/ping", json={"tenant": desk.tenant})
    recorded = json.loads((SHARED / "webhook_ping.json").read_bytes())
    assert _keys(inbox.next().body) == _keys(recorded)


def test_point_43_times_and_status_are_written_as_webhooks_write_them(
    desks: Desks, inbox: Inbox
) -> None:
    desk = _subscribed(desks, inbox, PLAIN, NEW)
    desk.booked(NINE)
    payload = inbox.next().payload
    assert (payload["startTime"], payload["status"]) == (f"{TUESDAY}T09:00:00.000Z", "ACCEPTED")
    assert payload["responses"]["name"] == {
        "label": "your_name",
        "value": "Käthe Größler",
        "isHidden": False,
    }
    old = _subscribed(desks, inbox, PLAIN, OLD)
    old.booked(NINE)
    assert inbox.next().payload["startTime"] == f"{TUESDAY}T09:00:00Z"


def test_point_43_of_a_cancelled_booking_the_old_flavour_has_no_metadata(
    desks: Desks, inbox: Inbox
) -> None:
    _cancelled(_subscribed(desks, inbox, PLAIN, OLD))
    bodies = {came.body["triggerEvent"]: came.payload for came in inbox.take(2)}
    assert "metadata" in bodies["BOOKING_CREATED"]
    assert "metadata" not in bodies["BOOKING_CANCELLED"]


def test_point_44_a_new_place_is_told_of_with_the_old_one(desks: Desks, inbox: Inbox) -> None:
    _relocated(_subscribed(desks, inbox, PLAIN, NEW))
    bodies = {came.body["triggerEvent"]: came.payload for came in inbox.take(2)}
    moved = bodies["BOOKING_LOCATION_UPDATED"]
    assert moved["location"] == "Lindenstraße 5, 10969 Berlin"
    assert moved["previousLocation"] == "Nebenstraße 1, Berlin"


def test_a_webhook_about_nothing_is_refused(desk: Desk) -> None:
    order = {"uid": "nope", "trigger": "BOOKING_PAID"}
    assert desk.http.post("/sandbox/deliver", json=order).status_code == 404

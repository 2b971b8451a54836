"""Webhook bodies are read for which booking they are about; deliveries are the same by meaning."""

import json
from typing import Any

import pytest

from integrations.calcom.schemas import Booking
from integrations.calcom.signature import is_signed
from integrations.calcom.webhooks import (
    SEEN,
    BookingEvent,
    Ping,
    UnreadableWebhookError,
    Unused,
    read_webhook,
    seen_event,
    uid_in,
)
from tests.builders.calcom_hooks import RecordedHook, hook_body, recorded_hooks

HOOKS = recorded_hooks()
OF_BOOKINGS = [hook for hook in HOOKS.values() if hook.name != "ping"]
NO_SHOW = HOOKS["booking_no_show_updated"]


def read(body: bytes) -> BookingEvent:
    event = read_webhook(body)
    assert isinstance(event, BookingEvent)
    return event


def changed(hook: RecordedHook, **payload: Any) -> bytes:
    told = json.loads(hook.body)
    told["payload"] |= payload
    return json.dumps(told).encode()


@pytest.mark.parametrize("hook", HOOKS.values(), ids=lambda hook: hook.name)
def test_recorded_signatures_hold(hook: RecordedHook) -> None:
    assert is_signed(hook.body, hook.signature, [hook.secret])
    assert not is_signed(hook.body + b" ", hook.signature, [hook.secret])


@pytest.mark.parametrize("hook", OF_BOOKINGS, ids=lambda hook: hook.name)
def test_each_recorded_body_names_its_booking(hook: RecordedHook) -> None:
    event = read(hook.body)
    assert event.trigger == json.loads(hook.body)["triggerEvent"]
    assert event.uid == (hook.payload.get("uid") or hook.payload["bookingUid"])
    assert event.booking_id == (hook.payload.get("bookingId") or hook.payload["id"])
    assert uid_in(hook.body) == event.uid


def test_uids_and_people_are_in_no_repr() -> None:
    for hook in OF_BOOKINGS:
        event = read(hook.body)
        assert event.uid not in repr(event)
        assert "@" not in repr(event)


def test_the_test_button_is_no_event() -> None:
    assert read_webhook(HOOKS["ping"].body) == Ping()
    assert uid_in(HOOKS["ping"].body) is None


@pytest.mark.parametrize("trigger", ["FORM_SUBMITTED", "OOO_CREATED", "RECORDING_READY", "NEW_ONE"])
def test_what_is_of_no_booking_is_not_used(trigger: str) -> None:
    assert read_webhook(hook_body(trigger)) == Unused(trigger=trigger)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"name=Anna&uid=1", "not JSON"),
        (b'{"triggerEvent": "BOOKING_CREATED"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'["BOOKING_CREATED"]', "not an object"),
        (b'{"payload": {"uid": "u"}}', "triggerEvent"),
        (b'{"triggerEvent": "BOOKING_CREATED", "payload": "u"}', "model"),
        (b'{"triggerEvent": "BOOKING_CREATED", "payload": {"title": "Anna B."}}', "uid: missing"),
        (hook_body(startTime="soon", title="Anna B."), "startTime"),
    ],
)
def test_what_cannot_be_read_says_its_field_and_nothing_of_people(body: bytes, told: str) -> None:
    with pytest.raises(UnreadableWebhookError, match=told) as raised:
        read_webhook(body)
    assert "Anna" not in str(raised.value)


def test_both_versions_of_one_event_mean_the_same() -> None:
    new, old = HOOKS["booking_created"], HOOKS["legacy_booking_created"]
    assert new.version != old.version
    assert read(new.body).meaning == read(old.body).meaning


def test_the_time_of_sending_changes_no_meaning() -> None:
    hook = HOOKS["booking_created"]
    later = json.dumps({**json.loads(hook.body), "createdAt": "2026-11-21T23:00:00.000Z"})
    assert later.encode() != hook.body
    assert read(later.encode()).meaning == read(hook.body).meaning


def test_all_recorded_events_mean_different_things() -> None:
    of_one_booking = {"legacy_booking_created", "booking_created_seated"}
    meanings = [read(hook.body).meaning for hook in OF_BOOKINGS if hook.name not in of_one_booking]
    assert len(set(meanings)) == len(meanings)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "CANCELLED"},
        {"iCalSequence": 7},
        {"startTime": "2026-11-30T09:15:00.000Z"},
        {"uid": "anotherBookingsUid0000"},
        {"organizer": {"id": 4102}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_a_change_changes_changes_the_meaning(change: dict[str, Any]) -> None:
    hook = HOOKS["booking_created"]
    assert read(changed(hook, **change)).meaning != read(hook.body).meaning


def test_somebody_may_mark_absent_take_it_back_and_mark_again() -> None:
    told = json.loads(NO_SHOW.body)
    here = [{**one, "noShow": False} for one in told["payload"]["attendees"]]
    back = json.dumps({**told, "payload": {**told["payload"], "attendees": here}}).encode()
    again = json.dumps({**told, "createdAt": "2026-11-30T12:00:00.000Z"}).encode()
    assert len({read(body).meaning for body in (NO_SHOW.body, back, again)}) == 3


def test_a_booking_that_no_webhook_told_of_is_kept_in_the_same_form() -> None:
    booking = Booking.model_validate(
        {
            "id": 7,
            "uid": "u7",
            "status": "accepted",
            "start": "2026-11-30T09:00:00.000Z",
            "end": "2026-11-30T09:30:00.000Z",
            "createdAt": "2026-11-21T09:00:00.000Z",
            "updatedAt": "2026-11-21T09:00:00.000Z",
            "attendees": [{"name": "Anna Beispiel", "email": "anna@beispiel.example"}],
        }
    )
    meaning, body = seen_event(booking)
    event = read(body)
    assert (event.trigger, event.uid, event.booking_id) == (SEEN, "u7", 7)
    assert b"nna" not in body
    assert seen_event(booking) == (meaning, body)
    cancelled = booking.model_copy(update={"status": "cancelled"})
    assert seen_event(cancelled)[0] != meaning

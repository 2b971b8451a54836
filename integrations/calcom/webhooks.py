"""What Cal.com posts to us, read as far as a hint needs: which booking, and why to look at it.

Two versions of the payload, the flat rows of meetings, and no-shows with a key of their own
(contract 4). Names, addresses and one-time passwords are not read at all.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from integrations.calcom.schemas import Booking, FromCalcom, Trigger, UtcDatetime

# What we subscribe to. Of the others only those of a booking are looked at, where somebody has
# subscribed us to them by hand.
TRIGGERS: frozenset[Trigger] = frozenset(
    {
        "BOOKING_CREATED",
        "BOOKING_REQUESTED",
        "BOOKING_REJECTED",
        "BOOKING_RESCHEDULED",
        "BOOKING_CANCELLED",
        "BOOKING_NO_SHOW_UPDATED",
    }
)
PING = "PING"
NO_SHOW = "BOOKING_NO_SHOW_UPDATED"
# Ours, for what no webhook told: found by a poll, or beside a booking of ours.
SEEN = "BOOKING_SEEN"
_ABOUT_BOOKINGS = ("BOOKING_", "MEETING_")


@dataclass(frozen=True, kw_only=True)
class Ping:
    """Somebody has pressed the test button."""


@dataclass(frozen=True, kw_only=True)
class Unused:
    """Of no booking: forms, recordings, absences; and what Cal.com adds one day."""

    trigger: str


@dataclass(frozen=True, kw_only=True)
class BookingEvent:
    """`meaning`: the same for each delivery that says the same, whatever else is in its bytes."""

    trigger: str
    uid: str = field(repr=False)
    booking_id: int | None
    meaning: str


class _Organizer(FromCalcom):
    id: int | None = None


class _Absent(FromCalcom):
    email: str = Field(default="", repr=False)
    no_show: bool = False


class _Payload(FromCalcom):
    """`uid`, or `booking_uid` of a no-show; `booking_id`, or `id` of a flat row."""

    model_config = ConfigDict(alias_generator=to_camel, hide_input_in_errors=True)

    uid: str | None = Field(default=None, min_length=1, repr=False)
    booking_uid: str | None = Field(default=None, min_length=1, repr=False)
    booking_id: int | None = None
    id: int | None = None
    status: str | None = None
    start_time: UtcDatetime | None = None
    end_time: UtcDatetime | None = None
    sequence: int | None = Field(default=None, alias="iCalSequence")
    organizer: _Organizer = _Organizer()
    attendees: tuple[_Absent, ...] = ()


class UnreadableWebhookError(ValueError):
    """Not what Cal.com sends: a template of somebody's own, or not JSON. Says the fields only."""


def read_webhook(body: bytes) -> BookingEvent | Ping | Unused:
    """Raises `UnreadableWebhookError`. The signature is checked before (`signature.is_signed`)."""
    envelope = _object(body)
    trigger = envelope.get("triggerEvent")
    if not isinstance(trigger, str) or not trigger:
        raise UnreadableWebhookError("triggerEvent: missing")
    if trigger == PING:
        return Ping()
    if not trigger.startswith(_ABOUT_BOOKINGS):
        return Unused(trigger=trigger[:50])
    # A meeting's flat row has no `payload`, and its `createdAt` is the booking's.
    told = envelope.get("payload", envelope)
    try:
        payload = _Payload.model_validate(told)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        fields = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in found[:5])
        raise UnreadableWebhookError(fields) from None
    uid = payload.uid or payload.booking_uid
    if uid is None:
        raise UnreadableWebhookError("uid: missing")
    return BookingEvent(
        trigger=trigger[:50],
        uid=uid,
        booking_id=payload.booking_id or payload.id,
        meaning=_meaning(trigger, uid, payload, envelope.get("createdAt")),
    )


def uid_in(body: bytes) -> str | None:
    """Of a body that was stored; None where it names no booking."""
    try:
        event = read_webhook(body)
    except UnreadableWebhookError:
        return None
    return event.uid if isinstance(event, BookingEvent) else None


def seen_event(booking: Booking) -> tuple[str, bytes]:
    """For a booking that no webhook told of: the event's meaning and a body to keep.

    The same as long as the booking has not changed at Cal.com.
    """
    changed_at = booking.updated_at or booking.created_at
    body = {
        "triggerEvent": SEEN,
        "payload": {
            "uid": booking.uid,
            "bookingId": booking.id,
            "status": booking.status.upper(),
            "startTime": booking.start_at.isoformat(),
            "endTime": booking.end_at.isoformat(),
        },
    }
    meaning = _digest(SEEN, booking.uid, booking.status, changed_at.isoformat())
    return meaning, json.dumps(body, separators=(",", ":")).encode()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableWebhookError(f"not JSON: {type(error).__name__}") from None
    if not isinstance(found, dict):
        raise UnreadableWebhookError("not an object")
    return found


def _meaning(trigger: str, uid: str, payload: _Payload, created_at: object) -> str:
    """Contract 4's key (trigger, uid, status, sequence), with what else a change would change.

    `createdAt` is the moment of sending and no part of it, but where somebody may say the same
    again and mean it: present, absent, present.
    """
    parts: list[object] = [
        trigger,
        uid,
        payload.status,
        payload.sequence,
        payload.start_time,
        payload.end_time,
        payload.organizer.id,
    ]
    if trigger == NO_SHOW:
        parts += [created_at, sorted((one.email, one.no_show) for one in payload.attendees)]
    return _digest(*parts)


def _digest(*parts: object) -> str:
    return sha256("|".join(str(part) for part in parts).encode()).hexdigest()

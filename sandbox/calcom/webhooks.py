"""Webhooks out of the sandbox: payloads as Cal.com sends them, signed over the raw bytes."""

import asyncio
import hashlib
import hmac
import json
from typing import Any

import httpx

from sandbox.calcom.model import Booking, User, Webhook, iso_ms
from sandbox.calcom.serialise import title_of
from sandbox.calcom.state import World

SIGNATURE_HEADER = "X-Cal-Signature-256"
NO_SECRET = "no-secret-provided"  # noqa: S105 (the literal that Cal.com sends)
SEND_TIMEOUT_S = 10.0
NAMES_IN_FULL = 2


def sign(secret: str | None, body: bytes) -> str:
    if not secret:
        return NO_SECRET
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _person(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
        "language": {"locale": "de"},
        "timeFormat": "HH:mm",
    }


def _attendees(booking: Booking) -> list[dict[str, Any]]:
    people = []
    for attendee in booking.attendees:
        parts = attendee.name.split(" ", 1)
        people.append(
            {
                "name": attendee.name,
                "email": attendee.email,
                "timeZone": attendee.time_zone,
                "language": {"locale": attendee.language},
                "phoneNumber": attendee.phone_number,
                "bookingSeat": {"referenceUid": attendee.seat_uid} if attendee.seat_uid else None,
                "firstName": parts[0],
                "lastName": parts[1] if len(parts) == NAMES_IN_FULL else "",
            }
        )
    return people


def payload_of(world: World, booking: Booking, before: Booking | None = None) -> dict[str, Any]:
    event_type = world.event_types[booking.event_type_id]
    labels = {"name": "your_name", "email": "email_address", "attendeePhoneNumber": "phone_number"}
    payload: dict[str, Any] = {
        "bookerUrl": "https://cal.com",
        "title": title_of(world, booking),
        "startTime": iso_ms(booking.start_at),
        "endTime": iso_ms(booking.end_at),
        "additionalNotes": booking.responses.get("notes", ""),
        "type": event_type.slug,
        "eventTypeTitle": event_type.title,
        "description": booking.responses.get("notes", ""),
        "eventTypeId": event_type.id,
        "schedulingType": event_type.scheduling_type,
        "seatsPerTimeSlot": event_type.seats_per_time_slot,
        "organizer": _person(world.users[booking.host_id]),
        "attendees": _attendees(booking),
        "customInputs": {},
        "responses": {
            slug: {"label": labels.get(slug, slug), "value": value, "isHidden": False}
            for slug, value in booking.responses.items()
        },
        "userFieldsResponses": {},
        "location": booking.location,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "requiresConfirmation": event_type.requires_confirmation,
        "oneTimePassword": None,
        "uid": booking.uid,
        "organizationId": None,
        "cancellationReason": booking.cancellation_reason or None,
        "rejectionReason": booking.rejection_reason,
        "bookingId": booking.id,
        "status": booking.status.upper(),
        "eventTitle": event_type.title,
        "eventDescription": None,
        "price": 0,
        "currency": "usd",
        "length": int((booking.end_at - booking.start_at).total_seconds() // 60),
        "destinationCalendar": None,
        "metadata": booking.metadata,
    }
    if before is not None:
        payload["rescheduleId"] = before.id
        payload["rescheduleUid"] = before.uid
        payload["rescheduleStartTime"] = iso_ms(before.start_at)
        payload["rescheduleEndTime"] = iso_ms(before.end_at)
    return payload


def _no_show_payload(booking: Booking) -> dict[str, Any]:
    absent = [person for person in booking.attendees if person.absent]
    emails = ", ".join(person.email for person in absent)
    return {
        "message": f"{emails} marked as no-show",
        "bookingUid": booking.uid,
        "bookingId": booking.id,
        "attendees": [
            {"email": person.email, "noShow": person.absent} for person in booking.attendees
        ],
    }


def flat_meeting(world: World, trigger: str, booking: Booking) -> dict[str, Any]:
    """MEETING_* come from a scheduler as a flat row, without `payload` (contract 4)."""
    host = world.users[booking.host_id]
    return {
        "triggerEvent": trigger,
        "id": booking.id,
        "uid": booking.uid,
        "userId": host.id,
        "userPrimaryEmail": host.email,
        "eventTypeId": booking.event_type_id,
        "title": title_of(world, booking),
        "responses": booking.responses,
        "startTime": iso_ms(booking.start_at),
        "endTime": iso_ms(booking.end_at),
        "location": booking.location,
        "createdAt": iso_ms(booking.created_at),
        "updatedAt": iso_ms(booking.updated_at),
        "status": booking.status.upper(),
        "cancellationReason": booking.cancellation_reason or None,
        "metadata": booking.metadata,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "noShowHost": booking.absent_host,
        "attendees": [
            {
                "name": person.name,
                "email": person.email,
                "timeZone": person.time_zone,
                "phoneNumber": person.phone_number,
                "locale": person.language,
                "bookingId": booking.id,
                "noShow": person.absent,
            }
            for person in booking.attendees
        ],
        "user": {"email": host.email, "name": host.name, "timeZone": host.time_zone},
    }


def _subscribers(world: World, trigger: str, booking: Booking) -> list[Webhook]:
    """User level (host's own, or an admin's of the tenant) and event type level: two deliveries."""
    found = []
    for webhook in world.webhooks.values():
        user = world.users.get(webhook.user_id)
        if not webhook.active or trigger not in webhook.triggers or user is None:
            continue
        if webhook.event_type_id is not None:
            if webhook.event_type_id == booking.event_type_id:
                found.append(webhook)
        elif user.id in booking.host_ids or (
            user.role != "member" and user.tenant == booking.tenant
        ):
            found.append(webhook)
    return found


def send(
    world: World,
    trigger: str,
    booking: Booking,
    *,
    before: Booking | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Queues one delivery a subscription; nobody waits for them, as at Cal.com."""
    subscribers = _subscribers(world, trigger, booking)
    if not subscribers:
        return
    if trigger in ("MEETING_STARTED", "MEETING_ENDED"):
        body = flat_meeting(world, trigger, booking)
    else:
        if trigger == "BOOKING_NO_SHOW_UPDATED":
            payload = _no_show_payload(booking)
        else:
            payload = payload_of(world, booking, before) | (extra or {})
        if trigger == "BOOKING_REJECTED":
            del payload["metadata"]
        body = {"triggerEvent": trigger, "createdAt": iso_ms(world.now()), "payload": payload}
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    for webhook in subscribers:
        world.outbox.put_nowait((webhook, trigger, raw))


async def deliver_forever(world: World) -> None:
    """Takes deliveries from the outbox; each is tried once (contract 4, the classic sender)."""
    async with httpx.AsyncClient(timeout=SEND_TIMEOUT_S, follow_redirects=False) as http:
        pending: set[asyncio.Task[None]] = set()
        try:
            while True:
                webhook, trigger, raw = await world.outbox.get()
                task = asyncio.create_task(_deliver(world, http, webhook, trigger, raw))
                pending.add(task)
                task.add_done_callback(pending.discard)
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)


async def _deliver(
    world: World, http: httpx.AsyncClient, webhook: Webhook, trigger: str, raw: bytes
) -> None:
    times = 1
    for fault in world.faults.take("webhook", trigger=trigger):
        times = {"lose": 0, "duplicate": 2}.get(fault.fault, times)
        await asyncio.sleep(fault.delay_s)
    headers = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: sign(webhook.secret, raw),
        "X-Cal-Webhook-Version": webhook.version,
    }
    for _ in range(times):
        status: int | None = None
        try:
            response = await http.post(webhook.subscriber_url, content=raw, headers=headers)
            status = response.status_code
        except httpx.HTTPError:
            status = None
        world.deliveries.append(
            {
                "at": iso_ms(world.now()),
                "trigger": trigger,
                "url": webhook.subscriber_url,
                "status": status,
                "body": raw.decode(),
            }
        )

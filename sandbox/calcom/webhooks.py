"""Webhooks out of the sandbox: to whom, signed over the raw bytes, unordered."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from sandbox.calcom import webhook_bodies
from sandbox.calcom.model import Booking, Webhook, iso_ms
from sandbox.calcom.state import World

SIGNATURE_HEADER = "X-Cal-Signature-256"
NO_SECRET = "no-secret-provided"  # noqa: S105 (the literal that Cal.com sends)
SEND_TIMEOUT_S = 10.0
MEETINGS_EVERY_S = 0.2
REORDER_WAIT_S = 30.0
JSON = "application/json"
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
SUCCESS = range(200, 300)
MEETINGS = ("MEETING_STARTED", "MEETING_ENDED")


@dataclass(frozen=True)
class Delivery:
    webhook: Webhook
    trigger: str
    raw: bytes
    content_type: str
    booking: Booking | None = None


def sign(secret: str | None, body: bytes) -> str:
    if not secret:
        return NO_SECRET
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


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


def _queue(
    world: World,
    webhook: Webhook,
    trigger: str,
    body: dict[str, Any],
    booking: Booking | None = None,
) -> None:
    text, content_type = json.dumps(body, ensure_ascii=False, separators=(",", ":")), JSON
    if webhook.payload_template:
        text = _filled(webhook.payload_template, body)
        content_type = JSON if _is_json(text) else "application/x-www-form-urlencoded"
    world.outbox.put_nowait(Delivery(webhook, trigger, text.encode(), content_type, booking))


def _filled(template: str, body: dict[str, Any]) -> str:
    """`{{name}}` by the payload's property of that name."""
    known = {**body, **body.get("payload", {})}
    return PLACE.sub(lambda found: str(known.get(found.group(1), "")), template)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def send(
    world: World,
    trigger: str,
    booking: Booking,
    *,
    before: Booking | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Queues one delivery a subscription; nobody waits for them, as at Cal.com."""
    for webhook in _subscribers(world, trigger, booking):
        if trigger in MEETINGS:
            flat = webhook_bodies.flat_meeting(world, trigger, booking)
            _queue(world, webhook, trigger, flat, booking)
            continue
        payload = _payload(world, webhook, trigger, booking, before=before, extra=extra or {})
        body = {"triggerEvent": trigger, "createdAt": iso_ms(world.now()), "payload": payload}
        _queue(world, webhook, trigger, body, booking)


def _payload(
    world: World,
    webhook: Webhook,
    trigger: str,
    booking: Booking,
    *,
    before: Booking | None,
    extra: dict[str, Any],
) -> dict[str, Any]:
    if trigger == "BOOKING_NO_SHOW_UPDATED":
        return webhook_bodies.no_show_payload(booking)
    payload = webhook_bodies.payload_of(world, booking, before) | extra
    gone: tuple[str, ...] = ()
    if trigger in webhook_bodies.NO_CALENDAR_FILE:
        gone = ("attendeeIcsContent", "organizerIcsContent")
    if trigger == "BOOKING_REJECTED":
        gone = (*gone, "metadata")
    if webhook.version == webhook_bodies.OLD_VERSION:
        payload = webhook_bodies.old_flavour(payload)
        if trigger == "BOOKING_CANCELLED":
            # Older builds left it out (Cal.com's issue 27783).
            gone = (*gone, "metadata", "cancelledBy", "requestReschedule")
    return {key: value for key, value in payload.items() if key not in gone}


def send_again(world: World, trigger: str, booking: Booking) -> int:
    """What a test wants to be told of, whether or not it has just happened; says how many."""
    extra = webhook_bodies.paid(booking) if trigger == "BOOKING_PAID" else None
    before = world.bookings.get(booking.rescheduled_from_uid or "")
    is_move = trigger == "BOOKING_RESCHEDULED"
    send(world, trigger, booking, before=before if is_move else None, extra=extra)
    return len(_subscribers(world, trigger, booking))


def ping(world: World, tenant: str) -> int:
    """The test button, for each webhook of the tenant; says how many."""
    users = {user.id for user in world.users_of(tenant)}
    found = [webhook for webhook in world.webhooks.values() if webhook.user_id in users]
    for webhook in found:
        _queue(world, webhook, "PING", webhook_bodies.ping(world.now()))
    return len(found)


async def deliver_forever(world: World) -> None:
    """Takes deliveries from the outbox, each in a task of its own: they may overtake."""
    async with httpx.AsyncClient(timeout=SEND_TIMEOUT_S, follow_redirects=False) as http:
        pending: set[asyncio.Task[None]] = set()
        try:
            while True:
                delivery = await world.outbox.get()
                task = asyncio.create_task(_deliver(world, http, delivery))
                pending.add(task)
                task.add_done_callback(pending.discard)
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)


async def _deliver(world: World, http: httpx.AsyncClient, delivery: Delivery) -> None:
    times = 1
    overtaken = world.next_delivery
    for fault in world.faults.take("webhook", **_subject(world, delivery)):
        times = {"lose": 0, "duplicate": 2}.get(fault.fault, times)
        await asyncio.sleep(fault.delay_s)
        if fault.fault == "reorder":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(overtaken.wait(), REORDER_WAIT_S)
    for _ in range(times):
        await _deliver_once(world, http, delivery)


def _subject(world: World, delivery: Delivery) -> dict[str, Any]:
    """What a fault can be limited to. Whose it is: no request brings a key, so the tenant's."""
    booking = delivery.booking
    tenant = world.users[delivery.webhook.user_id].tenant
    users = {user.id for user in world.users_of(tenant)}
    return {
        "trigger": delivery.trigger,
        "api_key": [key.key for key in world.keys.values() if key.user_id in users],
        "booking_uid": booking.uid if booking else None,
        "event_type_id": booking.event_type_id if booking else None,
    }


async def _deliver_once(world: World, http: httpx.AsyncClient, delivery: Delivery) -> None:
    """Once, as the classic sender does, or with the tenant's retries, as the newer queue."""
    tenant = world.tenants[world.users[delivery.webhook.user_id].tenant]
    for attempt in range(1 + tenant.webhook_retries):
        if attempt:
            await asyncio.sleep(tenant.webhook_retry_after_s * 2 ** (attempt - 1))
        status = await _post(http, delivery)
        world.next_delivery.set()
        world.next_delivery = asyncio.Event()
        world.deliveries.append(
            {
                "at": iso_ms(world.now()),
                "trigger": delivery.trigger,
                "url": delivery.webhook.subscriber_url,
                "status": status,
                "attempt": attempt + 1,
                "body": delivery.raw.decode(),
            }
        )
        if status in SUCCESS:
            return


async def _post(http: httpx.AsyncClient, delivery: Delivery) -> int | None:
    headers = {
        "Content-Type": delivery.content_type,
        SIGNATURE_HEADER: sign(delivery.webhook.secret, delivery.raw),
        "X-Cal-Webhook-Version": delivery.webhook.version,
    }
    try:
        response = await http.post(
            delivery.webhook.subscriber_url, content=delivery.raw, headers=headers
        )
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return response.status_code


async def watch_meetings_forever(world: World) -> None:
    """MEETING_STARTED and MEETING_ENDED when the sandbox's clock passes them."""
    while True:
        await asyncio.sleep(MEETINGS_EVERY_S)
        wanted = {trigger for hook in world.webhooks.values() for trigger in hook.triggers}
        if not wanted.isdisjoint(MEETINGS):
            announce_meetings(world, world.now())


def announce_meetings(world: World, now: datetime) -> None:
    for booking in list(world.bookings.values()):
        if booking.status != "accepted":
            continue
        if booking.start_at <= now and not booking.started_sent:
            booking = world.put(booking.model_copy(update={"started_sent": True}))  # noqa: PLW2901 (the row as it is now)
            send(world, "MEETING_STARTED", booking)
        if booking.end_at <= now and not booking.ended_sent:
            send(world, "MEETING_ENDED", world.put(booking.model_copy(update={"ended_sent": True})))

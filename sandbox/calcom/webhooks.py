"""Webhooks out of the sandbox: to whom, signed over the raw bytes, sent once and unordered."""

import asyncio
import contextlib
import hashlib
import hmac
import json
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
MEETINGS = ("MEETING_STARTED", "MEETING_ENDED")


@dataclass(frozen=True)
class Delivery:
    webhook: Webhook
    trigger: str
    raw: bytes


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


def _queue(world: World, webhook: Webhook, trigger: str, body: dict[str, Any]) -> None:
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    world.outbox.put_nowait(Delivery(webhook, trigger, raw))


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
            _queue(world, webhook, trigger, webhook_bodies.flat_meeting(world, trigger, booking))
            continue
        if trigger == "BOOKING_NO_SHOW_UPDATED":
            payload = webhook_bodies.no_show_payload(booking)
        else:
            payload = webhook_bodies.payload_of(world, booking, before) | (extra or {})
            if webhook.version == webhook_bodies.OLD_VERSION:
                payload = webhook_bodies.old_flavour(payload)
        if trigger == "BOOKING_REJECTED":
            del payload["metadata"]
        body = {"triggerEvent": trigger, "createdAt": iso_ms(world.now()), "payload": payload}
        _queue(world, webhook, trigger, body)


def ping(world: World, tenant: str) -> int:
    """The test button, for each webhook of the tenant; says how many."""
    users = {user.id for user in world.users_of(tenant)}
    found = [webhook for webhook in world.webhooks.values() if webhook.user_id in users]
    for webhook in found:
        _queue(world, webhook, "PING", webhook_bodies.ping(world.now()))
    return len(found)


async def deliver_forever(world: World) -> None:
    """Takes deliveries from the outbox; each is tried once (contract 4, the classic sender)."""
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
    for fault in world.faults.take("webhook", trigger=delivery.trigger):
        times = {"lose": 0, "duplicate": 2}.get(fault.fault, times)
        await asyncio.sleep(fault.delay_s)
        if fault.fault == "reorder":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(overtaken.wait(), REORDER_WAIT_S)
    for _ in range(times):
        status = await _post(http, delivery)
        world.next_delivery.set()
        world.next_delivery = asyncio.Event()
        world.deliveries.append(
            {
                "at": iso_ms(world.now()),
                "trigger": delivery.trigger,
                "url": delivery.webhook.subscriber_url,
                "status": status,
                "body": delivery.raw.decode(),
            }
        )


async def _post(http: httpx.AsyncClient, delivery: Delivery) -> int | None:
    headers = {
        "Content-Type": "application/json",
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

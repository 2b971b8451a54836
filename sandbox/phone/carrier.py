"""What happens to a message after it was taken, and what Twilio posts about it: once, signed."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

import httpx
import phonenumbers

from sandbox.phone.model import Account, Message
from sandbox.phone.world import World

SEND_TIMEOUT_S = 10.0
UNREACHABLE = 30003
OPEN_STATUSES = ("queued", "sent")
# Twilio's own, for numbers of its own; the German ones only where Advanced Opt-Out has them.
STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
GERMAN_STOP = {"STOPP", "ABMELDEN"}
START = {"START", "YES", "UNSTOP"}
HELP = {"HELP", "INFO"}


def signature(url: str, form: dict[str, str], auth_token: str) -> str:
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


async def deliver_forever(world: World, http: httpx.AsyncClient) -> None:
    """Each message goes its way by itself: one that nobody answers for holds up no other."""
    for message in world.messages.values():  # of an earlier run
        if message.direction != "inbound" and message.status in OPEN_STATUSES:
            world.outbox.put_nowait(message.sid)
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            sid = await world.outbox.get()
            task = asyncio.create_task(_deliver(world, http, sid))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _deliver(world: World, http: httpx.AsyncClient, sid: str) -> None:
    message = world.messages.get(sid)
    if message is not None and message.status == "queued":
        await _report(world, http, sid)
        await world.carrier_open.wait()
        _change(world, sid, status="sent", sent_at=datetime.now(UTC))
        await _report(world, http, sid)
    await world.carrier_open.wait()
    carrier = world.carrier
    code = None if carrier.outcome == "delivered" else carrier.error_code or UNREACHABLE
    _change(world, sid, status=carrier.outcome, error_code=code)
    await _report(world, http, sid)


def _change(world: World, sid: str, **changes: Any) -> None:
    message = world.messages.get(sid)
    if message is not None:  # everything was forgotten meanwhile
        world.put_message(message, **changes)


async def _report(world: World, http: httpx.AsyncClient, sid: str) -> None:
    message = world.messages.get(sid)
    if message is None or message.status_callback is None:
        return
    form = {
        **_common(message),
        "MessageStatus": message.status,
        "SmsStatus": message.status,
    }
    if message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
    await _post(world, http, message.status_callback, form)


async def receive(
    world: World, http: httpx.AsyncClient, account: Account, *, sender: str, to: str, body: str
) -> tuple[Message, int | None]:
    """What a customer writes. The second value is what the company's webhook answered, if any."""
    now = datetime.now(UTC)
    message = world.put_message(
        Message(
            sid=f"SM{secrets.token_hex(16)}",
            account_sid=account.account_sid,
            direction="inbound",
            sender=sender,
            to=to,
            body=body,
            status="received",
            created_at=now,
            updated_at=now,
            sent_at=now,
            messaging_service_sid=next(iter(account.messaging_services), None),
        )
    )
    kind = _opt_out_type(account, body)
    if kind in ("STOP", "START"):
        world.set_opt_out(account.account_sid, sender, out=kind == "STOP")
    if account.inbound_url is None:
        return message, None
    form = {
        **_common(message),
        "Body": body,
        "FromCountry": _country(sender),
        "NumMedia": "0",
        "NumSegments": str(message.segments),
        "SmsMessageSid": message.sid,
        "SmsStatus": "received",
        "ToCountry": _country(to),
    }
    if kind is not None and account.advanced_opt_out:
        form["OptOutType"] = kind
    return message, await _post(world, http, account.inbound_url, form)


def _opt_out_type(account: Account, body: str) -> str | None:
    word = body.strip().upper()
    german = GERMAN_STOP if account.advanced_opt_out else set()
    kinds = (("STOP", STOP | german), ("START", START), ("HELP", HELP))
    return next((kind for kind, words in kinds if word in words), None)


def _common(message: Message) -> dict[str, str]:
    form = {
        "AccountSid": message.account_sid,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "To": message.to,
    }
    if message.messaging_service_sid is not None:
        form["MessagingServiceSid"] = message.messaging_service_sid
    return form


def _country(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


async def _post(
    world: World, http: httpx.AsyncClient, url: str, form: dict[str, str]
) -> int | None:
    """The receiver's status; None: it could not be reached."""
    account = world.accounts.get(form["AccountSid"])
    if account is None:
        return None
    headers = {"X-Twilio-Signature": signature(url, form, account.auth_token)}
    status: int | None = None
    with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
        status = (await http.post(url, data=form, headers=headers)).status_code
    world.deliveries.append({"url": url, "form": form, "status": status})
    return status

"""Twilio's Messages resource: create, list, get."""

import base64
import binascii
import hmac
import secrets
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import phonenumbers
from fastapi import APIRouter, Depends, Request
from phonenumbers import PhoneNumberType
from starlette.responses import JSONResponse

from sandbox.phone.errors import TwilioRefusalError
from sandbox.phone.model import Account, Message
from sandbox.phone.world import World

MOST_CHARACTERS = 1_600
MOST_ON_A_PAGE = 1_000
USUAL_ON_A_PAGE = 50
BASE = "/2010-04-01/Accounts"
Json = dict[str, Any]
router = APIRouter(prefix=f"{BASE}/{{account_sid}}")


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


WorldOfApp = Annotated[World, Depends(world_of)]


def _account(account_sid: str, request: Request, world: WorldOfApp) -> Account:
    """By basic auth: the account's sid and token, or one of its API keys."""
    user, _, secret = _basic(request.headers.get("authorization", "")).partition(":")
    account = world.accounts.get(account_sid)
    if account is not None:
        wanted = account.auth_token if user == account_sid else account.api_keys.get(user)
        if wanted is not None and hmac.compare_digest(wanted.encode(), secret.encode()):
            return account
    raise TwilioRefusalError(20003, "Authenticate", status=401)


AccountOfPath = Annotated[Account, Depends(_account)]


@router.post("/Messages.json")
async def create(request: Request, account: AccountOfPath, world: WorldOfApp) -> JSONResponse:
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    sender, body, to = _sender(account, form), form.get("Body", ""), form.get("To", "")
    _check_body(body)
    number = _reachable(account, to)
    if (account.account_sid, number) in world.opt_outs:
        raise TwilioRefusalError(21610, "Attempt to send to unsubscribed recipient")
    now = datetime.now(UTC)
    message = world.put_message(
        Message(
            sid=f"SM{secrets.token_hex(16)}",
            account_sid=account.account_sid,
            direction="outbound-api",
            sender=sender,
            to=number,
            body=body,
            status="queued",
            created_at=now,
            updated_at=now,
            status_callback=form.get("StatusCallback") or None,
            messaging_service_sid=form.get("MessagingServiceSid") or None,
        )
    )
    world.outbox.put_nowait(message.sid)
    return JSONResponse(message_out(message), status_code=201)


@router.get("/Messages.json")
async def list_messages(request: Request, account: AccountOfPath, world: WorldOfApp) -> Json:
    """Newest first. A message that was not sent yet has no DateSent, so no such filter has it."""
    query = dict(parse_qsl(request.url.query))
    found = [
        each
        for each in reversed(world.messages.values())
        if each.account_sid == account.account_sid and _fits(each, query)
    ]
    size = min(int(query.get("PageSize", USUAL_ON_A_PAGE)), MOST_ON_A_PAGE)
    number = int(query.get("Page", 0))
    rest = found[number * size :]
    return {
        "messages": [message_out(each) for each in rest[:size]],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + len(rest[:size]) - 1,
        "uri": f"{request.url.path}?{request.url.query}",
        "first_page_uri": _page_uri(request, query, 0),
        "next_page_uri": _page_uri(request, query, number + 1) if len(rest) > size else None,
        "previous_page_uri": _page_uri(request, query, number - 1) if number else None,
    }


@router.get("/Messages/{sid}.json")
async def get(sid: str, request: Request, account: AccountOfPath, world: WorldOfApp) -> Json:
    message = world.messages.get(sid)
    if message is None or message.account_sid != account.account_sid:
        text = f"The requested resource {request.url.path} was not found"
        raise TwilioRefusalError(20404, text, status=404)
    return message_out(message)


def message_out(message: Message) -> Json:
    uri = f"{BASE}/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": format_datetime(message.created_at),
        "date_sent": format_datetime(message.sent_at) if message.sent_at else None,
        "date_updated": format_datetime(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": "0",
        "num_segments": str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _basic(header: str) -> str:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _sender(account: Account, form: dict[str, str]) -> str:
    service, sender = form.get("MessagingServiceSid"), form.get("From")
    if service:
        if service not in account.messaging_services:
            raise TwilioRefusalError(20404, "The messaging service was not found", status=404)
        return next(iter(account.numbers), service)
    if not sender:
        raise TwilioRefusalError(21603, "A 'From' phone number is required.")
    if sender not in account.numbers:
        text = f"The 'From' phone number {sender} is not a valid, message-capable Twilio number."
        raise TwilioRefusalError(21606, text)
    return sender


def _check_body(body: str) -> None:
    if not body:
        raise TwilioRefusalError(21602, "Message body is required.")
    if len(body) > MOST_CHARACTERS:
        raise TwilioRefusalError(21617, "The concatenated message body exceeds 1600 characters.")


def _reachable(account: Account, to: str) -> str:
    """E.164, if this account may write there; the order of the refusals is as at Twilio."""
    if not to:
        raise TwilioRefusalError(21604, "A 'To' phone number is required.")
    try:
        number = phonenumbers.parse(to, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise TwilioRefusalError(21211, f"The 'To' number {to} is not a valid phone number.")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE:
        raise TwilioRefusalError(21614, f"'To' number: {to}, is not a valid mobile number")
    if account.trial and e164 not in account.verified:
        text = f"The number {to} is unverified. Trial accounts cannot send messages to it."
        raise TwilioRefusalError(21608, text)
    if phonenumbers.region_code_for_number(number) not in account.countries:
        text = f"Permission to send an SMS has not been enabled for the region of {to}."
        raise TwilioRefusalError(21408, text)
    return e164


def _fits(message: Message, query: dict[str, str]) -> bool:
    if query.get("To") not in (None, message.to) or query.get("From") not in (None, message.sender):
        return False
    for name in ("DateSent", "DateSent>", "DateSent<"):
        if name not in query:
            continue
        if message.sent_at is None or not _is_dated(message.sent_at, name, query[name]):
            return False
    return True


def _is_dated(sent_at: datetime, name: str, value: str) -> bool:
    """A day in GMT (from its midnight, or up to it), or an instant."""
    if name == "DateSent":
        return sent_at.date().isoformat() == value[:10]
    is_day = len(value) == len("2026-11-21")
    limit = (
        datetime.combine(date.fromisoformat(value), time.min, UTC)
        if is_day
        else datetime.fromisoformat(value)
    )
    return sent_at >= limit if name == "DateSent>" else sent_at <= limit


def _page_uri(request: Request, query: dict[str, str], number: int) -> str:
    return f"{request.url.path}?{urlencode({**query, 'Page': str(number)})}"

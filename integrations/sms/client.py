"""Twilio's Messages API: one send, and the questions that an unclear send leaves behind.

Twilio has no idempotency key (contract 9). What a caller, an activity with an outbox row of its
own, does about it:

1. Write the row, with the instant before the first try, and commit.
2. `send(…, client_reference=row id)`. `Sent`: store the sid. `Rejected`: store why; repeat it only
   where `is_retryable`. `SmsUnavailable`: nothing left us, repeat at will.
3. `Unclear`, or a row without a sid from a try that died: `find_sent(…, after_at=that instant)`
   first. Found: store that sid, it is sent. Not found: send once more, and count it.
4. The status callback's URL carries the reference, so a callback may tell the sid before you ask.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.sms.errors import (
    SmsLookupRejected,
    SmsUnavailable,
    rejected,
    retry_after_s,
)
from integrations.sms.outcomes import Delivery, Rejected, SendOutcome, Sent, Unclear
from integrations.sms.redaction import hide_numbers_in_http_logs
from integrations.sms.segments import count_segments

BASE_URL = "https://api.twilio.com"
API_VERSION = "2010-04-01"
# Nothing of the request has left us when one of these is raised.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
REFERENCE = "reference"
MAX_SEGMENTS = 4
PAGE_SIZE = 100
MAX_PAGES = 5
# Twilio tells times in whole seconds, by a clock that is not ours.
CLOCK_SLACK = timedelta(seconds=30)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class SmsAccount:
    """A company's account. `secret` is of the API key `api_key_sid`; without one, the auth token.

    The sender is `messaging_service_sid` or else `from_number` (E.164, or a name of 11 letters).
    """

    account_sid: str
    secret: str = field(repr=False)
    api_key_sid: str | None = None
    from_number: str | None = None
    messaging_service_sid: str | None = None
    status_callback_url: str | None = None
    base_url: str = BASE_URL

    def __post_init__(self) -> None:
        if not (self.from_number or self.messaging_service_sid):
            raise ValueError("an SMS account needs from_number or messaging_service_sid")

    @classmethod
    def of_connection(
        cls, *, base_url: str, api_key: str | None, settings: Mapping[str, Any]
    ) -> Self:
        """From a connection's columns; ValueError if they do not suffice to send anything."""
        known = ("api_key_sid", "from_number", "messaging_service_sid", "status_callback_url")
        account_sid = settings.get("account_sid")
        if not account_sid or not api_key:
            raise ValueError("an SMS connection needs account_sid and api_key")
        return cls(
            base_url=base_url,
            account_sid=str(account_sid),
            secret=api_key,
            **{name: settings.get(name) or None for name in known},
        )


class _Page(BaseModel):
    """One page of the list of messages."""

    model_config = ConfigDict(extra="ignore")

    messages: tuple["_Message", ...]
    next_page_uri: str | None = None


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sid: str = Field(min_length=1)
    status: str
    body: str = Field(default="", repr=False)
    date_created: str | None = None
    error_code: int | None = None

    def created_at(self, otherwise: datetime) -> datetime:
        try:
            return parsedate_to_datetime(self.date_created or "")
        except ValueError:
            return otherwise


class SmsClient:
    """One account. `http` is shared when given, else owned and closed.

    `timeout_s` is for a request as a whole, `connect_s` for the part of it until it is connected.
    """

    def __init__(
        self,
        account: SmsAccount,
        *,
        http: httpx.AsyncClient | None = None,
        timeout_s: float = 10.0,
        connect_s: float = 2.0,
        max_segments: int = MAX_SEGMENTS,
    ) -> None:
        hide_numbers_in_http_logs()
        self._account = account
        self._owned = http is None
        self._http = http or httpx.AsyncClient()
        self._timeout_s = timeout_s
        self._connect_s = min(connect_s, timeout_s)
        self._max_segments = max_segments
        self._auth = httpx.BasicAuth(account.api_key_sid or account.account_sid, account.secret)
        self._messages = f"/{API_VERSION}/Accounts/{account.account_sid}/Messages"

    async def close(self) -> None:
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, to_e164: str, body: str, client_reference: str) -> SendOutcome:
        """Hands one text over. Never repeat an `Unclear` without `find_sent`.

        `client_reference` goes into the status callback's URL: an id of ours, nothing personal.
        A text of more segments than this client sends is refused here. Raises `SmsUnavailable`
        while nothing has left us.
        """
        count = count_segments(body).count
        if count > self._max_segments:
            text = f"{count} segments, {self._max_segments} are allowed"
            return Rejected(code=None, reason_class="too_long", message=text)
        form = {"To": to_e164, "Body": body, **self._sender(), **self._callback(client_reference)}
        try:
            response = await self._request("POST", f"{self._messages}.json", data=form)
        except NOT_SENT as error:
            raise SmsUnavailable(type(error).__name__) from None
        except (httpx.TransportError, TimeoutError) as error:
            return Unclear(message=type(error).__name__)
        return _outcome(response)

    async def find_sent(
        self, to_e164: str, body: str, after_at: datetime, *, excluding: Collection[str] = ()
    ) -> str | None:
        """The sid of the first message with exactly this text to this number since `after_at`.

        `excluding`: sids that are known to belong to other rows of the outbox. A message has no
        DateSent while it is queued, and then such a filter does not show it; so without the filter
        it is asked again. Raises `SmsUnavailable` or `SmsLookupRejected`.
        """
        since = after_at.astimezone(UTC) - CLOCK_SLACK
        for params in ({"To": to_e164, "DateSent>": f"{since:%Y-%m-%d}"}, {"To": to_e164}):
            same = (each for each in await self._list(params) if each.body == body)
            # A time that cannot be read counts as fitting: rather found than sent twice.
            found = [
                (created_at, each.sid)
                for each in same
                if each.sid not in excluding and (created_at := each.created_at(since)) >= since
            ]
            if found:
                return min(found)[1]
        return None

    async def delivery(self, sid: str) -> Delivery | None:
        """What has become of a message, where no status callback told it. None: unknown there."""
        try:
            response = await self._ask(f"{self._messages}/{quote(sid, safe='')}.json", {})
        except SmsLookupRejected as refusal:
            if refusal.rejected.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        message = _understood(response, _Message)
        return Delivery(sid=message.sid, status=message.status, error_code=message.error_code)

    def _sender(self) -> dict[str, str]:
        if self._account.messaging_service_sid:
            return {"MessagingServiceSid": self._account.messaging_service_sid}
        return {"From": self._account.from_number or ""}

    def _callback(self, reference: str) -> dict[str, str]:
        if not self._account.status_callback_url:
            return {}
        url = httpx.URL(self._account.status_callback_url)
        return {"StatusCallback": str(url.copy_merge_params({REFERENCE: reference}))}

    async def _list(self, params: Mapping[str, str]) -> list[_Message]:
        found: list[_Message] = []
        path = f"{self._messages}.json"
        asked: Mapping[str, str] = {**params, "PageSize": str(PAGE_SIZE)}
        for _ in range(MAX_PAGES):
            page = _understood(await self._ask(path, asked), _Page)
            found += page.messages
            if page.next_page_uri is None:
                break
            path, asked = page.next_page_uri, {}  # that address has a query of its own
        return found

    async def _ask(self, path: str, params: Mapping[str, str]) -> httpx.Response:
        try:
            response = await self._request("GET", path, params=params or None)
        except (httpx.TransportError, TimeoutError) as error:
            raise SmsUnavailable(type(error).__name__) from None
        if response.is_success:
            return response
        if not response.is_client_error or _is_for_later(response):
            raise SmsUnavailable(
                f"answered {response.status_code}",
                status=response.status_code,
                retry_after_s=retry_after_s(response.headers),
            )
        raise SmsLookupRejected(rejected(response))

    async def _request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        # httpx limits each phase; the whole is limited here.
        async with asyncio.timeout(self._timeout_s):
            return await self._http.request(
                method,
                f"{self._account.base_url.rstrip('/')}{path}",
                data=data,
                params=params,
                auth=self._auth,
                timeout=httpx.Timeout(self._timeout_s, connect=self._connect_s),
                follow_redirects=False,
            )


def _outcome(response: httpx.Response) -> SendOutcome:
    status = response.status_code
    if response.is_success:
        try:
            message = _Message.model_validate_json(response.content)
        except ValidationError:
            return Unclear(message="the answer is no message", status=status)
        return Sent(sid=message.sid, status=message.status)
    if response.is_client_error and status != HTTPStatus.REQUEST_TIMEOUT:
        return rejected(response)
    return Unclear(message=f"answered {status}", status=status)


def _is_for_later(response: httpx.Response) -> bool:
    return response.status_code in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


def _understood(response: httpx.Response, model: type[M]) -> M:
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise SmsUnavailable(f"no {model.__name__} in it", status=response.status_code) from None

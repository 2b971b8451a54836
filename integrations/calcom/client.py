"""Cal.com API v2. Reads raise, writes return what became of them.

One class in parts, a resource each. Versions are pinned per resource (`versions.py`): without the
right header Cal.com silently serves the behaviour of 2024-04-15.
"""

import ssl
from functools import cache
from types import TracebackType
from typing import Self

import httpx

from integrations.calcom.account import Account
from integrations.calcom.bookings import Bookings
from integrations.calcom.hosting import Hosting
from integrations.calcom.redaction import hide_uids_in_http_logs
from integrations.calcom.slots import Slots
from integrations.calcom.subscriptions import Subscriptions
from integrations.calcom.transport import Gate, Intent, TimeLimits, Transport


@cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities' certificates takes 20 ms: once a process."""
    return httpx.create_ssl_context()


class CalcomClient(Account, Bookings, Hosting, Slots, Subscriptions):
    """One key of one Cal.com account. `http` is shared when given, else owned and closed.

    `intent` says who is waiting (`in_call`, `after_call`, `background`), and `limits` how long
    each of them does; `within` gives the same client with another intent. `gate`: what all clients
    of the connection go through.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        http: httpx.AsyncClient | None = None,
        limits: TimeLimits | None = None,
        intent: Intent = "after_call",
        gate: Gate | None = None,
    ) -> None:
        hide_uids_in_http_logs()
        self._owned = http is None
        self._http = http or httpx.AsyncClient(verify=_tls())
        self._transport = Transport(self._http, base_url, api_key, limits or TimeLimits(), gate)
        self._intent = intent
        self.unknown_messages = self._transport.unknown_messages

    def within(self, intent: Intent) -> "CalcomClient":
        """The same client with the time limits of who is waiting."""
        twin = object.__new__(CalcomClient)
        twin.__dict__.update(self.__dict__)
        twin._owned = False
        twin._intent = intent
        return twin

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

"""Which provider keeps a connection's calendars."""

from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.asking import Asking
from activities.providers.calcom import CalcomProvider
from activities.providers.caldav import CaldavProvider
from activities.providers.port import CalendarProvider
from contracts.availability import Waiting
from db.queries.connections import ConnectionRecord
from integrations.calcom.client import CalcomClient
from integrations.calcom.limits import Gates
from integrations.calcom.transport import TimeLimits
from integrations.caldav.breaker import CaldavGates
from integrations.caldav.client import CaldavClient
from integrations.caldav.client import TimeLimits as CaldavLimits
from observability.metrics import CALDAV_REQUESTS, CALDAV_SECONDS


class Providers:
    """`attendee_domain`: needed by who books, not by who reads free times. `caldav`: one a process,
    so that all of it knows which server is down.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
        gates: Gates,
        *,
        attendee_domain: str = "invalid",
        caldav_limits: CaldavLimits | None = None,
        caldav: CaldavGates | None = None,
    ) -> None:
        self._caldav_gates = caldav or CaldavGates()
        self._caldav_limits = caldav_limits
        self._http = http
        self._gates = gates
        self._attendee_domain = attendee_domain
        self._asking = Asking(engine)
        self._asking_caldav = Asking(engine, CALDAV_REQUESTS, CALDAV_SECONDS)

    def of(
        self,
        company_id: UUID,
        connection: ConnectionRecord,
        *,
        waiting: Waiting = "after_call",
        limits: TimeLimits | None = None,
    ) -> CalendarProvider:
        if connection.provider == "caldav":
            return self._caldav(company_id, connection, waiting)
        client = CalcomClient(
            connection.base_url,
            connection.api_key or "",
            http=self._http,
            limits=limits,
            intent=waiting,
            gate=self._gates.of(connection.id),
        )
        return CalcomProvider(
            client,
            self._asking,
            company_id=company_id,
            connection_id=connection.id,
            attendee_domain=self._attendee_domain,
        )

    def _caldav(
        self, company_id: UUID, connection: ConnectionRecord, waiting: Waiting
    ) -> CalendarProvider:
        told = connection.settings
        client = CaldavClient(
            connection.base_url,
            username=told.get("username"),
            password=connection.api_key or "",
            auth=told.get("auth", "basic"),
            intent=waiting,
            limits=self._caldav_limits,
            gate=self._caldav_gates.of(connection.id),
        )
        return CaldavProvider(
            client, self._asking_caldav, company_id=company_id, connection=connection
        )

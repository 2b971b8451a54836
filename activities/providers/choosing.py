"""Which provider keeps a connection's calendars."""

from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.asking import Asking
from activities.providers.calcom import CalcomProvider
from activities.providers.port import CalendarProvider
from contracts.availability import Waiting
from db.queries.connections import ConnectionRecord
from integrations.calcom.client import CalcomClient
from integrations.calcom.limits import Gates
from integrations.calcom.transport import TimeLimits


class Providers:
    """`attendee_domain`: needed by who books, not by who reads free times."""

    def __init__(
        self,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
        gates: Gates,
        *,
        attendee_domain: str = "invalid",
    ) -> None:
        self._http = http
        self._gates = gates
        self._attendee_domain = attendee_domain
        self._asking = Asking(engine)

    def of(
        self,
        company_id: UUID,
        connection: ConnectionRecord,
        *,
        waiting: Waiting = "after_call",
        limits: TimeLimits | None = None,
    ) -> CalendarProvider:
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

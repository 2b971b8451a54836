"""A salon whose calendars are at the Cal.com sandbox, and one worker's parts for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.availability import Availability
from activities.calendar import CompanyCalendar
from activities.calendar_view import CalendarView
from activities.free_times import FreeTimes
from contracts.availability import FetchAvailability
from db.queries import catalogue
from db.queries.connections import list_event_types, upsert_connection, upsert_event_type
from db.session import tenant_session
from domain.slots.calendar_view import View
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from tests.builders.calcom import Desk, Desks, make_type, make_user
from tests.builders.rows import Salon

ZONE = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(ZONE).date()
DAY = TODAY + timedelta(days=3)
NEXT_DAY = DAY + timedelta(days=1)
ALL_DAY = (9, 17)  # the sandbox's people work so long every day


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


@dataclass
class Clock:
    ahead_s: float = 0.0

    def __call__(self) -> float:
        return datetime.now(UTC).timestamp() + self.ahead_s


@dataclass
class Office:
    """A salon whose calendars are at the desk, and one worker's parts."""

    engine: AsyncEngine
    salon: Salon
    connection_id: UUID
    desk: Desk
    clock: Clock
    times: FreeTimes
    view: CalendarView
    availability: Availability
    calendar: CompanyCalendar

    async def fetch(self, **changes: Any) -> dict[UUID, str]:
        """Why of whom nothing was fetched."""
        wish: dict[str, Any] = {
            "company_id": self.salon.company_id,
            "branch_id": self.salon.branch_id,
            "service_ids": (self.salon.services[0],),
            "from_day": DAY,
            "to_day": DAY,
        } | changes
        fetched = await self.availability.fetch(FetchAvailability(**wish))
        return {one.staff_id: one.reason for one in fetched.missing}

    async def known(self, *days: date, service: int = 0, staff_ids: tuple[UUID, ...] = ()) -> View:
        async with tenant_session(self.engine, self.salon.company_id) as session:
            plan = await catalogue.load_branch_plan(session, self.salon.branch_id)
            types = await list_event_types(session, branch_id=self.salon.branch_id)
        services = (self.salon.services[service],)
        return await self.view.known(plan, types, services, days or (DAY,), staff_ids)

    def asked(self) -> list[str]:
        return [request["path"] for request in self.desk.requests("get_slots")]


@asynccontextmanager
async def opened(
    engine: AsyncEngine, salon: Salon, connection_id: UUID, desk: Desk, url: str, **limits: Any
) -> AsyncIterator[Office]:
    async with httpx.AsyncClient(trust_env=False) as http, open_shared(url) as shared:
        clock = Clock()
        times, gates = FreeTimes(shared.cache, clock), Gates(shared, **limits)
        view = CalendarView(engine, times)
        yield Office(
            engine=engine,
            salon=salon,
            connection_id=connection_id,
            desk=desk,
            clock=clock,
            times=times,
            view=view,
            availability=Availability(engine, http, gates, times),
            calendar=CompanyCalendar(
                engine, http, attendee_domain="anrufer.example", gates=gates, view=view
            ),
        )


def make_desk(desks: Desks) -> Desk:
    """Anna with the lengths of both services, Ben with one."""
    return desks(
        users=[make_user("anna", role="owner"), make_user("ben")],
        event_types=[
            make_type("anna", owner="anna", lengthInMinutesOptions=[30, 75], slotInterval=15),
            make_type("ben", owner="ben", slotInterval=15),
        ],
    )


async def connect(engine: AsyncEngine, salon: Salon, desk: Desk) -> UUID:
    """The connection, with an event type for each of the two people."""
    async with tenant_session(engine, salon.company_id) as session:
        made = await upsert_connection(
            session, provider="calcom", base_url=desk.url, api_key=desk.key
        )
        for staff_id, slug, lengths in zip(
            salon.staff, ("anna", "ben"), ([30, 75], [30]), strict=True
        ):
            await upsert_event_type(
                session,
                connection_id=made,
                staff_id=staff_id,
                branch_id=salon.branch_id,
                calcom_event_type_id=desk.types[slug],
                lengths_minutes=lengths,
            )
    return made

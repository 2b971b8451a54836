"""An office whose calendar people use as well, and the steps that follow what they do there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.asking import OUR_KEY
from activities.calendar_deciding import decide
from activities.calendar_looks import CalendarLooks
from contracts.appointments import BookInCalendar, CalendarBooked
from contracts.calendar_events import (
    BookingSeen,
    CalendarEvent,
    Decision,
    VerifyAlone,
    source_of,
)
from db.queries import bookings, slots, webhooks
from db.session import platform_session, tenant_session
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from tests.builders.calcom import Desks
from tests.builders.calcom_hooks import hook_body
from tests.builders.office import DAY, Office, connect, local, make_desk, opened
from tests.builders.rows import make_allocation, make_appointment, make_salon

DOMAIN = "anrufer.example"
PUBLIC_URL = "https://askproai.example/"


@dataclass
class Calendars:
    """`started`: events that the steps have begun a run for."""

    office: Office
    looks: CalendarLooks
    started: list[CalendarEvent] = field(default_factory=list)

    @property
    def company_id(self) -> UUID:
        return self.office.salon.company_id

    # --- what people do ---------------------------------------------------------------------

    def person_books(self, hour: int, minute: int = 0, slug: str = "anna", **body: Any) -> Any:
        start = local(DAY, hour, minute).strftime("%Y-%m-%dT%H:%M:%SZ")
        type_id = self.office.desk.types[slug]
        return self.office.desk.booked(start, eventTypeId=type_id, **body)

    def person_does(self, booking: Any, action: str, **body: Any) -> Any:
        answer = self.office.desk.act(booking["uid"], action, **body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def person_moves(self, booking: Any, hour: int) -> Any:
        return self.person_does(booking, "reschedule", start=local(DAY, hour).isoformat())

    def person_cancels(self, booking: Any) -> Any:
        return self.person_does(booking, "cancel", cancellationReason="keine Zeit")

    # --- what is heard of it ----------------------------------------------------------------

    async def event(self, uid: str, kind: str = "BOOKING_CREATED") -> CalendarEvent:
        """As the webhook leaves it."""
        async with platform_session(self.office.engine) as session:
            stored = await webhooks.store_event(
                session,
                source=source_of(self.office.connection_id),
                event_id=uuid4().hex,
                kind=kind,
                body=hook_body(kind, uid=uid),
                company_id=self.company_id,
            )
        return CalendarEvent(
            event_id=stored.id,
            company_id=self.company_id,
            connection_id=self.office.connection_id,
            kind=kind,
        )

    async def seen(self, uid: str, kind: str = "BOOKING_CREATED") -> BookingSeen | None:
        return (await self.looks.look(await self.event(uid, kind))).seen

    async def hear(self, uid: str, kind: str = "BOOKING_UPDATED") -> Decision:
        """Looked up, and what follows."""
        event = await self.event(uid, kind)
        seen = (await self.looks.look(event)).seen
        assert seen is not None
        return await self.decide(event, seen)

    async def decide(self, event: CalendarEvent, seen: BookingSeen) -> Decision:
        async with tenant_session(self.office.engine, self.company_id) as session:
            return await decide(session, event, seen)

    # --- ours -------------------------------------------------------------------------------

    async def reserve(
        self, hour: int, minute: int = 0, *, staff: int = 0, nobodys: bool = False
    ) -> UUID | None:
        """Held, for somebody or for a caller; None where the time is taken."""
        start_at = local(DAY, hour, minute)
        async with tenant_session(self.office.engine, self.company_id) as session:
            appointment_id = await make_appointment(session, self.office.salon, start_at=start_at)
            took = await slots.try_reserve(
                session,
                appointment_id=appointment_id,
                revision=0,
                allocation=make_allocation(self.office.salon, start_at=start_at, staff=staff),
            )
            if nobodys:
                query = "UPDATE appointments SET customer_id = NULL WHERE id = :id"
                await session.execute(text(query), {"id": appointment_id})
        return appointment_id if took else None

    async def book(self, hour: int, minute: int = 0) -> tuple[UUID, Any]:
        """In both calendars, as the saga does it."""
        appointment_id = await self.reserve(hour, minute)
        assert appointment_id is not None
        answered = await self.office.calendar.book(
            BookInCalendar(company_id=self.company_id, appointment_id=appointment_id, revision=0)
        )
        assert isinstance(answered.answer, CalendarBooked), answered
        [booking] = self.carrying(appointment_id)
        await self._confirm(appointment_id, booking["id"], booking["uid"])
        return appointment_id, booking

    async def book_here(self, hour: int, minute: int = 0, *, number: int) -> UUID:
        """As if Cal.com had let it pass beside what stands there, under this number."""
        appointment_id = await self.reserve(hour, minute)
        assert appointment_id is not None
        uid = f"uid-{number}-{appointment_id.hex}"
        async with tenant_session(self.office.engine, self.company_id) as session:
            await bookings.note_request(
                session, appointment_id=appointment_id, revision=0, event_type_id=1
            )
            await bookings.remember_booking(
                session,
                appointment_id=appointment_id,
                revision=0,
                booking_id=number,
                booking_uid=uid,
            )
        await self._confirm(appointment_id, number, uid)
        return appointment_id

    async def _confirm(self, appointment_id: UUID, number: int, uid: str) -> None:
        async with tenant_session(self.office.engine, self.company_id) as session:
            await slots.confirm(
                session,
                appointment_id=appointment_id,
                revision=0,
                booking_uid=uid,
                booking_id=number,
            )

    def carrying(self, appointment_id: UUID) -> list[Any]:
        listed = self.office.desk.listed()
        return [one for one in listed if one["metadata"].get(OUR_KEY) == str(appointment_id)]

    async def release(self, appointment_id: UUID) -> None:
        async with tenant_session(self.office.engine, self.company_id) as session:
            await slots.release(session, appointment_id, status="cancelled")

    def verify(self, appointment_id: UUID) -> VerifyAlone:
        return VerifyAlone(company_id=self.company_id, appointment_id=appointment_id, revision=0)

    # --- what is true -----------------------------------------------------------------------

    async def taken(self, staff: int = 0) -> list[tuple[datetime, datetime, str]]:
        """What keeps others out, by start: until when, and whether people's or ours."""
        query = text(
            "SELECT lower(during), upper(during),"
            " CASE WHEN block_id IS NULL THEN 'ours' ELSE 'theirs' END FROM reservations"
            " WHERE status IN ('held', 'booked') AND resource_id = :resource ORDER BY 1"
        )
        resource = self.office.salon.staff_resources[staff]
        async with tenant_session(self.office.engine, self.company_id) as session:
            return [tuple(row) for row in await session.execute(query, {"resource": resource})]


def theirs(hour: int, minute: int = 0, *, minutes: int = 30) -> tuple[datetime, datetime, str]:
    start = local(DAY, hour, minute)
    return start, start + timedelta(minutes=minutes), "theirs"


@asynccontextmanager
async def calendars_at(
    engine: AsyncEngine, desks: Desks, slug: str = "salon-muster", number: int = 1
) -> AsyncIterator[Calendars]:
    salon, desk = await make_salon(engine, slug, number=number), make_desk(desks)
    connection_id = await connect(engine, salon, desk)
    async with (
        opened(engine, salon, connection_id, desk, "mem://") as office,
        httpx.AsyncClient(trust_env=False) as http,
        open_shared("mem://") as shared,
    ):
        made: list[Calendars] = []

        async def start(event: CalendarEvent) -> None:
            made[0].started.append(event)

        looks = CalendarLooks(
            engine,
            http,
            attendee_domain=DOMAIN,
            public_url=PUBLIC_URL,
            gates=Gates(shared),
            view=office.view,
            start=start,
        )
        made.append(Calendars(office=office, looks=looks))
        yield made[0]

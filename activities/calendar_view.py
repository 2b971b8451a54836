"""Cal.com's free times as they are known where somebody waits for an answer.

Fresh times as they are, times of up to half an hour with their age while a fetch renews them, and
otherwise nothing, which is `Unknown` and never free time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.free_times import CalendarOf, FreeDay, FreeTimes
from contracts.availability import UnknownReason
from db.queries import connections
from db.queries.connections import EventTypeRecord
from db.session import tenant_session
from domain.slots import BranchPlan, ServiceRules
from domain.slots.calendar_view import Known, Unknown, View
from domain.timespan import TimeSpan, merge
from observability.metrics import FREE_TIMES

A_DAY = timedelta(days=1)


class CalendarView:
    """Cal.com's free times as last heard; microseconds in memory, a millisecond in Valkey."""

    def __init__(self, engine: AsyncEngine, times: FreeTimes) -> None:
        self._engine = engine
        self._times = times

    async def known(
        self,
        plan: BranchPlan,
        event_types: Sequence[EventTypeRecord],
        service_ids: Collection[UUID],
        days: Iterable[date],
        staff_ids: Collection[UUID] = (),
    ) -> View:
        """What is kept of these people (empty: all who may) on these local days of the branch.

        `event_types`: of the branch. Reads the cache only: a local step may call it.
        """
        wanted = tuple(days)
        free: dict[UUID, Mapping[date, tuple[TimeSpan, ...]]] = {}
        why_not: dict[UUID, str] = {}
        ages: list[FreeDay] = []
        for staff_id, calendars in calendars_of(plan, event_types, service_ids, staff_ids).items():
            if isinstance(calendars, str):
                why_not[staff_id] = calendars
                continue
            found = [await self._times.read(calendar, wanted) for calendar in calendars]
            ages += [day for kept in found for day in kept.values()]
            complete = [day for day in wanted if all(day in kept for kept in found)]
            if complete:
                free[staff_id] = {
                    day: merge(span for kept in found for span in kept[day].spans)
                    for day in complete
                }
            else:
                why_not[staff_id] = "not_asked"
        view = _view(plan.tz, free, why_not, ages)
        FREE_TIMES.labels(found=_found(view)).inc()
        return view

    async def drop(self, company_id: UUID, staff_id: UUID, days: Iterable[date]) -> None:
        """After a booking of this person was made, moved or cancelled, by us or at Cal.com.

        `days`: local ones. All branches: a person is in one place at a time.
        """
        async with tenant_session(self._engine, company_id) as session:
            types = await connections.list_event_types(session, staff_id=staff_id)
        await self._drop(types, days)

    async def drop_span(
        self, company_id: UUID, connection_id: UUID, event_type_id: int, span: TimeSpan
    ) -> None:
        """The same, by Cal.com's own number of one of the person's event types."""
        types = await self._of_the_same_person(company_id, connection_id, event_type_id)
        await self._drop(types, _days_around(span))

    async def refuse_span(
        self, company_id: UUID, connection_id: UUID, event_type_id: int, span: TimeSpan
    ) -> None:
        """Cal.com said that this person's span is gone: until it is asked anew, it is not free."""
        days = _days_around(span)
        for one in await self._of_the_same_person(company_id, connection_id, event_type_id):
            await self._times.refuse(one.connection_id, (one.calcom_event_type_id,), days, span)

    async def _of_the_same_person(
        self, company_id: UUID, connection_id: UUID, event_type_id: int
    ) -> list[EventTypeRecord]:
        async with tenant_session(self._engine, company_id) as session:
            return await connections.event_types_of_the_same_person(
                session, connection_id=connection_id, calcom_event_type_id=event_type_id
            )

    async def _drop(self, types: Iterable[EventTypeRecord], days: Iterable[date]) -> None:
        wanted = tuple(days)
        for one in types:
            await self._times.drop(one.connection_id, (one.calcom_event_type_id,), wanted)


def _days_around(span: TimeSpan) -> tuple[date, ...]:
    """Whatever zone the branch is in, its day is one of these."""
    return tuple(days_between(span.start_at.date() - A_DAY, span.end_at.date() + A_DAY))


def _view(
    zone: ZoneInfo,
    free: Mapping[UUID, Mapping[date, tuple[TimeSpan, ...]]],
    why_not: Mapping[UUID, str],
    ages: Sequence[FreeDay],
) -> View:
    if not free:
        return Unknown(reason=next(iter(why_not.values()), "no_event_type"))
    return Known(
        zone=zone,
        free=free,
        age_s=max(day.age_s for day in ages),
        stale=any(day.stale for day in ages),
        why_not=why_not,
    )


def _found(view: View) -> str:
    if isinstance(view, Unknown):
        return view.reason
    return "stale" if view.stale else "fresh"


# --- whose calendars ---------------------------------------------------------------------------


def calendars_of(
    plan: BranchPlan,
    event_types: Iterable[EventTypeRecord],
    service_ids: Collection[UUID],
    staff_ids: Collection[UUID],
) -> dict[UUID, tuple[CalendarOf, ...] | UnknownReason]:
    """Person -> one calendar for each length that one of the services takes with that person."""
    of_person = {one.staff_id: one for one in event_types}
    services = [plan.services_by_id[each] for each in service_ids if each in plan.services_by_id]
    found: dict[UUID, tuple[CalendarOf, ...] | UnknownReason] = {}
    for person in plan.staff:
        theirs = [service for service in services if person.id in service.staff_ids]
        if theirs and (not staff_ids or person.id in staff_ids):
            found[person.id] = _of_person(plan, of_person.get(person.id), theirs, person.id)
    return found


def _of_person(
    plan: BranchPlan,
    event_type: EventTypeRecord | None,
    services: Iterable[ServiceRules],
    staff_id: UUID,
) -> tuple[CalendarOf, ...] | UnknownReason:
    if event_type is None:
        return "no_event_type"
    offered = event_type.lengths_minutes
    lengths = {round(plan.duration_of(one, staff_id) / timedelta(minutes=1)) for one in services}
    known = sorted(length for length in lengths if not offered or length in offered)
    if not known:
        return "length_not_offered"
    # A type with one length refuses to be asked for one (contract 2.1).
    asked: list[int | None] = [*known] if len(offered) > 1 else [None]
    return tuple(
        CalendarOf(
            connection_id=event_type.connection_id,
            event_type_id=event_type.calcom_event_type_id,
            length_min=length,
        )
        for length in asked
    )


def days_between(first: date, last: date) -> Iterable[date]:
    day = first
    while day <= last:
        yield day
        day += A_DAY

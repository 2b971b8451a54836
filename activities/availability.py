"""Cal.com's free times are fetched by a step of its own: once, for all who ask.

One request for each person and length, all at once, at most as many as the minute has room for.
What comes back is kept (`free_times`), and read where somebody waits (`calendar_view`).
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.asking import Asking, retryable
from activities.calendar_view import A_DAY, calendars_of, days_between
from activities.free_times import CalendarOf, FreeTimes
from contracts.availability import (
    MAX_DAYS,
    AvailabilityFetched,
    AvailabilitySteps,
    FetchAvailability,
    NotFetched,
    UnknownReason,
    Waiting,
    WarmAvailability,
)
from db.queries import catalogue, connections
from db.queries.connections import ConnectionRecord, EventTypeRecord
from db.session import tenant_session
from domain.errors import Closed
from domain.slots import BranchPlan, opening_of
from domain.timespan import TimeSpan, boundary_to_instant, merge
from integrations.calcom.breaker import CalcomDown
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import (
    CalcomAnswerNotUnderstood,
    CalcomError,
    CalcomRateLimited,
    CalcomRejected,
)
from integrations.calcom.limits import Gates
from integrations.calcom.schemas import Slot
from integrations.calcom.transport import TimeLimits

# Requests of one step at the same time; more people than that wait for each other.
AT_ONCE = 16
# The client stops by itself after 3 s of silence, which the breaker is to see; this is for somebody
# who waits for another one's request, or for room in the minute, and was nearly through.
IN_CALL_S = 3.5
LIMITS = TimeLimits()


@dataclass(frozen=True, kw_only=True)
class _Order:
    """Whose times of which days, and who waits for them. `at_once`: requests under way."""

    company_id: UUID
    zone: ZoneInfo
    days: tuple[date, ...]
    waiting: Waiting
    at_once: asyncio.Semaphore

    @property
    def lock_s(self) -> float:
        """Longer than its holder can take."""
        return LIMITS.total_s(self.waiting) + IN_CALL_S


class Availability(AvailabilitySteps):
    def __init__(
        self, engine: AsyncEngine, http: httpx.AsyncClient, gates: Gates, times: FreeTimes
    ) -> None:
        self._engine = engine
        self._http = http
        self._gates = gates
        self._times = times
        self._asking = Asking(engine)

    @activity.defn(name="availability.fetch")
    @override
    async def fetch(self, request: FetchAvailability) -> AvailabilityFetched:
        if not 0 <= (request.to_day - request.from_day).days < MAX_DAYS:
            raise ApplicationError("no days, or too many", type="days", non_retryable=True)
        plan, types = await self._branch(request.company_id, request.branch_id)
        order = _Order(
            company_id=request.company_id,
            zone=plan.tz,
            days=tuple(days_between(request.from_day, request.to_day)),
            waiting=request.waiting,
            at_once=asyncio.Semaphore(AT_ONCE),
        )
        found = calendars_of(plan, types, request.service_ids, request.staff_ids)
        outcomes = await self._fill(order, _unique(found))
        return AvailabilityFetched(
            requests=sum(done for done in outcomes.values() if isinstance(done, int)),
            missing=tuple(_missing(found, outcomes)),
        )

    @activity.defn(name="availability.warm")
    @override
    async def warm(self, request: WarmAvailability) -> AvailabilityFetched:
        plan, types = await self._branch(request.company_id, request.branch_id)
        today = datetime.now(UTC).astimezone(plan.tz).date()
        ahead = min(request.days, plan.rules.horizon_days)
        days = (today + number * A_DAY for number in range(ahead))
        order = _Order(
            company_id=request.company_id,
            zone=plan.tz,
            days=tuple(day for day in days if not isinstance(opening_of(plan, day), Closed)),
            waiting="background",
            at_once=asyncio.Semaphore(1),
        )
        found = calendars_of(plan, types, [service.id for service in plan.services], ())
        outcomes = await self._fill(order, _unique(found))
        for outcome in outcomes.values():
            if isinstance(outcome, CalcomRateLimited | CalcomDown):
                # What was fetched is kept: the next try goes on where this one stopped.
                raise retryable(outcome)
        return AvailabilityFetched(
            requests=sum(done for done in outcomes.values() if isinstance(done, int)),
            missing=tuple(_missing(found, outcomes)),
        )

    async def _branch(
        self, company_id: UUID, branch_id: UUID
    ) -> tuple[BranchPlan, list[EventTypeRecord]]:
        async with tenant_session(self._engine, company_id) as session:
            plan = await catalogue.load_branch_plan(session, branch_id)
            return plan, await connections.list_event_types(session, branch_id=branch_id)

    async def _fill(
        self, order: _Order, calendars: Collection[CalendarOf]
    ) -> "dict[CalendarOf, _Outcome]":
        clients = await self._clients(order.company_id, calendars)
        outcomes = await asyncio.gather(
            *(self._renew(order, one, clients.get(one.connection_id)) for one in calendars)
        )
        return dict(zip(calendars, outcomes, strict=True))

    async def _clients(
        self, company_id: UUID, calendars: Iterable[CalendarOf]
    ) -> dict[UUID, ConnectionRecord]:
        wanted = {calendar.connection_id for calendar in calendars}
        async with tenant_session(self._engine, company_id) as session:
            found = [await connections.get_connection(session, connection_id=i) for i in wanted]
        return {one.id: one for one in found if one is not None and one.api_key}

    async def _renew(
        self, order: _Order, calendar: CalendarOf, connection: ConnectionRecord | None
    ) -> "_Outcome":
        """How many requests it took: none for what is fresh, or was fetched by others meanwhile."""
        if connection is None:
            return "no_event_type"
        limit_s = IN_CALL_S if order.waiting == "in_call" else None
        try:
            async with (
                asyncio.timeout(limit_s),
                order.at_once,
                self._times.one_at_a_time(calendar, order.lock_s),
            ):
                return await self._ask(order, calendar, connection)
        except CalcomError as error:
            return error
        except TimeoutError:
            return "no_answer"

    async def _ask(self, order: _Order, calendar: CalendarOf, connection: ConnectionRecord) -> int:
        kept = await self._times.read(calendar, order.days)
        wanted = [day for day in order.days if day not in kept or kept[day].stale]
        client = CalcomClient(
            connection.base_url,
            connection.api_key or "",
            http=self._http,
            limits=LIMITS,
            intent=order.waiting,
            gate=self._gates.of(connection.id),
        )
        stretches = _stretches(wanted)
        for days in stretches:
            await self._ask_stretch(order, calendar, client, days)
        return len(stretches)

    async def _ask_stretch(
        self, order: _Order, calendar: CalendarOf, client: CalcomClient, days: Sequence[date]
    ) -> None:
        generations = await self._times.generations(calendar, days)
        asked_at = self._times.now()
        operation = (order.company_id, calendar.connection_id, "slots")
        async with self._asking.logged(*operation) as tell:
            slots = await client.slots(
                event_type_id=calendar.event_type_id,
                start_at=_midnight(days[0], order.zone),
                end_at=_midnight(days[-1] + A_DAY, order.zone),
                duration_min=calendar.length_min,
            )
            free = _by_day(slots, days, order.zone)
            tell("answered")
        await self._times.keep(calendar, free, asked_at=asked_at, generations=generations)


_Outcome = int | CalcomError | UnknownReason


def _by_day(
    slots: Iterable[Slot], days: Iterable[date], zone: ZoneInfo
) -> dict[date, tuple[TimeSpan, ...]]:
    """Free spans by the local day that they begin on. Raises where an answer makes no sense."""
    found: dict[date, list[TimeSpan]] = {day: [] for day in days}
    for slot in slots:
        day = slot.start_at.astimezone(zone).date()
        if slot.end_at is None or slot.end_at <= slot.start_at or day not in found:
            raise CalcomAnswerNotUnderstood("a slot without its end", operation="slots")
        found[day].append(TimeSpan(slot.start_at, slot.end_at))
    return {day: merge(spans) for day, spans in found.items()}


def _unique(
    found: Mapping[UUID, tuple[CalendarOf, ...] | UnknownReason],
) -> tuple[CalendarOf, ...]:
    each = (calendar for of in found.values() if isinstance(of, tuple) for calendar in of)
    return tuple(dict.fromkeys(each))


def _missing(
    found: Mapping[UUID, tuple[CalendarOf, ...] | UnknownReason],
    outcomes: Mapping[CalendarOf, _Outcome],
) -> Iterable[NotFetched]:
    for staff_id, calendars in found.items():
        if isinstance(calendars, str):
            yield NotFetched(staff_id=staff_id, reason=calendars)
            continue
        reasons = (_reason(outcomes[calendar]) for calendar in calendars)
        reason = next((one for one in reasons if one is not None), None)
        if reason is not None:
            yield NotFetched(staff_id=staff_id, reason=reason)


def _reason(outcome: _Outcome) -> UnknownReason | None:
    match outcome:
        case int():
            return None
        case CalcomRateLimited():
            return "no_room"
        case CalcomAnswerNotUnderstood():
            return "not_understood"
        case CalcomRejected():
            return "refused"
        case CalcomError():
            return "no_answer"
        case reason:
            return reason


def _stretches(days: Sequence[date]) -> list[list[date]]:
    """Days in a row: each stretch is one request."""
    found: list[list[date]] = []
    for day in days:
        if found and found[-1][-1] + A_DAY == day:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return boundary_to_instant(datetime.combine(day, time.min), zone)

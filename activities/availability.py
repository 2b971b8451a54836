"""The calendar's free times are fetched by a step of its own: once, for all who ask.

One request for each person and length, all at once, at most as many as the minute has room for.
What comes back is kept (`free_times`), and read where somebody waits (`calendar_view`).
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.calendar_view import A_DAY, calendars_of, days_between
from activities.free_times import FRESH_S, CalendarOf, FreeTimes
from activities.providers.choosing import Providers
from activities.providers.port import CalendarProvider, FreeWanted, NoAnswer
from activities.warming import RENEWED_S, cold_ones, days_of_opening, is_near_opening
from contracts.availability import (
    MAX_DAYS,
    AvailabilityFetched,
    AvailabilitySteps,
    ColdFound,
    FetchAvailability,
    FindCold,
    NotFetched,
    UnknownReason,
    Waiting,
    WarmAvailability,
)
from db.queries import catalogue, connections
from db.queries.connections import ConnectionRecord, EventTypeRecord
from db.queries.kept import kept_plan
from db.session import tenant_session
from domain.slots import BranchPlan
from integrations.calcom.limits import Gates
from integrations.calcom.transport import TimeLimits
from integrations.caldav.breaker import CaldavGates

# Requests of one step at the same time; more people than that wait for each other.
AT_ONCE = 16
# The client stops by itself after 3 s of silence, which the breaker is to see; this is for somebody
# who waits for another one's request, or for room in the minute, and was nearly through.
IN_CALL_S = 3.5
LIMITS = TimeLimits()


@dataclass(frozen=True, kw_only=True)
class _Order:
    """Whose times of which days, and who waits for them. `at_once`: requests under way. `old_s`:
    what is older is fetched anew.
    """

    company_id: UUID
    zone: ZoneInfo
    days: tuple[date, ...]
    waiting: Waiting
    at_once: asyncio.Semaphore
    old_s: float = FRESH_S

    @property
    def lock_s(self) -> float:
        """Longer than its holder can take."""
        return LIMITS.total_s(self.waiting) + IN_CALL_S


class Availability(AvailabilitySteps):
    """`warming`: whether free times are fetched before anybody asks."""

    def __init__(
        self,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
        gates: Gates,
        times: FreeTimes,
        *,
        warming: bool = True,
        caldav: CaldavGates | None = None,
    ) -> None:
        self._is_warming = warming
        self._engine = engine
        self._providers = Providers(engine, http, gates, caldav=caldav)
        self._times = times

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

    @activity.defn(name="availability.find_cold")
    @override
    async def find_cold(self, request: FindCold) -> ColdFound:
        if not self._is_warming:
            return ColdFound()
        now, found = self._now(), []
        async with tenant_session(self._engine, request.company_id) as session:
            types = await connections.list_event_types(session)
        of_connection = [one for one in types if one.connection_id == request.connection_id]
        for branch_id in dict.fromkeys(one.branch_id for one in of_connection):
            async with tenant_session(self._engine, request.company_id) as session:
                plan = await kept_plan(session, branch_id)
            days = days_of_opening(plan, now, request.days)
            here = [one for one in of_connection if one.branch_id == branch_id]
            calendars = _unique(_of_all_services(plan, here))
            if is_near_opening(plan, now) and await cold_ones(self._times, calendars, days):
                found.append(branch_id)
        return ColdFound(branch_ids=tuple(found[: request.branches_max]))

    @activity.defn(name="availability.warm")
    @override
    async def warm(self, request: WarmAvailability) -> AvailabilityFetched:
        plan, types = await self._branch(request.company_id, request.branch_id)
        order = _Order(
            company_id=request.company_id,
            zone=plan.tz,
            days=days_of_opening(plan, self._now(), request.days),
            waiting="background",
            at_once=asyncio.Semaphore(1),
            old_s=RENEWED_S,
        )
        found = _of_all_services(plan, types)
        cold = await cold_ones(self._times, _unique(found), order.days)
        outcomes = await self._fill(order, cold[: request.calendars_max])
        for calendar, outcome in outcomes.items():
            if isinstance(outcome, NoAnswer) and outcome.retry_after_s is not None:
                # What was fetched is kept: the next try goes on where this one stopped.
                raise outcome.retryable()
            if _reason(outcome) is not None:
                await self._times.set_aside(calendar)
        return AvailabilityFetched(
            requests=sum(done for done in outcomes.values() if isinstance(done, int)),
            missing=tuple(_missing(found, outcomes)),
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._times.now(), UTC)

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
        except NoAnswer as failed:
            return failed
        except TimeoutError:
            return "no_answer"

    async def _ask(self, order: _Order, calendar: CalendarOf, connection: ConnectionRecord) -> int:
        kept = await self._times.read(calendar, order.days)
        wanted = [day for day in order.days if day not in kept or kept[day].age_s > order.old_s]
        provider = self._providers.of(
            order.company_id, connection, waiting=order.waiting, limits=LIMITS
        )
        stretches = _stretches(wanted)
        for days in stretches:
            await self._ask_stretch(order, calendar, provider, days)
        return len(stretches)

    async def _ask_stretch(
        self, order: _Order, calendar: CalendarOf, provider: CalendarProvider, days: Sequence[date]
    ) -> None:
        generations = await self._times.generations(calendar, days)
        asked_at = self._times.now()
        wanted = FreeWanted(
            calendar=calendar.event_type_id,
            length_min=calendar.length_min,
            days=tuple(days),
            zone=order.zone,
        )
        free = await provider.free(wanted)
        await self._times.keep(calendar, free, asked_at=asked_at, generations=generations)


_Outcome = int | NoAnswer | UnknownReason


def _unique(
    found: Mapping[UUID, tuple[CalendarOf, ...] | UnknownReason],
) -> tuple[CalendarOf, ...]:
    each = (calendar for of in found.values() if isinstance(of, tuple) for calendar in of)
    return tuple(dict.fromkeys(each))


def _of_all_services(
    plan: BranchPlan, types: Iterable[EventTypeRecord]
) -> dict[UUID, tuple[CalendarOf, ...] | UnknownReason]:
    """Each length once, however many services take it."""
    return calendars_of(plan, types, [service.id for service in plan.services], ())


def _missing(
    found: Mapping[UUID, tuple[CalendarOf, ...] | UnknownReason],
    outcomes: Mapping[CalendarOf, _Outcome],
) -> Iterable[NotFetched]:
    for staff_id, calendars in found.items():
        if isinstance(calendars, str):
            yield NotFetched(staff_id=staff_id, reason=calendars)
            continue
        reasons = (_reason(outcomes[one]) for one in calendars if one in outcomes)
        reason = next((one for one in reasons if one is not None), None)
        if reason is not None:
            yield NotFetched(staff_id=staff_id, reason=reason)


def _reason(outcome: _Outcome) -> UnknownReason | None:
    match outcome:
        case int():
            return None
        case NoAnswer():
            return outcome.reason
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

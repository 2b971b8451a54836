"""What a company offers: rows for people, rules for slots, words for understanding."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Absence,
    Branch,
    Company,
    OpeningHours,
    Resource,
    Service,
    ServiceBranch,
    SpecialDay,
    StaffBranch,
    StaffMember,
    StaffService,
    StaffSpecialDay,
    WorkingHours,
)
from domain.intent import model as intent
from domain.slots.model import (
    ALWAYS_OFF,
    BookingRules,
    BranchPlan,
    DayHours,
    OpeningRules,
    ResourceNeed,
    ResourceRules,
    ServiceRules,
    StaffOverride,
    StaffRules,
    WallHours,
    WeekHours,
)
from domain.timespan import TimeSpan

STAFF_TYPE = "staff"


@dataclass(frozen=True, kw_only=True)
class CompanyRecord:
    id: UUID
    slug: str
    name: str
    industry: str
    locale: str
    languages: list[str]
    timezone: str
    booking_model: str
    minimum_notice_minutes: int
    horizon_days: int
    cancel_limit_hours: int
    hold_minutes: int
    slot_interval_minutes: int
    hotline_email: str | None
    offer_order: list[str]


@dataclass(frozen=True, kw_only=True)
class BranchRecord:
    id: UUID
    ref: str
    name: str
    spoken_names: list[str]
    street: str
    postal_code: str
    city: str
    country: str
    subdivision: str | None
    timezone: str
    email: str | None
    staff_phone_number: str | None
    district: str | None


@dataclass(frozen=True, kw_only=True)
class StaffRecord:
    id: UUID
    ref: str
    name: str
    display_name: str
    aliases: list[str]
    role: str | None
    branch_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    id: UUID
    ref: str
    name: str
    aliases: list[str]
    description: str | None
    duration_minutes: int
    price_cents: int | None
    price_is_from: bool
    price_note: str | None
    currency: str
    bookable_by_phone_agent: bool
    branch_ids: tuple[UUID, ...]
    staff_ids: tuple[UUID, ...]


async def get_company(session: AsyncSession) -> CompanyRecord:
    """The session's own."""
    company = (await session.scalars(select(Company))).one()
    return CompanyRecord(**_copied(company, CompanyRecord))


async def list_branches(session: AsyncSession) -> list[BranchRecord]:
    rows = await session.scalars(select(Branch).order_by(Branch.position, Branch.id))
    return [BranchRecord(**_copied(row, BranchRecord)) for row in rows]


async def list_staff(session: AsyncSession) -> list[StaffRecord]:
    pairs = await session.execute(select(StaffBranch.staff_id, StaffBranch.branch_id))
    branches = _grouped((row[0], row[1]) for row in pairs)
    rows = await session.scalars(select(StaffMember).order_by(StaffMember.position, StaffMember.id))
    return [
        StaffRecord(**_copied(row, StaffRecord), branch_ids=tuple(branches[row.id])) for row in rows
    ]


async def list_services(session: AsyncSession) -> list[ServiceRecord]:
    at = await session.execute(select(ServiceBranch.service_id, ServiceBranch.branch_id))
    branches = _grouped((row[0], row[1]) for row in at)
    by = await session.execute(select(StaffService.service_id, StaffService.staff_id))
    staff = _grouped((row[0], row[1]) for row in by)
    rows = await session.scalars(select(Service).order_by(Service.position, Service.id))
    return [
        ServiceRecord(
            **_copied(row, ServiceRecord),
            branch_ids=tuple(branches[row.id]),
            staff_ids=tuple(staff[row.id]),
        )
        for row in rows
    ]


async def load_catalogue(session: AsyncSession) -> intent.Catalogue:
    """The words a caller may use; ids are our UUIDs as text."""
    company = (await session.scalars(select(Company))).one()
    branches = await list_branches(session)
    return intent.Catalogue(
        branches=tuple(_spoken_branch(branch) for branch in branches),
        services=tuple(
            intent.ServiceItem(
                id=str(s.id),
                name=s.name,
                aliases=tuple(s.aliases),
                branch_ids=tuple(map(str, s.branch_ids)),
            )
            for s in await list_services(session)
        ),
        staff=tuple(
            intent.StaffMember(
                id=str(p.id),
                name=p.name,
                display_name=p.display_name,
                aliases=tuple(p.aliases),
                branch_ids=tuple(map(str, p.branch_ids)),
            )
            for p in await list_staff(session)
        ),
        generic_terms={term: tuple(ids) for term, ids in company.generic_terms.items()},
        languages=tuple(company.languages),
        timezone=company.timezone,
        bundesland=branches[0].subdivision if branches else None,
        country=branches[0].country if branches else "DE",
        company_names=(company.name, *company.spoken_names),
    )


async def load_branch_plan(
    session: AsyncSession, branch_id: UUID, *, absences_from_at: datetime | None = None
) -> BranchPlan:
    """Everything that says what is bookable at the branch, but what is booked already."""
    found = select(Branch, Company).join(Company, Company.id == Branch.company_id)
    branch, company = (await session.execute(found.where(Branch.id == branch_id))).one()
    services = select(Service).join(ServiceBranch, ServiceBranch.service_id == Service.id)
    services = services.where(ServiceBranch.branch_id == branch_id)
    rooms = select(Resource).where(
        Resource.type != STAFF_TYPE,
        or_(Resource.branch_id == branch_id, Resource.branch_id.is_(None)),
    )
    matrix = list(await session.scalars(select(StaffService)))
    return BranchPlan(
        branch_id=branch.id,
        zone=branch.timezone,
        rules=BookingRules(
            minimum_notice_minutes=company.minimum_notice_minutes,
            horizon_days=company.horizon_days,
            slot_interval_minutes=company.slot_interval_minutes,
            cancel_limit_hours=company.cancel_limit_hours,
            hold_minutes=company.hold_minutes,
        ),
        opening=await _opening(session, branch),
        staff=await _staff(session, branch_id, matrix, absences_from_at),
        services=tuple(
            _service(service, matrix)
            for service in await session.scalars(services.order_by(Service.position, Service.id))
        ),
        resources=tuple(
            ResourceRules(id=room.id, type=room.type)
            for room in await session.scalars(rooms.order_by(Resource.id))
        ),
    )


async def _opening(session: AsyncSession, branch: Branch) -> OpeningRules:
    hours = await session.scalars(select(OpeningHours).where(OpeningHours.branch_id == branch.id))
    days = await session.scalars(select(SpecialDay).where(SpecialDay.branch_id == branch.id))
    special: dict[date, DayHours] = {day.date: _day(day.intervals) for day in days}
    return OpeningRules(
        weekly=_week(hours),
        special_days=special,
        country=branch.country,
        subdivision=branch.subdivision,
        closed_on_public_holidays=branch.closed_on_public_holidays,
    )


async def _staff(
    session: AsyncSession,
    branch_id: UUID,
    matrix: list[StaffService],
    absences_from_at: datetime | None,
) -> tuple[StaffRules, ...]:
    people = select(StaffMember).join(StaffBranch, StaffBranch.staff_id == StaffMember.id)
    people = people.where(StaffBranch.branch_id == branch_id)
    hours: dict[UUID, list[WorkingHours]] = defaultdict(list)
    for row in await session.scalars(
        select(WorkingHours).where(WorkingHours.branch_id == branch_id)
    ):
        hours[row.staff_id].append(row)
    special: dict[UUID, dict[date, DayHours]] = defaultdict(dict)
    for exception in await session.scalars(
        select(StaffSpecialDay).where(StaffSpecialDay.branch_id == branch_id)
    ):
        special[exception.staff_id][exception.date] = _day(exception.intervals)
    away_query = select(Absence)
    if absences_from_at is not None:
        away_query = away_query.where(Absence.end_at > absences_from_at)
    away: dict[UUID, list[TimeSpan]] = defaultdict(list)
    for absence in await session.scalars(away_query):
        away[absence.staff_id].append(TimeSpan(absence.start_at, absence.end_at))
    ordered = people.order_by(StaffMember.position, StaffMember.id)
    return tuple(
        StaffRules(
            id=person.id,
            resource_id=person.resource_id,
            weekly=_week(hours[person.id]),
            special_days=special[person.id],
            absences=tuple(sorted(away[person.id])),
            overrides=_overrides(person.id, matrix),
        )
        for person in await session.scalars(ordered)
    )


def _overrides(staff_id: UUID, matrix: list[StaffService]) -> dict[UUID, StaffOverride]:
    return {
        row.service_id: StaffOverride(
            duration_minutes=row.duration_minutes, price_cents=row.price_cents
        )
        for row in matrix
        if row.staff_id == staff_id
        and (row.duration_minutes is not None or row.price_cents is not None)
    }


def _service(service: Service, matrix: list[StaffService]) -> ServiceRules:
    return ServiceRules(
        id=service.id,
        duration_minutes=service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        needs=tuple(
            ResourceNeed(type=need["type"], count=need.get("count", 1))
            for need in service.resource_needs
        ),
        staff_ids=tuple(row.staff_id for row in matrix if row.service_id == service.id),
        price_cents=service.price_cents,
    )


def _week(rows: Iterable[OpeningHours | WorkingHours]) -> WeekHours:
    week = [list(day) for day in ALWAYS_OFF]
    for row in rows:
        week[row.weekday].append(WallHours(row.from_time, row.to_time))
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        tuple(sorted(day, key=lambda hours: hours.opens)) for day in week
    )
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


def _day(intervals: list[Any]) -> DayHours:
    return tuple(
        WallHours(time.fromisoformat(opens), time.fromisoformat(closes))
        for opens, closes in intervals
    )


def _spoken_branch(branch: BranchRecord) -> intent.Branch:
    return intent.Branch(
        id=str(branch.id),
        name=branch.name,
        spoken_names=tuple(branch.spoken_names),
        district=branch.district,
        city=branch.city,
        postal_code=branch.postal_code,
        bundesland=branch.subdivision,
        country=branch.country,
    )


def _grouped(pairs: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, list[UUID]]:
    grouped: dict[UUID, list[UUID]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped


def _copied(row: object, record: type) -> dict[str, Any]:
    """The fields of a record that the row has under the same name."""
    names = record.__dataclass_fields__  # type: ignore[attr-defined]  # every record is a dataclass
    return {name: getattr(row, name) for name in names if hasattr(row, name)}

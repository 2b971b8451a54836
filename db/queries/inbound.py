"""What an agent has to know before it answers: read in one transaction, while it rings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Appointment,
    BlockedNumber,
    Branch,
    Company,
    Customer,
    OpeningHours,
    Service,
    ServiceBranch,
    SpecialDay,
    StaffBranch,
    StaffMember,
)
from domain.slots.model import ALWAYS_OFF, BookingRules, BranchPlan, OpeningRules, WallHours


@dataclass(frozen=True, kw_only=True)
class CompanyAtTheDoor:
    name: str
    languages: tuple[str, ...]
    timezone: str


@dataclass(frozen=True, kw_only=True)
class BranchAtTheDoor:
    """`plan` says when it is open and nothing else: nobody books through it."""

    id: UUID
    name: str
    timezone: str
    agent_override: Mapping[str, Any]
    plan: BranchPlan


@dataclass(frozen=True, kw_only=True)
class KnownCaller:
    """`next_start_at`: of the next booked appointment, at `next_branch_zone`."""

    customer_id: UUID
    name: str | None = field(repr=False)
    language: str | None
    next_start_at: datetime | None = None
    next_branch_zone: str | None = None


async def is_blocked(session: AsyncSession, phone_hash: str) -> bool:
    query = select(exists().where(BlockedNumber.phone_hash == phone_hash))
    return bool(await session.scalar(query))


async def company_and_branches(
    session: AsyncSession, branch_id: UUID | None, *, days: Sequence[date]
) -> tuple[CompanyAtTheDoor, list[BranchAtTheDoor]]:
    """The branch, or all of a hotline's; opening hours are right for `days`."""
    query = select(Company, Branch).outerjoin(Branch, Branch.company_id == Company.id)
    rows = list(await session.execute(query.order_by(Branch.position, Branch.id)))
    found = rows[0][0]
    company = CompanyAtTheDoor(
        name=found.name, languages=tuple(found.languages), timezone=found.timezone
    )
    branches = [row[1] for row in rows if row[1] is not None and branch_id in {None, row[1].id}]
    openings = await _openings(session, branches, days)
    return company, [_branch(branch, openings[branch.id]) for branch in branches]


async def find_caller(
    session: AsyncSession, phone_hash: str, *, now: datetime
) -> KnownCaller | None:
    """The company's customer with this number, and the next appointment that is sure."""
    query = (
        select(Customer.id, Customer.name, Customer.language, Appointment.start_at, Branch.timezone)
        .outerjoin(
            Appointment,
            (Appointment.customer_id == Customer.id)
            & (Appointment.status == "booked")
            & (Appointment.start_at > now),
        )
        .outerjoin(Branch, Branch.id == Appointment.branch_id)
        .where(Customer.phone_hash == phone_hash)
        .order_by(Appointment.start_at)
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return KnownCaller(
        customer_id=row[0],
        name=row[1],
        language=row[2],
        next_start_at=row[3],
        next_branch_zone=row[4],
    )


async def names_to_listen_for(session: AsyncSession, branch_id: UUID | None) -> list[str]:
    """Of people and services, of the branch or of all: what speech recognition should expect."""
    staff = select(StaffMember.display_name).order_by(StaffMember.position, StaffMember.id)
    services = select(Service.name).order_by(Service.position, Service.id)
    if branch_id is not None:
        staff = staff.join(StaffBranch, StaffBranch.staff_id == StaffMember.id).where(
            StaffBranch.branch_id == branch_id
        )
        services = services.join(ServiceBranch, ServiceBranch.service_id == Service.id).where(
            ServiceBranch.branch_id == branch_id
        )
    return [*await session.scalars(staff), *await session.scalars(services)]


# --- numbers that nobody wants to hear from ------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BlockedRecord:
    reason: str | None
    created_at: datetime


async def get_blocked(session: AsyncSession, phone_hash: str) -> BlockedRecord | None:
    found = await session.scalar(
        select(BlockedNumber).where(BlockedNumber.phone_hash == phone_hash)
    )
    return BlockedRecord(reason=found.reason, created_at=found.created_at) if found else None


async def block(session: AsyncSession, phone_hash: str, reason: str | None) -> None:
    """Once more, with another reason, is fine: the last one counts."""
    new = insert(BlockedNumber).values(phone_hash=phone_hash, reason=reason)
    kept = new.on_conflict_do_update(constraint="blocked_numbers_pkey", set_={"reason": reason})
    await session.execute(kept)


async def unblock(session: AsyncSession, phone_hash: str) -> bool:
    """False when it was not blocked."""
    gone = delete(BlockedNumber).where(BlockedNumber.phone_hash == phone_hash)
    return await session.scalar(gone.returning(BlockedNumber.phone_hash)) is not None


# --- opening hours -------------------------------------------------------------------------------


async def _openings(
    session: AsyncSession, branches: Sequence[Branch], days: Sequence[date]
) -> dict[UUID, OpeningRules]:
    ids = [branch.id for branch in branches]
    week: dict[UUID, list[list[WallHours]]] = defaultdict(lambda: [list(d) for d in ALWAYS_OFF])
    hours = select(OpeningHours).where(OpeningHours.branch_id.in_(ids))
    for row in await session.scalars(hours.order_by(OpeningHours.from_time)):
        week[row.branch_id][row.weekday].append(WallHours(row.from_time, row.to_time))
    special: dict[UUID, dict[date, tuple[WallHours, ...]]] = defaultdict(dict)
    exceptions = select(SpecialDay).where(
        SpecialDay.branch_id.in_(ids), SpecialDay.date.in_(list(days))
    )
    for day in await session.scalars(exceptions):
        special[day.branch_id][day.date] = tuple(
            WallHours(time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in day.intervals
        )
    return {branch.id: _opening(branch, week[branch.id], special[branch.id]) for branch in branches}


def _opening(
    branch: Branch, week: list[list[WallHours]], special: Mapping[date, tuple[WallHours, ...]]
) -> OpeningRules:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(tuple, week)
    return OpeningRules(
        weekly=(monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        special_days=special,
        country=branch.country,
        subdivision=branch.subdivision,
        closed_on_public_holidays=branch.closed_on_public_holidays,
    )


def _branch(branch: Branch, opening: OpeningRules) -> BranchAtTheDoor:
    plan = BranchPlan(
        branch_id=branch.id,
        zone=branch.timezone,
        rules=BookingRules(),
        opening=opening,
        staff=(),
        services=(),
    )
    return BranchAtTheDoor(
        id=branch.id,
        name=branch.name,
        timezone=branch.timezone,
        agent_override=branch.agent_override,
        plan=plan,
    )

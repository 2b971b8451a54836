"""What keeping both calendars the same reads and writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import and_, case, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    ApiCallLog,
    Appointment,
    AppointmentSlot,
    CalendarBlock,
    CalendarBooking,
    CalendarDrift,
    Callback,
    MappingProposal,
    SyncState,
)
from db.queries.callbacks import insert_keyed_callback_once
from domain.drift import PROPOSALS, Drift, OurAppointment
from domain.mapping import MappedTo
from domain.timespan import TimeSpan

DRIFT_REASON = "calendar_drift"
_CONNECTIONS = text("SELECT company_id, connection_id FROM connections_of_provider('calcom', :max)")


@dataclass(frozen=True, kw_only=True)
class CalendarOfCompany:
    company_id: UUID
    connection_id: UUID


@dataclass(frozen=True, kw_only=True)
class StateRecord:
    """`read_until`: the latest change that was read, by Cal.com's clock."""

    read_until: datetime | None = None
    polled_at: datetime | None = None
    compared_at: datetime | None = None
    compared_bookings: int = 0
    compared_appointments: int = 0
    failed_with: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownBooking:
    """What we believe of a booking. `is_live`: that it takes its time at Cal.com."""

    is_live: bool
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, kw_only=True)
class DriftRecord:
    """`rounds`: comparisons that have seen it, this one included."""

    id: UUID
    rounds: int
    callback_id: UUID | None


async def list_calendars(session: AsyncSession, *, limit: int) -> list[CalendarOfCompany]:
    """All companies' connections with a key, in a `platform_session`: ids only."""
    rows = await session.execute(_CONNECTIONS, {"max": limit})
    return [CalendarOfCompany(company_id=r[0], connection_id=r[1]) for r in rows]


# --- how far ------------------------------------------------------------------------------------


async def get_state(session: AsyncSession, connection_id: UUID) -> StateRecord:
    found = await session.get(SyncState, connection_id)
    if found is None:
        return StateRecord()
    names = StateRecord.__dataclass_fields__
    return StateRecord(**{name: getattr(found, name) for name in names})


async def save_state(session: AsyncSession, connection_id: UUID, **values: object) -> None:
    new = insert(SyncState).values(connection_id=connection_id, **values)
    keep = {**values, "updated_at": func.now()}
    if isinstance(values.get("read_until"), datetime):
        # Two runs at the same time: what one has read stays read.
        keep["read_until"] = func.greatest(SyncState.read_until, new.excluded.read_until)
    await session.execute(new.on_conflict_do_update(index_elements=["connection_id"], set_=keep))


# --- what we know -------------------------------------------------------------------------------


async def known_bookings(
    session: AsyncSession, uid_hashes: Collection[str]
) -> dict[str, KnownBooking]:
    """Our own bookings and those of people, by the hash of their uid."""
    ours = (
        select(
            CalendarBooking.uid_hash,
            and_(
                CalendarBooking.ended_at.is_(None),
                or_(
                    Appointment.status == "held",
                    and_(
                        Appointment.status.in_(("booked", "completed", "missed")),
                        # One that was left behind by a move to somebody else is not.
                        CalendarBooking.revision >= Appointment.revision,
                    ),
                ),
            ).label("is_live"),
            AppointmentSlot.start_at,
            AppointmentSlot.end_at,
        )
        .join(Appointment, Appointment.id == CalendarBooking.appointment_id)
        .join(
            AppointmentSlot,
            and_(
                AppointmentSlot.appointment_id == CalendarBooking.appointment_id,
                AppointmentSlot.revision == CalendarBooking.revision,
            ),
        )
        .where(CalendarBooking.uid_hash.in_(uid_hashes))
    )
    theirs = select(
        CalendarBlock.uid_hash,
        (CalendarBlock.status == "active").label("is_live"),
        CalendarBlock.start_at,
        CalendarBlock.end_at,
    ).where(CalendarBlock.uid_hash.in_(uid_hashes))
    rows = (await session.execute(ours.union_all(theirs))).mappings()
    return {
        str(row["uid_hash"]): KnownBooking(
            is_live=row["is_live"], start_at=row["start_at"], end_at=row["end_at"]
        )
        for row in rows
    }


async def our_appointments(
    session: AsyncSession, window: TimeSpan, also: Collection[UUID]
) -> list[OurAppointment]:
    """Those that start in the window and are booked, and whichever of `also` there are."""
    is_moving = (
        select(AppointmentSlot.revision)
        .where(AppointmentSlot.appointment_id == Appointment.id, AppointmentSlot.status == "held")
        .exists()
    )
    query = (
        select(
            Appointment.id,
            Appointment.status,
            is_moving.label("is_moving"),
            Appointment.start_at,
            Appointment.end_at,
            Appointment.calcom_uid_hash.label("uid_hash"),
            CalendarBooking.event_type_id,
        )
        .outerjoin(
            CalendarBooking,
            and_(
                CalendarBooking.appointment_id == Appointment.id,
                CalendarBooking.revision == Appointment.revision,
            ),
        )
        .where(
            or_(
                and_(
                    Appointment.status == "booked",
                    Appointment.start_at >= window.start_at,
                    Appointment.start_at < window.end_at,
                ),
                Appointment.id.in_(also),
            )
        )
    )
    return [OurAppointment(**row) for row in (await session.execute(query)).mappings()]


async def uid_of(session: AsyncSession, appointment_id: UUID) -> str | None:
    query = select(Appointment.calcom_booking_uid).where(Appointment.id == appointment_id)
    uid: str | None = await session.scalar(query)
    return uid


async def uids_of_blocks(
    session: AsyncSession, connection_id: UUID, window: TimeSpan, *, without: Collection[str]
) -> list[str]:
    """Bookings of people that take their time here and start in the window, but these hashes."""
    query = select(CalendarBlock.uid_hash, CalendarBlock.booking_uid).where(
        CalendarBlock.connection_id == connection_id,
        CalendarBlock.status == "active",
        CalendarBlock.start_at >= window.start_at,
        CalendarBlock.start_at < window.end_at,
    )
    seen = set(without)
    rows = await session.execute(query)
    return list(
        {row.uid_hash: row.booking_uid for row in rows if row.uid_hash not in seen}.values()
    )


# --- where both differ --------------------------------------------------------------------------


async def note_drift(
    session: AsyncSession,
    connection_id: UUID,
    drift: Drift,
    *,
    uid: str | None,
    round_at: datetime,
) -> DriftRecord:
    """One row for as long as it lasts; a repeated step counts as the same round."""
    known = drift.kind != "unknown_appointment"
    new = insert(CalendarDrift).values(
        id=uuid4(),
        connection_id=connection_id,
        key=drift.key,
        kind=drift.kind,
        status="open",
        appointment_id=drift.appointment_id if known else None,
        booking_uid=uid,
        start_at=drift.start_at,
        seen_at=round_at,
    )
    again = {
        "rounds": CalendarDrift.rounds + case((CalendarDrift.seen_at < round_at, 1), else_=0),
        "seen_at": round_at,
        "start_at": drift.start_at,
        "updated_at": func.now(),
    }
    query = new.on_conflict_do_update(
        index_elements=["connection_id", "key"],
        index_where=CalendarDrift.status == "open",
        set_=again,
    ).returning(CalendarDrift.id, CalendarDrift.rounds, CalendarDrift.callback_id)
    row = (await session.execute(query)).one()
    return DriftRecord(id=row.id, rounds=row.rounds, callback_id=row.callback_id)


async def ask_people(session: AsyncSession, noted: DriftRecord, drift: Drift) -> bool:
    """A task with what is proposed, once a drift. False: there is one, or was."""
    if noted.callback_id is not None:
        return False
    about = select(Appointment.id, Appointment.branch_id, Appointment.customer_id).where(
        Appointment.id == drift.appointment_id
    )
    found = (await session.execute(about)).one_or_none()
    calendar_start_at = drift.calendar_start_at
    callback_id = await insert_keyed_callback_once(
        session,
        dedupe_key=f"drift:{noted.id}",
        source="calendar",
        reason=DRIFT_REASON,
        appointment_id=found.id if found else None,
        branch_id=found.branch_id if found else None,
        customer_id=found.customer_id if found else None,
        urgency="high",
        details={
            "kind": drift.kind,
            "proposal": PROPOSALS[drift.kind],
            "start_at": drift.start_at.isoformat(),
            "calendar_start_at": calendar_start_at.isoformat() if calendar_start_at else None,
        },
    )
    change = update(CalendarDrift).where(CalendarDrift.id == noted.id)
    await session.execute(
        change.values(callback_id=callback_id).execution_options(synchronize_session=False)
    )
    return True


async def end_gone(
    session: AsyncSession, connection_id: UUID, *, round_at: datetime, until: datetime
) -> int:
    """Drifts that the round did not see, of what it looked at or what is past. Their tasks are done
    by themselves.
    """
    change = (
        update(CalendarDrift)
        .where(
            CalendarDrift.connection_id == connection_id,
            CalendarDrift.status == "open",
            CalendarDrift.seen_at < round_at,
            CalendarDrift.start_at < until,
        )
        .values(status="ended", ended_at=func.now())
        .returning(CalendarDrift.callback_id)
        .execution_options(synchronize_session=False)
    )
    ended = list(await session.scalars(change))
    tasks = [callback_id for callback_id in ended if callback_id is not None]
    await session.execute(
        update(Callback)
        .where(Callback.id.in_(tasks), Callback.status == "open")
        .values(status="done", done_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return len(ended)


async def open_drifts(session: AsyncSession, connection_id: UUID) -> dict[str, int]:
    """How many by kind."""
    query = (
        select(CalendarDrift.kind, func.count().label("n"))
        .where(CalendarDrift.connection_id == connection_id, CalendarDrift.status == "open")
        .group_by(CalendarDrift.kind)
    )
    return {row.kind: row.n for row in await session.execute(query)}


# --- whose event types --------------------------------------------------------------------------


MappingStatus = Literal["mapped", "proposed", "unmatched", "gone"]


@dataclass(frozen=True, kw_only=True)
class ProposalRecord:
    event_type_id: int
    title: str = field(repr=False)
    status: MappingStatus
    to: MappedTo


async def keep_proposals(
    session: AsyncSession, connection_id: UUID, proposals: Iterable[ProposalRecord]
) -> None:
    """As Cal.com has them now; what stood there before goes."""
    await session.execute(
        delete(MappingProposal).where(MappingProposal.connection_id == connection_id)
    )
    rows = [
        {
            "id": uuid4(),
            "connection_id": connection_id,
            "calcom_event_type_id": each.event_type_id,
            "title": each.title,
            "status": each.status,
            "staff_id": each.to.staff_id,
            "branch_id": each.to.branch_id,
            "service_id": each.to.service_id,
            "score": each.to.score,
        }
        for each in proposals
    ]
    if rows:
        await session.execute(insert(MappingProposal).values(rows))


async def list_proposals(session: AsyncSession, connection_id: UUID) -> list[ProposalRecord]:
    query = (
        select(MappingProposal)
        .where(MappingProposal.connection_id == connection_id)
        .order_by(MappingProposal.status, MappingProposal.title)
    )
    return [
        ProposalRecord(
            event_type_id=row.calcom_event_type_id,
            title=row.title,
            status=cast(MappingStatus, row.status),
            to=MappedTo(
                staff_id=row.staff_id,
                branch_id=row.branch_id,
                service_id=row.service_id,
                score=row.score,
            ),
        )
        for row in await session.scalars(query)
    ]


# --- how it stands ------------------------------------------------------------------------------


async def last_told_of(session: AsyncSession, connection_id: UUID, operation: str) -> str | None:
    """Class of the last answer to that request; None when it was never made."""
    query = (
        select(ApiCallLog.error_class)
        .where(ApiCallLog.connection_id == connection_id, ApiCallLog.operation == operation)
        .order_by(ApiCallLog.at.desc())
        .limit(1)
    )
    told: str | None = await session.scalar(query)
    return told

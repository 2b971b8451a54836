"""What people book in Cal.com: whose time it takes, what of ours stands there, what follows.

The exclusion constraint decides here as well: a block takes what is free of its time, and what is
not is an appointment's, which people have to hear of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.calendar_events import CalendarEvent
from db.models import (
    Appointment,
    AppointmentSlot,
    CalendarBlock,
    CalendarBooking,
    CalendarHost,
    EventType,
    StaffMember,
)
from db.queries import blocks_sql as statements

# Those who take a piece at the same moment are few: who meets more has the step repeated.
_COVER_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class WhoseTime:
    staff_id: UUID
    resource_id: int


@dataclass(frozen=True, kw_only=True)
class OurBooking:
    """`todays_booking_id`: the number of the booking that the appointment has by now."""

    appointment_id: UUID
    status: str
    todays_revision: int
    todays_booking_id: int | None
    revision: int
    booking_id: int | None
    has_ended: bool


@dataclass(frozen=True, kw_only=True)
class OurAppointment:
    """`is_asking`: a request about it has no answer yet. `asked`: event type and start of each."""

    status: str
    is_asking: bool
    asked: tuple[tuple[int, datetime], ...]


@dataclass(frozen=True, kw_only=True)
class NewBlock:
    """A booking of people's, in one person's calendar."""

    connection_id: UUID
    whose: WhoseTime
    booking_id: int
    booking_uid: str = field(repr=False)
    uid_hash: str
    event_type_id: int | None
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, kw_only=True)
class InTheWay:
    """An appointment at a block's time. `customer_id` None: a caller's hold, nobody's yet.

    `is_held`: that slot waits for Cal.com's word. `booking_id`: None as long as there is none.
    """

    appointment_id: UUID
    branch_id: UUID
    customer_id: UUID | None
    is_held: bool
    booking_id: int | None
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, kw_only=True)
class KnownSpan:
    staff_id: UUID
    start_at: datetime
    end_at: datetime


# --- whose it is ------------------------------------------------------------------------------


async def whose_time(
    session: AsyncSession,
    *,
    connection_id: UUID,
    event_type_id: int | None,
    host_ids: Sequence[int],
) -> list[WhoseTime]:
    """By the event type, which is one person's; else by the hosts, as far as they are known."""
    mapped = select(EventType.staff_id).where(
        EventType.connection_id == connection_id, EventType.calcom_event_type_id == event_type_id
    )
    staff_ids = list(await session.scalars(mapped))
    if staff_ids and len(host_ids) == 1:
        await _remember_host(session, connection_id, host_ids[0], staff_ids[0])
    if not staff_ids:
        hosts = {"connection_id": connection_id, "host_ids": list(host_ids)}
        staff_ids = list(await session.scalars(statements.PEOPLE_OF_HOSTS, hosts))
    query = select(StaffMember.id, StaffMember.resource_id).where(StaffMember.id.in_(staff_ids))
    rows = await session.execute(query.order_by(StaffMember.resource_id))
    return [WhoseTime(staff_id=row[0], resource_id=row[1]) for row in rows]


async def _remember_host(
    session: AsyncSession, connection_id: UUID, host_id: int, staff_id: UUID
) -> None:
    new = insert(CalendarHost).values(
        connection_id=connection_id, host_id=host_id, staff_id=staff_id
    )
    await session.execute(new.on_conflict_do_nothing())


async def find_ours(session: AsyncSession, uid_hashes: Sequence[str]) -> OurBooking | None:
    """Of several of one appointment the latest."""
    query = (
        select(
            Appointment.id.label("appointment_id"),
            Appointment.status,
            Appointment.revision.label("todays_revision"),
            Appointment.calcom_booking_id.label("todays_booking_id"),
            CalendarBooking.revision,
            CalendarBooking.booking_id,
            CalendarBooking.ended_at.is_not(None).label("has_ended"),
        )
        .join(Appointment, Appointment.id == CalendarBooking.appointment_id)
        .where(CalendarBooking.uid_hash.in_(uid_hashes))
        .order_by(CalendarBooking.revision.desc())
        .limit(1)
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return OurBooking(**row) if row else None


async def find_appointment(session: AsyncSession, appointment_id: UUID) -> OurAppointment | None:
    """With what was asked of Cal.com for it, in one statement: the two belong together."""
    query = (
        select(
            Appointment.status,
            CalendarBooking.is_unresolved,
            CalendarBooking.event_type_id,
            AppointmentSlot.start_at,
        )
        .outerjoin(CalendarBooking, CalendarBooking.appointment_id == Appointment.id)
        .outerjoin(
            AppointmentSlot,
            (AppointmentSlot.appointment_id == CalendarBooking.appointment_id)
            & (AppointmentSlot.revision == CalendarBooking.revision),
        )
        .where(Appointment.id == appointment_id)
    )
    rows = list(await session.execute(query))
    if not rows:
        return None
    return OurAppointment(
        status=rows[0].status,
        is_asking=any(row.is_unresolved for row in rows),
        asked=tuple((row.event_type_id, row.start_at) for row in rows if row.start_at),
    )


async def customer_of(session: AsyncSession, appointment_id: UUID) -> UUID | None:
    query = select(Appointment.customer_id).where(Appointment.id == appointment_id)
    return await session.scalar(query)


async def spans_of(session: AsyncSession, uid_hashes: Sequence[str]) -> list[KnownSpan]:
    """Where these bookings were when they were last seen here."""
    rows = await session.execute(statements.SPANS, {"uid_hashes": list(uid_hashes)})
    return [KnownSpan(**row) for row in rows.mappings()]


# --- blocks -----------------------------------------------------------------------------------


async def put_block(session: AsyncSession, new: NewBlock) -> tuple[UUID, bool]:
    """Its id, and whether anything is other than before. Its time is not taken yet: `cover`."""
    values = {
        "connection_id": new.connection_id,
        "resource_id": new.whose.resource_id,
        "booking_id": new.booking_id,
        "event_type_id": new.event_type_id,
        "start_at": new.start_at,
        "end_at": new.end_at,
        "status": "active",
    }
    query = (
        select(CalendarBlock)
        .where(CalendarBlock.uid_hash == new.uid_hash, CalendarBlock.staff_id == new.whose.staff_id)
        .with_for_update()
    )
    before = await session.scalar(query.execution_options(populate_existing=True))
    changed = before is None or any(
        getattr(before, name) != value for name, value in values.items()
    )
    row = insert(CalendarBlock).values(
        id=uuid4(),
        staff_id=new.whose.staff_id,
        booking_uid=new.booking_uid,
        uid_hash=new.uid_hash,
        **values,
    )
    put = row.on_conflict_do_update(
        constraint="calendar_blocks_one_per_booking",
        set_={**values, "seen_at": func.now(), "updated_at": func.now()},
    ).returning(CalendarBlock.id)
    block_id = (await session.execute(put)).scalar_one()
    await session.execute(statements.TRIM, {"id": block_id})
    return block_id, changed


async def cover(session: AsyncSession, block_id: UUID) -> None:
    """Takes what is free of the block's time, until there is nothing more to take."""
    for _ in range(_COVER_TRIES):
        if not list(await session.execute(statements.COVER_ONE, {"id": block_id})):
            return


async def cover_all(session: AsyncSession, connection_id: UUID) -> None:
    """After an appointment has left the time of a block, which then takes it."""
    await session.execute(statements.COVER_ALL, {"connection_id": connection_id})


async def in_the_way(session: AsyncSession, block_id: UUID) -> list[InTheWay]:
    rows = await session.execute(statements.IN_THE_WAY, {"id": block_id})
    return [InTheWay(**row) for row in rows.mappings()]


async def end_blocks(session: AsyncSession, connection_id: UUID, uid_hashes: Sequence[str]) -> int:
    """Cancelled, rejected or moved away at Cal.com: how many were active. Another booking that
    stood below one of them takes its time.
    """
    these = {"uid_hashes": list(uid_hashes)}
    ended = int((await session.execute(statements.END, these)).scalar_one())
    if ended:
        await session.execute(statements.CLOSE_TASKS, these)
        await cover_all(session, connection_id)
        session.expire_all()
    return ended


async def is_active(session: AsyncSession, uid_hash: str) -> bool:
    query = select(CalendarBlock.id).where(
        CalendarBlock.uid_hash == uid_hash, CalendarBlock.status == "active"
    )
    return await session.scalar(query.limit(1)) is not None


# --- before a tenant is known -----------------------------------------------------------------


async def lost_events(
    session: AsyncSession, *, before: datetime, limit: int
) -> list[CalendarEvent]:
    """Stored, but no workflow was started: in a `platform_session`."""
    rows = await session.execute(statements.LOST_EVENTS, {"before": before, "limit": limit})
    return [
        CalendarEvent(
            event_id=row.id,
            company_id=row.company_id,
            connection_id=UUID(row.source.partition(":")[2]),
            kind=row.kind,
        )
        for row in rows
    ]

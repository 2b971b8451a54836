"""The calendar's bookings of an appointment's slots, and what is needed to make one."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Appointment,
    AppointmentSlot,
    Branch,
    CalendarBooking,
    Connection,
    Customer,
    EventType,
    Service,
)
from db.queries.appointments import booking_uid_hash


@dataclass(frozen=True, kw_only=True)
class BookingRecord:
    revision: int
    booking_id: int
    booking_uid: str = field(repr=False)
    event_type_id: int


@dataclass(frozen=True, kw_only=True)
class BookingOrder:
    """All that a request to the calendar says. `lengths_minutes`: what the event type offers."""

    connection_id: UUID
    base_url: str
    api_key: str = field(repr=False)
    event_type_id: int
    lengths_minutes: tuple[int, ...]
    start_at: datetime
    end_at: datetime
    zone: str
    service_name: str
    branch_name: str
    customer_id: UUID
    customer_name: str | None = field(repr=False)
    customer_phone: str | None = field(repr=False)
    customer_language: str | None
    retell_call_id: str | None


async def get_order(
    session: AsyncSession, appointment_id: UUID, revision: int
) -> BookingOrder | None:
    """None where the staff member has no event type at that branch, or nothing is connected."""
    query = (
        select(
            Connection.id.label("connection_id"),
            Connection.base_url,
            Connection.api_key,
            EventType.calcom_event_type_id.label("event_type_id"),
            EventType.lengths_minutes,
            AppointmentSlot.start_at,
            AppointmentSlot.end_at,
            Branch.timezone.label("zone"),
            Service.name.label("service_name"),
            Branch.name.label("branch_name"),
            Customer.id.label("customer_id"),
            func.coalesce(Appointment.customer_name, Customer.name).label("customer_name"),
            Customer.phone.label("customer_phone"),
            Customer.language.label("customer_language"),
            Appointment.retell_call_id,
        )
        .select_from(AppointmentSlot)
        .join(Appointment, Appointment.id == AppointmentSlot.appointment_id)
        .join(Branch, Branch.id == Appointment.branch_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(Customer, Customer.id == Appointment.customer_id)
        .join(
            EventType,
            and_(
                EventType.staff_id == AppointmentSlot.staff_id,
                EventType.branch_id == Appointment.branch_id,
            ),
        )
        .join(Connection, Connection.id == EventType.connection_id)
        .where(
            AppointmentSlot.appointment_id == appointment_id,
            AppointmentSlot.revision == revision,
        )
    )
    row = (await session.execute(query)).mappings().one_or_none()
    if row is None or row["api_key"] is None:
        return None
    return BookingOrder(**{**row, "lengths_minutes": tuple(row["lengths_minutes"])})


async def remember_booking(
    session: AsyncSession,
    *,
    appointment_id: UUID,
    revision: int,
    booking_id: int,
    booking_uid: str,
    event_type_id: int,
) -> None:
    """Once for each slot; the same booking found again changes nothing."""
    row = insert(CalendarBooking).values(
        appointment_id=appointment_id,
        revision=revision,
        booking_id=booking_id,
        booking_uid=booking_uid,
        uid_hash=booking_uid_hash(booking_uid),
        event_type_id=event_type_id,
    )
    newer = row.on_conflict_do_update(
        index_elements=["appointment_id", "revision"],
        set_={
            "booking_id": row.excluded.booking_id,
            "booking_uid": row.excluded.booking_uid,
            "uid_hash": row.excluded.uid_hash,
            "event_type_id": row.excluded.event_type_id,
            "ended_at": None,
        },
    )
    await session.execute(newer)


async def bookings_of(session: AsyncSession, appointment_id: UUID) -> list[BookingRecord]:
    """The latest slot's first."""
    query = (
        select(CalendarBooking)
        .where(CalendarBooking.appointment_id == appointment_id)
        .order_by(CalendarBooking.revision.desc())
    )
    return [
        BookingRecord(
            revision=row.revision,
            booking_id=row.booking_id,
            booking_uid=row.booking_uid,
            event_type_id=row.event_type_id,
        )
        for row in await session.scalars(query)
    ]


async def mark_ended(session: AsyncSession, appointment_id: UUID, revision: int) -> None:
    """Moved or cancelled in the calendar."""
    await session.execute(
        update(CalendarBooking)
        .where(
            CalendarBooking.appointment_id == appointment_id,
            CalendarBooking.revision == revision,
            CalendarBooking.ended_at.is_(None),
        )
        .values(ended_at=func.now())
        .execution_options(synchronize_session=False)
    )

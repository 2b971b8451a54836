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
from db.queries.connections import ConnectionRecord, connection_record


@dataclass(frozen=True, kw_only=True)
class BookingRecord:
    revision: int
    booking_id: int
    booking_uid: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RequestRecord:
    """`is_unresolved`: one was sent at `asked_at`, and nobody knows what became of it."""

    asked_at: datetime
    is_unresolved: bool
    booking_id: int | None


@dataclass(frozen=True, kw_only=True)
class BookingOrder:
    """All that a request to the calendar says. `lengths_minutes`: what the event type offers."""

    connection: ConnectionRecord
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

    @property
    def connection_id(self) -> UUID:
        return self.connection.id


async def get_order(
    session: AsyncSession, appointment_id: UUID, revision: int
) -> BookingOrder | None:
    """None where the staff member has no event type at that branch, or nothing is connected."""
    query = (
        select(
            Connection,
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
    if row is None or row["Connection"].api_key is None:
        return None
    told = {**row, "lengths_minutes": tuple(row["lengths_minutes"])}
    return BookingOrder(connection=connection_record(told.pop("Connection")), **told)


async def get_request(
    session: AsyncSession, appointment_id: UUID, revision: int
) -> RequestRecord | None:
    """None when nothing was ever sent for this slot."""
    row = await session.get(CalendarBooking, (appointment_id, revision))
    if row is None:
        return None
    return RequestRecord(
        asked_at=row.asked_at,
        is_unresolved=row.is_unresolved,
        booking_id=row.booking_id if row.ended_at is None else None,
    )


async def note_request(
    session: AsyncSession, *, appointment_id: UUID, revision: int, event_type_id: int
) -> None:
    """A request is about to be sent: commit this first. Unresolved until told otherwise."""
    row = insert(CalendarBooking).values(
        appointment_id=appointment_id,
        revision=revision,
        event_type_id=event_type_id,
        asked_at=func.now(),
        is_unresolved=True,
    )
    again = {"asked_at": func.now(), "is_unresolved": True, "event_type_id": event_type_id}
    await session.execute(
        row.on_conflict_do_update(index_elements=["appointment_id", "revision"], set_=again)
    )


async def resolve_request(session: AsyncSession, appointment_id: UUID, revision: int) -> None:
    """The calendar said no, or nothing had reached it."""
    await _update(session, appointment_id, revision, is_unresolved=False)


async def remember_booking(
    session: AsyncSession,
    *,
    appointment_id: UUID,
    revision: int,
    booking_id: int,
    booking_uid: str,
) -> None:
    """The slot's booking as it stands in the calendar; finding it again changes nothing."""
    await _update(
        session,
        appointment_id,
        revision,
        is_unresolved=False,
        booking_id=booking_id,
        booking_uid=booking_uid,
        uid_hash=booking_uid_hash(booking_uid),
    )


async def bookings_of(session: AsyncSession, appointment_id: UUID) -> list[BookingRecord]:
    """Those that are known, the latest slot's first."""
    query = (
        select(CalendarBooking)
        .where(
            CalendarBooking.appointment_id == appointment_id,
            CalendarBooking.booking_uid.is_not(None),
        )
        .order_by(CalendarBooking.revision.desc())
    )
    return [
        BookingRecord(revision=row.revision, booking_id=row.booking_id, booking_uid=row.booking_uid)
        for row in await session.scalars(query)
        if row.booking_id is not None and row.booking_uid is not None
    ]


async def mark_ended(session: AsyncSession, appointment_id: UUID, revision: int) -> None:
    """Moved or cancelled in the calendar."""
    await _update(session, appointment_id, revision, ended_at=func.now())


async def _update(
    session: AsyncSession, appointment_id: UUID, revision: int, **values: object
) -> None:
    await session.execute(
        update(CalendarBooking)
        .where(
            CalendarBooking.appointment_id == appointment_id,
            CalendarBooking.revision == revision,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )

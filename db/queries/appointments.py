"""Appointments as rows to read: for mails, for REST, for callers who ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from operator import eq, ge, lt
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.appointments import AppointmentStatus
from db.models import Appointment, Branch, Company, Customer, Service, StaffMember
from db.queries.paging import Page, decode_cursor, given, make_page, page_size

ACTIVE: tuple[AppointmentStatus, ...] = ("held", "booked")


@dataclass(frozen=True, kw_only=True)
class NewAppointment:
    id: UUID
    branch_id: UUID
    service_id: UUID
    customer_id: UUID
    start_at: datetime
    end_at: datetime
    staff_id: UUID | None = None
    retell_call_id: str | None = None
    source: Literal["call", "rest"] = "call"


@dataclass(frozen=True, kw_only=True)
class AppointmentView:
    """Everything that a mail, an ICS file or an answer says about an appointment."""

    id: UUID
    company_id: UUID
    company_name: str
    locale: str
    status: AppointmentStatus
    start_at: datetime
    end_at: datetime
    zone: str
    revision: int
    sequence: int
    branch_id: UUID
    branch_name: str
    branch_street: str
    branch_postal_code: str
    branch_city: str
    branch_country: str
    branch_email: str | None
    branch_phone: str | None
    service_id: UUID
    service_name: str
    price_cents: int | None
    price_is_from: bool
    price_note: str | None
    currency: str
    staff_id: UUID | None
    staff_name: str | None
    customer_id: UUID
    customer_name: str | None = field(repr=False)
    customer_phone: str | None = field(repr=False)
    customer_email: str | None = field(repr=False)
    customer_language: str | None
    customer_no_email: bool
    customer_no_sms: bool
    retell_call_id: str | None
    source: str
    reason: str | None
    calcom_booking_uid: str | None = field(repr=False)
    calcom_uid_hash: str | None
    calcom_booking_id: int | None
    booked_at: datetime | None
    created_at: datetime


def booking_uid_hash(uid: str) -> str:
    """How a Cal.com booking is found by its uid, which is as good as a password to it."""
    return sha256(uid.encode()).hexdigest()


async def insert_appointment_once(session: AsyncSession, new: NewAppointment) -> bool:
    """False when it is there already. Keeps the name that the customer has at this moment."""
    name = await session.scalar(select(Customer.name).where(Customer.id == new.customer_id))
    row = insert(Appointment).values(
        id=new.id,
        branch_id=new.branch_id,
        service_id=new.service_id,
        staff_id=new.staff_id,
        customer_id=new.customer_id,
        customer_name=name,
        retell_call_id=new.retell_call_id,
        status="held",
        start_at=new.start_at,
        end_at=new.end_at,
        source=new.source,
    )
    made = row.on_conflict_do_nothing(index_elements=["id"]).returning(Appointment.id)
    return await session.scalar(made) is not None


async def get_appointment(session: AsyncSession, appointment_id: UUID) -> AppointmentView | None:
    found = await _views(session, _view_query().where(Appointment.id == appointment_id))
    return found[0] if found else None


async def appointments_of_call(session: AsyncSession, retell_call_id: str) -> list[AppointmentView]:
    """In the order in which the call made them."""
    query = _view_query().where(Appointment.retell_call_id == retell_call_id)
    return await _views(session, query.order_by(Appointment.created_at, Appointment.id))


async def find_appointments_of(
    session: AsyncSession,
    *,
    from_at: datetime,
    phone_hash: str | None = None,
    customer_id: UUID | None = None,
    statuses: Sequence[AppointmentStatus] = ACTIVE,
    limit: int = 20,
) -> list[AppointmentView]:
    """Held and booked ones of a caller, by phone or by customer, the next first."""
    if phone_hash is None and customer_id is None:
        return []
    query = _view_query().where(Appointment.status.in_(statuses), Appointment.start_at >= from_at)
    if phone_hash is not None:
        query = query.where(Customer.phone_hash == phone_hash)
    if customer_id is not None:
        query = query.where(Appointment.customer_id == customer_id)
    query = query.order_by(Appointment.start_at, Appointment.id).limit(page_size(limit))
    return await _views(session, query)


async def get_appointments(
    session: AsyncSession, appointment_ids: Sequence[UUID]
) -> list[AppointmentView]:
    """By start; those that are not there are left out."""
    query = _view_query().where(Appointment.id.in_(appointment_ids))
    return await _views(session, query.order_by(Appointment.start_at, Appointment.id))


async def lock_appointment(session: AsyncSession, appointment_id: UUID) -> None:
    """Until the transaction's end nobody else changes it."""
    query = select(Appointment.id).where(Appointment.id == appointment_id)
    await session.execute(query.with_for_update(key_share=True))


async def active_at(session: AsyncSession, starts: Sequence[datetime]) -> list[AppointmentView]:
    """Whoever has an appointment that begins at one of these instants."""
    query = _view_query().where(
        Appointment.status.in_(ACTIVE), Appointment.start_at.in_(tuple(starts))
    )
    return await _views(session, query.order_by(Appointment.start_at, Appointment.id).limit(50))


async def find_appointment_by_booking(session: AsyncSession, uid_hash: str) -> UUID | None:
    query = select(Appointment.id).where(Appointment.calcom_uid_hash == uid_hash)
    return await session.scalar(query)


async def list_appointments(
    session: AsyncSession,
    *,
    limit: int = 50,
    cursor: str | None = None,
    branch_id: UUID | None = None,
    customer_id: UUID | None = None,
    retell_call_id: str | None = None,
    status: AppointmentStatus | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> Page[AppointmentView]:
    """By start, earliest first."""
    query = _view_query().where(
        *given(
            (Appointment.branch_id, eq, branch_id),
            (Appointment.customer_id, eq, customer_id),
            (Appointment.retell_call_id, eq, retell_call_id),
            (Appointment.status, eq, status),
            (Appointment.start_at, ge, from_at),
            (Appointment.start_at, lt, to_at),
        )
    )
    if cursor is not None:
        at, key = decode_cursor(cursor)
        query = query.where(tuple_(Appointment.start_at, Appointment.id) > (at, UUID(key)))
    query = query.order_by(Appointment.start_at, Appointment.id).limit(page_size(limit) + 1)
    rows = await _views(session, query)
    return make_page(rows, limit, lambda view: (view.start_at, view.id))


async def set_status(
    session: AsyncSession,
    appointment_id: UUID,
    status: AppointmentStatus,
    *,
    reason: str | None = None,
    unless: tuple[AppointmentStatus, ...] = (),
) -> bool:
    """False when the appointment is unknown or in one of the states of `unless`."""
    change = (
        update(Appointment)
        .where(Appointment.id == appointment_id, Appointment.status.not_in(unless))
        .values(status=status, reason=func.coalesce(reason, Appointment.reason))
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(change.returning(Appointment.id)) is not None


async def raise_sequence(session: AsyncSession, appointment_id: UUID, sequence: int) -> None:
    """What the customer was told last; never goes back."""
    await session.execute(
        update(Appointment)
        .where(Appointment.id == appointment_id, Appointment.sequence < sequence)
        .values(sequence=sequence)
        .execution_options(synchronize_session=False)
    )


def _view_query() -> "Select[*tuple[object, ...]]":
    return (
        select(
            *(
                column
                for column in Appointment.__table__.columns
                if column.name in AppointmentView.__dataclass_fields__
                and column.name not in {"customer_name", "price_cents", "currency"}
            ),
            Company.name.label("company_name"),
            Company.locale,
            Branch.timezone.label("zone"),
            Branch.name.label("branch_name"),
            Branch.street.label("branch_street"),
            Branch.postal_code.label("branch_postal_code"),
            Branch.city.label("branch_city"),
            Branch.country.label("branch_country"),
            Branch.email.label("branch_email"),
            Branch.staff_phone_number.label("branch_phone"),
            Service.name.label("service_name"),
            func.coalesce(Appointment.price_cents, Service.price_cents).label("price_cents"),
            func.coalesce(Appointment.currency, Service.currency).label("currency"),
            Service.price_is_from,
            Service.price_note,
            StaffMember.display_name.label("staff_name"),
            func.coalesce(Appointment.customer_name, Customer.name).label("customer_name"),
            Customer.phone.label("customer_phone"),
            Customer.email.label("customer_email"),
            Customer.language.label("customer_language"),
            Customer.no_email.label("customer_no_email"),
            Customer.no_sms.label("customer_no_sms"),
        )
        .join(Company, Company.id == Appointment.company_id)
        .join(Branch, Branch.id == Appointment.branch_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(Customer, Customer.id == Appointment.customer_id)
        .outerjoin(StaffMember, StaffMember.id == Appointment.staff_id)
    )


async def _views(
    session: AsyncSession, query: "Select[*tuple[object, ...]]"
) -> list[AppointmentView]:
    rows = (await session.execute(query)).mappings()
    return [AppointmentView(**row) for row in rows]

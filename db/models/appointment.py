"""Appointments, the slots each has had, and the reservations that make a slot exclusive."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Identified,
    Stamped,
    Tenant,
    company_key,
    one_of,
    referable,
    same_company,
)
from db.types import Encrypted


class Appointment(Identified, Tenant, Stamped, Base):
    """`revision` is the slot that is valid now; `sequence` counts what its customer was told."""

    __tablename__ = "appointments"

    branch_id: Mapped[UUID]
    service_id: Mapped[UUID]
    staff_id: Mapped[UUID | None]
    # Nobody yet, for a slot that a running call holds while its caller decides.
    customer_id: Mapped[UUID | None]
    # The name given for this appointment: families share a phone.
    customer_name: Mapped[str | None] = mapped_column(Encrypted())
    retell_call_id: Mapped[str | None]
    status: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    sequence: Mapped[int] = mapped_column(server_default=text("0"))
    calcom_booking_uid: Mapped[str | None] = mapped_column(Encrypted())
    calcom_uid_hash: Mapped[str | None]
    calcom_booking_id: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str]
    reason: Mapped[str | None]
    price_cents: Mapped[int | None]
    currency: Mapped[str | None]
    booked_at: Mapped[datetime | None]

    __table_args__ = (
        company_key(),
        referable("appointments"),
        same_company("branch_id", "branches"),
        same_company("service_id", "services"),
        same_company("staff_id", "staff"),
        same_company("customer_id", "customers"),
        same_company("retell_call_id", "call_keys", "retell_call_id"),
        UniqueConstraint("calcom_uid_hash", name="appointments_one_per_calcom_booking"),
        one_of(
            "appointments_known_status",
            "status",
            "held",
            "booked",
            "cancelled",
            "completed",
            "missed",
            "failed",
        ),
        one_of("appointments_known_source", "source", "call", "rest"),
        CheckConstraint("start_at < end_at", name="appointments_not_empty"),
        CheckConstraint(
            "customer_id IS NOT NULL OR status IN ('held', 'failed')",
            name="appointments_nobodys_only_while_held",
        ),
        CheckConstraint(
            "status <> 'booked' OR (calcom_uid_hash IS NOT NULL AND booked_at IS NOT NULL)",
            name="appointments_booked_means_in_calendar",
        ),
        Index("appointments_page_idx", "company_id", "start_at", "id"),
        Index("appointments_customer_id_start_at_idx", "customer_id", "start_at"),
        Index("appointments_retell_call_id_idx", "company_id", "retell_call_id"),
        Index("appointments_branch_id_start_at_idx", "branch_id", "start_at"),
    )


class AppointmentSlot(Tenant, Stamped, Base):
    """One of the slots an appointment has had: a move makes a new one and lets the old one go.

    `during` and `resource_ids` are what it needs in full. Its reservations may be less while it is
    held: what the appointment's own older slot covers is not reserved twice.
    """

    __tablename__ = "appointment_slots"

    appointment_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    staff_id: Mapped[UUID]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE())
    resource_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    status: Mapped[str]
    expires_at: Mapped[datetime | None]
    price_cents: Mapped[int | None]
    currency: Mapped[str | None]

    __table_args__ = (
        company_key(),
        same_company("appointment_id", "appointments"),
        same_company("staff_id", "staff"),
        CheckConstraint("during @> tstzrange(start_at, end_at)", name="appointment_slots_buffers"),
        one_of("appointment_slots_known_status", "status", "held", "booked", "released"),
        CheckConstraint("cardinality(resource_ids) > 0", name="appointment_slots_need_resources"),
        UniqueConstraint(
            "company_id", "appointment_id", "revision", name="appointment_slots_one_per_revision"
        ),
        CheckConstraint("start_at < end_at", name="appointment_slots_not_empty"),
        Index("appointment_slots_staff_id_start_at_idx", "staff_id", "start_at"),
    )


class Reservation(Identified, Tenant, Stamped, Base):
    """A resource, for a time with its buffers. `released` rows stay as a trace and block nothing.

    Of an appointment's slot, or (`block_id`) of what people have booked in Cal.com. A hold without
    `expires_at` lives until its workflow lets it go.
    """

    __tablename__ = "reservations"

    appointment_id: Mapped[UUID | None]
    revision: Mapped[int | None]
    block_id: Mapped[UUID | None]
    resource_id: Mapped[int] = mapped_column(BigInteger)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE())
    status: Mapped[str]
    expires_at: Mapped[datetime | None]

    __table_args__ = (
        company_key(),
        ForeignKeyConstraint(
            ["company_id", "appointment_id", "revision"],
            [
                "appointment_slots.company_id",
                "appointment_slots.appointment_id",
                "appointment_slots.revision",
            ],
            name="reservations_belong_to_a_slot",
        ),
        same_company("block_id", "calendar_blocks"),
        CheckConstraint(
            "num_nonnulls(appointment_id, block_id) = 1"
            " AND (appointment_id IS NULL) = (revision IS NULL)",
            name="reservations_one_owner",
        ),
        CheckConstraint(
            "block_id IS NULL OR status <> 'held'", name="reservations_blocks_are_not_held"
        ),
        same_company("resource_id", "resources"),
        one_of("reservations_known_status", "status", "held", "booked", "released"),
        CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)",
            name="reservations_bounded",
        ),
        CheckConstraint(
            "status <> 'booked' OR expires_at IS NULL", name="reservations_booked_never_expire"
        ),
        ExcludeConstraint(
            (func.int8range(text("resource_id"), text("resource_id"), text("'[]'")), "&&"),
            (text("during"), "&&"),
            name="reservations_no_overlap",
            using="gist",
            where=text("status IN ('held', 'booked')"),
        ),
        Index("reservations_appointment_id_revision_idx", "appointment_id", "revision"),
        Index("reservations_block_id_idx", "block_id"),
        # By their end, so that looking for what is busy does not read the past.
        Index(
            "reservations_busy_idx",
            "resource_id",
            text("upper(during)"),
            postgresql_where=text("status IN ('held', 'booked')"),
        ),
        Index("reservations_expiry_idx", "expires_at", postgresql_where=text("status = 'held'")),
    )

"""What was asked of the calendar for each slot, and what it became there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Stamped, Tenant, company_key, same_company
from db.types import Encrypted


class CalendarBooking(Tenant, Stamped, Base):
    """One slot's request to Cal.com and the booking it became.

    Written before the request leaves: `is_unresolved` means that one was sent whose answer nobody
    knows. The uid opens the booking to anybody, so it is kept encrypted here and nowhere in the
    engine's histories, which know the number only.
    """

    __tablename__ = "calendar_bookings"

    appointment_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_type_id: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime]
    # When somebody last tried to have an answer: who has waited longest goes first.
    tried_at: Mapped[datetime | None]
    is_unresolved: Mapped[bool]
    booking_id: Mapped[int | None] = mapped_column(BigInteger)
    booking_uid: Mapped[str | None] = mapped_column(Encrypted())
    uid_hash: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        company_key(),
        same_company("appointment_id", "appointments"),
        ForeignKeyConstraint(
            ["company_id", "appointment_id", "revision"],
            [
                "appointment_slots.company_id",
                "appointment_slots.appointment_id",
                "appointment_slots.revision",
            ],
            name="calendar_bookings_belong_to_a_slot",
        ),
        CheckConstraint(
            "num_nonnulls(booking_id, booking_uid, uid_hash) IN (0, 3)",
            name="calendar_bookings_known_or_not",
        ),
        UniqueConstraint("uid_hash", name="calendar_bookings_one_per_uid"),
        Index("calendar_bookings_booking_id_idx", "company_id", "booking_id"),
        Index(
            "calendar_bookings_unanswered_idx",
            "company_id",
            "event_type_id",
            postgresql_where=text("booking_id IS NULL"),
        ),
    )

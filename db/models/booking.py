"""What each of an appointment's slots became in the calendar, written before anyone is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Stamped, Tenant, company_key, same_company
from db.types import Encrypted


class CalendarBooking(Tenant, Stamped, Base):
    """A Cal.com booking of one slot. Its uid opens it to anybody, so it is kept encrypted here and
    nowhere in the engine's histories, which know the number only.
    """

    __tablename__ = "calendar_bookings"

    appointment_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    booking_uid: Mapped[str] = mapped_column(Encrypted())
    uid_hash: Mapped[str]
    event_type_id: Mapped[int] = mapped_column(BigInteger)
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
        UniqueConstraint("uid_hash", name="calendar_bookings_one_per_uid"),
        Index("calendar_bookings_booking_id_idx", "company_id", "booking_id"),
    )

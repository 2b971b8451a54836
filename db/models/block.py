"""What people book in Cal.com without us, and who they are there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func
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


class CalendarBlock(Identified, Tenant, Stamped, Base):
    """A booking of Cal.com's that is none of ours, in the calendar of one of our people.

    Its reservations take the time here. Where an appointment of ours stood in the way, they cover
    what was free; `active` says that the booking is live, not that all of its time is covered.
    """

    __tablename__ = "calendar_blocks"

    connection_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    resource_id: Mapped[int] = mapped_column(BigInteger)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    booking_uid: Mapped[str] = mapped_column(Encrypted())
    uid_hash: Mapped[str]
    event_type_id: Mapped[int | None] = mapped_column(BigInteger)
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    status: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        company_key(),
        referable("calendar_blocks"),
        same_company("connection_id", "connections"),
        same_company("staff_id", "staff"),
        same_company("resource_id", "resources"),
        UniqueConstraint(
            "company_id", "uid_hash", "staff_id", name="calendar_blocks_one_per_booking"
        ),
        one_of("calendar_blocks_known_status", "status", "active", "ended"),
        CheckConstraint("start_at < end_at", name="calendar_blocks_not_empty"),
        Index("calendar_blocks_connection_id_start_at_idx", "connection_id", "start_at"),
    )


class CalendarHost(Tenant, Stamped, Base):
    """A user of Cal.com who is one of our people; where one user is several, none of them."""

    __tablename__ = "calendar_hosts"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        company_key(),
        same_company("connection_id", "connections"),
        same_company("staff_id", "staff"),
    )

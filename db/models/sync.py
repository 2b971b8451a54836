"""How far both calendars have been compared, where they differ, and what is proposed for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Identified,
    Stamped,
    Tenant,
    company_key,
    one_of,
    same_company,
)
from db.types import Encrypted


class SyncState(Tenant, Stamped, Base):
    """A connection's place in Cal.com's changes. `read_until` is Cal.com's clock, not ours."""

    __tablename__ = "sync_states"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_until: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    # Of the last full comparison.
    compared_bookings: Mapped[int] = mapped_column(server_default=text("0"))
    compared_appointments: Mapped[int] = mapped_column(server_default=text("0"))
    # Class of what the last try failed with; none when it did not.
    failed_with: Mapped[str | None]

    __table_args__ = (company_key(), same_company("connection_id", "connections"))


class CalendarDrift(Identified, Tenant, Stamped, Base):
    """One difference, for as long as it lasts. `rounds`: comparisons that have seen it."""

    __tablename__ = "calendar_drifts"

    connection_id: Mapped[UUID]
    key: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    appointment_id: Mapped[UUID | None]
    booking_uid: Mapped[str | None] = mapped_column(Encrypted())
    start_at: Mapped[datetime]
    rounds: Mapped[int] = mapped_column(server_default=text("1"))
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    callback_id: Mapped[UUID | None]

    __table_args__ = (
        company_key(),
        same_company("connection_id", "connections"),
        same_company("appointment_id", "appointments"),
        one_of("calendar_drifts_known_status", "status", "open", "ended"),
        Index(
            "calendar_drifts_one_open_per_key",
            "connection_id",
            "key",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("calendar_drifts_connection_id_start_at_idx", "connection_id", "start_at"),
    )


class MappingProposal(Identified, Tenant, Stamped, Base):
    """An event type as Cal.com has it, and whose it seems to be. A person says whether it is so.

    `status`: `mapped` (in `event_types`), `proposed`, `unmatched` (no name fits), `gone` (mapped,
    but Cal.com has it no more). `score`: 0 to 100, how well the names fit.
    """

    __tablename__ = "mapping_proposals"

    connection_id: Mapped[UUID]
    calcom_event_type_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str]
    status: Mapped[str]
    staff_id: Mapped[UUID | None]
    branch_id: Mapped[UUID | None]
    service_id: Mapped[UUID | None]
    score: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        company_key(),
        same_company("connection_id", "connections"),
        same_company("staff_id", "staff"),
        same_company("branch_id", "branches"),
        same_company("service_id", "services"),
        UniqueConstraint(
            "connection_id", "calcom_event_type_id", name="mapping_proposals_one_per_event_type"
        ),
        one_of(
            "mapping_proposals_known_status", "status", "mapped", "proposed", "unmatched", "gone"
        ),
    )

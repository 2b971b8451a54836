"""A tenant's credentials at a vendor, what is mapped there, and what was asked of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    CURRENT_COMPANY,
    Base,
    Identified,
    Stamped,
    Tenant,
    company_key,
    one_of,
    referable,
    same_company,
)
from db.models.company import EMPTY_LIST, EMPTY_OBJECT
from db.types import Encrypted


class Connection(Identified, Tenant, Stamped, Base):
    __tablename__ = "connections"

    provider: Mapped[str]
    base_url: Mapped[str]
    api_key: Mapped[str | None] = mapped_column(Encrypted())
    webhook_secret: Mapped[str | None] = mapped_column(Encrypted())
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)

    __table_args__ = (
        company_key(),
        referable("connections"),
        one_of(
            "connections_known_provider",
            "provider",
            *("calcom", "caldav", "retell", "smtp", "twilio", "llm"),
        ),
        UniqueConstraint("company_id", "provider", name="connections_one_per_provider"),
    )


class EventType(Identified, Tenant, Stamped, Base):
    """Cal.com's event type of a staff member at a branch, with the lengths it offers.

    At a CalDAV connection the number is our own: that of a collection in the connection's settings.
    """

    __tablename__ = "event_types"

    connection_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    calcom_event_type_id: Mapped[int] = mapped_column(BigInteger)
    lengths_minutes: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)

    __table_args__ = (
        company_key(),
        same_company("connection_id", "connections"),
        same_company("staff_id", "staff"),
        same_company("branch_id", "branches"),
        UniqueConstraint("staff_id", "branch_id", name="event_types_one_per_staff_and_branch"),
        UniqueConstraint(
            "connection_id", "calcom_event_type_id", name="event_types_mapped_once_per_connection"
        ),
        Index("event_types_branch_id_idx", "branch_id"),
    )


class ApiCallLog(Base):
    """What was asked of a vendor and how it went; never a body."""

    __tablename__ = "api_call_logs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(server_default=text(CURRENT_COMPANY))
    connection_id: Mapped[UUID | None]
    operation: Mapped[str]
    method: Mapped[str]
    status: Mapped[int | None]
    duration_ms: Mapped[int]
    request_id: Mapped[str | None]
    error_class: Mapped[str | None]
    retell_call_id: Mapped[str | None]
    appointment_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        company_key(),
        same_company("connection_id", "connections"),
        Index("api_call_logs_page_idx", "company_id", "at"),
        Index("api_call_logs_appointment_id_idx", "appointment_id"),
    )

"""Who may ask, what was asked once, and what was changed by whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import CURRENT_COMPANY, Base, Identified, Stamped, Tenant, company_key
from db.models.company import EMPTY_LIST, EMPTY_OBJECT


class ApiKey(Identified, Tenant, Stamped, Base):
    """The key itself is shown once and never stored: a prefix to recognise, a hash to find."""

    __tablename__ = "api_keys"

    name: Mapped[str]
    prefix: Mapped[str]
    sha256: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    revoked_at: Mapped[datetime | None]

    __table_args__ = (company_key(), UniqueConstraint("sha256", name="api_keys_one_per_hash"))


class IdempotencyKey(Tenant, Base):
    """One key of one company is one request and one appointment."""

    __tablename__ = "idempotency_keys"

    company_id: Mapped[UUID] = mapped_column(
        primary_key=True, server_default=text(CURRENT_COMPANY), sort_order=-5
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    request_sha256: Mapped[str]
    appointment_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (company_key(),)


class AuditEntry(Base):
    """Append-only: the application may insert and read, nothing else."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(server_default=text(CURRENT_COMPANY))
    actor: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        company_key(),
        Index("audit_log_page_idx", "company_id", "id"),
        Index("audit_log_subject_idx", "company_id", "subject_type", "subject_id"),
    )

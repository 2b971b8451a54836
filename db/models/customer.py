"""People who call. Names and addresses are encrypted; keyed hashes find them again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Stamped, Tenant, company_key, referable, same_company
from db.types import Encrypted


class Customer(Identified, Tenant, Stamped, Base):
    __tablename__ = "customers"

    name: Mapped[str | None] = mapped_column(Encrypted())
    phone: Mapped[str | None] = mapped_column(Encrypted())
    email: Mapped[str | None] = mapped_column(Encrypted())
    phone_hash: Mapped[str | None]
    email_hash: Mapped[str | None]
    language: Mapped[str | None]
    no_email: Mapped[bool] = mapped_column(server_default=text("false"))
    no_sms: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        company_key(),
        referable("customers"),
        Index(
            "customers_one_per_phone",
            "company_id",
            "phone_hash",
            unique=True,
            postgresql_where=text("phone_hash IS NOT NULL"),
        ),
        Index(
            "customers_email_idx",
            "company_id",
            "email_hash",
            postgresql_where=text("email_hash IS NOT NULL"),
        ),
        Index(
            "customers_one_per_bare_email",
            "company_id",
            "email_hash",
            unique=True,
            postgresql_where=text("email_hash IS NOT NULL AND phone_hash IS NULL"),
        ),
        Index("customers_page_idx", "company_id", "created_at", "id"),
    )


class BlockedNumber(Tenant, Stamped, Base):
    """Callers that a company takes no calls from; the number itself is not kept."""

    __tablename__ = "blocked_numbers"

    phone_hash: Mapped[str]
    reason: Mapped[str | None]

    __table_args__ = (
        PrimaryKeyConstraint("company_id", "phone_hash", name="blocked_numbers_pkey"),
        company_key(),
    )


class OptOut(Tenant, Stamped, Base):
    """A number that wants no messages from this company. `source`: `sms`, `rest` or `vendor`."""

    __tablename__ = "opt_outs"

    phone_hash: Mapped[str]
    source: Mapped[str]

    __table_args__ = (
        PrimaryKeyConstraint("company_id", "phone_hash", name="opt_outs_pkey"),
        company_key(),
    )


class VerificationCode(Identified, Tenant, Stamped, Base):
    """Sent by SMS to the number on file, to be said by a caller whose own number proves nothing."""

    __tablename__ = "verification_codes"

    retell_call_id: Mapped[str]
    customer_id: Mapped[UUID]
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    used_at: Mapped[datetime | None]

    __table_args__ = (
        company_key(),
        same_company("customer_id", "customers"),
        same_company("retell_call_id", "call_keys", "retell_call_id"),
        UniqueConstraint("company_id", "retell_call_id", name="verification_codes_one_per_call"),
    )

"""Phone calls, partitioned by month, and the key that keeps them one row each."""

from datetime import datetime
from typing import Any
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

from db.models.base import Base, Stamped, Tenant, company_key, one_of, referable, same_company
from db.models.company import EMPTY_LIST, EMPTY_OBJECT
from db.types import Encrypted, EncryptedJson


class CallKey(Tenant, Base):
    """One row a call, unpartitioned: a unique key of `calls` would have to hold `started_at`.

    `calls` refers to the triple, so a second row of a call (under another start) cannot exist.
    A better start is written here and cascades, which moves the call to its month.
    """

    __tablename__ = "call_keys"

    retell_call_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]

    __table_args__ = (
        company_key(),
        referable("call_keys", "retell_call_id"),
        UniqueConstraint(
            "retell_call_id", "company_id", "started_at", name="call_keys_one_start_per_call"
        ),
    )


class Call(Tenant, Stamped, Base):
    __tablename__ = "calls"

    retell_call_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    branch_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    agent_id: Mapped[str | None]
    dialled: Mapped[str | None]
    from_number: Mapped[str | None] = mapped_column(Encrypted())
    phone_hash: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="running")
    outcome: Mapped[str | None]
    needs_review: Mapped[bool] = mapped_column(server_default=text("false"))
    review_reason: Mapped[str | None]
    intent: Mapped[Any | None] = mapped_column(EncryptedJson())
    reason: Mapped[str | None]
    missing: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    offers: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    timeline: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    disconnection_reason: Mapped[str | None]
    # Whatever the inbound answer put in comes back: it may name the caller.
    call_metadata: Mapped[Any | None] = mapped_column("metadata", EncryptedJson())
    transcript: Mapped[Any | None] = mapped_column(EncryptedJson())
    analysis: Mapped[Any | None] = mapped_column(EncryptedJson())
    # What the tenant's language model read, where one was asked: `domain.understanding.LlmReading`.
    model_reading: Mapped[Any | None] = mapped_column(EncryptedJson())
    events: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    # How late in a call each fact was said: a later event's word stays, whatever comes after it.
    fact_ranks: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        company_key(),
        ForeignKeyConstraint(
            ["retell_call_id", "company_id", "started_at"],
            ["call_keys.retell_call_id", "call_keys.company_id", "call_keys.started_at"],
            name="calls_one_row_per_call",
            onupdate="CASCADE",
        ),
        same_company("branch_id", "branches"),
        same_company("customer_id", "customers"),
        CheckConstraint(
            "(state = 'settled') = (outcome IS NOT NULL AND settled_at IS NOT NULL)",
            name="calls_settled_has_an_outcome",
        ),
        one_of("calls_known_state", "state", "running", "settled"),
        one_of(
            "calls_known_outcome",
            "outcome",
            "booked",
            "reserved",
            "rescheduled",
            "cancelled",
            "info",
            "callback",
            "transfer",
            "none",
            "failed",
        ),
        Index("calls_page_idx", "company_id", "started_at", "retell_call_id"),
        Index("calls_phone_hash_idx", "company_id", "phone_hash"),
        {"postgresql_partition_by": "RANGE (started_at)"},
    )

"""What people were told, and what people were asked to do: notifications and callbacks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Stamped, Tenant, company_key, one_of, same_company
from db.models.company import EMPTY_LIST
from db.types import EncryptedJson


class Notification(Identified, Tenant, Stamped, Base):
    """One message. Its identity is what it is about, so that it is sent once.

    `repeats` counts sends after one whose outcome was unclear, all under one `message_id`.
    """

    __tablename__ = "notifications"

    appointment_id: Mapped[UUID | None]
    retell_call_id: Mapped[str | None]
    kind: Mapped[str]
    audience: Mapped[str]
    channel: Mapped[str]
    sequence: Mapped[int] = mapped_column(server_default=text("0"))
    message_id: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    repeats: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    # The vendor's own id, by which its delivery reports find the message, and what they say.
    provider_id: Mapped[str | None]
    delivery: Mapped[str | None]

    __table_args__ = (
        company_key(),
        same_company("appointment_id", "appointments"),
        same_company("retell_call_id", "call_keys", "retell_call_id"),
        Index(
            "notifications_one_per_appointment_message",
            "appointment_id",
            "kind",
            "audience",
            "channel",
            "sequence",
            unique=True,
            postgresql_where=text("appointment_id IS NOT NULL"),
        ),
        Index(
            "notifications_one_per_call_message",
            "retell_call_id",
            "kind",
            "audience",
            unique=True,
            postgresql_where=text("retell_call_id IS NOT NULL"),
        ),
        UniqueConstraint("message_id", name="notifications_one_identity_each"),
        CheckConstraint(
            "num_nonnulls(appointment_id, retell_call_id) = 1",
            name="notifications_about_a_call_or_an_appointment",
        ),
        Index("notifications_provider_id_idx", "company_id", "provider_id"),
        one_of("notifications_known_audience", "audience", "customer", "branch"),
        one_of("notifications_known_channel", "channel", "email", "sms"),
        one_of(
            "notifications_known_status",
            "status",
            "pending",
            "sending",
            "sent",
            "unclear",
            "rejected",
            "skipped",
        ),
    )


class Callback(Identified, Tenant, Stamped, Base):
    """A task for people: call this caller back. `details` holds the words and numbers.

    `dedupe_key`: what a task that no call made is about, so that it is made once.
    """

    __tablename__ = "callbacks"

    retell_call_id: Mapped[str | None]
    source: Mapped[str] = mapped_column(server_default="call")
    dedupe_key: Mapped[str | None]
    appointment_id: Mapped[UUID | None]
    branch_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    reason: Mapped[str]
    missing: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    offers: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    urgency: Mapped[str] = mapped_column(server_default="normal")
    status: Mapped[str] = mapped_column(server_default="open")
    details: Mapped[Any | None] = mapped_column(EncryptedJson())
    done_at: Mapped[datetime | None]

    __table_args__ = (
        company_key(),
        same_company("retell_call_id", "call_keys", "retell_call_id"),
        same_company("branch_id", "branches"),
        same_company("customer_id", "customers"),
        same_company("appointment_id", "appointments"),
        UniqueConstraint("retell_call_id", name="callbacks_one_per_call"),
        UniqueConstraint("company_id", "dedupe_key", name="callbacks_one_per_key"),
        one_of("callbacks_known_source", "source", "call", "rest", "calendar"),
        one_of("callbacks_known_urgency", "urgency", "normal", "high"),
        one_of("callbacks_known_status", "status", "open", "done"),
        Index("callbacks_page_idx", "company_id", "created_at", "id"),
    )

"""What vendors sent us, as they sent it, before anything is made of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Stamped, company_key, one_of


class WebhookEvent(Identified, Stamped, Base):
    """One row an event, however often it is delivered. `company_id` is unknown at first.

    `body` is a Fernet token written by `queries.webhooks`: rows are reached by functions of the
    database only, so the column's type does not encrypt by itself.
    """

    __tablename__ = "webhook_events"

    company_id: Mapped[UUID | None] = mapped_column(sort_order=-5)
    source: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    retell_call_id: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    # Of the plain body: tokens of near lengths look alike.
    body_bytes: Mapped[int | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    signalled_at: Mapped[datetime | None]
    deliveries: Mapped[int] = mapped_column(server_default=text("1"))
    status: Mapped[str] = mapped_column(server_default="accepted")
    error: Mapped[str | None]

    __table_args__ = (
        company_key(),
        UniqueConstraint("source", "event_id", name="webhook_events_one_per_event"),
        one_of("webhook_events_known_status", "status", "accepted", "invalid", "late"),
        Index("webhook_events_retell_call_id_idx", "retell_call_id"),
        Index(
            "webhook_events_unsignalled_idx",
            "received_at",
            postgresql_where=text(
                "signalled_at IS NULL AND status = 'accepted' AND retell_call_id IS NOT NULL"
            ),
        ),
        Index(
            "webhook_events_calendar_unsignalled_idx",
            "received_at",
            postgresql_where=text(
                "signalled_at IS NULL AND status = 'accepted' AND starts_with(source, 'calcom:')"
            ),
        ),
    )

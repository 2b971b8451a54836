"""What vendors sent, stored before a tenant is known, through functions of the database only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.types import decrypted, encrypted

EventStatus = Literal["accepted", "invalid", "late"]


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """`signalled`: an earlier delivery got as far as the workflow."""

    id: UUID
    is_new: bool
    signalled: bool


@dataclass(frozen=True, kw_only=True)
class EventBody:
    id: UUID
    source: str
    event_id: str
    kind: str
    retell_call_id: str | None
    body: bytes = field(repr=False)
    received_at: datetime
    company_id: UUID | None

    @property
    def signed_by(self) -> UUID | None:
        """The company whose own workspace sent it (source `retell:{connection id}`)."""
        return self.company_id if ":" in self.source else None


@dataclass(frozen=True, kw_only=True)
class UnsignalledEvent:
    id: UUID
    source: str
    kind: str
    retell_call_id: str | None


# Read by SQLAlchemy once, not with each event.
_STORE = text(
    "SELECT id, is_new, signalled, CASE WHEN :mark THEN mark_webhook_signalled(id) END"
    " FROM store_webhook_event("
    ":source, :event_id, :kind, :retell_call_id, :body, :status, :error, :company_id,"
    " :body_bytes, :replaces)"
)
_BODIES = text(
    "SELECT id, source, event_id, kind, retell_call_id, body, received_at, company_id"
    " FROM webhook_event_bodies(CAST(:ids AS uuid[]))"
)


async def store_event(
    session: AsyncSession,
    *,
    source: str,
    event_id: str,
    kind: str,
    body: bytes,
    retell_call_id: str | None = None,
    company_id: UUID | None = None,
    status: EventStatus = "accepted",
    error: str | None = None,
    replaces: bool = False,
    signalled: bool = False,
) -> StoredEvent:
    """One row per (source, event_id). A repeated delivery is counted and its body not kept, unless
    it `replaces` the earlier and is longer. `signalled`: nobody has to pass it on later.
    """
    arguments = {
        "source": source,
        "event_id": event_id,
        "kind": kind,
        "retell_call_id": retell_call_id,
        "body": encrypted(body),
        "status": status,
        "error": error,
        "company_id": company_id,
        "body_bytes": len(body),
        "replaces": replaces,
        "mark": signalled,
    }
    row = (await session.execute(_STORE, arguments)).one()
    return StoredEvent(id=row[0], is_new=row[1], signalled=row[2] or signalled)


async def mark_signalled(session: AsyncSession, event_id: UUID) -> None:
    await session.execute(text("SELECT mark_webhook_signalled(:id)"), {"id": event_id})


async def mark_late(session: AsyncSession, event_id: UUID) -> None:
    """Its call was over; one that the workflow heard of stays as it is."""
    await session.execute(text("SELECT mark_webhook_late(:id)"), {"id": event_id})


async def mark_invalid(session: AsyncSession, event_id: UUID, error: str) -> None:
    """Kept for review, used for nothing."""
    arguments = {"id": event_id, "error": error}
    await session.execute(text("SELECT mark_webhook_invalid(:id, :error)"), arguments)


async def attribute_events(session: AsyncSession, event_ids: Sequence[UUID]) -> None:
    """Gives events to the session's tenant (a tenant session); owned ones stay where they are."""
    await session.execute(
        text("SELECT attribute_webhook_events(CAST(:ids AS uuid[]))"), {"ids": list(event_ids)}
    )


async def read_events(session: AsyncSession, event_ids: Sequence[UUID]) -> list[EventBody]:
    """In order of arrival; works in either kind of session."""
    rows = await session.execute(_BODIES, {"ids": list(event_ids)})
    return [
        EventBody(
            id=row.id,
            source=row.source,
            event_id=row.event_id,
            kind=row.kind,
            retell_call_id=row.retell_call_id,
            body=decrypted(bytes(row.body)),
            received_at=row.received_at,
            company_id=row.company_id,
        )
        for row in rows
    ]


async def events_of_call(session: AsyncSession, retell_call_id: str) -> list[UUID]:
    """Accepted events in order of arrival."""
    query = text("SELECT id FROM webhook_events_of_call(:id) WHERE status = 'accepted'")
    return list(await session.scalars(query, {"id": retell_call_id}))


async def unsignalled_events(
    session: AsyncSession, *, before: datetime, limit: int = 100
) -> list[UnsignalledEvent]:
    """Stored, but no workflow heard of them: the process died in between."""
    query = text(
        "SELECT id, source, kind, retell_call_id FROM unsignalled_webhook_events(:before, :limit)"
    )
    rows = await session.execute(query, {"before": before, "limit": limit})
    return [
        UnsignalledEvent(id=r.id, source=r.source, kind=r.kind, retell_call_id=r.retell_call_id)
        for r in rows
    ]

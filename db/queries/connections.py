"""A tenant's connections to vendors and what is mapped there."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Connection, EventType


@dataclass(frozen=True, kw_only=True)
class ConnectionRecord:
    id: UUID
    provider: str
    base_url: str
    api_key: str | None = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    settings: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class EventTypeRecord:
    id: UUID
    connection_id: UUID
    staff_id: UUID
    branch_id: UUID
    calcom_event_type_id: int
    lengths_minutes: list[int]


async def get_connection(
    session: AsyncSession, *, connection_id: UUID | None = None, provider: str = "calcom"
) -> ConnectionRecord | None:
    """By id, or the tenant's one connection at the provider."""
    query = select(Connection)
    if connection_id is not None:
        query = query.where(Connection.id == connection_id)
    else:
        query = query.where(Connection.provider == provider)
    found = await session.scalar(query)
    return connection_record(found) if found is not None else None


def connection_record(found: Connection) -> ConnectionRecord:
    return ConnectionRecord(
        **{name: getattr(found, name) for name in ConnectionRecord.__dataclass_fields__}
    )


async def upsert_connection(
    session: AsyncSession,
    *,
    provider: str,
    base_url: str,
    api_key: str | None = None,
    webhook_secret: str | None = None,
    settings: dict[str, Any] | None = None,
) -> UUID:
    new = insert(Connection).values(
        id=uuid4(),
        provider=provider,
        base_url=base_url,
        api_key=api_key,
        webhook_secret=webhook_secret,
        settings=settings or {},
    )
    keep = {
        **{name: new.excluded[name] for name in ("base_url", "api_key", "settings")},
        # One that was made here (`keep_webhook_secret`) outlives a catalogue without it.
        "webhook_secret": func.coalesce(new.excluded.webhook_secret, Connection.webhook_secret),
    }
    query = new.on_conflict_do_update(constraint="connections_one_per_provider", set_=keep)
    return (await session.execute(query.returning(Connection.id))).scalar_one()


async def keep_webhook_secret(session: AsyncSession, connection_id: UUID, new: str) -> str:
    """The connection's secret: the one that it has, else this one from now on."""
    row = (
        await session.scalars(
            select(Connection).where(Connection.id == connection_id).with_for_update()
        )
    ).one()
    if row.webhook_secret is None:
        row.webhook_secret = new
        await session.flush()
    return row.webhook_secret


async def upsert_event_type(
    session: AsyncSession,
    *,
    connection_id: UUID,
    staff_id: UUID,
    branch_id: UUID,
    calcom_event_type_id: int,
    lengths_minutes: list[int],
) -> UUID:
    new = insert(EventType).values(
        id=uuid4(),
        connection_id=connection_id,
        staff_id=staff_id,
        branch_id=branch_id,
        calcom_event_type_id=calcom_event_type_id,
        lengths_minutes=lengths_minutes,
    )
    names = ("connection_id", "calcom_event_type_id", "lengths_minutes")
    keep = {name: new.excluded[name] for name in names}
    query = new.on_conflict_do_update(constraint="event_types_one_per_staff_and_branch", set_=keep)
    return (await session.execute(query.returning(EventType.id))).scalar_one()


async def find_event_type(
    session: AsyncSession, *, staff_id: UUID, branch_id: UUID
) -> EventTypeRecord | None:
    query = select(EventType).where(
        EventType.staff_id == staff_id, EventType.branch_id == branch_id
    )
    found = await session.scalar(query)
    return _event_type(found) if found else None


async def list_event_types(
    session: AsyncSession, *, branch_id: UUID | None = None, staff_id: UUID | None = None
) -> list[EventTypeRecord]:
    query = select(EventType).order_by(EventType.branch_id, EventType.staff_id)
    if branch_id is not None:
        query = query.where(EventType.branch_id == branch_id)
    if staff_id is not None:
        query = query.where(EventType.staff_id == staff_id)
    return [_event_type(found) for found in await session.scalars(query)]


async def event_types_of_the_same_person(
    session: AsyncSession, *, connection_id: UUID, calcom_event_type_id: int
) -> list[EventTypeRecord]:
    """All of the person whose event type this is, at every branch; none where it is not ours."""
    whose = select(EventType.staff_id).where(
        EventType.connection_id == connection_id,
        EventType.calcom_event_type_id == calcom_event_type_id,
    )
    query = select(EventType).where(EventType.staff_id.in_(whose))
    return [_event_type(found) for found in await session.scalars(query)]


def _event_type(found: EventType) -> EventTypeRecord:
    return EventTypeRecord(
        **{name: getattr(found, name) for name in EventTypeRecord.__dataclass_fields__}
    )

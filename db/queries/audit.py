"""Who changed what. Append-only: the application's role may insert and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AuditEntry
from db.queries.paging import Page, decode_cursor, make_page, page_size


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    id: int
    actor: str
    action: str
    subject_type: str
    subject_id: str
    changes: dict[str, Any]
    at: datetime


_ENTRY = insert(cast("Table", AuditEntry.__table__))


async def write_audit(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject_type: str,
    subject_id: str,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """`changes` holds ids, codes and instants as text; never names, phones or words."""
    await session.execute(
        _ENTRY,
        {
            "actor": actor,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "changes": dict(changes or {}),
        },
    )


async def list_audit(
    session: AsyncSession,
    *,
    limit: int = 50,
    cursor: str | None = None,
    subject_type: str | None = None,
    subject_id: str | None = None,
) -> Page[AuditRecord]:
    """Newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc())
    if subject_type is not None:
        query = query.where(AuditEntry.subject_type == subject_type)
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    if cursor is not None:
        query = query.where(AuditEntry.id < int(decode_cursor(cursor)[1]))
    rows = await session.scalars(query.limit(page_size(limit) + 1))
    items = [
        AuditRecord(**{name: getattr(row, name) for name in AuditRecord.__dataclass_fields__})
        for row in rows
    ]
    return make_page(items, limit, lambda entry: (entry.at, entry.id))

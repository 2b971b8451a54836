"""What was asked of a vendor and how it went: no bodies, no personal data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiCallLog


async def write_api_log(
    session: AsyncSession,
    *,
    operation: str,
    method: str,
    duration_ms: int,
    connection_id: UUID | None = None,
    status: int | None = None,
    request_id: str | None = None,
    error_class: str | None = None,
    retell_call_id: str | None = None,
    appointment_id: UUID | None = None,
) -> None:
    """`status` is the HTTP status, None when there was no answer."""
    await session.execute(
        insert(ApiCallLog).values(
            connection_id=connection_id,
            operation=operation,
            method=method,
            status=status,
            duration_ms=duration_ms,
            request_id=request_id,
            error_class=error_class,
            retell_call_id=retell_call_id,
            appointment_id=appointment_id,
        )
    )


@dataclass(frozen=True, kw_only=True)
class AskedRecord:
    """`answer`: its class, with the cause of a refusal behind a colon; None: answered."""

    at: datetime
    operation: str
    status: int | None
    answer: str | None


async def last_asked(
    session: AsyncSession, *, connection_id: UUID, since_at: datetime, limit: int
) -> list[AskedRecord]:
    """What was asked over a connection, the newest first."""
    query = (
        select(ApiCallLog)
        .where(ApiCallLog.connection_id == connection_id, ApiCallLog.at >= since_at)
        .order_by(ApiCallLog.at.desc(), ApiCallLog.id.desc())
        .limit(limit)
    )
    return [
        AskedRecord(at=row.at, operation=row.operation, status=row.status, answer=row.error_class)
        for row in await session.scalars(query)
    ]

"""What was asked of a vendor and how it went: no bodies, no personal data."""

from uuid import UUID

from sqlalchemy import insert
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

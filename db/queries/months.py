"""The months that calls are kept in, made ahead of time by a function of the database."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Attaching a month waits for whoever uses the default partition; it must not make others wait.
LOCK_TIMEOUT_MS = 4_000


async def ensure_months(session: AsyncSession, *, ahead: int) -> int:
    """Makes what is missing of this month and the next `ahead`; how many that were."""
    await session.execute(
        text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": str(LOCK_TIMEOUT_MS)}
    )
    query = text("SELECT ensure_call_partitions(now()::date, :months)")
    made: int | None = await session.scalar(query, {"months": ahead + 1})
    return made or 0

"""What has to be done now and then, by a schedule or an operator."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def ensure_call_partitions(session: AsyncSession, *, from_day: date, months: int = 12) -> int:
    """Makes the months of `calls` that are missing; how many were made. No tenant is needed.

    A call of a month without a partition is kept in the default one and moved when its month is
    made, so being late loses nothing.
    """
    query = text("SELECT ensure_call_partitions(:from_day, :months)")
    made = await session.execute(query, {"from_day": from_day, "months": months})
    return int(made.scalar_one())

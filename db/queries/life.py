"""What a company says about the life of its appointments: reminders, quiet hours, follow-ups."""

from dataclasses import dataclass
from datetime import time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Company


@dataclass(frozen=True, kw_only=True)
class LifeRules:
    """Quiet hours are wall time at the branch; equal ends mean none."""

    reminder_minutes: tuple[int, ...]
    quiet_from: time
    quiet_to: time
    follow_up_missed: bool


async def get_life_rules(session: AsyncSession) -> LifeRules:
    """The session's own company's."""
    query = select(
        Company.reminder_minutes,
        Company.quiet_from,
        Company.quiet_to,
        Company.follow_up_missed,
    )
    row = (await session.execute(query)).one()
    return LifeRules(
        # Whatever somebody wrote there that is no number of minutes reminds nobody.
        reminder_minutes=tuple(m for m in row.reminder_minutes if type(m) is int),
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        follow_up_missed=row.follow_up_missed,
    )

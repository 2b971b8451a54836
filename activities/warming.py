"""Whose free times are worth fetching before anybody asks: where somebody may call soon.

Whoever calls while nothing is kept hears what our own data say, and waits for Cal.com. So what is
missing, or would soon be too old to be told, is fetched in the background, by small parts.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from activities.calendar_view import A_DAY
from activities.free_times import CalendarOf, FreeTimes
from domain.errors import Closed
from domain.slots import BranchPlan, opening_of
from domain.timespan import TimeSpan

# Told for half an hour: fetched anew while the next run, two minutes later, is still in time.
# Sooner would be three requests where one does.
RENEWED_S = 1_200.0
# The first callers ring when the door opens.
SOON = timedelta(hours=1)


def is_near_opening(plan: BranchPlan, now: datetime) -> bool:
    """Open now, or within the hour. Yesterday too: a bar closes after midnight."""
    window = TimeSpan(now, now + SOON)
    today = now.astimezone(plan.tz).date()
    found = (opening_of(plan, day) for day in (today - A_DAY, today, today + A_DAY))
    return any(
        span.overlaps(window) for day in found if not isinstance(day, Closed) for span in day
    )


def days_of_opening(plan: BranchPlan, now: datetime, days: int) -> tuple[date, ...]:
    """Of the next `days` local days, today included, those on which it opens."""
    today = now.astimezone(plan.tz).date()
    ahead = (today + number * A_DAY for number in range(min(days, plan.rules.horizon_days)))
    return tuple(day for day in ahead if not isinstance(opening_of(plan, day), Closed))


async def cold_ones(
    times: FreeTimes, calendars: Iterable[CalendarOf], days: Sequence[date]
) -> list[CalendarOf]:
    """Those of which a day is missing or old; not those that just now could not be read."""
    return [one for one in calendars if await _is_cold(times, one, days)]


async def _is_cold(times: FreeTimes, calendar: CalendarOf, days: Sequence[date]) -> bool:
    kept = await times.read(calendar, days)
    is_warm = all(day in kept and kept[day].age_s <= RENEWED_S for day in days)
    return not is_warm and not await times.is_set_aside(calendar)

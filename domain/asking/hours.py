"""When a branch is open, as facts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.errors import Closed, Holiday
from domain.slots import BranchPlan, opening_of
from domain.timespan import TimeSpan, as_utc

MAX_DAYS = 7
_LOOK_AHEAD_DAYS = 31  # who is closed for longer has no "next opening" worth saying
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DayOpening:
    """`spans`: the opening intervals that begin that day; none: closed, on a `holiday` or so."""

    day: date
    spans: tuple[TimeSpan, ...]
    holiday: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpeningFacts:
    """`closes_at`: of the interval that is going on; `next_opening_at`: the next that begins."""

    today: date
    days: tuple[DayOpening, ...]
    open_now: bool
    closes_at: datetime | None
    next_opening_at: datetime | None


def opening_facts(
    plan: BranchPlan, first_day: date, now: datetime, *, days: int = 1
) -> OpeningFacts:
    """For `days` (1 to 7) days from `first_day`, and as of `now`."""
    now = as_utc(now)
    today = now.astimezone(plan.tz).date()
    going_on = next((s for s in _around(plan, today) if s.contains(now)), None)
    return OpeningFacts(
        today=today,
        days=tuple(_on(plan, first_day + n * _DAY) for n in range(min(max(days, 1), MAX_DAYS))),
        open_now=going_on is not None,
        closes_at=going_on.end_at if going_on else None,
        next_opening_at=_next_opening(plan, today, now),
    )


def _on(plan: BranchPlan, day: date) -> DayOpening:
    opening = opening_of(plan, day)
    if isinstance(opening, Closed):
        name = opening.name if isinstance(opening, Holiday) else None
        return DayOpening(day=day, spans=(), holiday=name)
    return DayOpening(day=day, spans=opening)


def _around(plan: BranchPlan, today: date) -> tuple[TimeSpan, ...]:
    return (*_on(plan, today - _DAY).spans, *_on(plan, today).spans)


def _next_opening(plan: BranchPlan, today: date, now: datetime) -> datetime | None:
    for n in range(_LOOK_AHEAD_DAYS):
        for span in _on(plan, today + n * _DAY).spans:
            if span.start_at > now:
                return span.start_at
    return None

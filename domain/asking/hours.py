"""When a branch is open: as facts, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.slots import BranchPlan
from domain.speech import Lang
from domain.timespan import TimeSpan


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
    raise NotImplementedError


def spoken_hours(spans: Sequence[TimeSpan], zone: str, lang: Lang) -> str:
    """Like "von acht bis zwölf Uhr und von dreizehn bis achtzehn Uhr"; empty for none."""
    raise NotImplementedError

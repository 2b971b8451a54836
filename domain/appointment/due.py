"""When a customer is reminded: before the start, never at night, never of what was just booked.

Minutes are minutes that pass, not wall time: a day before is 24 hours before, also in the night
when the clocks change. Quiet hours are wall time at the branch, and in such a night rather too long
than too short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.timespan import TimeSpan, as_utc, boundary_to_instant, is_ambiguous

# Later than this nobody can come any more who had forgotten it.
LEAST_BEFORE = timedelta(minutes=30)
# Whoever booked within the hour remembers it.
FRESH = timedelta(hours=1)
# So long before quiet hours begin, that a mail server which is slow for a moment disturbs nobody.
BEFORE_QUIET = timedelta(minutes=15)
REMINDERS_MAX = 5
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """`minutes`: which of the company's it is. `at` is earlier where that would be a quiet time."""

    minutes: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """[from, to) in wall time of the branch; over midnight if `to` is not later. Equal: none."""

    zone: ZoneInfo
    from_local: time
    to_local: time

    def around(self, at: datetime) -> TimeSpan | None:
        """The quiet time that `at` falls into."""
        if self.from_local == self.to_local:
            return None
        today = as_utc(at).astimezone(self.zone).date()
        for day in (today - _DAY, today):
            last = day if self.from_local < self.to_local else day + _DAY
            begins, ends = self._first(day, self.from_local), self._last(last, self.to_local)
            if begins <= at < ends:
                return TimeSpan(begins, ends)
        return None

    def _first(self, day: date, wall: time) -> datetime:
        return boundary_to_instant(datetime.combine(day, wall), self.zone)

    def _last(self, day: date, wall: time) -> datetime:
        local = datetime.combine(day, wall)
        if is_ambiguous(local, self.zone):
            return as_utc(local.replace(tzinfo=self.zone, fold=1))
        return boundary_to_instant(local, self.zone)


def reminders_due(
    start_at: datetime, booked_at: datetime, reminder_minutes: Sequence[int], quiet: QuietHours
) -> list[Reminder]:
    """In the order they come. `booked_at`: when it got this start, by booking or by a move.

    Left out is what would come within the hour of the booking. What would be less than half an
    hour before the start comes then. What falls into quiet hours comes before them, or not at all
    where less than a quarter of an hour lies between one night and the next; of two that so fall
    together the one meant to be later is kept. At most five, the longest before the start first.
    """
    earliest = as_utc(booked_at) + FRESH
    by_instant: dict[datetime, Reminder] = {}
    for minutes in sorted({m for m in reminder_minutes if m > 0}, reverse=True)[:REMINDERS_MAX]:
        at = _outside(quiet, as_utc(start_at) - max(minutes * _MINUTE, LEAST_BEFORE))
        if at is not None and at >= earliest:
            by_instant[at] = Reminder(minutes=minutes, at=at)
    return [by_instant[at] for at in sorted(by_instant)]


def _outside(quiet: QuietHours, at: datetime) -> datetime | None:
    night = quiet.around(at)
    if night is None:
        return at
    before = night.start_at - BEFORE_QUIET
    return before if quiet.around(before) is None else None

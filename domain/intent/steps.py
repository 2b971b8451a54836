"""Steps through the calendar by days, working days, weeks, months and years."""

import calendar
import datetime as dt

from domain.intent import feasts
from domain.intent.moment import Duration, Grain

_DAY = dt.timedelta(days=1)
_FIXED_STEPS = {
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": _DAY,
    "week": 7 * _DAY,
}


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def add_months(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _workdays_on(at: dt.datetime, n: int, land: str) -> dt.datetime:
    """So many days from Monday to Friday further on or back, without holidays of the land."""
    step = _DAY if n > 0 else -_DAY
    for _ in range(min(abs(n), _MOST_WORKDAYS)):
        at += step
        while at.weekday() >= _SATURDAY or feasts.closes_land(at.date(), land):
            at += step
    return at


_SATURDAY = 5
_MOST_WORKDAYS = 400


def onward(at: dt.datetime, duration: Duration, sign: int = 1) -> dt.datetime:
    """So long after a time, or before it."""
    if duration.grain == "workday":
        return _workdays_on(at, sign * round(duration.n), duration.land)
    return shift(at, sign * duration.n, duration.grain)


def shift(at: dt.datetime, n: float, grain: Grain) -> dt.datetime:
    """By units of the calendar; working days of Germany, see `onward` for others."""
    if grain == "workday":
        return _workdays_on(at, round(n), "DE")
    if grain in _FIXED_STEPS:
        return at + n * _FIXED_STEPS[grain]
    months = round(n * {"month": 1, "quarter": 3, "year": 12}[grain])
    return dt.datetime.combine(add_months(at.date(), months), at.time())


def floor(at: dt.datetime, grain: Grain) -> dt.datetime:
    """The beginning of the second, … week, month, quarter or year."""
    day = midnight(at.date())
    starts: dict[Grain, dt.datetime] = {
        "second": at.replace(microsecond=0),
        "minute": at.replace(second=0, microsecond=0),
        "hour": at.replace(minute=0, second=0, microsecond=0),
        "day": day,
        "workday": day,
        "week": day - at.weekday() * _DAY,
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }
    return starts[grain]

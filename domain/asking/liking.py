"""The time within a window that is liked best: "nachmittags, am liebsten gegen fünf"."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.asking.model import AnyTime, Daily, When, Within
from domain.asking.placing import ABOUT, Present, at_time, day_span, hours_of
from domain.intent.dial import hours
from domain.intent.moment import Clock, Day, Moment

_DAY = timedelta(days=1)
_MIDNIGHT = time()


def liking(when: When, liked: Moment, present: Present) -> When:
    """The window, with the time in it that is liked best; it is made wide enough for that."""
    if isinstance(when, AnyTime):
        if when.daily is None or liked.clock is None:
            return when
        return replace(when, daily=_widened(when.daily, _liked_time(liked.clock, when.daily)))
    if not isinstance(when, Within):
        return when
    if when.daily is not None and liked.clock is not None:
        return replace(when, daily=_widened(when.daily, _liked_time(liked.clock, when.daily)))
    start = when.from_local or present.said
    near = _liked_day(when, liked, present) or start.date()
    at = datetime.combine(near, _liked_of(liked, when, present))
    return Within(
        from_local=min(start, at) if when.from_local else None,
        until_local=max(when.until_local, at + ABOUT) if when.until_local else None,
        near_local=at,
        daily=when.daily,
    )


def _liked_of(liked: Moment, when: Within, present: Present) -> time:
    if liked.clock is not None:
        end = when.until_local.time() if when.until_local else _MIDNIGHT
        opens = when.from_local.time() if when.from_local else _MIDNIGHT
        return _liked_time(liked.clock, Daily(opens=opens, closes=end))
    if when.daily is not None and when.daily.near is not None:
        return when.daily.near
    if liked.part is not None:
        return at_time(hours_of(liked.part, present)[0])
    return _MIDNIGHT


def _liked_time(clock: Clock, daily: Daily) -> time:
    """The reading of the hour that lies in the window; else the likelier one."""
    readings = [time(hour % 24, clock.minute or 0) for hour in hours(clock, None)]
    fitting = [t for t in readings if daily.opens <= t and (t < daily.closes or not _ends(daily))]
    return (fitting or readings)[0]


def _ends(daily: Daily) -> bool:
    return daily.closes != _MIDNIGHT


def _widened(daily: Daily, near: time) -> Daily:
    at = datetime.combine(date.min + _DAY, near)
    later = (at + ABOUT).time() if _ends(daily) else _MIDNIGHT
    return Daily(
        opens=min(daily.opens, near),
        closes=max(daily.closes, later) if _ends(daily) else _MIDNIGHT,
        near=near,
    )


def _liked_day(when: Within, liked: Moment, present: Present) -> date | None:
    """`nächste Woche, am liebsten Dienstag`: the Tuesday of that week."""
    if liked.day is None or when.from_local is None:
        return None
    at = when.from_local
    while liked.day == Day(wd=liked.day.wd) and (not when.until_local or at < when.until_local):
        if at.weekday() == liked.day.wd:
            return at.date()
        at += _DAY
    span = day_span(liked.day, present, whole=True)
    return span[0].date() if span else None

"""Ranges put into the calendar: from–to, from, until, the next three days."""

import datetime as dt
from dataclasses import replace

from domain.intent.dial import hours
from domain.intent.moment import Grain, Half, Moment, Range
from domain.intent.resolve import Span, at_hour, first, moments, take
from domain.intent.steps import floor, onward, shift

_DAY = dt.timedelta(days=1)
_NOON = 12


def _rolling(r: Range, now: dt.datetime) -> Span | None:
    duration = r.rolling
    if duration is None:
        return None
    grain = duration.grain
    told: Grain = "day" if grain == "workday" else grain
    if r.past:
        end = floor(now, grain)
        return Span(onward(end, duration, -1), end, told, "interval")
    start = shift(floor(now, grain), 1, grain)
    return Span(start, onward(start, duration), told, "interval")


def _low_half(low: Moment, high: Moment | None) -> Moment:
    """`von 3 bis 5 Uhr nachmittags`: what is said of the end holds for the beginning as well."""
    if high is None or high.clock is None or low.clock is None or low.clock.half or low.part:
        return low
    half, part = high.clock.half, high.part
    if part is not None:
        until, since = hours(high.clock, part)[0], hours(low.clock, part)[0]
        return replace(low, part=part) if since < until else low
    if half in ("am", "pm") and low.clock.hour <= _NOON:
        begins, ends = (c.hour % _NOON * 60 + (c.minute or 0) for c in (low.clock, high.clock))
        same = begins <= ends
        other: Half = "am" if half == "pm" else "pm"
        return replace(low, clock=replace(low.clock, half=half if same else other))
    return low


def _high_after(high: Moment, start: Span, now: dt.datetime) -> Span | None:
    """The first reading of the end that lies behind the beginning."""
    at = start.start or now
    if high.clock is not None and high.day is None:
        choices = hours(high.clock, high.part)
        for day in (at.date(), at.date() + _DAY):
            for hour in sorted(choices):
                end = at_hour(day, hour, high.clock)
                if end > at:
                    return Span(end, None, high.clock.grain)
        return None
    for present in (
        now,
        max(at, now),
    ):  # "morgen von zehn bis zwölf" ends tomorrow, not a day later
        for span in take(moments(high, present), 4):
            if span.start is not None and span.start >= at:
                return span
    return None


def ranges(r: Range, now: dt.datetime) -> Span | None:
    """A range in the calendar; one that has only an end comes out with `start` None."""
    if r.rolling is not None:
        return _rolling(r, now)
    if r.low is None:
        return _until(r, now)
    low = _low_half(r.low, r.high)
    start = first(low, now)
    if start is None or start.start is None:
        return None
    if r.length is not None:
        end = onward(start.start, r.length)
        return Span(start.start, end, start.grain, "interval")
    if r.high is None:
        return _from(r, low, start)
    return _between(start, r.high, now)


def _until(r: Range, now: dt.datetime) -> Span | None:
    end = first(r.high, now) if r.high else None
    if end is None:
        return None
    start = floor(now, "second") if r.by else None
    edge = r.high is not None and r.high.day is not None and r.high.day.edge is not None
    return Span(start, end.end if edge else end.start, end.grain, "interval" if r.by else "open")


def _from(r: Range, low: Moment, start: Span) -> Span:
    """`nach dem März` begins when March is over, "nach 15 Uhr" at three."""
    coarse = start.grain in _COARSE or start.kind == "interval"
    coarse = coarse or (low.day is not None and low.day.feast is not None)
    coarse = coarse and low.clock is None  # "next week after three" begins within the week
    return Span(start.end if r.beyond and coarse else start.start, None, start.grain, "open")


def _between(start: Span, high: Moment, now: dt.datetime) -> Span | None:
    end = _high_after(high, start, now)
    if end is None:
        return None
    grain = start.grain
    if grain in _FINE and end.grain in _FINE:
        grain = min(grain, end.grain, key=_FINE.index)
    whole = end.grain in {"day", *_COARSE} and end.end is not None
    return Span(start.start, end.end if whole else end.start, grain, "interval")


_COARSE = ("week", "month", "quarter", "year")
_FINE: tuple[Grain, ...] = ("second", "minute", "hour", "day")

"""Puts what was said into the calendar: constraints and a present become spans of local time.

All here is wall-clock time without a zone. The first span is the reading to take; others follow
where a second reading is fair.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.intent import feasts
from domain.intent.dial import hours
from domain.intent.moment import PARTS, Clock, Day, Grain, Moment, Offset
from domain.intent.steps import add_months, floor, midnight, onward, shift

_DAY = dt.timedelta(days=1)
_NOON = 12
_HORIZON_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Span:
    start: dt.datetime | None
    end: dt.datetime | None
    grain: Grain
    kind: str = "instant"  # instant, interval, open


def _day_span(day: dt.date) -> Span:
    return Span(midnight(day), midnight(day) + _DAY, "day")


def _month_span(year: int, month: int) -> Span:
    first = midnight(dt.date(year, month, 1))
    return Span(first, shift(first, 1, "month"), "month")


def _cycle_span(name: str, n: int, now: dt.datetime) -> Span:
    """Next week, this weekend, the working week after next …"""
    if name == "kw":
        return _iso_week(n, now)
    if name in {"weekend", "workweek"}:
        monday = floor(now, "week") + 7 * n * _DAY
        first, last, grain = (5, 7, "day") if name == "weekend" else (0, 5, "week")
        return Span(monday + first * _DAY, monday + last * _DAY, grain, "interval")  # type: ignore[arg-type]  # literals
    grain: Grain = name  # type: ignore[no-redef]  # a grain by now
    start = shift(floor(now, grain), n, grain)  # type: ignore[arg-type]  # see above
    kind = "interval" if name == "quarter" else "instant"
    return Span(start, shift(start, 1, grain), grain, kind)  # type: ignore[arg-type]  # see above


def _iso_week(n: int, now: dt.datetime) -> Span:
    """The calendar week by its number, this year's unless it is over."""
    mondays = [floor(midnight(dt.date(year, 1, 4)), "week") for year in (now.year, now.year + 1)]
    starts = [monday + 7 * (n - 1) * _DAY for monday in mondays]  # 4 January is always in week 1
    start = next((s for s in starts if s + 7 * _DAY > now), starts[-1])
    return Span(start, start + 7 * _DAY, "week")


def _months_ahead(day: Day, now: dt.datetime) -> Iterator[tuple[int, int]]:
    first = now.date().replace(day=1)
    if day.year is not None:
        for month in (day.month,) if day.month else range(1, 13):
            yield day.year, month
        return
    step = -1 if day.which == "last" else 1
    for n in range(0, step * _HORIZON_MONTHS, step):
        at = add_months(first, n)
        if day.month in (None, at.month):
            yield at.year, at.month


def _stretch(months: tuple[int, int], day: Day, now: dt.datetime) -> Iterator[Span]:
    """A season or quarter in this year and the next ones; a winter begins in December."""
    first, n = months
    years: tuple[int, ...] = tuple(range(now.year - 1, now.year + 4))
    if day.cycle is not None and day.cycle[0] == "year":
        years = (now.year + day.cycle[1],)
    elif day.year is not None:
        years = (day.year,)
    for year in reversed(years) if day.which == "last" else years:
        start = midnight(add_months(dt.date(year, 1, 1), first - 1))
        span = Span(start, shift(start, n, "month"), "month" if n == 1 else "quarter", "interval")
        begun, over = start <= now, span.end is not None and span.end <= now
        if not (day.which == "next" and begun) and (day.which != "last" or over):
            yield span


def _container(day: Day, now: dt.datetime) -> Iterator[Span]:
    """The week, month or year in which the rest of the constraints pick a day."""
    if day.months is not None:
        yield from _stretch(day.months, day, now)
    elif day.cycle is not None:
        span = _cycle_span(*day.cycle, now)
        if day.month is not None and span.start is not None and day.cycle[0] == "year":
            span = _month_span(span.start.year, day.month)
        yield span
    elif day.month is not None:
        for year, month in _months_ahead(day, now):
            span = _month_span(year, month)
            if day.which == "next" and span.start is not None and span.start <= now:
                continue
            if day.which == "last" and span.end is not None and span.end > now:
                continue
            yield span
    elif day.nth is not None and day.year is None:
        yield from (_month_span(year, month) for year, month in _months_ahead(day, now))
    elif day.year is not None:
        yield Span(midnight(dt.date(day.year, 1, 1)), midnight(dt.date(day.year + 1, 1, 1)), "year")


def _edge(day: Day, box: Span, now: dt.datetime) -> Span:
    start, end = box.start, box.end
    if start is None or end is None:
        return box
    if day.edge == "rest":
        return Span(max(start, midnight(now.date())), end, "day", "interval")
    if day.edge in ("half1", "half2"):
        middle = _middle_of(box, start, end)
        half = (start, middle) if day.edge == "half1" else (middle, end)
        return Span(*half, "day", "interval")
    return _third(day.edge or "end", box, start, end)


def _third(edge: str, box: Span, start: dt.datetime, end: dt.datetime) -> Span:
    """Beginning, middle or end of a week, month, quarter or year."""
    if box.grain == "week":
        low, high = {"begin": (0, 3), "middle": (2, 4), "end": (4, 7)}[edge]
        return Span(start + low * _DAY, start + high * _DAY, "day", "interval")
    if box.grain == "month":
        low, high = {"begin": (0, 10), "middle": (10, 20), "end": (20, 31)}[edge]
        return Span(start + low * _DAY, min(end, start + high * _DAY), "day", "interval")
    if box.grain == "quarter":
        month = shift(start, ("begin", "middle", "end").index(edge), "month")
        return Span(month, shift(month, 1, "month"), "month", "interval")
    third = (end - start) / 3
    n = ("begin", "middle", "end").index(edge)
    first = midnight((start + n * third).date())
    return Span(first, first + third, "day", "interval")


def _middle_of(box: Span, start: dt.datetime, end: dt.datetime) -> dt.datetime:
    """Where the second half begins: on Thursday, on the 16th, in July."""
    if box.grain == "week":
        return start + 3 * _DAY
    if box.grain == "month":
        return start + 15 * _DAY
    if box.grain == "year":
        return shift(start, 6, "month")
    return midnight((start + (end - start) / 2).date())


_THURSDAY = 3  # the week of a month's first Thursday is its first


def _nth(day: Day, box: Span) -> Span | None:
    if day.nth is None or box.start is None or box.end is None:
        return None
    n, what = day.nth
    if what in ("weekend", "workweek", "week"):
        offset, length = {"weekend": (5, 2), "workweek": (0, 5), "week": (0, 7)}[what]
        first = box.start + ((offset - box.start.weekday()) % 7) * _DAY
        if what == "week":
            first = floor(box.start, "week") + (0 if box.start.weekday() <= _THURSDAY else 7) * _DAY
        step, size, grain = 7 * _DAY, length * _DAY, "week" if what == "week" else "day"
    elif what == "day":
        first, step, size, grain = box.start, _DAY, _DAY, "day"
    else:
        first = box.start + ((int(what[2:]) - box.start.weekday()) % 7) * _DAY
        step, size, grain = 7 * _DAY, _DAY, "day"
    starts = [s for i in range(370) if (s := first + i * step) < box.end]
    if what == "weekend" and n < 0:
        starts = [s for s in starts if s + size <= box.end]
    elif what == "week":
        starts = [s for s in starts if s + _THURSDAY * _DAY < box.end]
    if not starts or abs(n) > len(starts):
        return None
    at = starts[n - 1] if n > 0 else starts[n]
    kind = "interval" if what == "weekend" else "instant"
    return Span(at, at + size, grain, kind)  # type: ignore[arg-type]  # literals above


def _weekdays(day: Day, now: dt.datetime, *, whole: bool) -> Iterator[Span]:
    """Only a weekday was said: the nearest that is still to come, then those after it."""
    today = now.date()
    ahead = ((day.wd or 0) - today.weekday()) % 7
    if day.which == "last":
        yield _day_span(today - dt.timedelta((-ahead) % 7 or 7))
        return
    begun = whole and now > midnight(today)
    if ahead == 0 and (begun or day.which in ("next", "coming")):
        ahead = 7
    first = today + dt.timedelta(ahead)
    for n in range(3):
        yield _day_span(first + 7 * n * _DAY)


def _in_box(day: Day, box: Span) -> Iterator[Span]:
    if box.start is None or box.end is None:
        return
    if day.dom is not None and box.grain == "month":
        try:
            at = box.start.replace(day=day.dom)
        except ValueError:
            return
        if day.wd in (None, at.weekday()):
            yield _day_span(at.date())
        return
    at = box.start
    while at < box.end:
        if day.dom in (None, at.day) and day.wd in (None, at.weekday()):
            yield _day_span(at.date())
        at += _DAY


def _boxes_of_dom(day: Day, now: dt.datetime) -> Iterator[Span]:
    for year, month in _months_ahead(day, now):
        yield _month_span(year, month)


def _plain_days(day: Day, now: dt.datetime, *, whole: bool) -> Iterator[Span]:
    boxed = any(c is not None for c in (day.cycle, day.month, day.months, day.year))
    if (day.dom is None and day.wd is None) or day.nth or day.edge:
        for box in _container(day, now):
            if day.nth:
                found = _nth(day, box)
                if found is not None:
                    yield found
            else:
                yield _edge(day, box, now) if day.edge else box
    elif not boxed and day.dom is None:
        yield from _weekdays(day, now, whole=whole)
    else:
        for box in _container(day, now) if boxed else _boxes_of_dom(day, now):
            yield from _in_box(day, box)


def _days(day: Day, now: dt.datetime, *, whole: bool) -> Iterator[Span]:
    """Candidates in the order in which a listener would take them."""
    if day.after is not None:
        base = first(day.after.base, now) if day.after.base else Span(now, None, "second")
        if base is not None and base.start is not None:
            at = onward(base.start, day.after.duration, day.after.sign)
            if day.wd is not None:  # "two months from today on Tuesday": the first one from there
                at += ((day.wd - at.weekday()) % 7) * _DAY
            yield _day_span(at.date())
    elif day.rel is not None:
        yield _day_span(now.date() + dt.timedelta(day.rel))
    elif day.feast is not None:
        years: tuple[int, ...] = (now.year, now.year + 1, now.year - 1)
        if day.year is not None:
            years = (day.year,)
        elif day.cycle is not None and day.cycle[0] == "year":
            years = (now.year + day.cycle[1],)
        if day.which == "last" and not day.year:
            years = (now.year, now.year - 1)
        for year in years:
            yield _day_span(feasts.date_of(day.feast, year))
    else:
        yield from _plain_days(day, now, whole=whole)


def days(day: Day, now: dt.datetime, *, whole: bool = True) -> Iterator[Span]:
    if day.edge is not None and day.cycle is None and day.month is None and day.year is None:
        day = replace(day, cycle=("week", 0))  # "midweek" and no week named
    past_wanted = day.which == "last" or (day.rel or 0) < 0 or day.year is not None
    past_wanted = past_wanted or (day.cycle is not None) or day.after is not None
    skipped = None
    found = False
    bare = replace(day, jump=0)
    for span in _days(bare, now, whole=whole):
        if span.end is not None and span.end <= now and not past_wanted:
            skipped = skipped or span
            continue
        if day.which == "last" and span.start is not None and span.start >= now:
            continue
        found = True
        yield _jumped(_week_of(span) if day.whole_week else span, day.jump)
    if not found and skipped is not None:
        yield _jumped(skipped, day.jump)


def _week_of(span: Span) -> Span:
    if span.start is None:
        return span
    monday = floor(span.start, "week")
    return Span(monday, monday + 7 * _DAY, "week")


def _jumped(span: Span, jump: int) -> Span:
    if not jump or span.start is None or span.end is None:
        return span
    return replace(span, start=span.start + jump * _DAY, end=span.end + jump * _DAY)


def _order(dates: list[dt.date], choices: list[int], m: Moment) -> list[tuple[dt.date, int]]:
    """Which day and hour are meant first.

    "Um acht" after eight may be this evening; but nine to eleven are hours of the morning, and who
    names the weekday of today means the next one rather than another half of today.
    """
    morning = m.clock is not None and m.clock.hour in _MORNING
    if morning or (m.day is not None and m.day.wd is not None):
        return [(day, hour) for hour in choices for day in dates]
    return [(day, hour) for day in dates for hour in choices]


_MORNING = (9, 10, 11)


def at_hour(day: dt.date, hour: int, clock: Clock) -> dt.datetime:
    at = midnight(day) + dt.timedelta(hours=hour)
    return at.replace(minute=clock.minute or 0, second=clock.second or 0)


def _clocked(m: Moment, now: dt.datetime) -> Iterator[Span]:
    clock = m.clock
    if clock is None:
        return
    step = {"hour": 60, "minute": 1, "second": 1}[clock.grain]
    choices = hours(clock, m.part)
    spans: list[Span] = []
    if m.day is None:
        dates = [now.date(), now.date() + _DAY]
    else:
        spans = list(take(days(m.day, now, whole=False), 3))
        dates = [s.start.date() for s in spans if s.start and s.grain == "day"]
        if m.day.dom is not None and m.day.month is not None:
            dates = dates[:1]  # "am 24. November" said that evening is over, not a year ahead
    if m.day is not None and not dates:
        yield from spans  # "next week at ten": the day is still to be asked
    late: list[Span] = []
    for day, hour in _order(dates, choices, m):
        at = at_hour(day, hour, clock)
        if m.part in _NIGHTS and hour < _DAWN and (m.day is None or m.day.rel == 0):
            at += _DAY  # "heute Nacht um zwei" is over before this day begins
        span = Span(at, at + dt.timedelta(minutes=step), clock.grain)
        if at >= now or (m.day is not None and m.day.which == "last"):
            yield span
        else:
            late.append(span)
    yield from late


_NIGHTS = ("night", "late_night", "tonight")
_DAWN = 6


def take(spans: Iterator[Span], n: int) -> Iterator[Span]:
    for _, span in zip(range(n), spans, strict=False):
        yield span


def _parted(m: Moment, now: dt.datetime) -> Iterator[Span]:
    low, high = PARTS[m.part or "morning"]
    day = m.day or Day(rel=0)
    for box in take(days(day, now, whole=False), 2):
        if box.start is None or box.end is None:
            continue
        if box.grain != "day":  # "afternoons next week"
            last = box.end - _DAY + dt.timedelta(hours=high)
            yield Span(box.start + dt.timedelta(hours=low), last, "hour", "interval")
            continue
        start = box.start + dt.timedelta(hours=low)
        end = box.start + dt.timedelta(hours=high)
        if m.day is None and end <= now:
            start, end = start + _DAY, end + _DAY
        yield Span(start, end, "hour", "interval")


def _shifted(offset: Offset, now: dt.datetime) -> Iterator[Span]:
    duration = offset.duration
    base: Span | None = Span(now, None, "second")
    if offset.base is not None:
        base = first(offset.base, now)
    if base is None or base.start is None:
        return
    at = onward(base.start, duration, offset.sign)
    if duration.grain in ("second", "minute", "hour"):
        grain: Grain = "second" if duration.grain == "second" else "minute"
        yield Span(floor(at, grain), None, grain)
        return
    start = floor(at, "day")
    yield Span(start, start + _DAY, "day")


def moments(m: Moment, now: dt.datetime) -> Iterator[Span]:
    """All readings of a moment, best first."""
    if m.offset is not None:
        yield from _shifted(m.offset, now)
    elif m.clock is not None:
        yield from _clocked(m, now)
    elif m.part is not None:
        yield from _parted(m, now)
    elif m.day is not None:
        yield from days(m.day, now)


def first(m: Moment, now: dt.datetime) -> Span | None:
    return next(moments(m, now), None)

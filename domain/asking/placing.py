"""Puts a meaning into the calendar as it was when the words were said. Nothing is judged here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.asking.model import AnyTime, Context, Daily, Exact, NotUnderstood, Unclear, When, Within
from domain.asking.words import Meaning
from domain.intent import resolve, stretches
from domain.intent.dial import hours
from domain.intent.model import Language
from domain.intent.moment import PARTS, Choice, Day, Moment, Offset, Range
from domain.intent.reading import fair_readings
from domain.timespan import instant_to_local

ABOUT = timedelta(minutes=45)  # "gegen fünf": either side of it
_DAY = timedelta(days=1)
_MIDNIGHT = time()
_SHORT = frozenset({"second", "minute", "hour"})
_FORENOON = (9, 10, 11)
_LATE = 21
# A plain Monday at midnight: at it every time of day is still to come.
_NEUTRAL = datetime(2024, 1, 1)  # noqa: DTZ001 - wall time
# Where callers who leave the hour to us look for a slot; the grammar's parts are narrower.
_PARTS: dict[str, tuple[float, float]] = {
    **PARTS,
    "early": (6, 10),
    "morning": (6, 12),
    "forenoon": (8, 12),
    "noon": (11, 14),
    "lunch": (11, 14),
    "evening": (17, 24),
    "tonight": (17, 24),
}
_AFTERNOON: dict[Language, tuple[float, float]] = {"de": (14, 18), "en": (12, 18)}


@dataclass(frozen=True, kw_only=True)
class Present:
    """`said`: local time at which the words were said; `now`: ours, naive in the branch's zone."""

    said: datetime
    now: datetime
    zone: ZoneInfo
    lang: Language

    @classmethod
    def of(cls, context: Context) -> "Present":
        zone = ZoneInfo(context.zone)
        return cls(
            said=instant_to_local(context.said_at, zone).replace(second=0, microsecond=0),
            now=instant_to_local(context.now, zone),
            zone=zone,
            lang=context.language,
        )


def placed(meaning: Meaning, present: Present, *, about: bool = False) -> When:
    """`about`: of a clock time, not that very minute."""
    if isinstance(meaning, Choice):
        return _choice(meaning, present)
    if isinstance(meaning, Range):
        return _range(_ends_dated(meaning, present), present)
    if meaning.offset is not None:
        return _offset(meaning.offset, present)
    if meaning.day is not None:
        return _dated(meaning, _in_its_year(meaning.day, present), present, about=about)
    if meaning.clock is not None:
        return _clock(meaning, present, about=about)
    return AnyTime(daily=_daily(meaning, present))


def around(at: datetime) -> Within:
    return Within(from_local=at - ABOUT, until_local=at + ABOUT, near_local=at)


def fixed(day: date) -> Moment:
    return Moment(day=Day(year=day.year, month=day.month, dom=day.day))


# --- moments ------------------------------------------------------------------------------------


def _dated(m: Moment, day: Day, present: Present, *, about: bool) -> When:
    day = _not_over(day, present)
    m = replace(m, day=day)
    span = day_span(day, present, whole=m.clock is None and m.part is None)
    if span is None:
        return _contradiction(day, present)
    start, end = span
    if end - start > _DAY:
        return Within(from_local=start, until_local=end, daily=_daily(m, present))
    doubts = _other_days(m, present)
    if m.clock is not None:
        return _clock(m, present, about=about)
    if doubts:
        return Unclear(options=tuple(sorted({start.date(), *doubts})))
    if m.part is not None:
        return _part_of(day, m.part, present)
    return Within(from_local=start, until_local=end)


def _not_over(day: Day, present: Present) -> Day:
    """`unter der Woche`, said on Saturday, is next week."""
    span = day_span(day, present, whole=True) if day.cycle == ("workweek", 0) else None
    return replace(day, cycle=("workweek", 1)) if span and span[1] <= present.said else day


def _offset(offset: Offset, present: Present) -> When:
    """`in einer Stunde` is about then, "in zwei Tagen" that day."""
    if not offset.duration.n:
        return AnyTime(soonest=True)
    span = resolve.first(Moment(offset=offset), present.said)
    if span is None or span.start is None:
        return NotUnderstood(field="date")
    if offset.duration.grain in _SHORT:
        return around(span.start)
    return Within(from_local=span.start, until_local=span.end or span.start + _DAY)


def day_span(day: Day, present: Present, *, whole: bool) -> tuple[datetime, datetime] | None:
    for span in resolve.days(day, present.said, whole=whole):
        if span.start is not None and span.end is not None:
            return span.start, span.end
    return None


_FAR_AHEAD, _JUST_OVER = timedelta(days=180), timedelta(days=61)


def _in_its_year(day: Day, present: Present) -> Day:
    """`am dritten November`, said on the twenty-first, is over; nobody means next year's."""
    if day.dom is None or day.month is None or day.year is not None or day.wd is not None:
        return day
    span = day_span(day, present, whole=True)
    if span is None or span[0] - present.said < _FAR_AHEAD:
        return day
    try:
        before = span[0].replace(year=span[0].year - 1)
    except ValueError:  # 29 February
        return day
    return replace(day, year=before.year) if present.said - before <= _JUST_OVER else day


def _ends_dated(r: Range, present: Present) -> Range:
    low, high = (
        replace(end, day=_in_its_year(end.day, present)) if end and end.day else end
        for end in (r.low, r.high)
    )
    return replace(r, low=low, high=high)


def _contradiction(day: Day, present: Present) -> When:
    """`Freitag, den 28.`, when the 28th is a Saturday: that date, or that weekday next to it?"""
    if day.wd is None or day.dom is None:
        return NotUnderstood(field="date")
    span = day_span(replace(day, wd=None), present, whole=True)
    return _either_side(span[0].date(), day.wd) if span else NotUnderstood(field="date")


def _either_side(dated: date, wd: int) -> Unclear:
    ahead = (wd - dated.weekday()) % 7
    near = dated + timedelta(ahead if ahead <= 3 else ahead - 7)  # noqa: PLR2004 - half a week
    return Unclear(options=tuple(sorted((dated, near))))


def _other_days(m: Moment, present: Present) -> list[date]:
    """Other days that a listener could not rule out: "nächsten Samstag"."""
    plain = Moment(day=m.day)
    spans = list(resolve.take(resolve.moments(plain, present.said), 3))
    return (
        [s.start.date() for s in fair_readings(plain, spans, present.said) if s.start]
        if spans
        else []
    )


def _clock(m: Moment, present: Present, *, about: bool) -> When:
    spans = list(resolve.take(resolve.moments(m, present.said), 3))
    if not spans or spans[0].start is None:
        return NotUnderstood(field="time")
    start = _over_today(m, spans[0].start, present)
    if start == spans[0].start:
        others = [
            s.start for s in fair_readings(m, spans, present.said) if s.start not in (None, start)
        ]
        if others:
            return Unclear(options=tuple(sorted(s for s in (start, *others) if s)))
    return around(start) if about or m.approx else Exact(start_local=start)


def _over_today(m: Moment, start: datetime, present: Present) -> datetime:
    """`heute um neun`, said at three, is over: nine in the evening is meant by nobody."""
    clock = m.clock
    if m.day is None or clock is None or clock.half is not None or m.part is not None:
        return start
    today = start.date() == present.said.date()
    if today and clock.hour in _FORENOON and start.hour >= _LATE:
        return start - timedelta(hours=12)
    return start


def _part_of(day: Day, part: str, present: Present) -> When:
    """Of a weekday that is today the next one, when that part of today is over."""
    low, high = hours_of(part, present)
    starts = [s.start for s in resolve.take(resolve.days(day, present.said, whole=False), 2)]
    spans = [(s + timedelta(hours=low), s + timedelta(hours=high)) for s in starts if s]
    if not spans:
        return NotUnderstood(field="date")
    start, until = next((pair for pair in spans if pair[1] > present.said), spans[0])
    return Within(from_local=start, until_local=until)


# --- times of day, on whichever day ---------------------------------------------------------------


def hours_of(part: str, present: Present) -> tuple[float, float]:
    return _AFTERNOON[present.lang] if part == "afternoon" else _PARTS[part]


def at_time(hour: float) -> time:
    """24 is midnight, the end of the day."""
    return (_NEUTRAL + timedelta(hours=hour)).time()


def _daily(m: Moment, present: Present) -> Daily | None:
    if m.clock is not None:
        near = _NEUTRAL + timedelta(
            hours=hours(m.clock, m.part)[0] % 24, minutes=m.clock.minute or 0
        )
        return Daily(opens=(near - ABOUT).time(), closes=(near + ABOUT).time(), near=near.time())
    if m.part is None:
        return None
    low, high = hours_of(m.part, present)
    return Daily(opens=at_time(low), closes=at_time(high))


def _daily_range(r: Range) -> Daily | None:
    bare = replace(r, low=_without_day(r.low), high=_without_day(r.high))
    span = stretches.ranges(bare, _NEUTRAL)
    if span is None:
        return None
    return Daily(
        opens=span.start.time() if span.start else _MIDNIGHT,
        closes=span.end.time() if span.end else _MIDNIGHT,
    )


def _without_day(end: Moment | None) -> Moment | None:
    return replace(end, day=None) if end is not None else None


# --- ranges and choices ---------------------------------------------------------------------------


def _range(r: Range, present: Present) -> When:
    ends = [end for end in (r.low, r.high) if end is not None]
    offsets = [end.offset for end in ends if end.offset is not None]
    if r.high is None and offsets and not offsets[0].duration.n:
        return AnyTime(soonest=True)
    if r.rolling is not None or r.length is not None or offsets:
        return _stretch(r, present)
    days = {end.day for end in ends if end.day is not None}
    if not days:
        daily = _daily_range(r)
        return AnyTime(daily=daily) if daily else NotUnderstood(field="time")
    if len(days) == 1 and any(end.clock or end.part for end in ends):
        return _on(days.pop(), r, present)
    return _stretch(r, present)


def _on(day: Day, r: Range, present: Present) -> When:
    """Times of one day, or of each day of a week."""
    daily, span = _daily_range(r), day_span(day, present, whole=False)
    if daily is None or span is None:
        return NotUnderstood(field="time" if daily is None else "date")
    start, end = span
    if end - start > _DAY:
        return Within(from_local=start, until_local=end, daily=daily)
    return on_day(start.date(), daily)


def on_day(day: date, daily: Daily) -> Within:
    until_day = day if daily.closes > daily.opens else day + _DAY
    return Within(
        from_local=datetime.combine(day, daily.opens),
        until_local=datetime.combine(until_day, daily.closes),
        near_local=datetime.combine(day, daily.near) if daily.near else None,
    )


def _stretch(r: Range, present: Present) -> When:
    span = stretches.ranges(r, present.said)
    if span is None:
        return NotUnderstood(field="date")
    end = span.end
    if r.low is None and r.high is not None and end is not None and end.time() == _MIDNIGHT:
        end += _DAY  # "bis Freitag": that day too
    return Within(from_local=span.start, until_local=end)


def _choice(choice: Choice, present: Present) -> When:
    options = [placed(option, present) for option in choice.options]
    whole = [o for o in options if isinstance(o, Within) and o.daily is None]
    if len(whole) == len(options) and _touching(whole):
        return Within(from_local=whole[0].from_local, until_local=whole[-1].until_local)
    found = tuple(dict.fromkeys(at for option in options for at in _starts(option)))
    if not found:
        return NotUnderstood(field="date")
    if len({isinstance(at, datetime) for at in found}) > 1:
        found = tuple(dict.fromkeys(_day_of(at) for at in found))
    return Unclear(options=found, either=True)


def _touching(windows: list[Within]) -> bool:
    """`heute oder morgen`: two days in a row are one window."""
    pairs = pairwise(windows)
    return all(a.until_local is not None and a.until_local == b.from_local for a, b in pairs)


def _starts(option: When) -> Iterable[date | datetime]:
    match option:
        case Exact(start_local=start):
            yield start
        case Within(near_local=datetime() as near):
            yield near
        case Within(from_local=datetime() as start):
            yield start.date()
        case Unclear(options=options):
            yield from options
        case _:
            return


def _day_of(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at

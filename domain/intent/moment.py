"""What words about time mean before anybody looks at a calendar.

A `Moment` is a set of constraints ("Tuesday", "next week", "half past three", "afternoon"); two of
them side by side are one moment with the constraints of both, as long as they do not contradict.
Nothing here knows the present: `resolve` puts a moment into the calendar.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal

Grain = Literal["second", "minute", "hour", "day", "workday", "week", "month", "quarter", "year"]
Half = Literal["am", "pm", "24"]


@dataclass(frozen=True, slots=True)
class Duration:
    n: float
    grain: Grain
    vague: bool = False  # "ein paar Tage": good for "next few days", not for an exact date
    land: str = "DE"  # whose holidays are no working days


@dataclass(frozen=True, slots=True)
class Day:
    """Constraints on the date. All given ones hold together."""

    year: int | None = None
    month: int | None = None
    months: tuple[int, int] | None = None  # from which, how many: a season, a quarter
    dom: int | None = None  # day of the month
    wd: int | None = None  # Monday is 0
    which: Literal["this", "next", "last", "coming"] | None = None  # said before a weekday or month
    rel: int | None = None  # days from today
    cycle: tuple[str, int] | None = None  # ("week", 1) is next week
    nth: tuple[int, str] | None = None  # (1, "wd0") first Monday, (-1, "day") last day, of the rest
    edge: Literal["begin", "middle", "end", "rest", "half1", "half2"] | None = None
    feast: str | None = None
    whole_week: bool = False  # the week in which that day lies
    jump: int = 0  # days added at the end: "Tuesday in a week"
    after: "Offset | None" = None


@dataclass(frozen=True, slots=True)
class Clock:
    hour: int
    minute: int | None = None
    second: int | None = None
    half: Half | None = None  # None: the hour may be read twice a day

    @property
    def grain(self) -> Grain:
        if self.second is not None:
            return "second"
        return "hour" if self.minute is None else "minute"


@dataclass(frozen=True, slots=True)
class Offset:
    """So long after (or, negative, before) a base; without a base: from now."""

    duration: Duration
    sign: int = 1
    base: "Moment | None" = None


@dataclass(frozen=True, slots=True)
class Moment:
    day: Day | None = None
    clock: Clock | None = None
    part: str | None = None  # a part of the day, by name (see PARTS)
    offset: Offset | None = None
    approx: bool = False
    weak: bool = False  # only means time when something else in the utterance says so


@dataclass(frozen=True, slots=True)
class Range:
    """From one moment to another; an end that was not said is None."""

    low: Moment | None = None
    high: Moment | None = None
    length: Duration | None = None  # "for two hours from four"
    rolling: Duration | None = None  # "the next three days"
    past: bool = False
    by: bool = False  # "by Friday": from now on, until then
    beyond: bool = False  # "after March": not before its end
    floor: bool = False  # both ends were dates


@dataclass(frozen=True, slots=True)
class Choice:
    """`Montag oder Dienstag`: several things that would do."""

    options: tuple["Moment | Range", ...]


# Parts of the day: hours from and to. "Morgen" ends where "Vormittag" is still going on; both are
# what callers mean when they leave the hour to us, not astronomy.
PARTS: dict[str, tuple[float, float]] = {
    "early": (6, 9),
    "morning": (8, 12),
    "forenoon": (8, 12),
    "noon": (12, 14),
    "afternoon": (12, 17),
    "early_afternoon": (12, 15),
    "late_afternoon": (16, 19),
    "late_morning": (10, 12),
    "mid_morning": (9, 11),
    "mid_afternoon": (14, 16),
    "evening": (18, 23),
    "early_evening": (17, 20),
    "late_evening": (21, 23),
    "night": (21, 24),
    "late_night": (22, 24),
    "tonight": (18, 24),
    "deep_night": (0, 5),
    "daytime": (8, 18),
    "after_work": (17, 21),
    "after_lunch": (13, 17),
    "after_school": (15, 21),
    "after_breakfast": (9, 12),
    "lunch": (12, 14),
    "breakfast": (7, 10),
    "dinner": (18, 21),
    "later": (12, 24),
}


def _merge_days(a: Day, b: Day) -> Day | None:
    if (a.rel is not None or b.rel is not None) and a.rel != b.rel:
        return _merge_relative(a, b)
    changes: dict[str, object] = {}
    for f in fields(Day):
        left, right = getattr(a, f.name), getattr(b, f.name)
        empty = f.default
        if right in (empty, left):
            continue
        if left != empty:
            return None
        changes[f.name] = right
    return replace(a, **changes)  # type: ignore[arg-type]  # same class, fields checked above


def _merge_relative(a: Day, b: Day) -> Day | None:
    """`morgen, Dienstag`: the nearer word decides; "heute in acht Tagen" came as an offset."""
    near, other = (a, b) if a.rel is not None else (b, a)
    if other.dom is not None and near.jump == 0 and other.rel is None:
        return other  # a date in full is surer than "today"
    if other.rel is not None or other.cycle or other.nth or other.feast or other.after:
        return None
    return replace(near, jump=near.jump + other.jump, wd=other.wd)


def merge(a: Moment, b: Moment) -> Moment | None:
    """Both at once, or None where they contradict."""
    day = b.day if a.day is None else a.day if b.day is None else _merge_days(a.day, b.day)
    if a.day is not None and b.day is not None and day is None:
        return None
    if a.clock is not None and b.clock is not None and a.clock != b.clock:
        return None
    if a.offset is not None or b.offset is not None:
        return _merge_offset(a, b)
    parts = {p for p in (a.part, b.part) if p}
    part = None
    if parts:
        part = _narrower(parts)
        if part is None:
            return None
    return Moment(day=day, clock=a.clock or b.clock, part=part, approx=a.approx or b.approx)


def _merge_offset(a: Moment, b: Moment) -> Moment | None:
    """`in drei Tagen um vier`, "two months from today on Tuesday", "heute in einer Stunde"."""
    far, other = (a, b) if a.offset is not None else (b, a)
    if far.offset is None or other.offset is not None:
        return None
    if not far.offset.duration.n:
        return other  # "jetzt am Freitag": the word only leads up to the day
    if far.offset.duration.grain in {"second", "minute", "hour"}:
        return far if other.day == Day(rel=0) and other.clock is None else None
    day = other.day or Day()
    if day not in (Day(), Day(wd=day.wd)):
        return None
    return replace(other, day=replace(day, after=far.offset))


def _narrower(parts: set[str]) -> str | None:
    """One part, or the shorter of two that overlap ("morgen früh, am Vormittag")."""
    spans = sorted(parts, key=lambda p: PARTS[p][1] - PARTS[p][0])
    first, last = spans[0], spans[-1]
    overlaps = PARTS[first][0] < PARTS[last][1] and PARTS[last][0] < PARTS[first][1]
    return first if overlaps else None


def with_day(value: Moment | Range, day: Moment) -> Moment | Range | None:
    """The day (or part of a day) said beside a range holds for both its ends."""
    if isinstance(value, Moment):
        return merge(value, day)
    if value.rolling is not None:
        return None
    ends: list[Moment | None] = []
    for end in (value.low, value.high):
        both: Moment | None = end
        if (
            end is value.high
            and end is not None
            and end.day is None
            and value.low
            and value.low.day
        ):
            ends.append(end)  # it is the day of the beginning
            continue
        if end is not None and end.clock is not None:
            both = merge(end, replace(day, clock=None))
            if both is None:
                return None
        elif end is not None:
            week = day.day is not None and day.day.cycle is not None and day.clock is None
            only = end.day is not None and end.day == Day(wd=end.day.wd)
            both = merge(day, end) if week and only else None
            if both is None:  # "nächste Woche ab Mittwoch" is fair, "morgen ab Mittwoch" is not
                return None
        ends.append(both)
    return replace(value, low=ends[0], high=ends[1])

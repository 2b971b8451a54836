"""One text, one reading of its time: pieces are joined, doubts are kept as alternatives."""

import datetime as dt
import re
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.intent import dial, reader, resolve, steps, stretches
from domain.intent.model import TimeReading
from domain.intent.moment import (
    Choice,
    Day,
    Duration,
    Moment,
    Offset,
    Range,
    merge,
    with_day,
)
from domain.intent.reader import Found
from domain.intent.refusing import denied, turned
from domain.intent.text import fold

_CORRECTION = re.compile(
    r"\b(nein|nee|na|sondern|doch lieber|lieber|besser|quatsch|vielmehr|stattdessen|ach nein|"
    r"entschuldigung|verzeihung|pardon|ich mein(e|te)?|falsch|korrigiere|halt|stopp|doch|"
    r"actually|no|nope|rather|instead|sorry|i mean|i meant|make that|make it|scratch that|"
    r"correction|wait)\b"
)


_M = TypeVar("_M")


@dataclass(frozen=True, slots=True)
class Piece:
    """What words mean together, and where in the text they stand (characters, end exclusive)."""

    meaning: Moment | Range | Choice
    spans: tuple[tuple[int, int], ...]


def local(now: dt.datetime, zone: str) -> dt.datetime:
    """Wall time in the zone; a naive `now` is taken as that already."""
    if now.tzinfo is None:
        return now
    return now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _join(a: Moment | Range | Choice, b: Moment | Range | Choice) -> Moment | Range | None:
    """Two pieces apart from each other: a date here, a time there."""
    if isinstance(a, Choice) or isinstance(b, Choice):
        return None
    if isinstance(a, Moment) and isinstance(b, Moment):
        if _has_date(a) == _has_date(b) or (a.clock and b.clock):
            return None
        return merge(a, b)
    if isinstance(a, Range) and isinstance(b, Moment):
        return with_day(a, b) if b.clock is None else None
    if isinstance(b, Range) and isinstance(a, Moment):
        return with_day(b, a) if a.clock is None else None
    return None


def _has_date(moment: Moment) -> bool:
    far = moment.offset is not None and moment.offset.duration.grain not in _SHORT
    return moment.day is not None or far


_SHORT = ("second", "minute", "hour")


def assemble(text: str, found: list[Found]) -> Piece | None:
    """One meaning out of all that was found: joined, corrected, without what was refused.

    None where only weak words stand there: a "June" that may be a name.
    """
    pieces: list[Piece] = []
    found = turned(text, found)
    wanted = [item for n, item in enumerate(found) if not denied(text, found, n)]
    for item in wanted or found:
        span = (item.start, item.end)
        if pieces:
            last = pieces[-1]
            joined = _join(last.meaning, item.meaning)
            if joined is not None:
                pieces[-1] = Piece(joined, (*last.spans, span))
                continue
            if _CORRECTION.search(fold(text[last.spans[-1][1] : item.start])):
                pieces[-1] = Piece(_corrected(last.meaning, item.meaning), (*last.spans, span))
                continue
        pieces.append(Piece(item.meaning, (span,)))
    strong = [p for p in pieces if not (isinstance(p.meaning, Moment) and p.meaning.weak)]
    best = max(strong, key=lambda p: _weight(p.meaning), default=None)
    if (
        best is None
        and pieces
        and len(text) - (pieces[0].spans[0][1] - pieces[0].spans[0][0]) <= _LONE
    ):
        best = pieces[0]
    return best


_LONE = 2  # a weak word counts when it is all that was said


def _weight(meaning: Moment | Range | Choice) -> int:
    if isinstance(meaning, Choice):
        return 3
    if isinstance(meaning, Range):
        ends = [e for e in (meaning.low, meaning.high) if e is not None]
        return 2 + max((_weight(e) for e in ends), default=0)
    return (
        2 * (meaning.clock is not None)
        + 2 * (meaning.day is not None)
        + (meaning.part is not None or meaning.offset is not None)
    )


def _corrected(
    old: Moment | Range | Choice, new: Moment | Range | Choice
) -> Moment | Range | Choice:
    """`um drei, nein, lieber um vier`: what was not said anew stays."""
    if isinstance(old, Moment) and isinstance(new, Moment):
        if new.day is None and old.day is not None:
            return replace(new, day=old.day)
        if new.clock is None and new.part is None and old.clock is not None:
            return replace(new, clock=old.clock, part=old.part)
    return new


def _spans(meaning: Moment | Range | Choice, now: dt.datetime) -> list[resolve.Span]:
    if isinstance(meaning, Choice):
        return [s for o in meaning.options for s in _spans(o, now)[:1]]
    if isinstance(meaning, Range):
        span = stretches.ranges(meaning, now)
        return [span] if span else []
    return [s for _, s in zip(range(3), resolve.moments(meaning, now), strict=False)]


def read_time(text: str, *, now: dt.datetime, zone: str, lang: str) -> TimeReading | None:
    """What the text says about time as of `now`, or None where it says nothing.

    Grows out of the rules of its language; "half four" is 4:30 in English, "halb vier" 3:30.
    """
    present = local(now, zone)
    found = reader.read(text, lang)
    piece = assemble(text, found)
    if piece is None:
        return None
    piece = replace(piece, meaning=at_home(piece.meaning, zone))
    spans = _spans(piece.meaning, present) or _spans(_without_weekday(piece.meaning), present)
    if not spans:
        return None
    bare = _without_weekday(piece.meaning)
    if bare != piece.meaning and _too_far(spans[0], present):
        spans = _spans(bare, present)
    first = spans[0]
    amiss = [*_at_odds(piece.meaning, spans, present), *_rivals(text, found, piece, present)]
    fair = [*amiss, *fair_readings(piece.meaning, spans, present)]
    others = tuple(dict.fromkeys(s.start for s in fair if s.start and s.start != first.start))
    edge = first.end if first.start is None or first.kind == "interval" else first.start
    return TimeReading(
        start=first.start,
        end=first.end,
        grain=first.grain,
        kind=first.kind,
        zone=zone,
        time_only=_time_only(piece.meaning),
        past=edge is not None
        and edge < present.replace(second=0, microsecond=0)
        and not (first.grain not in {"minute", "hour", "second"} and (first.end or edge) > present),
        ambiguous=bool(others),
        contradictory=any(s.start and s.start != first.start for s in amiss),
        alternatives=others,
        evidence=piece.spans,
    )


_LANDS = {"Europe/Vienna": "AT", "Europe/Zurich": "CH"}  # whose holidays are no working days


def at_home(meaning: _M, zone: str) -> _M:
    """The meaning with its working days as they are where the zone is; Germany's are the rule."""
    land = _LANDS.get(zone)
    return _located(meaning, land) if land else meaning


def _located(value: _M, land: str) -> _M:
    if isinstance(value, Duration):
        return replace(value, land=land)
    if not isinstance(value, Moment | Range | Choice | Day | Offset):
        return value
    changes: dict[str, Any] = {}
    for field in fields(value):
        old = getattr(value, field.name)
        new = (
            tuple(_located(v, land) for v in old)
            if field.name == "options"
            else _located(old, land)
        )
        if new != old:
            changes[field.name] = new
    return replace(value, **changes)


def _time_only(meaning: Moment | Range | Choice) -> bool:
    if isinstance(meaning, Choice):
        return all(_time_only(o) for o in meaning.options)
    if isinstance(meaning, Range):
        ends = [e for e in (meaning.low, meaning.high) if e is not None]
        return bool(ends) and all(_time_only(e) for e in ends)
    return meaning.day is None and meaning.offset is None


def fair_readings(
    meaning: Moment | Range | Choice, spans: list[resolve.Span], now: dt.datetime
) -> list[resolve.Span]:
    """Further readings of a meaning that a listener could not rule out; `spans` has the first.

    Also where the words do not fit each other, and one of them was let go.
    """
    if isinstance(meaning, Choice):
        return spans[1:]
    if isinstance(meaning, Range):
        return _other_weeks(meaning.low.day, spans, now) if meaning.low and meaning.low.day else []
    fair = [*_at_odds(meaning, spans, now), *_other_weeks(meaning.day, spans, now)]
    clock = meaning.clock
    if clock is not None and clock.half is None and meaning.part is None and clock.hour in _OPEN:
        twin = [
            s
            for s in spans[1:]
            if s.start and spans[0].start and abs(s.start - spans[0].start) == _HALF_DAY
        ]
        fair.extend(twin[:1])
    return fair


def _other_weeks(
    day: Day | None, spans: list[resolve.Span], now: dt.datetime
) -> list[resolve.Span]:
    """`nächsten Samstag` is the coming one, or the one of next week."""
    fair: list[resolve.Span] = []
    if day is not None and day.wd is not None and day.which == "next" and spans[0].start:
        if day.jump:
            fair.append(replace(spans[0], start=spans[0].start - dt.timedelta(day.jump)))
        elif spans[0].start < steps.floor(now, "week") + dt.timedelta(7):
            fair.append(replace(spans[0], start=spans[0].start + dt.timedelta(7)))
    return fair


_BARE = re.compile(r"[\s,]*(um|am|an|gegen|at|on|und|and)?[\s,]*")


def _rivals(text: str, found: list[Found], piece: Piece, now: dt.datetime) -> list[resolve.Span]:
    """`um drei um vier`: another time right beside the one taken, and no word that weighs them."""
    rivals: list[resolve.Span] = []
    best = piece.meaning
    if not isinstance(best, Moment):
        return rivals
    for item in found:
        other = item.meaning
        if (item.start, item.end) in piece.spans or not isinstance(other, Moment) or other.weak:
            continue
        gaps = [
            text[item.end : a] if item.end <= a else text[b : item.start] for a, b in piece.spans
        ]
        if not any(_BARE.fullmatch(gap) for gap in gaps):
            continue
        if other.clock is not None and other.day is None and best.clock is not None:
            rivals += _spans(replace(other, day=best.day), now)[:1]
        elif other.day is not None and best.day is not None:
            rivals += _spans(other if other.clock else replace(best, day=other.day), now)[:1]
    return rivals


def _at_odds(
    meaning: Moment | Range | Choice, spans: list[resolve.Span], now: dt.datetime
) -> list[resolve.Span]:
    """Other ways to mend words that contradict each other."""
    if not isinstance(meaning, Moment):
        return []
    crossed = _crossed(meaning, spans, now)
    if meaning.clock is None or meaning.part is None:
        return crossed
    hour = dial.hours(meaning.clock, meaning.part)[0]
    if dial.fits(hour, meaning.part):
        return crossed
    at = spans[0].start
    bare = [
        s
        for s in _spans(replace(meaning, part=None), now)
        if s.start and at and abs(s.start - at) == _HALF_DAY
    ]
    return [*crossed, *(bare[:1] or _spans(replace(meaning, clock=None), now)[:1])]


def _crossed(meaning: Moment, spans: list[resolve.Span], now: dt.datetime) -> list[resolve.Span]:
    """`Freitag den 28.` where the 28th is a Saturday, "morgen Donnerstag" on a Tuesday."""
    day, at = meaning.day, spans[0].start
    if day is None or day.wd is None or at is None or day.after:
        return []
    if at.weekday() == day.wd:
        far = day.dom is not None and day.month is None and at > now + _SOON
        return _spans(_without_weekday(meaning), now)[:1] if far else []
    if day.dom is None and day.rel is None:
        return []
    bare = replace(meaning, day=Day(wd=day.wd))
    near = [s for s in resolve.moments(bare, now) if s.start is not None]
    return sorted(near, key=lambda s: abs((s.start or at) - at))[:1]


def _without_weekday(meaning: Moment | Range | Choice) -> Moment | Range | Choice:
    """The date alone, where the weekday said with it does not fit."""
    if not isinstance(meaning, Moment) or meaning.day is None or meaning.day.dom is None:
        return meaning
    return replace(meaning, day=replace(meaning.day, wd=None))


def _too_far(span: resolve.Span, now: dt.datetime) -> bool:
    return span.start is not None and span.start > now + _FAR


_SOON = dt.timedelta(days=62)  # "Friday the 28th", and the next such is half a year away
_FAR = dt.timedelta(days=200)  # a date and a weekday further off than this were said by mistake


_OPEN = (7, 8)  # hours at which shops and practices are open in the morning and in the evening
_HALF_DAY = dt.timedelta(hours=12)

"""Times said of an appointment that exists: which one is meant, and where it is to go."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.asking.model import AnyTime, Context, Exact, Unclear, When, Within
from domain.asking.placing import Present, fixed, placed
from domain.asking.times import (
    joined_meaning,
    judged,
    names_day,
    of_any_figures,
    read_when,
    time_of_day,
    understood,
    written_instant,
)
from domain.asking.words import Said, hear
from domain.intent.moment import Day, Moment, Offset
from domain.intent.steps import shift

_DAY = timedelta(days=1)
_MIDNIGHT = time()
_SHORT = frozenset({"second", "minute", "hour"})


@of_any_figures
def read_appointment(phrase: str | None, context: Context) -> When:
    """No doubt is settled by guessing, and a time of day without a day may be on any."""
    present = Present.of(context)
    at = written_instant(phrase, present.zone)
    if at is not None and at.time() != _MIDNIGHT:
        return judged(Exact(start_local=at), present)
    said = hear(phrase, present.lang, of_time=False)
    if said is None or said.meaning is None:
        return AnyTime(soonest=said is not None and said.soonest)
    when = judged(placed(said.meaning, present, about=said.about), present)
    if not names_day(said) and isinstance(when, Exact | Within):
        return AnyTime(daily=time_of_day(when))
    if said.meaning == Moment(day=Day(wd=present.said.weekday())):  # said on that very weekday
        today = present.said.date()
        return judged(Unclear(options=(today, today + 7 * _DAY)), present)
    return when


@of_any_figures
def read_move(
    date_words: str | None, time_words: str | None, context: Context, old: datetime | None
) -> When:
    """The new time for the appointment at `old`; what is not said anew stays as it was."""
    written = written_instant(date_words, ZoneInfo(context.zone)) is not None
    if old is None or written or (date_words is None and time_words is None):
        return read_when(date_words, time_words, context)
    present = Present.of(context)
    of_day = hear(date_words, present.lang, of_time=False)
    of_time = hear(time_words, present.lang, of_time=True)
    moved = _relatively(of_day, of_time, old, present)
    if moved is not None:
        return judged(moved, present)
    if not names_day(of_time) and (of_day is None or _as_it_is(of_day) or _same_day(of_day)):
        of_day = Said(meaning=fixed(old.date()))
    if of_time is not None and not _as_it_is(of_time):
        return judged(understood(of_day, of_time, present), present)
    when = judged(understood(of_day, None, present), present)
    return _at_old_time(when, old, present, same=of_time is not None and of_time.same)


def _as_it_is(said: Said) -> bool:
    """`zur gleichen Zeit`, "am selben Tag", "Uhrzeit egal": nothing new."""
    return said.meaning is None and (said.same or said.flexible)


def _same_day(said: Said) -> bool:
    return said.same and not names_day(said)


def _at_old_time(when: When, old: datetime, present: Present, *, same: bool) -> When:
    if not isinstance(when, Within) or when.from_local is None or when.near_local is not None:
        return when
    at = datetime.combine(when.from_local.date(), old.time())
    if same and when.until_local is not None and when.until_local - when.from_local <= _DAY:
        return judged(Exact(start_local=at), present)
    return replace(when, near_local=at) if when.daily is None else when


def _relatively(
    of_day: Said | None, of_time: Said | None, old: datetime, present: Present
) -> When | None:
    """`eine Stunde später`, "zwei Tage früher um neun", or nothing but "später"."""
    for said, other in ((of_time, of_day), (of_day, of_time)):
        if said is None or not said.relative:
            continue
        if said.meaning is None and other is None:
            return _later_or_sooner(said, old)
        offset = said.meaning.offset if isinstance(said.meaning, Moment) else None
        if offset is not None:
            return _shifted(offset, other, old, present)
    return None


def _later_or_sooner(said: Said, old: datetime) -> Within:
    """On the same day."""
    start = datetime.combine(old.date(), _MIDNIGHT)
    if said.sooner:
        return Within(from_local=start, until_local=old, near_local=old)
    minute = timedelta(minutes=1)
    return Within(from_local=old + minute, until_local=start + _DAY, near_local=old)


def _shifted(offset: Offset, other: Said | None, old: datetime, present: Present) -> When:
    at = shift(old, offset.sign * offset.duration.n, offset.duration.grain)
    meaning = other.meaning if other is not None else None
    if meaning is None or offset.duration.grain in _SHORT:
        return Exact(start_local=at.replace(second=0, microsecond=0))
    joined = joined_meaning(fixed(at.date()), meaning)
    about = other is not None and other.about
    return placed(joined, present, about=about) if joined else Exact(start_local=at)

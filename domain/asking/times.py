"""Words about time become what is looked for: read at the call's start, judged by our clock."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import ParamSpec
from zoneinfo import ZoneInfo

from domain.asking.feasts import holiday_named
from domain.asking.liking import liking
from domain.asking.model import (
    AnyTime,
    Context,
    Daily,
    Exact,
    NotUnderstood,
    Past,
    Skipped,
    Unclear,
    When,
    Within,
)
from domain.asking.placing import Present, fixed, on_day, placed
from domain.asking.words import Meaning, Said, hear
from domain.errors import NonexistentTime
from domain.intent.moment import Choice, Day, Moment, Range, merge, with_day
from domain.timespan import local_to_instant

_GRACE = timedelta(minutes=5)  # what began while the caller was still speaking is not past
_DAY = timedelta(days=1)
_MIDNIGHT = time()


_P = ParamSpec("_P")


def of_any_figures(read: Callable[_P, When]) -> Callable[_P, When]:
    """A model may send any figures: month 13, year 0 or 9999, a date that no calendar has."""

    @wraps(read)
    def reading(*args: _P.args, **kwargs: _P.kwargs) -> When:
        try:
            return read(*args, **kwargs)
        except (ValueError, OverflowError):
            return NotUnderstood(field="date")

    return reading


@of_any_figures
def read_when(date_words: str | None, time_words: str | None, context: Context) -> When:
    """Both phrases together; either may hold the whole of it."""
    present = Present.of(context)
    at = written_instant(date_words, present.zone)
    if at is not None:
        if time_words is None and at.time() != _MIDNIGHT:
            return judged(Exact(start_local=at), present)
        date_words = at.date().isoformat()  # a midnight beside words is a model's, no caller's
    of_day = _with_holiday(hear(date_words, present.lang, of_time=False), date_words, context)
    of_time = hear(time_words, present.lang, of_time=True)
    return judged(understood(of_day, of_time, present), present)


def _with_holiday(of_day: Said | None, words: str | None, context: Context) -> Said | None:
    """A holiday is where the branch is, whatever day the grammar knows under that name."""
    if of_day is None or words is None:
        return None
    meaning = of_day.meaning
    feast = meaning.day.feast if isinstance(meaning, Moment) and meaning.day else None
    if meaning is not None and (feast is None or meaning != Moment(day=Day(feast=feast))):
        return of_day
    day = holiday_named(words, context, Present.of(context).said.date())
    return replace(of_day, meaning=fixed(day)) if day is not None else of_day


# --- both phrases together ------------------------------------------------------------------------


def understood(of_day: Said | None, of_time: Said | None, present: Present) -> When:
    heard = [said for said in (of_day, of_time) if said is not None]
    lost = _lost(of_day, of_time)
    if lost is not None:
        return lost
    meanings = [said.meaning for said in heard if said.meaning is not None]
    if not meanings:
        return AnyTime(soonest=any(said.soonest for said in heard))
    about = any(said.about for said in heard)
    if len(meanings) == 1:
        when = placed(meanings[0], present, about=about)
    else:
        when = _together(meanings[0], meanings[1], present, about=about)
    for said in heard:
        if said.liked is not None:
            when = liking(when, said.liked, present)
    if isinstance(when, AnyTime) and any(said.soonest for said in heard):
        return replace(when, soonest=True)
    return when


def _lost(of_day: Said | None, of_time: Said | None) -> NotUnderstood | None:
    """Words that gave nothing, unless the other phrase says what they should have."""
    if _is_noise(of_day) and not names_day(of_time):
        return NotUnderstood(field="date")
    return NotUnderstood(field="time") if _is_noise(of_time) else None


def _is_noise(said: Said | None) -> bool:
    return said is not None and said.meaning is None and not (said.flexible or said.soonest)


def names_day(said: Said | None) -> bool:
    meaning = said.meaning if said is not None else None
    if isinstance(meaning, Choice):
        return any(names_day(Said(meaning=option)) for option in meaning.options)
    if isinstance(meaning, Range):
        ends = [end for end in (meaning.low, meaning.high) if end is not None]
        return meaning.rolling is not None or any(names_day(Said(meaning=end)) for end in ends)
    return meaning is not None and (meaning.day is not None or meaning.offset is not None)


def _together(day: Meaning, clock: Meaning, present: Present, *, about: bool) -> When:
    joined = joined_meaning(day, clock)
    when = placed(joined, present, about=about) if joined is not None else None
    if when is not None and not isinstance(when, NotUnderstood):
        return when
    days, times = placed(day, present), placed(clock, present, about=about)
    daily = time_of_day(times)
    if not isinstance(days, Within) or daily is None:
        return (
            days if daily is None or not isinstance(days, AnyTime) else replace(days, daily=daily)
        )
    if _is_one_day(days) and days.from_local is not None:
        return on_day(days.from_local.date(), daily)
    return replace(days, daily=daily)


def joined_meaning(day: Meaning, clock: Meaning) -> Meaning | None:
    if isinstance(day, Choice):
        return _each(day, [joined_meaning(option, clock) for option in day.options])
    if isinstance(clock, Choice):
        return _each(clock, [joined_meaning(day, option) for option in clock.options])
    if isinstance(day, Moment) and isinstance(clock, Moment):
        return merge(day, clock) or _overruled(day, clock)
    if isinstance(clock, Range) and isinstance(day, Moment):
        return with_day(clock, replace(day, clock=None))
    if isinstance(day, Range) and isinstance(clock, Moment) and clock.clock is None:
        return with_day(day, clock)
    return None


def _each(choice: Choice, joined: list[Meaning | None]) -> Choice | None:
    options = tuple(one for one in joined if isinstance(one, Moment | Range))
    return Choice(options) if len(options) == len(choice.options) else None


def _overruled(day: Moment, clock: Moment) -> Moment | None:
    """Where the two contradict, each phrase is believed in what it was asked for."""
    return merge(replace(day, clock=None, part=None), replace(clock, day=None, offset=None))


def time_of_day(when: When) -> Daily | None:
    """The time of day alone."""
    match when:
        case AnyTime(daily=daily):
            return daily
        case Exact(start_local=start):
            end = (start + timedelta(minutes=1)).time()
            return Daily(opens=start.time(), closes=end, near=start.time())
        case Within(from_local=datetime() as start, until_local=datetime() as end):
            near = when.near_local.time() if when.near_local else None
            return Daily(opens=start.time(), closes=end.time(), near=near)
        case _:
            return None


def _is_one_day(when: Within) -> bool:
    start, end = when.from_local, when.until_local
    return start is not None and end is not None and end - start <= _DAY


# --- judged ---------------------------------------------------------------------------------------


def judged(when: When, present: Present) -> When:
    """What is over is `Past`, what the clocks skip `Skipped`; readings that are over fall away."""
    match when:
        case Exact(start_local=start):
            if start < present.now - _GRACE:
                return Past(start_local=start)
            at = local_to_instant(start, present.zone)
            return Skipped(start_local=start) if isinstance(at, NonexistentTime) else when
        case Within(from_local=start, until_local=datetime() as end) if end <= present.now:
            return Past(start_local=start or end)
        case Unclear(options=options):
            return _of_those_to_come(when, options, present)
        case _:
            return when


def _of_those_to_come(
    when: Unclear, options: tuple[date | datetime, ...], present: Present
) -> When:
    ahead = tuple(at for at in options if not _is_over(at, present))
    if len(ahead) > 1:
        return replace(when, options=ahead)
    at = ahead[0] if ahead else options[0]
    if isinstance(at, datetime):
        return judged(Exact(start_local=at), present)
    start = datetime.combine(at, _MIDNIGHT)
    return judged(Within(from_local=start, until_local=start + _DAY), present)


def _is_over(at: date | datetime, present: Present) -> bool:
    if isinstance(at, datetime):
        return at < present.now - _GRACE
    return at < present.now.date()


_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)


def written_instant(words: str | None, zone: ZoneInfo) -> datetime | None:
    """`2026-11-27T18:00:00+01:00` as naive wall time of the zone; without an offset it is that."""
    if words is None or not _INSTANT.fullmatch(words.strip()):
        return None
    try:
        at = datetime.fromisoformat(words.strip().upper())
        local = at if at.tzinfo is None else at.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return local.replace(tzinfo=None, second=0, microsecond=0, fold=0)

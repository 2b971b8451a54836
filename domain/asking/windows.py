"""From what was understood about time to what is looked for in the plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.asking.model import (
    AnyTime,
    Daily,
    Exact,
    NotUnderstood,
    Past,
    Skipped,
    Unclear,
    When,
    Within,
)
from domain.errors import Closed
from domain.slots import BranchPlan, opening_of
from domain.timespan import TimeSpan, as_utc, boundary_to_instant, instant_to_local, merge

MAX_DAYS = 62  # of times of day on whichever day; who wants a later day names it
_DAY = timedelta(days=1)
_MIDNIGHT = time()


@dataclass(frozen=True, kw_only=True)
class Search:
    """`exact_at`: the one start that was asked for (`fit_visit`). `wished_at`: what "nearest" is
    measured from (`nearest_visits`); None: the first in time (`first_visits`). `within`: where
    starts may lie, in order; empty: nowhere any more.
    """

    exact_at: datetime | None
    wished_at: datetime | None
    within: tuple[TimeSpan, ...]


def search_of(when: Exact | Within | AnyTime, plan: BranchPlan, now: datetime) -> Search:
    """Instants instead of wall times, cut to what the plan's notice and horizon leave."""
    rules = plan.rules
    first_at = as_utc(now) + timedelta(minutes=rules.minimum_notice_minutes)
    last_at = as_utc(now) + timedelta(days=rules.horizon_days)
    if first_at >= last_at:
        return Search(exact_at=None, wished_at=None, within=())
    bookable = TimeSpan(first_at, last_at + timedelta(seconds=1))  # the horizon's end is bookable
    if isinstance(when, Exact):
        at = boundary_to_instant(when.start_local, plan.tz)
        return Search(exact_at=at, wished_at=at, within=(bookable,))
    spans = tuple(_spans(when, plan, bookable))
    return Search(exact_at=None, wished_at=_wished(when, plan, spans), within=merge(spans))


def _spans(when: Within | AnyTime, plan: BranchPlan, bookable: TimeSpan) -> Iterator[TimeSpan]:
    whole = bookable
    if isinstance(when, Within):
        start, end = (
            boundary_to_instant(at, plan.tz) if at is not None else None
            for at in (when.from_local, when.until_local)
        )
        start, end = start or bookable.start_at, end or bookable.end_at
        cut = TimeSpan(start, end).intersect(bookable) if start < end else None
        if cut is None:
            return
        whole = cut
    if when.daily is None:
        yield whole
        return
    day = instant_to_local(whole.start_at, plan.tz).date() - _DAY  # a night may last into it
    for n in range(MAX_DAYS):
        span = _on(day + n * _DAY, when.daily, plan)
        inside = span.intersect(whole) if span is not None else None
        if inside is not None:
            yield inside


def _on(day: date, daily: Daily, plan: BranchPlan) -> TimeSpan | None:
    until = day if daily.closes > daily.opens else day + _DAY
    start_at = boundary_to_instant(datetime.combine(day, daily.opens), plan.tz)
    end_at = boundary_to_instant(datetime.combine(until, daily.closes), plan.tz)
    return TimeSpan(start_at, end_at) if start_at < end_at else None


def _wished(
    when: Within | AnyTime, plan: BranchPlan, spans: tuple[TimeSpan, ...]
) -> datetime | None:
    if isinstance(when, Within) and when.near_local is not None:
        return boundary_to_instant(when.near_local, plan.tz)
    if when.daily is None or when.daily.near is None or not spans:
        return None
    day = instant_to_local(spans[0].start_at, plan.tz).date()
    return boundary_to_instant(datetime.combine(day, when.daily.near), plan.tz)


# --- an existing appointment ----------------------------------------------------------------------


def fits(when: When, start_local: datetime, *, slack: timedelta = timedelta()) -> bool:
    """Whether an appointment at that wall time may be the one meant. `slack`: how far beside the
    time said it may be ("um acht" of one at a quarter past).
    """
    match when:
        case Exact(start_local=at) | Past(start_local=at) | Skipped(start_local=at):
            return abs(start_local - at) <= slack
        case Within(from_local=start, until_local=end, daily=daily):
            begun = start is None or start <= start_local + slack
            ended = end is not None and end <= start_local - slack
            return begun and not ended and _at_time(daily, start_local, slack)
        case AnyTime(daily=daily):
            return _at_time(daily, start_local, slack)
        case Unclear(options=options):
            return any(_is_at(at, start_local, slack) for at in options)
        case NotUnderstood():
            return False


def _at_time(daily: Daily | None, start_local: datetime, slack: timedelta) -> bool:
    if daily is None:
        return True
    opens = datetime.combine(start_local.date(), daily.opens)
    closes = datetime.combine(start_local.date(), daily.closes)
    if closes <= opens:
        closes += _DAY
    return opens - slack <= start_local < closes + slack


def _is_at(at: date | datetime, start_local: datetime, slack: timedelta) -> bool:
    if isinstance(at, datetime):
        return abs(start_local - at) <= slack
    return at == start_local.date()


# --- doubts that the plan settles -----------------------------------------------------------------


def settle(when: When, plan: BranchPlan) -> When:
    """Times of an `Unclear` at which the branch is never open are ruled out; one left is `Exact`.

    "Um acht" is no question for a branch that closes at seven in the evening.
    """
    if not isinstance(when, Unclear) or when.either:
        return when
    times = [at for at in when.options if isinstance(at, datetime)]
    if len(times) != len(when.options) or len({at.time() for at in times}) == 1:
        return when  # which day is meant, no opening hours know
    return _left(when, [at for at in times if _is_open(at, plan)])


def _left(when: Unclear, times: list[datetime]) -> When:
    if len(times) == 1:
        return Exact(start_local=times[0])
    return Unclear(options=tuple(times)) if times else when


def _is_open(local: datetime, plan: BranchPlan) -> bool:
    at = boundary_to_instant(local, plan.tz)
    days = (opening_of(plan, local.date()), opening_of(plan, local.date() - _DAY))
    return any(span.contains(at) for day in days if not isinstance(day, Closed) for span in day)

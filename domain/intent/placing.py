"""A plan: the day and the clock that are on the table, and how one more moment changes them."""

import datetime as dt
from dataclasses import dataclass, replace

from domain.intent import resolve, steps
from domain.intent.moment import Clock, Day, Moment, Offset, merge


@dataclass(slots=True)
class Plan:
    start: dt.datetime | None = None  # complete: date and clock
    day: Moment | None = None
    clock: Moment | None = None
    window: resolve.Span | None = None
    turn: int = -1
    words: str = ""


def place(meaning: Moment, plan: Plan, now: dt.datetime, base: dt.datetime | None = None) -> Plan:
    """The plan with this moment in it: what was not said anew stays as it was.

    `base`: what "an hour later" counts from when the plan has no time yet.
    """
    if meaning.offset is not None:
        return _placed_offset(meaning.offset, plan, now, base)
    day, clock = plan.day, plan.clock
    if meaning.day is not None and not _repeats(meaning.day, plan, now):
        day = Moment(day=meaning.day)
    if meaning.clock is not None or meaning.part is not None:
        clock = _placed_clock(meaning, plan)
    return _completed(Plan(None, day, clock, window=plan.window), now)


def _placed_offset(offset: Offset, plan: Plan, now: dt.datetime, base: dt.datetime | None) -> Plan:
    start = plan.start or base
    duration = offset.duration
    if duration.grain in {"hour", "minute"}:
        at = steps.shift(start or now, offset.sign * duration.n, duration.grain)
        return Plan(
            at, Moment(day=_fixed(at.date())), Moment(clock=Clock(at.hour, at.minute, None, "24"))
        )
    span = resolve.first(Moment(offset=offset), now)
    day = Moment(day=_fixed(span.start.date())) if span and span.start else plan.day
    return _completed(Plan(None, day, plan.clock), now)


def _placed_clock(meaning: Moment, plan: Plan) -> Moment:
    clock = Moment(clock=meaning.clock, part=meaning.part)
    before = plan.clock
    if before is None:
        return clock
    if meaning.clock is None and before.clock is not None:
        return merge(Moment(clock=before.clock), clock) or clock
    if meaning.part is None and before.clock is None:
        return merge(before, clock) or clock
    return clock


def _repeats(day: Day, plan: Plan, now: dt.datetime) -> bool:
    """A bare weekday that fits the date on the table is that date, not the nearest such day."""
    if day != Day(wd=day.wd) or plan.day is None:
        return False
    span = resolve.first(plan.day, now)
    return (
        span is not None
        and span.start is not None
        and span.start.weekday() == day.wd
        and span.grain == "day"
    )


def _fixed(date: dt.date) -> Day:
    return Day(year=date.year, month=date.month, dom=date.day)


def _completed(plan: Plan, now: dt.datetime) -> Plan:
    if plan.clock is None or plan.clock.clock is None:
        return plan
    whole = merge(plan.day, plan.clock) if plan.day else plan.clock
    span = resolve.first(whole, now) if whole else None
    return replace(plan, start=span.start if span else None)

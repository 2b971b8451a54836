"""What the calendar last said of people's free time, and our own offers in its light.

What it did not say is not known: neither free nor taken. Whoever relies on our own data then says
so, and what is booked on it is `reserved` until the calendar has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.slots.model import BranchPlan, Busy, Offer
from domain.timespan import TimeSpan, boundary_to_instant, merge, subtract

FreeDays = Mapping[date, tuple[TimeSpan, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Person -> local day -> spans that are free for a customer, merged. No day: not known.

    A span is free as a whole, whatever starts the calendar itself shows: it checks intervals, not
    its grid. `age_s` is of the oldest part; `stale`: old enough to be asked for again, not too old
    to be told. `why_not`: of people without any day.
    """

    zone: ZoneInfo
    free: Mapping[UUID, FreeDays]
    age_s: float
    stale: bool
    why_not: Mapping[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nothing is known of anybody who was asked about. `reason` is a code."""

    reason: str


View = Known | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """`on_own_data`: the calendar said nothing of any of these."""

    offers: tuple[Offer, ...]
    on_own_data: bool


def is_free(view: View, staff_id: UUID, span: TimeSpan) -> bool | None:
    """Whether the calendar has all of it free; None where that is not known."""
    if isinstance(view, Unknown):
        return None
    days = view.free.get(staff_id, {})
    if span.start_at.astimezone(view.zone).date() not in days:
        return None
    return any(free.contains(span) for free in _all_free(days))


def narrowed(offers: Sequence[Offer], view: View) -> Narrowed:
    """The offers that the calendar has free; where it knows of none of them, all of them as ours.

    An offer that it has as taken is in neither. Order is kept.
    """
    seen = [(offer, is_free(view, offer.staff_id, _span(offer))) for offer in offers]
    free = tuple(offer for offer, is_so in seen if is_so)
    unknown = tuple(offer for offer, is_so in seen if is_so is None)
    if free or not unknown:
        return Narrowed(offers=free, on_own_data=False)
    return Narrowed(offers=unknown, on_own_data=True)


def on_own_data(view: View, chosen: Iterable[tuple[UUID, TimeSpan]]) -> bool:
    """Whether any of these (person, what the customer sees) was not confirmed by the calendar."""
    return any(not is_free(view, staff_id, span) for staff_id, span in chosen)


def taken_in(view: View, plan: BranchPlan, service_ids: Iterable[UUID]) -> Busy:
    """What the calendar has as taken, for the searches, which know busy times only.

    Our buffers may reach into what the calendar has as taken (past closing time, into a break of
    its own), so these spans are shorter by the least buffers of the services. One that is too
    short for that stays whole: rather a start less than one on somebody's time.
    """
    if isinstance(view, Unknown):
        return {}
    services = [plan.services_by_id[each] for each in service_ids]
    before = timedelta(minutes=min((s.buffer_before_minutes for s in services), default=0))
    after = timedelta(minutes=min((s.buffer_after_minutes for s in services), default=0))
    return {
        plan.staff_by_id[staff_id].resource_id: tuple(
            _shorter(taken, after, before)
            for day in merge(_day(at, view.zone) for at in days)
            for taken in subtract(day, _all_free(days))
        )
        for staff_id, days in view.free.items()
        if staff_id in plan.staff_by_id
    }


def together(some: Busy, others: Busy) -> Busy:
    """Busy in either."""
    return {
        resource: (*some.get(resource, ()), *others.get(resource, ()))
        for resource in some.keys() | others.keys()
    }


def _all_free(days: FreeDays) -> tuple[TimeSpan, ...]:
    """Across midnight: the end of one day's last span may touch the next day's first."""
    return merge(span for spans in days.values() for span in spans)


def _span(offer: Offer) -> TimeSpan:
    return TimeSpan(offer.start_at, offer.end_at)


def _day(day: date, zone: ZoneInfo) -> TimeSpan:
    return TimeSpan(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return boundary_to_instant(datetime.combine(day, time.min), zone)


def _shorter(taken: TimeSpan, at_start: timedelta, at_end: timedelta) -> TimeSpan:
    if taken.duration <= at_start + at_end:
        return taken
    return TimeSpan(taken.start_at + at_start, taken.end_at - at_end)

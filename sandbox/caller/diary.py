"""Which starts a demo call may ask for: bookable under the company's hours on any day of any year.

Deliberately not `domain/slots`: the demo's expectation has to come from a second reading of the
hours, else it would agree with the engine whatever the engine does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from sandbox.companies import (
    WEEKDAYS,
    DemoBranch,
    DemoCompany,
    DemoService,
    DemoStaff,
    Interval,
    demo_company,
)

# A day ahead, and beyond every company's limit for changes by phone (at most 24 hours).
AHEAD = timedelta(hours=26)
# Room on both sides for buffers of neighbours; the longest buffer in the data is 15 minutes.
ROOM = timedelta(minutes=20)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a caller wants; `minutes` and `hours` of the start are set by what the words can say.

    `days_ahead`: not before so many days after the first day that could be.
    """

    company: str
    branch: str
    service: str
    staff: str | None = None
    minutes: frozenset[int] = frozenset({0, 30})
    hours: range = range(7, 21)
    days_ahead: int = 0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An appointment that is known already."""

    branch: str
    start_at: datetime
    end_at: datetime

    def blocks(self, branch: str, start_at: datetime, end_at: datetime) -> bool:
        near = self.start_at < end_at + ROOM and start_at - ROOM < self.end_at
        return self.branch == branch and near


class NoFreeStartError(LookupError):
    """Every start within the company's horizon is taken: the demo's data is full."""


@lru_cache(maxsize=64)
def public_holidays(bundesland: str, year: int) -> frozenset[date]:
    """Public ones, and those that only some places of a Bundesland keep: no demo call on either."""
    known = holidays.country_holidays("DE", subdiv=bundesland, years=year)
    wide = "catholic" in known.supported_categories
    if wide:
        known = holidays.country_holidays(
            "DE", subdiv=bundesland, years=year, categories=("public", "catholic")
        )
    return frozenset(known)


def opening(branch: DemoBranch, day: date) -> list[Interval]:
    if branch.closed_on_holidays and day in public_holidays(branch.bundesland, day.year):
        return []
    return branch.weekly_or_special(day)


def qualified(company: DemoCompany, wish: Wish) -> list[DemoStaff]:
    return [
        person
        for person in company.staff
        if wish.service in person.services
        and wish.branch in person.hours
        and wish.staff in (None, person.ref)
    ]


def starts_on(company: DemoCompany, wish: Wish, day: date) -> Iterator[datetime]:
    """Bookable starts of a day, as local aware instants, by hours alone."""
    zone = ZoneInfo(company.timezone)
    step = timedelta(minutes=company.rules.slot_interval_minutes)
    service = company.service(wish.service)
    for opens, closes in opening(company.branch(wish.branch), day):
        start = datetime.combine(day, opens)
        while start < datetime.combine(day, closes):
            if _suits(wish, start) and _someone_works(company, wish, service, start, closes):
                yield start.replace(tzinfo=zone)
            start += step


def pick(wish: Wish, *, now: datetime, taken: Iterable[Taken] = ()) -> datetime:
    """The first start that is free in the whole branch: no other appointment, no shared room."""
    company = demo_company(wish.company)
    service = company.service(wish.service)
    earliest = now + AHEAD
    taken = tuple(taken)
    first_day = earliest.astimezone(ZoneInfo(company.timezone)).date()
    # One day less than the horizon, so that no boundary of a day decides.
    for offset in range(wish.days_ahead, company.rules.horizon_days - 2):
        for start in starts_on(company, wish, first_day + timedelta(days=offset)):
            end = start + timedelta(minutes=service.minutes)
            if start >= earliest and not any(t.blocks(wish.branch, start, end) for t in taken):
                return start
    raise NoFreeStartError(f"{wish.service} at {wish.branch}: nothing free within the horizon")


def _suits(wish: Wish, start: datetime) -> bool:
    return start.minute in wish.minutes and start.hour in wish.hours


def _someone_works(
    company: DemoCompany, wish: Wish, service: DemoService, start: datetime, closes: time
) -> bool:
    for person in qualified(company, wish):
        end = start + timedelta(minutes=service.minutes_with(person.ref))
        if end > datetime.combine(start.date(), closes):
            continue
        working = person.hours[wish.branch].get(WEEKDAYS[start.weekday()], [])
        if any(begin <= start.time() and end.time() <= until for begin, until in working):
            return True
    return False

"""Hours of one date as spans of instants: when the branch is open, when a person works."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.errors import Closed, Holiday
from domain.slots.model import BranchPlan, DayHours, StaffRules
from domain.slots.public_holidays import holidays_of
from domain.timespan import TimeSpan, boundary_to_instant, subtract


def opening_of(plan: BranchPlan, day: date) -> tuple[TimeSpan, ...] | Closed:
    """The opening intervals that begin on this local date, or why there are none."""
    opening = plan.opening
    if opening.closed_on_public_holidays:
        name = holidays_of(opening.country, opening.subdivision, day.year).get(day)
        if name is not None:
            return Holiday(day=day, name=name)
    hours = opening.special_days.get(day, opening.weekly[day.weekday()])
    return _spans(hours, day, plan.tz) or Closed(day=day)


def working_of(plan: BranchPlan, person: StaffRules, day: date) -> tuple[TimeSpan, ...]:
    """The working intervals that begin on this local date; an absence cuts one in two."""
    hours = person.special_days.get(day, person.weekly[day.weekday()])
    spans = _spans(hours, day, plan.tz)
    if not person.absences:
        return spans
    return tuple(left for span in spans for left in subtract(span, person.absences))


def _spans(hours: DayHours, day: date, tz: ZoneInfo) -> tuple[TimeSpan, ...]:
    spans = []
    for wall in hours:
        last_day = day if wall.closes > wall.opens else day + timedelta(days=1)
        start_at = boundary_to_instant(datetime.combine(day, wall.opens), tz)
        end_at = boundary_to_instant(datetime.combine(last_day, wall.closes), tz)
        if start_at < end_at:  # hours that lie wholly in the gap of a DST night are no time at all
            spans.append(TimeSpan(start_at, end_at))
    return tuple(sorted(spans))

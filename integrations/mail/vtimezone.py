"""VTIMEZONE with a yearly rule wherever the zone has one.

icalendar lists each change as an RDATE; Outlook reads recurrence rules there and nothing else.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CHANGES_A_YEAR_MAX = 4


@dataclass(frozen=True)
class _Change:
    """A change of the offset. `local` is the wall time just before it: DTSTART in RFC 5545."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def rule(self) -> tuple[object, ...]:
        """What must be the same every year for one RRULE to say it."""
        local = self.local
        return (local.month, self.by_day, local.time(), self.before, self.after, self.name)

    @property
    def by_day(self) -> str:
        days = monthrange(self.local.year, self.local.month)[1]
        is_last = self.local.day + 7 > days
        number = -1 if is_last else (self.local.day - 1) // 7 + 1
        return f"{number}{_WEEKDAYS[self.local.weekday()]}"


def build_timezone(key: str, year: int) -> Timezone:
    """The zone as it is around `year`, which is all that one appointment needs."""
    zone = ZoneInfo(key)
    years = [_changes(zone, each) for each in (year - 1, year, year + 1)]
    rules = {tuple(change.rule for change in changes) for changes in years}
    if not years[0] or len(rules) > 1:
        return Timezone.from_tzid(
            key, first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1)
        )
    timezone = Timezone()
    timezone.add("tzid", key)
    for change in years[0]:
        timezone.add_component(_observance(change))
    return timezone


def _observance(change: _Change) -> TimezoneStandard | TimezoneDaylight:
    is_summer = change.after > change.before
    observance = TimezoneDaylight() if is_summer else TimezoneStandard()
    observance.add("dtstart", change.local)
    observance.add("tzoffsetfrom", change.before)
    observance.add("tzoffsetto", change.after)
    observance.add("tzname", change.name)
    rule = vRecur({"freq": "yearly", "bymonth": change.local.month, "byday": change.by_day})
    observance.add("rrule", rule)
    return observance


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    changes: list[_Change] = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year and len(changes) < _CHANGES_A_YEAR_MAX:
        following = day + timedelta(days=1)
        if _offset(zone, day) != _offset(zone, following):
            changes.append(_change_between(zone, day, following))
        day = following
    return changes


def _change_between(zone: ZoneInfo, first: datetime, last: datetime) -> _Change:
    before, after = _offset(zone, first), _offset(zone, last)
    while last - first > timedelta(seconds=1):
        middle = first + timedelta(seconds=(last - first).total_seconds() // 2)
        if _offset(zone, middle) == before:
            first = middle
        else:
            last = middle
    local = (last + before).replace(tzinfo=None)
    return _Change(local, before, after, str(last.astimezone(zone).tzname()))


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    if offset is None:
        raise ValueError(f"{zone.key} has no offset at {at}")
    return offset

"""The demo's companies as tenants of the Cal.com sandbox (`docs/calcom-sandbox.md`).

One event type with several lengths per staff member and branch; its schedule is the working hours
within the opening hours. Buffers are 0 there: ours cover them, and both together would refuse
what we have reserved.
"""

import hmac
from datetime import date, time, timedelta
from hashlib import sha256
from typing import Any

from sandbox.caller.diary import opening
from sandbox.companies import WEEKDAYS, DemoBranch, DemoCompany, DemoStaff, Interval

FULL_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Special days and holidays are dates there. Each loading moves the window on.
DATES_AHEAD = 400
NOTICE_MINUTES = 5  # our own notice is longer; theirs must not decide
OWNER = "office"
Json = dict[str, Any]


def derived_key(secret: str, purpose: str, prefix: str) -> str:
    """The same secret and purpose give the same key, so that loading again changes no key."""
    return f"{prefix}{hmac.new(secret.encode(), purpose.encode(), sha256).hexdigest()[:40]}"


def tenant_setup(company: DemoCompany, *, api_key: str, today: date) -> Json:
    """Body of `POST /sandbox/setup`."""
    owner = {
        "username": OWNER,
        "name": company.name,
        "email": f"office@{company.slug}.example",
        "timeZone": company.timezone,
        "role": "owner",
        "schedule": {"availability": [], "overrides": []},
    }
    return {
        "tenant": company.slug,
        "api_key": api_key,
        "users": [owner, *(_user(company, person) for person in company.staff)],
        "event_types": [
            _event_type(company, person, company.branch(branch_ref), today)
            for person in company.staff
            for branch_ref in person.hours
        ],
    }


def event_type_slug(person: DemoStaff, branch: DemoBranch) -> str:
    return f"{_username(person)}-{branch.ref.rsplit('_', 1)[-1]}"


def lengths(company: DemoCompany, person: DemoStaff, branch_ref: str) -> list[int]:
    """Minutes that this person's services take at this branch."""
    return sorted(
        {
            service.minutes_with(person.ref)
            for service in company.services
            if service.ref in person.services and branch_ref in service.branches
        }
    )


def _user(company: DemoCompany, person: DemoStaff) -> Json:
    return {
        "username": _username(person),
        "name": person.name,
        "email": f"{_username(person)}@{company.slug}.example",
        "timeZone": company.timezone,
        "schedule": {"availability": [], "overrides": []},
    }


def _event_type(company: DemoCompany, person: DemoStaff, branch: DemoBranch, today: date) -> Json:
    minutes = lengths(company, person, branch.ref)
    return {
        "slug": event_type_slug(person, branch),
        "title": f"{person.name}, {branch.name}",
        "owner": _username(person),
        "lengthInMinutes": minutes[0],
        "lengthInMinutesOptions": minutes,
        "slotInterval": company.rules.slot_interval_minutes,
        "minimumBookingNotice": NOTICE_MINUTES,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "bookingWindow": company.rules.horizon_days + 1,
        "schedule": {
            "timeZone": company.timezone,
            "availability": _weekly(person, branch),
            "overrides": _dated(person, branch, today),
        },
    }


def _weekly(person: DemoStaff, branch: DemoBranch) -> list[Json]:
    found = []
    for weekday, full_day in zip(WEEKDAYS, FULL_DAYS, strict=True):
        working = person.hours[branch.ref].get(weekday, [])
        for begin, end in _common(working, branch.hours.get(weekday, [])):
            found.append({"days": [full_day], **_span(begin, end)})
    return found


def _dated(person: DemoStaff, branch: DemoBranch, today: date) -> list[Json]:
    """Hours of each date that differs from its week; closed is said as midnight to midnight."""
    found = []
    for offset in range(DATES_AHEAD):
        day = today + timedelta(days=offset)
        opened = opening(branch, day)
        if opened == branch.hours.get(WEEKDAYS[day.weekday()], []):
            continue
        working = person.hours[branch.ref].get(WEEKDAYS[day.weekday()], [])
        spans = _common(working, opened) or [(time.min, time.min)]
        found += [{"date": day.isoformat(), **_span(begin, end)} for begin, end in spans]
    return found


def _common(some: list[Interval], others: list[Interval]) -> list[Interval]:
    pairs = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return [(begin, end) for begin, end in pairs if begin < end]


def _span(begin: time, end: time) -> Json:
    return {"startTime": f"{begin:%H:%M}", "endTime": f"{end:%H:%M}"}


def _username(person: DemoStaff) -> str:
    return person.ref.rsplit("_", 1)[-1]

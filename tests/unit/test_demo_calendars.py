"""The demo's calendars at the Cal.com sandbox say the same as its opening hours."""

from datetime import date, timedelta

import pytest

from sandbox.calcom.setup import TenantSetup
from sandbox.calendars import DATES_AHEAD, derived_key, event_type_slug, lengths, tenant_setup
from sandbox.caller.diary import Wish, starts_on
from sandbox.companies import DemoCompany, demo_companies, demo_company

TODAY = date(2026, 12, 20)


@pytest.fixture(params=demo_companies(), ids=lambda company: company.slug)
def company(request: pytest.FixtureRequest) -> DemoCompany:
    assert isinstance(request.param, DemoCompany)
    return request.param


def hours_of(setup: TenantSetup, slug: str, day: date) -> list[tuple[str, str]]:
    """Hours of a date as Cal.com reads a schedule: overrides replace the week."""
    event_type = next(each for each in setup.event_types if each.slug == slug)
    assert event_type.schedule is not None
    dated = [o for o in event_type.schedule.overrides if o.date == day]
    if dated:
        return [(o.start_time, o.end_time) for o in dated if o.start_time != o.end_time]
    return [
        (week.start_time, week.end_time)
        for week in event_type.schedule.availability
        if f"{day:%A}" in week.days
    ]


def test_the_sandbox_takes_every_company(company: DemoCompany) -> None:
    setup = TenantSetup.model_validate(tenant_setup(company, api_key="cal_x", today=TODAY))
    assert len(setup.event_types) == sum(len(person.hours) for person in company.staff)
    assert len({each.slug for each in setup.event_types}) == len(setup.event_types)


def test_every_start_of_the_diary_lies_within_somebodys_calendar(company: DemoCompany) -> None:
    setup = TenantSetup.model_validate(tenant_setup(company, api_key="cal_x", today=TODAY))
    for service in company.services:
        for branch_ref in service.branches:
            branch = company.branch(branch_ref)
            wish = Wish(
                company=company.slug,
                branch=branch_ref,
                service=service.ref,
                minutes=frozenset(range(0, 60, 5)),
            )
            for offset in range(60):
                day = TODAY + timedelta(days=offset)
                for start in starts_on(company, wish, day):
                    fits = False
                    for person in company.staff:
                        if service.ref not in person.services or branch_ref not in person.hours:
                            continue
                        minutes = service.minutes_with(person.ref)
                        assert minutes in lengths(company, person, branch_ref)
                        until = start + timedelta(minutes=minutes)
                        fits |= any(
                            begin <= f"{start:%H:%M}" and f"{until:%H:%M}" <= end
                            for begin, end in hours_of(setup, event_type_slug(person, branch), day)
                        )
                    assert fits, (service.ref, start)


def test_christmas_is_a_short_day_and_holidays_are_closed() -> None:
    setup = TenantSetup.model_validate(
        tenant_setup(demo_company("haarwerk"), api_key="cal_x", today=TODAY)
    )
    assert hours_of(setup, "jana-mitte", date(2026, 12, 24)) == [("11:00", "13:00")]
    assert hours_of(setup, "jana-mitte", date(2026, 12, 25)) == []
    assert hours_of(setup, "jana-mitte", date(2026, 12, 31)) == []
    assert hours_of(setup, "paula-charlottenburg", date(2026, 12, 24)) == []
    # 24 December of the next year is within the window as well.
    assert hours_of(setup, "jana-mitte", date(2027, 12, 24)) == [("10:00", "13:00")]
    assert date(2027, 12, 24) < TODAY + timedelta(days=DATES_AHEAD)


def test_derived_keys_are_stable_apart_and_prefixed() -> None:
    keys = [
        derived_key(secret, purpose, "cal_")
        for secret in ("one", "two")
        for purpose in ("calcom:haarwerk", "calcom:lindner")
    ]
    assert len(set(keys)) == 4
    assert all(key.startswith("cal_") for key in keys)
    assert derived_key("one", "calcom:haarwerk", "cal_") == keys[0]

"""The demo's calls fit into any day of any year."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.caller.diary import (
    AHEAD,
    NoFreeStartError,
    Taken,
    Wish,
    pick,
    public_holidays,
    starts_on,
)
from sandbox.caller.plans import Plan, length, make_plans
from sandbox.caller.scenarios import SCENARIOS
from sandbox.caller.scripts import script
from sandbox.caller.spoken import placeholders
from sandbox.companies import WEEKDAYS, demo_company

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 11, 21, tzinfo=UTC)
HOURS = (0, 5, 11, 16, 22)
DAYS = 731


def nows() -> Iterator[datetime]:
    """Every day of two years, at hours that walk through the day."""
    for day in range(DAYS):
        yield FIRST + timedelta(days=day, hours=HOURS[day % len(HOURS)], minutes=day % 60)


def assert_bookable(wish: Wish, start: datetime, now: datetime) -> None:
    """The catalogue's rules, said once more and differently: minute by minute."""
    company = demo_company(wish.company)
    branch = company.branch(wish.branch)
    assert start >= now + AHEAD
    assert start <= now + timedelta(days=company.rules.horizon_days)
    assert start.date() not in public_holidays(branch.bundesland, start.year)
    assert start.minute in wish.minutes
    assert start.hour in wish.hours
    special = branch.special_days.get(f"{start:%m-%d}")
    weekday = WEEKDAYS[start.weekday()]
    opened = branch.hours.get(weekday, []) if special is None else special
    needed = [
        (start + timedelta(minutes=minute)).time()
        for minute in range(company.service(wish.service).minutes)
    ]
    assert any(all(a <= minute < b for minute in needed) for a, b in opened)
    assert any(
        all(a <= minute < b for minute in needed)
        for person in company.staff
        if wish.service in person.services and wish.staff in (None, person.ref)
        for a, b in person.hours.get(wish.branch, {}).get(weekday, [])
    )
    assert length(wish) > timedelta(0)


def wishes(plan: Plan) -> Iterator[tuple[Wish, datetime]]:
    if plan.scenario.wish is not None and plan.start is not None:
        yield plan.scenario.wish, plan.start
    if plan.scenario.old is not None and plan.old_start is not None:
        yield plan.scenario.old, plan.old_start


@pytest.mark.timeout(240)
def test_every_wish_is_bookable_on_every_day_of_two_years() -> None:
    for now in nows():
        for plan in make_plans(now):
            for wish, start in wishes(plan):
                assert_bookable(wish, start, now)


@pytest.mark.parametrize(
    "now",
    [
        *(datetime(2026, 12, day, 9, tzinfo=UTC) for day in range(20, 32)),
        *(datetime(2027, 1, day, 9, tzinfo=UTC) for day in range(1, 7)),
        datetime(2027, 3, 27, 23, 30, tzinfo=UTC),
        datetime(2027, 10, 30, 22, 30, tzinfo=UTC),
        datetime(2028, 2, 28, 12, tzinfo=UTC),
    ],
)
def test_no_two_wishes_of_a_branch_meet_except_those_of_rivals(now: datetime) -> None:
    claimed: list[Taken] = []
    rivals = set()
    for plan in make_plans(now):
        for wish, start in wishes(plan):
            if plan.scenario.rivals is not None:
                rivals.add(start)
                if claimed and claimed[-1].start_at == start:
                    continue
            slot = Taken(branch=wish.branch, start_at=start, end_at=start + length(wish))
            assert not any(t.blocks(slot.branch, slot.start_at, slot.end_at) for t in claimed)
            claimed.append(slot)
    assert len(rivals) == 1


def test_ten_runs_on_one_day_find_free_starts_each_time() -> None:
    now = datetime(2026, 12, 23, 18, tzinfo=UTC)
    taken: list[Taken] = []
    for _ in range(10):
        slots = [
            Taken(branch=wish.branch, start_at=start, end_at=start + length(wish))
            for plan in make_plans(now, taken)
            for wish, start in wishes(plan)
        ]
        assert not any(t.blocks(s.branch, s.start_at, s.end_at) for s in slots for t in taken)
        taken += slots


def test_a_full_horizon_is_an_error_and_not_a_wrong_day() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    wish = SCENARIOS[0].wish
    assert wish is not None
    full = Taken(branch=wish.branch, start_at=now, end_at=now + timedelta(days=400))
    with pytest.raises(NoFreeStartError):
        pick(wish, now=now, taken=[full])


def test_nothing_starts_on_sundays_holidays_or_in_lunch_breaks() -> None:
    company = demo_company("physiomarkt")
    wish = Wish(
        company="physiomarkt",
        branch="br_physio_eppendorf",
        service="svc_physio_krankengymnastik",
        minutes=frozenset(range(60)),
    )
    reformation = datetime(2028, 10, 31, tzinfo=BERLIN).date()  # a Tuesday; a holiday in Hamburg
    assert not list(starts_on(company, wish, reformation))
    assert not list(starts_on(company, wish, datetime(2028, 10, 29, tzinfo=BERLIN).date()))
    monday = [s.time().isoformat("minutes") for s in starts_on(company, wish, FIRST.date())]
    assert monday == []  # FIRST is a Saturday: closed
    tuesday = [
        f"{s:%H:%M}" for s in starts_on(company, wish, datetime(2026, 11, 24, tzinfo=BERLIN).date())
    ]
    assert "12:10" in tuesday
    assert "12:15" not in tuesday
    assert "13:30" in tuesday


def test_conversations_leave_no_place_unfilled_and_name_the_start() -> None:
    for plan in make_plans(datetime(2026, 12, 30, 7, tzinfo=UTC)):
        text = "\n".join(plan.script.turns)
        assert "{" not in text
        if plan.start is not None:
            language = plan.script.language
            said = placeholders(plan.start, said_at=plan.started_at, language=language)
            assert said["date"] in text or said["date_dat"] in text
            assert said["time"] in text


def test_the_analysis_is_wrong_only_where_the_scenario_says_so() -> None:
    for plan in make_plans(datetime(2026, 11, 21, 8, tzinfo=UTC)):
        analysis = plan.script.analysis or {}
        if plan.start is None or "appointment_start" not in analysis:
            continue
        right = plan.start.replace(tzinfo=None).isoformat()
        assert (analysis["appointment_start"] == right) is (plan.scenario.misread_minutes == 0)


@pytest.mark.parametrize(
    ("start", "language", "day", "time", "clock"),
    [
        (
            datetime(2026, 11, 22, 14, 15, tzinfo=BERLIN),
            "de",
            "morgen",
            "vierzehn Uhr fünfzehn",
            "viertel drei",
        ),
        (datetime(2026, 11, 25, 13, 0, tzinfo=BERLIN), "de", "am Mittwoch", "dreizehn Uhr", "eins"),
        (
            datetime(2026, 12, 1, 12, 45, tzinfo=BERLIN),
            "de",
            "am Dienstag, dem ersten Dezember",
            "zwölf Uhr fünfundvierzig",
            "dreiviertel eins",
        ),
        (
            datetime(2026, 11, 23, 16, 30, tzinfo=BERLIN),
            "en",
            "the day after tomorrow",
            "four thirty",
            "half four",
        ),
        (
            datetime(2027, 1, 22, 10, 45, tzinfo=BERLIN),
            "en",
            "on Friday the twenty-second of January",
            "ten forty-five",
            "quarter to eleven",
        ),
    ],
)
def test_days_and_times_are_said_as_people_say_them(
    start: datetime, language: str, day: str, time: str, clock: str
) -> None:
    spoken = script("english_caller").language if language == "en" else "de"
    said = placeholders(
        start,
        said_at=datetime(2026, 11, 21, 9, tzinfo=BERLIN),
        language=spoken,
    )
    assert (said["day"], said["time"], said["clock"]) == (day, time, clock)

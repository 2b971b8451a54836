"""What the agent's variables say at a given moment: hours, days, names and salutations."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from api.webhooks.greeting import Ringing, days_around, variables
from db.queries.inbound import BranchAtTheDoor, CompanyAtTheDoor
from domain.slots import BookingRules, BranchPlan, OpeningRules, WallHours
from domain.speech.greeting import name_parts, salutation, today_words

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = date(2026, 11, 20)
DAY = (WallHours(time(9), time(13)), WallHours(time(14), time(20)))
LATE = (WallHours(time(18), time(2)),)


def branch(number: int = 1, week: Any = None, **opening: Any) -> BranchAtTheDoor:
    weekly = (week or DAY,) * 5 + ((), ())
    plan = BranchPlan(
        branch_id=UUID(int=number),
        zone="Europe/Berlin",
        rules=BookingRules(),
        opening=OpeningRules(weekly=weekly, subdivision="BE", **opening),
        staff=(),
        services=(),
    )
    return BranchAtTheDoor(
        id=plan.branch_id, name="Mitte", timezone=plan.zone, agent_override={}, plan=plan
    )


def told(
    hour: int, *branches: BranchAtTheDoor, day: date = FRIDAY, languages: tuple[str, ...] = ("de",)
) -> dict[str, str]:
    of = branches or (branch(),)
    return variables(
        Ringing(
            company_id=UUID(int=9),
            branch_id=of[0].id if len(of) == 1 else None,
            company=CompanyAtTheDoor(
                name="Haarwerk", languages=languages, timezone="Europe/Berlin"
            ),
            branches=of,
            caller=None,
            now=datetime.combine(day, time(hour), BERLIN).astimezone(UTC),
        )
    )


@pytest.mark.parametrize(
    ("hour", "open_now"), [(8, "false"), (9, "true"), (13, "false"), (19, "true"), (20, "false")]
)
def test_a_branch_is_open_within_its_hours(hour: int, open_now: str) -> None:
    said = told(hour)
    assert (said["open_now"], said["open_today"]) == (open_now, "09:00-13:00, 14:00-20:00")


def test_hours_that_last_past_midnight_count_for_the_day_they_began() -> None:
    said = told(1, branch(week=LATE), day=date(2026, 11, 21))
    assert (said["open_now"], said["open_today"]) == ("true", "geschlossen")


@pytest.mark.parametrize(
    ("day", "special", "hours"),
    [
        (date(2026, 11, 22), {}, "geschlossen"),
        (date(2026, 12, 25), {}, "geschlossen"),
        (FRIDAY, {FRIDAY: ()}, "geschlossen"),
        (FRIDAY, {FRIDAY: (WallHours(time(9), time(12)),)}, "09:00-12:00"),
    ],
    ids=["Sunday", "holiday", "closed for once", "shorter for once"],
)
def test_exceptions_and_holidays_replace_the_week(
    day: date, special: dict[date, Any], hours: str
) -> None:
    assert told(10, branch(special_days=special), day=day)["open_today"] == hours


def test_a_hotline_is_open_while_a_branch_is_and_names_hours_that_all_share() -> None:
    same, late = (branch(2), branch(3)), (branch(2), branch(3, week=LATE))
    assert told(10, *same)["open_today"] == "09:00-13:00, 14:00-20:00"
    said = told(10, *late)
    assert (said["open_now"], said["open_today"], said["branch_name"]) == ("true", "", "")


def test_the_day_is_told_as_it_is_at_the_branch() -> None:
    german, english = told(14), told(14, languages=("en", "de"))
    assert german["today_spoken"] == "Freitag, der 20. November 2026"
    assert german["now_local"] == "2026-11-20T14:00:00+01:00"
    assert (german["language"], german["greeting"]) == ("de", "Guten Tag")
    assert english["today_spoken"] == "Friday, 20 November 2026"
    assert (english["language"], english["greeting"]) == ("en", "Good afternoon")
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert today_words(late, BERLIN, "de") == "Samstag, der 21. November 2026"


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "Guten Abend"), (4, "Guten Morgen"), (11, "Guten Tag"), (18, "Guten Abend")],
)
def test_the_salutation_follows_the_hour_at_the_branch(hour: int, words: str) -> None:
    assert salutation(datetime(2026, 7, 1, hour, tzinfo=BERLIN), BERLIN, "de") == words


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jonas Feldmann", ("Jonas", "Feldmann")),
        ("Prof. Dr. Erika Beispiel", ("Erika", "Beispiel")),
        ("Frau Yilmaz", ("", "Yilmaz")),
        ("Anna Maria von der Heide", ("Anna", "von der Heide")),
        ("Feldmann", ("", "Feldmann")),
        ("von Au", ("von", "Au")),
        ("  ", ("", "")),
        (None, ("", "")),
    ],
)
def test_names_come_in_parts(name: str | None, parts: tuple[str, str]) -> None:
    assert name_parts(name) == parts


def test_the_days_that_matter_reach_around_the_world() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"):
        assert now.astimezone(ZoneInfo(zone)).date() in days_around(now)

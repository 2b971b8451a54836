"""When reminders come, by examples; the rules for every case are in `tests/property`."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.appointment import QuietHours, reminders_due

BERLIN = ZoneInfo("Europe/Berlin")
DEFAULT = [1440, 120]
NIGHT = QuietHours(zone=BERLIN, from_local=time(20), to_local=time(8))


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def due(start: str, booked: str, minutes: list[int] | None = None) -> list[tuple[int, str]]:
    """Minutes and the local time that each comes at, with quiet hours from eight to eight."""
    found = reminders_due(local(start), local(booked), minutes or DEFAULT, NIGHT)
    return [(r.minutes, f"{r.at.astimezone(BERLIN):%Y-%m-%d %H:%M}") for r in found]


@pytest.mark.parametrize(
    ("start", "booked", "comes"),
    [
        ("2026-11-24 14:00", "2026-11-10 10:00", ["2026-11-23 14:00", "2026-11-24 12:00"]),
        # Two hours before is at night: the evening before, and the day before it stays.
        ("2026-11-24 09:00", "2026-11-10 10:00", ["2026-11-23 09:00", "2026-11-23 19:45"]),
        # Both fall into nights.
        ("2026-11-24 07:30", "2026-11-10 10:00", ["2026-11-22 19:45", "2026-11-23 19:45"]),
        # Booked the same day, and booked within the hour.
        ("2026-11-24 14:00", "2026-11-24 09:00", ["2026-11-24 12:00"]),
        ("2026-11-24 14:00", "2026-11-24 11:00", ["2026-11-24 12:00"]),
        ("2026-11-24 14:00", "2026-11-24 11:01", []),
        # Booked in the evening for the morning: the last evening has gone.
        ("2026-11-24 09:00", "2026-11-23 19:30", []),
        # At the edges of the night.
        ("2026-11-24 10:00", "2026-11-23 12:00", ["2026-11-24 08:00"]),
        ("2026-11-24 22:00", "2026-11-24 12:00", ["2026-11-24 19:45"]),
    ],
)
def test_a_day_and_two_hours_before_but_not_at_night(
    start: str, booked: str, comes: list[str]
) -> None:
    assert [at for _, at in due(start, booked)] == comes


def test_of_two_in_one_night_the_later_is_kept() -> None:
    assert due("2026-11-24 08:30", "2026-11-01 12:00", [600, 60]) == [(60, "2026-11-23 19:45")]


def test_what_is_too_close_to_the_start_comes_half_an_hour_before() -> None:
    assert due("2026-11-24 12:00", "2026-11-01 12:00", [10]) == [(10, "2026-11-24 11:30")]


def test_a_day_before_is_24_hours_also_when_the_clocks_change() -> None:
    # 2027-03-28 has 23 hours.
    assert due("2027-03-28 14:00", "2027-03-01 12:00", [1440]) == [(1440, "2027-03-27 13:00")]


def test_a_whole_day_of_quiet_leaves_reminders_out() -> None:
    start, booked = local("2026-11-24 12:00"), local("2026-11-01 12:00")
    quiet = QuietHours(zone=BERLIN, from_local=time(0), to_local=time(23, 50))
    assert reminders_due(start, booked, DEFAULT, quiet) == []


def test_at_most_five_reminders_are_sent() -> None:
    assert len(due("2026-11-24 19:00", "2026-11-01 12:00", [30, 60, 90, 120, 150, 180, 210])) == 5


def test_quiet_hours_end_when_an_hour_that_comes_twice_is_over() -> None:
    quiet = QuietHours(zone=BERLIN, from_local=time(22), to_local=time(2, 30))
    night = quiet.around(local("2027-10-31 02:10", fold=1))
    assert night is not None
    # In UTC: Python calls no two times equal of which one comes twice.
    assert night.end_at == local("2027-10-31 02:30", fold=1).astimezone(UTC)
    assert night.duration == timedelta(hours=5, minutes=30)


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = QuietHours(zone=BERLIN, from_local=time(12), to_local=time(14))
    none = QuietHours(zone=BERLIN, from_local=time(12), to_local=time(12))
    assert noon.around(local("2026-11-24 13:00")) is not None
    assert noon.around(local("2026-11-24 14:00")) is None
    assert none.around(local("2026-11-24 12:00")) is None

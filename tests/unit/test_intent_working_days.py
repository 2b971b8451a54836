"""Working days leave out Saturdays, Sundays and the holidays of the whole land."""

import datetime as dt

import pytest

from domain.intent import read_time
from domain.intent.feasts import closes_land

NOW = dt.datetime(2026, 12, 23, 9, 20)  # noqa: DTZ001 - wall time is what is read; a Wednesday


@pytest.mark.parametrize(
    ("zone", "now", "text", "day"),
    [
        ("Europe/Berlin", NOW, "in zwei Werktagen", dt.date(2026, 12, 28)),  # 25th, 26th, Sunday
        ("Europe/Berlin", NOW, "in zwei Tagen", dt.date(2026, 12, 25)),
        ("Europe/Berlin", dt.datetime(2026, 10, 1, 9), "in einem Werktag", dt.date(2026, 10, 2)),  # noqa: DTZ001
        ("Europe/Berlin", dt.datetime(2028, 10, 2, 9), "nächster Werktag", dt.date(2028, 10, 4)),  # noqa: DTZ001
        ("Europe/Vienna", dt.datetime(2028, 10, 2, 9), "nächster Werktag", dt.date(2028, 10, 3)),  # noqa: DTZ001
        ("Europe/Vienna", dt.datetime(2026, 10, 23, 9), "nächster Werktag", dt.date(2026, 10, 27)),  # noqa: DTZ001
        ("Europe/Berlin", dt.datetime(2026, 10, 23, 9), "nächster Werktag", dt.date(2026, 10, 26)),  # noqa: DTZ001
        ("Europe/Zurich", dt.datetime(2028, 7, 31, 9), "in einem Werktag", dt.date(2028, 8, 2)),  # noqa: DTZ001
        ("Europe/Vienna", NOW, "zwei Werktage nach dem 5. Januar", dt.date(2027, 1, 8)),  # Epiphany
        ("Europe/Berlin", NOW, "zwei Werktage nach dem 5. Januar", dt.date(2027, 1, 7)),
        ("Europe/Vienna", NOW, "in einem Werktag oder in zwei Werktagen", dt.date(2026, 12, 24)),
    ],
)
def test_holidays_of_the_land_are_no_working_days(
    zone: str, now: dt.datetime, text: str, day: dt.date
) -> None:
    found = read_time(text, now=now, zone=zone, lang="de")
    assert found is not None
    assert found.start is not None
    assert found.start.date() == day


def test_a_regional_holiday_is_a_working_day_of_the_land() -> None:
    assert not closes_land(dt.date(2027, 1, 6), "DE")  # Epiphany, in three of sixteen
    assert closes_land(dt.date(2027, 1, 6), "AT")
    assert closes_land(dt.date(2027, 3, 29), "CH")  # Easter Monday

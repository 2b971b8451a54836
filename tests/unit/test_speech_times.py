"""Spoken and written times: examples, and that no two times ever sound the same."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.speech import (
    Lang,
    TimeStyle,
    spoken_at,
    spoken_date,
    spoken_offers,
    spoken_span,
    spoken_time,
    written_at,
)

BERLIN = ZoneInfo("Europe/Berlin")
LANGS: tuple[Lang, ...] = ("de", "en")
AT = datetime(2026, 12, 3, 13, 15, tzinfo=UTC)  # a Thursday, 14:15 in Berlin

minutes_of_2026 = st.integers(0, 365 * 24 * 60 - 1).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


def berlin(hour: int, minute: int = 0, *, month: int = 12, day: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def test_a_time_is_spoken_in_the_branchs_zone() -> None:
    assert (
        spoken_at(AT, BERLIN, "de") == "Donnerstag, den dritten Dezember, um vierzehn Uhr fünfzehn"
    )
    assert spoken_at(AT, BERLIN, "en") == "Thursday, the third of December, at two fifteen pm"
    assert spoken_time(AT, ZoneInfo("Europe/London"), "de") == "dreizehn Uhr fünfzehn"


def test_colloquial_times_say_the_part_of_the_day() -> None:
    assert (
        spoken_at(AT, BERLIN, "de", style="colloquial")
        == "Donnerstag, den dritten Dezember, um viertel nach zwei nachmittags"
    )
    assert (
        spoken_at(AT, BERLIN, "en", style="colloquial")
        == "Thursday, the third of December, at quarter past two in the afternoon"
    )


@pytest.mark.parametrize(
    ("hour", "minute", "german", "english"),
    [
        (0, 0, "null Uhr", "midnight"),
        (1, 0, "ein Uhr", "one am"),
        (1, 1, "ein Uhr eins", "one oh one am"),
        (9, 30, "neun Uhr dreißig", "nine thirty am"),
        (12, 0, "zwölf Uhr", "noon"),
        (12, 5, "zwölf Uhr fünf", "twelve oh five pm"),
        (21, 21, "einundzwanzig Uhr einundzwanzig", "nine twenty-one pm"),
    ],
)
def test_the_clock_is_read_aloud(hour: int, minute: int, german: str, english: str) -> None:
    assert spoken_time(berlin(hour, minute), BERLIN, "de") == german
    assert spoken_time(berlin(hour, minute), BERLIN, "en") == english


@pytest.mark.parametrize(
    ("hour", "minute", "german", "english"),
    [
        (0, 0, "null Uhr", "midnight"),
        (0, 30, "halb eins nachts", "half past twelve at night"),
        (9, 0, "neun Uhr morgens", "nine o'clock in the morning"),
        (12, 45, "viertel vor eins mittags", "quarter to one in the afternoon"),
        (13, 0, "ein Uhr mittags", "one o'clock in the afternoon"),
        (14, 30, "halb drei nachmittags", "half past two in the afternoon"),
        (14, 20, "vierzehn Uhr zwanzig", "two twenty pm"),
        (19, 45, "viertel vor acht abends", "quarter to eight in the evening"),
    ],
)
def test_quarter_hours_are_told_as_people_do(
    hour: int, minute: int, german: str, english: str
) -> None:
    assert spoken_time(berlin(hour, minute), BERLIN, "de", style="colloquial") == german
    assert spoken_time(berlin(hour, minute), BERLIN, "en", style="colloquial") == english


def test_the_part_of_the_day_can_be_left_out() -> None:
    words = spoken_time(AT, BERLIN, "de", style="colloquial", day_part=False)
    assert words == "viertel nach zwei"


def test_a_year_is_said_where_asked_for() -> None:
    assert spoken_date(AT, BERLIN, "de", with_year=True).endswith("zweitausendsechsundzwanzig")
    assert spoken_date(AT, BERLIN, "en", with_year=True).endswith("twenty twenty-six")


def test_a_time_is_written_for_mails() -> None:
    assert written_at(AT, BERLIN, "de") == "Donnerstag, 3. Dezember 2026, 14:15 Uhr"
    assert written_at(AT, BERLIN, "en") == "Thursday, 3 December 2026, 2:15 pm"
    assert written_at(berlin(9, 5), BERLIN, "de").endswith(", 9:05 Uhr")
    assert written_at(berlin(0, 5), BERLIN, "en").endswith(", 12:05 am")


def test_the_hour_that_comes_twice_says_which_it_is() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert spoken_time(first, BERLIN, "de") == "zwei Uhr dreißig Sommerzeit"
    assert spoken_time(second, BERLIN, "de") == "zwei Uhr dreißig Winterzeit"
    assert written_at(second, BERLIN, "en").endswith("2:30 am winter time")


def test_the_same_wall_time_is_another_instant_after_the_change() -> None:
    before, after = berlin(10, month=10, day=24), berlin(10, month=10, day=26)
    assert after - before == timedelta(days=2)  # wall time
    assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(days=2, hours=1)
    assert spoken_time(before, BERLIN, "de") == spoken_time(after, BERLIN, "de") == "zehn Uhr"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("style", ["clock", "colloquial"])
def test_no_two_minutes_of_a_day_sound_the_same(lang: Lang, style: TimeStyle) -> None:
    said = {spoken_time(berlin(n // 60, n % 60), BERLIN, lang, style=style) for n in range(1440)}
    assert len(said) == 1440


@pytest.mark.parametrize("lang", LANGS)
def test_no_two_days_of_a_year_sound_the_same(lang: Lang) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    said = {spoken_date(noon + timedelta(days=n), BERLIN, lang) for n in range(365)}
    assert len(said) == 365


@settings(deadline=None)
@given(minutes_of_2026, minutes_of_2026)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
@example(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
def test_two_instants_sound_the_same_only_when_they_are(one: datetime, other: datetime) -> None:
    for lang in LANGS:
        for style in ("clock", "colloquial"):
            words = [spoken_at(at, BERLIN, lang, style=style) for at in (one, other)]
            assert (words[0] == words[1]) == (one == other)
        written = [written_at(at, BERLIN, lang) for at in (one, other)]
        assert (written[0] == written[1]) == (one == other)


@settings(deadline=None)
@given(minutes_of_2026)
def test_a_written_german_time_reads_back_as_the_same_wall_time(at: datetime) -> None:
    months = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
    _, day_month_year, clock = written_at(at, BERLIN, "de").split(", ")
    day, month, year = day_month_year.split()
    hour, minute = clock.split()[0].split(":")
    local = at.astimezone(BERLIN)
    read_day = date(int(year), months.split().index(month) + 1, int(day.rstrip(".")))
    assert read_day == local.date()
    assert (int(hour), int(minute)) == (local.hour, local.minute)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        spoken_at(AT.replace(tzinfo=None), BERLIN, "de")


def test_offers_name_each_day_once_and_stop_at_three() -> None:
    starts = [berlin(9, day=4), berlin(10, day=4), berlin(9, day=5), berlin(10, day=5)]
    assert spoken_offers(starts, BERLIN, "de") == (
        "Freitag, den vierten Dezember, um neun Uhr oder um zehn Uhr, "
        "oder Samstag, den fünften Dezember, um neun Uhr"
    )
    assert spoken_offers([], BERLIN, "en") == ""


def test_opening_hours_are_spoken_as_a_span() -> None:
    assert spoken_span(berlin(9), berlin(18, 30), BERLIN, "de") == (
        "von neun Uhr bis achtzehn Uhr dreißig"
    )
    assert spoken_span(berlin(9), berlin(18), BERLIN, "en") == "from nine am to six pm"

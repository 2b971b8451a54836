"""Words about time in arguments: read at the call's start, judged by our clock, never guessed."""

import re
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.asking.model import (
    AnyTime,
    Arguments,
    Daily,
    Exact,
    NotUnderstood,
    Past,
    Skipped,
    Unclear,
    When,
    Within,
)
from domain.asking.reading import days_asked, read_change_time, read_reference
from domain.asking.times import read_when
from tests.builders.asking import make_context


def wall(text: str) -> datetime:
    """`wall("27 17:00")`: November 2026; else in full."""
    if text[4:5] == "-":
        return datetime.fromisoformat(text)
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-11-{int(day):02}T{clock}")


def exact(text: str) -> Exact:
    return Exact(start_local=wall(text))


def within(start: str | None, until: str | None, near: str | None = None) -> Within:
    return Within(
        from_local=wall(start) if start else None,
        until_local=wall(until) if until else None,
        near_local=wall(near) if near else None,
    )


def daily(opens: str, closes: str, near: str | None = None) -> Daily:
    return Daily(
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        near=time.fromisoformat(near) if near else None,
    )


def week_with(of_day: Daily, near: str | None = None) -> Within:
    return Within(
        from_local=wall("23 00:00"),
        until_local=wall("30 00:00"),
        near_local=wall(near) if near else None,
        daily=of_day,
    )


# All of it is said on Saturday 21 November 2026 at 15:03 in Berlin.
@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        # The contract's own question.
        (
            "nächsten Freitag",
            "nachmittags, am liebsten gegen fünf",
            within("27 14:00", "27 18:00", "27 17:00"),
        ),
        ("27.11.2026", "18:00", exact("27 18:00")),
        ("2026-11-27", "18", exact("27 18:00")),
        ("2026-11-27T18:00:00+01:00", None, exact("27 18:00")),
        ("2026-11-27T17:00:00Z", None, exact("27 18:00")),
        ("2026-11-27T00:00:00", "17 Uhr", exact("27 17:00")),
        ("2026-11-27T00:00:00", None, within("27 00:00", "28 00:00")),
        # Days, with and without a time, in either field.
        ("morgen", "halb vier", exact("22 15:30")),
        ("übermorgen", "viertel drei", exact("23 14:15")),
        ("Freitag um fünf", None, exact("27 17:00")),
        ("Freitag um fünf", "17:00", exact("27 17:00")),
        (None, "Freitag um fünf", exact("27 17:00")),
        ("Freitag nachmittags", "siebzehn Uhr", exact("27 17:00")),
        ("nächsten Dienstag", "um zehn", exact("24 10:00")),  # said on Saturday: of next week
        ("nächste Woche Dienstag", "um zehn", exact("24 10:00")),
        ("in zwei Tagen", "um zehn", exact("23 10:00")),
        ("27", "zehn bis zwölf", within("27 10:00", "27 12:00")),
        ("27.11", None, within("27 00:00", "28 00:00")),
        ("20261127", "1700", exact("27 17:00")),
        ("Freitag", "um sechs, sechzehn Uhr", exact("27 16:00")),
        ("Freitag", "um acht Uhr achtzehn", exact("27 08:18")),
        ("Freitag", "den ganzen Tag", within("27 00:00", "28 00:00")),
        ("Samstag", "16 Uhr", exact("21 16:00")),
        ("Samstag", "14 Uhr", exact("28 14:00")),  # today's is over
        ("Heiligabend", None, within("2026-12-24T00:00", "2026-12-25T00:00")),
        # Windows of a day.
        ("Freitag", None, within("27 00:00", "28 00:00")),
        ("morgen", "nach der Arbeit", within("22 17:00", "22 21:00")),
        ("Freitag", "zwischen zwei und vier", within("27 14:00", "27 16:00")),
        ("Freitag", "ab 15 Uhr", within("27 15:00", "28 00:00")),
        ("Freitag", "bis zwölf", within("27 00:00", "27 12:00")),
        ("heute Abend", None, within("21 17:00", "22 00:00")),
        ("Montag oder Dienstag", None, within("23 00:00", "25 00:00")),
        ("die nächsten drei Tage", None, within("22 00:00", "25 00:00")),
        ("am Wochenende", None, within("21 00:00", "23 00:00")),
        ("bis Freitag", None, within(None, "28 00:00")),
        ("ab Mittwoch", None, within("25 00:00", None)),
        # About.
        ("morgen", "gegen fünf", within("22 16:15", "22 17:45", "22 17:00")),
        ("Freitag", "so gegen 17 Uhr", within("27 16:15", "27 17:45", "27 17:00")),
        ("in einer Stunde", None, within("21 15:18", "21 16:48", "21 16:03")),
        ("morgen", "vormittags, am liebsten um neun", within("22 08:00", "22 12:00", "22 09:00")),
        # Weeks, with a time of each day.
        ("nächste Woche", None, within("23 00:00", "30 00:00")),
        ("nächste Woche", "egal", within("23 00:00", "30 00:00")),
        ("nächste Woche", "nachmittags", week_with(daily("14:00", "18:00"))),
        ("nächste Woche", "um zehn", week_with(daily("09:15", "10:45", "10:00"))),
        ("nächste Woche", "zwischen zwei und vier", week_with(daily("14:00", "16:00"))),
        (
            "nächste Woche, am liebsten Dienstag",
            "um zehn",
            week_with(daily("09:15", "10:45", "10:00"), "24 10:00"),
        ),
        # Open.
        (None, None, AnyTime()),
        ("egal", "egal", AnyTime()),
        ("so bald wie möglich", None, AnyTime(soonest=True)),
        ("den nächsten freien Termin", None, AnyTime(soonest=True)),
        (
            "so bald wie möglich",
            "nachmittags",
            AnyTime(soonest=True, daily=daily("14:00", "18:00")),
        ),
        (None, "nachmittags", AnyTime(daily=daily("14:00", "18:00"))),
        ("heute so bald wie möglich", None, within("21 00:00", "22 00:00")),
        # Lost.
        ("blabla", "um drei", NotUnderstood(field="date")),
        ("blabla", None, NotUnderstood(field="date")),
        ("Freitag", "xyz", NotUnderstood(field="time")),
        ("31.02.2027", None, NotUnderstood(field="date")),
        ("2026-13-45", "10:00", NotUnderstood(field="date")),
    ],
)
def test_what_is_said_about_time_is_what_is_looked_for(
    day: str | None, clock: str | None, expected: When
) -> None:
    assert read_when(day, clock, make_context()) == expected


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("tomorrow", "half four", exact("22 16:30")),
        ("next Friday", "5 pm", exact("27 17:00")),
        ("Friday", "in the afternoon", within("27 12:00", "27 18:00")),
        ("Friday", "in the afternoon, ideally around three",
         within("27 12:00", "27 18:00", "27 15:00")),
        ("asap", None, AnyTime(soonest=True)),
        ("whenever", None, AnyTime()),
    ],
)  # fmt: skip
def test_english_words_are_read_as_english(day: str, clock: str | None, expected: When) -> None:
    assert read_when(day, clock, make_context(language="en")) == expected


def test_words_of_the_other_language_are_read_all_the_same() -> None:
    assert read_when("tomorrow", "half four", make_context()) == exact("22 16:30")
    english = make_context(language="en")
    assert read_when("übermorgen", "halb vier", english) == exact("23 15:30")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("am Frauentag", "2027-03-08"),
        ("am nächsten Feiertag", "2026-12-25"),  # Reformation Day is none in Berlin
        ("Tag der Deutschen Einheit", "2027-10-03"),
        ("Erster Weihnachtstag", "2026-12-25"),
    ],
)
def test_a_holiday_is_known_by_its_name_where_the_branch_is(words: str, day: str) -> None:
    start = datetime.fromisoformat(f"{day}T10:00")
    assert read_when(words, "zehn Uhr", make_context()) == Exact(start_local=start)


def test_a_holiday_falls_where_the_branch_is() -> None:
    context = make_context()
    swiss = context.catalogue.branches[0].model_copy(update={"country": "CH", "bundesland": "BE"})
    there = replace(context, catalogue=context.catalogue.model_copy(update={"branches": (swiss,)}))
    august = within("2027-08-01T00:00", "2027-08-02T00:00")
    assert read_when("Nationalfeiertag", None, there) == august
    assert read_when("Nationalfeiertag", None, context) != august
    assert read_when("am Berchtoldstag", None, there) == within(
        "2027-01-02T00:00", "2027-01-03T00:00"
    )
    assert read_when("am Berchtoldstag", None, context) == NotUnderstood(field="date")


# --- doubts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "clock", "options", "either"),
    [
        ("morgen", "um acht", ("22 08:00", "22 20:00"), False),
        ("nächsten Samstag in einer Woche", "elf", ("28 11:00", "2026-12-05T11:00"), False),
        ("Montag oder Donnerstag", "um drei", ("23 15:00", "26 15:00"), True),
        ("Freitag", "um drei oder um vier", ("27 15:00", "27 16:00"), True),
    ],
)
def test_several_fair_readings_are_asked_about(
    day: str, clock: str, options: tuple[str, ...], either: bool
) -> None:
    expected = Unclear(options=tuple(wall(option) for option in options), either=either)
    assert read_when(day, clock, make_context()) == expected


def test_next_saturday_said_on_tuesday_is_one_of_two() -> None:
    tuesday = make_context(said="2026-11-24T09:20")
    assert read_when("nächsten Samstag", None, tuesday) == Unclear(
        options=(date(2026, 11, 28), date(2026, 12, 5))
    )


def test_a_weekday_that_does_not_fit_the_date_is_asked_about() -> None:
    assert read_when("Freitag, den 28.11.", None, make_context()) == Unclear(
        options=(date(2026, 11, 27), date(2026, 11, 28))
    )


def test_a_reading_that_is_over_falls_away_and_what_is_left_is_meant() -> None:
    later = make_context(now="2026-11-22T09:00")
    assert read_when("morgen", "um acht", later) == exact("22 20:00")


# --- what is over ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "clock", "start"),
    [
        ("2023-11-27", "18:16", "2023-11-27T18:16"),
        ("20.11.2026", None, "20 00:00"),
        ("20.11.", None, "20 00:00"),
        ("am 3. November", "um drei", "03 15:00"),  # nobody means next year's
        ("gestern", None, "20 00:00"),
        ("heute", "um neun", "21 09:00"),  # nor nine in the evening
        ("2026-11-20T10:00:00+01:00", None, "20 10:00"),
    ],
)
def test_what_is_over_is_never_moved_to_another_day_or_year(
    day: str, clock: str | None, start: str
) -> None:
    assert read_when(day, clock, make_context()) == Past(start_local=wall(start))


def test_a_short_date_far_ahead_is_that_of_the_next_year() -> None:
    assert read_when("15.1.", "16 Uhr", make_context()) == exact("2027-01-15T16:00")


def test_words_are_read_when_they_were_said_and_judged_by_our_clock() -> None:
    """A call that is played again two days later, and one whose start lies ahead of us."""
    late = make_context(now="2026-11-23T10:00")
    assert read_when("morgen", "um zehn", late) == Past(start_local=wall("22 10:00"))
    assert read_when("morgen", None, late) == Past(start_local=wall("22 00:00"))
    assert read_when("nächsten Freitag", "um fünf", late) == exact("27 17:00")
    early = make_context(said="2026-11-30T10:00", now="2026-11-21T15:03")
    assert read_when("morgen", "um zehn", early) == exact("2026-12-01T10:00")


def test_what_began_while_the_caller_was_speaking_is_not_over() -> None:
    context = make_context(now="2026-11-21T15:04")
    assert read_when("heute", "15:03", context) == exact("21 15:03")
    assert read_when("heute", "14:30", context) == Past(start_local=wall("21 14:30"))


# --- clocks that change ---------------------------------------------------------------------------


@pytest.mark.parametrize("clock", ["02:30", "halb drei nachts"])
def test_a_time_that_the_clocks_skip_is_told_as_such(clock: str) -> None:
    skipped = Skipped(start_local=wall("2027-03-28T02:30"))
    assert read_when("28.3.2027", clock, make_context(said="2027-03-20T10:00")) == skipped


def test_a_call_in_summer_time_and_a_slot_in_winter_time_keep_the_wall_clock() -> None:
    context = make_context(said="2026-10-20T10:00")
    assert read_when("27.10.2026", "10 Uhr", context) == exact("2026-10-27T10:00")
    assert read_when("2026-10-27T10:00:00+01:00", None, context) == exact("2026-10-27T10:00")


# --- an appointment that exists -------------------------------------------------------------------

OLD = wall("25 10:00")  # Wednesday at ten; all of it is said on Tuesday 24 November at 9:15
TUESDAY = make_context(said="2026-11-24T09:15")


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("Freitag", "halb drei nachmittags", exact("27 14:30")),
        (None, "um elf", exact("25 11:00")),
        (None, "nachmittags", within("25 14:00", "25 18:00")),
        (None, "eher nachmittags", within("25 14:00", "25 18:00")),
        ("am selben Tag", "nachmittags", within("25 14:00", "25 18:00")),
        ("Freitag", None, within("27 00:00", "28 00:00", "27 10:00")),
        ("Freitag", "gleiche Zeit", exact("27 10:00")),
        ("27.11.2026", "Uhrzeit egal", within("27 00:00", "28 00:00", "27 10:00")),
        ("nächste Woche", None, within("30 00:00", "2026-12-07T00:00", "30 10:00")),
        (None, "eine Stunde später", exact("25 11:00")),
        ("eine halbe Stunde früher", None, exact("25 09:30")),
        (None, "an hour earlier", exact("25 09:00")),
        ("eine Woche später", None, exact("2026-12-02T10:00")),
        ("zwei Tage später", "um neun", exact("27 09:00")),
        (None, "später", within("25 10:01", "26 00:00", "25 10:00")),
        (None, "etwas früher", within("25 00:00", "25 10:00", "25 10:00")),
        (None, "Freitag um drei", exact("27 15:00")),
        ("2026-11-27T14:30:00+01:00", None, exact("27 14:30")),
        ("so bald wie möglich", None, AnyTime(soonest=True)),
        ("zwei Tage früher", "um neun", Past(start_local=wall("23 09:00"))),
        (None, None, AnyTime()),
    ],
)
def test_what_is_not_said_anew_stays_as_it_was(
    day: str | None, clock: str | None, expected: When
) -> None:
    arguments = Arguments(new_date=day, new_time=clock)
    assert read_change_time(arguments, TUESDAY, OLD) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("morgen um zehn", exact("25 10:00")),
        ("morgen früh um acht Uhr fünfzehn", exact("25 08:15")),
        ("Krankengymnastik bei Frau Yilmaz am 25.11.", within("25 00:00", "26 00:00")),
        ("der am Donnerstag Nachmittag", within("26 14:00", "26 18:00")),
        ("um zehn", AnyTime(daily=daily("10:00", "10:01", "10:00"))),
        ("der nächste Termin", AnyTime(soonest=True)),
        ("mein Termin", AnyTime()),
        (None, AnyTime()),
        ("2026-11-25T10:00:00+01:00", exact("25 10:00")),
        ("the one tomorrow at ten", exact("25 10:00")),
        ("heute um neun", Past(start_local=wall("24 09:00"))),
    ],
)
def test_words_about_an_appointment_say_which_it_is(phrase: str | None, expected: When) -> None:
    assert read_reference(phrase, TUESDAY) == expected


def test_the_weekday_of_today_may_be_todays_appointment_or_next_weeks() -> None:
    assert read_reference("der am Dienstag", TUESDAY) == Unclear(
        options=(date(2026, 11, 24), date(2026, 12, 1))
    )


@pytest.mark.parametrize(
    ("day", "first", "count"),
    [
        (None, 21, 7),
        ("heute", 21, 1),
        ("Montag", 23, 1),
        ("nächste Woche", 23, 7),
        ("am Wochenende", 21, 2),
        ("ab Mittwoch", 25, 7),
        ("20.11.", 20, 1),
        ("blabla", 21, 7),
    ],
)
def test_a_question_for_opening_hours_is_about_days(
    day: str | None, first: int, count: int
) -> None:
    context = make_context()
    when = read_when(day, None, context)
    assert days_asked(when, context) == (date(2026, 11, first), count)


# --- whatever a model sends -----------------------------------------------------------------------

_HEARD = """
    morgen heute Freitag nächsten in der um halb vier gegen 9999 0 31.02. 2026-11-27 25:61 29.02.
    Jahr Wochen später früher bis ab zwischen und oder nachmittags am liebsten Januar letzte vor
    Christus KW 53 tomorrow next at half past pm week 12/31/9999 0000-00-00 ideally until from
"""
phrases = (
    st.none()
    | st.text(max_size=30)
    | st.lists(st.sampled_from(re.split(r"\s+", _HEARD.strip())), max_size=6).map(" ".join)
)


@settings(max_examples=400, deadline=None)
@example(None, "morgens, ideally 1/12/9999", None)
@example("am liebsten 0000-00-00", None, OLD)
@example("9999 Jahre später", "um drei", OLD)
@given(phrases, phrases, st.sampled_from([None, OLD, wall("2027-03-28T03:30")]))
def test_no_words_break_the_reading_and_a_time_that_is_read_exists_and_is_to_come(
    day: str | None, clock: str | None, old: datetime | None
) -> None:
    arguments = Arguments(new_date=day, new_time=clock)
    for when in (
        read_when(day, clock, TUESDAY),
        read_reference(day, TUESDAY),
        read_change_time(arguments, TUESDAY, old),
    ):
        match when:
            case Exact(start_local=start):
                assert start >= wall("24 09:10")
                assert not (start.date() == date(2027, 3, 28) and start.hour == 2)
            case Within(from_local=since, until_local=until):
                assert until is None or until > wall("24 09:15")
                assert since is None or until is None or since < until
            case Unclear(options=options):
                assert len(options) > 1
            case _:
                pass

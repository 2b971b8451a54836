"""Sentences of functions' answers, and their parts: free times, hours, appointments, people."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.speech import (
    ANSWERS,
    FreeTime,
    Lang,
    answer,
    at_branch,
    day_word,
    free_sentence,
    join_dates,
    listed_appointments,
    spoken_day,
    spoken_hours,
    spoken_on,
    spoken_price,
    spoken_week,
    which_of,
    with_people,
)
from domain.timespan import TimeSpan

BERLIN = ZoneInfo("Europe/Berlin")
LANGS: tuple[Lang, ...] = ("de", "en")
FRIDAY = date(2026, 11, 27)


def at(text: str) -> datetime:
    """`at("27 17:00")`, November 2026."""
    return datetime.fromisoformat(f"2026-11-{text.replace(' ', 'T')}:00+01:00")


def span(start: str, end: str) -> TimeSpan:
    return TimeSpan(at(start), at(end))


# --- the table ------------------------------------------------------------------------------------


def places(template: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", template))


@pytest.mark.parametrize("key", sorted(ANSWERS))
def test_both_languages_are_there_and_differ(key: str) -> None:
    assert set(ANSWERS[key]) == set(LANGS)
    assert ANSWERS[key]["de"] != ANSWERS[key]["en"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", sorted(ANSWERS))
def test_a_sentence_is_whole_with_everything_and_with_the_least_that_it_needs(
    key: str, lang: Lang
) -> None:
    template = ANSWERS[key][lang]
    bare = template
    while "[" in bare:  # what stands in no brackets is always needed
        bare = re.sub(r"\[[^\[\]]*\]", "", bare)
    least = {name: f"«{name}»" for name in places(bare)}
    everything = {name: f"«{name}»" for name in places(template)}
    for fields in (least, everything):
        text = answer(key, lang, **fields)
        assert re.match(r"[A-ZÄÖÜ«]", text), text
        assert text[-1] in ".?", text
        assert not re.search(r"[\[\]{}|]|  |\s[.,?]", text), text


def test_only_booked_is_told_as_booked() -> None:
    for key, by_lang in ANSWERS.items():
        for text in by_lang.values():
            says_so = re.search(r"gebucht|\bbooked\b", text, re.IGNORECASE) is not None
            assert says_so == (key == "booked"), key


def test_what_a_caller_said_is_no_template_and_begins_with_a_capital() -> None:
    text = answer("unknown_service", "de", unknown="{when} [x|y] dauerwelle")
    assert text.startswith("{when} [x|y] dauerwelle haben wir leider nicht")
    assert answer("unknown_service", "de", unknown="dauerwelle").startswith("Dauerwelle haben")


# --- days -----------------------------------------------------------------------------------------


def test_after_am_comes_the_dative() -> None:
    assert spoken_on(at("27 17:00"), BERLIN, "de") == (
        "am Freitag, dem siebenundzwanzigsten November, um siebzehn Uhr"
    )
    assert spoken_on(FRIDAY, BERLIN, "de") == "am Freitag, dem siebenundzwanzigsten November"
    assert spoken_on(FRIDAY, BERLIN, "en") == "on Friday, the twenty-seventh of November"
    assert spoken_on(at("27 17:00"), BERLIN, "en") == (
        "on Friday, the twenty-seventh of November, at five pm"
    )
    assert spoken_day(FRIDAY, "de") == "Freitag, den siebenundzwanzigsten November"
    assert spoken_day(date(2027, 1, 1), "de", case="dative", with_year=True) == (
        "Freitag, dem ersten Januar zweitausendsiebenundzwanzig"
    )


def test_a_time_is_said_on_the_day_that_it_has_there() -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert spoken_on(late, BERLIN, "de") == (
        "am Freitag, dem siebenundzwanzigsten November, um null Uhr dreißig"
    )


def test_near_days_have_words_of_their_own() -> None:
    today = date(2026, 11, 26)
    assert [day_word(today + timedelta(n), today, "de") for n in range(3)] == [
        "heute",
        "morgen",
        "am Samstag, dem achtundzwanzigsten November,",
    ]
    assert [day_word(today + timedelta(n), today, "en") for n in (0, 1)] == ["today", "tomorrow"]


def test_dates_keep_their_commas_apart() -> None:
    words = [spoken_day(FRIDAY, "de"), spoken_day(date(2026, 12, 4), "de")]
    assert join_dates(words, "de") == (
        "Freitag, den siebenundzwanzigsten November, oder Freitag, den vierten Dezember"
    )
    assert join_dates(["a", "b", "c"], "en") == "a, or b, or c"


# --- free times -----------------------------------------------------------------------------------


def free(*starts: str, beside: str = "") -> list[FreeTime]:
    return [FreeTime(start_at=at(start), beside=beside) for start in starts]


@pytest.mark.parametrize(
    ("starts", "said_day", "german", "english"),
    [
        ((), None, "", ""),
        (
            ("27 15:30",),
            FRIDAY,
            "Frei ist fünfzehn Uhr dreißig.",
            "I could offer three thirty pm.",
        ),
        (
            ("27 15:30", "27 18:00"),
            FRIDAY,
            "Frei sind fünfzehn Uhr dreißig und achtzehn Uhr.",
            "I could offer three thirty pm or six pm.",
        ),
        (
            ("27 15:30", "27 18:00", "27 19:00", "27 20:00"),
            FRIDAY,
            "Frei sind fünfzehn Uhr dreißig, achtzehn Uhr und neunzehn Uhr.",
            "I could offer three thirty pm, six pm or seven pm.",
        ),
        (
            ("27 15:30", "28 10:00"),
            None,
            (
                "Frei sind am Freitag, dem siebenundzwanzigsten November, fünfzehn Uhr dreißig, "
                "und am Samstag, dem achtundzwanzigsten November, zehn Uhr."
            ),
            (
                "I could offer three thirty pm on Friday, the twenty-seventh of November, or ten "
                "am on Saturday, the twenty-eighth of November."
            ),
        ),
    ],
)
def test_each_day_is_said_once_and_three_times_at_most(
    starts: tuple[str, ...], said_day: date | None, german: str, english: str
) -> None:
    assert free_sentence(free(*starts), BERLIN, "de", said_day=said_day) == german
    assert free_sentence(free(*starts), BERLIN, "en", said_day=said_day) == english


def test_two_people_at_one_time_are_two_offers_and_one_person_is_one() -> None:
    both = [*free("27 15:30", beside="bei Anna"), *free("27 15:30", beside="bei Bernd")]
    assert free_sentence(both, BERLIN, "de", said_day=FRIDAY) == (
        "Frei sind fünfzehn Uhr dreißig bei Anna und fünfzehn Uhr dreißig bei Bernd."
    )
    same = free("27 15:30", "27 15:30")
    assert free_sentence(same, BERLIN, "de", said_day=FRIDAY) == "Frei ist fünfzehn Uhr dreißig."


# --- hours ----------------------------------------------------------------------------------------


def test_hours_of_a_day_with_a_break() -> None:
    spans = [span("27 08:00", "27 12:00"), span("27 13:00", "27 18:30")]
    assert spoken_hours(spans, BERLIN, "de") == (
        "von acht Uhr bis zwölf Uhr und von dreizehn Uhr bis achtzehn Uhr dreißig"
    )
    assert spoken_hours(spans[:1], BERLIN, "en") == "from eight am to noon"
    assert spoken_hours([], BERLIN, "de") == ""


def test_days_of_the_same_hours_are_said_together() -> None:
    week = [
        (
            date(2026, 11, number),
            [span(f"{number} 09:00", f"{number} 18:00")] if number < 28 else [],
        )
        for number in range(23, 30)
    ]
    assert spoken_week(week, BERLIN, "de") == (
        "Montag bis Freitag von neun Uhr bis achtzehn Uhr",
        "Samstag und Sonntag",
    )
    assert spoken_week(week[:2], BERLIN, "en") == (
        "Monday and Tuesday from nine am to six pm",
        "",
    )
    gap = [week[0], (date(2026, 11, 24), []), week[2]]
    assert spoken_week(gap, BERLIN, "de") == (
        "Montag von neun Uhr bis achtzehn Uhr und Mittwoch von neun Uhr bis achtzehn Uhr",
        "Dienstag",
    )


# --- appointments, people, places, prices ---------------------------------------------------------


def test_appointments_are_listed_by_day() -> None:
    appointments = [*free("27 08:15", "27 10:00", beside="bei Anna"), *free("30 09:00", "30 10:00")]
    assert listed_appointments(appointments, BERLIN, "de") == (
        "am Freitag, dem siebenundzwanzigsten November, um acht Uhr fünfzehn bei Anna und um zehn "
        "Uhr bei Anna, und am Montag, dem dreißigsten November, um neun Uhr"
    )


def test_which_appointment_is_asked_by_time_where_the_day_is_the_same() -> None:
    assert which_of([at("27 08:15"), at("27 10:00")], BERLIN, "de") == (
        "den um acht Uhr fünfzehn, oder den um zehn Uhr"
    )
    assert which_of([at("27 08:15"), at("30 10:00")], BERLIN, "en") == (
        "the one on Friday, the twenty-seventh of November, at eight fifteen am, or the one on "
        "Monday, the thirtieth of November, at ten am"
    )


def test_people_and_places() -> None:
    assert with_people(["Anna", "Bernd"], "de") == "bei Anna und Bernd"
    assert with_people(["Anna"], "en") == "with Anna"
    assert with_people([], "de") == ""
    assert at_branch("Mitte", "de") == "in der Filiale Mitte"
    assert at_branch("Mitte", "en") == "at the Mitte branch"


def test_prices_in_other_currencies() -> None:
    assert spoken_price(100, "en", currency="CHF") == "one franc"
    assert spoken_price(6550, "de", currency="CHF") == "fünfundsechzig Franken fünfzig"
    assert spoken_price(3200, "de", currency="USD") == "zweiunddreißig USD"

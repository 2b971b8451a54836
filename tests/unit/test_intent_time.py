"""What callers say about time, in sentences of our own, said on Tuesday 24 November 2026, 9:20."""

import datetime as dt

import pytest

from domain.intent import TimeReading, read_time

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read


def read(text: str, lang: str, now: dt.datetime = NOW) -> TimeReading | None:
    return read_time(text, now=now, zone="Europe/Berlin", lang=lang)


def start_of(text: str, lang: str) -> str:
    found = read(text, lang)
    assert found is not None
    assert found.start is not None
    return found.start.isoformat()


GERMAN = [
    ("morgen um vierzehn Uhr dreißig Krankengymnastik", "2026-11-25T14:30"),
    ("morgen um drei Massage", "2026-11-25T15:00"),
    ("am fünfzehnten Massage", "2026-12-15"),
    ("am zwanzigsten November", "2027-11-20"),
    ("Dienstag, der zweiundzwanzigste Dezember um zehn", "2026-12-22T10:00"),
    ("in einer halben Stunde", "2026-11-24T09:50"),
    ("in anderthalb Stunden", "2026-11-24T10:50"),
    ("in einer Viertelstunde", "2026-11-24T09:35"),
    ("in einer Dreiviertelstunde", "2026-11-24T10:05"),
    ("in eineinhalb Stunden", "2026-11-24T10:50"),
    ("in vierzehn Tagen", "2026-12-08"),
    ("heute in vierzehn Tagen um zehn", "2026-12-08T10:00"),
    ("übermorgen früh um neun", "2026-11-26T09:00"),
    ("um acht in der Früh", "2026-11-25T08:00"),
    ("am Wochenende", "2026-11-28"),
    ("nächstes Wochenende", "2026-11-28"),
    ("Ende des Monats", "2026-11-21"),
    ("Monatsende", "2026-11-21"),
    ("Anfang nächsten Monats", "2026-12-01"),
    ("Mitte der Woche", "2026-11-25"),
    ("später als 14 Uhr", "2026-11-24T14:00"),
    ("irgendwann nach drei", "2026-11-24T15:00"),
    ("vom 13. bis 15. Juli", "2027-07-13"),
    ("13. - 15. Juli", "2027-07-13"),
    ("der 3. März", "2027-03-03"),
    ("3. März um 10", "2027-03-03T10:00"),
    ("am fünfzehnten", "2026-12-15"),
    ("am 15ten", "2026-12-15"),
    ("Dienstag den 8.", "2026-12-08"),
    ("Mi, 9. Dez.", "2026-12-09"),
    ("Mittwoch, den 9. Dezember 2026", "2026-12-09"),
    ("zweiten Zwölften um viertel nach drei", "2026-12-02T15:15"),
    ("am zweiten Zwölften", "2026-12-02"),
    ("fünfter Jänner", "2027-01-05"),
    ("heute Mittag", "2026-11-24T12:00"),
    ("zu Mittag", "2026-11-24T12:00"),
    ("gegen Abend", "2026-11-24T18:00"),
    ("früh am Morgen", "2026-11-25T06:00"),
    ("in den frühen Morgenstunden", "2026-11-25T06:00"),
    ("heute Abend um acht", "2026-11-24T20:00"),
    ("heute Abend 20 Uhr", "2026-11-24T20:00"),
    ("20 Uhr heute Abend", "2026-11-24T20:00"),
    ("um acht heute Abend", "2026-11-24T20:00"),
    ("Punkt zehn Uhr", "2026-11-24T10:00"),
    ("um Punkt zehn", "2026-11-24T10:00"),
    ("zehn Uhr fünfzehn", "2026-11-24T10:15"),
    ("viertel vor elf", "2026-11-24T10:45"),
    ("dreiviertel elf", "2026-11-24T10:45"),
    ("drei viertel elf", "2026-11-24T10:45"),
    ("viertel über elf", "2026-11-24T11:15"),
    ("um fünf nach halb elf", "2026-11-24T10:35"),
    ("um fünf Minuten vor zwölf", "2026-11-24T11:55"),
    ("von neun bis elf am Donnerstag", "2026-11-26T09:00"),
    ("Donnerstag von neun bis elf", "2026-11-26T09:00"),
    ("Donnerstag zwischen halb zehn und elf", "2026-11-26T09:30"),
    ("am Donnerstag ab zwei", "2026-11-26T14:00"),
    ("Donnerstag nach 17 Uhr", "2026-11-26T17:00"),
    ("Donnerstag nach der Arbeit", "2026-11-26T17:00"),
    ("nicht vor fünf am Freitag", "2026-11-27T17:00"),
    ("so gegen vier", "2026-11-24T16:00"),
    ("Montag oder Dienstag", "2026-11-30"),
    ("Mittwoch um drei oder um vier", "2026-11-25T15:00"),
    ("nein, doch lieber siebzehn Uhr", "2026-11-24T17:00"),
    ("nicht am Montag, sondern am Dienstag um neun", "2026-12-01T09:00"),
    ("Montag kann ich nicht, aber Freitag um zehn", "2026-11-27T10:00"),
    ("in drei Wochen am Montag", "2026-12-14"),
    ("Ende nächster Woche", "2026-12-04"),
    ("so bald wie möglich", "2026-11-24T09:20"),
    ("heute in acht Tagen", "2026-12-01"),
    ("Montag in acht Tagen", "2026-12-07"),
    ("übernächste Woche Mittwoch", "2026-12-09"),
    ("nächste Woche Dienstag um halb vier", "2026-12-01T15:30"),
    ("Dienstag nächster Woche", "2026-12-01"),
    ("nächste Woche am Dienstag", "2026-12-01"),
    ("kommenden Montag", "2026-11-30"),
    ("diesen Donnerstag um elf", "2026-11-26T11:00"),
    ("heute noch", "2026-11-24"),
    ("gleich morgen früh", "2026-11-25T06:00"),
    ("morgen Vormittag", "2026-11-25T08:00"),
    ("morgen Nachmittag um drei", "2026-11-25T15:00"),
    ("Freitagnachmittag halb vier", "2026-11-27T15:30"),
    ("Freitag in der Früh", "2026-11-27T06:00"),
    ("an Heiligabend um zehn", "2026-12-24T10:00"),
    ("am Nikolaustag", "2026-12-06"),
    ("am zweiten Weihnachtstag", "2026-12-26"),
    ("zwischen Weihnachten und Neujahr", "2026-12-25"),
    ("nach Weihnachten", "2026-12-26"),
    ("Ostermontag", "2027-03-29"),
    ("in zwei Monaten", "2027-01-24"),
    ("nächsten Monat", "2026-12-01"),
    ("im Dezember", "2026-12-01"),
    ("Anfang Dezember", "2026-12-01"),
    ("dreizehn Uhr dreißig", "2026-11-24T13:30"),
    ("14 Uhr 30", "2026-11-24T14:30"),
    ("um vierzehn dreißig", "2026-11-24T14:30"),
    ("um 9.30 Uhr", "2026-11-24T09:30"),
    ("am 9.12. um 10.30 Uhr", "2026-12-09T10:30"),
    ("am 9.12.", "2026-12-09"),
    ("am 9.12", "2026-12-09"),
    ("9. 12. um 8", "2026-12-09T08:00"),
    ("eine Woche später", "2026-12-01"),
    ("erste Woche im Februar", "2027-02-01"),
    ("letzter Freitag im Januar", "2027-01-29"),
    ("am ersten Montag im Dezember", "2026-12-07"),
    ("zwei Tage nach Weihnachten", "2026-12-27"),
    ("zwei Stunden nach Mittag", "2026-11-24T14:00"),
    ("Samstagvormittag gegen zehn", "2026-11-28T10:00"),
    ("in genau zwei Wochen", "2026-12-08"),
    ("am halbi achti", "2026-11-24T19:30"),
    ("hüt Abig am sibni", "2026-11-24T19:00"),
    ("um viere", "2026-11-24T16:00"),
    ("um dreie am Nachmittag", "2026-11-24T15:00"),
    ("Mittwoch um zwoa", "2026-11-25T14:00"),
    ("morgen um dreiviertel acht in der Früh", "2026-11-25T07:45"),
]

ENGLISH = [
    ("in half an hour", "2026-11-24T09:50"),
    ("in an hour and a half", "2026-11-24T10:50"),
    ("in a quarter of an hour", "2026-11-24T09:35"),
    ("in two and a half hours", "2026-11-24T11:50"),
    ("a week from Friday", "2026-12-04"),
    ("a week from today", "2026-12-01"),
    ("two weeks from Thursday", "2026-12-10"),
    ("by Monday", "2026-11-24T09:20"),
    ("anytime after three", "2026-11-24T15:00"),
    ("from 3 onwards", "2026-11-24T15:00"),
    ("as early as 3pm", "2026-11-24T15:00"),
    ("between noon and two", "2026-11-24T12:00"),
    ("tomorrow between 3 and 5", "2026-11-25T15:00"),
    ("10-11am tomorrow", "2026-11-25T10:00"),
    ("Friday 10 to 11", "2026-11-27T10:00"),
    ("February 14 at 2pm", "2027-02-14T14:00"),
    ("the week of December 7th", "2026-12-07"),
    ("first week of December", "2026-11-30"),
    ("mid-December", "2026-12-11"),
    ("early next week", "2026-11-30"),
    ("later this week", "2026-11-24"),
    ("the rest of the week", "2026-11-24"),
    ("this weekend", "2026-11-28"),
    ("next weekend", "2026-12-05"),
    ("first thing in the morning", "2026-11-25T06:00"),
    ("first thing tomorrow", "2026-11-25T06:00"),
    ("end of the day", "2026-11-24T17:00"),
    ("in the next three days", "2026-11-25"),
    ("the day after tomorrow at ten", "2026-11-26T10:00"),
    ("half four", "2026-11-24T16:30"),
    ("half past four on Thursday", "2026-11-26T16:30"),
    ("quarter to five", "2026-11-24T16:45"),
    ("ten to six", "2026-11-24T17:50"),
    ("four thirty in the afternoon", "2026-11-24T16:30"),
    ("tomorrow at half four", "2026-11-25T16:30"),
    ("Wednesday the twenty-fifth of November at four thirty", "2026-11-25T16:30"),
    ("the 3rd of December at noon", "2026-12-03T12:00"),
    ("December third, 2 p.m.", "2026-12-03T14:00"),
    ("tonight at eight", "2026-11-24T20:00"),
    ("tomorrow night", "2026-11-25T21:00"),
    ("Friday evening around seven", "2026-11-27T19:00"),
    ("a fortnight on Tuesday", "2026-12-08"),
    ("Monday week", "2026-12-07"),
    ("next Thursday at nine in the morning", "2026-11-26T09:00"),
    ("Monday or Tuesday", "2026-11-30"),
    ("not Monday, Tuesday at nine", "2026-12-01T09:00"),
    ("as soon as possible", "2026-11-24T09:20"),
    ("around noonish", "2026-11-24T12:00"),
]

GERMAN_UNTIL = [
    ("bis 11", "2026-11-24T11:00"),
    ("Donnerstag vor zehn", "2026-11-26T10:00"),
]

ENGLISH_UNTIL = [
    ("3pm or earlier", "2026-11-24T15:00"),
    ("before noon", "2026-11-24T12:00"),
]

GERMAN_NO_TIME = [
    "Sie haben mir sehr geholfen",
    "ich hätte gern einen Termin für zwei Personen",
    "drei Kinder und ein Hund",
    "meine Nummer ist null eins sieben",
    "das ist mir gleich",
    "guten Morgen",
    "einen schönen Abend noch",
    "der erste Termin war gut",
    "zum ersten Mal",
    "ich bin die Zweite",
    "mit zwei M und zwei N",
    "das dauert eine Stunde",
    "ich komme mit meiner Freundin",
    "acht Euro fünfzig",
    "Hausnummer vierzehn",
    "ein Moment bitte",
    "eine Frage hätte ich",
    "um Gottes Willen",
    "früher war das besser",
]

ENGLISH_NO_TIME = [
    "I have two kids",
    "that may be too late",
    "you are the second person to say so",
    "have a good day",
    "my number is oh one seven six",
    "one moment please",
    "I need it for two people",
    "it costs ten fifty",
    "room 12",
]


@pytest.mark.parametrize(("text", "start"), GERMAN)
def test_german_words_become_the_right_local_time(text: str, start: str) -> None:
    assert start_of(text, "de").startswith(start)


@pytest.mark.parametrize(("text", "start"), ENGLISH)
def test_english_words_become_the_right_local_time(text: str, start: str) -> None:
    assert start_of(text, "en").startswith(start)


@pytest.mark.parametrize(
    ("text", "end", "lang"),
    [(t, e, "de") for t, e in GERMAN_UNTIL] + [(t, e, "en") for t, e in ENGLISH_UNTIL],
)
def test_until_has_an_end_and_no_start(text: str, end: str, lang: str) -> None:
    found = read(text, lang)
    assert found is not None
    assert found.start is None
    assert found.end is not None
    assert found.end.isoformat().startswith(end)


@pytest.mark.parametrize(
    ("text", "lang"), [(t, "de") for t in GERMAN_NO_TIME] + [(t, "en") for t in ENGLISH_NO_TIME]
)
def test_talk_without_a_time_is_read_as_none(text: str, lang: str) -> None:
    assert read(text, lang) is None


def test_half_is_half_an_hour_apart_in_the_two_languages() -> None:
    assert start_of("morgen um halb vier", "de") == "2026-11-25T15:30:00"
    assert start_of("tomorrow at half four", "en") == "2026-11-25T16:30:00"


def test_next_saturday_said_early_in_the_week_has_two_readings() -> None:
    found = read("nächsten Samstag um elf", "de")
    assert found is not None
    assert found.ambiguous
    assert {found.start, *found.alternatives} == {
        dt.datetime(2026, 11, 28, 11),  # noqa: DTZ001 - wall time
        dt.datetime(2026, 12, 5, 11),  # noqa: DTZ001 - wall time
    }


def test_montag_oder_dienstag_keeps_both() -> None:
    found = read("Montag oder Dienstag um zehn", "de")
    assert found is not None
    assert found.ambiguous
    assert len(found.alternatives) == 1


def test_a_time_that_is_over_today_is_marked_as_past() -> None:
    late = dt.datetime(2026, 11, 24, 14, 5)  # noqa: DTZ001 - wall time
    found = read("gestern um neun", "de", late)
    assert found is not None
    assert found.past


def test_the_weekday_of_today_with_an_hour_gone_by_means_next_week() -> None:
    assert start_of("am Dienstag um neun", "de") == "2026-12-01T09:00:00"


def test_only_a_time_of_day_says_so() -> None:
    found = read("um halb vier", "de")
    assert found is not None
    assert found.time_only


def test_an_aware_now_is_read_in_the_zone_of_the_branch() -> None:
    now = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)  # half past midnight in Berlin
    found = read("morgen um zehn", "de", now)
    assert found is not None
    assert found.start == dt.datetime(2026, 11, 26, 10)  # noqa: DTZ001 - wall time


def test_the_words_that_led_to_a_reading_are_named() -> None:
    text = "ich hätte gern am Freitag um zehn einen Termin"
    found = read(text, "de")
    assert found is not None
    assert [text[a:b] for a, b in found.evidence] == ["am Freitag um zehn"]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("an Allerheiligen um zehn", "2027-11-01T10:00"),
        ("am Rosenmontag", "2027-02-08"),
        ("Christi Himmelfahrt", "2027-05-06"),
        ("am Tag der Deutschen Einheit", "2027-10-03"),
        ("am ersten Advent", "2026-11-29"),
        ("am Stephanstag", "2026-12-26"),
    ],
)
def test_holidays_are_known_by_name(text: str, start: str) -> None:
    assert start_of(text, "de").startswith(start)

"""Forms of days times forms of clock times: what callers say, in words of our own.

What is expected is reckoned here, from the day meant and the time meant, not by the reader. Said on
Tuesday 24 November 2026 at 9:20. Every day is said with every time, in three orders.
"""

import datetime as dt

import pytest

from domain.intent import read_time

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read


def rel(days: int) -> dt.date:
    return NOW.date() + dt.timedelta(days)


def date(month: int, day: int) -> dt.date:
    """The next such date from today on."""
    this_year = dt.date(2026, month, day)
    return this_year if this_year >= NOW.date() else this_year.replace(year=2027)


DAYS_DE = {
    rel(0): "heute",
    rel(1): "morgen; Mi.; am Mi",
    rel(2): "übermorgen; am Do",
    rel(3): """
        am Freitag; Freitag; diesen Freitag; in drei Tagen; am letzten Freitag im November; am
        letzten Freitag des Monats; überübermorgen
    """,
    date(11, 30): """
        kommenden Montag; am kommenden Montag; am dreißigsten dieses Monats; am 30. diesen
        Monats; am letzten Tag des Monats; am Monatsletzten; Mo 30.11.
    """,
    date(12, 7): """
        am Montag in einer Woche; Montag in acht Tagen; am ersten Montag im Dezember; in zwei
        Wochen am Montag
    """,
    date(12, 4): """
        nächste Woche Freitag; Freitag nächster Woche; am Freitag der nächsten Woche; Freitag in
        der nächsten Woche; eine Woche nach Freitag; Fr 4.12.
    """,
    date(12, 9): "übernächste Woche am Mittwoch; am Mittwoch übernächster Woche",
    date(12, 2): """
        übernächsten Mittwoch; morgen in einer Woche; Mittwoch in einer Woche; Mittwoch nächste
        Woche
    """,
    date(12, 1): """
        kommende Woche Dienstag; Dienstag kommender Woche; heute in einer Woche; in einer Woche;
        am Ersten des Monats; am Monatsersten
    """,
    date(12, 3): """
        am dritten Dezember; am 3. Dezember; den 3. Dezember; am 3.12.; 3.12.2026; am 03.12.26;
        am dritten zwölften; Donnerstag, den 3. Dezember; Do., 3.12.; am Do 3.12.; Donnerstag
        dritter Zwölfter; am Donnerstag den dritten; am Donnerstag dem 3.; am Dritten; am 3ten;
        am dritten des nächsten Monats; am 3. nächsten Monats; am 3. des kommenden Monats
    """,
    date(12, 8): """
        in zwei Wochen; heute in zwei Wochen; heute in vierzehn Tagen; in vierzehn Tagen
    """,
    date(1, 1): "am ersten Januar; 1. Jänner",
    date(2, 5): "am fünften Februar; am fünften Feber",
    date(3, 5): "am 5. März nächsten Jahres",
    date(3, 15): "am fünfzehnten März zweitausendsiebenundzwanzig; 15. März 2027",
    date(1, 29): "am letzten Freitag im Januar",
    date(12, 14): "Montag in vierzehn Tagen",
    date(12, 26): "am Tag nach Weihnachten",
    date(12, 23): "am Tag vor Heiligabend",
    date(12, 30): "einen Tag vor Silvester",
    date(11, 28): "am Sonnabend",
    date(12, 15): "in drei Wochen; zum 15. Dezember",
    date(12, 24): "in einem Monat",
    date(12, 5): "der fünfte Dezember; am fünften Zwölften",
    date(12, 31): "am einunddreißigsten Zwölften",
}

TIMES_DE = {
    dt.time(14): """
        um vierzehn Uhr; um 14 Uhr; 14 Uhr; 14 h; 14h; ca. 14 Uhr; ca. um 14 Uhr; kurz nach zwei
    """,
    dt.time(14, 30): """
        um 14:30; um 14:30 Uhr; 14.30 Uhr; um 14.30; 14:30h; 14h30; um 1430 Uhr; 1430 Uhr; um
        vierzehn Uhr dreißig; 14 Uhr 30; um halb drei; halb drei; gegen halb drei; so um halb
        drei; so gegen halb drei; circa um halb drei; ungefähr halb drei
    """,
    dt.time(14, 15): "viertel nach zwei; um Viertel nach zwei; viertel drei",
    dt.time(14, 45): "dreiviertel drei; um drei viertel drei; viertel vor drei",
    dt.time(14, 25): "fünf vor halb drei",
    dt.time(14, 35): "fünf nach halb drei",
    dt.time(14, 50): "zehn vor drei",
    dt.time(14, 10): "zehn nach zwei",
    dt.time(14, 20): "zwanzig nach zwei",
    dt.time(14, 40): "20 vor 3",
    dt.time(15): """
        um drei; gegen drei; um drei Uhr nachmittags; um drei am Nachmittag; nachmittags um drei
    """,
    dt.time(9): "um neun Uhr früh; um neun in der Früh; früh um neun",
    dt.time(10): "vormittags um zehn; um zehn vormittags",
    dt.time(19): "abends um sieben; um sieben Uhr abends; um sieben am Abend",
    dt.time(12): "um zwölf Uhr mittags; mittags um zwölf; um zwölf; mittags",
    dt.time(13): "mittags um eins; um ein Uhr mittags; um eins",
    dt.time(12, 30): "um halb eins",
    dt.time(11): """
        um Punkt elf; Punkt elf Uhr; elf Uhr; am besten um elf; frühestens um elf; vielleicht so
        um elf; um elf rum; um elf herum; etwa um elf; um elfe
    """,
    dt.time(11, 45): "um elf Uhr fünfundvierzig",
    dt.time(11, 15): "um 11 Uhr und 15 Minuten; Viertel zwölf",
    dt.time(17, 5): "um siebzehn Uhr fünf; 17 Uhr 05; um 17:05",
    dt.time(17): "um fünfe",
    dt.time(16): "um viere nachmittags",
    dt.time(20, 15): "um zwanzig Uhr fünfzehn",
    dt.time(8): """
        8 Uhr morgens; um acht Uhr morgens; morgens um acht; um acht Uhr am Morgen; 08:00 Uhr;
        um 8 in der Früh
    """,
    dt.time(20): "20:00",
    dt.time(18): "um 18 Uhr; 18 Uhr; um achtzehn Uhr",
}

DAYS_EN = {
    rel(0): "today",
    rel(1): "tomorrow; Wed; on Weds",
    rel(2): """
        the day after tomorrow; a couple of days from now; in a couple of days; day after
        tomorrow
    """,
    rel(3): """
        on Friday; Friday; this Friday; this coming Friday; in three days; in 3 days; three days
        from now; three days from today; the last Friday of the month; Fri 27 Nov
    """,
    date(11, 30): "coming Monday; the 30th of this month; the last day of the month",
    date(12, 4): """
        a week from Friday; Friday week; a week on Friday; Friday after next; the Friday after
        next; Friday next week; next week on Friday; on Friday of next week; next week Friday
    """,
    date(12, 9): """
        Wednesday the week after next; the week after next on Wednesday; two weeks from tomorrow
    """,
    date(12, 3): """
        on December 3rd; December 3; on the 3rd of December; the third of December; 3 December;
        3rd December; Dec 3; Dec. 3rd; Thursday December 3rd; Thursday, December the 3rd;
        Thursday the 3rd; Thursday the third of December; on the 3rd; on the third; the 3rd of
        next month; on the third of next month; Thu Dec 3; Thurs 3rd Dec; 12/3; 12/3/2026
    """,
    date(12, 8): """
        in two weeks; in two weeks' time; two weeks from today; in a fortnight; a fortnight from
        today; a fortnight today; the second Tuesday of next month
    """,
    date(12, 2): "a week from tomorrow; a week tomorrow; tomorrow week; on the second",
    date(12, 1): """
        a week from today; in a week; in a week's time; a week today; today week; the first of
        the month; Tues 1 Dec
    """,
    date(1, 1): "on January 1st; New Year's Day",
    date(3, 3): "March 3rd",
    date(3, 5): "March 5th next year",
    date(3, 15): """
        March fifteenth twenty twenty-seven; March 15, 2027; March 15th 2027; 15 March 2027
    """,
    date(12, 7): """
        the first Monday in December; the first Monday of next month; two Mondays from now; the
        Monday after next
    """,
    date(1, 29): "the last Friday in January",
    date(12, 14): "two weeks from Monday",
    date(12, 26): "the day after Christmas; Boxing Day",
    date(12, 30): "the day before New Year's Eve",
    date(12, 24): "on Christmas Eve; in one month; a month from today; a month from now",
    date(12, 31): "New Year's Eve",
    date(3, 26): "Good Friday",
    date(3, 29): "Easter Monday",
    date(2, 14): "Valentine's Day",
    date(12, 28): "the Monday after Christmas",
    date(12, 18): "the Friday before Christmas",
    date(12, 21): """
        December twenty-first; the twenty first of December; December twenty one
    """,
    date(1, 2): "the second of January; January the second",
    date(12, 5): "Saturday the 5th",
    date(2, 2): "the 2nd of Feb",
}

TIMES_EN = {
    dt.time(14): "at 2 pm; at 2pm; 2 p.m.",
    dt.time(14, 30): """
        at 2:30 pm; at 2:30; 2:30pm; at two thirty; at two thirty pm; two thirty in the
        afternoon; at half past two; half past two; half past two in the afternoon; half two
    """,
    dt.time(14, 15): "quarter past two; at a quarter past two; quarter after two",
    dt.time(14, 45): """
        quarter to three; a quarter to three; a quarter till three; quarter of three
    """,
    dt.time(14, 50): "ten to three",
    dt.time(14, 10): "ten past two; ten minutes past two",
    dt.time(14, 40): "twenty minutes to three",
    dt.time(14, 25): "twenty-five past two",
    dt.time(14, 5): "five after two",
    dt.time(15): """
        at three o'clock; three o'clock; 3 o'clock in the afternoon; at three in the afternoon;
        around three; around 3ish; at about three; at around 3; at approximately 3 pm; sometime
        around 3; at 15:00; 15:00; at 1500 hours; 1500 hours; at 3
    """,
    dt.time(12): "at noon; noon; at midday; 12 noon; at twelve noon",
    dt.time(9): """
        at 9 in the morning; nine in the morning; 9 am; 9am; 9 a.m.; nine a m; at nine AM; at 9
        o'clock in the morning; at nine sharp
    """,
    dt.time(19): "at seven in the evening; 7 in the evening; seven at night",
    dt.time(20): "at 8 at night",
    dt.time(11): "at eleven; preferably at 11; 11 am sharp",
    dt.time(11, 15): "at eleven fifteen; at 11.15; at 11:15 in the morning",
    dt.time(11, 45): "eleven forty-five; at eleven forty five am",
    dt.time(17, 45): "5:45 in the evening",
    dt.time(17, 5): "at five oh five pm; at 5 05 pm",
    dt.time(17): "at exactly 5 pm; 5 p m; at five p.m.",
    dt.time(10): "at ten",
    dt.time(10, 30): "at half ten",
    dt.time(10, 45): "at quarter to eleven in the morning",
    dt.time(18, 30): "at 6:30 p",
    dt.time(12, 30): "twelve thirty; at 12:30; at half past twelve",
    dt.time(13): "one o'clock; at one; 1 pm",
    dt.time(13, 30): "at one thirty",
    dt.time(13, 15): "one fifteen pm",
}


Days = dict[dt.date, str]
Times = dict[dt.time, str]
BOTH: list[tuple[str, Days, Times]] = [("de", DAYS_DE, TIMES_DE), ("en", DAYS_EN, TIMES_EN)]
# Where two numbers meet without a word between, more than one reading is fair.
MEET = 0.003


def phrases(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split(";")]


def start_of(text: str, lang: str) -> dt.datetime | None:
    found = read_time(text, now=NOW, zone="Europe/Berlin", lang=lang)
    return None if found is None else found.start


@pytest.mark.parametrize(
    ("lang", "text", "day"),
    [(lang, p, day) for lang, days, _ in BOTH for day, text in days.items() for p in phrases(text)],
)
def test_a_day_is_read_in_each_of_its_forms(lang: str, text: str, day: dt.date) -> None:
    assert start_of(text, lang) == dt.datetime.combine(day, dt.time())


@pytest.mark.parametrize(
    ("lang", "text", "time"),
    [(lang, p, at) for lang, _, times in BOTH for at, text in times.items() for p in phrases(text)],
)
def test_a_time_is_read_in_each_of_its_forms(lang: str, text: str, time: dt.time) -> None:
    tomorrow = dt.datetime.combine(rel(1), time)
    word = "tomorrow" if lang == "en" else "morgen"
    assert start_of(f"{word} {text}", lang) == tomorrow
    assert start_of(f"{text} {word}", lang) == tomorrow
    alone = dt.datetime.combine(rel(0), time)
    assert start_of(text, lang) == (alone if alone >= NOW else tomorrow)


@pytest.mark.parametrize(("lang", "days", "times"), BOTH, ids=["de", "en"])
def test_any_day_goes_with_any_time(lang: str, days: Days, times: Times) -> None:
    said = [
        (text, dt.datetime.combine(day, at))
        for n, (day, words) in enumerate(days.items())
        for p in phrases(words)
        for m, (at, hours) in enumerate(times.items())
        for q in phrases(hours)[(n + m) % 3 :: 3]  # a third of all: 20 000 take too long
        for text in (f"{p} {q}", f"{q} {p}", f"{p}, {q}")
        if dt.datetime.combine(day, at) >= NOW
    ]
    wrong = [text for text, expected in said if start_of(text, lang) != expected]
    assert len(said) > 5_000
    assert len(wrong) <= MEET * len(said), wrong[:10]

"""Whatever is said: nothing raises, nothing depends on the machine, speech reads back."""

import datetime as dt
import os
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intent import is_emergency, read_action, read_time, understand
from domain.intent.feasts import NAMES, date_of
from domain.intent.numerals import DE_CARDINALS, DE_ORDINALS
from domain.intent.reader import language
from tests.builders.talk import make_catalogue, make_turns

ZONE = "Europe/Berlin"
MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
WEEKDAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
WORDS = [
    "am",
    "um",
    "halb",
    "viertel",
    "dreiviertel",
    "nach",
    "vor",
    "bis",
    "ab",
    "zwischen",
    "und",
    "oder",
    "nicht",
    "heute",
    "morgen",
    "Montag",
    "nächsten",
    "in",
    "drei",
    "Wochen",
    "Uhr",
    "15.1.",
    "9:30",
    "fünfter",
    "Jänner",
    "Abend",
    "früh",
    "Ende",
    "der",
    "Woche",
    "Ostern",
    ",",
    ".",
    "?",
]

presents = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 12, 31))  # noqa: DTZ001 - wall time


def spoken(table: dict[str, int], n: int) -> str:
    return next(word for word, value in table.items() if value == n)


@given(st.text(max_size=300), st.sampled_from(["de", "en"]), presents)
def test_any_text_is_read_or_not_but_never_raises(text: str, lang: str, now: dt.datetime) -> None:
    read_time(text, now=now, zone=ZONE, lang=lang)
    read_action(text, lang)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), presents)
def test_any_words_of_time_in_any_order_never_raise(text: str, now: dt.datetime) -> None:
    for lang in ("de", "en"):
        read_time(text, now=now, zone=ZONE, lang=lang)


def vocabulary(lang: str) -> list[str]:
    """Every word that the lexicon or a rule of the language knows."""
    speech = language(lang)
    return sorted({*speech.lexicon, *(w for w in speech.known if w.islower())})


@settings(max_examples=400)
@given(
    st.sampled_from(["de", "en"]).flatmap(
        lambda lang: st.tuples(
            st.just(lang), st.lists(st.sampled_from(vocabulary(lang)), max_size=9).map(" ".join)
        )
    ),
    presents,
)
def test_any_known_words_in_any_order_never_raise(said: tuple[str, str], now: dt.datetime) -> None:
    lang, text = said
    found = read_time(text, now=now, zone=ZONE, lang=lang)
    assert found is None or found.start is not None or found.end is not None
    read_action(text, lang)
    is_emergency(text)


@given(st.lists(st.text(max_size=60), max_size=6), presents)
def test_any_conversation_gives_an_intent(lines: list[str], now: dt.datetime) -> None:
    talk = "\n".join(
        f"{'A' if n % 2 else 'U'}: {' '.join(line.split())}" for n, line in enumerate(lines)
    )
    intent = understand(
        make_turns(talk) if talk else [], now=now, zone=ZONE, catalogue=make_catalogue()
    )
    assert intent.start_local is None or intent.start_local >= now


@given(presents, st.integers(1, 300), st.integers(7, 18), st.sampled_from([0, 5, 15, 30, 45]))
def test_a_date_and_time_as_we_speak_them_read_back_to_themselves(
    now: dt.datetime, ahead: int, hour: int, minute: int
) -> None:
    day = now.date() + dt.timedelta(days=ahead)
    at = dt.datetime.combine(day, dt.time(hour, minute))
    clock = f"{spoken(DE_CARDINALS, hour)} Uhr"
    if minute:
        clock += f" {spoken(DE_CARDINALS, minute)}"
    half = " früh" if hour <= 9 else " vormittags" if hour < 12 else ""
    date = f"{spoken(DE_ORDINALS, day.day)} {MONTHS[day.month - 1]}"
    found = read_time(
        f"{WEEKDAYS[day.weekday()]}, der {date}, um {clock}{half}", now=now, zone=ZONE, lang="de"
    )
    assert found is not None
    assert found.start == at


@given(presents, st.sampled_from(["morgen um zehn", "nächsten Freitag", "in drei Wochen"]))
def test_no_reading_depends_on_the_zone_of_the_machine(now: dt.datetime, text: str) -> None:
    before = os.environ.get("TZ")
    readings = []
    try:
        for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
            os.environ["TZ"] = zone
            time.tzset()
            readings.append(read_time(text, now=now, zone=ZONE, lang="de"))
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
    assert readings[0] == readings[1] == readings[2]


@given(st.sampled_from(NAMES), st.integers(1990, 2090))
def test_every_holiday_has_one_date_a_year(name: str, year: int) -> None:
    assert date_of(name, year).year == year


@given(presents, st.sampled_from(["um drei", "um halb neun", "morgen um sieben", "Freitag um elf"]))
def test_a_clock_time_to_come_is_never_in_the_past(now: dt.datetime, text: str) -> None:
    found = read_time(text, now=now, zone=ZONE, lang="de")
    assert found is not None
    assert found.start is not None
    assert found.start >= now
    assert not found.past

"""What contradicts itself is not guessed at: the other readings come out with the first."""

import datetime as dt

import pytest

from benchmarks.nlu import when
from domain.intent import read_time

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read

# What is said on a Tuesday, the reading taken and the others.
DOUBTS = """
    de | um drei um vier | 11-24T15:00 | 11-24T16:00
    de | morgen um drei, um vier | 11-25T15:00 | 11-25T16:00
    de | Montag Dienstag | 11-30 | 12-01
    de | morgen Donnerstag | 11-25 | 11-26
    de | Freitag den 28. November | 11-28 | 11-27
    de | Freitag, 30.11. um drei | 11-30T15:00 | 11-27T15:00
    en | at three at four | 11-24T15:00 | 11-24T16:00
    en | tomorrow Thursday | 11-25 | 11-26
    en | Friday November 28th at three | 11-28T15:00 | 11-27T15:00
    en | Monday Tuesday | 11-30 | 12-01
    en | tomorrow morning at 12 | 11-25T12:00 | 11-26T00:00
    en | Friday evening at 10 am | 11-27T10:00 | 11-27T18:00
    en | tomorrow morning at 3 pm | 11-25T15:00 | 11-25T08:00
    de | morgen früh um zwölf | 11-25T12:00 | 11-26T00:00
    de | Freitagvormittag um 16 Uhr | 11-27T16:00 | 11-27T08:00
    de | morgen Nachmittag um elf | 11-25T23:00 | 11-25T11:00
"""
CLEAR = """
    de | morgen, Mittwoch, um drei | 11-25T15:00
    de | Freitag, den 27. November um drei | 11-27T15:00
    de | um drei, nein, um vier | 11-24T16:00
    de | letzte Woche war ich da, morgen um drei | 11-25T15:00
    en | Friday, November 27th at 3 | 11-27T15:00
    en | tomorrow, Wednesday, at three pm | 11-25T15:00
    en | twelve in the afternoon tomorrow | 11-25T12:00
    en | quarter past four in the evening tomorrow | 11-25T16:15
    de | mittags um zwölf | 11-24T12:00
    de | heute Nacht um zwölf | 11-25T00:00
    de | heute Abend um halb vier | 11-24T15:30
"""
# Clear words, and yet two fair readings, the likelier one first.
FAIR = """
    de | sechs sechzehn Uhr | 11-24T16:00 | 11-24T18:16, 11-24T18:00
    de | morgen zehn elf Uhr | 11-25T11:00 | 11-25T10:11, 11-25T10:00
    de | nächsten Samstag | 11-28 | 12-05
    de | nächsten Samstag ab zehn | 11-28T10:00 | 12-05T10:00
    de | nächsten Samstag zwischen zehn und zwölf | 11-28T10:00 | 12-05T10:00
    de | am 3. Dezember um acht | 12-03T08:00 | 12-03T20:00
    en | next Saturday after ten | 11-28T10:00 | 12-05T10:00
"""
UNREAD = "dreizehn Uhr siebzig; am 31. November; um 25 Uhr; am 30. Februar"


def rows(block: str) -> list[tuple[str, ...]]:
    return [tuple(c.strip() for c in line.split("|")) for line in block.strip().splitlines()]


def at(value: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{value}")


@pytest.mark.parametrize(("lang", "text", "first", "others"), rows(DOUBTS))
def test_contradictions_come_out_as_alternatives(
    lang: str, text: str, first: str, others: str
) -> None:
    found = read_time(text, now=NOW, zone="Europe/Berlin", lang=lang)
    assert found is not None
    assert found.ambiguous
    assert found.contradictory
    assert found.start == at(first)
    assert found.alternatives == tuple(at(o.strip()) for o in others.split(","))


@pytest.mark.parametrize(("lang", "text", "first", "others"), rows(FAIR))
def test_two_fair_readings_contradict_nothing(
    lang: str, text: str, first: str, others: str
) -> None:
    found = read_time(text, now=NOW, zone="Europe/Berlin", lang=lang)
    assert found is not None
    assert found.ambiguous
    assert not found.contradictory
    assert found.start == at(first)
    assert found.alternatives == tuple(at(o.strip()) for o in others.split(","))


def test_the_scoreboard_does_not_answer_what_only_the_caller_can_tell() -> None:
    assert when("Freitag den 28. November", "de", NOW) is None
    assert when("nächsten Samstag um zehn", "de", NOW) is not None


@pytest.mark.parametrize(("lang", "text", "first"), rows(CLEAR))
def test_what_agrees_or_was_put_right_is_no_doubt(lang: str, text: str, first: str) -> None:
    found = read_time(text, now=NOW, zone="Europe/Berlin", lang=lang)
    assert found is not None
    assert not found.ambiguous
    assert found.start == at(first)


@pytest.mark.parametrize("text", UNREAD.split("; "))
def test_a_time_that_does_not_exist_is_not_read(text: str) -> None:
    assert read_time(text, now=NOW, zone="Europe/Berlin", lang="de") is None

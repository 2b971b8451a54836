"""Families of saying a day and a time, in words of our own; see the tables in `intent_families`.

A line holds sayings with one meaning: `saying; saying => start | end`, said on Tuesday 24 November
2026 at 9:20. `11-27T15:00` lies in 2026, or in 2027 where that is over; `15:00` is today; `*` is
not asked, `-` is none. In the tables called `none` nothing may be read.
"""

import datetime as dt
from pathlib import Path

import pytest

from domain.intent import read_time

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read
TABLES = Path(__file__).parent / "intent_families"


def at(value: str) -> dt.datetime | None:
    if value == "-":
        return None
    day, _, time = value.partition("T")
    if len(day) == len("11-27"):
        day = f"{2026 if day >= '11-24' else 2027}-{day}"
    return dt.datetime.fromisoformat(f"{day}T{time}" if time else day)


def rows(kind: str) -> list[tuple[str, str, str, str]]:
    """Language, saying, start and end of every saying in the tables of times."""
    found: list[tuple[str, str, str, str]] = []
    for table in sorted(TABLES.glob(f"{kind}_*.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            sayings, _, meant = line.rpartition("=>")
            start, _, end = (part.strip() for part in meant.partition("|"))
            found.extend((kind, s.strip(), start, end or "*") for s in sayings.split(";"))
    return found


def silent(lang: str) -> list[tuple[str, str]]:
    text = (TABLES / f"none_{lang}.txt").read_text(encoding="utf-8")
    return [(lang, " ".join(saying.split())) for saying in text.split(";")]


@pytest.mark.parametrize(("lang", "saying", "start", "end"), [*rows("de"), *rows("en")])
def test_each_saying_of_a_family_means_the_same(
    lang: str, saying: str, start: str, end: str
) -> None:
    found = read_time(saying, now=NOW, zone="Europe/Berlin", lang=lang)
    assert found is not None
    if start != "*":
        assert found.start == at(start)
    if end != "*":
        assert (None if found.kind == "instant" else found.end) == at(end)


@pytest.mark.parametrize(("lang", "saying"), [*silent("de"), *silent("en")])
def test_words_that_only_look_like_time_are_not_read(lang: str, saying: str) -> None:
    assert read_time(saying, now=NOW, zone="Europe/Berlin", lang=lang) is None

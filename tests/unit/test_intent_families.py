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


def rows(table: Path) -> list[tuple[str, str, str]]:
    """Saying, start and end of every saying in a table of times."""
    found: list[tuple[str, str, str]] = []
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        sayings, _, meant = line.rpartition("=>")
        start, _, end = (part.strip() for part in meant.partition("|"))
        found.extend((saying.strip(), start, end or "*") for saying in sayings.split(";"))
    return found


def silent(table: Path) -> list[str]:
    return [" ".join(saying.split()) for saying in table.read_text(encoding="utf-8").split(";")]


def misread(lang: str, saying: str, start: str, end: str) -> str | None:
    found = read_time(saying, now=NOW, zone="Europe/Berlin", lang=lang)
    if found is None:
        return f"{saying!r}: nothing, not {start}"
    if start != "*" and found.start != at(start):
        return f"{saying!r}: {found.start}, not {start}"
    until = None if found.kind == "instant" else found.end
    if end != "*" and until != at(end):
        return f"{saying!r}: until {until}, not {end}"
    return None


# A test a table: thousands of tests of half a millisecond each would take longer to count.
@pytest.mark.parametrize("name", sorted(t.name for t in TABLES.glob("??_*.txt")))
def test_each_saying_of_a_family_means_the_same(name: str) -> None:
    table = rows(TABLES / name)
    assert len(table) > 20
    problems = [misread(name[:2], *row) for row in table]
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_words_that_only_look_like_time_are_not_read(lang: str) -> None:
    sayings = silent(TABLES / f"none_{lang}.txt")
    assert len(sayings) > 20
    read = {s: read_time(s, now=NOW, zone="Europe/Berlin", lang=lang) for s in sayings}
    assert {saying: found for saying, found in read.items() if found is not None} == {}

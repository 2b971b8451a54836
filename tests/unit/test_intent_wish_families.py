"""Wishes in constructions of many kinds, in words of our own; see the tables in `intent_families`.

A line is a wish and the sayings of it: `cancel: saying; saying`.
"""

from pathlib import Path

import pytest

from domain.intent import read_action

TABLES = Path(__file__).parent / "intent_families"


def rows(lang: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for line in (TABLES / f"wish_{lang}.txt").read_text(encoding="utf-8").splitlines():
        wish, _, sayings = line.partition(":")
        found.extend((lang, wish, saying.strip()) for saying in sayings.split(";"))
    return found


@pytest.mark.parametrize(("lang", "wish", "saying"), [*rows("de"), *rows("en")])
def test_a_wish_is_heard_in_each_construction(lang: str, wish: str, saying: str) -> None:
    assert read_action(saying, lang) == wish

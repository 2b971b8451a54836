"""The examples beside the rules are read, whole, by the language they belong to."""

import datetime as dt
import inspect

import pytest

from domain.intent import read_time
from domain.intent.grammar import Layer
from domain.intent.phrases import joining
from domain.intent.reader import language, read
from domain.intent.spanning import spanning
from domain.intent.text import tokens

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read


GERMAN_OPENINGS = frozenset(
    ["am", "um", "bis", "nach", "zwischen", "von", "montag", "dienstag", "mittwoch", "drei"]
)


def examples() -> list[tuple[str, str]]:
    """Language and example of every rule; those of the shared layers are German."""
    own = [
        (lang, example)
        for lang in ("de", "en")
        for layer in language(lang).layers
        for _, example in layer.examples
    ]
    shared = [example for layer in (joining, spanning) for _, example in layer.examples]
    return own + [("de", e) for e in shared if e.split()[0].strip(",").lower() in GERMAN_OPENINGS]


@pytest.mark.parametrize(("lang", "text"), examples())
def test_the_example_beside_a_rule_is_read_to_its_last_word(lang: str, text: str) -> None:
    found = read(text, lang)
    assert found, "nothing was read"
    last = tokens(text)[-1]
    assert found[-1].end >= last.start


@pytest.mark.parametrize(("lang", "text"), examples())
def test_the_example_beside_a_rule_has_a_place_in_the_calendar(lang: str, text: str) -> None:
    assert read_time(text, now=NOW, zone="Europe/Berlin", lang=lang) is not None


def test_both_languages_have_examples_for_most_of_their_rules() -> None:
    for lang in ("de", "en"):
        assert sum(len(layer.examples) for layer in language(lang).layers) > 60


def every_layer() -> list[Layer]:
    own = [layer for lang in ("de", "en") for layer in language(lang).layers]
    return [*own, joining, spanning]


@pytest.mark.parametrize("layer", every_layer(), ids=lambda layer: layer.name)
def test_every_rule_takes_as_many_values_as_its_patterns_give(layer: Layer) -> None:
    for sequences in layer._index.values():
        for sequence in sequences:
            inspect.signature(sequence.action).bind(*[None] * sequence.slots)

"""A small engine for rules that a reader can follow.

A rule is one line of pattern and a function. In a pattern, small words stand for themselves,
`a|b` are alternatives, a question mark makes an element optional, and words in capitals are
categories (`HOUR`, `WEEKDAY`, `MOMENT` …), whose values are the function's arguments in order
(None where an optional one is missing). `halb HOUR` with (lambda h: …) is the whole of a rule.

Rules are grouped in layers. A layer walks the utterance from left to right and takes the longest
rule at each place; what it found becomes one node for the layers above. A function may answer None:
the words fit, their meaning does not, and the next rule is tried.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeVar

Meaning = Any  # values of categories: numbers, moments, durations; each rule knows what it gets
Action = Callable[..., Meaning]
_F = TypeVar("_F", bound=Action)


@dataclass(slots=True)
class Node:
    """A stretch of tokens [start, end) and all the categories it may have, with their values."""

    word: str
    start: int
    end: int
    cats: dict[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Element:
    words: frozenset[str]
    cats: tuple[str, ...]
    slot: int  # place of its value among the arguments; -1 for plain words

    def value(self, node: Node) -> tuple[bool, Meaning]:
        for cat in self.cats:
            if cat in node.cats:
                return True, node.cats[cat]
        return node.word in self.words, None


@dataclass(frozen=True, slots=True)
class _Sequence:
    elements: tuple[_Element, ...]
    slots: int
    cat: str
    action: Action
    order: int


class Layer:
    """Rules of one level. `layer.rule("CLOCK", "um? halb HOUR", "um halb vier")` decorates."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.examples: list[tuple[str, str]] = []
        self._index: dict[str, list[_Sequence]] = {}
        self._count = 0
        self.words: set[str] = set()  # all that its patterns name

    def rule(self, cat: str, *patterns: str, ex: str | Iterable[str] = ()) -> Callable[[_F], _F]:
        def register(action: _F) -> _F:
            for pattern in patterns:
                self._add(cat, pattern, action)
            for example in (ex,) if isinstance(ex, str) else ex:
                self.examples.append((cat, example))
            return action

        return register

    def _add(self, cat: str, pattern: str, action: Action) -> None:
        self._count += 1
        parts, slots = [], 0
        for item in pattern.split():
            optional = item.endswith("?") and len(item) > 1
            choices = (item[:-1] if optional else item).split("|")
            cats = tuple(c for c in choices if c.isupper() and c.isalpha())
            words = frozenset(c for c in choices if c not in cats)
            slot, slots = (slots, slots + 1) if cats else (-1, slots)
            self.words |= words
            parts.append((_Element(words, cats, slot), optional))
        for kept in product(*((True, False) if optional else (True,) for _, optional in parts)):
            elements = tuple(e for (e, _), keep in zip(parts, kept, strict=True) if keep)
            if not elements:
                continue
            sequence = _Sequence(elements, slots, cat, action, self._count)
            for key in (*elements[0].words, *elements[0].cats):
                self._index.setdefault(key, []).append(sequence)

    def apply(self, nodes: list[Node]) -> list[Node]:
        out, place = [], 0
        while place < len(nodes):
            found = self._best(nodes, place)
            out.append(found[0] if found else nodes[place])
            place = found[1] if found else place + 1
        return out

    def settle(self, nodes: list[Node], rounds: int = 6) -> list[Node]:
        """Apply until nothing changes; the bound keeps a bad rule from looping."""
        for _ in range(rounds):
            after = self.apply(nodes)
            if len(after) == len(nodes) and all(a is b for a, b in zip(after, nodes, strict=True)):
                break
            nodes = after
        return nodes

    def _best(self, nodes: list[Node], place: int) -> tuple[Node, int] | None:
        matches = []
        node = nodes[place]
        for key in (node.word, *node.cats):
            for sequence in self._index.get(key, ()):
                values = _match(sequence, nodes, place)
                if values is not None:
                    matches.append((-len(sequence.elements), sequence.order, sequence, values))
        matches.sort(key=lambda m: m[:2])
        for length, _, sequence, values in matches:
            meaning = sequence.action(*values)
            if meaning is not None:
                end = place - length
                cats = dict(meaning) if isinstance(meaning, dict) else {sequence.cat: meaning}
                word = cats.pop("WORD", "")  # a few words may stand for one: "um Punkt" for "um"
                return Node(word, node.start, nodes[end - 1].end, cats), end
        return None


def _match(sequence: _Sequence, nodes: list[Node], place: int) -> list[Meaning] | None:
    elements = sequence.elements
    if place + len(elements) > len(nodes):
        return None
    values: list[Meaning] = [None] * sequence.slots
    for offset, element in enumerate(elements):
        fits, value = element.value(nodes[place + offset])
        if not fits:
            return None
        if element.slot >= 0:
            values[element.slot] = value
    return values

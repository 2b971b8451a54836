"""Which of the tenant's services, people and places a caller named, in spite of mishearing.

First the words themselves, then their likeness (rapidfuzz) and their sound. The longest mention
wins where several overlap: "Haarschnitt und Bart" is not "Bart".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from domain.intent.model import Catalogue
from domain.intent.numerals import DE_CARDINALS, EN_CARDINALS
from domain.intent.text import fold, sound

_LIKE_IF_SOUNDS = 70  # a word of the same sound may be spelled so differently
_NUMBERS = frozenset(DE_CARDINALS) | frozenset(EN_CARDINALS)  # never a mishearing of a name
_LIKE = 87  # rapidfuzz ratio from which a longer word counts as the same
_SHORTEST_FUZZY = 6  # letters; shorter words are too easily alike


@dataclass(frozen=True, slots=True)
class Mention:
    ids: tuple[str, ...]  # several where a generic term was used
    start: int  # words of the utterance
    end: int
    exact: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Entry:
    ids: tuple[str, ...]
    words: tuple[str, ...]
    joined: str
    sound: str


def split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", fold(text))


def _entries(names: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[_Entry, ...]:
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, ids in names:
        words = tuple(split(name))
        if words:
            found.setdefault(words, ids)
    return tuple(
        _Entry(ids, words, "".join(words), sound("".join(words))) for words, ids in found.items()
    )


class Book:
    """Everything of a catalogue that can be named, prepared once."""

    def __init__(self, catalogue: Catalogue) -> None:
        services = [(n, (s.id,)) for s in catalogue.services for n in (s.name, *s.aliases)]
        self.services = _entries((*services, *catalogue.generic_terms.items()))
        self.staff = _entries(
            (n, (p.id,)) for p in catalogue.staff for n in (p.name, p.display_name, *p.aliases)
        )
        self.branches = _entries(
            (n, (b.id,)) for b in catalogue.branches
            for n in (b.name, *b.spoken_names, *filter(None, (b.district,)))
        )  # fmt: skip
        self.company = _entries((n, ("company",)) for n in catalogue.company_names)


@lru_cache(maxsize=256)
def book(catalogue: Catalogue) -> Book:
    return Book(catalogue)


def find(entries: tuple[_Entry, ...], text: str) -> list[Mention]:
    """Mentions in the order in which they were said, none overlapping another."""
    words = split(text)
    found = []
    for entry in entries:
        found.extend(_exact(entry, words) or _alike(entry, words))
    found.sort(key=lambda m: (not m.exact, m.start - m.end, m.start))
    kept: list[Mention] = []
    for mention in found:
        if all(mention.end <= k.start or mention.start >= k.end for k in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _exact(entry: _Entry, words: list[str]) -> list[Mention]:
    size = len(entry.words)
    return [
        Mention(entry.ids, n, n + size, True, " ".join(entry.words))  # noqa: FBT003 - `exact`
        for n in range(len(words) - size + 1)
        if tuple(words[n : n + size]) == entry.words
    ]


def _alike(entry: _Entry, words: list[str]) -> list[Mention]:
    """One word more or less may be heard ("Herren Haarschnitt"), letters may be others."""
    if len(entry.joined) < _SHORTEST_FUZZY:
        return []
    found = []
    count = len(entry.words)
    for size in {max(1, count - 1), count, count + 1}:
        for n in range(len(words) - size + 1):
            heard = "".join(words[n : n + size])
            if abs(len(heard) - len(entry.joined)) > 2 or heard[0] not in _starts(entry.joined):  # noqa: PLR2004
                continue
            if heard == entry.joined or (
                len(heard) >= _SHORTEST_FUZZY
                and not any(w in _NUMBERS for w in words[n : n + size])
                and _sounds_like(heard, entry)
            ):
                found.append(Mention(entry.ids, n, n + size, heard == entry.joined, heard))
    return found


def _sounds_like(heard: str, entry: _Entry) -> bool:
    likeness = fuzz.ratio(heard, entry.joined)
    return likeness >= _LIKE or (likeness >= _LIKE_IF_SOUNDS and sound(heard) == entry.sound)


def _starts(word: str) -> str:
    """First letters that sound like this word's first."""
    groups = ("ckgq", "fvw", "pb", "td", "sz", "ijy", "ae")
    return next((g for g in groups if word[0] in g), word[0])


def masked(book_: Book, text: str) -> str:
    """The text without the company's own name: a practice is often called after its doctor."""
    words = split(text)
    for mention in find(book_.company, text):
        words[mention.start : mention.end] = ["_"] * (mention.end - mention.start)
    return " ".join(words)


_NOT = {"nicht", "kein", "keine", "keinen", "not", "no", "statt", "anstatt", "ausser", "ohne"}


def negated(words: list[str], at: int, since: int = 0) -> bool:
    """`nicht bei Ihnen in Mitte`: a no shortly before, with no "sondern" between.

    `since`: where the mention before ended, which has used up its own no: `nicht in Mitte, in
    Charlottenburg`.
    """
    before = words[max(since, at - 5) : at]
    for word in reversed(before):
        if word in ("sondern", "aber", "but", "rather"):
            return False
        if word in _NOT:
            return True
    return False

"""Whether a name that was said is the name on an appointment, in spite of the recogniser's ear."""

import re

from rapidfuzz import fuzz

from domain.intent.text import fold, sound

_ALIKE = 80  # rapidfuzz ratio: one wrong letter in five
_ALIKE_AS_ONE = 85  # of the whole name, however it was split into words
_SHORTEST_SOUND = 4
_TITLES = frozenset(
    {
        *("herr", "herrn", "frau", "dr", "doktor", "prof", "professor", "mr", "mrs", "ms"),
        *("miss", "mister", "name", "ist", "is", "my", "mein", "von", "van", "de"),
    }
)


def same_person(said: str, stored: str | None) -> bool:
    """Each word said is one of the stored name's, the surname among them: "Meier", "Jo Meyer"."""
    return any(
        _same(spoken, known) for spoken in _readings(said) for known in _readings(stored or "")
    )


def _same(spoken: list[str], known: list[str]) -> bool:
    if not spoken or not known:
        return False
    if fuzz.ratio("".join(spoken), "".join(known)) >= _ALIKE_AS_ONE:
        return True
    if not any(_alike(word, known[-1]) for word in spoken):
        return False
    return all(any(_alike(word, one) for one in known) for word in spoken)


def _readings(name: str) -> list[list[str]]:
    """Recognisers split "Meier-Schulz" or join it, as they like."""
    return [_words(name), _words(name.replace("-", ""))] if "-" in name else [_words(name)]


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", fold(name)) if word not in _TITLES]


def _alike(one: str, other: str) -> bool:
    if fuzz.ratio(one, other) >= _ALIKE:
        return True
    return min(len(one), len(other)) >= _SHORTEST_SOUND and sound(one) == sound(other)

"""Words and figures of an utterance, as speech recognition writes them.

A token keeps its place in the text, so that every reading can say which words it came from.
`norm` is what rules see: lower case, umlauts folded (recognisers and typists drop them).
"""

import re
import unicodedata
from typing import NamedTuple

MAX_CHARS = 2_000  # a caller's turn; more is not speech

_FOLD = str.maketrans({"ß": "ss", "’": "'", "`": "'", "´": "'", "–": "-", "—": "-"})

_SCAN = re.compile(
    r"""
    (?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)
  | (?P<date>\d{1,2}\.\s?\d{1,2}\.
      (?:\s?\d{4}(?![\d:.]|\s?(?:uhr|h)\b)|(?<=\d\.)\d{2}(?![\d:.]|\s?(?:uhr|h)\b))?(?!\d))
  | (?P<slash>\d{1,2}/\d{1,2}(?:/\d{2,4})?(?![\d/]|[.,]\d))
  | (?P<dash>\d{1,2}-\d{1,2}-\d{4}(?!\d))
  | (?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?!\d)|\d{1,2}h\d{2}(?!\d))
  | (?P<point>\d{1,2}\.\d{2}(?!\d))
  | (?P<ordinal>\d{1,2}(?:st|nd|rd|th|te[nrms]?|ten)\b)
  | (?P<number>\d+(?:[.,]\d+)?)
  | (?P<halfday>(?:[ap]\s?\.\s?m\b\s?\.?|\b[ap]\sm\b|[ap]\.(?=\s|$)|[ap]m\b|(?<=\d)[ap]\b\.?))
  | (?P<word>['’]til\b|[^\W\d_]+(?:'[^\W\d_]+)*)
  | (?P<mark>[^\w\s])
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Token(NamedTuple):
    text: str
    norm: str
    kind: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without diacritics: `Übernächsten` becomes `ubernachsten`."""
    lowered = text.lower().translate(_FOLD)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def tokens(text: str) -> list[Token]:
    found = []
    for match in _SCAN.finditer(text):
        kind = match.lastgroup or "mark"
        found.append(Token(match[0], fold(match[0]), kind, match.start(), match.end()))
    return found


_VOWELS = "aeiouyj"
_SOUND_RULES = (
    (re.compile("sch|sh"), "S"),
    (re.compile("tsch|ch(?=[aou])"), "S"),
    (re.compile("ph|v|w"), "f"),
    (re.compile("ck|q|k|c|x|g"), "k"),
    (re.compile("th|dt|tt|d"), "t"),
    (re.compile("tz|ts|z|ss"), "s"),
    (re.compile("b"), "p"),
    (re.compile("h"), ""),
)


def sound(name: str) -> str:
    """How a German ear writes a name: `Yilmaz` and `Jilmas` come out alike, also `Meier`, `Mayr`.

    Consonants by class, vowels only as one mark for the first; repeated signs once.
    """
    text = re.sub("[^a-z]", "", fold(name))
    for pattern, sign in _SOUND_RULES:
        text = pattern.sub(sign, text)
    out = ""
    for place, letter in enumerate(text):
        if letter in _VOWELS:
            if place == 0:
                out += "a"
        elif not out.endswith(letter):
            out += letter
    return out

"""How many SMS a text is: a carrier bills by segment, and one odd character more than doubles them.

GSM 03.38 in two alphabets: a character of the basic one takes 1 unit, one of the extension 2 (an
escape before it). A text with any other character goes out in UCS-2, in units of UTF-16.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["gsm7", "ucs2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
# Units of a text in one segment, and of each segment where several are joined: 6 bytes join them.
ROOM: dict[Encoding, tuple[int, int]] = {"gsm7": (160, 153), "ucs2": (70, 67)}
# Typography that costs half of a segment's room and says nothing more on a phone.
PLAIN = str.maketrans(
    {
        **dict.fromkeys("„“”‟«»″", '"'),
        **dict.fromkeys("‚‘’‛‹›′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\t", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "…": "...",
        "·": "-",
        "•": "-",
    }
)


@dataclass(frozen=True, kw_only=True)
class Segments:
    """`units`: septets (`gsm7`) or UTF-16 code units (`ucs2`). An empty text has no segment."""

    encoding: Encoding
    units: int
    count: int


def count_segments(text: str) -> Segments:
    """What the text will be sent as. No character is ever split between two segments."""
    encoding: Encoding = "gsm7" if BASIC.union(EXTENSION).issuperset(text) else "ucs2"
    sizes = [_units(character, encoding) for character in text]
    alone, joined = ROOM[encoding]
    units = sum(sizes)
    count = min(units, 1) if units <= alone else _filled(sizes, joined)
    return Segments(encoding=encoding, units=units, count=count)


def plain_text(text: str) -> str:
    """Composed, without typography that SMS' own alphabet lacks; letters and emojis stay."""
    return unicodedata.normalize("NFC", text).translate(PLAIN)


def _units(character: str, encoding: Encoding) -> int:
    if encoding == "gsm7":
        return 2 if character in EXTENSION else 1
    return len(character.encode("utf-16-be", "surrogatepass")) // 2


def _filled(sizes: list[int], room: int) -> int:
    count, taken = 1, 0
    for size in sizes:
        if taken + size > room:
            count, taken = count + 1, 0
        taken += size
    return count

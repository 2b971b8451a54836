"""Numbers for callers: of each trial its own, all of ranges that are kept free for fiction."""

import re
from collections.abc import Iterable

# Bundesnetzagentur, numbers for media: 0176 040690 00-99 and 0171 39200 00-99. The demo's callers
# have 40 to 69 of the first hundred, the companies' senders 81 to 85.
_RANGES = (
    *(f"+49176040690{n:02}" for n in (*range(40), *range(70, 80), *range(86, 100))),
    *(f"+4917139200{n:02}" for n in range(100)),
)
PLACE = "x"


class Phones:
    """Hands out numbers of one company; those that have an appointment there come last."""

    def __init__(self, in_use: Iterable[str] = ()) -> None:
        self._in_use = set(in_use)
        self._given: dict[str, int] = {}

    def take(self, pattern: str) -> str:
        """`pattern`: E.164 in which `x` stands for a figure; `+49` alone: any German mobile."""
        numbers = _RANGES if pattern == "+49" else tuple(_of_pattern(pattern))
        fewest = min(numbers, key=lambda n: (self._given.get(n, 0), n in self._in_use))
        self._given[fewest] = self._given.get(fewest, 0) + 1
        return fewest


def _of_pattern(pattern: str) -> Iterable[str]:
    places = pattern.count(PLACE)
    for number in range(10**places):
        figures = iter(f"{number:0{places}d}" if places else "")
        yield re.sub(PLACE, lambda _, figures=figures: next(figures), pattern)  # type: ignore[misc]


def national(number: str) -> str:
    """`+4917604069012` -> `0176 04069012`, as it is written on a card."""
    return f"0{number[3:6]} {number[6:]}"


def digits_in_words(number: str, words: list[str]) -> str:
    """`null eins sieben sechs …`; `words`: those of the numbers from nought on."""
    spelled = f"0{number[3:]}"
    return " ".join("eins" if words[1] == "ein" and d == "1" else words[int(d)] for d in spelled)

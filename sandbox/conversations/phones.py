"""Numbers for callers: of each trial its own, all of ranges that are kept free for fiction."""

import re
from collections import Counter
from collections.abc import Iterable

# Bundesnetzagentur, numbers for media: 0176 040690 00-99 and 0171 39200 00-99. The demo's callers
# have 40 to 69 of the first hundred, the companies' senders 81 to 85.
_RANGES = (
    *(f"+49176040690{n:02}" for n in (*range(40), *range(70, 80), *range(86, 100))),
    *(f"+4917139200{n:02}" for n in range(100)),
)
# Made up as well, for those who come when all of these have an appointment.
_MORE = "+4179000xxxx"
PLACE = "x"
ANY_GERMAN = "+49"


class Phones:
    """Hands out numbers of one company; those that have an appointment there come last."""

    def __init__(self, in_use: Iterable[str] = ()) -> None:
        self._used = Counter(in_use)

    def take(self, pattern: str, *, german: bool = False) -> str:
        """`pattern`: E.164 in which `x` stands for a figure; `+49` alone: any mobile number, if
        `german` one of Germany, which can be dictated without its country.
        """
        numbers = list(_RANGES) if pattern == ANY_GERMAN else list(_of_pattern(pattern))
        found = min(numbers, key=lambda number: self._used[number])
        if self._used[found] and pattern == ANY_GERMAN and not german:
            found = next(n for n in _of_pattern(_MORE) if not self._used[n])
        self._used[found] += 1
        return found


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

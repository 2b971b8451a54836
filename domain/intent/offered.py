"""Several times in one breath: which of them the caller takes, if any.

`Frei sind elf Uhr fünfzehn und elf Uhr dreißig, und am Donnerstag um vier`: to go on, or a bare
"ja", chooses none of them. Whoever names one, or its place in the list, has chosen.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.intent.agreeing import is_refused
from domain.intent.moment import Moment
from domain.intent.placing import Plan, place
from domain.intent.text import fold

# "Das erste Mal", "den ersten Dezember", "the first of May": no place in a list.
_ELSEWHERE = (
    r"(?! (mal|male|besuch|woche|tag|monat|time|visit|week|day|of|januar|janner|februar|marz|april|"
    r"mai|juni|juli|august|september|oktober|november|dezember|\w+ten))"
)
_THE = r"\b(das|den|der|die|dem|the) "


def _place(words: str, *, bare: bool = True) -> re.Pattern[str]:
    """With its article, or (`bare`) as the first word of the answer."""
    before = rf"({_THE}|^\W*)" if bare else _THE
    return re.compile(rf"{before}({words})\b{_ELSEWHERE}")


# Of the list as it was said; the last one counts from its end.
_BY_PLACE = (
    (0, _place(r"erste\w*|first( one)?")),
    (1, _place(r"zweite\w*|second( one)?")),
    (2, _place(r"dritte\w*|third( one)?")),
    (-1, _place(r"letzte\w*|letztgenannte\w*|last( one)?|latter", bare=False)),
)
_EARLIER = re.compile(r"\b(das|den|der|die|the) (fruhe\w+|earlier|earliest)\b")
_LATER = re.compile(r"\b(das|den|der|die|the) (spate\w+|later|latest)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`words`: the place in the list by which it was chosen; they name no date."""

    plan: Plan
    words: str = ""


@dataclass(slots=True)
class _Offer:
    plan: Plan
    sentence: str
    has_day: bool
    has_clock: bool


class Offers:
    """The times of one turn of the agent's, in its order."""

    def __init__(self) -> None:
        self._said: list[_Offer] = []

    def add(self, plan: Plan, meaning: Moment, sentence: str) -> None:
        new = _Offer(plan, sentence, meaning.day is not None, meaning.clock is not None)
        if self._said and _completes(self._said[-1], new):
            new.has_day |= self._said[-1].has_day
            new.has_clock |= self._said[-1].has_clock
            self._said.pop()
        if plan.start is not None:  # said again, it is still the same offer
            self._said = [one for one in self._said if one.plan.start != plan.start]
        self._said.append(new)

    def read_back(self, asks_for_yes: Callable[[str], bool]) -> None:
        """Where the last sentence with a time asks whether that one is right, only that counts."""
        last = self._said[-1:]
        if not last or not last[0].sentence.rstrip().endswith("?"):
            return
        asked = [one for one in self._said if one.sentence == last[0].sentence]
        if len(asked) == 1 and asks_for_yes(last[0].sentence):
            self._said = asked

    @property
    def last(self) -> Plan | None:
        return self._said[-1].plan if self._said else None

    @property
    def only(self) -> Plan | None:
        return self._said[0].plan if len(self._said) == 1 else None

    def taken(self, text: str, named: Sequence[Moment], now: dt.datetime) -> Chosen | None:
        """The one that was chosen; the only one also where nothing is said about it."""
        chosen = self.chosen(text, named, now)
        if chosen is None and self.only is not None and self.only.start is not None:
            return Chosen(plan=self.only)
        return chosen

    def chosen(
        self, text: str, named: Sequence[Moment], now: dt.datetime, *, by_place: bool = True
    ) -> Chosen | None:
        """The only one that all words about time fit, or that in whose place of the list it is."""
        plans = [one.plan for one in self._said if one.plan.start is not None]
        fitting = [plan for plan in plans if named and _fits(plan, named, now)]
        if len(fitting) == 1:
            return Chosen(plan=fitting[0])
        return _in_place(plans, fold(text)) if by_place and len(plans) > 1 else None


def _completes(before: _Offer, new: _Offer) -> bool:
    """`Am Donnerstag hätte ich was. Um elf.`: one time in two pieces."""
    day_first = not before.has_clock and new.has_clock and not new.has_day
    clock_first = not before.has_day and new.has_day and not new.has_clock
    return day_first or (clock_first and before.sentence == new.sentence)


def _fits(plan: Plan, named: Sequence[Moment], now: dt.datetime) -> bool:
    """Whether the words change nothing about that start."""
    after = plan
    for moment in named:
        after = place(moment, after, now)
    return after.start == plan.start


def _in_place(plans: Sequence[Plan], folded: str) -> Chosen | None:
    for place_in_list, pattern in _BY_PLACE:
        words = _not_refused(pattern, folded)
        if words is not None and place_in_list < len(plans):
            return Chosen(plan=plans[place_in_list], words=words)
    by_time = sorted((plan for plan in plans if plan.start), key=lambda plan: str(plan.start))
    for pattern, plan in ((_EARLIER, by_time[0]), (_LATER, by_time[-1])):
        words = _not_refused(pattern, folded)
        if words is not None:
            return Chosen(plan=plan, words=words)
    return None


def _not_refused(pattern: re.Pattern[str], folded: str) -> str | None:
    """`Das erste passt nicht, das zweite schon`: only the second is named to be taken."""
    return next(
        (
            found[0].strip()
            for found in pattern.finditer(folded)
            if not is_refused(folded, found.start())
        ),
        None,
    )

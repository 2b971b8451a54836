"""Ways of making moments that the rules of both languages share."""

from typing import Any

from domain.intent.moment import Day, Moment

Word = Any  # what a rule gets: a number, a grain or a word, by its pattern

_CENTURY = 2000


def day(**constraints: Any) -> Moment:
    return Moment(day=Day(**constraints))


def full_year(year: int | None) -> int | None:
    return year if year is None or year >= 100 else _CENTURY + year  # noqa: PLR2004


STEPS = {"this": 0, "next": 1, "coming": 1, "over": 2, "last": -1, "beforelast": -2}


LATE = {
    "afternoon": "late_afternoon",
    "evening": "late_evening",
    "night": "late_night",
    "forenoon": "late_morning",
}


EARLY = {
    "afternoon": "early_afternoon",
    "evening": "early_evening",
    "forenoon": "early",
    "morning": "early",
}


def nth_of(n: Any, what: Any) -> tuple[int, str] | None:
    count = -1 if n == "last" else n
    if isinstance(what, int):
        return count, f"wd{what}"
    return (count, what) if what in {"day", "week", "weekend", "workweek"} else None

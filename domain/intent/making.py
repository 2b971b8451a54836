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


def nth_in(n: Any, what: Any, cycle: tuple[str, int]) -> Moment | None:
    """`the first Monday of next month`, "the third month of next year", its last quarter."""
    nth = nth_of(n, what)
    if nth is not None or cycle[0] != "year" or what not in {"month", "quarter"}:
        return nth and day(nth=nth, cycle=cycle)
    most = 12 if what == "month" else 4
    place = most if n in ("last", -1) else n
    if not isinstance(place, int) or not 1 <= place <= most:
        return None
    return day(month=place, cycle=cycle) if what == "month" else quarter(place, cycle=cycle)


def quarter(n: int, **constraints: Any) -> Moment:
    return day(months=(3 * n - 2, 3), **constraints)


def season(months: tuple[int, int], edge: str, **constraints: Any) -> Moment:
    """`Anfang Frühling`, "late summer": its first, middle or last third."""
    first, n = months
    third = ("begin", "middle", "end").index(edge) * n // 3
    return day(months=(first + third, max(1, n // 3)), **constraints)


def nth_of(n: Any, what: Any) -> tuple[int, str] | None:
    count = -1 if n == "last" else n
    if isinstance(what, int):
        return count, f"wd{what}"
    return (count, what) if what in {"day", "week", "weekend", "workweek"} else None

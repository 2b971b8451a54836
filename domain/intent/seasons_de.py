"""German seasons, quarters and halves of the year; and what goes on in the course of something."""

from typing import Any

from domain.intent.idioms_de import early
from domain.intent.making import day, quarter, season
from domain.intent.moment import Day, Duration, Moment, Offset, Range
from domain.intent.parts_de import layer as parts

layer = parts
rule = layer.rule  # the same layer; this file only keeps them apart for the reader

_Months = tuple[int, int]
_QUARTERS = 4


@early.rule("QUARTERNO", "ORD quartal|quartals|quartale", "q NUM", ex=())
def numbered_quarter(n: float) -> int | None:
    return int(n) if 1 <= n <= _QUARTERS else None


@rule("MOMENT", "im|in? das|dem|der? QUARTERNO YEAR?", ex=("im ersten Quartal", "Q2 2027"))
def nth_quarter(n: int, year: int | None = None) -> Moment:
    return quarter(n, year=year)


@rule(
    "MOMENT",
    "im|in? das|dem|die|der? ORD SPANWORD|jahreshalfte YEAR?",
    ex="im zweiten Halbjahr 2027",
)
def half_year(n: int, span: Duration | None, year: int | None = None) -> Moment | None:
    if span not in (None, Duration(6, "month")) or n not in (1, 2):
        return None
    return day(months=(6 * n - 5, 6), year=year)


@rule("MOMENT", "SEASON", "der|den|dem|des SEASON", ex=())
def season_named(months: _Months) -> Moment:
    """Alone it may be a name or a part of one: "Frau Sommer"; "bis zum Sommer" is time."""
    return Moment(day=Day(months=months), weak=True)


@rule("MOMENT", "im|zum SEASON", "uber|durch|in den|dem SEASON", "im|in|zum? SEASON YEAR",
      ex=("im Frühling", "Sommer 2027"))  # fmt: skip
def in_season(months: _Months, year: int | None = None) -> Moment:
    return day(months=months, year=year)


@rule("MOMENT", "THIS|NEXT|COMING|LAST SEASON", ex="nächsten Sommer")
def which_season(which: str, months: _Months) -> Moment:
    return day(months=months, which=which)


@rule(
    "MOMENT",
    "zu|zum|am? anfang|beginn des|vom|im? SEASON|QUARTERNO YEAR?",
    ex="Anfang Frühling",
)
def beginning(what: _Months | int, year: int | None = None) -> Moment:
    return season(_months(what), "begin", year=year)


@rule("MOMENT", "zu|zur? mitte des|vom|im? SEASON|QUARTERNO", ex="Mitte des Sommers")
def middle(what: _Months | int) -> Moment:
    return season(_months(what), "middle")


@rule("MOMENT", "zu|zum|am|gegen? ende des|vom|im? SEASON|QUARTERNO", ex="Ende des Sommers")
def end(what: _Months | int) -> Moment:
    return season(_months(what), "end")


@rule(
    "MOMENT",
    "in? den|die? ORD|LAST MONTH tagen|tage",
    "in? den|die? ORD|LAST tagen|tage des|im? MONTH",
    ex="in den ersten Januartagen",
)
def days_of_month(n: int | str, month: int) -> Moment | None:
    return day(month=month, edge="begin" if n == 1 else "end") if n in (1, "last") else None


def _months(what: _Months | int) -> _Months:
    return (3 * what - 2, 3) if isinstance(what, int) else what


@rule("MOMENT", "within|uber des|den|dieses? tages|tag", "am tag uber", ex="im Laufe des Tages")
def in_the_day() -> Moment:
    return Moment(part="daytime")


@rule("RANGE", "in|innerhalb|binnen der|des NEXT|COMING UNIT", ex="in der nächsten Stunde")
def within_the_next(_: str, unit: Any) -> Range | None:
    """A day or a week is a part of the calendar, an hour runs from now."""
    if unit not in {"hour", "minute"}:
        return None
    return Range(high=Moment(offset=Offset(Duration(1, unit))), by=True)


@rule("MOMENT", "within des DAILY tages|tag", ex="im Laufe des morgigen Tages")
def in_that_day(rel: int) -> Moment:
    return Moment(day=Day(rel=rel), part="daytime")


@rule("MOMENT", "within des|dieses|der? DAILY? PART", ex="im Laufe des Vormittags")
def in_the_part(rel: int | None, part: str) -> Moment:
    return Moment(day=None if rel is None else Day(rel=rel), part=part)


@rule("MOMENT", "within|wahrend des|der UNIT", ex="im Laufe des Monats")
def in_the_unit(unit: str) -> Moment | None:
    return day(cycle=(unit, 0)) if unit in {"week", "month", "quarter", "year"} else None

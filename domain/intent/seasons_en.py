"""English seasons, quarters and halves of the year; and what goes on in the course of something."""

from domain.intent.idioms_en import early
from domain.intent.making import Word, day, quarter, season
from domain.intent.moment import Day, Moment
from domain.intent.parts_en import layer as parts

layer = parts
rule = layer.rule  # the same layer; this file only keeps them apart for the reader

_Months = tuple[int, int]
_QUARTERS = 4


@early.rule("QUARTERNO", "ORD quarter", "q NUM", ex=())
def numbered_quarter(n: float) -> int | None:
    return int(n) if 1 <= n <= _QUARTERS else None


@early.rule("SKIP", "in|over|during|throughout the course of", ex=())
def in_the_course() -> dict[str, Word]:
    """`over the course of the week` is some time within it."""
    return {"WORD": "within-it"}


@rule("MOMENT", "in? the? QUARTERNO of|in? YEAR?", ex=("in the first quarter", "Q2 2027"))
def nth_quarter(n: int, year: int | None = None) -> Moment:
    return quarter(n, year=year)


@rule("MOMENT", "in? the? ORD|LATTER half of|in YEAR", ex="the second half of 2027")
def half_year(n: Word, year: int) -> Moment | None:
    return day(months=(1 if n == 1 else 7, 6), year=year) if n in (1, 2, "latter") else None


@rule("MOMENT", "the? SEASON", ex=())
def season_named(months: _Months) -> Moment:
    """Alone it may be another word: "a bad fall", "spring cleaning"; "until summer" is time."""
    return Moment(day=Day(months=months), weak=True)


@rule("MOMENT", "in|during|over|throughout the? SEASON", "in|during? the? SEASON of|in? YEAR",
      ex=("in the spring", "summer 2027"))  # fmt: skip
def in_season(months: _Months, year: int | None = None) -> Moment:
    return day(months=months, year=year)


@rule("MOMENT", "the? THIS|NEXT|COMING|LAST SEASON", "this|the coming|COMING SEASON",
      ex="next summer")  # fmt: skip
def which_season(*args: Word) -> Moment:
    which, months = args[0], args[-1]
    return day(months=months, which=which if which in {"next", "last"} else "coming")


@rule("MOMENT", "at|by|in|towards? the? EDGE of|in? the? SEASON|QUARTERNO YEAR?",
      ex="early spring")  # fmt: skip
def edge_of_season(edge: str, what: _Months | int, year: int | None = None) -> Moment | None:
    if edge == "rest":
        return None
    return season((3 * what - 2, 3) if isinstance(what, int) else what, edge, year=year)


@rule("MOMENT", "within-it|during|throughout the? day", ex="in the course of the day")
def in_the_day() -> Moment:
    return Moment(part="daytime")


@rule("MOMENT", "within-it REL", ex="in the course of tomorrow")
def in_that_day(rel: int) -> Moment:
    return Moment(day=Day(rel=rel), part="daytime")


@rule("MOMENT", "within-it|during|throughout the UNIT", ex="over the course of the week")
def in_the_unit(unit: str) -> Moment | None:
    return day(cycle=(unit, 0)) if unit in {"week", "month", "quarter", "year"} else None


@rule("MOMENT", "within-it|during|throughout the? PART", ex="in the course of the morning")
def in_the_part(part: str) -> Moment:
    return Moment(part=part)

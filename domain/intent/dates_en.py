"""English dates, parts of the day, and what is reckoned from today."""

from typing import Any

from domain.intent.dates_de import day
from domain.intent.grammar import Layer
from domain.intent.lexicon_de import number_cats
from domain.intent.moment import Moment

early = Layer("early-en")
dates = Layer("dates-en")
rule = dates.rule


@early.rule("NUM", "TENS -? NUM", ex="twenty five")
def tens_and_units(ten: int, unit: float) -> dict[str, Any] | None:
    return number_cats(ten + unit) if 1 <= unit <= 9 else None  # noqa: PLR2004


@early.rule("ORD", "TENS -? ORD", ex="twenty-fifth")
def tens_and_ordinal(ten: int, unit: int) -> int | None:
    return ten + unit if 1 <= unit <= 9 and ten + unit <= 31 else None  # noqa: PLR2004


@rule("MOMENT", "WEEKDAY", ex="Friday")
def weekday(wd: int) -> Moment:
    return day(wd=wd)


@rule("MOMENT", "REL", ex="tomorrow")
def relative(n: int) -> Moment:
    return day(rel=n)


@rule("MOMENT", "the? ORD of? MONTH", "MONTH the? ORD|DOM", ex="the twenty-fifth of November")
def day_month(a: int, b: int) -> Moment | None:
    return day(dom=a, month=b)


@rule("MOMENT", "in? the? PART", ex="in the afternoon")
def part_of_day(part: str) -> Moment:
    return Moment(part=part)

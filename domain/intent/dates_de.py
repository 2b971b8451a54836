"""German dates: weekdays, days of the month, months and weeks."""

from typing import Any

from domain.intent.grammar import Layer
from domain.intent.making import day
from domain.intent.moment import Clock, Day, Duration, Moment, Offset, Range, merge

dates = Layer("dates-de")


rule = dates.rule


EIGHT_DAYS_ARE_A_WEEK = 8


# Words before a date that do not change it.
AM = "am|der|den|dem|vom|zum|fur"


@rule("MOMENT", "WEEKDAY", ex="Freitag")
def weekday(wd: int) -> Moment:
    return day(wd=wd)


@rule("MOMENT", "am|bis|ab|vom|den|zum WDABBR", "WDABBR ,? PART", ex=("am Mi", "Fr früh"))
def written_weekday(wd: int, part: str | None = None) -> Moment:
    return Moment(day=Day(wd=wd), part=part)


@rule("MOMENT", "WDABBR ,? FIGDATE", "WDABBR ,? den|der? POINTDATE", ex=("Fr, 4.12.", "Mo 30.11"))
def written_weekday_date(wd: int, constraints: dict[str, int]) -> Moment | None:
    return day(wd=wd, **constraints) if valid(constraints) else None


@rule("MOMENT", "am? WDABBR|WEEKDAY ,? PUREPOINT|FIGCLOCK", ex=("Mi 14.30", "Donnerstag 9.45"))
def weekday_pointed(wd: int, clock: Clock) -> Moment:
    return Moment(day=Day(wd=wd), clock=clock)


@rule("RANGE", "von|zwischen? WDABBR bis|-|und WDABBR", ex=("Mo-Mi", "von Mo bis Mi"))
def written_weekdays(low: int, high: int) -> Range:
    return Range(day(wd=low), day(wd=high))


@rule("MOMENT", "am? WDABBR CLOCK", ex="Mi um halb zehn")
def written_weekday_clock(wd: int, clock: Moment) -> Moment | None:
    """`So gegen vier` is no Sunday."""
    return merge(day(wd=wd), clock) if wd < 6 else None  # noqa: PLR2004


@rule("MOMENT", "THIS WEEKDAY", ex="diesen Freitag")
def this_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="this")


@rule("MOMENT", "COMING WEEKDAY", ex="kommenden Freitag")
def coming_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="coming")


@rule("MOMENT", "NEXT WEEKDAY", ex="nächsten Freitag")
def next_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="next")


@rule("MOMENT", "LAST WEEKDAY", ex=())
def last_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="last")


@rule("MOMENT", "OVER WEEKDAY", ex="übernächsten Freitag")
def over_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="coming", jump=7)


@rule("MOMENT", "NEXT|COMING WEEKDAY in|uber QTY UNIT", "WEEKDAY in|uber QTY UNIT",
      ex=("Dienstag in einer Woche", "nächsten Samstag in einer Woche"))  # fmt: skip
def weekday_plus(*args: Any) -> Moment | None:
    *which, wd, n, unit = args
    jump = days_of(n, unit)
    if jump is None or jump < 7:  # noqa: PLR2004 - "Dienstag in drei Tagen" is no date
        return None
    return day(wd=wd, jump=jump - jump % 7, which="next" if which else None)


def days_of(n: float, unit: str) -> int | None:
    """Days in "acht Tagen" (a week, by custom), "vierzehn Tagen", "zwei Wochen"."""
    if unit == "week":
        return int(7 * n)
    return int(n) if unit == "day" else None


@rule(
    "MOMENT",
    "in QTY wochen|woche am? WEEKDAY",
    "WEEKDAY in QTY wochen",
    ex="in drei Wochen am Montag",
)
def weeks_then_weekday(*args: Any) -> Moment:
    n, wd = args
    return day(wd=int(wd), cycle=("week", int(n)))


@rule(
    "SKIP",
    "statt|anstatt|anstelle REL|WEEKDAY am|den|auf|lieber|besser|doch",
    "nicht am|den? REL|WEEKDAY , am|den|lieber|besser?",
    ex=(),
)
def instead(*_: object) -> dict[str, object]:
    """`statt morgen am Freitag`: two days that must not be one."""
    return {"EXCLUDED": True}


@rule(
    "MOMENT",
    "nicht am|den? THIS WEEKDAY ,? sondern|aber am|den nachsten|folgenden|danach|darauf",
    ex="nicht diesen Freitag, sondern den danach",
)
def the_one_after(_: str, wd: int) -> Moment:
    return day(wd=wd, which="coming", jump=7)


@rule("MOMENT", "REL", ex="übermorgen")
def relative(n: int) -> Moment:
    return day(rel=n)


@rule("MOMENT", "DAILY UNIT|WEEKDAY?", ex=("am heutigen Tag", "morgigen Mittwoch"))
def daily(rel: int, unit: Any = None) -> Moment | None:
    if isinstance(unit, str) and unit != "day":
        return None
    return day(rel=rel, wd=unit if isinstance(unit, int) else None)


@rule(
    "MOMENT",
    "REL in QTY UNIT",
    "von? REL an? in QTY UNIT",
    "REL uber QTY UNIT",
    ex=("heute in acht Tagen", "heute in einem Monat"),
)
def relative_plus(rel: int, n: float, unit: Any) -> Moment | None:
    jump = days_of(n, unit)
    if jump is None:
        if unit in {"second", "minute", "hour"}:
            return None
        return day(after=Offset(Duration(n, unit), base=day(rel=rel)))
    return day(rel=rel, jump=7 if jump == EIGHT_DAYS_ARE_A_WEEK else jump)


@rule("MOMENT", "FIGDATE", ex="15.1.")
def figure_date(constraints: dict[str, int]) -> Moment | None:
    return day(**constraints) if valid(constraints) else None


def valid(c: dict[str, int]) -> bool:
    return 1 <= c.get("month", 1) <= 12 and 1 <= c.get("dom", 1) <= 31  # noqa: PLR2004


@rule("MOMENT", "am|der|den|dem|vom|zum|bis POINTDATE", ex="am 12.10")
def pointed_date(constraints: dict[str, int]) -> Moment | None:
    return figure_date(constraints)


@rule("MOMENT", f"{AM}? ORD|DOM MONTH YEAR?", ex=("dritter März", "4. Juli 2027", "1 März"))
def day_month(dom: int, month: int, year: int | None = None) -> Moment:
    return day(dom=dom, month=month, year=year)


@rule("MOMENT", "MONTH ORD|DOM", ex="März 3")
def month_day(month: int, dom: int) -> Moment:
    return day(dom=dom, month=month)


@rule("MOMENT", f"{AM}? ORD ORD YEAR?", ex="am dritten Zwölften")
def two_ordinals(dom: int, month: int, year: int | None = None) -> Moment | None:
    return day(dom=dom, month=month, year=year) if month <= 12 else None  # noqa: PLR2004


@rule(
    "MOMENT",
    "am|der|den|dem|vom|zum|ab|bis|fur ORD|DOMDOT",
    "WEEKDAY , der|den|dem ORD|DOMDOT",
    ex="am dritten",
)
def ordinal_day(*args: int) -> Moment:
    return day(dom=args[-1], wd=args[0] if len(args) > 1 else None)


@rule("MOMENT", "MONTH YEAR?", ex="im März")
def month_only(month: int, year: int | None = None) -> Moment:
    return day(month=month, year=year)


@rule("MOMENT", "NEXT|COMING MONTH", ex="nächsten März")
def next_month(_: str, month: int) -> Moment:
    return day(month=month, which="next")


@rule("MOMENT", "THIS UNIT|CYCLE", ex="diese Woche")
def this_cycle(_: str, unit: str) -> Moment:
    return day(rel=0) if unit in {"day", "workday"} else day(cycle=(unit, 0))


@rule("MOMENT", "NEXT|COMING UNIT|CYCLE", ex=("nächste Woche", "nächster Werktag"))
def next_cycle(_: str, unit: Any) -> Moment:
    if unit == "day":
        return day(rel=1)
    if unit == "workday":
        return Moment(offset=Offset(Duration(1, "workday")))
    return day(cycle=(unit, 0 if unit == "weekend" else 1))


@rule("MOMENT", "OVER UNIT|CYCLE", ex="übernächste Woche")
def over_cycle(_: str, unit: Any) -> Moment:
    if unit == "workday":
        return Moment(offset=Offset(Duration(2, "workday")))
    return day(rel=2) if unit == "day" else day(cycle=(unit, 1 if unit == "weekend" else 2))


@rule("MOMENT", "LAST UNIT|CYCLE", ex=())
def last_cycle(_: str, unit: str) -> Moment:
    return day(rel=-1) if unit in {"day", "workday"} else day(cycle=(unit, -1))


@rule("MOMENT", "FOLLOWING", ex="in der Folgewoche")
def following(unit: str) -> Moment:
    return day(rel=1) if unit == "day" else day(cycle=(unit, 1))


@rule(
    "MOMENT", "UNIT drauf|darauf|danach", "tags drauf|darauf", ex=("am Tag darauf", "Woche drauf")
)
def unit_after_this(unit: str = "day") -> Moment | None:
    if unit not in {"day", "week", "month", "year"}:
        return None
    return following(unit)


@rule("MOMENT", "within|wahrend der woche", ex="im Laufe der Woche")
def in_the_week() -> Moment:
    return day(cycle=("week", 0))


@rule("MOMENT", "in? woche NUM", ex="Woche 50")
def numbered_week(n: float) -> Moment | None:
    return day(cycle=("kw", int(n))) if 1 <= n <= 53 else None  # noqa: PLR2004


@rule("MOMENT", "im jahr|jahre YEAR", "im? MONTH im jahr|jahre YEAR", ex="im Jahr 2027")
def in_year(*args: int) -> Moment:
    return day(year=args[-1], month=args[0] if len(args) > 1 else None)


@rule("MOMENT", "CYCLE", ex="am Wochenende")
def this_weekend(cycle: str) -> Moment:
    return day(cycle=(cycle, 0))


@rule(
    "RANGE",
    "vom|von|zwischen|der? dem? ORD|DOM bis|-|und zum|zu|dem? ORD|DOM MONTH YEAR?",
    ex="vom 4. bis 9. Mai",
)
def days_of_month(low: int, high: int, month: int, year: int | None = None) -> Range:
    return Range(day(dom=low, month=month, year=year), day(dom=high, month=month, year=year))


@rule("RANGE", "vom|zwischen dem? ORD bis|-|und zum|zu|dem? ORD", ex="vom 4. bis zum 9.")
def days_from_to(low: int, high: int) -> Range:
    return Range(day(dom=low), day(dom=high))

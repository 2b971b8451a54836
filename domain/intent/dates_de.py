"""German dates, parts of the day, and what is reckoned from today."""

from typing import Any

from domain.intent.grammar import Layer
from domain.intent.moment import Day, Duration, Moment, Offset, Range

early = Layer("early-de")  # looks before all else: numbers, idioms, what must not be read as time
dates = Layer("dates-de")
rule = dates.rule

EIGHT_DAYS_ARE_A_WEEK = 8
_CENTURY = 2000
# Words before a date that do not change it.
AM = "am|der|den|dem|vom|zum|fur"


def day(**constraints: Any) -> Moment:  # noqa: ANN401 - the fields of Day
    return Moment(day=Day(**constraints))


def full_year(year: int | None) -> int | None:
    return year if year is None or year >= 100 else _CENTURY + year  # noqa: PLR2004


@early.rule("SKIP", "guten|gute|gut|schonen|schoner|schones morgen|tag|abend|nachmittag|nacht|mittag|wochenende|feierabend|woche",
            "guten|gute|schonen|schoner|schones PART", "guten REL", "schonen|guten UNIT",
            ex=())  # fmt: skip
def greeting(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule("NUM", "NUM und NUM", ex=())
def spaced_number(unit: float, ten: float) -> dict[str, Any] | None:
    from domain.intent.lexicon_de import number_cats  # noqa: PLC0415 - tables load once, late

    good = 1 <= unit <= 9 and ten in (20, 30, 40, 50)
    return number_cats(unit + ten) if good else None


@early.rule("QTY", "ein paar|halbes|halbe", "einer halben", "paar", "wenige|wenigen", ex=())
def some(*_: object) -> dict[str, Any]:
    return {"SOME": 3}


@rule("MOMENT", "WEEKDAY", ex="Freitag")
def weekday(wd: int) -> Moment:
    return day(wd=wd)


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


@rule("MOMENT", "NEXT|COMING WEEKDAY in QTY UNIT", "WEEKDAY in QTY UNIT",
      ex=("Dienstag in einer Woche", "nächsten Samstag in einer Woche"))  # fmt: skip
def weekday_plus(*args: Any) -> Moment | None:  # noqa: ANN401 - one pattern has one value more
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
def weeks_then_weekday(*args: Any) -> Moment:  # noqa: ANN401 - order depends on the pattern
    n, wd = args
    return day(wd=int(wd), cycle=("week", int(n)))


@rule("MOMENT", "REL", ex="übermorgen")
def relative(n: int) -> Moment:
    return day(rel=n)


@rule("MOMENT", "REL in QTY UNIT", "von? REL an? in QTY UNIT", ex="heute in acht Tagen")
def relative_plus(rel: int, n: float, unit: str) -> Moment | None:
    jump = days_of(n, unit)
    if jump is None:
        return None
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
    return day(rel=0) if unit == "day" else day(cycle=(unit, 0))


@rule("MOMENT", "NEXT|COMING UNIT|CYCLE", ex="nächste Woche")
def next_cycle(_: str, unit: str) -> Moment:
    if unit == "day":
        return day(rel=1)
    return day(cycle=(unit, 0 if unit == "weekend" else 1))


@rule("MOMENT", "OVER UNIT|CYCLE", ex="übernächste Woche")
def over_cycle(_: str, unit: str) -> Moment:
    return day(rel=2) if unit == "day" else day(cycle=(unit, 1 if unit == "weekend" else 2))


@rule("MOMENT", "LAST UNIT|CYCLE", ex=())
def last_cycle(_: str, unit: str) -> Moment:
    return day(rel=-1) if unit == "day" else day(cycle=(unit, -1))


@rule("MOMENT", "CYCLE", ex="am Wochenende")
def this_weekend(cycle: str) -> Moment:
    return day(cycle=(cycle, 0))


@rule(
    "RANGE", "NEXT|COMING QTY|SOME UNIT", "QTY|SOME NEXT|COMING UNIT", ex="die nächsten drei Tage"
)
def rolling(*args: Any) -> Range:  # noqa: ANN401 - order depends on the pattern
    n = next(a for a in args if not isinstance(a, str))
    return Range(rolling=Duration(n, args[-1]))


@rule(
    "MOMENT", "in etwa|fast|circa|ungefahr? QTY|SOME UNIT", ex=("in drei Wochen", "in einer Stunde")
)
def from_now(n: float, unit: Any) -> Moment | None:  # noqa: ANN401 - a grain
    return Moment(offset=Offset(Duration(n, unit)))


@rule("MOMENT", "vor QTY|SOME UNIT", ex=())
def ago(n: float, unit: Any) -> Moment:  # noqa: ANN401 - a grain
    return Moment(offset=Offset(Duration(n, unit), -1))


@rule("RANGE", "innerhalb|binnen von|der? nachsten? QTY UNIT", ex="innerhalb von zwei Wochen")
def within(n: float, unit: Any) -> Range:  # noqa: ANN401 - a grain
    return Range(high=Moment(offset=Offset(Duration(n, unit))), by=True)


@rule("MOMENT", "anfang MONTH", "anfang THIS|NEXT|COMING UNIT", ex="Anfang Mai")
def beginning(*args: Any) -> Moment | None:  # noqa: ANN401
    return edge("begin", args)


@rule("MOMENT", "mitte MONTH", "mitte THIS|NEXT|COMING UNIT", ex="Mitte Mai")
def middle(*args: Any) -> Moment | None:  # noqa: ANN401
    return edge("middle", args)


@rule("MOMENT", "ende MONTH", "ende der|des? THIS|NEXT|COMING? UNIT", ex="Ende nächster Woche")
def end(*args: Any) -> Moment | None:  # noqa: ANN401
    return edge("end", args)


def edge(which: Any, args: tuple[Any, ...]) -> Moment | None:  # noqa: ANN401
    unit = args[-1]
    if isinstance(unit, int):
        return day(month=unit, edge=which)
    if unit not in ("week", "month", "year"):
        return None
    n = 1 if len(args) > 1 and args[0] in ("next", "coming") else 0
    return day(cycle=(unit, n), edge=which)


@rule(
    "MOMENT", "PART", "am|im|an|zum|in|zu den|der|dem|da? PART", ex=("nachmittags", "am Vormittag")
)
def part_of_day(part: str) -> Moment:
    return Moment(part=part)


@rule("MOMENT", "am|den|zum|THIS morgen", ex="am Morgen")
def in_the_morning(*_: object) -> Moment:
    return Moment(part="morning")


@rule("MOMENT", "heute|heut|hut|WEEKDAY|gestern morgen|morgens", ex="Freitag Morgen")
def weekday_morning(wd: int | None = None) -> Moment:
    return Moment(day=Day(rel=0) if wd is None else Day(wd=wd), part="morning")


@rule("MOMENT", "THIS PART", ex="diesen Nachmittag")
def this_part(_: str, part: str) -> Moment:
    return Moment(day=Day(rel=0), part=part)


@rule("MOMENT", "nach der arbeit", "nach feierabend", ex="nach der Arbeit")
def after_work() -> Moment:
    return Moment(part="after_work")


@rule("MOMENT", "nach dem? mittagessen|essen|mittagspause", ex="nach dem Mittagessen")
def after_lunch() -> Moment:
    return Moment(part="after_lunch")


@rule("MOMENT", "FEAST YEAR?", ex="an Silvester")
def feast(name: str, year: int | None = None) -> Moment:
    return day(feast=name, year=year)


@rule("MOMENT", "jetzt gleich?", "sofort", ex=())
def now() -> Moment:
    return Moment(offset=Offset(Duration(0, "second")))

"""English dates: weekdays, days of the month, months and weeks."""

from domain.intent.grammar import Layer
from domain.intent.making import STEPS, Word, day, full_year
from domain.intent.moment import Day, Duration, Moment, Offset, Range

dates = Layer("dates-en")


rule = dates.rule


@rule("MOMENT", "WEEKDAY", "this WEEKDAY", "the WEEKDAY one", ex="Friday")
def weekday(wd: int) -> Moment:
    return day(wd=wd)


@rule(
    "MOMENT",
    "this? coming WEEKDAY",
    "this? COMING WEEKDAY",
    "WEEKDAY coming",
    ex="this coming Friday",
)
def coming_weekday(*args: Word) -> Moment:
    return day(wd=args[-1], which="coming")


@rule("MOMENT", "following WEEKDAY", "WEEKDAY the following week", ex="the following Friday")
def following_weekday(wd: int) -> Moment:
    return day(wd=wd, cycle=("week", 1))


@rule("MOMENT", "for? the day after .|?|!|,|<end>", ex="the day after")
def day_after() -> Moment:
    return day(rel=1)


@rule("MOMENT", "NEXT WEEKDAY", ex="next Friday")
def next_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="next")


@rule("MOMENT", "LAST WEEKDAY", ex=())
def last_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="last")


@rule(
    "MOMENT",
    "the? WEEKDAY after next",
    "in? a|one? week on|from|after WEEKDAY",
    "a week this|COMING? WEEKDAY",
    "a week on|from|after this|COMING WEEKDAY",
    "WEEKDAY week",
    "the WEEKDAY after that|this one?",
    "the WEEKDAY after the? next one",
    "the WEEKDAY after .|?|!|,|<end>",
    ex="Friday after next",
)
def weekday_after(*args: Word) -> Moment:
    return day(wd=args[-1], which="coming", jump=7)


@rule(
    "MOMENT",
    "WEEKDAY ,? in QTY weeks|week time?",
    "WEEKDAY ,? QTY weeks|week from now|today",
    ex="Monday two weeks from now",
)
def weekday_in_weeks(a: Word, b: Word) -> Moment | None:
    wd, n = a, b
    return day(wd=wd, cycle=("week", int(n)))


@rule("MOMENT", "WEEKDAY ,? QTY UNIT from|after now|today", ex="Saturday three days from now")
def weekday_from_now(wd: int, n: float, unit: Word) -> Moment:
    return day(wd=wd, after=Offset(Duration(n, unit)))


@rule("MOMENT", "QTY WEEKDAY from now|today", ex="two Sundays from now")
def weekdays_from_now(n: float, wd: int) -> Moment:
    return day(wd=wd, which="coming", jump=7 * (int(n) - 1))


@rule(
    "MOMENT",
    "in? QTY weeks|week from|after? REL",
    "week from REL",
    "REL week",
    ex=("a week tomorrow", "today week", "in a week from tomorrow"),
)
def weeks_after_day(*args: Word) -> Moment:
    n, rel = args if len(args) > 1 else (1, args[0])
    n = n or 1
    return day(rel=rel, jump=int(7 * n))


@rule("MOMENT", "QTY weeks on|this? WEEKDAY", ex="two weeks on Friday")
def weeks_after_weekday(n: float, wd: int) -> Moment:
    return day(wd=wd, after=Offset(Duration(n, "week")))


@rule("MOMENT", "SPANWORD on WEEKDAY", ex="a fortnight on Friday")
def span_after_weekday(span: Duration, wd: int) -> Moment:
    return day(wd=wd, after=Offset(span))


@rule("MOMENT", "WEEKDAY SPANWORD", ex="Tuesday fortnight")
def weekday_fortnight(wd: int, span: Duration) -> Moment | None:
    return span_after_weekday(span, wd) if span.grain == "week" else None


@rule("MOMENT", "in? SPANWORD from|after? REL", ex=("a fortnight today", "fortnight from tomorrow"))
def span_after_day(span: Duration, rel: int) -> Moment | None:
    return day(rel=rel, jump=int(7 * span.n)) if span.grain == "week" else None


@rule(
    "SKIP",
    "not on? REL|WEEKDAY ,",
    "instead|rather of|than REL|WEEKDAY ,|on|to",
    ex=(),
)
def instead(*_: object) -> dict[str, object]:
    """`not tomorrow, Friday`: two days that must not be one."""
    return {"EXCLUDED": True}


@rule(
    "MOMENT",
    "not on? this WEEKDAY ,? but on? the next|following one?",
    ex="not this Friday but the next one",
)
def the_one_after(wd: int) -> Moment:
    return day(wd=wd, which="coming", jump=7)


@rule(
    "MOMENT",
    "at|about|around? this|same time NEXT UNIT",
    "at|about|around? the same time NEXT UNIT",
    ex="this time next year",
)
def this_time_next(_: str, unit: Word) -> Moment:
    return Moment(offset=Offset(Duration(1, unit)))


@rule("MOMENT", "early on? REL", "REL early", ex=("early tomorrow", "tomorrow early"))
def early_that_day(rel: int) -> Moment:
    return Moment(day=Day(rel=rel), part="early")


@rule("MOMENT", "early on? WEEKDAY", "WEEKDAY early", ex="early on Friday")
def early_that_weekday(wd: int) -> Moment:
    return Moment(day=Day(wd=wd), part="early")


@rule("MOMENT", "WEEKDAY HALF", ex="Friday pm")
def weekday_half(wd: int, half: str) -> Moment:
    return Moment(day=Day(wd=wd), part="morning" if half == "am" else "afternoon")


@rule("MOMENT", "REL HALF", ex="tomorrow pm")
def day_half(rel: int, half: str) -> Moment:
    return Moment(day=Day(rel=rel), part="morning" if half == "am" else "afternoon")


@rule("MOMENT", "the? ORD UNIT after|past FEAST", ex="the second day after Christmas")
def nth_day_after(n: int, unit: Word, name: str) -> Moment:
    return day(after=Offset(Duration(n, unit), base=day(feast=name)))


@rule("MOMENT", "REL", ex="tomorrow")
def relative(n: int) -> Moment:
    return day(rel=n)


@rule("MOMENT", "for? the? day after tomorrow", ex="the day after tomorrow")
def overmorrow() -> Moment:
    return day(rel=2)


@rule("MOMENT", "the? day before yesterday", ex=())
def ereyesterday() -> Moment:
    return day(rel=-2)


@rule("MOMENT", "FIGDATE", ex="2027-01-15")
def figure_date(constraints: dict[str, int]) -> Moment:
    return day(**constraints)


@rule(
    "MOMENT",
    "on? the? ORD|DOM day? of? MONTH ,|of? YEAR?",
    ex=("the twenty-fifth of November", "14 nov"),
)
def day_month(dom: int, month: int, year: int | None = None) -> Moment:
    return day(dom=dom, month=month, year=full_year(year))


@rule("MOMENT", "MONTH the? ORD|DOM ,? YEAR?", ex="March the fifth")
def month_day(month: int, dom: int, year: int | None = None) -> Moment:
    return day(dom=dom, month=month, year=year)


@rule(
    "MOMENT",
    "the|on|by ORD day? of? this|the? month?",
    "on the? ORD|DOM",
    "the ORD",
    "ORD|DOM of this|the month",
    ex="on the fifth",
)
def ordinal_day(dom: int) -> Moment:
    return day(dom=dom)


@rule(
    "MOMENT",
    "WEEKDAY ,? the? ORD",
    "WEEKDAY ,? the DOM",
    "WEEKDAY ,? FIGDOM",
    ex="Friday the 31st",
)
def weekday_ordinal(wd: int, dom: int) -> Moment:
    return day(wd=wd, dom=dom)


@rule(
    "MOMENT",
    "on|by|for|the? the? ORD|DOM day? of|in the? NEXT|COMING|THIS month",
    ex="the 20th of next month",
)
def day_of_cycle(dom: int, which: str) -> Moment:
    return day(dom=dom, cycle=("month", STEPS[which]))


@rule("MOMENT", "MONTH ,|of? YEAR?", "YEAR , MONTH", ex="March")
def month_only(a: int, b: int | None = None) -> Moment:
    year, month = (a, b) if a > 12 else (b, a)  # noqa: PLR2004
    return day(month=month, year=year)


@rule(
    "RANGE",
    "beginning|starting|commencing on|from? the? MONTH the? ORD|DOM",
    ex="beginning December 7th",
)
def beginning_on(month: int, dom: int) -> Range:
    """Before "beginning December" can be read as its first days."""
    return Range(low=day(month=month, dom=dom))


@rule(
    "MOMENT",
    "NEXT|COMING MONTH",
    "NEXT|COMING MONTH the? ORD|DOM",
    ex=("next March", "next May 3rd"),
)
def next_month(_: str, month: int, dom: int | None = None) -> Moment:
    return day(month=month, dom=dom, which="next")


@rule("MOMENT", "the? THIS UNIT|CYCLE", ex="this week")
def this_cycle(_: str, unit: str) -> Moment:
    return day(rel=0) if unit in {"day", "workday"} else day(cycle=(unit, 0))


@rule("MOMENT", "the UNIT after this|that one|week|month?", ex="the week after this one")
def after_this(unit: str) -> Moment | None:
    return day(cycle=(unit, 1)) if unit in {"week", "month", "year"} else None


@rule("MOMENT", "the? NEXT|COMING UNIT|CYCLE", ex="next week")
def next_cycle(_: str, unit: Word) -> Moment:
    if unit == "day":
        return day(rel=1)
    if unit == "workday":
        return Moment(offset=Offset(Duration(1, "workday")))
    return day(cycle=(unit, 0 if unit == "weekend" and _ == "coming" else 1))


@rule("MOMENT", "in|during|on? the? UNIT|CYCLE after next", ex="the week after next")
def after_next(unit: str) -> Moment:
    return day(rel=2) if unit in {"day", "workday"} else day(cycle=(unit, 2))


@rule("MOMENT", "the? LAST UNIT|CYCLE", ex=())
def last_cycle(_: str, unit: str) -> Moment:
    return day(rel=-1) if unit in {"day", "workday"} else day(cycle=(unit, -1))


@rule("MOMENT", "the|this|on|over? CYCLE", ex="at the weekend")
def weekend(cycle: str) -> Moment:
    return day(cycle=(cycle, 0))

"""English dates, parts of the day, and what is reckoned from today."""

from typing import Any

from domain.intent.dates_de import EARLY, LATE, STEPS, day, full_year, nth_of
from domain.intent.grammar import Layer
from domain.intent.lexicon_de import number_cats
from domain.intent.moment import Clock, Day, Duration, Moment, Offset, Range

numbers = Layer("numbers-en")
early = Layer("early-en")
dates = Layer("dates-en")
rule = dates.rule

_OF = "of|in|from|for"
_UNTIL = "to|-|till|until|through|thru|and"
Word = Any  # a number, a grain or a word, by the pattern


@numbers.rule("NUM", "TENS -? NUM", ex=())
def tens_and_units(ten: int, unit: float) -> dict[str, Any] | None:
    return number_cats(ten + unit) if 1 <= unit <= 9 else None  # noqa: PLR2004


@numbers.rule("ORD", "TENS -? ORD", ex=())
def tens_and_ordinal(ten: int, unit: int) -> int | None:
    return ten + unit if 1 <= unit <= 9 and ten + unit <= 31 else None  # noqa: PLR2004


@early.rule("SOME", "a few", "few", "several", "some", ex=())
def some() -> dict[str, Any]:
    return {"SOME": 3}


@early.rule("SOME", "a? couple of?", ex=())
def a_couple() -> dict[str, Any]:
    return {"SOME": 2}


@early.rule("SPANWORD", "three - quarters of an hour", "three quarters of an hour", ex=())
def three_quarters() -> Duration:
    return Duration(45, "minute")


@early.rule("SKIP", "may NOUN", ex=())
def may_verb() -> dict[str, Any]:
    """English verbs are strangers to the lexicon; months are followed by figures or nothing."""
    return {"SKIP": True}


@early.rule("QTY", "half an|a", ex=())
def half_a() -> dict[str, Any]:
    return {"QTY": 0.5}


@early.rule("CYCLE", "week - end", ex=())
def hyphened() -> dict[str, Any]:
    return {"CYCLE": "weekend"}


@early.rule("SPANWORD", "a|an? quarter of? an? hour", ex=())
def quarter_hour() -> Duration:
    return Duration(15, "minute")


@early.rule("SPANWORD", "an|one hour and a half", ex=())
def hour_and_a_half() -> Duration:
    return Duration(90, "minute")


@early.rule("QTY", "NUM and a half", ex=())
def and_a_half(n: float) -> dict[str, Any]:
    return {"QTY": n + 0.5}


@early.rule("SKIP", "NUM to|- NUM NOUN", "NUM NOUN", ex=())
def amount(*_: object) -> dict[str, Any]:
    """`two to four people`: an amount of something that is no time."""
    return {"SKIP": True}


@early.rule(
    "SKIP", "the|my|your|a ORDW NOUN", "ORDW NOUN", "cost|costs|price|room|number NUM NUM?", ex=()
)
def counted(*_: object) -> dict[str, Any]:
    """`the second person`, "room 12": what is counted or numbered is no time."""
    return {"SKIP": True}


@early.rule("PART", "first thing in? the? morning?", ex=())
def first_thing() -> str:
    return "early"


@early.rule("SKIP", "good PART|day", "have a? great|good|nice|lovely? PART|UNIT|CYCLE", ex=())
def greeting(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule(
    "SKIP",
    "may be|not|have|also|well|take|get|i|we|result|or|need",
    "i|we|you|it|that|this may",
    "up to date",
    ex=(),
)
def modal_may() -> dict[str, Any]:
    """`May` is a month only where no verb follows."""
    return {"SKIP": True}


@early.rule("ORD", "ORD -? last", "last but one", ex=())
def from_behind(n: int | None = None) -> dict[str, Any]:
    return {"BEHIND": -(n or 2)}


@rule("MOMENT", "WEEKDAY", "this WEEKDAY", ex="Friday")
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


@rule("MOMENT", "NEXT WEEKDAY", ex="next Friday")
def next_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="next")


@rule("MOMENT", "LAST WEEKDAY", ex=())
def last_weekday(_: str, wd: int) -> Moment:
    return day(wd=wd, which="last")


@rule(
    "MOMENT", "WEEKDAY after next", "a week on|from WEEKDAY", "WEEKDAY week", ex="Friday after next"
)
def weekday_after(wd: int) -> Moment:
    return day(wd=wd, which="coming", jump=7)


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


@rule("MOMENT", "on|at|for HOUR in the? PART", ex="on five in the evening")
def hour_in_part(hour: int, part: str) -> Moment:
    return Moment(clock=Clock(hour), part=part)


@rule("MOMENT", "NEXT PART", ex="next morning")
def next_part(_: str, part: str) -> Moment:
    return Moment(day=Day(rel=1), part=part)


@rule("RANGE", "the? NEXT QTY business|working|work UNIT", ex="the next four business days")
def business_days(_: str, n: float, unit: Word) -> Range:
    return Range(rolling=Duration(n, unit))


@rule("MOMENT", "in|during|for? the? week NUM", ex="week 31")
def calendar_week(n: float) -> Moment | None:
    return day(cycle=("kw", int(n))) if 1 <= n <= 53 else None  # noqa: PLR2004


@rule("MOMENT", "in|during the week", ex="during the week")
def in_the_week() -> Moment:
    return day(cycle=("week", 0))


@rule("MOMENT", "QTY WEEKDAY from now|today", ex="two Sundays from now")
def weekdays_from_now(n: float, wd: int) -> Moment:
    return day(wd=wd, which="coming", jump=7 * (int(n) - 1))


@rule("MOMENT", "REL", ex="tomorrow")
def relative(n: int) -> Moment:
    return day(rel=n)


@rule("MOMENT", "the? day after tomorrow", ex="the day after tomorrow")
def overmorrow() -> Moment:
    return day(rel=2)


@rule("MOMENT", "the? day before yesterday", ex=())
def ereyesterday() -> Moment:
    return day(rel=-2)


@rule("MOMENT", "tonight|tonite", "this night|evening", ex="tonight")
def tonight() -> Moment:
    return Moment(day=Day(rel=0), part="tonight")


@rule("MOMENT", "later today|tonight", "later in today", "later on today", ex="later today")
def later_today() -> Moment:
    return Moment(day=Day(rel=0), part="later")


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


@rule("MOMENT", "WEEKDAY ,? the? ORD|DOM", ex="Friday the 31st")
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


@rule("MOMENT", "NEXT|COMING MONTH", ex="next March")
def next_month(_: str, month: int) -> Moment:
    return day(month=month, which="next")


@rule("MOMENT", "the? THIS UNIT|CYCLE", ex="this week")
def this_cycle(_: str, unit: str) -> Moment:
    return day(rel=0) if unit == "day" else day(cycle=(unit, 0))


@rule("MOMENT", "the? NEXT|COMING UNIT|CYCLE", ex="next week")
def next_cycle(_: str, unit: str) -> Moment:
    if unit == "day":
        return day(rel=1)
    return day(cycle=(unit, 0 if unit == "weekend" and _ == "coming" else 1))


@rule("MOMENT", "the? UNIT|CYCLE after next", ex="the week after next")
def after_next(unit: str) -> Moment:
    return day(rel=2) if unit == "day" else day(cycle=(unit, 2))


@rule("MOMENT", "the? LAST UNIT|CYCLE", ex=())
def last_cycle(_: str, unit: str) -> Moment:
    return day(rel=-1) if unit == "day" else day(cycle=(unit, -1))


@rule("MOMENT", "the|this|on|over? CYCLE", ex="at the weekend")
def weekend(cycle: str) -> Moment:
    return day(cycle=(cycle, 0))


@rule(
    "RANGE",
    "the? NEXT QTY|SOME UNIT",
    "in|within|over the next|coming QTY|SOME UNIT",
    ex="the next three days",
)
def rolling(*args: Word) -> Range:
    n = next(a for a in args if not isinstance(a, str))
    return Range(rolling=Duration(n, args[-1]))


@rule("MOMENT", "COMING QTY|SOME UNIT", "QTY|SOME COMING UNIT", ex="two upcoming months")
def upcoming(*args: Word) -> Moment:
    n = int(next(a for a in args if not isinstance(a, str)))
    return day(rel=n) if args[-1] == "day" else day(cycle=(args[-1], n))


@rule(
    "MOMENT",
    "in|after about|around? QTY|SOME UNIT time?",
    "in? QTY|SOME UNIT from now|today",
    "QTY|SOME UNIT hence|later",
    ex=("in an hour", "three weeks from now"),
)
def from_now(n: float, unit: Word) -> Moment:
    return Moment(offset=Offset(Duration(n, unit)))


@rule("MOMENT", "in? a fortnight hence|time?", "a fortnight from now|today", ex="in a fortnight")
def fortnight() -> Moment:
    return Moment(offset=Offset(Duration(14, "day")))


@rule("MOMENT", "QTY|SOME UNIT ago|back", ex=())
def ago(n: float, unit: Word) -> Moment:
    return Moment(offset=Offset(Duration(n, unit), -1))


@rule("RANGE", "within QTY|SOME UNIT", "in less than QTY|SOME UNIT", ex="within two weeks")
def within(n: float, unit: Word) -> Range:
    return Range(high=Moment(offset=Offset(Duration(n, unit))), by=True)


@rule(
    "MOMENT",
    f"at|by|in|around|the? the? EDGE {_OF}? the|around? MONTH YEAR?",
    "EDGE - MONTH",
    ex=("early March", "the end of April"),
)
def edge_of_month(edge: Word, month: int, year: int | None = None) -> Moment:
    return day(month=month, edge=edge, year=year)


@rule(
    "MOMENT",
    f"at|in|the? the? EDGE {_OF}? around? the? THIS|NEXT|COMING|LAST? UNIT",
    ex="the end of next week",
)
def edge_of_cycle(edge: Word, *args: Word) -> Moment | None:
    which, unit = (args[0], args[-1]) if len(args) > 1 else ("this", args[0])
    if unit not in {"week", "month", "year"}:
        return None
    return day(cycle=(unit, STEPS[which or "this"]), edge=edge)


@early.rule(
    "RANGE", f"from|between? the? ORD|DOM {_UNTIL} the? ORD|DOM of? MONTH", ex="12 to 16 September"
)
def days_of_month(low: int, high: int, month: int) -> Range:
    return Range(day(dom=low, month=month), day(dom=high, month=month))


@early.rule(
    "RANGE", f"from|between|on? MONTH the? ORD|DOM {_UNTIL} the? ORD|DOM", ex="July 13 to 15"
)
def month_days(month: int, low: int, high: int) -> Range:
    return days_of_month(low, high, month)


@early.rule(
    "RANGE",
    f"from|between|on? the? ORD|DOM {_UNTIL} the? ORD|DOM of|in THIS|NEXT|COMING month",
    ex="from the 4th to the 9th of next month",
)
def days_of_cycle(low: int, high: int, which: str) -> Range:
    cycle = ("month", STEPS[which])
    return Range(day(dom=low, cycle=cycle), day(dom=high, cycle=cycle))


@rule("DURATION", "for QTY|SOME UNIT", ex=())
def lasting(n: float, unit: Word) -> Duration:
    return Duration(n, unit)


@rule("SPAN", "QTY|SOME UNIT", ex=())
def so_long(n: float, unit: Word) -> Duration:
    return Duration(n, unit)


@rule("MOMENT", "for the day", "all day", ex=())
def the_day() -> Moment:
    return day(rel=0)


@rule("MOMENT", "new year|years|year's day? YEAR?", ex="New Year's Day")
def new_year(year: int | None = None) -> Moment:
    return day(feast="neujahr", year=year)


@rule("MOMENT", "the? ORD|LAST WEEKDAY", ex="the first Monday")
def nth_weekday(n: Word, wd: int) -> Moment | None:
    """Of which month is said elsewhere, or it is the next that has one."""
    return day(nth=(n, f"wd{wd}")) if isinstance(n, int) and n <= 5 else None  # noqa: PLR2004


@rule("MOMENT", "in|after? SPANWORD", ex="in a quarter of an hour")
def span_from_now(span: Duration) -> Moment:
    return Moment(offset=Offset(span))


@rule("MOMENT", "later THIS UNIT", "some|any? time? later THIS UNIT", ex="later this week")
def later_in_cycle(_: str, unit: str) -> Moment | None:
    return day(cycle=(unit, 0), edge="rest") if unit in {"week", "month", "year"} else None


@rule(
    "RANGE",
    "as soon as possible",
    "asap",
    "soonest",
    "as early as possible",
    ex="as soon as possible",
)
def soonest() -> Range:
    return Range(low=Moment(offset=Offset(Duration(0, "second"))))


@rule("MOMENT", "the? eom", ex="by EOM")
def end_of_month() -> Moment:
    return day(cycle=("month", 0), edge="end")


@rule("MOMENT", "the? eod", "end of the? day", "cob", ex="by end of day")
def end_of_day() -> Moment:
    return Moment(day=Day(rel=0), clock=Clock(17, None, None, "24"))


_NTH_OF = "the? ORD|LAST|BEHIND WEEKDAY|UNIT|CYCLE"


@rule("MOMENT", f"{_NTH_OF} of|in the? MONTH YEAR?", ex="the last Friday in October")
def nth_of_month(n: Word, what: Word, month: int, year: int | None = None) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, month=month, year=year)


@rule("MOMENT", f"{_NTH_OF} of|in THIS|NEXT|COMING|LAST UNIT", ex="the first Monday of next month")
def nth_of_cycle(n: Word, what: Word, which: str, unit: str) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, cycle=(unit, STEPS[which]))


@rule("MOMENT", "PART", ex="afternoon")
def part_of_day(part: str) -> Moment:
    return Moment(part=part)


@rule("MOMENT", "in|during|at|for|on|over the? PART", "the PART", ex="in the afternoon")
def in_part_of_day(part: str) -> dict[str, Moment]:
    """An hour may stand before it: "three in the afternoon"."""
    return {"MOMENT": Moment(part=part), "PARTPHRASE": Moment(part=part)}


@rule("MOMENT", "in|of? the HALF", ex=())
def in_the_pm(half: str) -> dict[str, Moment]:
    return in_part_of_day("morning" if half == "am" else "afternoon")


@rule("MOMENT", "THIS PART", ex="this afternoon")
def this_part(_: str, part: str) -> Moment:
    return Moment(day=Day(rel=0), part="tonight" if part in {"evening", "night"} else part)


@rule("MOMENT", "late|later in? the? PART", "in? the? late PART", ex="late afternoon")
def late_part(part: str) -> Moment:
    return Moment(part=LATE.get(part, "late_morning" if part == "morning" else part))


@rule(
    "MOMENT", "early in? the? PART", "in? the? early PART", "early in the day", ex="early evening"
)
def early_part(part: str | None = None) -> Moment:
    return Moment(part=EARLY.get(part or "morning", part))


@rule("MOMENT", "after work", "after hours", ex="after work")
def after_work() -> Moment:
    return Moment(part="after_work")


@rule("MOMENT", "after lunch|lunchtime", ex="after lunch")
def after_lunch() -> Moment:
    return Moment(part="after_lunch")


@rule("MOMENT", "after school", ex="after school")
def after_school() -> Moment:
    return Moment(part="after_school")


@rule("MOMENT", "FEAST day|eve? YEAR?", ex="at Christmas")
def feast(name: str, year: int | None = None) -> Moment:
    return day(feast=name, year=year)


@rule("MOMENT", "right? now", "immediately", ex=())
def now() -> Moment:
    return Moment(offset=Offset(Duration(0, "second")))

"""English parts of the day, of weeks and months, and what is reckoned from now."""

from dataclasses import replace

from domain.intent.dates_en import dates
from domain.intent.making import EARLY, LATE, STEPS, Word, day, nth_in, nth_of
from domain.intent.moment import Clock, Day, Duration, Moment, Offset, Range

_OF = "of|in|from|for"

layer = dates
rule = layer.rule  # the same layer; this file only keeps them apart for the reader


@rule("MOMENT", "on|at|for HOUR in the? PART", ex="on five in the evening")
def hour_in_part(hour: int, part: str) -> Moment:
    return Moment(clock=Clock(hour), part=part)


@rule("MOMENT", "NEXT PART", ex="next morning")
def next_part(_: str, part: str) -> Moment:
    return Moment(day=Day(rel=1), part=part)


@rule("MOMENT", "in|during|for? the? week NUM", ex="week 31")
def calendar_week(n: float) -> Moment | None:
    return day(cycle=("kw", int(n))) if 1 <= n <= 53 else None  # noqa: PLR2004


@rule("MOMENT", "in|during the week", ex="during the week")
def in_the_week() -> Moment:
    return day(cycle=("week", 0))


@rule("MOMENT", "tonight|tonite", "this night|evening", ex="tonight")
def tonight() -> Moment:
    return Moment(day=Day(rel=0), part="tonight")


@rule("MOMENT", "later today|tonight", "later in today", "later on today", ex="later today")
def later_today() -> Moment:
    return Moment(day=Day(rel=0), part="later")


@rule(
    "RANGE",
    "the? NEXT QTY|SOME UNIT",
    "in|over the NEXT|COMING QTY|SOME UNIT",
    ex="the next three days",
)
def rolling(*args: Word) -> Range:
    n = next(a for a in args if not isinstance(a, str))
    return Range(rolling=Duration(n, args[-1]))


@rule("MOMENT", "COMING QTY|SOME UNIT", "QTY|SOME COMING UNIT", ex="two upcoming months")
def upcoming(*args: Word) -> Moment:
    n = int(next(a for a in args if not isinstance(a, str)))
    if args[-1] in {"day", "workday"}:
        return Moment(offset=Offset(Duration(n, args[-1])))
    return day(cycle=(args[-1], n))


@rule(
    "MOMENT",
    "in|after about|around? QTY|SOME UNIT '? time?",
    "in? QTY|SOME UNIT from now|today",
    "QTY|SOME UNIT hence|later|out",
    ex=("in an hour", "three weeks from now"),
)
def from_now(n: float, unit: Word) -> Moment:
    return Moment(offset=Offset(Duration(n, unit)))


@rule("MOMENT", "QTY|SOME UNIT ago|back", ex=())
def ago(n: float, unit: Word) -> Moment:
    return Moment(offset=Offset(Duration(n, unit), -1))


@rule("RANGE", "within the NEXT QTY|SOME? UNIT", ex="within the next two days")
def within_next(_: str, n: float | None, unit: Word) -> Range:
    return within(n or 1, unit)


@rule("RANGE", "in|over|during the NEXT UNIT", ex="in the next hour")
def within_the_next(_: str, unit: Word) -> Range | None:
    """A day or a week is a part of the calendar, an hour runs from now."""
    return within(1, unit) if unit in {"hour", "minute"} else None


@rule(
    "RANGE",
    "within|inside QTY|SOME UNIT",
    "in less|fewer than QTY|SOME UNIT",
    "in no more than QTY|SOME UNIT",
    "in under QTY|SOME UNIT",
    ex="within two weeks",
)
def within(n: float, unit: Word) -> Range:
    return Range(high=Moment(offset=Offset(Duration(n, unit))), by=True)


@rule("RANGE", "within|inside SPANWORD", ex="within a fortnight")
def within_span(span: Duration) -> Range:
    return Range(high=Moment(offset=Offset(span)), by=True)


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
    f"at|in|towards|toward|near|the? the? EDGE {_OF}? around? the? THIS|NEXT|COMING|LAST? UNIT",
    ex="the end of next week",
)
def edge_of_cycle(edge: Word, *args: Word) -> Moment | None:
    which, unit = (args[0], args[-1]) if len(args) > 1 else ("this", args[0])
    if unit not in {"week", "month", "quarter", "year"}:
        return None
    return day(cycle=(unit, STEPS[which or "this"]), edge=edge)


@rule(
    "MOMENT",
    "in? the? ORD|LATTER half of MONTH YEAR?",
    "in? the? ORD|LATTER half of the? THIS|NEXT|COMING? UNIT",
    ex=("the second half of January", "the first half of next week"),
)
def half_of(n: Word, what: Word, unit: Word = None) -> Moment | None:
    if n not in (1, 2, "latter"):
        return None
    half: Word = "half1" if n == 1 else "half2"
    if isinstance(what, int):
        return edge_of_month(half, what, unit)
    return edge_of_cycle(half, what, unit)


@rule("MOMENT", "in? the? MIDWEEK", ex="midweek")
def midweek(_: bool) -> Moment:  # noqa: FBT001 - a category's value
    return day(edge="middle")


@rule("MOMENT", "for the day", ex=())
def the_day() -> Moment:
    return day(rel=0)


@rule("DURATION", "for SPANWORD", ex=())
def lasting_span(span: Duration) -> Duration:
    return span


@rule(
    "RANGE", "in more than QTY|SOME UNIT", "in at least QTY|SOME UNIT", ex="in at least two weeks"
)
def not_within(n: float, unit: Word) -> Range:
    return Range(low=from_now(n, unit))


@rule("RANGE", "for? the? rest|remainder of the|this? day|today", ex="the rest of the day")
def rest_of_day() -> Range:
    until = Moment(day=Day(rel=0), clock=Clock(24, None, None, "24"))
    return Range(low=Moment(offset=Offset(Duration(0, "second"))), high=until)


@rule("DURATION", "for QTY|SOME UNIT", ex=())
def lasting(n: float, unit: Word) -> Duration:
    return Duration(n, unit)


@rule("SPAN", "QTY|SOME UNIT", ex=())
def so_long(n: float, unit: Word) -> Duration:
    return Duration(n, unit)


@rule("MOMENT", "new year|years|year's day? YEAR?", ex="New Year's Day")
def new_year(year: int | None = None) -> Moment:
    return day(feast="neujahr", year=year)


@rule("MOMENT", "on|by|for? the? ORD|LAST WEEKDAY", ex="the first Monday")
def nth_weekday(n: Word, wd: int) -> Moment | None:
    """Of which month is said elsewhere, or it is the next that has one."""
    return day(nth=(n, f"wd{wd}")) if isinstance(n, int) and n <= 5 else None  # noqa: PLR2004


@rule(
    "MOMENT",
    "in|after SPANWORD time?",
    "in? SPANWORD hence|later|time",
    "in? SPANWORD from now|today",
    ex="in a quarter of an hour",
)
def span_from_now(span: Duration) -> Moment:
    return Moment(offset=Offset(span))


@rule(
    "MOMENT",
    "some|any? time? later in|on? THIS|NEXT UNIT",
    ex=("later this week", "later next week"),
)
def later_in_cycle(which: str, unit: str) -> Moment | None:
    if unit not in {"week", "month", "year"}:
        return None
    return day(cycle=(unit, STEPS[which]), edge="rest" if which == "this" else "end")


@rule(
    "RANGE",
    "as soon as possible",
    "asap",
    "the? soonest",
    "right|straight away",
    "the sooner the better",
    "as soon|early|quickly as you|i|we can|could",
    "at the|your earliest convenience",
    "the? first|next|earliest available",
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


_CLOSING = "eod|cob", "end of the? day", "close of business"


@rule("MOMENT", *(f"{words} on? REL" for words in _CLOSING), ex="EOD tomorrow")
def end_of_that_day(rel: int) -> Moment:
    return Moment(day=Day(rel=rel), clock=Clock(17, None, None, "24"))


@rule("MOMENT", *(f"{words} on? WEEKDAY" for words in _CLOSING), ex="close of business Friday")
def end_of_weekday(wd: int) -> Moment:
    return Moment(day=Day(wd=wd), clock=Clock(17, None, None, "24"))


_NTH_OF = "on|by|for|in? the? ORD|LAST|FINAL|BEHIND WEEKDAY|UNIT|CYCLE"


@rule("MOMENT", f"{_NTH_OF} of|in the? MONTH YEAR?", ex="the last Friday in October")
def nth_of_month(n: Word, what: Word, month: int, year: int | None = None) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, month=month, year=year)


@rule(
    "MOMENT",
    "on|by|for? the LAST|FINAL of|in the? MONTH",
    "on|by|for? the LAST|FINAL of the month|months",
    ex="the last of November",
)
def last_of_month(_: str, month: int | None = None) -> Moment:
    return day(nth=(-1, "day"), month=month)


@rule("MOMENT", f"{_NTH_OF} of|in the UNIT", ex="the last Friday of the month")
def nth_of_this(n: Word, what: Word, unit: str) -> Moment | None:
    """Of the month: of this one, or of the next where that day is over."""
    nth = nth_of(n, what)
    if unit == "month":
        return nth and day(nth=nth)
    return nth_in(n, what, (unit, 0)) if unit in {"week", "year"} else None


@rule("MOMENT", f"{_NTH_OF} of|in? THIS|NEXT|COMING|LAST UNIT", ex="the first Monday of next month")
def nth_of_cycle(n: Word, what: Word, which: str, unit: str) -> Moment | None:
    return nth_in(n, what, (unit, STEPS[which]))


@rule("MOMENT", "in? the? ORD|LAST|FINAL month of|in YEAR", ex="the third month of 2027")
def nth_month_of_year(n: Word, year: int) -> Moment | None:
    month = 12 if n == "last" else n
    return day(month=month, year=year) if month <= 12 else None  # noqa: PLR2004


@rule("MOMENT", "at|for|over? the? PART", ex="afternoon")
def part_of_day(part: str) -> Moment:
    return Moment(part=part)


@rule("MOMENT", "in|during|on the? PART", ex="in the afternoon")
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


@rule("MOMENT", "late WEEKDAY PART", ex="late Friday afternoon")
def late_on_weekday(wd: int, part: str) -> Moment:
    return replace(late_part(part), day=Day(wd=wd))


@rule("MOMENT", "late REL PART", ex="late tomorrow afternoon")
def late_on_day(rel: int, part: str) -> Moment:
    return replace(late_part(part), day=Day(rel=rel))


@rule("MOMENT", "early WEEKDAY PART", "WEEKDAY early PART", ex="early Friday morning")
def early_on_weekday(wd: int, part: str) -> Moment:
    return replace(early_part(part), day=Day(wd=wd))


@rule("MOMENT", "early REL PART", "REL early PART", ex="early tomorrow morning")
def early_on_day(rel: int, part: str) -> Moment:
    return replace(early_part(part), day=Day(rel=rel))


@rule("MOMENT", "in? the? mid|middle -? of? the? PART", ex="mid-morning")
def mid_part(part: str) -> Moment:
    return Moment(part={"morning": "mid_morning", "afternoon": "mid_afternoon"}.get(part, part))


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

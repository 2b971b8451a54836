"""German parts of the day, of weeks and months, and what is reckoned from now."""

from typing import Any

from domain.intent.dates_de import dates
from domain.intent.making import EARLY, LATE, STEPS, day, nth_in, nth_of
from domain.intent.moment import Clock, Day, Duration, Moment, Offset, Range

_OF = "der|des|vom|von|dieses|diesen|im|in"

layer = dates
rule = layer.rule  # the same layer; this file only keeps them apart for the reader


@rule("MOMENT", "in SPANWORD", "SPANWORD spater", ex="in einer Viertelstunde")
def span_from_now(span: Duration) -> Moment:
    return Moment(offset=Offset(span))


@rule("MOMENT", "zu|am? EDGEWORD", ex="Monatsende")
def edge_word(word: tuple[Any, str]) -> Moment:
    return day(cycle=(word[1], 0), edge=word[0])


@rule(
    "RANGE",
    "so bald|schnell|fruh wie|als moglich",
    "moglichst bald|schnell|fruh",
    "schnellstmoglich",
    "baldmoglichst",
    "ehestmoglich|schnellstens|baldigst|demnachst|zeitnah|kurzfristig",
    "recht|ziemlich|sehr bald",
    "sobald wie|als moglich",
    "ehebaldigst|asap|fruhestmoglich|schnellstmoglichst",
    "am schnellsten|ehesten",
    "so bald|schnell|fruh ' s geht",
    "so bald|schnell es geht",
    ex="so bald wie möglich",
)
def soonest() -> Range:
    return Range(low=Moment(offset=Offset(Duration(0, "second"))))


@rule(
    "RANGE", "NEXT|COMING QTY|SOME UNIT", "QTY|SOME NEXT|COMING UNIT", ex="die nächsten drei Tage"
)
def rolling(*args: Any) -> Range:
    n = next(a for a in args if not isinstance(a, str))
    return Range(rolling=Duration(n, args[-1]))


@rule(
    "MOMENT",
    "in um|etwa|fast|knapp|gut|genau? QTY|SOME UNIT",
    "in? QTY|SOME UNIT ab|von jetzt|sofort|heute|nun an?",
    ex=("in drei Wochen", "in einer Stunde"),
)
def from_now(n: float, unit: Any) -> Moment | None:
    return Moment(offset=Offset(Duration(n, unit)))


@rule("MOMENT", "vor QTY|SOME UNIT", ex=())
def ago(n: float, unit: Any) -> Moment:
    return Moment(offset=Offset(Duration(n, unit), -1))


@rule(
    "RANGE",
    "innerhalb|binnen von|der? nachsten? QTY UNIT",
    "in weniger als QTY UNIT",
    "in hochstens|maximal|spatestens QTY UNIT",
    "spatestens|hochstens in QTY UNIT",
    ex="innerhalb von zwei Wochen",
)
def within(n: float, unit: Any) -> Range:
    return Range(high=Moment(offset=Offset(Duration(n, unit))), by=True)


@rule("RANGE", "innerhalb|binnen von|der? nachsten? SPANWORD", ex="binnen einer Viertelstunde")
def within_span(span: Duration) -> Range:
    return Range(high=Moment(offset=Offset(span)), by=True)


@rule(
    "MOMENT",
    "zu|zum|am? anfang|beginn des|vom|von|im? MONTH YEAR?",
    "MONTH anfang|beginn",
    f"zu|zum? anfang|beginn {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex="Anfang Mai",
)
def beginning(*args: Any) -> Moment | None:
    return edge("begin", args)


@rule(
    "MOMENT",
    "zu|zur? mitte des|vom|von|im? MONTH YEAR?",
    "MONTH mitte",
    f"zu|zur? mitte {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex="Mitte Mai",
)
def middle(*args: Any) -> Moment | None:
    return edge("middle", args)


@rule(
    "MOMENT",
    "zu|zum|am|gegen? ende des|vom|von|im? MONTH YEAR?",
    "MONTH ende",
    f"zu|zum|am? ende {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex="Ende nächster Woche",
)
def end(*args: Any) -> Moment | None:
    return edge("end", args)


@rule(
    "MOMENT",
    f"in? der? ORD halfte {_OF}? THIS|NEXT|COMING|OVER? UNIT|MONTH",
    "in? der? ORD MONTH halfte",
    f"in? der? ORD UNIT halfte {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex=("in der zweiten Hälfte des Januars", "erste Januarhälfte"),
)
def half_of(n: int, *args: Any) -> Moment | None:
    if n not in (1, 2):
        return None
    return edge("half1" if n == 1 else "half2", args[-2:] if len(args) > 1 else args)


@rule(
    "MOMENT",
    f"rest {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    "restliche|restlichen UNIT",
    ex="der Rest der Woche",
)
def rest(*args: Any) -> Moment | None:
    return edge("rest", args)


def edge(which: Any, args: tuple[Any, ...]) -> Moment | None:
    """Beginning, middle, end or rest of a month by name, or of this, the next … unit."""
    first, last = args[0], args[-1]
    if isinstance(last, int) and (first is None or len(args) == 1):
        return day(month=last, edge=which)
    if isinstance(first, int):
        return day(month=first, edge=which, year=last if len(args) > 1 else None)
    unit = last or first
    if unit not in {"week", "month", "quarter", "year"}:
        return None
    return day(cycle=(unit, STEPS.get(first or "this", 0)), edge=which)


@rule(
    "MOMENT",
    "wochentags|werktags",
    "unter der woche",
    "an|unter werktagen|wochentagen|arbeitstagen",
    ex="unter der Woche",
)
def workdays() -> Moment:
    return day(cycle=("workweek", 0))


_NTH_OF = "in|an? am|im|zum|zur|der|die|das|den|dem? ORD|LAST WEEKDAY|UNIT|CYCLE"


@rule("MOMENT", "am|zum|bis LAST im|in|des|vom|von? MONTH", ex="am letzten Dezember")
def last_of_named_month(_: str, month: int) -> Moment:
    return day(nth=(-1, "day"), month=month)


@rule("MOMENT", f"{_NTH_OF} im|in|des|vom|von MONTH YEAR?", ex="letzter Freitag im Oktober")
def nth_of_month(n: Any, what: Any, month: int, year: int | None = None) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, month=month, year=year)


@rule("MOMENT", f"{_NTH_OF} des|der|vom|im UNIT", ex="am letzten Freitag des Monats")
def nth_of_this(n: Any, what: Any, unit: str) -> Moment | None:
    """Of the month: of this one, or of the next where that day is over."""
    nth = nth_of(n, what)
    if unit == "month":
        return nth and day(nth=nth)
    return nth_in(n, what, (unit, 0)) if unit in {"week", "year"} else None


@rule(
    "MOMENT",
    "am|zum|bis? monatsletzten|ultimo",
    "am|zum|bis letzten .|,|!|?|<end>",
    "am|zum|bis letzten des|im|diesen|dieses monats|monat",
    ex=("am Monatsletzten", "am Letzten"),
)
def last_of_month() -> Moment:
    return day(nth=(-1, "day"))


@rule("MOMENT", f"{_NTH_OF} im|in|des|der|vom FOLLOWING", ex="am ersten Freitag im neuen Jahr")
def nth_of_following(n: Any, what: Any, unit: str) -> Moment | None:
    return nth_in(n, what, (unit, 1))


@rule("MOMENT", "am|zum|bis? monatsersten", ex="am Monatsersten")
def first_of_month() -> Moment:
    return day(dom=1)


@rule("MOMENT", "in? der|die|am|den? ORD|LAST MONTH UNIT|CYCLE|WEEKDAY", ex="die dritte Juliwoche")
def nth_week_of_month(n: Any, month: int, what: str) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, month=month)


@rule("RANGE", "zwischen den jahren", ex="zwischen den Jahren")
def between_the_years() -> Range:
    return Range(day(month=12, dom=27), day(month=12, dom=31))


@rule(
    "MOMENT",
    "in? der? kw|kalenderwoche NUM",
    "in? der? ORD|WEEKNO|NUM kalenderwoche|kw",
    ex="KW 31",
)
def calendar_week(n: float) -> Moment | None:
    return day(cycle=("kw", int(n))) if 1 <= n <= 53 else None  # noqa: PLR2004


@rule("RANGE", "in den NEXT|COMING UNIT", ex="in den nächsten Tagen")
def coming_units(_: str, unit: Any) -> Range | None:
    """The plural of "in der nächsten Woche": some of them, from now on."""
    return Range(low=Moment(offset=Offset(Duration(0, "second"))), length=Duration(3, unit))


@rule(
    "MOMENT",
    f"{_NTH_OF} im|in|des|der|vom|von? THIS|NEXT|COMING|OVER UNIT",
    ex="am ersten Montag des nächsten Monats",
)
def nth_of_cycle(n: Any, what: Any, which: str, unit: str) -> Moment | None:
    return nth_in(n, what, (unit, STEPS[which]))


@rule(
    "MOMENT",
    "QTY|SOME UNIT spater|danach|drauf|darauf",
    "um? QTY|SOME UNIT nach hinten",
    ex="eine Stunde später",
)
def later(n: float, unit: Any) -> Moment:
    return Moment(offset=Offset(Duration(n, unit)))


@rule(
    "MOMENT", "QTY|SOME UNIT fruher|eher|davor|vorher", "um? QTY|SOME UNIT nach vorn|vorne", ex=()
)
def sooner(n: float, unit: Any) -> Moment:
    return Moment(offset=Offset(Duration(n, unit), -1))


@rule(
    "MOMENT",
    "am|in|gegen|zu? den|der? spat|spate|spaten|spater|spateren|spaterer PART",
    "spat|spater am|in|gegen der? PART",
    "PART spat",
    ex="am späten Nachmittag",
)
def late_part(part: str) -> Moment:
    return Moment(part=LATE.get(part, part))


@rule(
    "MOMENT",
    "am|in? den|der? fruh|fruhe|fruhen|fruher|fruheren PART",
    "fruh am|in der? PART",
    ex="am frühen Abend",
)
def early_part(part: str) -> Moment:
    return Moment(part=EARLY.get(part, part))


@rule("MOMENT", "am fruhen morgen", "in aller fruhe|fruh", "in der fruhe", ex="am frühen Morgen")
def early_morning() -> Moment:
    return Moment(part="early")


@rule("DURATION", "fur SPANWORD", ex=())
def lasting_span(span: Duration) -> Duration:
    return span


@rule("DURATION", "fur QTY|SOME UNIT", ex=())
def lasting(n: float, unit: Any) -> Duration:
    return Duration(n, unit)


@rule("SPAN", "QTY|SOME UNIT", ex=())
def so_long(n: float, unit: Any) -> Duration:
    return Duration(n, unit)


@rule("MOMENT", "am|den|der? ORD WEEKDAY", ex="am ersten Montag")
def nth_weekday(n: int, wd: int) -> Moment | None:
    """Of which month is said elsewhere, or it is the next that has one."""
    return day(nth=(n, f"wd{wd}")) if n <= 5 else None  # noqa: PLR2004


@rule("MOMENT", "PART", ex="nachmittags")
def part_of_day(part: str) -> Moment:
    return Moment(part=part)


@rule(
    "MOMENT", "am|im|an|zum|in|zu|gegen|uber den|der|dem|da? ganzen|ganze? PART", ex="am Vormittag"
)
def in_part_of_day(part: str) -> dict[str, Moment]:
    """An hour may stand before it: "drei am Nachmittag"."""
    return {"MOMENT": Moment(part=part), "PARTPHRASE": Moment(part=part)}


@rule("MOMENT", "am|zum|THIS morgen", "uber|wahrend|durch den morgen", ex="am Morgen")
def in_the_morning(*_: object) -> Moment:
    return Moment(part="morning")


@rule("MOMENT", "heute|heut|hut|WEEKDAY|gestern morgen|morgens", ex="Freitag Morgen")
def weekday_morning(wd: int | None = None) -> Moment:
    return Moment(day=Day(rel=0) if wd is None else Day(wd=wd), part="morning")


@rule("MOMENT", "THIS PART", ex="diesen Nachmittag")
def this_part(_: str, part: str) -> Moment:
    return Moment(day=Day(rel=0), part=part)


@rule("MOMENT", "zu|zum|am? ende des? tages|tag", "tagesende", ex="Ende des Tages")
def end_of_day() -> Moment:
    return Moment(day=Day(rel=0), clock=Clock(24, None, None, "24"))


@rule(
    "RANGE",
    "fur? der|den|am|im? rest|restlichen des? heutigen|dieses? tages|tag",
    ex="für den Rest des Tages",
)
def rest_of_day() -> Range:
    until = Moment(day=Day(rel=0), clock=Clock(24, None, None, "24"))
    return Range(low=Moment(offset=Offset(Duration(0, "second"))), high=until)


@rule(
    "MOMENT",
    "vor der arbeit|schule",
    "vor arbeitsbeginn|schulbeginn|dienstbeginn",
    ex="vor der Arbeit",
)
def before_work() -> Moment:
    return Moment(part="early")


@rule("MOMENT", "nach der schule", "nach schulschluss|schulende", ex="nach der Schule")
def after_school() -> Moment:
    return Moment(part="after_school")


@rule(
    "MOMENT",
    "nach der arbeit",
    "nach feierabend|buroschluss|dienstschluss|arbeitsschluss|dienstende|arbeitsende",
    ex="nach der Arbeit",
)
def after_work() -> Moment:
    return Moment(part="after_work")


@rule("MOMENT", "nach dem? mittagessen|essen|mittagspause", ex="nach dem Mittagessen")
def after_lunch() -> Moment:
    return Moment(part="after_lunch")


@rule("MOMENT", "am|der? ORD UNIT nach FEAST", ex=())
def nth_day_beside(n: int, unit: Any, name: str) -> Moment:
    return day(after=Offset(Duration(n, unit), base=day(feast=name)))


@rule("MOMENT", "FEAST YEAR?", ex="an Silvester")
def feast(name: str, year: int | None = None) -> Moment:
    return day(feast=name, year=year)


@rule("MOMENT", "jetzt gleich?", "sofort", ex=())
def now() -> Moment:
    return Moment(offset=Offset(Duration(0, "second")))

"""German dates, parts of the day, and what is reckoned from today."""

from typing import Any

from domain.intent.grammar import Layer
from domain.intent.moment import Day, Duration, Moment, Offset, Range

numbers = Layer("numbers-de")
early = Layer("early-de")  # looks before all else: numbers, idioms, what must not be read as time
dates = Layer("dates-de")
rule = dates.rule

EIGHT_DAYS_ARE_A_WEEK = 8
_CENTURY = 2000
# Words before a date that do not change it.
AM = "am|der|den|dem|vom|zum|fur"


@numbers.rule("NUM", "NUM und NUM", ex=())
def spaced_number(unit: float, ten: float) -> dict[str, Any] | None:
    """`fünf und zwanzig`, as recognisers now and then write it."""
    from domain.intent.lexicon_de import number_cats  # noqa: PLC0415 - the lexicon loads with its language

    good = 1 <= unit <= 9 and ten in {20, 30, 40, 50}  # noqa: PLR2004
    return number_cats(unit + ten) if good else None


def day(**constraints: Any) -> Moment:
    return Moment(day=Day(**constraints))


def full_year(year: int | None) -> int | None:
    return year if year is None or year >= 100 else _CENTURY + year  # noqa: PLR2004


@early.rule("SKIP",
    "guten|gute|gut|schonen|schoner|schones morgen|tag|abend|nachmittag|nacht|"
    "mittag|wochenende|feierabend|woche",
            "guten|gute|schonen|schoner|schones PART", "guten REL", "schonen|guten UNIT",
            ex=())  # fmt: skip
def greeting(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule("SOME", "ein|der|den? paar", ex=())
def a_couple() -> dict[str, Any]:
    return {"SOME": 2}


@early.rule("SOME", "wenige|wenigen|einige|einigen|mehreren", ex=())
def some() -> dict[str, Any]:
    return {"SOME": 3}


@early.rule("QTY", "ein|eine|einer|einem|ner? halbe|halben|halbes", ex=())
def half_a() -> dict[str, Any]:
    return {"QTY": 0.5}


@early.rule("SPANWORD", "eine|einer|ner|ein? SPANWORD", ex=())
def one_span(span: Duration) -> Duration:
    return span


@early.rule(
    "SKIP",
    "um|gegen|so? punkt|schlag|exakt|rund|circa|zirka|ca|etwa|ungefahr um?",
    "so um|gegen|ca|circa",
    "um genau",
    ex=(),
)
def prefix() -> dict[str, Any]:
    """`um Punkt zehn`, "so gegen elf": any number of such words are one "um"."""
    return {"WORD": "um"}


@early.rule("SKIP", "drei viertel", ex=())
def split_three_quarters() -> dict[str, Any]:
    return {"WORD": "dreiviertel"}


@early.rule("SKIP", "QTY euro MIN?", "QTY uhr? prozent", ex=())
def money(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule("SKIP", "ORD|NUM|QTY NOUN", "am|der|den|dem|vom|zum|die|das ORD NOUN", ex=())
def counted(*_: object) -> dict[str, Any] | None:
    """`der erste Termin`, "zwei Personen": what is counted is no time."""
    return {"SKIP": True}


@early.rule("FEAST", "ORD weihnachtstag|weihnachtsfeiertag|weihnachten", ex=())
def christmas(n: int) -> str | None:
    return {1: "weihnachten", 2: "stephanstag"}.get(n)


@early.rule("FEAST", "ORD advent|adventssonntag", ex=())
def advent(n: int) -> str | None:
    return f"advent{n}" if 1 <= n <= 4 else None  # noqa: PLR2004


@early.rule("FEAST", "heilige drei konige|konig", "heiligen drei konige", ex=())
def epiphany() -> str:
    return "dreikonig"


@early.rule("FEAST", "tag der arbeit", ex=())
def labour_day() -> str:
    return "maifeiertag"


@early.rule("FEAST", "tag der deutschen einheit", ex=())
def unity_day() -> str:
    return "einheit"


@early.rule("FEAST", "buss und bettag", ex=())
def repentance_day() -> str:
    return "bussbettag"


@early.rule("FEAST", "christi himmelfahrt", ex=())
def ascension() -> str:
    return "himmelfahrt"


@rule("MOMENT", "in? SPANWORD", ex="in einer Viertelstunde")
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
    "ehestmoglich",
    "so bald|schnell es geht",
    ex="so bald wie möglich",
)
def soonest() -> Range:
    return Range(low=Moment(offset=Offset(Duration(0, "second"))))


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


@rule("RANGE", "innerhalb|binnen von|der? nachsten? QTY UNIT", ex="innerhalb von zwei Wochen")
def within(n: float, unit: Any) -> Range:
    return Range(high=Moment(offset=Offset(Duration(n, unit))), by=True)


_OF = "der|des|vom|von|dieses|diesen|im|in"


@rule(
    "MOMENT",
    "anfang MONTH YEAR?",
    f"zu|zum? anfang|beginn {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex="Anfang Mai",
)
def beginning(*args: Any) -> Moment | None:
    return edge("begin", args)


@rule(
    "MOMENT",
    "mitte MONTH YEAR?",
    f"zu|zur? mitte {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex="Mitte Mai",
)
def middle(*args: Any) -> Moment | None:
    return edge("middle", args)


@rule(
    "MOMENT",
    "ende MONTH YEAR?",
    f"zu|zum|am? ende {_OF}? THIS|NEXT|COMING|OVER? UNIT",
    ex="Ende nächster Woche",
)
def end(*args: Any) -> Moment | None:
    return edge("end", args)


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
    if isinstance(first, int):
        return day(month=first, edge=which, year=last if len(args) > 1 else None)
    unit = last or first
    if unit not in {"week", "month", "year"}:
        return None
    return day(cycle=(unit, STEPS.get(first or "this", 0)), edge=which)


@rule("MOMENT", "wochentags|werktags", "unter der woche", ex="unter der Woche")
def workdays() -> Moment:
    return day(cycle=("workweek", 0))


_NTH_OF = "ORD|LAST WEEKDAY|UNIT|CYCLE"
STEPS = {"this": 0, "next": 1, "coming": 1, "over": 2, "last": -1, "beforelast": -2}


@rule("MOMENT", f"{_NTH_OF} im|in|des|vom|von MONTH YEAR?", ex="letzter Freitag im Oktober")
def nth_of_month(n: Any, what: Any, month: int, year: int | None = None) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, month=month, year=year)


@rule("MOMENT", "ORD|LAST MONTH UNIT|CYCLE", ex="die dritte Juliwoche")
def nth_week_of_month(n: Any, month: int, what: str) -> Moment | None:
    nth = nth_of(n, what)
    return nth and day(nth=nth, month=month)


@rule("MOMENT", "in? der? kw|kalenderwoche NUM", "in? der? ORD kalenderwoche", ex="KW 31")
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
    nth = nth_of(n, what)
    return nth and day(nth=nth, cycle=(unit, STEPS[which]))


def nth_of(n: Any, what: Any) -> tuple[int, str] | None:
    count = -1 if n == "last" else n
    if isinstance(what, int):
        return count, f"wd{what}"
    return (count, what) if what in {"day", "week", "weekend", "workweek"} else None


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
    "am|in|gegen? den|der? spat|spate|spaten|spater PART",
    "PART spat",
    ex="am späten Nachmittag",
)
def late_part(part: str) -> Moment:
    return Moment(part=LATE.get(part, part))


@rule("MOMENT", "am|in? den|der? fruh|fruhe|fruhen|fruher PART", ex="am frühen Abend")
def early_part(part: str) -> Moment:
    return Moment(part=EARLY.get(part, part))


@rule("MOMENT", "am fruhen morgen", "in aller fruhe|fruh", "in der fruhe", ex="am frühen Morgen")
def early_morning() -> Moment:
    return Moment(part="early")


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


@rule(
    "RANGE",
    "vom|von|zwischen? dem? ORD|DOM bis|-|und zum|zu|dem? ORD|DOM MONTH YEAR?",
    ex="vom 4. bis 9. Mai",
)
def days_of_month(low: int, high: int, month: int, year: int | None = None) -> Range:
    return Range(day(dom=low, month=month, year=year), day(dom=high, month=month, year=year))


@rule("RANGE", "vom|zwischen dem? ORD bis|-|und zum|zu|dem? ORD", ex="vom 4. bis zum 9.")
def days_from_to(low: int, high: int) -> Range:
    return Range(day(dom=low), day(dom=high))


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

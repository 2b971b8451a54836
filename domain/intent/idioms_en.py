"""English words that are settled before clock times and dates are looked for.

Numbers of several words, phrases that stand for one word, greetings, amounts: what must not be
read as a time is taken out of the way here.
"""

from collections.abc import Callable
from typing import Any

from domain.intent.grammar import Layer
from domain.intent.lexicon_de import number_cats
from domain.intent.making import STEPS, day
from domain.intent.moment import Clock, Duration, Moment, Offset, Range

numbers = Layer("numbers-en")


early = Layer("early-en")
amounts = Layer("amounts-en")


_UNTIL = "to|-|till|until|through|thru|and"


@numbers.rule("NUM", "TENS -? WNUM", ex=())
def tens_and_units(ten: int, unit: float) -> dict[str, Any] | None:
    if not 1 <= unit <= 9:  # noqa: PLR2004
        return None
    cats = number_cats(ten + unit)
    return cats | {f"W{cat}": n for cat, n in cats.items()}


@numbers.rule("YEAR", "twenty TENS -? WNUM?", "two thousand and? TENS -? WNUM?", ex=())
def spoken_year(ten: int, unit: float | None = None) -> dict[str, Any] | None:
    """`twenty twenty-seven`; behind "at" the same words are a time."""
    n = ten + int(unit or 0)
    if not 20 <= n <= 59 or not 0 <= (unit or 1) <= 9:  # noqa: PLR2004
        return None
    return {"YEAR": 2000 + n, "COMPACT": Clock(20, n, None, "24")}


@numbers.rule("ORD", "TENS -? ORD", ex=())
def tens_and_ordinal(ten: int, unit: int) -> int | None:
    return ten + unit if 1 <= unit <= 9 and ten + unit <= 31 else None  # noqa: PLR2004


@early.rule("SOME", "a few", "few", "several", "some", ex=())
def some() -> dict[str, Any]:
    return {"SOME": 3}


@early.rule("SOME", "a? couple of?", ex=())
def a_couple() -> dict[str, Any]:
    return {"SOME": 2}


@early.rule(
    "SKIP",
    "at|around about|around|exactly|precisely|roughly|approximately|approx|maybe|perhaps|say|like",
    "let's say at|around?",
    "and? that's at",
    ex=(),
)
def prefix() -> dict[str, Any]:
    """`at about three`, "let's say three": any number of such words are one "at"."""
    return {"WORD": "at"}


@early.rule("SKIP", "up? to|until|till|through and including", ex=())
def until_and_with() -> dict[str, Any]:
    return {"WORD": "until"}


@early.rule("SKIP", "on the dot|nose", ex=())
def on_the_dot() -> dict[str, Any]:
    return {"WORD": "sharp"}


@early.rule("EDGE", "first|early|earlier part", ex=())
def first_part() -> str:
    return "begin"


@early.rule("EDGE", "latter|last|final|later part", ex=())
def last_part() -> str:
    return "end"


@early.rule("SKIP", "between the hours of", ex=())
def between() -> dict[str, Any]:
    return {"WORD": "between"}


@early.rule("SKIP", "the week beginning|starting|commencing on?", "week commencing", ex=())
def week_beginning() -> dict[str, Any]:
    """Before "beginning December" can be read as its first days."""
    return {"WORD": "week-of"}


@early.rule("UNIT", "business|working|work|week day|days", ex=())
def working_day() -> str:
    return "workday"


@early.rule("SPANWORD", "a|one SPANWORD", ex=())
def one_span(span: Duration) -> Duration:
    return span


@early.rule("SPANWORD", "three - quarters of an hour", "three quarters of an hour", ex=())
def three_quarters() -> Duration:
    return Duration(45, "minute")


@early.rule("SKIP", "may NOUN", ex=())
def may_verb(*_: object) -> dict[str, Any]:
    """English verbs are strangers to the lexicon; months are followed by figures or nothing."""
    return {"SKIP": True}


@early.rule("QTY", "half an|a", ex=())
def half_a() -> dict[str, Any]:
    return {"QTY": 0.5}


@early.rule("SPANWORD", "a? half hour", ex=())
def half_hour() -> Duration:
    return Duration(30, "minute")


@early.rule("SPANWORD", "QTY UNIT and? QTY UNIT", ex=())
def hours_and_minutes(hours: float, a: str, minutes: float, b: str) -> Duration | None:
    return Duration(60 * hours + minutes, "minute") if (a, b) == ("hour", "minute") else None


@early.rule(
    "MOMENT",
    "in|after about|around|approximately|approx|roughly|maybe|exactly|just|like|circa|only "
    "QTY|SOME UNIT '? time?",
    ex=(),
)
def in_about(n: float, unit: Any) -> Moment:
    """Before the clock takes "about two" for an hour."""
    return Moment(offset=Offset(Duration(n, unit)))


@early.rule(
    "SKIP",
    "mr|mrs|ms|miss|dr|mister .? WEEKDAY|MONTH",
    "name is|was|'s WEEKDAY|MONTH MONTH?",
    "MONTH speaking|here",
    "i'm MONTH",
    "i am MONTH .|,|<end>",
    "called|named WEEKDAY|MONTH",
    "name's WEEKDAY|MONTH",
    ex=(),
)
def surname(*_: object) -> dict[str, Any]:
    """`Mr. March`, "my name is April"."""
    return {"SKIP": True}


@early.rule(
    "SKIP",
    "the ORDW one|ones .|,|!|?|<end>|please|is|works|sounds|looks|would",
    "cost|costs|pay|paid|price is|was? POINTCLOCK|FIGCLOCK",
    "POINTCLOCK|POINTDATE|NUM euro|euros|dollars|bucks|pounds|quid|francs|percent|miles|stars",
    "the|my|your|a|for ORDW time|times|available|visit|appointment|slot|opening|thing|place|name",
    ex=(),
)
def no_date(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule("MIDWEEK", "mid|middle - week", ex=())
def hyphened_midweek() -> bool:
    return True


@early.rule("CYCLE", "week - end", ex=())
def hyphened() -> dict[str, Any]:
    return {"CYCLE": "weekend"}


@early.rule("SPANWORD", "a|an? quarter of? an? hour", ex=())
def quarter_hour() -> Duration:
    return Duration(15, "minute")


@early.rule("SPANWORD", "an|one hour and a half", ex=())
def hour_and_a_half() -> Duration:
    return Duration(90, "minute")


@early.rule("SPANWORD", "QTY UNIT and a half", ex=())
def units_and_a_half(n: float, unit: Any) -> Duration | None:
    minutes = {"hour": 60, "minute": 1}.get(unit)
    return Duration(round(minutes * (n + 0.5)), "minute") if minutes else None


@early.rule("QTY", "NUM and a half", ex=())
def and_a_half(n: float) -> dict[str, Any]:
    return {"QTY": n + 0.5}


@early.rule("SKIP", "NUM to|- NUM NOUN", ex=())
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


@early.rule(
    "SKIP",
    "happy|merry|blessed FEAST day?",
    "happy new year",
    "for|by|until|till now",
    "now and then|again",
    "one on|by|to one",
    "all|whole|entire day long?",
    ex=(),
)
def phrases_of_no_time(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule("SKIP", "table|party|group|reservation|seats|dinner|lunch for|of NUM", ex=())
def seats_for(*_: object) -> dict[str, Any]:
    """`a table for two on Friday`: people, not an hour."""
    return {"SKIP": True}


@early.rule("SKIP", "the|that|another|which|same|past one", ex=())
def that_one(*_: object) -> dict[str, Any]:
    """`the one on Tuesday`: what is spoken of, not an hour."""
    return {"SKIP": True}


@early.rule("CLOCK", "the one o'clock|oclock|pm", ex=())
def the_one_o_clock(*_: object) -> Moment:
    return Moment(clock=Clock(1))


@early.rule("SKIP", "prior to", "ahead of", ex=())
def prior_to() -> dict[str, Any]:
    return {"WORD": "before"}


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


_FEASTS = {
    "christmas|xmas eve": "heiligabend",
    "new year|years|year's eve": "silvester",
    "boxing day": "stephanstag",
    "good friday": "karfreitag",
    "easter monday": "ostermontag",
    "easter sunday|day": "ostern",
    "maundy|holy thursday": "grundonnerstag",
    "holy saturday": "karsamstag",
    "ash wednesday": "aschermittwoch",
    "palm sunday": "palmsonntag",
    "whit sunday": "pfingsten",
    "whit|pentecost monday": "pfingstmontag",
    "may day": "maifeiertag",
    "labor|labour day": "labor",
    "independence day": "unabhangigkeit_us",
    "mother's|mothers day": "muttertag",
    "father's|fathers day": "vatertag_us",
    "valentine|valentine's|valentines day?": "valentin",
    "saint|st|st. patrick|patrick's|patricks day": "patrick",
    "x - mas": "weihnachten",
    "mlk jr|junior? day": "mlk",
    "martin luther king jr|junior .? day": "mlk",
    "presidents ' day": "presidents",
    "washington's birthday": "presidents",
    "indigenous peoples|people's|peoples' '? day": "columbus",
    "veterans ' day": "veterans",
    "remembrance|armistice day": "veterans",
    "st|saint .? paddy|paddy's|patrick's|patricks day": "patrick",
    "groundhog day": "groundhog",
    "earth day": "earthday",
    "flag day": "flagday",
    "cinco de mayo": "cincodemayo",
    "canada day": "canadaday",
    "guy fawkes night|day": "guyfawkes",
    "bonfire night": "guyfawkes",
    "cyber monday": "cybermonday",
    "mardi gras": "faschingsdienstag",
    "shrove|fat|pancake tuesday|day": "faschingsdienstag",
    "three kings|king's|kings' '? day": "dreikonig",
    "ascension|ascencion day": "himmelfahrt",
    "corpus christi": "fronleichnam",
    "all saints|saint's|saints' day": "allerheiligen",
    "all souls day": "allerseelen",
    "black friday": "blackfriday",
    "memorial day": "memorial",
    "veterans|veteran's day": "veterans",
    "columbus day": "columbus",
    "president's|presidents day": "presidents",
    "martin luther king|king's day?": "mlk",
    "april fool|fools|fool's day": "aprilscherz",
}


def _feast(name: str) -> Callable[[], str]:
    return lambda: name


for _words, _name in _FEASTS.items():
    early.rule("FEAST", _words)(_feast(_name))


@early.rule("ORD", "ORD -? last", "last but one", ex=())
def from_behind(n: int | None = None) -> dict[str, Any]:
    return {"BEHIND": -(n or 2)}


@early.rule(
    "RANGE", f"from|between? the? ORD|DOM {_UNTIL} the? ORD|DOM of? MONTH", ex="12 to 16 September"
)
def days_of_month(low: int, high: int, month: int) -> Range | None:
    if low >= high:  # "ten to three, December ..."
        return None
    return Range(day(dom=low, month=month), day(dom=high, month=month))


@early.rule(
    "RANGE", f"from|between|on? MONTH the? ORD|DOM {_UNTIL} the? ORD|DOM", ex="July 13 to 15"
)
def month_days(month: int, low: int, high: int) -> Range | None:
    return days_of_month(low, high, month)


@early.rule(
    "RANGE",
    f"from|between|on? the? ORD|DOM {_UNTIL} the? ORD|DOM of|in THIS|NEXT|COMING month",
    ex="from the 4th to the 9th of next month",
)
def days_of_cycle(low: int, high: int, which: str) -> Range:
    cycle = ("month", STEPS[which])
    return Range(day(dom=low, cycle=cycle), day(dom=high, cycle=cycle))


@amounts.rule("SKIP", "NUM NOUN", ex=())
def amount_of(*_: object) -> dict[str, Any]:
    """`two people`; asked after clock times, so that "at three thirty" keeps its minutes."""
    return {"SKIP": True}

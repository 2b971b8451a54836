"""English clock times, British and American. "Half four" is 4:30 here, unlike in German."""

from dataclasses import replace
from typing import Any, Literal

from domain.intent.clocks_de import around, at
from domain.intent.grammar import Layer
from domain.intent.moment import Clock, Day, Moment, Range, with_day

clocks = Layer("clocks-en")
rule = clocks.rule

AT = "at|@|for|around|about|circa|approximately|roughly|exactly|like"
_NOON = 12
_QUARTER = 15


def halved(moment: Moment | None, half: Literal["am", "pm"] | None) -> Moment | None:
    """With a.m. or p.m.; "15:00 p.m." is clear by its figure."""
    if moment is None or moment.clock is None or half is None or moment.clock.hour > _NOON:
        return moment
    return replace(moment, clock=replace(moment.clock, half=half))


@rule("CLOCK", f"{AT}? HOUR -? ish? HALF", "at|@ HOUR HALFLETTER", ex=("3 pm", "at 3pm"))
def hour_half(hour: int, half: Literal["am", "pm"]) -> Moment | None:
    return halved(at(hour), half) if hour > 0 else at(0)


@rule(
    "CLOCK",
    f"{AT}? HOUR o'clock|oclock|clock HALF?",
    f'{AT}? HOUR o " clock HALF?',
    ex="four o'clock",
)
def o_clock(hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return halved(at(hour), half)


@rule("CLOCK", f"{AT}? FIGCLOCK|POINTCLOCK HALF|HALFLETTER?", ex=("15:30", "8.30pm"))
def figures(clock: Clock, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return halved(Moment(clock=clock), half)


@rule(
    "CLOCK",
    f"{AT}? HOUR|FIGCLOCK|POINTCLOCK o'clock? in the PART",
    f"{AT}? HOUR|FIGCLOCK|POINTCLOCK o'clock? at night",
    ex=("seven in the morning", "8 at night"),
)
def hour_in_part(hour: int | Clock, part: str = "night") -> Moment | None:
    """Before a weekday can take the number for its date: "Friday nine in the morning"."""
    clock = hour if isinstance(hour, Clock) else Clock(hour)
    if clock.half == "24" or clock.hour > _NOON:
        return Moment(clock=clock)
    return Moment(clock=clock, part=part) if clock.hour else None


@rule("MOMENT", "MONTH FIGDOM HOUR HALF", ex="December 3 11 am")
def date_then_hour(month: int, dom: int, hour: int, half: Literal["am", "pm"]) -> Moment | None:
    clock = halved(at(hour), half)
    return clock and replace(clock, day=Day(month=month, dom=dom))


@rule(
    "CLOCK",
    f"{AT}? oh|o|zero HOUR hundred hours|hrs?",
    f"{AT} HOUR hundred hours|hrs?",
    "HOUR hundred hours|hrs",
    f"{AT}? oh|o|zero HOUR WMIN hours|hrs?",
    ex=("at oh eight hundred", "fifteen hundred hours"),
)
def military(hour: int, minute: int | None = None) -> Moment | None:
    if hour <= 0 or (minute is not None and minute < 10):  # noqa: PLR2004 - a number by its figures
        return None
    return Moment(clock=Clock(hour, minute or 0, None, "24"))


@rule("CLOCK", f"{AT}? HOUR -? oh|o|zero -? NUM HALF?",
      f"{AT}? HOUR LEADMIN HALF", "at HOUR LEADMIN",
      ex=("at five oh five pm", "5 05 pm"))  # fmt: skip
def leading_nought(
    hour: int, minute: float, half: Literal["am", "pm"] | None = None
) -> Moment | None:
    return halved(at(hour, int(minute)), half) if 0 < minute < 10 and hour else None  # noqa: PLR2004


@rule(
    "CLOCK",
    f"{AT}? COMPACT HALF|HALFLETTER",
    "at|@ COMPACT",
    "at|@? COMPACT hours|hrs",
    ex=("330 p.m.", "at 1140", "1500 hours"),
)
def compact(clock: Clock, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return halved(Moment(clock=clock), half)


@rule("CLOCK", f"{AT}? half -? past|after? HOUR HALF?", ex=("half past three", "half four"))
def half_past(hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return halved(at(hour, 30), half) if hour <= _NOON else at(hour, 30)


@rule(
    "CLOCK",
    f"{AT}? a? quarter past|after HOUR HALF?",
    f"{AT}? quarter over HOUR HALF?",
    ex="quarter past two",
)
def quarter_past(hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return halved(around(hour, _QUARTER), half)


@rule("CLOCK", f"{AT}? a? quarter to|of|till|before HOUR HALF?", ex="a quarter to one")
def quarter_to(hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return _before(hour, _QUARTER, half)


@rule("CLOCK", f"{AT}? MIN minutes|minute|min? past|after HOUR HALF?", ex="twenty past eight")
def past(minutes: int, hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return halved(around(hour, minutes), half)


@rule("CLOCK", f"{AT}? MIN minutes|minute|min to|till|before HOUR HALF?", ex="20 minutes to six")
def minutes_to(minutes: int, hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return _before(hour, minutes, half)


@rule(
    "CLOCK",
    f"{AT} MIN to|till|before|of HOUR HALF?",
    "WMIN to|till|before|of WHOUR HALF?",
    ex="ten to six",
)
def to(minutes: int, hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    """Only the minutes that are said so; "two to four" is something else."""
    return _before(hour, minutes, half) if minutes % 5 == 0 and minutes else None


@rule("CLOCK", "MIN to HOUR HALF?", ex="20 to 3")
def figures_to(minutes: int, hour: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    return None if minutes < hour else to(minutes, hour, half)  # "5 to 7" is from–to, see below


@rule(
    "RANGE",
    "between|from quarter past|after and|to|until half past? HOUR HALF?",
    ex="between quarter past and half past three",
)
def quarter_to_half(hour: int, half: Literal["am", "pm"] | None = None) -> Range | None:
    a, b = halved(around(hour, _QUARTER), half), halved(at(hour, 30), half)
    return Range(low=a, high=b) if a and b else None


@rule(
    "RANGE",
    "from|between HOUR WMIN? to|till|until|and|- HOUR WMIN HALF?",
    ex="from four to four thirty",
)
def spoken_from_to(
    low: int, since: int | None, high: int, to: int, half: Literal["am", "pm"] | None = None
) -> Range | None:
    if to < 10 or (since is not None and since < 10):  # noqa: PLR2004 - "four five" is no time
        return None
    b = halved(at(high, to), half)
    return Range(low=at(low, since), high=b) if b else None


@rule("RANGE", "HOUR to|-|till|until HOUR HALF?", ex="10 to 11")
def figures_from_to(low: int, high: int, half: Literal["am", "pm"] | None = None) -> Range | None:
    """Two hours in figures, the second later: from–to. Words ("ten to six") were read above."""
    if not low < high <= _NOON:
        return None
    return hours_from_to(low, None, high, half)


@rule("RANGE", "from|between HOUR HALF? to|till|until|and|- HOUR HALF?", ex="from five to seven")
def hours_from_to(
    low: int, low_half: Literal["am", "pm"] | None, high: int, high_half: Literal["am", "pm"] | None
) -> Range | None:
    """Before "five to seven" can be read as 6:55."""
    a, b = halved(at(low), low_half), halved(at(high), high_half)
    return Range(low=a, high=b) if a and b else None


_HALVES = "HOUR HALFLETTER to|till|until|and|- HOUR HALFLETTER"


@rule("RANGE", f"from|between? {_HALVES}", ex="9a-11a")
def letters_from_to(low: int, a: Any, high: int, b: Any) -> Range | None:
    return hours_from_to(low, a, high, b)


@rule("RANGE", f"WEEKDAY ,? from|between? {_HALVES}", ex=())
def day_letters_from_to(wd: int, low: int, a: Any, high: int, b: Any) -> Moment | Range | None:
    span = hours_from_to(low, a, high, b)
    return with_day(span, Moment(day=Day(wd=wd))) if span else None


@rule("MOMENT", "WEEKDAY ,? at? HOUR HALFLETTER", ex="Friday 9a")
def day_letter(wd: int, hour: int, half: Literal["am", "pm"]) -> Moment | None:
    clock = halved(at(hour), half)
    return clock and replace(clock, day=Day(wd=wd))


@rule("MOMENT", "HOUR HALFLETTER on? WEEKDAY", ex="2p on Friday")
def letter_day(hour: int, half: Literal["am", "pm"], wd: int) -> Moment | None:
    return day_letter(wd, hour, half)


@rule("RANGE", "WEEKDAY ,? FIGDOM to|-|till|until HOUR HALF?", ex="Friday 9-5")
def day_figures(
    wd: int, low: int, high: int, half: Literal["am", "pm"] | None = None
) -> Moment | Range | None:
    """Hours rather than days of the month, which are said with "the" or "-th"."""
    span = hours_from_to(low, None, opening(low, high), half) if low <= _LATEST else None
    return with_day(span, Moment(day=Day(wd=wd))) if span else None


@rule("RANGE", "WEEKDAY ,? FIGDOM to|-|till|until FIGDOM of? MONTH", ex="Friday 4 to 8 December")
def day_dates(wd: int, low: int, high: int, month: int) -> Range | None:
    first = Moment(day=Day(wd=wd, dom=low, month=month))
    return Range(first, Moment(day=Day(dom=high, month=month))) if low < high else None


def opening(low: int, high: int) -> int:
    """`nine to five`: an end that is earlier by its number is in the afternoon."""
    return high + _NOON if _EARLIEST <= low <= _NOON and high < low else high


_EARLIEST, _LATEST = 7, 20


def _before(hour: int, minutes: int, half: Literal["am", "pm"] | None) -> Moment | None:
    """The half is that of the hour named: ten to twelve p.m. is 11:50 in the morning."""
    if hour == _NOON and half is not None:
        half = "am" if half == "pm" else "pm"
    return halved(around(hour, -minutes), half)


@rule(
    "CLOCK",
    f"{AT}? HOUR MIN HALF",
    "at|@ HOUR MIN",
    f"{AT}? WHOUR WMIN",
    ex=("four thirty", "ten thirty am"),
)
def hour_minute(hour: int, minute: int, half: Literal["am", "pm"] | None = None) -> Moment | None:
    """Bare numbers side by side are too often something else, unless both are words of time."""
    if minute < 10:  # noqa: PLR2004 - "four five" is no time
        return None
    return halved(at(hour, minute), half)


@rule(
    "CLOCK",
    "at|around|about|@|circa HOUR -? ish?",
    "HOUR -? ish",
    "HOUR sharp",
    ex=("at five", "3-ish"),
)
def bare_hour(hour: int) -> Moment:
    return at(hour)


@rule("CLOCK", f"{AT}? the? noon|midday|noontime", "mid day", "12 noon", ex="at noon")
def noon() -> Moment:
    return Moment(clock=Clock(_NOON, None, None, "24"))


@rule("CLOCK", f"{AT}? midnight", "mid night", ex="at midnight")
def midnight() -> Moment:
    return Moment(clock=Clock(24, None, None, "24"))

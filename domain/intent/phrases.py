"""How moments stand together: side by side, from–to, from, until, or.

The same for German and English; only the small words differ, and they do not collide.
"""

from dataclasses import replace

from domain.intent.grammar import Layer
from domain.intent.moment import Choice, Clock, Day, Duration, Moment, Range, merge, with_day

MANY = 12

joining = Layer("joining")
spanning = Layer("spanning")

_PREPOSITIONS = ("am|an|im|um|den|der|dem|des|so|ca|circa|zirka|gegen|ungefahr|etwa|zum|zur|schon|noch|"
                 "fur|auf|herum|rum|at|on|the|in|around|about|approximately|@|this|of|,|uhr")  # fmt: skip


@joining.rule("MOMENT", "CLOCK", ex=())
def clock_is_moment(clock: Moment) -> Moment:
    return clock


@joining.rule(
    "MOMENT",
    "am|an|im|den|der|dem|des|zum|on|the|um|gegen|ca|circa|zirka|ungefahr|etwa|so|about|around|at|@ MOMENT|CLOCK",
    ex=(),
)  # noqa: E501
def with_preposition(moment: Moment) -> Moment:
    return moment


@joining.rule("MOMENT", "MOMENT|CLOCK herum|rum|etwa|sharp|ish", "MOMENT|CLOCK in etwa", ex=())
def roughly(moment: Moment) -> Moment:
    return moment


_JOINERS = ",|am|an|im|um|den|der|dem|des|von|gegen|zum|so|on|at|of|the|in|for|@|ca"


@joining.rule("MOMENT", "MOMENT|CLOCK MOMENT|CLOCK",
              f"MOMENT|CLOCK {_JOINERS} MOMENT|CLOCK",
              f"MOMENT|CLOCK {_JOINERS} {_JOINERS} MOMENT|CLOCK", ex=())  # fmt: skip
def together(a: Moment, b: Moment) -> Moment | None:
    return merge(a, b)


@joining.rule("MOMENT", "MOMENT HOURU", ex="nachmittags drei")
def part_then_hour(moment: Moment, hour: int) -> Moment | None:
    if moment.part is None or moment.clock is not None or hour > MANY or hour == 0:
        return None
    return replace(moment, clock=Clock(hour))


@joining.rule("MOMENT", f"HOUR {_JOINERS}? MOMENT", ex="drei am Nachmittag")
def hour_then_part(hour: int, moment: Moment) -> Moment | None:
    return part_then_hour(moment, hour)


_UNTIL = "bis|-|to|till|until|through|thru"


@spanning.rule("RANGE", f"von|vom|zwischen|from|between MOMENT|HOUR {_UNTIL}|und|and MOMENT|HOUR",
               f"MOMENT {_UNTIL} MOMENT", f"HOUR {_UNTIL} MOMENT", f"MOMENT {_UNTIL} HOUR",
               f"von|vom|from|between MOMENT {_UNTIL}|and zu|zum MOMENT|HOUR",
               f"MOMENT {_UNTIL} zu|zum MOMENT|HOUR",
               ex=("zwischen zehn und zwölf", "von Montag bis Mittwoch"))  # fmt: skip
def from_to(low: Moment | int, high: Moment | int) -> Range | None:
    a, b = _moment(low), _moment(high)
    if a is None or b is None:
        return None
    if a.clock is not None and a.day is None and b.day is not None and b.clock is not None:
        a = replace(a, day=b.day)  # "3 to 4 on Friday"
    elif b.clock is not None and b.day is None and a.clock is None:
        return None
    elif a.day is not None and b.day is not None and a.day.month is None and a.day.dom is not None:
        a = replace(a, day=replace(a.day, month=b.day.month, year=b.day.year))  # "12. bis 16. Mai"
    return Range(low=a, high=b)


def _moment(value: Moment | int) -> Moment | None:
    if isinstance(value, Moment):
        return value
    return Moment(clock=Clock(int(value), None, None, None if 0 < value <= MANY else "24"))


@spanning.rule("RANGE", "ab|nach|fruhestens|after|from|since|seit MOMENT", "nicht vor MOMENT|HOUR",
               "ab|fruhestens|erst HOUR", "erst ab|nach MOMENT|HOUR", "not before MOMENT|HOUR",
               "MOMENT or|oder later|spater|danach", "starting|beginning from? MOMENT",
               ex=("ab halb sechs", "nicht vor fünf", "frühestens 14 Uhr"))  # fmt: skip
def not_before(low: Moment | int) -> Range | None:
    at = _moment(low)
    return at and Range(low=at)


@spanning.rule("RANGE", "bis|vor|spatestens|until|till|before MOMENT", "nicht nach MOMENT|HOUR",
               "bis|vor|spatestens zu|zum MOMENT|HOUR", "bis spatestens MOMENT|HOUR", "bis|spatestens HOUR",
               ex=("bis 12 Uhr", "spätestens 14 Uhr", "vor elf Uhr"))  # fmt: skip
def not_after(high: Moment | int) -> Range | None:
    at = _moment(high)
    return at and Range(high=at)


@spanning.rule(
    "RANGE",
    "MOMENT ,? RANGE",
    "RANGE ,|am|on|of|in|den? MOMENT",
    ex="Dienstag zwischen zehn und zwölf",
)
def day_and_range(a: Moment | Range, b: Moment | Range) -> Range | None:
    span, day = (a, b) if isinstance(a, Range) else (b, a)
    if not isinstance(span, Range) or not isinstance(day, Moment):
        return None
    found = with_day(span, day)
    return found if isinstance(found, Range) else None


@spanning.rule("CHOICE", "MOMENT|RANGE|CHOICE oder|or MOMENT|RANGE", ex="Montag oder Dienstag")
def either(a: Moment | Range | Choice, b: Moment | Range) -> Choice | None:
    options = a.options if isinstance(a, Choice) else (a,)
    last = options[-1]
    if isinstance(last, Moment) and isinstance(b, Moment) and last.day and not b.day and b.clock:
        b = replace(b, day=last.day)  # "Montag um drei oder um vier"
    return Choice((*options, b))


@spanning.rule("SKIP", "nicht|not|ausser|except am|um|on|at|gegen? MOMENT", ex=())
def excluded(_: Moment) -> dict[str, object]:
    return {"EXCLUDED": True}


def next_days(n: float, grain: str) -> Range:
    return Range(rolling=Duration(n, grain))  # type: ignore[arg-type]  # a grain


TODAY = Day(rel=0)

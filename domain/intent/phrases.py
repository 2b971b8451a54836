"""How moments stand side by side: "Freitag um drei", "zwei Wochen nach Ostern".

The same for German and English; only the small words differ, and they do not collide.
"""

from dataclasses import replace

from domain.intent.grammar import Layer
from domain.intent.moment import (
    Clock,
    Day,
    Duration,
    Grain,
    Half,
    Moment,
    Offset,
    Range,
    merge,
)

MANY = 12

joining = Layer("joining")


@joining.rule("MOMENT", "CLOCK", ex=())
def clock_is_moment(clock: Moment) -> Moment:
    return clock


@joining.rule(
    "MOMENT",
    "am|an|im|den|der|dem|des|zum|on|the|um|gegen|ca|circa|zirka|ungefahr|etwa|so|"
    "about|around|at|@|within-it|within|during MOMENT|CLOCK",
    ex=(),
)
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
    if any(m.weak and m.day and m.day.months for m in (a, b)):
        years = [m for m in (a, b) if m.day and m.day.cycle and m.day.cycle[0] == "year"]
        return merge(a, b) if years else None  # "I had a fall on Monday"
    return merge(a, b)


@joining.rule("MOMENT", "MOMENT HOURU", ex="nachmittags drei")
def part_then_hour(moment: Moment, hour: int) -> Moment | None:
    if moment.part is None or moment.clock is not None or hour > MANY or hour == 0:
        return None
    return replace(moment, clock=Clock(hour))


@joining.rule("MOMENT", "MOMENT HOUR MIN", ex="Mittwoch dreizehn dreißig")
def day_hour_minute(moment: Moment, hour: int, minute: int) -> Moment | None:
    if moment.day is None or moment.clock is not None or minute < MANY - 2:
        return None
    return replace(moment, clock=Clock(hour, minute, None, "24" if hour > MANY else None))


@joining.rule("MOMENT", "MOMENT ,? HOUR .|?|!|,|<end>", ex="Mittwoch, zehn")
def day_then_hour(moment: Moment, hour: int) -> Moment | None:
    """Nothing follows that the number could count."""
    near = moment.day is not None and (moment.day.wd is not None or moment.day.rel is not None)
    if not near or moment.clock is not None or moment.part is not None or hour == 0:
        return None
    return replace(moment, clock=Clock(hour, None, None, "24" if hour > MANY else None))


@joining.rule(
    "MOMENT",
    "um|gegen|for|at? HOURU PARTPHRASE|PARTADVERB",
    "HOUR ,|am|an|im|in|on|of MOMENT",
    ex="drei am Nachmittag",
)
def hour_then_part(hour: int, moment: Moment) -> Moment | None:
    return part_then_hour(moment, hour)


@joining.rule("MOMENT", "HOUR MOMENT", ex=("8 tonight", "9 tomorrow"))
def hour_then_day_part(hour: int, moment: Moment) -> Moment | None:
    """Without a day the part might belong to a thing: "three night markets"."""
    if moment.day is None or moment.clock is not None:
        return None
    if moment.day.rel is None and (moment.day.wd is None or moment.part is None):
        return None
    return replace(moment, clock=Clock(hour)) if 0 < hour <= MANY else None


@joining.rule("MOMENT", "COMPACT MOMENT", "MOMENT COMPACT .|,|!|?|<end>", ex=())
def figures_beside_day(a: Clock | Moment, b: Clock | Moment) -> Moment | None:
    """`330 tomorrow`: three figures beside a day of the next weeks."""
    clock, moment = (a, b) if isinstance(a, Clock) else (b, a)
    if not isinstance(clock, Clock) or not isinstance(moment, Moment) or clock.half == "24":
        return None
    near = moment.day is not None and (moment.day.wd is not None or moment.day.rel is not None)
    if not near or moment.clock is not None or (clock.minute or 0) % 5:
        return None  # minutes are said in fives; other figures count something
    return replace(moment, clock=clock)


@joining.rule("MOMENT", "MOMENT , early|fruh .|,|!|?|<end>", ex=())
def day_early(moment: Moment) -> Moment | None:
    if moment.day is None or moment.clock is not None or moment.part is not None:
        return None
    return replace(moment, part="early")


@joining.rule("MOMENT", "HOUR on MOMENT", ex=())
def hour_on_day(hour: int, moment: Moment) -> Moment | None:
    """`eleven on Saturday`."""
    named = moment.day is not None and moment.day.wd is not None and moment.clock is None
    return replace(moment, clock=Clock(hour)) if named and 0 < hour <= MANY else None


@joining.rule("MOMENT", "HOUR MOMENT .|,|!|?|<end>", ex="9 evening")
def hour_then_part_at_end(hour: int, moment: Moment) -> Moment | None:
    return part_then_hour(moment, hour) if moment.day is None else None


@joining.rule(
    "MOMENT",
    "in|during|for? the? week of|starting|beginning on|from? MOMENT",
    "in? die|der? woche vom|ab MOMENT",
    "in|during|for? the? week-of MOMENT",
    ex="die Woche vom 7. Dezember",
)
def week_of(moment: Moment) -> Moment | None:
    if moment.day is None or moment.clock is not None:
        return None
    return replace(moment, day=replace(moment.day, whole_week=True))


@joining.rule(
    "MOMENT",
    "SPAN|SPANWORD after|from|past|following|nach MOMENT|CLOCK",
    ex="zwei Wochen nach Ostern",
)
def so_long_after(duration: Duration, base: Moment) -> Moment | None:
    return with_base(duration, base, 1)


@joining.rule("MOMENT", "MOMENT ,? PUREPOINT", ex="am 3.12. 14.30")
def day_then_point(moment: Moment, clock: Clock) -> Moment | None:
    return merge(moment, Moment(clock=clock)) if moment.day is not None else None


@joining.rule("MOMENT", "UNIT after|nach MOMENT", ex="am Tag nach Weihnachten")
def unit_after(unit: Grain, base: Moment) -> Moment | None:
    return _unit_beside(unit, base, 1)


@joining.rule("MOMENT", "UNIT before|vor MOMENT", ex="am Tag vor Heiligabend")
def unit_before(unit: Grain, base: Moment) -> Moment | None:
    return _unit_beside(unit, base, -1)


def _unit_beside(unit: Grain, base: Moment, sign: int) -> Moment | None:
    if unit not in {"day", "week"} or base.day is None or base.day.wd is not None:
        return None
    found = with_base(Duration(1, unit), Moment(day=base.day), sign)
    if unit == "week" and found.day is not None:
        found = replace(found, day=replace(found.day, whole_week=True))
    return replace(found, clock=base.clock, part=base.part)


@joining.rule("MOMENT", "MOMENT after|following|nach MOMENT", ex="Montag nach Ostern")
def weekday_after(moment: Moment, base: Moment) -> Moment | None:
    return _weekday_beside(moment, base, Offset(Duration(1, "day"), 1, base))


@joining.rule("MOMENT", "MOMENT before|vor MOMENT", ex="Freitag vor Weihnachten")
def weekday_before(moment: Moment, base: Moment) -> Moment | None:
    return _weekday_beside(moment, base, Offset(Duration(7, "day"), -1, base))


def _weekday_beside(moment: Moment, base: Moment, offset: Offset) -> Moment | None:
    """The first such weekday after a date, or the last before it; "nächster Werktag" as well."""
    step = moment.offset.duration if moment.offset and moment.offset.base is None else None
    if step is not None and step.grain == "workday" and base.day is not None:
        return with_base(step, base, offset.sign)
    named = base.day is not None and (base.day.feast or base.day.dom)
    if not named or moment.day is None:
        return None
    if moment.day.nth is not None and moment.day.nth[0] == 1 and moment.day.nth[1].startswith("wd"):
        moment = replace(moment, day=Day(wd=int(moment.day.nth[1][2:])))  # "the first Monday after"
    if moment.day is not None and moment.day.which == "last" and offset.sign < 0:
        moment = replace(moment, day=replace(moment.day, which=None))  # "the last Friday before"
    if moment.day is None or moment.day.wd is None or moment.day != Day(wd=moment.day.wd):
        return None
    offset = replace(offset, base=Moment(day=base.day))
    clock, part = moment.clock or base.clock, moment.part or base.part
    return Moment(day=replace(moment.day, after=offset), clock=clock, part=part)


@joining.rule("MOMENT", "the? closest|nearest MOMENT to MOMENT",
              "MOMENT closest|nearest to? MOMENT",
              "MOMENT , der? MOMENT am nachsten liegt|ist|kommt",
              ex="the Monday closest to December 5th")  # fmt: skip
def nearest_weekday(moment: Moment, base: Moment) -> Moment | None:
    """At most three days before or after it."""
    return _weekday_beside(moment, base, Offset(Duration(3, "day"), -1, base))


@joining.rule("RANGE", "RANGE of|after|from|following|nach MOMENT",
              ex="innerhalb von drei Tagen nach dem 1. Dezember")  # fmt: skip
def within_of(span: Range, base: Moment) -> Range | None:
    """`within two weeks`, not from now but from a day."""
    offset = span.high.offset if span.by and span.high else None
    if offset is None or offset.base is not None or base.day is None:
        return None
    return Range(low=base, length=offset.duration)


@joining.rule("RANGE", "less|fewer than SPAN|SPANWORD after|from|following MOMENT",
              "no|not more|later than SPAN|SPANWORD after|from|following MOMENT",
              "hochstens|maximal|spatestens|langstens SPAN|SPANWORD nach MOMENT",
              "weniger als SPAN|SPANWORD nach MOMENT", "bis zu SPAN|SPANWORD nach MOMENT",
              "up to SPAN|SPANWORD after|from|following MOMENT",
              ex="less than three days after tomorrow")  # fmt: skip
def at_most_after(duration: Duration, base: Moment) -> Range | None:
    return Range(low=base, length=duration) if base.day is not None else None


@joining.rule("MOMENT", "SPAN|SPANWORD after|past|nach HOUR", ex="eine halbe Stunde nach drei")
def so_long_after_hour(duration: Duration, hour: int) -> Moment | None:
    return _beside_hour(duration, hour, 1)


@joining.rule("MOMENT", "SPAN|SPANWORD before|vor HOUR", ex="eine Stunde vor zwölf")
def so_long_before_hour(duration: Duration, hour: int) -> Moment | None:
    return _beside_hour(duration, hour, -1)


def _beside_hour(duration: Duration, hour: int, sign: int) -> Moment | None:
    if duration.grain not in {"minute", "hour"} or not hour:
        return None
    half: Half | None = "24" if hour > MANY else None
    return with_base(duration, Moment(clock=Clock(hour, None, None, half)), sign)


@joining.rule("MOMENT", "SPAN|SPANWORD before|vor MOMENT|CLOCK", ex="eine Stunde vor Mitternacht")
def so_long_before(duration: Duration, base: Moment) -> Moment | None:
    return with_base(duration, base, -1)


def with_base(duration: Duration, base: Moment, sign: int) -> Moment:
    offset = Offset(duration, sign, base)
    if duration.grain in {"second", "minute", "hour"} or base.clock is not None:
        return Moment(offset=offset)
    return replace(base, day=Day(after=offset), clock=None)

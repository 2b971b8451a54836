"""How moments stand together: side by side, from–to, from, until, or.

The same for German and English; only the small words differ, and they do not collide.
"""

from dataclasses import replace

from domain.intent.grammar import Layer
from domain.intent.moment import (
    Choice,
    Clock,
    Day,
    Duration,
    Grain,
    Moment,
    Offset,
    Range,
    merge,
    with_day,
)

MANY = 12

joining = Layer("joining")
spanning = Layer("spanning")


@joining.rule("MOMENT", "CLOCK", ex=())
def clock_is_moment(clock: Moment) -> Moment:
    return clock


@joining.rule(
    "MOMENT",
    "am|an|im|den|der|dem|des|zum|on|the|um|gegen|ca|circa|zirka|ungefahr|etwa|so|"
    "about|around|at|@ MOMENT|CLOCK",
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


@joining.rule("MOMENT", "SPAN|SPANWORD after|from|nach MOMENT|CLOCK", ex="zwei Wochen nach Ostern")
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


@joining.rule("MOMENT", "MOMENT after|nach MOMENT", ex="Montag nach Ostern")
def weekday_after(moment: Moment, base: Moment) -> Moment | None:
    return _weekday_beside(moment, base, Offset(Duration(1, "day"), 1, base))


@joining.rule("MOMENT", "MOMENT before|vor MOMENT", ex="Freitag vor Weihnachten")
def weekday_before(moment: Moment, base: Moment) -> Moment | None:
    return _weekday_beside(moment, base, Offset(Duration(7, "day"), -1, base))


def _weekday_beside(moment: Moment, base: Moment, offset: Offset) -> Moment | None:
    """The first such weekday after a date, or the last before it."""
    named = base.day is not None and (base.day.feast or base.day.dom)
    if not named or moment.day is None or moment.day != Day(wd=moment.day.wd):
        return None
    offset = replace(offset, base=Moment(day=base.day))
    clock, part = moment.clock or base.clock, moment.part or base.part
    return Moment(day=replace(moment.day, after=offset), clock=clock, part=part)


@joining.rule("MOMENT", "SPAN|SPANWORD before|vor MOMENT|CLOCK", ex="eine Stunde vor Mitternacht")
def so_long_before(duration: Duration, base: Moment) -> Moment | None:
    return with_base(duration, base, -1)


def with_base(duration: Duration, base: Moment, sign: int) -> Moment:
    offset = Offset(duration, sign, base)
    if duration.grain in {"second", "minute", "hour"} or base.clock is not None:
        return Moment(offset=offset)
    return replace(base, day=Day(after=offset), clock=None)


_UNTIL = "bis|-|to|till|til|untill|until|through|thru"


@spanning.rule("RANGE", f"von|vom|ab|zwischen|from|between MOMENT|HOUR {_UNTIL}|und|and MOMENT|HOUR",
               f"MOMENT {_UNTIL} MOMENT", f"HOUR {_UNTIL} MOMENT", f"MOMENT {_UNTIL} HOUR",
               f"von|vom|from|between MOMENT {_UNTIL}|and zu|zum MOMENT|HOUR",
               f"MOMENT {_UNTIL} zu|zum MOMENT|HOUR",
               ex=("zwischen zehn und zwölf", "von Montag bis Mittwoch"))  # fmt: skip
def from_to(low: Moment | int, high: Moment | int) -> Range | None:
    a, b = _moment(low), _moment(high)
    if a is None or b is None:
        return None
    if a.day is not None and b.day is not None and a.clock and b.clock:
        whole = merge(Moment(day=a.day), Moment(day=b.day))  # "the first Monday 1 to 3 of May"
        if whole is not None and b.day == Day(cycle=b.day.cycle, month=b.day.month):
            a, b = replace(a, day=whole.day), replace(b, day=None)
    if a.clock is not None and a.day is None and b.day is not None and b.clock is not None:
        a = replace(a, day=b.day)  # "3 to 4 on Friday"
    elif b.clock is not None and b.day is None and a.clock is None and a.offset is None:
        return None
    elif a.day is not None and b.day is not None and a.day.month is None and a.day.dom is not None:
        a = replace(a, day=replace(a.day, month=b.day.month, year=b.day.year))  # "12. bis 16. Mai"
    return Range(low=a, high=b)


def _moment(value: Moment | int) -> Moment | None:
    if isinstance(value, Moment):
        return value
    return Moment(clock=Clock(int(value), None, None, None if 0 < value <= MANY else "24"))


@spanning.rule(
    "RANGE",
    "ab|fruhestens|from|since|seit MOMENT",
    "nicht vor MOMENT|HOUR",
    "nicht fruher|eher als MOMENT|HOUR",
    "von MOMENT|HOUR an|ab|aufwarts",
    "MOMENT fruhestens|aufwarts",
    "at the earliest MOMENT|HOUR",
    "MOMENT|HOUR at the? earliest",
    "earliest MOMENT|HOUR",
    "MOMENT earliest|forward",
    "past MOMENT|HOUR",
    "no|not earlier|sooner than MOMENT|HOUR",
    "not until|till MOMENT|HOUR",
    "ab|fruhestens|erst HOUR",
    "erst ab|nach MOMENT|HOUR",
    "not before MOMENT|HOUR",
    "MOMENT|HOUR or|oder later|spater|danach|after|afterwards",
    "from|ab MOMENT|HOUR onwards|onward|on|an|aufwarts",
    "starting|beginning from? MOMENT",
    ex=("ab halb sechs", "nicht vor fünf", "frühestens 14 Uhr"),
)
def not_before(low: Moment | int) -> Range | None:
    at = _moment(low)
    return Range(low=at) if at else None


@spanning.rule(
    "RANGE", "MOMENT fruhestens|erst um|ab|gegen? MOMENT|HOUR", ex="Mittwoch frühestens um elf"
)
def day_not_before(day: Moment, low: Moment | int) -> Moment | Range | None:
    at = _moment(low)
    return with_day(Range(low=at), day) if at and at.clock and day.clock is None else None


@spanning.rule(
    "RANGE", "MOMENT spatestens um|gegen|bis? MOMENT|HOUR", ex="Mittwoch spätestens um elf"
)
def day_not_after(day: Moment, high: Moment | int) -> Moment | Range | None:
    at = _moment(high)
    return with_day(Range(high=at), day) if at and at.clock and day.clock is None else None


@spanning.rule(
    "RANGE",
    "any|some? anytime|sometime|time|irgendwann? after|nach MOMENT",
    "after|nach HOUR .|,|!|?|<end>",
    "later than MOMENT|HOUR",
    "spater als MOMENT|HOUR",
    ex="nach dem 15. Mai",
)
def beyond(low: Moment | int) -> Range | None:
    at = _moment(low)
    return Range(low=at, beyond=True) if at else None


@spanning.rule(
    "RANGE",
    "by MOMENT|HOUR",
    "no later than MOMENT|HOUR",
    "not later than MOMENT|HOUR",
    ex="by Friday",
)
def by(high: Moment | int) -> Range | None:
    at = _moment(high)
    return Range(high=at, by=True) if at else None


@spanning.rule("RANGE", "RANGE ,? but|and|aber|und RANGE", ex="nach drei, aber vor sechs Uhr")
def both_ends(a: Range, b: Range) -> Range | None:
    if a.high is None and b.low is None and a.low and b.high:
        return Range(low=a.low, high=b.high)
    return None


@spanning.rule(
    "RANGE",
    "DURATION ,? RANGE|MOMENT",
    "RANGE|MOMENT ,? DURATION",
    ex=(),
)
def lasting_from(a: Duration | Range, b: Range | Moment | Duration) -> Range | None:
    duration, rest = (a, b) if isinstance(a, Duration) else (b, a)
    if isinstance(rest, Moment):
        rest = Range(low=rest) if rest.clock or (rest.day and not rest.day.cycle) else rest
    if (
        not isinstance(duration, Duration)
        or not isinstance(rest, Range)
        or rest.high
        or not rest.low
    ):
        return None
    return Range(low=rest.low, length=duration)


@spanning.rule(
    "RANGE",
    "bis|vor|spatestens|until|till|untill|til|through|thru|before MOMENT",
    "MOMENT spatestens",
    "prior to MOMENT|HOUR",
    "until|till|through HOUR .|,|!|?|<end>",
    "up to|until|till MOMENT|HOUR",
    "latest MOMENT|HOUR",
    "MOMENT latest",
    "ending|finishing|done at|by|before? MOMENT|HOUR",
    "not after|past MOMENT|HOUR",
    "as late as MOMENT",
    "vor|before HOUR .|,|!|?|<end>",
    "MOMENT|HOUR or|oder earlier|fruher|before|davor",
    "nicht nach MOMENT|HOUR",
    "bis|vor|spatestens zu|zum MOMENT|HOUR",
    "bis spatestens MOMENT|HOUR",
    "bis|spatestens HOUR",
    "nicht spater als MOMENT|HOUR",
    "at the latest MOMENT|HOUR",
    "MOMENT|HOUR at the? latest",
    ex=("bis 12 Uhr", "spätestens 14 Uhr", "vor elf Uhr"),
)
def not_after(high: Moment | int) -> Range | None:
    at = _moment(high)
    return Range(high=at) if at else None


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
    if not isinstance(last, Moment) or not isinstance(b, Moment) or not b.clock:
        return Choice((*options, b))
    if not last.day:  # "at ten or half past ten tomorrow"
        return Choice((*options[:-1], replace(last, day=b.day) if last.clock else last, b))
    if not b.day:
        b = replace(b, day=last.day)  # "Montag um drei oder um vier"
    elif last.clock is None and last.part is None:
        options = (*options[:-1], replace(last, clock=b.clock))  # "Montag oder Mittwoch um drei"
    return Choice((*options, b))


@spanning.rule("CHOICE", "MOMENT , MOMENT ,? oder|or MOMENT", ex="Montag, Dienstag oder Mittwoch")
def one_of_three(a: Moment, b: Moment, c: Moment) -> Choice | None:
    late = either(b, c)
    if late is None or not isinstance(late.options[0], Moment):
        return None
    early = either(a, c)
    return Choice((*early.options[:1], *late.options)) if early else None


@spanning.rule("CHOICE", "HOUR oder|or MOMENT", ex=())
def either_hour(hour: int, b: Moment) -> Choice | None:
    """`3 or 4 pm tomorrow`: what is said of the second holds for the first."""
    if (
        b.clock is None
        or b.clock.minute
        or not 0 < hour < b.clock.hour
        or b.clock.hour - hour > MANY
    ):
        return None
    return Choice((replace(b, clock=replace(b.clock, hour=hour)), b))


@spanning.rule(
    "SKIP",
    "nicht|not|ausser|except|statt|anstatt am|um|on|at|gegen? MOMENT",
    "instead|rather of|than MOMENT",
    ex=(),
)
def excluded(_: Moment) -> dict[str, object]:
    return {"EXCLUDED": True}

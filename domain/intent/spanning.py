"""What spans between moments: from–to, from, until, by, or, not.

The same for German and English; only the small words differ, and they do not collide.
"""

from dataclasses import replace

from domain.intent.grammar import Layer
from domain.intent.moment import Choice, Clock, Day, Duration, Moment, Range, merge, with_day
from domain.intent.phrases import MANY

spanning = Layer("spanning")

_AND = "und|and"
_UNTIL = "bis|-|to|till|til|untill|until|through|thru"


@spanning.rule("RANGE", f"von|vom|ab|zwischen|from|between MOMENT|HOUR {_UNTIL}|{_AND} MOMENT|HOUR",
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
    "from|starting HOUR .|,|!|?|<end>",
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


@spanning.rule(
    "RANGE", f"MOMENT ,? HOUR {_UNTIL} HOUR .|,|!|?|<end>", ex="übermorgen, neun bis elf"
)
def day_hours(day: Moment, low: int, high: int) -> Moment | Range | None:
    """Two hours behind a day and nothing that they could count."""
    if _EARLIEST <= low <= MANY and 0 < high < low:
        high += MANY  # "neun bis fünf"
    if day.day is None or day.clock is not None or not 0 < low < high:
        return None
    return with_day(Range(low=_moment(low), high=_moment(high)), day)


_EARLIEST = 7


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


@spanning.rule("RANGE", "nach|after|ab HOUR am|an|on? MOMENT", ex=())
def from_hour_on_day(hour: int, day: Moment) -> Moment | Range | None:
    return with_day(Range(low=_moment(hour)), day) if day.day and not day.clock else None


@spanning.rule("RANGE", "vor|before|bis|until|till HOUR am|an|on? MOMENT", ex=())
def until_hour_on_day(hour: int, day: Moment) -> Moment | Range | None:
    return with_day(Range(high=_moment(hour)), day) if day.day and not day.clock else None


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


@spanning.rule("CHOICE", "entweder|either CHOICE", ex="entweder um zehn oder um elf")
def one_of(choice: Choice) -> Choice:
    return choice


@spanning.rule("CHOICE", "MOMENT ,? CHOICE", ex="morgen entweder um zehn oder um elf")
def day_and_choice(day: Moment, choice: Choice) -> Choice | None:
    if day.day is None or day.clock is not None:
        return None
    options = []
    for option in choice.options:
        if not isinstance(option, Moment) or option.day is not None:
            return None
        both = merge(day, option)
        if both is None:
            return None
        options.append(both)
    return Choice(tuple(options))


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

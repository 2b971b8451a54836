"""German clock times. The layer knows nothing of dates; `um drei` is an hour of some day.

Hours up to twelve stay open (three may be 15:00); figures over twelve and "Uhr" from 0 do not.
"""

from dataclasses import replace

from domain.intent.grammar import Layer
from domain.intent.moment import Choice, Clock, Moment, Range

clocks = Layer("clocks-de")
rule = clocks.rule

# Words before a clock time that do not change it.
UM = "um|gegen|so|circa|zirka|ca|etwa|ungefahr|am"

_MINUTES = 60


def at(hour: int, minute: int | None = None, second: int | None = None) -> Moment:
    fixed = hour > 12 or hour == 0  # noqa: PLR2004 - the twelve-hour dial
    return Moment(clock=Clock(hour, minute, second, "24" if fixed else None))


def around(hour: int, minutes: int) -> Moment | None:
    """So many minutes after (or, negative, before) a full hour."""
    if not -_MINUTES < minutes < _MINUTES:
        return None
    if minutes >= 0:
        return at(hour, minutes)
    earlier = hour - 1 if hour > 1 else {1: 12, 0: 23}[hour]
    return at(earlier, _MINUTES + minutes)


@rule(
    "CLOCK", f"{UM}? HOURU uhr MIN?", f"{UM}? HOURU h", ex=("sieben Uhr dreißig", "19 Uhr", "15 h")
)
def on_the_hour(hour: int, minute: int | None = None) -> Moment:
    return at(hour, minute)


@rule("CLOCK", "HOURU - uhr - termin|termins?", "HOURU - uhr", ex="10-Uhr-Termin")
def hyphened(hour: int) -> Moment:
    return at(hour)


@rule("SKIP", f"{UM}? HOURU uhr NUM", ex=())
def no_such_minute(_: int, minute: float) -> dict[str, bool] | None:
    """`dreizehn Uhr siebzig` was misheard; better asked again than taken for one o'clock."""
    return {"SKIP": True} if _MINUTES <= minute < 100 else None  # noqa: PLR2004 - two figures


@rule("CHOICE", f"{UM}? HOUR HOURU uhr", ex=())
def two_hours(first: int, second: int) -> Choice | None:
    """`sechs sechzehn Uhr`: a slip put right, or an hour with its minutes; nobody can tell."""
    options = [at(second), at(first)] if first != second else [at(second)]
    if second >= 10:  # noqa: PLR2004 - minutes under ten are said with a nought
        options.insert(1, at(first, second))
    return Choice(tuple(options)) if len(options) > 1 else None


@rule(
    "CLOCK",
    f"{UM}? HOURU uhr und MIN minuten|minute?",
    f"{UM}? HOURU uhr MIN minuten|minute",
    ex="ein Uhr und neun Minuten",
)
def hour_and_minutes(hour: int, minute: int) -> Moment:
    return at(hour, minute)


@rule(
    "RANGE",
    "von|zwischen|ab HOURU uhr MIN? und|bis HOURU uhr MIN",
    "von|zwischen|ab HOURU uhr MIN? und|bis HOURU uhr?",
    ex="zwischen neun Uhr und elf Uhr",
)
def full_hours(low: int, minute: int | None, high: int, to: int | None = None) -> Range:
    """Before "neun Uhr und elf" can be read as eleven minutes past nine."""
    return Range(low=at(low, minute), high=at(high, to))


@rule("CLOCK", "FIGCLOCK uhr|h?", ex=("15:30", "8.15 Uhr", "7h01"))
def figures(clock: Clock) -> Moment:
    return Moment(clock=clock)


@rule("CLOCK", "um|gegen|ab|bis? COMPACT uhr|h", ex=("1430 Uhr", "um 0930 Uhr"))
def compact(clock: Clock) -> Moment:
    return Moment(clock=clock)


@rule(
    "RANGE",
    "von|zwischen? POINTCLOCK bis|-|und POINTCLOCK uhr",
    "von|zwischen PUREPOINT bis|-|und POINTCLOCK",
    ex="von 14.30 bis 16.00 Uhr",
)
def pointed_range(low: Clock, high: Clock) -> Range:
    return Range(Moment(clock=low), Moment(clock=high))


@rule("CLOCK", "POINTCLOCK uhr", "um|gegen|ab|bis POINTCLOCK uhr?", ex=("8.15 Uhr", "um 9.30"))
def pointed(clock: Clock) -> Moment:
    return Moment(clock=clock)


@rule("CLOCK", f"{UM}? halb|halbe|halber|halbi HOUR uhr?", ex=("halb vier", "am halbi achti"))
def half_to(hour: int) -> Moment | None:
    return around(hour, -30) if hour <= 24 else None  # noqa: PLR2004


@rule("CLOCK", f"{UM}? HOURU uhr null|oh MIN", ex="fünfzehn Uhr null fünf")
def leading_nought(hour: int, minute: int) -> Moment | None:
    return at(hour, minute) if 0 < minute < 10 else None  # noqa: PLR2004 - one figure


@rule(
    "CLOCK",
    f"{UM} null HOUR MIN uhr?",
    f"{UM}? null HOUR uhr MIN?",
    ex=("um null acht dreißig", "null sieben Uhr fünfzehn"),
)
def leading_nought_hour(hour: int, minute: int | None = None) -> Moment | None:
    if not 0 < hour < 10:  # noqa: PLR2004 - one figure
        return None
    return Moment(clock=Clock(hour, minute, None, "24"))


@rule(
    "RANGE",
    "von|zwischen|ab FRACTION bis|und FRACTION HOUR uhr?",
    ex="zwischen halb und dreiviertel vier",
)
def between_fractions(low: int, high: int, hour: int) -> Range | None:
    a, b = around(hour, low), around(hour, high)
    return Range(low=a, high=b) if a and b and low < high else None


@rule("CLOCK", f"{UM}? viertel HOUR uhr?", ex="viertel drei")
def quarter_of(hour: int) -> Moment | None:
    """East and South: a quarter of the third hour, 2:15."""
    return around(hour, -45)


@rule("CLOCK", f"{UM}? dreiviertel HOUR uhr?", ex="dreiviertel fünf")
def three_quarters_of(hour: int) -> Moment | None:
    return around(hour, -15)


@rule("CLOCK", f"{UM}? viertel nach|ab|uber HOUR uhr?", ex="viertel nach drei")
def quarter_past(hour: int) -> Moment | None:
    return around(hour, 15)


@rule("CLOCK", f"{UM}? viertel vor HOUR uhr?", ex="viertel vor elf")
def quarter_to(hour: int) -> Moment | None:
    return around(hour, -15)


@rule("CLOCK", f"{UM}? MIN minuten? nach|ab HOUR uhr?", ex=("zehn nach acht", "5 ab 3"))
def past(minutes: int, hour: int) -> Moment | None:
    return around(hour, minutes)


@rule("CLOCK", f"{UM}? MIN minuten? vor HOUR uhr?", ex=("zwanzig vor sechs",))
def to(minutes: int, hour: int) -> Moment | None:
    return around(hour, -minutes)


@rule("CLOCK", f"{UM}? MIN minuten? vor halb HOUR uhr?", ex="fünf vor halb neun")
def before_half(minutes: int, hour: int) -> Moment | None:
    return around(hour, -30 - minutes)


@rule("CLOCK", f"{UM}? MIN minuten? nach halb HOUR uhr?", ex="zehn nach halb vier")
def after_half(minutes: int, hour: int) -> Moment | None:
    return around(hour, minutes - 30)


@rule("CLOCK", f"{UM}? kurz vor|nach HOUR uhr?", ex="kurz nach drei")
def shortly(hour: int) -> Moment:
    return replace(at(hour), approx=True)


@rule("CLOCK", "um|circa|zirka|gegen|ungefahr|etwa HOUR", "um ungefahr|circa|zirka|ca|etwa HOUR",
      ex=("um fünf", "gegen elf", "um circa drei"))  # fmt: skip
def bare_hour(hour: int) -> Moment:
    return at(hour)


@rule(
    "CLOCK",
    "auf HOUR .|,|?|!|<end>|verschieben|verlegen|umbuchen",
    "von HOUR auf",
    ex="auf elf verschieben",
)
def moved_to(hour: int) -> Moment:
    return at(hour)


@rule("CLOCK", "am|um HOURI", ex="am sibni")
def alemannic(hour: int) -> Moment:
    return at(hour)


@rule("MOMENT", f"{UM}? HOURU PARTADVERB", ex="drei nachmittags")
def hour_and_part(hour: int, part: Moment) -> Moment:
    return replace(part, clock=Clock(hour))


@rule("CLOCK", "um ein|eins uhr?", ex="um eins")
def at_one() -> Moment:
    return at(1)


@rule("CLOCK", "um HOUR MIN", ex="um acht dreißig")
def hour_minute(hour: int, minute: int) -> Moment | None:
    return at(hour, minute) if minute >= 10 else None  # noqa: PLR2004 - "um acht fünf" is not said


@rule("CLOCK", "um? mitternacht", "mitternachts", ex="um Mitternacht")
def midnight() -> Moment:
    return Moment(clock=Clock(24, None, None, "24"))


@rule("CLOCK", "um|zur mittag|mittagszeit", "12 uhr mittags", ex="zur Mittagszeit")
def midday() -> Moment:
    return Moment(clock=Clock(12, None, None, "24"))

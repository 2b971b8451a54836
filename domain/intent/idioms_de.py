"""German words that are settled before clock times and dates are looked for.

Numbers of several words, phrases that stand for one word, greetings, amounts: what must not be
read as a time is taken out of the way here.
"""

from typing import Any

from domain.intent.grammar import Layer
from domain.intent.lexicon_de import number_cats
from domain.intent.making import day
from domain.intent.moment import Duration, Moment, Offset, Range

numbers = Layer("numbers-de")


early = Layer("early-de")
amounts = Layer(
    "amounts-de"
)  # looks before all else: numbers, idioms, what must not be read as time


@numbers.rule("NUM", "NUM und NUM", ex=())
def spaced_number(unit: float, ten: float) -> dict[str, Any] | None:
    """`fünf und zwanzig`, as recognisers now and then write it."""
    good = 1 <= unit <= 9 and ten in {20, 30, 40, 50}  # noqa: PLR2004
    return number_cats(unit + ten) if good else None


@numbers.rule("ORD", "NUM|QTY und ORD", ex=())
def spaced_ordinal(unit: float, ten: int) -> int | None:
    return int(unit) + ten if 1 <= unit <= 9 and ten in {20, 30} else None  # noqa: PLR2004


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


@early.rule(
    "QTY",
    "ein|eine|einer|einem|einen|ne|ner|nem halbe|halben|halbes|halber",
    ex=(),
)
def half_a() -> dict[str, Any]:
    return {"QTY": 0.5}


@early.rule("SPANWORD", "eine|einer|einem|ne|ner|nem|ein? SPANWORD", ex=())
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


@early.rule("MOMENT", "in um|etwa|rund|knapp|gut|genau|so QTY|SOME UNIT", ex=())
def in_about(n: float, unit: Any) -> Moment:
    """Before the clock takes "etwa zwei" for an hour."""
    return Moment(offset=Offset(Duration(n, unit)))


@early.rule("SPANWORD", "QTY UNIT und? QTY UNIT", ex=())
def hours_and_minutes(hours: float, a: str, minutes: float, b: str) -> Duration | None:
    return Duration(60 * hours + minutes, "minute") if (a, b) == ("hour", "minute") else None


@early.rule(
    "SKIP",
    "frohe|frohes|gesegnete|schone|schones FEAST",
    "schonen|schoner|guten WEEKDAY",
    "zu fruh|spat",
    "bis jetzt",
    "bis REL|WEEKDAY dann? ,? tschuss|tschau|ciao|servus|baba|wiederhoren|wiedersehen",
    ex=(),
)
def good_wishes(*_: object) -> dict[str, Any]:
    """What is said at parting books nothing."""
    return {"SKIP": True}


@early.rule("SKIP", "meine|meiner|deine|seine frau", ex=())
def my_wife() -> dict[str, Any]:
    """A day may follow her; it is no name."""
    return {"SKIP": True}


_TITLES = "herr|herrn|frau|familie|fraulein|doktor|dr|heisse|heiss|namens"


@early.rule(
    "SKIP",
    f"{_TITLES} doktor|dr|.? WEEKDAY|MONTH|SEASON",
    "name ist|war|lautet WEEKDAY|MONTH|SEASON",
    "heisst|heisse|spricht|nennt WEEKDAY|MONTH|SEASON",
    "WEEKDAY|MONTH|SEASON ist|war mein name",
    "fr. NOUN",
    ex=(),
)
def surname(*_: object) -> dict[str, Any]:
    """`Herr Freitag`, "mein Name ist Mai"."""
    return {"SKIP": True}


@early.rule("RANGE", "vom|von? ORD|DOM bis|- FIGDATE|POINTDATE", ex="14. - 15.10.")
def days_to_figure(low: int, high: dict[str, int]) -> Range | None:
    month = high.get("month")
    if low >= high.get("dom", 0):
        return None
    return Range(day(dom=low, month=month), day(**high))


@early.rule("SPANWORD", "QTY UNIT und SPANWORD", ex="in einer Stunde und einer Viertelstunde")
def hours_and_quarter(n: float, unit: str, rest: Duration) -> Duration | None:
    return Duration(60 * n + rest.n, "minute") if unit == "hour" else None


@early.rule("SKIP", "drei viertel", ex=())
def split_three_quarters() -> dict[str, Any]:
    return {"WORD": "dreiviertel", "FRACTION": -15}


@early.rule("SKIP", "bis einschliesslich|inklusive|inkl", ex=())
def until_and_with() -> dict[str, Any]:
    return {"WORD": "bis"}


@early.rule("FOLLOWING", "neuen jahr|jahres|jahre", ex=())
def new_year() -> str:
    return "year"


@early.rule("SKIP", "im laufe|verlauf", ex=())
def in_the_course() -> dict[str, Any]:
    """`im Laufe der Woche` is some time within the week."""
    return {"WORD": "within"}


@early.rule("SKIP", "uhr NUM COUNTED", ex=())
def people_after_the_hour(*_: object) -> dict[str, Any]:
    """`um zehn Uhr zwei Personen`: two people, not two minutes past."""
    return {"WORD": "uhr"}


@early.rule("SKIP", "uhr QTY UNIT", ex=())
def hours_after_the_hour(_: float, unit: str) -> dict[str, Any] | None:
    """`16 Uhr zwei Stunden`: how long, not how many minutes past."""
    return {"WORD": "uhr"} if unit == "hour" else None


@early.rule("SKIP", "uhr NUM NOUN", ex=())
def things_after_the_hour(n: float, _: object) -> dict[str, Any] | None:
    """Minutes under ten are said only with five or a nought; "zwei Haarschnitte" are things."""
    return {"WORD": "uhr"} if n in {2, 3, 4, 6, 7, 8, 9} else None


@early.rule("SKIP", "bis maximal|hochstens|allerspatestens|langstens um?", "allerspatestens", ex=())
def at_most() -> dict[str, Any]:
    return {"WORD": "spatestens"}


@early.rule("SKIP", "allerfruhestens", "fruhestens ab", "ab fruhestens", ex=())
def at_least() -> dict[str, Any]:
    return {"WORD": "fruhestens"}


@early.rule(
    "SKIP",
    "QTY euro|franken|cent MIN?",
    "QTY uhr? prozent",
    "POINTCLOCK|POINTDATE euro|franken|prozent|meter|kilo|grad",
    ex=(),
)
def money(*_: object) -> dict[str, Any]:
    return {"SKIP": True}


@early.rule("SKIP", "am|den|dem? ORD COUNTED", "der|die|das|zum ORD NOUN", ex=())
def counted(*_: object) -> dict[str, Any] | None:
    """`der erste Termin`; but "am fünfzehnten Massage" is a day with something on it."""
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


@early.rule("FEAST", "buss -? und bettag", ex=())
def repentance_day() -> str:
    return "bussbettag"


@early.rule("FEAST", "heiliger|heiligen|heilige abend|abends|obend", ex=())
def christmas_eve() -> str:
    return "heiligabend"


@early.rule("FEAST", "maria himmelfahrt", ex=())
def assumption() -> str:
    return "mariahimmelfahrt"


@early.rule("FEAST", "maria empfangnis", ex=())
def conception() -> str:
    return "mariaempfangnis"


@early.rule("FEAST", "schweizer nationalfeiertag|bundesfeier|bundesfeiertag", ex=())
def swiss_day() -> str:
    return "bundesfeier"


@early.rule("FEAST", "sankt|st|st. .? martin|martins", ex=())
def saint_martin() -> str:
    return "martinstag"


@early.rule("QTY", "QTY und? einhalb|einhalbe|einhalben", "QTY komma funf", ex=())
def and_a_half(n: float) -> dict[str, Any]:
    return {"QTY": n + 0.5}


@early.rule("SPANWORD", "eine|einer|ner|ein|einem? FRACTION UNIT", ex=())
def fraction_of_unit(before: int, unit: Any) -> Duration | None:
    """`in einer dreiviertel Stunde`, "ein viertel Jahr"; the table has minutes to the hour."""
    quarters = (60 + before) // 15
    if unit == "hour":
        return Duration(15 * quarters, "minute")
    return Duration(3 * quarters, "month") if unit == "year" else None


@early.rule("FEAST", "christi himmelfahrt", ex=())
def ascension() -> str:
    return "himmelfahrt"


@amounts.rule("SKIP", "NUM|QTY NOUN", ex=())
def amount(*_: object) -> dict[str, Any]:
    """`zwei Personen`; asked after clock times, so that "Uhr dreißig" keeps its minutes."""
    return {"SKIP": True}

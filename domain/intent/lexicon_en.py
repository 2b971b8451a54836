"""English words of time and what they are. Words are folded: lower case."""

from typing import Any

from domain.intent import numerals
from domain.intent.lexicon_de import number_cats
from domain.intent.moment import Duration
from domain.intent.text import Token

Cats = dict[str, Any]

WEEKDAYS = {
    0: "monday mondays mon mon.", 1: "tuesday tuesdays tues tue tue. tues.",
    2: "wednesday wednesdays wed wed. weds", 3:
        "thursday thursdays thu thur thurs thu. thur. thurs.",
    4: "friday fridays fri fri.", 5: "saturday saturdays sat sat.", 6: "sunday sundays sun sun.",
}  # fmt: skip
MONTHS = {
    1: "january jan jan.",
    2: "february feb feb.",
    3: "march mar mar.",
    4: "april apr apr.",
    5: "may",
    6: "june jun jun.",
    7: "july jul jul.",
    8: "august aug aug.",
    9: "september sep sept sep. sept.",
    10: "october oct oct.", 11: "november nov nov.", 12: "december dec dec.",
}  # fmt: skip
UNITS = {
    "second": "seconds sec secs",
    "minute": "minute minutes min mins '",
    "hour": "hour hours hour's hours' hr hrs h",
    "day": "day days day's", "week": "week weeks week's", "month": "month months month's",
    "workday": "workday workdays",
    "quarter": "quarters", "year": "year years year's",
}  # fmt: skip
# As spoken or typed, to the word that rules name.
SPELLED = {
    "'til": "till", "til": "till", "untill": "until", "thru": "through", "o'clock's": "o'clock",
    "half-past": "half", "mid-week": "midweek", "tmw": "tomorrow",
}  # fmt: skip
CYCLES = {"weekend": "weekend weekends week-end", "workweek": "workweek"}
RELATIVE_DAYS = {
    0: "today todays today's",
    1: "tomorrow tomorrows tomorrow's tmrw tmr tmrow tomorow tommorow tommorrow tomoro",
    -1: "yesterday",
}
PARTS = {
    "morning": "morning mornings", "forenoon": "forenoon", "afternoon": "afternoon afternoons",
    "evening": "evening evenings", "night": "night nights", "lunch": "lunch lunchtime",
    "breakfast": "breakfast", "dinner": "dinner", "daytime": "daytime",
}  # fmt: skip
WHICH = {
    "this": "this current",
    "next": "next following",
    "coming": "coming upcoming",
    "last": "last past previous",
}  # fmt: skip
FEASTS = {
    "neujahr": "newyear",
    "valentin": "valentines valentine's",
    "halloween": "halloween",
    "juneteenth": "juneteenth",
    "weihnachten": "christmas xmas",
    "dreikonig": "epiphany",
    "allerheiligen": "all-hallows",
    "ostern": "easter",
    "silvester": "silvester nye",
    "thanksgiving": "thanksgiving",
    "pfingsten": "pentecost",
}  # fmt: skip


EDGES = {
    "begin": "early beginning start begin",
    "middle": "mid middle",
    "end": "late end",
    "rest": "rest remainder remaining",
}
# Seasons as whole months: the first and how many.
SEASONS = {
    (3, 3): "spring springtime", (6, 3): "summer summertime", (9, 3): "autumn fall",
    (12, 3): "winter wintertime",
}  # fmt: skip
TABLES: dict[str, dict[Any, str]] = {
    "WEEKDAY": WEEKDAYS,
    "MONTH": MONTHS,
    "UNIT": UNITS,
    "CYCLE": CYCLES,
    "REL": RELATIVE_DAYS,
    "PART": PARTS,
    "FEAST": FEASTS,
    "EDGE": EDGES,
    "SEASON": SEASONS,
}


def _put(table: dict[str, Cats], words: str, **cats: Any) -> None:
    for word in words.split():
        table.setdefault(word, {}).update(cats)


def _numbers(table: dict[str, Cats]) -> None:
    """Words of number; `W…` marks that they were words, which "ten to six" needs."""
    for word, n in numerals.EN_CARDINALS.items():
        cats = number_cats(n)
        _put(table, word, **cats, **{f"W{c}": n for c in cats})
    for word, n in numerals.EN_TENS.items():
        _put(table, word, TENS=n)
    for word, n in numerals.EN_ORDINALS.items():
        _put(table, word, ORD=n, ORDW=n)
    _put(table, "noon midday", NOON=12, HOUR=12)
    _put(table, "noonish", HOUR=12)
    _put(table, "a an", QTY=1)
    _put(table, "fortnight fortnights fortnight's", SPANWORD=Duration(2, "week"))
    _put(table, "latter", LATTER="latter")
    _put(table, "final", FINAL="last")
    _put(table, "midweek", MIDWEEK=True)


def build() -> dict[str, Cats]:
    """The whole lexicon: each word with all that it may be."""
    table: dict[str, Cats] = {}
    _numbers(table)
    _put(table, "second", UNIT="second")
    _put(table, "quarter", UNIT="quarter")
    for cat, names in TABLES.items():
        for value, words in names.items():
            _put(table, words, **{cat: value})
    for which, words in WHICH.items():
        _put(table, words, **{which.upper(): which})
    for n, words in WEEKDAYS.items():
        _put(table, words.split()[0] + "'s", WEEKDAY=n)
    return table


_FUNCTION_WORDS = """
    a about again all also am an and any anytime are as available be been book but by can change
    check could do does else exactly fine for free from get go good great have how i if in
    instead is it just later like make maybe me my no not of ok okay on only open or perfect
    please possible possibly preferably say see should slot so sometime somewhere sorry suits
    sure that thanks the then there they to too try until we well what when which will with work
    works would yes you today tomorrow sharp anything either his her our your around between
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())


def unknown(token: Token) -> Cats:
    """English tells nouns by no letter; a stranger that is no function word may be one."""
    return {} if token.norm in _FUNCTION or len(token.norm) < 3 else {"NOUN": True}  # noqa: PLR2004

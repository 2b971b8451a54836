"""English words of time and what they are. Words are folded: lower case."""

from typing import Any

from domain.intent import numerals
from domain.intent.lexicon_de import number_cats
from domain.intent.moment import Duration
from domain.intent.text import Token

Cats = dict[str, Any]

WEEKDAYS = {
    0: "monday mondays mon mon.", 1: "tuesday tuesdays tues tue tue. tues.",
    2: "wednesday wednesdays wed wed. weds", 3: "thursday thursdays thu thur thurs thu. thur. thurs.",
    4: "friday fridays fri fri.", 5: "saturday saturdays sat sat.", 6: "sunday sundays sun sun.",
}  # fmt: skip
MONTHS = {
    1: "january jan jan.", 2: "february feb feb.", 3: "march mar mar.", 4: "april apr apr.", 5: "may",
    6: "june jun jun.", 7: "july jul jul.", 8: "august aug aug.", 9: "september sep sept sep. sept.",
    10: "october oct oct.", 11: "november nov nov.", 12: "december dec dec.",
}  # fmt: skip
UNITS = {
    "second": "seconds sec secs", "minute": "minute minutes min mins '", "hour": "hour hours hr hrs h",
    "day": "day days", "week": "week weeks", "month": "month months", "quarter": "quarters",
    "year": "year years",
}  # fmt: skip
CYCLES = {"weekend": "weekend weekends week-end", "workweek": "workweek"}
RELATIVE_DAYS = {
    0: "today todays today's",
    1: "tomorrow tomorrows tomorrow's tmrw tomorow tommorow tommorrow",
    -1: "yesterday",
}
PARTS = {
    "morning": "morning mornings", "forenoon": "forenoon", "afternoon": "afternoon afternoons",
    "evening": "evening evenings", "night": "night nights", "lunch": "lunch lunchtime",
    "breakfast": "breakfast", "dinner": "dinner", "daytime": "daytime",
}  # fmt: skip
WHICH = {
    "this": "this current", "next": "next following", "coming": "coming upcoming", "last": "last past previous",
}  # fmt: skip
FEASTS = {
    "neujahr": "newyear", "valentin": "valentines", "halloween": "halloween", "weihnachten": "christmas xmas",
    "ostern": "easter", "silvester": "silvester", "thanksgiving": "thanksgiving", "pfingsten": "pentecost",
}  # fmt: skip


def build() -> dict[str, Cats]:
    table: dict[str, Cats] = {}

    def put(words: str, **cats: Any) -> None:
        for word in words.split():
            table.setdefault(word, {}).update(cats)

    for word, n in numerals.EN_CARDINALS.items():
        put(word, **number_cats(n), **{f"W{c}": n for c in number_cats(n)})
    for word, n in numerals.EN_TENS.items():
        put(word, TENS=n)
    put("noonish", HOUR=12)
    put("half-hour", SPANWORD=Duration(30, "minute"))
    put("a an", QTY=1)
    for word, n in numerals.EN_ORDINALS.items():
        put(word, ORD=n, ORDW=n)
    put("noon midday", NOON=12, HOUR=12)
    for words, edge in (
        ("early beginning start begin", "begin"),
        ("mid middle", "middle"),
        ("late end", "end"),
        ("rest remainder remaining", "rest"),
    ):
        put(words, EDGE=edge)
    put("second", UNIT="second")
    put("quarter", UNIT="quarter")
    for cat, names in (("WEEKDAY", WEEKDAYS), ("MONTH", MONTHS)):
        for n, words in names.items():
            put(words, **{cat: n})
    for cat, groups in (("UNIT", UNITS), ("CYCLE", CYCLES), ("PART", PARTS), ("FEAST", FEASTS)):
        for name, words in groups.items():
            put(words, **{cat: name})
    for n, words in RELATIVE_DAYS.items():
        put(words, REL=n)
    for which, words in WHICH.items():
        put(words, **{which.upper(): which})
    return table


_FUNCTION = frozenset(
    ["a", "about", "again", "all", "also", "am", "an", "and", "any", "anytime", "are", "as", "available", "be", "been", "book", "but", "by", "can", "change", "check", "could", "do", "does", "else", "exactly", "fine", "for", "free", "from", "get", "go", "good", "great", "have", "how", "i", "if", "in", "instead", "is", "it", "just", "later", "like", "make", "maybe", "me", "my", "no", "not", "of", "ok", "okay", "on", "only", "open", "or", "perfect", "please", "possible", "possibly", "preferably", "say", "see", "should", "slot", "so", "sometime", "somewhere", "sorry", "suits", "sure", "that", "thanks", "the", "then", "there", "they", "to", "too", "try", "until", "we", "well", "what", "when", "which", "will", "with", "work", "works", "would", "yes", "you", "for", "today", "tomorrow", "sharp", "any", "anything", "either", "his", "her", "our", "your", "around", "between"]
)


def unknown(token: Token) -> Cats:
    """English tells nouns by no letter; a stranger that is no function word may be one."""
    return {} if token.norm in _FUNCTION or len(token.norm) < 3 else {"NOUN": True}  # noqa: PLR2004

"""Number words, German and English."""

from typing import Literal

Lang = Literal["de", "en"]

_GERMAN_SMALL = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
_ENGLISH_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: dict[Lang, list[str]] = {"de": _GERMAN_SMALL.split(), "en": _ENGLISH_SMALL.split()}
_TENS: dict[Lang, list[str]] = {
    "de": ["", "", *_GERMAN_TENS.split()],
    "en": ["", "", *_ENGLISH_TENS.split()],
}
_GERMAN_ORDINALS = {1: "erste", 3: "dritte", 7: "siebte", 8: "achte"}
_ENGLISH_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
CARDINAL_MAX = 999_999


def cardinal(number: int, lang: Lang) -> str:
    """0 to 999 999: "einundzwanzig", "twenty-one". Raises ValueError beyond."""
    if not 0 <= number <= CARDINAL_MAX:
        raise ValueError(f"no words for {number}")
    return _german(number) if lang == "de" else _english(number)


def _german(number: int) -> str:
    if number < 20:  # noqa: PLR2004 where the language changes its rule
        return _SMALL["de"][number]
    if number < 100:  # noqa: PLR2004
        tens, ones = divmod(number, 10)
        return f"{_german_head(ones)}und{_TENS['de'][tens]}" if ones else _TENS["de"][tens]
    unit, word = (1000, "tausend") if number >= 1000 else (100, "hundert")  # noqa: PLR2004
    count, rest = divmod(number, unit)
    return f"{_german_head(count)}{word}{_german(rest) if rest else ''}"


def _german_head(number: int) -> str:
    """As the first part of a longer word: "ein" of "einhundert", "hunderteintausend"."""
    word = _german(number)
    return word[:-1] if word.endswith("eins") else word


def _english(number: int) -> str:
    if number < 20:  # noqa: PLR2004 where the language changes its rule
        return _SMALL["en"][number]
    if number < 100:  # noqa: PLR2004
        tens, ones = divmod(number, 10)
        return _TENS["en"][tens] + (f"-{_SMALL['en'][ones]}" if ones else "")
    unit, word = (1000, "thousand") if number >= 1000 else (100, "hundred")  # noqa: PLR2004
    count, rest = divmod(number, unit)
    link = " and " if 0 < rest < 100 else " "  # noqa: PLR2004
    return f"{_english(count)} {word}" + (f"{link}{_english(rest)}" if rest else "")


def ordinal(number: int, lang: Lang) -> str:
    """0 to 100: "dritte" (nominative; the other cases add an n), "third". Raises ValueError."""
    if not 0 <= number <= 100:  # noqa: PLR2004
        raise ValueError(f"no ordinal for {number}")
    if lang == "de":
        if number < 20:  # noqa: PLR2004 from 20 on the ending has an s
            return _GERMAN_ORDINALS.get(number, f"{_german(number)}te")
        return ("hundert" if number == 100 else _german(number)) + "ste"  # noqa: PLR2004
    head, dash, last = ("hundred" if number == 100 else _english(number)).rpartition("-")  # noqa: PLR2004
    return head + dash + _english_ordinal(last)


def _english_ordinal(word: str) -> str:
    if word in _ENGLISH_ORDINALS:
        return _ENGLISH_ORDINALS[word]
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


def year_words(year: int, lang: Lang) -> str:
    """1000 to 9999: "zweitausendsechsundzwanzig", "twenty twenty-six"."""
    if not 1000 <= year <= 9999:  # noqa: PLR2004
        raise ValueError(f"no words for year {year}")
    century, rest = divmod(year, 100)
    if lang == "de":
        if 11 <= century <= 19:  # noqa: PLR2004 "neunzehnhundert", but "tausend", "zweitausend"
            return f"{_german(century)}hundert{_german(rest) if rest else ''}"
        return _german(year)
    if century % 10 == 0 and rest < 10:  # noqa: PLR2004 "two thousand and five"
        return _english(year)
    if rest == 0:
        return f"{_english(century)} hundred"
    return f"{_english(century)} {'oh ' if rest < 10 else ''}{_english(rest)}"  # noqa: PLR2004

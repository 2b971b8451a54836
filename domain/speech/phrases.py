"""Lists, durations and prices."""

from collections.abc import Sequence
from typing import Literal

from domain.speech.numbers import CARDINAL_MAX, Lang, cardinal

_LINKS: dict[tuple[Lang, str], str] = {
    ("de", "or"): "oder",
    ("de", "and"): "und",
    ("en", "or"): "or",
    ("en", "and"): "and",
}


def join_words(items: Sequence[str], lang: Lang, link: Literal["or", "and"] = "or") -> str:
    """Like "A, B oder C"; empty for none."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {_LINKS[lang, link]} {items[-1]}"


def written_duration(minutes: int, lang: Lang) -> str:
    """Like "45 Minuten", "1 Stunde 30 Minuten", "2 hours"."""
    return _duration(minutes, lang, spoken=False)


def spoken_duration(minutes: int, lang: Lang) -> str:
    """Like "eine Stunde und dreißig Minuten", "one hour and thirty minutes"."""
    return _duration(minutes, lang, spoken=True)


def _duration(minutes: int, lang: Lang, *, spoken: bool) -> str:
    if minutes < 0:
        raise ValueError("a duration is not negative")
    hours, rest = divmod(minutes, 60)
    hour_word, minute_word = _UNITS[lang]
    parts = [
        _amount(number, word, lang, spoken=spoken)
        for number, word in ((hours, hour_word), (rest, minute_word))
        if number or (word == minute_word and minutes == 0)
    ]
    return f" {_LINKS[lang, 'and']} ".join(parts) if spoken else " ".join(parts)


_UNITS: dict[Lang, tuple[str, str]] = {"de": ("Stunde", "Minute"), "en": ("hour", "minute")}
_PLURALS: dict[Lang, str] = {"de": "n", "en": "s"}


def _amount(number: int, word: str, lang: Lang, *, spoken: bool) -> str:
    if number == 1:
        one = {"de": "eine", "en": "one"}[lang] if spoken else "1"
        return f"{one} {word}"
    return f"{cardinal(number, lang) if spoken else number} {word}{_PLURALS[lang]}"


def written_price(price_cents: int, lang: Lang, *, is_from: bool = False) -> str:
    """Like "32,00 €", "ab 1.110,00 €"; "€32.00", "from €1,110.00"."""
    if price_cents < 0:
        raise ValueError("a price is not negative")
    euros, cents = divmod(price_cents, 100)
    if lang == "de":
        return f"{'ab ' if is_from else ''}{f'{euros:,}'.replace(',', '.')},{cents:02} €"
    return f"{'from ' if is_from else ''}€{euros:,}.{cents:02}"


_CURRENCIES: dict[str, dict[Lang, tuple[str, str]]] = {
    "EUR": {"de": ("Euro", "Euro"), "en": ("euro", "euros")},
    "CHF": {"de": ("Franken", "Franken"), "en": ("franc", "francs")},
}


def spoken_price(
    price_cents: int, lang: Lang, *, is_from: bool = False, currency: str = "EUR"
) -> str:
    """Like "zweiunddreißig Euro fünfzig", "ab einhundertzehn Euro", "thirty-two euros fifty".

    A currency that has no words here is said by its code.
    """
    if not 0 <= price_cents <= CARDINAL_MAX * 100:
        raise ValueError("no words for this price")
    euros, cents = divmod(price_cents, 100)
    one, many = _CURRENCIES.get(currency, {}).get(lang, (currency, currency))
    if lang == "de":
        # "ein Euro", "einhunderteinen Euro" is said by nobody; "eins" never stands before a noun.
        number = cardinal(euros, "de")
        amount = f"{number[:-1] if number.endswith('eins') else number} {one}"
    else:
        amount = f"{cardinal(euros, 'en')} {one if euros == 1 else many}"
    prefix = {"de": "ab ", "en": "from "}[lang] if is_from else ""
    return f"{prefix}{amount}" + (f" {cardinal(cents, lang)}" if cents else "")

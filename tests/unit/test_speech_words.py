"""Numbers, prices, durations and lists in words."""

import pytest

from domain.speech import (
    Lang,
    cardinal,
    join_words,
    ordinal,
    spoken_duration,
    spoken_price,
    written_duration,
    written_price,
    year_words,
)


@pytest.mark.parametrize(
    ("number", "german", "english"),
    [
        (0, "null", "zero"),
        (1, "eins", "one"),
        (16, "sechzehn", "sixteen"),
        (17, "siebzehn", "seventeen"),
        (21, "einundzwanzig", "twenty-one"),
        (30, "dreißig", "thirty"),
        (99, "neunundneunzig", "ninety-nine"),
        (100, "einhundert", "one hundred"),
        (101, "einhunderteins", "one hundred and one"),
        (1_110, "eintausendeinhundertzehn", "one thousand one hundred and ten"),
        (101_000, "einhunderteintausend", "one hundred and one thousand"),
    ],
)
def test_cardinals(number: int, german: str, english: str) -> None:
    assert cardinal(number, "de") == german
    assert cardinal(number, "en") == english


@pytest.mark.parametrize(
    ("number", "german", "english"),
    [
        (1, "erste", "first"),
        (2, "zweite", "second"),
        (3, "dritte", "third"),
        (7, "siebte", "seventh"),
        (8, "achte", "eighth"),
        (12, "zwölfte", "twelfth"),
        (19, "neunzehnte", "nineteenth"),
        (20, "zwanzigste", "twentieth"),
        (21, "einundzwanzigste", "twenty-first"),
        (31, "einunddreißigste", "thirty-first"),
        (100, "hundertste", "hundredth"),
    ],
)
def test_ordinals(number: int, german: str, english: str) -> None:
    assert ordinal(number, "de") == german
    assert ordinal(number, "en") == english


@pytest.mark.parametrize(
    ("year", "german", "english"),
    [
        (1999, "neunzehnhundertneunundneunzig", "nineteen ninety-nine"),
        (1900, "neunzehnhundert", "nineteen hundred"),
        (2000, "zweitausend", "two thousand"),
        (2005, "zweitausendfünf", "two thousand and five"),
        (2026, "zweitausendsechsundzwanzig", "twenty twenty-six"),
        (2105, "zweitausendeinhundertfünf", "twenty-one oh five"),
    ],
)
def test_years(year: int, german: str, english: str) -> None:
    assert year_words(year, "de") == german
    assert year_words(year, "en") == english


@pytest.mark.parametrize("lang", ["de", "en"])
def test_no_two_numbers_share_their_words(lang: Lang) -> None:
    assert len({cardinal(number, lang) for number in range(20_000)}) == 20_000
    assert len({ordinal(number, lang) for number in range(101)}) == 101


def test_numbers_without_words_are_refused() -> None:
    with pytest.raises(ValueError, match="no words"):
        cardinal(-1, "de")
    with pytest.raises(ValueError, match="no ordinal"):
        ordinal(101, "en")


def test_prices() -> None:
    assert written_price(3_200, "de") == "32,00 €"
    assert written_price(11_000, "de", is_from=True) == "ab 110,00 €"
    assert written_price(123_456_789, "de") == "1.234.567,89 €"
    assert written_price(11_005, "en", is_from=True) == "from €110.05"
    assert spoken_price(3_250, "de") == "zweiunddreißig Euro fünfzig"
    assert spoken_price(100, "de") == "ein Euro"
    assert spoken_price(100, "en") == "one euro"
    assert spoken_price(11_000, "de", is_from=True) == "ab einhundertzehn Euro"


def test_durations() -> None:
    assert written_duration(45, "de") == "45 Minuten"
    assert written_duration(90, "de") == "1 Stunde 30 Minuten"
    assert written_duration(121, "en") == "2 hours 1 minute"
    assert written_duration(0, "de") == "0 Minuten"
    assert spoken_duration(61, "de") == "eine Stunde und eine Minute"
    assert spoken_duration(45, "en") == "forty-five minutes"


def test_lists() -> None:
    assert join_words(["A", "B", "C"], "de") == "A, B oder C"
    assert join_words(["A", "B"], "en", "and") == "A and B"
    assert join_words(["A"], "de") == "A"
    assert join_words([], "de") == ""

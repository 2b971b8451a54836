"""How a text is cut: two alphabets, two rooms, and characters that are never split."""

import pytest

from integrations.sms import Segments, count_segments, plain_text
from integrations.sms.segments import BASIC, EXTENSION


def gsm7(units: int, count: int) -> Segments:
    return Segments(encoding="gsm7", units=units, count=count)


def ucs2(units: int, count: int) -> Segments:
    return Segments(encoding="ucs2", units=units, count=count)


def test_the_basic_alphabet_has_127_characters_and_the_extension_ten() -> None:
    # 128 places, one of them the escape to the extension (3GPP TS 23.038, 6.2.1).
    assert (len(BASIC), len(EXTENSION)) == (127, 10)
    assert BASIC.isdisjoint(EXTENSION)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", gsm7(0, 0)),
        ("Grüße, Straße 5, ÄÖÜäöüß", gsm7(24, 1)),
        ("10 €", gsm7(5, 1)),
        ("[{~|^\\}]", gsm7(16, 1)),
        ("Zeile\neins", gsm7(10, 1)),
        ("Guten Tag 😀", ucs2(12, 1)),
        ("Ayşe", ucs2(4, 1)),
        ("„Termin“", ucs2(8, 1)),
        ("14\u202fUhr", ucs2(6, 1)),
        ("garc\u0327on", ucs2(7, 1)),
        ("`", ucs2(1, 1)),
    ],
)
def test_characters_cost_what_their_alphabet_says(text: str, expected: Segments) -> None:
    assert count_segments(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ä" * 160, gsm7(160, 1)),
        ("ä" * 161, gsm7(161, 2)),
        ("ä" * 306, gsm7(306, 2)),
        ("ä" * 307, gsm7(307, 3)),
        ("ä" * 159 + "€", gsm7(161, 2)),
        ("ş" * 70, ucs2(70, 1)),
        ("ş" * 71, ucs2(71, 2)),
        ("ş" * 134, ucs2(134, 2)),
        ("ş" * 135, ucs2(135, 3)),
    ],
)
def test_one_unit_too_many_is_another_segment(text: str, expected: Segments) -> None:
    assert count_segments(text) == expected


def test_an_escaped_character_is_not_split_between_segments() -> None:
    # 306 units would fill two segments, but the euro sign would begin in one and end in the next.
    text = "a" * 152 + "€" + "a" * 152
    assert count_segments(text) == gsm7(306, 3)


def test_an_emoji_is_not_split_between_segments() -> None:
    text = "a" * 66 + "😀" + "a" * 66
    assert count_segments(text) == ucs2(134, 3)


def test_plain_text_halves_the_bill_of_typography_and_leaves_the_words() -> None:
    typed = "„Damenschnitt“ – 14\u202fUhr … bis\u00a0bald, Ihr ‚Salon‘"
    plain = plain_text(typed)
    assert plain == "\"Damenschnitt\" - 14 Uhr ... bis bald, Ihr 'Salon'"
    assert count_segments(typed).encoding == "ucs2"
    assert count_segments(plain).encoding == "gsm7"


def test_plain_text_composes_letters_that_came_in_two_parts() -> None:
    decomposed = "Gru\u0308\u00dfe"
    assert count_segments(decomposed).encoding == "ucs2"
    assert plain_text(decomposed) == "Grüße"


def test_plain_text_leaves_names_and_emojis_alone() -> None:
    assert plain_text("Ayşe Yıldız 😀 ç") == "Ayşe Yıldız 😀 ç"

"""The table of sentences is whole, and each can be said with nothing or everything known."""

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import HANDLING
from domain.errors import SentenceKey as ErrorSentenceKey
from domain.speech import (
    KEYS,
    SENTENCES,
    Lang,
    field_words,
    fields_of,
    outcome_words,
    reason_sentence,
    say,
)
from domain.speech.labels import FIELDS, OUTCOMES, REASONS

LANGS: tuple[Lang, ...] = ("de", "en")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
PROMISED = {
    *("slot_taken", "outside_hours", "closed", "holiday", "too_soon", "too_far", "staff_off"),
    *("unknown_service", "unknown_branch", "clarify", "booked", "reserved", "cancelled"),
    *("rescheduled", "callback", "not_found", "cancel_limit"),
}


def test_every_promised_key_is_there() -> None:
    assert set(KEYS) >= PROMISED
    assert set(KEYS) >= set(get_args(ErrorSentenceKey))


@pytest.mark.parametrize("table", [SENTENCES, FIELDS, OUTCOMES, REASONS])
def test_every_key_has_both_languages_and_they_differ(
    table: dict[str, dict[Lang, str]],
) -> None:
    for key, by_lang in table.items():
        assert set(by_lang) == set(LANGS), key
        assert by_lang["de"] != by_lang["en"], key


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_of_a_sentence_tell_the_same_facts(key: str) -> None:
    places = {lang: set(re.findall(r"\{(\w+)\}", SENTENCES[key][lang])) for lang in LANGS}
    assert places["de"] == places["en"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_is_whole_with_nothing_and_with_everything_known(key: str, lang: Lang) -> None:
    everything = {field: f"«{field}»" for field in fields_of(key)}
    for sentence in (say(key, lang), say(key, lang, **everything)):
        assert sentence[0].isupper() or sentence[0] == "«"
        assert sentence[-1] in ".?»"
        assert not re.search(r"[\[\]{}|]|  | [.,?]", sentence)


@pytest.mark.parametrize("key", KEYS)
def test_each_field_is_said_where_it_alone_or_all_are_known(key: str) -> None:
    for lang in LANGS:
        everything = {field: f"«{field}»" for field in fields_of(key)}
        for field in fields_of(key):
            told = say(key, lang, **everything) + say(key, lang, **{field: f"«{field}»"})
            assert f"«{field}»" in told, (key, lang, field)


def test_a_refusal_carries_its_alternatives() -> None:
    sentence = say("slot_taken", "de", offers=("heute um neun", "morgen um zehn", "um elf"))
    assert sentence == (
        "Zu dieser Zeit ist leider nichts mehr frei. "
        "Ich kann Ihnen heute um neun, morgen um zehn oder um elf anbieten."
    )


def test_what_is_unknown_is_left_out() -> None:
    assert say("booked", "en", when=None, staff="") == "Your appointment is booked."
    assert say("slot_taken", "en", offers=()) == "I am sorry, that time is already taken."


def test_dates_in_iso_form_are_said_as_dates() -> None:
    assert say("booked", "de", when="2026-12-03T14:15:00+01:00") == (
        "Ihr Termin am Donnerstag, 3. Dezember 2026, 14:15 ist gebucht."
    )
    assert say("unknown_service", "en", service="the 2026-99-99 offer") == (
        "I am sorry, we do not offer the 2026 99 99 offer."
    )


@settings(deadline=None)
@given(st.text(max_size=60), st.dates().map(str))
def test_a_callers_words_are_never_a_template_nor_an_iso_date(words: str, day: str) -> None:
    service = f"{words} {{staff}} [x|y] {words}{day}{words}"
    for lang in LANGS:
        sentence = say("unknown_service", lang, service=service)
        assert "{staff} [x|y]" in sentence
        assert not ISO_DATE.search(sentence)
        assert "\n" not in sentence


def test_every_code_of_a_refusal_has_a_sentence_for_the_branch() -> None:
    for code in (*HANDLING, *REASONS):
        for lang in LANGS:
            assert reason_sentence(code, lang)
    assert reason_sentence("no_such_code", "de") is None


def test_labels_name_what_is_missing_and_what_came_out() -> None:
    assert field_words(("service", "start", "shoe_size"), "de") == (
        "die Leistung",
        "Tag und Uhrzeit",
        "shoe size",
    )
    assert outcome_words("callback", "en") == "callback wanted"

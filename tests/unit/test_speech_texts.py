"""What customers read as SMS: two segments at most, whatever they and the company are called."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.texting import SEGMENTS_MAX, fitting
from domain.speech import Lang
from domain.speech.texts import TextFacts, TextKind, text_messages
from integrations.sms import count_segments

KINDS: tuple[TextKind, ...] = get_args(TextKind)
LANGS: tuple[Lang, ...] = ("de", "en")
ABOUT_A_TIME = [kind for kind in KINDS if kind not in ("not_booked", "code", "help")]
WHEN = "Donnerstag, 3. Dezember 2026, 14:15 Uhr"
FACTS = TextFacts(
    company="Salon Haarwerk",
    branch="Mitte",
    phone="030 23125019",
    when=WHEN,
    service="Herrenhaarschnitt",
    staff="Mehmet",
)
NAMES = st.text(min_size=1, max_size=120)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", ABOUT_A_TIME)
def test_a_text_says_who_and_when_and_how_to_answer(kind: TextKind, lang: Lang) -> None:
    text = text_messages(kind, lang, FACTS)[0]
    assert text.startswith("Salon Haarwerk Mitte: ")
    assert WHEN in text
    assert "Herrenhaarschnitt" in text
    assert "  " not in text
    assert "{" not in text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_known_leaves_no_gap(kind: TextKind, lang: Lang) -> None:
    text = text_messages(kind, lang, TextFacts(company="Praxis", when=WHEN, code="048213"))[0]
    assert "None" not in text
    assert "  " not in text
    assert ": ." not in text


def test_the_german_words_are_as_a_salon_would_write_them() -> None:
    assert text_messages("confirmation", "de", FACTS)[0] == (
        "Salon Haarwerk Mitte: Ihr Termin ist bestätigt: Donnerstag, 3. Dezember 2026, 14:15 Uhr, "
        "Herrenhaarschnitt bei Mehmet. Verschieben oder absagen: 030 23125019."
    )


def test_offers_are_two_and_go_first_where_there_is_no_room() -> None:
    offers = ("Montag um 9", "Dienstag um 10", "Mittwoch um 11")
    forms = text_messages("apology", "de", TextFacts(company="Praxis", when=WHEN, offers=offers))
    assert "Frei ist noch: Montag um 9 oder Dienstag um 10." in forms[0]
    assert "Mittwoch" not in forms[0]
    assert "Frei ist noch" not in forms[-1]
    assert len(forms) == 3


def test_how_to_get_no_more_of_them_is_said_only_where_asked_for() -> None:
    told = TextFacts(company="Praxis", when=WHEN, phone="030 1", opt_out=True)
    assert "Keine SMS mehr? Anruf genügt: 030 1." in text_messages("confirmation", "de", told)[0]
    assert "Keine SMS" not in text_messages("confirmation", "de", FACTS)[0]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(LANGS), st.tuples(NAMES, NAMES, NAMES, NAMES))
def test_every_text_fits_into_two_segments_of_plain_letters(
    kind: TextKind, lang: Lang, names: tuple[str, str, str, str]
) -> None:
    company, branch, service, staff = names
    facts = TextFacts(
        company=company,
        branch=branch,
        phone="+49 30 23125019",
        when=WHEN + " Winterzeit",
        service=service,
        staff=staff,
        offers=(WHEN, WHEN + " Sommerzeit"),
        code="048213",
        opt_out=True,
    )
    body = fitting(text_messages(kind, lang, facts))
    segments = count_segments(body)
    assert segments.encoding == "gsm7"
    assert 1 <= segments.count <= SEGMENTS_MAX


def test_letters_that_would_halve_the_room_lose_their_marks() -> None:
    assert fitting(["Termin bei Ayşe Yıldız, Straße 5 für 30 €, Жы"]) == (
        "Termin bei Ayse Yildiz, Straße 5 für 30 €, ??"
    )

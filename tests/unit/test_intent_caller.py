"""Names, numbers, addresses and services, as callers say them and recognisers hear them."""

import pytest

from domain.intent import contact, mentions
from domain.intent.names import NameSheet
from domain.intent.numerals import DE_ORDINALS
from domain.intent.text import sound
from tests.builders.talk import make_catalogue


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("null eins sieben sechs, null vier null, sechs neun null, zwo zwo", "+4917604069022"),
        ("plus vier drei sechs sechs null eins zwei drei vier fünf sechs sieben", "+436601234567"),
        ("meine Nummer ist 0176 040 690 22", "+4917604069022"),
        ("null dreißig, dreiundzwanzig zwölf fünfzig zehn", "+493023125010"),
        ("double four, das ist alles", None),
        ("ich komme um acht", None),
        ("0176.12 34 56 78", "+4917612345678"),
        ("0176 12.10.20.30", "+4917612102030"),
        ("0176 12.10.2026", "+4917612102026"),
        ("0171 12 10 2026", "+4917112102026"),
        ("+49 30 12.10.20", "+4930121020"),
        ("01.12.10.20.30", "+49112102030"),
        ("40/12 34 56 78", "+494012345678"),
    ],
)
def test_dictated_numbers_become_e164(said: str, number: str | None) -> None:
    assert contact.spoken_phone(said, "DE") == number


@pytest.mark.parametrize(
    "said",
    [
        "am 23.11.2026",
        "23.11.2026 um 14 Uhr",
        "am 23. 11. 2026 um 14.30 Uhr",
        "am 3.5.26 um 14.30 Uhr",
        "am 23.11. 14.30",
        "23 11 2026",
        "am 23 11 2026 um 14 Uhr 30",
        "23-11-2026",
        "23/11/2026 14:30",
        "11/23/2026",
        "2026-11-23 14:30",
    ],
)
def test_a_date_in_figures_is_no_phone_number(said: str) -> None:
    assert contact.spoken_phone(said, "DE") is None
    assert contact.has_date_in_figures(said)
    beside = f"{said}, meine Nummer ist 0176 12 34 56 78"
    assert contact.spoken_phone(beside, "DE") == "+4917612345678"


def test_a_date_after_a_whole_number_is_no_part_of_it() -> None:
    assert contact.spoken_phone("0176 12345678, 23.11.2026", "DE") == "+4917612345678"


@pytest.mark.parametrize(
    "said", ["0176.12 34 56", "null eins sieben sechs", "um 14 Uhr", "99.99.2026"]
)
def test_what_is_no_day_of_the_calendar_is_no_date(said: str) -> None:
    assert not contact.has_date_in_figures(said)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("sabine punkt koller at beispiel minus post punkt de", "sabine.koller@beispiel-post.de"),
        ("meine Adresse ist h unterstrich maier at example punkt com", "h_maier@example.com"),
        ("jürgen.groß@example.de", "juergen.gross@example.de"),
        ("tom dot baker at example dot org", "tom.baker@example.org"),
        ("um vier at home", None),
    ],
)
def test_dictated_mail_addresses_are_written_out(said: str, address: str | None) -> None:
    assert contact.spoken_email(said) == address


@pytest.mark.parametrize("number", ["anonymous", "", "{{caller}}", "+49", None])
def test_what_an_exchange_sends_instead_of_a_number_is_none(number: str | None) -> None:
    assert contact.caller_number(number) is None


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ("wir sind zu dritt, ein Termin für drei Personen", 3),
        ("for two people please", 2),
        ("für morgen", None),
    ],
)
def test_how_many_come_is_heard(said: str, people: int | None) -> None:
    assert contact.spoken_people(said) == people


@pytest.mark.parametrize(
    ("turns", "name"),
    [
        ([("", "Guten Tag, mein Name ist Sabine Koller.")], "Sabine Koller"),
        ([("", "Franke, Simone. Ich hätte eine Frage.")], "Simone Franke"),
        ([("", "Hallo, Pohl."), ("Ihr Vorname?", "Beate.")], "Beate Pohl"),
        ([("", "Gruber am Apparat."), ("Ihr Vorname bitte?", "Magdalena.")], "Magdalena Gruber"),
        ([("Auf welchen Namen?", "Emre, Emre Aydin, A Y D I N.")], "Emre Aydin"),
        (
            [("Ihr Name?", "Mayer, Anna Mayer"), ("Wie schreibt man das?", "M A I E R")],
            "Anna Maier",
        ),
        ([("", "Hi, this is Tom Baker.")], "Tom Baker"),
        ([("", "Ich bin ganz durcheinander.")], None),
        ([("", "Guten Morgen, ich brauche Hilfe.")], None),
    ],
)
def test_the_caller_is_called_what_he_says(turns: list[tuple[str, str]], name: str | None) -> None:
    sheet = NameSheet()
    for n, (question, said) in enumerate(turns):
        sheet.user(said, question, n, opening=n == 0)
    assert sheet.full == name


@pytest.mark.parametrize(
    ("one", "other"), [("Yilmaz", "Jilmas"), ("Meier", "Mayer"), ("Schmidt", "Schmitt")]
)
def test_names_of_one_sound_have_one_key(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    ("said", "services"),
    [
        ("Haarschnitt und Bart bitte", ["svc_Haarschnitt und Bart"]),
        ("einen Herren Haarschnitt", ["svc_Herrenhaarschnitt"]),
        ("waschen schneiden und föhnen", ["svc_Waschen, Schneiden, Föhnen"]),
        ("eine Balaiage", ["svc_Balayage"]),
        ("um siebzehn Uhr", []),
    ],
)
def test_services_are_found_in_spite_of_mishearing(said: str, services: list[str]) -> None:
    book = mentions.book(make_catalogue("salon"))
    assert [m.ids[0] for m in mentions.find(book.services, said)] == services


@pytest.mark.parametrize(
    ("word", "n"),
    [("zwanzigsten", 20), ("zweiundzwanzigste", 22), ("dreissigster", 30), ("siebten", 7)],
)
def test_ordinals_have_their_standard_words(word: str, n: int) -> None:
    assert DE_ORDINALS[word] == n


def test_every_day_of_a_month_has_an_ordinal_in_every_ending() -> None:
    for ending in ("e", "er", "en"):
        days = {n for word, n in DE_ORDINALS.items() if word.endswith(ending)}
        assert days == set(range(1, 32))

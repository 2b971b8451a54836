"""Several times in one breath: whoever does not choose one has taken none."""

import pytest

from domain.intent import BookingIntent
from tests.builders.talk import heard, make_catalogue, wall

SALON = make_catalogue()
THREE = (
    "Am Freitag, dem siebenundzwanzigsten November, um neun Uhr dreißig ist leider schon belegt. "
    "Frei sind elf Uhr fünfzehn und elf Uhr dreißig, und am Donnerstag, dem sechsundzwanzigsten "
    "November, sechzehn Uhr dreißig."
)
THREE_EN = (
    "On Friday the 27th of November at half past nine is already taken. Free are eleven fifteen "
    "and eleven thirty, and on Thursday the 26th of November, half past four in the afternoon."
)
ONE = (
    "Am Freitag, dem siebenundzwanzigsten November, um neun Uhr dreißig ist leider schon belegt. "
    "Frei ist am Freitag, dem siebenundzwanzigsten November, elf Uhr fünfzehn."
)


def answered(said: str, offer: str = THREE, then: str = "") -> BookingIntent:
    return heard(
        f"""
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Petra Sander. Einen Damenhaarschnitt am Freitag um halb zehn, bitte.
        A: {offer}
        U: {said}
        {then}
        """,
        SALON,
    )


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("Das Erste, bitte.", "2026-11-27T11:15"),
        ("Den ersten Termin, gern.", "2026-11-27T11:15"),
        ("Ja, dann das zweite.", "2026-11-27T11:30"),
        ("Zweiteres. Das zweite passt.", "2026-11-27T11:30"),
        ("Das dritte nehme ich.", "2026-11-26T16:30"),
        ("Ich nehme den letzten.", "2026-11-26T16:30"),
        ("Elf Uhr dreißig, bitte.", "2026-11-27T11:30"),
        ("Viertel nach elf passt mir.", "2026-11-27T11:15"),
        ("Dann Donnerstag.", "2026-11-26T16:30"),
        ("Am Donnerstag um halb fünf, gern.", "2026-11-26T16:30"),
        ("Nein, dann lieber am Donnerstag.", "2026-11-26T16:30"),
        ("Den frühesten davon.", "2026-11-26T16:30"),
        ("Das erste passt nicht, das zweite schon.", "2026-11-27T11:30"),
        ("Das erste nicht, aber das zweite.", "2026-11-27T11:30"),
        ("Donnerstag nicht, lieber am Freitag um halb zwölf.", "2026-11-27T11:30"),
    ],
)
def test_whoever_names_one_or_its_place_has_chosen(said: str, start: str) -> None:
    intent = answered(said)
    assert intent.start_local == wall(start)
    assert intent.confirmed_by_caller
    assert intent.action == "book"


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("The first one, please.", "2026-11-27T11:15"),
        ("I'll take the second one.", "2026-11-27T11:30"),
        ("Half past four on Thursday, please.", "2026-11-26T16:30"),
    ],
)
def test_so_has_whoever_does_it_in_english(said: str, start: str) -> None:
    intent = heard(
        f"""
        A: Salon Haarwerk, how can I help?
        U: This is Anne Miller. I'd like a women's haircut on Friday at nine thirty, please.
        A: {THREE_EN}
        U: {said}
        """,
        SALON,
    )
    assert intent.start_local == wall(start)
    assert intent.confirmed_by_caller


@pytest.mark.parametrize(
    "said",
    [
        "Ja, gern.",
        "Passt.",
        "Sie haben es mir doch versprochen! Tragen Sie es ein!",
        "Das ist mein erstes Mal bei Ihnen.",
        "Am Freitag, bitte.",
        "Hm.",
        "Wie lange dauert das denn?",
        "Das passt mir alles nicht.",
        "Da muss ich arbeiten.",
        "Donnerstag eher nicht.",
        "Am Donnerstag nicht.",
        "Das erste nicht.",
    ],
)
def test_who_chooses_none_of_several_has_none(said: str) -> None:
    assert not answered(said).confirmed_by_caller


@pytest.mark.parametrize(
    "said",
    [
        "Da muss ich arbeiten.",
        "Elf Uhr fünfzehn geht leider nicht.",
        "Das passt mir leider nicht.",
        "Passt mir nicht.",
        "Sie haben mir halb zehn versprochen!",
        "Hm, das ist mir zu spät.",
        "Haben Sie nichts anderes?",
        "Gut, aber da kann ich nicht.",
        "Ach, da kann ich leider nicht.",
        "Da hab ich schon was vor.",
        "Oh, das wäre mir zu spät.",
        "Also, und wie lange dauert das?",
        "Danke, nein, das ist nichts für mich.",
        "Oh, nein.",
        "Schon wieder nichts?",
    ],
)
def test_one_that_the_caller_did_not_name_wants_a_yes(said: str) -> None:
    assert not answered(said, ONE).confirmed_by_caller


@pytest.mark.parametrize(
    "said",
    [
        "Ja, gern.",
        "Oh, das nehme ich.",
        "Na gut, meinetwegen.",
        "Dann tragen Sie mich da ein.",
        "Elf Uhr fünfzehn. Gut.",
        "Hm. Elf Uhr fünfzehn.",
        "Das geht.",
        "Ach, prima.",
        "Oh ja, bitte.",
        "Das wäre super.",
        "Klingt gut.",
        "Warum nicht?",
        "Da hätte ich Zeit.",
        "Alles klar, dann machen wir das.",
        "Äh, ja, gern.",
    ],
)
def test_and_gets_it_by_a_yes(said: str) -> None:
    intent = answered(said, ONE)
    assert intent.start_local == wall("2026-11-27T11:15")
    assert intent.confirmed_by_caller


HELD = (
    "Für Damenhaarschnitt halte ich Ihnen Freitag, den siebenundzwanzigsten November, um neun Uhr "
    "dreißig frei."
)


@pytest.mark.parametrize(
    "said",
    [
        "Äh, Moment.",
        "Moment mal …",
        "Warten Sie, ich frage meine Frau.",
        "Was kostet das denn?",
        "Hm, ich weiß nicht.",
        "Wait a second.",
        "",
    ],
)
def test_who_is_asked_for_a_yes_and_says_none_has_not_said_it(said: str) -> None:
    assert not answered(said, f"{HELD} Soll ich verbindlich buchen?").confirmed_by_caller


@pytest.mark.parametrize("said", ["Äh, Moment.", "Eine Sekunde.", "Augenblick, bitte."])
def test_who_wants_a_moment_has_not_agreed_to_what_is_told(said: str) -> None:
    assert not answered(said, HELD).confirmed_by_caller


@pytest.mark.parametrize(
    "said", ["Moment … ja, das passt.", "Ja, im Moment passt das gut.", "Ja.", "Gern."]
)
def test_the_yes_may_come_after_a_moment(said: str) -> None:
    intent = answered(said, f"{HELD} Soll ich verbindlich buchen?")
    assert intent.confirmed_by_caller
    assert intent.start_local == wall("2026-11-27T09:30")


def test_a_time_is_asked_for_on_the_day_that_was_offered() -> None:
    offer = "Am Freitag ist alles belegt. Ich hätte am Donnerstag um zehn Uhr."
    intent = answered("Geht auch zwölf Uhr?", offer)
    assert intent.start_local == wall("2026-11-26T12:00")
    assert not intent.confirmed_by_caller


def test_the_one_that_is_read_back_after_a_list_counts() -> None:
    offer = "Frei sind am Freitag elf Uhr und zwölf Uhr. Also Freitag um zwölf Uhr, richtig?"
    intent = answered("Ja, richtig.", offer)
    assert intent.start_local == wall("2026-11-27T12:00")
    assert intent.confirmed_by_caller


def test_a_time_in_two_pieces_is_one() -> None:
    offer = "Da ist leider belegt. Am Donnerstag hätte ich was. Um elf Uhr. Passt das?"
    intent = answered("Ja.", offer)
    assert intent.start_local == wall("2026-11-26T11:00")
    assert intent.confirmed_by_caller


@pytest.mark.parametrize(
    "end",
    [
        "Dann eben nicht.",
        "Dann halt nicht, schade.",
        "Vergessen Sie's.",
        "Dann versuche ich es woanders.",
        "Schade, dann ein andermal.",
    ],
)
def test_whoever_gives_up_at_the_end_wants_nothing(end: str) -> None:
    intent = answered("Ja, gern.", ONE, f"A: Sind Sie sicher?\n        U: {end}")
    assert intent.action == "none"
    assert not intent.confirmed_by_caller


def test_a_choice_between_two_appointments_to_cancel() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hier ist Petra Sander. Ich möchte meinen Termin absagen.
        A: Sie haben am Mittwoch um zehn Uhr und am Donnerstag um elf Uhr einen Termin. Welchen?
        U: Den zweiten, bitte.
        """,
        SALON,
    )
    assert intent.action == "cancel"
    assert intent.original_start_local == wall("2026-11-26T11:00")


def test_a_yes_between_two_appointments_cancels_neither() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hier ist Petra Sander. Ich möchte meinen Termin absagen.
        A: Sie haben am Mittwoch um zehn Uhr und am Donnerstag um elf Uhr einen Termin. Absagen?
        U: Ja.
        """,
        SALON,
    )
    assert not intent.confirmed_by_caller

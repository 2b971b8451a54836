"""What one utterance wants, in sentences of our own."""

import pytest

from domain.intent import read_action

SAID = [
    ("Ich hätte gern einen Termin zum Haareschneiden.", "de", "book"),
    ("Können Sie mir für Freitag einen Termin eintragen?", "de", "book"),
    ("Ich möchte morgen um zehn vorbeikommen, buchen Sie das bitte.", "de", "book"),
    ("Reservieren Sie mir bitte einen Tisch für vier.", "de", "book"),
    ("Ich muss meinen Termin leider absagen.", "de", "cancel"),
    ("Streichen Sie den Termin am Montag bitte.", "de", "cancel"),
    ("Sagen Sie den Termin morgen bitte ab.", "de", "cancel"),
    ("Können wir das auf Donnerstag verschieben?", "de", "reschedule"),
    ("Ich würde den Termin gern verlegen.", "de", "reschedule"),
    ("Bitte ändern Sie die Uhrzeit auf elf.", "de", "reschedule"),
    ("Geht es auch eine Stunde nach hinten?", "de", "reschedule"),
    ("Wann ist mein nächster Termin?", "de", "info"),
    ("Was habe ich morgen im Kalender?", "de", "info"),
    ("Wie lange dauert eine Zahnreinigung?", "de", "info"),
    ("Zeigen Sie mir meine Termine.", "de", "info"),
    ("Wie wird das Wetter am Wochenende?", "de", "other"),
    ("Spiel etwas Musik von früher.", "de", "other"),
    ("I brauchat an Termin am Pfinsda.", "de", "book"),
    ("Sog den Termin morgn ob.", "de", "cancel"),
    ("Wia wird des Weda heit?", "de", "other"),
    ("I'd like to book an appointment for Tuesday.", "en", "book"),
    ("Could you put me down for a haircut, I need an appointment.", "en", "book"),
    ("Please cancel my appointment tomorrow.", "en", "cancel"),
    ("Take me off the list and delete the booking.", "en", "cancel"),
    ("Can we move my appointment to Friday?", "en", "reschedule"),
    ("I need to reschedule.", "en", "reschedule"),
    ("When is my next appointment?", "en", "info"),
    ("What do I have on Monday?", "en", "info"),
    ("Will it rain on Saturday?", "en", "other"),
    ("Play some jazz.", "en", "other"),
]


@pytest.mark.parametrize(("text", "lang", "wish"), SAID)
def test_the_wish_of_a_single_sentence_is_read(text: str, lang: str, wish: str) -> None:
    assert read_action(text, lang) == wish

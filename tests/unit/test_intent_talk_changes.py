"""Conversations that move, cancel, rule out or come to nothing.

Each is held on Tuesday 24 November 2026 at 9:20 in Berlin.
"""

import pytest

from domain.intent import understand
from tests.builders.talk import NOW, heard, make_catalogue, make_turns, wall

SALON, PRACTICE = make_catalogue("salon"), make_catalogue("practice")


def test_an_appointment_is_moved_from_one_day_to_another() -> None:
    intent = heard(
        """
        A: Haarstudio Seeblick, guten Tag.
        U: Servus, Karin Hofer. Ich würd gern meinen Termin vom Donnerstag um zehn auf den
           dritten Dezember um neun verlegen.
        A: Von Donnerstag, dem sechsundzwanzigsten November, zehn Uhr auf Donnerstag, den
           dritten Dezember, neun Uhr. Richtig?
        U: Ja, passt.
        A: Ist umgebucht.
        """,
        SALON,
    )
    assert intent.action == "reschedule"
    assert intent.start_local == wall("2026-12-03T09:00")
    assert intent.original_start_local == wall("2026-11-26T10:00")
    assert intent.customer_name == "Karin Hofer"
    assert intent.confirmed_by_caller


def test_nein_to_anything_else_is_no_objection() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Guten Tag, Andrea Fuchs, einen Termin für Färben und Schneiden am Mittwoch, den
           zweiten Zwölften, um Viertel nach neun.
        A: Färben und Schneiden am Mittwoch, dem zweiten Dezember, um neun Uhr fünfzehn.
           Das ist notiert. Kann ich sonst noch etwas für Sie tun?
        U: Nein danke, das war alles.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-12-02T09:15")
    assert intent.service_name == "Färben und Schneiden"
    assert intent.customer_name == "Andrea Fuchs"
    assert intent.confirmed_by_caller


def test_dreiviertel_fuenf_is_set_right() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Norbert Sailer, ich möchte zum Bart trimmen kommen, morgen dreiviertel fünf.
        A: Morgen um fünf Uhr fünfundvierzig?
        U: Nein, dreiviertel fünf, sechzehn Uhr fünfundvierzig.
        A: Sechzehn Uhr fünfundvierzig, Mittwoch, fünfundzwanzigster November. Stimmt das?
        U: Stimmt.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-25T16:45")
    assert intent.service_name == "Bart trimmen"
    assert intent.customer_name == "Norbert Sailer"
    assert intent.confirmed_by_caller


def test_a_morning_is_wished_and_an_hour_offered() -> None:
    intent = heard(
        """
        A: Physio am Markt, guten Tag.
        U: Hallo, hier spricht Renate Voss, ich bräuchte eine Massage, am liebsten
           Donnerstagvormittag.
        A: Am Donnerstag, dem sechsundzwanzigsten November, hätte ich um neun Uhr oder um
           zehn Uhr dreißig etwas frei.
        U: Dann halb elf.
        A: Massage am Donnerstag um zehn Uhr dreißig. Soll ich das buchen?
        U: Ja gerne.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-26T10:30")
    assert intent.service_name == "Massage"
    assert intent.customer_name == "Renate Voss"
    assert intent.confirmed_by_caller


def test_the_first_of_two_offers_is_taken() -> None:
    intent = heard(
        """
        A: Physio am Markt, guten Tag.
        U: Hallo, hier spricht Renate Voss, ich bräuchte eine Massage, am liebsten
           Donnerstagvormittag.
        A: Am Donnerstag, dem sechsundzwanzigsten November, hätte ich um neun Uhr oder um
           zehn Uhr dreißig etwas frei.
        U: Neun Uhr nehme ich.
        A: Gut, Massage am Donnerstag um neun Uhr. Richtig?
        U: Ja.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-26T09:00")
    assert intent.service_name == "Massage"
    assert intent.customer_name == "Renate Voss"
    assert intent.confirmed_by_caller


def test_a_phantom_ja_books_nothing() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Ja.
        A: Hallo, was darf ich für Sie tun?
        U: Ja hallo, ich wollte fragen, ob Sie am Freitag offen haben.
        A: Am Freitag haben wir von neun bis zwanzig Uhr geöffnet.
        U: Okay danke.
        """,
        SALON,
    )
    assert intent.action == "info"


def test_a_swiss_caller() -> None:
    intent = heard(
        """
        A: Haarstudio Seeblick, guten Tag.
        U: Grüezi, Urs Zbinden. I hätt gärn en Termin zum Haareschniide für Herre, am
           Donnschtig am vieri.
        A: Ein Herrenhaarschnitt am Donnerstag, dem sechsundzwanzigsten November, um
           sechzehn Uhr. Richtig?
        U: Ja gnau.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-26T16:00")
    assert intent.service_name == "Herrenhaarschnitt"
    assert intent.customer_name == "Urs Zbinden"
    assert intent.confirmed_by_caller


def test_an_english_caller_books_a_person() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, guten Tag.
        U: Hello, can I book a beard trim with Mehmet on Friday at quarter past one?
        A: A beard trim with Mehmet on Friday the twenty-seventh of November at one
           fifteen in the afternoon. What's your name?
        U: James Porter.
        A: Thanks, Mister Porter. Is that correct?
        U: Yes, that's correct, thank you.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-27T13:15")
    assert intent.service_name == "Bart trimmen"
    assert intent.staff_name == "Mehmet"
    assert intent.customer_name == "James Porter"
    assert intent.confirmed_by_caller
    assert intent.language == "en"


def test_a_phone_number_is_dictated() -> None:
    intent = heard(
        """
        A: Kosmetik Rosengarten, guten Tag.
        U: Hallo, Sonja Beck, Wimpernlifting am Samstag um zwölf bitte.
        A: Wimpernlifting am Samstag, dem achtundzwanzigsten November, um zwölf Uhr. Unter
           welcher Nummer erreichen wir Sie?
        U: Null eins sieben sieben, fünf fünf fünf, eins zwei drei vier.
        A: Danke. Soll ich so eintragen?
        U: Ja, bitte.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-28T12:00")
    assert intent.service_name == "Wimpernlifting"
    assert intent.customer_name == "Sonja Beck"
    assert intent.confirmed_by_caller


def test_the_day_to_cancel_is_asked_for() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Guten Tag, Ulrike Sommer, ich muss leider meinen Termin absagen.
        A: Wann wäre der Termin gewesen?
        U: Am Freitag um elf.
        A: Ihr Termin am Freitag, dem siebenundzwanzigsten November, um elf Uhr ist abgesagt.
        U: Danke, tschüss.
        """,
        SALON,
    )
    assert intent.action == "cancel"
    assert intent.original_start_local == wall("2026-11-27T11:00")
    assert intent.customer_name == "Ulrike Sommer"
    assert intent.confirmed_by_caller


def test_an_appointment_for_a_son() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Inge Paulsen, ich möchte für meinen Sohn einen Kinderhaarschnitt, Samstag um zehn.
        A: Kinderhaarschnitt am Samstag, dem achtundzwanzigsten November, um zehn Uhr. Passt?
        U: Passt.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-28T10:00")
    assert intent.service_name == "Kinderhaarschnitt"
    assert intent.customer_name == "Inge Paulsen"
    assert intent.confirmed_by_caller


def test_a_person_is_ruled_out() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Doris Wenk, Damenhaarschnitt am Mittwoch um elf, aber bitte nicht bei Sophie.
        A: Am Mittwoch um elf wäre Kerstin frei. Ist das in Ordnung?
        U: Ja, Kerstin ist super.
        A: Damenhaarschnitt bei Kerstin am Mittwoch, dem fünfundzwanzigsten November, um
           elf Uhr. Richtig?
        U: Ja.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-25T11:00")
    assert intent.service_name == "Damenhaarschnitt"
    assert intent.staff_name == "Kerstin"
    assert intent.customer_name == "Doris Wenk"
    assert intent.confirmed_by_caller


def test_an_appointment_the_same_day() -> None:
    intent = heard(
        """
        A: Zahnarztpraxis Doktor Lindner, guten Tag.
        U: Guten Tag, Hofbauer hier, ich hab Zahnschmerzen und bräuchte heute noch einen
           Termin, geht fünfzehn Uhr?
        A: Heute um fünfzehn Uhr in der Schmerzsprechstunde, das geht. Ihr Vorname?
        U: Xaver.
        A: Danke, Herr Hofbauer, bis später.
        U: Pfiat di.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-24T15:00")
    assert intent.service_name == "Schmerzsprechstunde"
    assert intent.customer_name == "Xaver Hofbauer"
    assert intent.confirmed_by_caller


def test_jaenner_is_next_year() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Servus, Pia Lang, einen Damenhaarschnitt bitte am siebten Jänner um neun Uhr dreißig.
        A: Damenhaarschnitt am Donnerstag, dem siebten Januar, um neun Uhr dreißig. Richtig?
        U: Genau.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2027-01-07T09:30")
    assert intent.service_name == "Damenhaarschnitt"
    assert intent.customer_name == "Pia Lang"
    assert intent.confirmed_by_caller


def test_an_english_question() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, guten Tag.
        U: Hi, how much is a women's haircut and are you open on Saturday?
        A: A women's haircut is fifty-five euros and we are open on Saturday from nine to four.
        U: Great, I'll think about it, bye.
        """,
        SALON,
    )
    assert intent.action == "info"
    assert intent.service_name == "Damenhaarschnitt"
    assert intent.language == "en"


def test_a_human_is_wanted() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Kann ich bitte mit einem Mitarbeiter sprechen? Es geht um eine Reklamation.
        A: Ich verbinde Sie.
        """,
        SALON,
    )
    assert intent.action == "transfer"


def test_a_service_is_heard_in_two_words() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Gerd Thoma, ich hätt gern einen Herren Haarschnitt am Freitag um neun Uhr dreißig.
        A: Am Freitag, siebenundzwanzigster November, um neun Uhr dreißig. In Ordnung?
        U: Ja, in Ordnung.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-27T09:30")
    assert intent.service_name == "Herrenhaarschnitt"
    assert intent.customer_name == "Gerd Thoma"
    assert intent.confirmed_by_caller


def test_a_new_appointment_in_place_of_the_cancelled() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Anna Kreuzer, ich muss den Termin morgen um zwölf absagen.
        A: Der Damenhaarschnitt am Mittwoch, dem fünfundzwanzigsten November, um zwölf
           Uhr. Möchten Sie gleich einen neuen Termin?
        U: Ja, geht es am Freitag um dreizehn Uhr?
        A: Freitag, der siebenundzwanzigste November, dreizehn Uhr ist frei. Soll ich
           Ihren Termin verlegen?
        U: Ja, bitte.
        A: Erledigt.
        """,
        SALON,
    )
    assert intent.action == "reschedule"
    assert intent.start_local == wall("2026-11-27T13:00")
    assert intent.original_start_local == wall("2026-11-25T12:00")
    assert intent.service_name == "Damenhaarschnitt"
    assert intent.customer_name == "Anna Kreuzer"
    assert intent.confirmed_by_caller


def test_what_is_over_is_never_booked() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Nora Wild, einen Damenhaarschnitt am vierundzwanzigsten November um acht Uhr früh.
        """,
        SALON,
    )
    assert intent.start_local is None
    assert "past" in intent.notes
    assert "time" in intent.missing or "date" in intent.missing


def test_an_hour_that_clocks_skip_is_asked_about() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Nora Wild, einen Damenhaarschnitt morgen um zwei Uhr dreißig in der Früh.
        """,
        SALON,
        now=wall("2027-03-27T12:00"),
    )
    assert intent.start_local is None
    assert "no such local time" in intent.notes


def test_two_days_that_would_do_are_both_kept_until_one_is_agreed() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Nora Wild, einen Damenhaarschnitt am Donnerstag um zehn oder am Freitag um elf.
        """,
        SALON,
    )
    assert intent.ambiguous
    assert intent.start_local is None
    assert intent.other_readings_local == (wall("2026-11-26T10:00"), wall("2026-11-27T11:00"))


def test_next_friday_without_a_question_is_not_guessed() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Nora Wild, einen Damenhaarschnitt nächsten Freitag um elf.
        """,
        SALON,
    )
    assert intent.ambiguous
    assert set(intent.other_readings_local) == {wall("2026-11-27T11:00"), wall("2026-12-04T11:00")}


def test_the_analysis_fills_a_name_but_never_overrules_a_time() -> None:
    turns = make_turns(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, ich hätte gern einen Damenhaarschnitt am Freitag um elf.
        A: Damenhaarschnitt am Freitag, dem siebenundzwanzigsten November, um elf Uhr. Richtig?
        U: Ja.
        """
    )
    analysis = {"customer_name": "Nora Wild", "appointment_start": "2026-11-28T15:00:00"}
    intent = understand(turns, now=NOW, zone="Europe/Berlin", catalogue=SALON, analysis=analysis)
    assert intent.customer_name == "Nora Wild"
    assert intent.start_local == wall("2026-11-27T11:00")


def test_silence_means_nothing() -> None:
    intent = heard("A: Salon Haarwerk, was kann ich für Sie tun?", SALON)
    assert intent.action == "none"
    assert intent.missing == ()
    assert intent.evidence == ()


def test_the_dictated_number_goes_before_the_caller_id() -> None:
    intent = heard(
        """
        A: Kosmetik Rosengarten, guten Tag.
        U: Hallo, Sonja Beck, Wimpernlifting am Samstag um zwölf bitte.
        A: Wimpernlifting am Samstag um zwölf Uhr. Unter welcher Nummer erreichen wir Sie?
        U: Null eins sieben sieben, fünf fünf fünf, eins zwo drei vier.
        A: Danke.
        U: Gern.
        """,
        PRACTICE,
    )
    assert intent.phone == "+491775551234"
    assert intent.phone_source == "spoken"


@pytest.mark.parametrize("number", ["anonymous", "", "{{caller_phone_number}}", "+49", None])
def test_what_is_no_number_is_asked_for(number: str | None) -> None:
    turns = make_turns("U: Ich hätte gern einen Damenhaarschnitt am Freitag um elf.")
    intent = understand(turns, now=NOW, zone="Europe/Berlin", catalogue=SALON, caller_id=number)
    assert intent.phone is None
    assert "phone" in intent.missing

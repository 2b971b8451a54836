"""Whole conversations of our own: who said what, and what stands at the end.

Each is held on Tuesday 24 November 2026 at 9:20 in Berlin.
"""

import datetime as dt

import pytest

from domain.intent import BookingIntent, Catalogue, understand
from tests.builders.talk import make_catalogue, make_turns

NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read
SALON, PRACTICE = make_catalogue("salon"), make_catalogue("practice")


def heard(
    talk: str, catalogue: Catalogue, *, hotline: bool = False, now: dt.datetime = NOW
) -> BookingIntent:
    return understand(
        make_turns(talk),
        now=now,
        zone="Europe/Berlin",
        catalogue=catalogue,
        dialled_branch_id=None if hotline else catalogue.branches[0].id,
        caller_id="+4917604069023",
    )


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_the_caller_corrects_the_hour_read_back_to_him() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, guten Tag, was kann ich für Sie tun?
        U: Guten Tag, Schröder mein Name, ich bräuchte einen Termin zum Ansatz färben am
           Donnerstag um sechzehn Uhr.
        A: Ansatzfarbe am Donnerstag, dem sechsundzwanzigsten November, um sechzehn Uhr. Passt das?
        U: Nein, doch lieber siebzehn Uhr.
        A: Siebzehn Uhr am Donnerstag, gern. Ihr Vorname?
        U: Martina.
        A: Danke, Frau Schröder, Ansatzfarbe am Donnerstag um siebzehn Uhr.
        U: Ja, danke schön.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-26T17:00")
    assert intent.service_name == "Ansatzfarbe"
    assert intent.customer_name == "Martina Schröder"
    assert intent.confirmed_by_caller


def test_a_refused_hour_gives_way_to_the_one_offered() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, hier ist Peter Klausen, einen Herrenschnitt morgen um zehn bitte, beim Mehmet.
        A: Morgen um zehn ist bei Mehmet leider nichts frei. Ich könnte Ihnen elf Uhr
           dreißig anbieten.
        U: Ja, elf Uhr dreißig passt.
        A: Gut, Herrenhaarschnitt bei Mehmet morgen, Mittwoch, um elf Uhr dreißig. Ist das richtig?
        U: Genau.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-25T11:30")
    assert intent.service_name == "Herrenhaarschnitt"
    assert intent.staff_name == "Mehmet"
    assert intent.customer_name == "Peter Klausen"
    assert intent.confirmed_by_caller


def test_a_person_is_a_hard_condition() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Grüß Gott, Lena Maurer. Ich möchte Strähnchen, aber nur bei Jana, wenn die
           nicht kann, dann lieber gar nicht. Am Freitag um fünfzehn Uhr.
        A: Strähnchen bei Jana am Freitag, dem siebenundzwanzigsten November, um fünfzehn
           Uhr. Soll ich das eintragen?
        U: Ja bitte.
        A: Ist eingetragen.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-27T15:00")
    assert intent.service_name == "Strähnchen"
    assert intent.staff_name == "Jana"
    assert intent.staff_is_hard_condition
    assert intent.customer_name == "Lena Maurer"
    assert intent.confirmed_by_caller


def test_a_cancellation_turns_into_a_move() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Vogel hier. Ich muss meinen Termin am Mittwoch um vierzehn Uhr absagen.
        A: Das ist der Herrenhaarschnitt am Mittwoch, dem fünfundzwanzigsten November, um
           vierzehn Uhr, richtig?
        U: Ja genau. Ach, wissen Sie was, können wir ihn nicht einfach auf Freitag um zehn
           verschieben?
        A: Freitag, der siebenundzwanzigste November, zehn Uhr ist frei. Soll ich Ihren
           Termin dorthin verlegen?
        U: Ja, perfekt. Und mein Vorname ist Tobias.
        A: Danke, Herr Vogel, notiert.
        """,
        SALON,
    )
    assert intent.action == "reschedule"
    assert intent.start_local == wall("2026-11-27T10:00")
    assert intent.original_start_local == wall("2026-11-25T14:00")
    assert intent.service_name == "Herrenhaarschnitt"
    assert intent.customer_name == "Tobias Vogel"
    assert intent.confirmed_by_caller


def test_the_service_is_changed_after_the_read_back() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Katrin Busch, ich hätte gern Spitzen schneiden am Samstag um elf.
        A: Spitzenschneiden am Samstag, dem achtundzwanzigsten November, um elf Uhr?
        U: Ja, oder warten Sie, machen Sie lieber gleich Waschen, Schneiden, Föhnen draus.
        A: Waschen, Schneiden, Föhnen am Samstag um elf Uhr. Passt das?
        U: Ja, wunderbar.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-28T11:00")
    assert intent.service_name == "Waschen, Schneiden, Föhnen"
    assert intent.customer_name == "Katrin Busch"
    assert intent.confirmed_by_caller


def test_a_mail_address_is_dictated() -> None:
    intent = heard(
        """
        A: Kosmetik Rosengarten, was darf ich für Sie tun?
        U: Guten Tag, ich heiße Sabine Koller und möchte eine Pediküre, übermorgen um halb zehn.
        A: Pediküre am Donnerstag, dem sechsundzwanzigsten November, um neun Uhr dreißig.
           Ihre E-Mail-Adresse bitte?
        U: sabine punkt koller at beispiel minus post punkt de.
        A: sabine punkt koller at beispiel minus post punkt de, richtig?
        U: Ja.
        A: Danke, Frau Koller, notiert.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-26T09:30")
    assert intent.service_name == "Pediküre"
    assert intent.customer_name == "Sabine Koller"
    assert intent.email == "sabine.koller@beispiel-post.de"
    assert intent.confirmed_by_caller


def test_the_caller_hangs_up_before_he_agrees() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Ja, Meier, ich bräuchte einen Damenhaarschnitt am Freitag um vier.
        A: Damenhaarschnitt am Freitag, dem siebenundzwanzigsten November, um sechzehn
           Uhr. Soll ich das so eintragen?
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-27T16:00")
    assert intent.service_name == "Damenhaarschnitt"
    assert not intent.confirmed_by_caller


def test_an_english_caller_moves_his_appointment() -> None:
    intent = heard(
        """
        A: Zahnarztpraxis Doktor Lindner, guten Tag.
        U: Hello, this is Sarah Connelly. I have an appointment on Thursday at ten and I
           need to move it to next week.
        A: Of course. Which day next week?
        U: Tuesday at quarter past two.
        A: Tuesday the first of December at two fifteen in the afternoon. Shall I move
           your appointment from Thursday at ten?
        U: Yes please.
        A: Done.
        """,
        PRACTICE,
    )
    assert intent.action == "reschedule"
    assert intent.start_local == wall("2026-12-01T14:15")
    assert intent.original_start_local == wall("2026-11-26T10:00")
    assert intent.customer_name == "Sarah Connelly"
    assert intent.confirmed_by_caller
    assert intent.language == "en"


def test_an_english_caller_cancels() -> None:
    intent = heard(
        """
        A: Zahnarztpraxis Doktor Lindner, guten Tag.
        U: Hi, I'd like to cancel my cleaning tomorrow at nine thirty. My name is Tom Baker.
        A: The professional cleaning on Wednesday the twenty-fifth of November at nine
           thirty in the morning, correct?
        U: Yes, that's right.
        A: It's cancelled.
        """,
        PRACTICE,
    )
    assert intent.action == "cancel"
    assert intent.original_start_local == wall("2026-11-25T09:30")
    assert intent.service_name == "Professionelle Zahnreinigung"
    assert intent.customer_name == "Tom Baker"
    assert intent.confirmed_by_caller
    assert intent.language == "en"


def test_a_call_back_is_wanted() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, ich wollte die Kerstin sprechen, kann die mich zurückrufen? Mein Name
           ist Uwe Brandt.
        A: Ich richte es aus.
        U: Danke, tschüss.
        """,
        SALON,
    )
    assert intent.action == "none"


def test_the_name_is_spelled_with_the_telephone_alphabet() -> None:
    intent = heard(
        """
        A: Physio am Markt, guten Tag.
        U: Guten Tag, ich bräuchte einen Termin für Manuelle Therapie nächste Woche
           Dienstag um halb drei.
        A: Manuelle Therapie am Dienstag, dem ersten Dezember, um vierzehn Uhr dreißig.
           Wie ist Ihr Name?
        U: Jürgen Wyrwoll, W wie Wilhelm, Y wie Ypsilon, Richard, Wilhelm, Otto, Ludwig, Ludwig.
        A: Danke, Herr Wyrwoll. Also Dienstag um vierzehn Uhr dreißig?
        U: Ja.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-12-01T14:30")
    assert intent.service_name == "Manuelle Therapie"
    assert intent.customer_name == "Jürgen Wyrwoll"
    assert intent.confirmed_by_caller


def test_next_friday_is_settled_by_a_question() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Kranz. Haben Sie nächsten Freitag noch was frei für einen
           Herrenhaarschnitt, so gegen drei?
        A: Meinen Sie Freitag, den siebenundzwanzigsten November, oder Freitag, den
           vierten Dezember?
        U: Den siebenundzwanzigsten.
        A: Freitag, der siebenundzwanzigste November, fünfzehn Uhr. Ihr Vorname?
        U: Ralf.
        A: Danke Herr Kranz, bis Freitag.
        U: Tschüss.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-27T15:00")
    assert intent.service_name == "Herrenhaarschnitt"
    assert intent.customer_name == "Ralf Kranz"
    assert intent.confirmed_by_caller


def test_the_branch_is_asked_for_on_the_hotline() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, guten Tag, in welche Filiale möchten Sie?
        U: Nach Charlottenburg. Ich möchte einen Haarschnitt und Bart am Freitag um elf, Yusuf Kaya.
        A: Haarschnitt und Bart in Charlottenburg am Freitag, dem siebenundzwanzigsten
           November, um elf Uhr. Richtig?
        U: Richtig.
        """,
        SALON,
        hotline=True,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-27T11:00")
    assert intent.service_name == "Haarschnitt und Bart"
    assert intent.customer_name == "Yusuf Kaya"
    assert intent.branch_name == "Charlottenburg"
    assert intent.confirmed_by_caller


def test_an_hour_later_than_offered() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Ines Albers, Damenhaarschnitt am Mittwoch um zehn.
        A: Mittwoch um zehn Uhr, gern. Soll ich das eintragen?
        U: Ach nee, eine Stunde später wär besser.
        A: Also Mittwoch um elf Uhr, passt das?
        U: Ja, super.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-25T11:00")
    assert intent.service_name == "Damenhaarschnitt"
    assert intent.customer_name == "Ines Albers"
    assert intent.confirmed_by_caller


def test_a_question_about_the_price_becomes_a_booking() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, was kostet denn eine Balayage bei Ihnen?
        A: Eine Balayage kostet ab hundertachtzig Euro. Möchten Sie einen Termin?
        U: Ja gern, am Donnerstag um elf, wenn's geht.
        A: Donnerstag, der sechsundzwanzigste November, elf Uhr ist frei. Auf welchen Namen?
        U: Franziska Ott.
        A: Balayage am Donnerstag um elf Uhr für Franziska Ott, richtig?
        U: Ja, stimmt.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-26T11:00")
    assert intent.service_name == "Balayage"
    assert intent.customer_name == "Franziska Ott"
    assert intent.confirmed_by_caller


def test_a_wrong_number() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Oh, Entschuldigung, da hab ich mich verwählt.
        A: Kein Problem, auf Wiederhören.
        """,
        SALON,
    )
    assert intent.action == "none"


def test_two_services_in_one_visit() -> None:
    intent = heard(
        """
        A: Kosmetik Rosengarten, was darf ich für Sie tun?
        U: Hallo, Petra Linde. Ich hätte gern eine Maniküre und eine Pediküre, morgen um
           vierzehn Uhr.
        A: Maniküre und Pediküre morgen, Mittwoch, den fünfundzwanzigsten November, um
           vierzehn Uhr. Richtig?
        U: Ja, genau.
        """,
        PRACTICE,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-11-25T14:00")
    assert intent.customer_name == "Petra Linde"
    assert intent.confirmed_by_caller


def test_the_caller_gives_up() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, ich bräuchte heute noch einen Herrenhaarschnitt.
        A: Heute ist leider alles ausgebucht. Morgen um neun wäre etwas frei.
        U: Nee, dann lass ich's, danke.
        A: Gern, einen schönen Tag noch.
        """,
        SALON,
    )
    assert intent.action == "none"


def test_the_agent_mishears_the_week() -> None:
    intent = heard(
        """
        A: Salon Haarwerk, was kann ich für Sie tun?
        U: Hallo, Olaf Reinke. Nächste Woche Dienstag um neun einen Herrenhaarschnitt bitte.
        A: Dienstag, der vierundzwanzigste November, um neun Uhr?
        U: Nein, nächste Woche, der erste Dezember.
        A: Entschuldigung. Dienstag, der erste Dezember, um neun Uhr, Herrenhaarschnitt.
           Passt das so?
        U: Ja, passt.
        """,
        SALON,
    )
    assert intent.action == "book"
    assert intent.start_local == wall("2026-12-01T09:00")
    assert intent.service_name == "Herrenhaarschnitt"
    assert intent.customer_name == "Olaf Reinke"
    assert intent.confirmed_by_caller


def test_an_appointment_is_moved_an_hour_back() -> None:
    intent = heard(
        """
        A: Haarstudio Seeblick, guten Tag.
        U: Hallo, hier ist Jonas Weidner. Ich hab am Freitag um sechzehn Uhr einen Termin
           bei Luca, könnten wir den eine Stunde nach hinten schieben?
        A: Freitag um siebzehn Uhr bei Luca wäre frei. Soll ich umbuchen?
        U: Ja bitte.
        """,
        SALON,
    )
    assert intent.action == "reschedule"
    assert intent.start_local == wall("2026-11-27T17:00")
    assert intent.original_start_local == wall("2026-11-27T16:00")
    assert intent.staff_name == "Luca"
    assert intent.customer_name == "Jonas Weidner"
    assert intent.confirmed_by_caller


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

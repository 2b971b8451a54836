"""Whole conversations of our own: who said what, and what stands at the end.

Each is held on Tuesday 24 November 2026 at 9:20 in Berlin.
"""

from tests.builders.talk import heard, make_catalogue, wall

SALON, PRACTICE = make_catalogue("salon"), make_catalogue("practice")


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

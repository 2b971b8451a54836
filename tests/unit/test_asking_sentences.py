"""Answers one by one, as the examples of the contract have them."""

import pytest

from domain.asking import answers
from domain.asking.facts import FunctionReply, ServiceFacts, WishFacts
from domain.errors import HANDLING, SlotTaken, TooSoon
from tests.builders.replies import (
    FACTS,
    FIVE,
    HOURS,
    IDS,
    OFFERS,
    SIX,
    SPREAD,
    TWO_PARTS,
    WEEKS,
    WHENS,
    at,
    visit,
    voice,
)


def test_alternatives_say_why_not_and_at_most_three_times_of_up_to_five() -> None:
    reply = answers.alternatives(
        voice(), OFFERS, reason=SlotTaken(), wish=FIVE, hold_id="hold_9c2", expires_in_s=300
    )
    assert reply.message == (
        "Am Freitag, dem siebenundzwanzigsten November, um siebzehn Uhr ist bei Mehmet leider "
        "schon belegt. Frei sind fünfzehn Uhr dreißig und achtzehn Uhr."
    )
    assert reply.fields == {
        "available": False,
        "reason": "slot_taken",
        "slots": [
            {
                "start": "2026-11-27T15:30:00+01:00",
                "end": "2026-11-27T16:00:00+01:00",
                "staff": "Mehmet",
                "service": "Herrenhaarschnitt",
                "branch": "Mitte",
                "spoken": "fünfzehn Uhr dreißig",
            },
            {
                "start": "2026-11-27T18:00:00+01:00",
                "end": "2026-11-27T18:30:00+01:00",
                "staff": "Mehmet",
                "service": "Herrenhaarschnitt",
                "branch": "Mitte",
                "spoken": "achtzehn Uhr",
            },
        ],
        "hold_id": "hold_9c2",
        "hold_expires_in_s": 300,
    }
    many = answers.alternatives(voice(), SPREAD, reason=SlotTaken(), wish=FIVE)
    slots = many.fields["slots"]
    assert isinstance(slots, list)
    assert len(slots) == answers.MAX_OFFERS == 5
    assert many.message == (
        "Am Freitag, dem siebenundzwanzigsten November, um siebzehn Uhr ist bei Mehmet leider "
        "schon belegt. Frei sind fünfzehn Uhr dreißig bei Sophie, und am Samstag, dem "
        "achtundzwanzigsten November, zehn Uhr in der Filiale Charlottenburg, und am Montag, dem "
        "dreißigsten November, zehn Uhr."
    )


def test_held_reads_all_of_it_back_and_asks() -> None:
    reply = answers.held(voice(), SIX, hold_id="hold_9c2", expires_in_s=300)
    assert reply.message == (
        "Für Herrenhaarschnitt halte ich Ihnen Freitag, den siebenundzwanzigsten November, um "
        "achtzehn Uhr bei Mehmet frei. Soll ich verbindlich buchen?"
    )
    assert reply.fields == {
        "hold_id": "hold_9c2",
        "hold_expires_in_s": 300,
        "start": "2026-11-27T18:00:00+01:00",
        "end": "2026-11-27T18:30:00+01:00",
        "staff": "Mehmet",
        "service": "Herrenhaarschnitt",
        "branch": "Mitte",
        "spoken": "Freitag, den siebenundzwanzigsten November, um achtzehn Uhr",
        "available": True,
    }


def test_on_own_data_it_is_a_reservation_whose_confirmation_follows() -> None:
    reply = answers.held(voice(), SIX, hold_id="h", expires_in_s=300, on_own_data=True)
    assert reply.message == (
        "Für Herrenhaarschnitt kann ich Freitag, den siebenundzwanzigsten November, um achtzehn "
        "Uhr bei Mehmet für Sie vormerken, die Bestätigung kommt dann als Nachricht. Soll ich das "
        "tun?"
    )
    assert reply.fields["unconfirmed"] is True


def test_another_person_than_the_one_wished_for_is_named_as_such() -> None:
    reply = answers.held(voice(), SPREAD[0], hold_id="h", expires_in_s=300, instead_of="Mehmet")
    assert reply.message == (
        "Bei Mehmet ist dann leider nichts frei, aber bei Sophie halte ich Ihnen Freitag, den "
        "siebenundzwanzigsten November, um fünfzehn Uhr dreißig frei. Soll ich verbindlich buchen?"
    )


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            answers.booked(voice(), SIX, IDS[:1]),
            (
                "Ihr Termin am Freitag, dem siebenundzwanzigsten November, um achtzehn Uhr bei "
                "Mehmet ist gebucht."
            ),
        ),
        (
            answers.booked(voice("en"), SIX, IDS[:1]),
            (
                "Your appointment on Friday, the twenty-seventh of November, at six pm with "
                "Mehmet is booked."
            ),
        ),
        (
            answers.slot_lost(voice(), [visit("27 18:30")], lost_at=at("27 18:00")),
            "Dieser Termin wurde gerade vergeben. Frei ist achtzehn Uhr dreißig.",
        ),
        (
            answers.cancelled(voice(), at("24 08:15"), IDS[:1]),
            (
                "Ihr Termin am Dienstag, dem vierundzwanzigsten November, um acht Uhr fünfzehn "
                "ist abgesagt."
            ),
        ),
        (
            answers.ask_when(voice(), WHENS[0]),
            (
                "Meinen Sie Samstag, den achtundzwanzigsten November, oder Samstag, den "
                "fünften Dezember?"
            ),
        ),
        (answers.ask_when(voice(), WHENS[1]), "Meinen Sie acht Uhr oder zwanzig Uhr?"),
        (
            answers.ask_when(voice(), WHENS[3]),
            "Neun Uhr ist heute schon vorbei. Wann passt es Ihnen sonst?",
        ),
        (
            answers.ask_when(voice(), WHENS[4]),
            "Dieser Tag ist schon vorbei. Für welchen Tag darf ich nachsehen?",
        ),
        (
            answers.refused(voice(), FACTS[3], wish=FIVE),
            (
                "Zu dieser Zeit haben wir nicht geöffnet, sondern von neun Uhr bis zwanzig "
                "Uhr. Soll ich an einem anderen Tag nachsehen?"
            ),
        ),
        (
            answers.refused(
                voice(),
                TooSoon(earliest_at=at("21 16:00")),
                wish=WishFacts(wished_at=at("21 15:00")),
            ),
            "Dieser Zeitpunkt ist schon vorbei.",
        ),
        (
            answers.opening_hours(voice(), HOURS),
            (
                "Am Freitag, dem siebenundzwanzigsten November, haben wir von neun Uhr bis "
                "zwölf Uhr und von dreizehn Uhr bis zwanzig Uhr geöffnet."
            ),
        ),
        (
            answers.opening_hours(voice(), WEEKS[0]),
            "Heute haben wir noch bis sechzehn Uhr geöffnet.",
        ),
        (
            answers.opening_hours(voice(), WEEKS[1]),
            (
                "Heute haben wir geschlossen, wieder geöffnet ist am Montag, dem "
                "dreiundzwanzigsten November, um neun Uhr."
            ),
        ),
        (
            answers.opening_hours(voice(), WEEKS[5]),
            (
                "Wir haben Montag von neun Uhr bis achtzehn Uhr dreißig, Dienstag und Mittwoch "
                "von acht Uhr dreißig bis neunzehn Uhr, Donnerstag von acht Uhr dreißig bis "
                "zwölf Uhr und von dreizehn Uhr bis zwanzig Uhr, Freitag von neun Uhr bis "
                "zwanzig Uhr und Samstag von neun Uhr bis sechzehn Uhr geöffnet, Sonntag "
                "geschlossen."
            ),
        ),
    ],
)
def test_the_sentences_are_these(reply: FunctionReply, message: str) -> None:
    assert reply.message == message


def test_clarify_names_the_field_and_its_options() -> None:
    assert answers.ask_when(voice(), WHENS[0]).fields == {
        "field": "date",
        "options": ["2026-11-28", "2026-12-05"],
    }
    assert answers.ask_when(voice(), WHENS[1]).fields == {
        "field": "time",
        "options": ["2026-11-28T08:00:00+01:00", "2026-11-28T20:00:00+01:00"],
    }
    assert answers.clarify(voice(), "branch", ["Mitte", "Charlottenburg"]).fields == {
        "field": "branch",
        "options": ["Mitte", "Charlottenburg"],
    }


def test_several_parts_are_listed_and_told_as_one_visit() -> None:
    reply = answers.booked(voice(), TWO_PARTS, IDS[:2])
    assert reply.message == (
        "Ihr Termin am Freitag, dem siebenundzwanzigsten November, um zehn Uhr bei Anna und Bernd "
        "in der Filiale Mitte ist gebucht."
    )
    assert reply.fields["appointment_id"] == str(IDS[0])
    assert reply.fields["appointment_ids"] == [str(one) for one in IDS[:2]]
    assert reply.fields["service"] == "Färben und Bart"
    parts = reply.fields["parts"]
    assert isinstance(parts, list)
    assert parts[1] == {
        "start": "2026-11-27T11:00:00+01:00",
        "end": "2026-11-27T12:00:00+01:00",
        "staff": "Bernd",
        "service": "Bart",
    }


def test_a_price_is_said_as_far_as_it_is_known() -> None:
    cut = ServiceFacts(service="Herrenhaarschnitt", duration_minutes=30, price_cents=3200)
    reply = answers.info(voice(), [cut])
    assert (
        reply.message == "Herrenhaarschnitt dauert dreißig Minuten und kostet zweiunddreißig Euro."
    )
    assert reply.fields == {
        "service": "Herrenhaarschnitt",
        "duration_minutes": 30,
        "price_cents": 3200,
        "currency": "EUR",
        "price_is_from": False,
    }
    free = ServiceFacts(service="Kontrolle", duration_minutes=30, price_cents=0)
    assert answers.info(voice(), [free]).message == "Kontrolle dauert dreißig Minuten."
    unpriced = ServiceFacts(service="Bart", duration_minutes=15)
    both = answers.info(voice(), [cut, unpriced])
    assert both.message == ("Herrenhaarschnitt und Bart dauern zusammen fünfundvierzig Minuten.")
    assert "price_cents" not in both.fields
    francs = ServiceFacts(
        service="Herrenhaarschnitt", duration_minutes=30, price_cents=6550, currency="CHF"
    )
    assert answers.info(voice(), [francs]).message.endswith("fünfundsechzig Franken fünfzig.")


def test_opening_hours_are_fields_by_day() -> None:
    assert answers.opening_hours(voice(), HOURS, branch="Mitte").fields == {
        "branch": "Mitte",
        "open_now": False,
        "hours": [
            {"day": "2026-11-27", "intervals": [["09:00", "12:00"], ["13:00", "20:00"]]},
        ],
        "next_opening": "2026-11-23T09:00:00+01:00",
    }


@pytest.mark.parametrize("code", sorted(HANDLING))
def test_every_code_of_a_refusal_has_the_status_of_its_sentence(code: str) -> None:
    reply = answers.refused(voice(), code)
    assert reply.status == HANDLING[code].sentence

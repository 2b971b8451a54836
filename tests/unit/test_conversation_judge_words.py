"""What sentences claim and which times they say, read by the judge's own reading."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.speech import answer
from domain.speech.texts import TextFacts, TextKind, text_messages
from domain.speech.times import spoken_at, spoken_on, spoken_time, written_at
from sandbox.caller.spoken import Language
from sandbox.conversations.claims import Kind, kind_of
from sandbox.conversations.clock_words import Moment, moments
from sandbox.conversations.told import (
    Exchange,
    Message,
    Occupied,
    claim_of,
    claims_of,
    misspoken,
    offers_of,
    why_never,
)

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 27, 14, 30, tzinfo=BERLIN)


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_time_that_the_engine_says_is_read_as_it_is(language: Language) -> None:
    """Two years in steps of seven hours and eleven minutes: every hour, many minutes."""
    at, read = datetime(2026, 1, 1, tzinfo=UTC), 0
    while at.year < 2028:
        local = at.astimezone(BERLIN)
        for said in (spoken_at, spoken_on, written_at):
            found = moments(f"Nun, {said(at, BERLIN, language)}, das geht.", language)
            assert [moment.dated for moment in found] == [True], said(at, BERLIN, language)
            assert found[0].fits(local), said(at, BERLIN, language)
        [alone] = moments(f"Frei ist {spoken_time(at, BERLIN, language)}.", language)
        assert not alone.dated
        assert alone.fits(local)
        at, read = at + timedelta(hours=7, minutes=11), read + 1
    assert read > 2_000


def test_another_time_does_not_fit() -> None:
    said = Moment(month=11, day=27, hour=14, minute=30)
    assert said.fits(AT)
    for other in (timedelta(minutes=15), timedelta(hours=1), timedelta(days=1), timedelta(days=31)):
        assert not said.fits(AT + other)


def test_the_year_that_is_not_said_is_the_nearest() -> None:
    said = Moment(month=1, day=4, hour=9, minute=0)
    assert said.at(AT, "Europe/Berlin") == datetime(2027, 1, 4, 9, 0, tzinfo=BERLIN)
    assert Moment(month=2, day=29, hour=9, minute=0).at(AT, "Europe/Berlin") is None
    assert Moment(hour=9, minute=0).at(AT, "Europe/Berlin") is None


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("booked", "booked"),
        ("reserved", "reserved"),
        ("already_booked", "has"),
        ("cancelled", "cancelled"),
        ("rescheduled", "moved"),
        ("pending_book", "taken_down"),
        ("pending_change", "taken_down"),
        ("found", "has"),
        ("held", "nothing"),
        ("held_unconfirmed", "nothing"),
        ("slot_lost", "nothing"),
        ("slot_taken", "nothing"),
        ("cancel_limit_callback", "nothing"),
        ("verify_code", "nothing"),
        ("failed", "nothing"),
    ],
)
def test_the_words_of_an_answer_are_its_claim(key: str, kind: Kind, language: Language) -> None:
    sentence = answer(
        key,
        language,
        when=spoken_on(AT, BERLIN, language),
        start=spoken_at(AT, BERLIN, language),
        who="bei Sophie",
        service="Damenhaarschnitt",
    )
    assert kind_of(sentence, language) == kind


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("confirmation", "booked"),
        ("reservation", "reserved"),
        ("reschedule", "moved"),
        ("unchanged", "stays"),
        ("cancellation", "cancelled"),
        ("apology", "sorry"),
        ("not_booked", "sorry"),
        ("code", "nothing"),
    ],
)
def test_the_words_of_an_sms_are_its_claim(name: TextKind, kind: Kind, language: Language) -> None:
    facts = TextFacts(company="Salon", when=written_at(AT, BERLIN, language), code="123456")
    for text in text_messages(name, language, facts):
        claim = claim_of(
            Message(at=AT, source="sms", text=text), language=language, zone="Europe/Berlin"
        )
        assert claim.kind == kind, text
        if kind in {"booked", "reserved", "moved", "stays", "cancelled"}:
            assert claim.start == AT


def test_a_status_that_claims_more_than_its_words_counts() -> None:
    assert kind_of("Alles klar.", "de", "booked") == "booked"
    assert kind_of("Ihr Termin ist gebucht.", "de", "alternatives") == "booked"
    assert kind_of("Alles klar.", "de", "alternatives") == "nothing"


def test_a_mail_claims_what_its_kind_says_at_the_time_of_its_subject() -> None:
    mail = Message(
        at=AT - timedelta(days=2),
        source="mail",
        text="Termin verschoben: Massage, jetzt Freitag, 27. November 2026, 14:30 Uhr",
        kind="reschedule",
        about="a",
    )
    claim = claim_of(mail, language="de", zone="Europe/Berlin")
    assert (claim.kind, claim.start, claim.ids) == ("moved", AT, ("a",))


def _exchange(**said: object) -> Exchange:
    return Exchange(
        at=AT - timedelta(days=3), line=0, name="check_availability", args={}, answer=said, took_s=0
    )


def test_offers_are_misspoken_where_words_and_fields_differ() -> None:
    right = {"start": AT.isoformat(), "spoken": "vierzehn Uhr dreißig"}
    wrong = {"start": AT.isoformat(), "spoken": "fünfzehn Uhr"}
    told = list(misspoken(_exchange(slots=[right, wrong]), language="de", zone="Europe/Berlin"))
    assert told == [f"{AT.isoformat()} is said as: fünfzehn Uhr"]


@pytest.mark.parametrize(
    ("status", "blamed"), [("held", True), ("booked", True), ("reserved", False)]
)
def test_what_a_stranger_took_while_the_answer_was_made_is_no_excuse_but_for_reserved(
    status: str, *, blamed: bool
) -> None:
    """What is reserved waits for Cal.com's word still; what is offered or booked is said to be."""
    answer = {"status": status, "start": AT.isoformat(), "staff": "Paula"}
    exchange = replace(_exchange(**answer), took_s=2.0)
    stranger = Occupied(
        staff="Paula",
        start=AT,
        end=AT + timedelta(minutes=30),
        since=exchange.at - timedelta(seconds=1),
    )
    [offer] = offers_of(exchange, "Europe/Berlin", asked_at=exchange.asked_at)
    assert bool(why_never(offer, [stranger], is_open=True)) is blamed
    earlier = replace(stranger, since=exchange.at - timedelta(seconds=3))
    assert why_never(offer, [earlier], is_open=True)


def test_each_appointment_that_was_found_is_claimed() -> None:
    other = AT + timedelta(days=1)
    found = [{"start": at.isoformat(), "appointment_id": str(at.day)} for at in (AT, other)]
    exchange = _exchange(status="found", message="Sie haben zwei Termine.", appointments=found)
    claims = list(claims_of(exchange, language="de", zone="Europe/Berlin"))
    assert [(claim.kind, claim.start) for claim in claims] == [("has", AT), ("has", other)]

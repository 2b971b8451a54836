"""Every answer: its status, its one or two sentences, its fields, and the page that lists them."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.functions import AnswerStatus
from domain.asking import answers
from domain.asking.facts import (
    FunctionReply,
    PartFacts,
    ReplyStatus,
    ServiceFacts,
    VisitFacts,
    Voice,
    WishFacts,
)
from domain.asking.hours import DayOpening, OpeningFacts
from domain.asking.model import NotUnderstood, Past, Skipped, Unclear
from domain.errors import (
    HANDLING,
    AmbiguousWish,
    ChangeTooLate,
    Closed,
    DomainError,
    Holiday,
    LunchBreak,
    NonexistentTime,
    NoResourceFree,
    OffGrid,
    OutsideHours,
    SlotContended,
    SlotTaken,
    StaffCannotDoService,
    StaffOff,
    TooFar,
    TooSoon,
    UnknownBranch,
    UnknownService,
    UnknownStaff,
)
from domain.intent.model import Language
from domain.timespan import TimeSpan

BERLIN = ZoneInfo("Europe/Berlin")
LANGS: tuple[Language, ...] = ("de", "en")
IDS = [UUID(int=number) for number in range(1, 9)]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "functions.md"


def at(text: str) -> datetime:
    """`at("27 17:00")`: November 2026 in Berlin; else in full."""
    if text[4:5] != "-":
        text = f"2026-11-{text.replace(' ', 'T')}"
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def visit(
    start: str, *, staff: str | None = "Mehmet", branch: str = "Mitte", say_branch: bool = False
) -> VisitFacts:
    part = PartFacts(
        start_at=at(start),
        end_at=at(start) + timedelta(minutes=30),
        service="Herrenhaarschnitt",
        staff=staff,
    )
    return VisitFacts(parts=(part,), branch=branch, say_branch=say_branch)


def voice(lang: Language = "de") -> Voice:
    return Voice(lang=lang, zone="Europe/Berlin", now=at("21 15:03"))


FIVE = WishFacts(wished_at=at("27 17:00"), staff="Mehmet", service="Herrenhaarschnitt")
SIX = visit("27 18:00")
OFFERS = [visit("27 15:30"), SIX]
SPREAD = [
    visit("27 15:30", staff="Sophie"),
    visit("28 10:00", branch="Charlottenburg", say_branch=True),
    *(visit(f"30 {hour}:00") for hour in range(10, 15)),
]
TWO_PARTS = VisitFacts(
    parts=(
        PartFacts(start_at=at("27 10:00"), end_at=at("27 11:00"), service="Färben", staff="Anna"),
        PartFacts(start_at=at("27 11:00"), end_at=at("27 12:00"), service="Bart", staff="Bernd"),
    ),
    branch="Mitte",
    say_branch=True,
)
FACTS: tuple[DomainError, ...] = (
    SlotTaken(resource_id=1, staff_id=IDS[0]),
    SlotContended(),
    NoResourceFree(resource_type="room", needed=1, free=0),
    OutsideHours(opens_at=at("27 09:00"), closes_at=at("27 20:00")),
    Closed(day=date(2026, 11, 29)),
    Holiday(day=date(2026, 12, 25), name="Erster Weihnachtstag"),
    TooSoon(earliest_at=at("27 09:00")),
    TooFar(latest_at=at("2027-02-19 09:00")),
    OffGrid(before_at=at("27 17:00"), after_at=at("27 17:15")),
    NonexistentTime(
        local=at("2027-03-28 02:30").replace(tzinfo=None),
        zone="Europe/Berlin",
        jump_at=at("2027-03-28 03:00"),
    ),
    StaffOff(staff_id=IDS[0]),
    StaffOff(),
    LunchBreak(staff_id=IDS[0], from_at=at("27 16:30"), until_at=at("27 17:30")),
    StaffCannotDoService(service_id=IDS[0], staff_id=IDS[1]),
    StaffCannotDoService(service_id=IDS[0]),
    UnknownService(),
    UnknownBranch(),
    UnknownStaff(),
    AmbiguousWish(field="branch", options=("Mitte", "Charlottenburg")),
    ChangeTooLate(limit_at=at("24 08:15")),
)
HOURS = OpeningFacts(
    today=date(2026, 11, 21),
    days=(
        DayOpening(
            day=date(2026, 11, 27),
            spans=(
                TimeSpan(at("27 09:00"), at("27 12:00")),
                TimeSpan(at("27 13:00"), at("27 20:00")),
            ),
        ),
    ),
    open_now=False,
    closes_at=None,
    next_opening_at=at("23 09:00"),
)


def hours_of(
    *days: DayOpening, today: str = "21", closes_at: datetime | None = None
) -> OpeningFacts:
    return OpeningFacts(
        today=date(2026, 11, int(today)),
        days=days,
        open_now=closes_at is not None,
        closes_at=closes_at,
        next_opening_at=at("23 09:00"),
    )


def day(number: int, *pairs: str, holiday: str | None = None) -> DayOpening:
    """`day(23, "09:00-18:00")`, of November 2026."""
    spans = tuple(
        TimeSpan(*(at(f"{number} {clock}") for clock in pair.split("-"))) for pair in pairs
    )
    return DayOpening(day=date(2026, 11, number), spans=spans, holiday=holiday)


def of_slots(lang: Language) -> Iterator[FunctionReply]:
    say = voice(lang)
    kept = {"hold_id": "hold_9c2", "expires_in_s": 300}
    yield answers.held(say, SIX, hold_id="hold_9c2", expires_in_s=300)
    yield answers.held(say, SPREAD[0], hold_id="hold_9c2", expires_in_s=300, instead_of="Mehmet")
    for one in (SIX, TWO_PARTS):
        yield answers.held(say, one, hold_id="h", expires_in_s=300, on_own_data=True)
    for fact in FACTS:
        for wish in (FIVE, WishFacts(), WishFacts(day=date(2026, 11, 27))):
            yield answers.alternatives(say, SPREAD, reason=fact, wish=wish, hold_id="h")
            yield answers.refused(say, fact, wish=wish)
    for code in HANDLING:
        yield answers.refused(say, code)
    yield answers.alternatives(say, OFFERS, reason="slot_taken", wish=FIVE, **kept)  # type: ignore[arg-type]  # two kinds of value
    yield answers.offered(say, SPREAD)
    yield answers.slot_lost(say, SPREAD, lost_at=at("27 18:00"))
    yield answers.slot_lost(say)


def of_deeds(lang: Language) -> Iterator[FunctionReply]:
    say = voice(lang)
    for one in (SIX, TWO_PARTS, visit("27 18:00", staff=None)):
        ids = IDS[: len(one.parts)]
        yield answers.booked(say, one, ids)
        yield answers.reserved(say, one, ids)
        yield answers.already_booked(say, one, ids)
        yield answers.rescheduled(say, one, ids)
        yield answers.found(say, [one], ids)
    yield answers.cancelled(say, at("24 08:15"), IDS[:1])
    for action in ("book", "cancel", "reschedule"):
        yield answers.pending(say, action, IDS[:1])
    yield answers.cancel_limit(say, at("24 08:15"))
    yield answers.cancel_limit(say, at("24 08:15"), called_back=True)
    yield answers.found(say, OFFERS, IDS[:2])
    yield answers.found(say, SPREAD, IDS[:7])
    yield answers.found(say, [], [])
    yield answers.not_found(say)


def of_questions(lang: Language) -> Iterator[FunctionReply]:
    say = voice(lang)
    for field in FIELDS_ASKED_FOR:
        yield answers.clarify(say, field)
        yield answers.clarify(say, field, ["Anna", "Bernd", "Clara", "Dora"])
        yield answers.clarify(say, field, ["Anna", "Bernd"], unknown="Hanna")
        yield answers.clarify(say, field, unknown="Otto")
    yield answers.which_appointment(say, OFFERS, IDS[:2])
    yield answers.which_appointment(say, SPREAD, IDS[:7])
    for when in WHENS:
        yield answers.ask_when(say, when)
    yield answers.staff_elsewhere(say, "Mehmet", ["Mitte"])
    yield answers.verify(say, "code")
    yield answers.verify(say, "name_and_time")
    yield answers.unknown_service(say, "Dauerwelle", ["Färben", "Bart"])
    yield answers.unknown_service(say, None)
    yield answers.unknown_branch(say, ["Mitte", "Charlottenburg"])
    yield answers.unknown_branch(say)


def of_telling(lang: Language) -> Iterator[FunctionReply]:
    say = voice(lang)
    cut = ServiceFacts(service="Herrenhaarschnitt", duration_minutes=30, price_cents=3200)
    colour = ServiceFacts(
        service="Färben", duration_minutes=90, price_cents=7950, price_is_from=True, staff="Jana"
    )
    free = ServiceFacts(service="Kontrolle", duration_minutes=30, price_cents=0)
    for services in (
        [cut],
        [colour],
        [cut, colour],
        [free],
        [cut, ServiceFacts(service="Bart", duration_minutes=15)],
        [],
    ):
        yield answers.info(say, services)
    yield answers.opening_hours(say, HOURS, branch="Mitte")
    for facts in WEEKS:
        yield answers.opening_hours(say, facts)
    yield answers.callback(say)
    yield answers.callback(say, missing=("name", "phone"), reason="incomplete")
    yield answers.transfer(say)
    yield answers.transfer(say, urgent=True)
    yield answers.failed(say)


FIELDS_ASKED_FOR = (
    *("date", "time", "service", "staff", "branch", "name", "phone", "email", "appointment"),
    "confirmation",
)
WHENS: tuple[Unclear | Past | Skipped | NotUnderstood, ...] = (
    Unclear(options=(date(2026, 11, 28), date(2026, 12, 5))),
    Unclear(options=tuple(at(f"28 {clock}").replace(tzinfo=None) for clock in ("08:00", "20:00"))),
    Unclear(options=(datetime(2026, 11, 28, 11), datetime(2026, 12, 5, 11))),  # noqa: DTZ001
    Past(start_local=datetime(2026, 11, 21, 9)),  # noqa: DTZ001
    Past(start_local=datetime(2023, 11, 27, 18, 16)),  # noqa: DTZ001
    Past(start_local=datetime(1, 1, 1)),  # noqa: DTZ001
    Skipped(start_local=datetime(2027, 3, 28, 2, 30)),  # noqa: DTZ001
    NotUnderstood(field="date"),
    NotUnderstood(field="time"),
)
WEEKS = (
    hours_of(day(21, "09:00-16:00"), closes_at=at("21 16:00")),
    hours_of(day(21)),
    hours_of(day(22)),
    hours_of(day(22, holiday="Feiertag")),
    hours_of(day(24, "09:00-18:00"), today="23"),
    hours_of(
        day(23, "09:00-18:30"),
        day(24, "08:30-19:00"),
        day(25, "08:30-19:00"),
        day(26, "08:30-12:00", "13:00-20:00"),
        day(27, "09:00-20:00"),
        day(28, "09:00-16:00"),
        day(29),
    ),
    hours_of(day(28), day(29)),
)


def every_answer(lang: Language) -> list[FunctionReply]:
    return [*of_slots(lang), *of_deeds(lang), *of_questions(lang), *of_telling(lang)]


# --- what holds for all of them -------------------------------------------------------------------


def test_the_statuses_are_those_of_the_contract_and_all_of_them_occur() -> None:
    assert set(get_args(ReplyStatus)) == set(get_args(AnswerStatus))
    for lang in LANGS:
        assert {reply.status for reply in every_answer(lang)} == set(get_args(AnswerStatus))


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_but_booked_is_called_booked(lang: Language) -> None:
    for reply in every_answer(lang):
        says_so = re.search(r"gebucht|\bbooked\b", reply.message, re.IGNORECASE) is not None
        assert says_so == (reply.status == "booked"), reply


@pytest.mark.parametrize("lang", LANGS)
def test_a_message_is_one_or_two_sentences_that_a_voice_can_say(lang: Language) -> None:
    for reply in every_answer(lang):
        text = reply.message
        assert re.fullmatch(r"[A-ZÄÖÜ][^.?!]*[.?]( [A-ZÄÖÜ][^.?!]*[.?])?", text), text
        assert not re.search(r"\d|[\[\]{}|_\"]|  |\s[.,?]|,,|\bNone\b", text), text
        assert len(text) < 420, text


def test_the_two_languages_say_it_in_different_words_with_the_same_fields() -> None:
    for german, english in zip(every_answer("de"), every_answer("en"), strict=True):
        assert german.status == english.status
        assert set(german.fields) == set(english.fields)
        assert german.message != english.message


@pytest.mark.parametrize("lang", LANGS)
def test_fields_are_json_and_times_have_the_branchs_offset(lang: Language) -> None:
    for reply in every_answer(lang):
        text = json.dumps(dict(reply.fields), ensure_ascii=False, allow_nan=False)
        assert len(text) < 4_000  # far from the 15 000 characters at which an answer is cut
        for instant in re.findall(r"\d{4}-\d{2}-\d{2}T[^\"]*", text):
            assert re.fullmatch(r"[-\d]{10}T\d{2}:\d{2}:\d{2}\+0[12]:00", instant)
        assert "uid" not in text
        assert "null" not in text


# --- examples of the contract ---------------------------------------------------------------------


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


# --- the page -------------------------------------------------------------------------------------


def _rows() -> dict[str, list[str]]:
    """Status -> meaning, what the agent does, fields."""
    text = PAGE.read_text(encoding="utf-8").partition("## Answers")[2]
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *others = [cell.strip() for cell in line.strip("| ").split(" | ")]
            rows[first.strip("`")] = others
    return rows


def test_the_page_lists_every_status_and_none_that_is_made_up() -> None:
    rows = _rows()
    assert set(rows) == set(get_args(AnswerStatus))
    for status, cells in rows.items():
        assert len(cells) == 3, status
        assert all(cells), status


def test_the_page_names_every_field_of_every_answer() -> None:
    rows = _rows()
    for reply in every_answer("de"):
        named = set(re.findall(r"`(\w+)`", rows[reply.status][2]))
        assert set(reply.fields) <= named, (reply.status, set(reply.fields) - named)

"""Answers of every kind: what they are made from, and all of them in one language."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.asking import answers
from domain.asking.facts import FunctionReply, PartFacts, ServiceFacts, VisitFacts, Voice, WishFacts
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

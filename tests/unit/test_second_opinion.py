"""What a model may fill in, where it is asked back, and what it can never do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.intent import BookingIntent, Catalogue, Utterance, Window, understand
from domain.intent.model import Branch, ServiceItem, StaffMember
from domain.routing import AskBack, BookNow, CallFacts, Decision, NothingToDo, decide
from domain.understanding import (
    Conversation,
    LlmReading,
    ModelTerms,
    faults_of,
    second_opinion,
    terms_from,
    worth_asking,
)
from tests.builders.plans import BRANCH, CUT, utc

CATALOGUE = Catalogue(
    branches=(Branch(id="mitte", name="Mitte"), Branch(id="nord", name="Nord")),
    services=(
        ServiceItem(id="schnitt", name="Schnitt"),
        ServiceItem(id="farbe", name="Farbe", branch_ids=("mitte",)),
    ),
    staff=(StaffMember(id="anna", name="Anna Beispiel", display_name="Anna"),),
)
ABOUT = Conversation(
    turns=(
        Utterance(role="agent", text="Salon Muster, guten Tag."),
        Utterance(role="user", text="Griaß eahna, Vogel. I brauchad an Schnitt."),
        Utterance(role="agent", text="Dienstag, der 24. November um zehn Uhr?"),
        Utterance(role="user", text="Jo, des basst."),
    ),
    catalogue=CATALOGUE,
    started_at=datetime(2026, 11, 21, 9, 7, tzinfo=UTC),
    zone="Europe/Berlin",
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


TEN = wall("2026-11-24T10:00")
WEEK_LATER = wall("2026-12-01T10:00")


def intent(**changes: Any) -> BookingIntent:
    """What the grammar read: everything, confirmed."""
    return BookingIntent.model_validate(
        {
            "action": "book",
            "zone": "Europe/Berlin",
            "start_local": TEN,
            "service_id": "schnitt",
            "service_name": "Schnitt",
            "service_ids": ("schnitt",),
            "branch_id": "mitte",
            "branch_name": "Mitte",
            "customer_name": "Vogel",
            "phone": "+4917604069025",
            "confirmed_by_caller": True,
            **changes,
        }
    )


def reading(**changes: Any) -> LlmReading:
    """What the model read: the same."""
    return LlmReading.model_validate(
        {
            "action": "book",
            "start_local": TEN,
            "service_id": "schnitt",
            "branch_id": "mitte",
            "customer_name": "Vogel",
            "confirmed_by_caller": True,
            "confirmed_in_turn": 3,
            **changes,
        }
    )


SILENT = reading(
    start_local=None,
    service_id=None,
    branch_id=None,
    customer_name=None,
    confirmed_by_caller=False,
    confirmed_in_turn=None,
)


# --- agreement and silence ----------------------------------------------------------------------


@pytest.mark.parametrize("said", [reading(), SILENT])
def test_a_witness_that_agrees_or_is_silent_changes_nothing(said: LlmReading) -> None:
    opinion = second_opinion(intent(), said, ABOUT)
    assert (opinion.intent, opinion.filled, opinion.disputed) == (intent(), (), ())


def test_what_the_caller_confirmed_stands_though_the_model_did_not_hear_it() -> None:
    said = reading(confirmed_by_caller=False, confirmed_in_turn=None)
    assert second_opinion(intent(), said, ABOUT).intent.confirmed_by_caller


# --- gaps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "lack", "part", "field", "value"),
    [
        ({"service_id": None, "service_ids": ()}, "service", "service", "service_id", "schnitt"),
        ({"branch_id": None}, "branch", "branch", "branch_id", "mitte"),
        ({"customer_name": None}, "name", "name", "customer_name", "Vogel"),
        ({"start_local": None}, "time", "start", "start_local", TEN),
    ],
)
def test_a_gap_is_filled_and_no_longer_missing(
    gap: dict[str, Any], lack: str, part: str, field: str, value: object
) -> None:
    opinion = second_opinion(intent(**gap, missing=(lack, "phone")), reading(), ABOUT)
    assert (opinion.filled, opinion.disputed) == ((part,), ())
    assert getattr(opinion.intent, field) == value
    assert opinion.intent.missing == ("phone",)
    assert f"model: {part}" in opinion.intent.notes


def test_a_person_is_filled_in_as_a_preference_only() -> None:
    opinion = second_opinion(intent(), reading(staff_id="anna"), ABOUT)
    assert (opinion.intent.staff_id, opinion.intent.staff_name) == ("anna", "Anna")
    assert not opinion.intent.staff_is_hard_condition


def test_a_name_that_nobody_said_is_not_filled_in() -> None:
    opinion = second_opinion(
        intent(customer_name=None, missing=("name",)), reading(customer_name="Hans Huber"), ABOUT
    )
    assert opinion.intent.customer_name is None
    assert opinion.intent.missing == ("name",)


def test_a_confirmation_counts_for_the_start_that_is_booked() -> None:
    open_ = intent(confirmed_by_caller=False)
    assert second_opinion(open_, reading(), ABOUT).intent.confirmed_by_caller
    no_start = reading(start_local=None)
    assert not second_opinion(open_, no_start, ABOUT).intent.confirmed_by_caller


def test_a_service_is_not_filled_in_where_the_branch_has_none() -> None:
    north = intent(branch_id="nord", service_id=None, service_ids=())
    said = reading(branch_id=None, service_id="farbe")
    assert second_opinion(north, said, ABOUT).intent.service_id is None


def test_a_time_that_the_grammar_refused_is_not_replaced() -> None:
    refused = intent(start_local=None, confirmed_by_caller=False, notes=("past",))
    opinion = second_opinion(refused, reading(), ABOUT)
    assert opinion.intent.start_local is None
    assert not opinion.intent.confirmed_by_caller


def test_the_grammar_still_marks_a_refused_time_as_past() -> None:
    turns = [Utterance(role="user", text="Ich möchte einen Termin gestern um zehn Uhr.")]
    read = understand(turns, now=ABOUT.started_at, zone=ABOUT.zone, catalogue=CATALOGUE)
    assert read.start_local is None
    assert "past" in read.notes


def test_a_question_is_filled_in_where_the_grammar_saw_none() -> None:
    opinion = second_opinion(intent(action="none"), reading(action="info"), ABOUT)
    assert (opinion.intent.action, opinion.filled) == ("info", ("action",))


# --- disputes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "said", "disputed"),
    [
        (intent(), reading(start_local=WEEK_LATER), ("start",)),
        (intent(), reading(service_id="farbe"), ("service",)),
        (intent(), reading(branch_id="nord"), ("branch",)),
        (intent(), reading(action="cancel"), ("action",)),
        (intent(), reading(action="none"), ("action",)),
        (intent(action="info"), reading(), ("action",)),
        # What looks like no wish may be one that was withdrawn: it is never made from nothing.
        (intent(action="none"), reading(), ("action",)),
        (intent(), reading(service_id="farbe", start_local=WEEK_LATER), ("start", "service")),
        (
            intent(service_id=None, service_ids=(), service_candidates=("farbe",)),
            reading(),
            ("service",),
        ),
        (
            intent(
                start_local=None,
                window=Window(
                    start_local=wall("2026-11-24T14:00"), end_local=wall("2026-11-24T18:00")
                ),
            ),
            reading(),
            ("start",),
        ),
        (
            intent(start_local=None, ambiguous=True, other_readings_local=(TEN,)),
            reading(start_local=WEEK_LATER),
            ("start",),
        ),
    ],
)
def test_two_witnesses_who_differ_are_asked_back(
    heard: BookingIntent, said: LlmReading, disputed: tuple[str, ...]
) -> None:
    opinion = second_opinion(heard, said, ABOUT)
    assert opinion.disputed == disputed
    assert opinion.intent == heard


def test_one_of_two_services_in_a_visit_is_no_dispute() -> None:
    both = intent(service_ids=("schnitt", "farbe"))
    assert second_opinion(both, reading(service_id="farbe"), ABOUT).disputed == ()


def test_a_call_that_was_put_through_is_not_disputed() -> None:
    assert second_opinion(intent(action="transfer"), reading(), ABOUT).disputed == ()


def test_a_time_inside_the_wished_window_is_filled_in() -> None:
    window = Window(start_local=wall("2026-11-24T09:00"), end_local=wall("2026-11-24T12:00"))
    opinion = second_opinion(intent(start_local=None, window=window), reading(), ABOUT)
    assert opinion.intent.start_local == TEN


# --- two fair readings --------------------------------------------------------------------------

TWO = intent(
    start_local=None,
    ambiguous=True,
    confirmed_by_caller=False,
    other_readings_local=(TEN, WEEK_LATER),
    missing=("date",),
)


def test_two_readings_become_one_where_the_agreed_words_name_the_day() -> None:
    opinion = second_opinion(TWO, reading(), ABOUT)
    assert (opinion.intent.start_local, opinion.intent.ambiguous) == (TEN, False)
    assert opinion.intent.confirmed_by_caller
    assert opinion.intent.missing == ()
    assert opinion.intent.other_readings_local == (WEEK_LATER,)


@pytest.mark.parametrize(
    "said",
    [
        reading(start_local=WEEK_LATER),
        reading(confirmed_by_caller=False, confirmed_in_turn=None),
        reading(confirmed_in_turn=1),
    ],
)
def test_otherwise_two_readings_stay_two(said: LlmReading) -> None:
    opinion = second_opinion(TWO, said, ABOUT)
    assert opinion.intent.ambiguous
    assert opinion.intent.start_local is None
    assert not opinion.intent.confirmed_by_caller


# --- what cannot be true ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (reading(service_id="dauerwelle"), "unknown_service"),
        (reading(branch_id="sued"), "unknown_branch"),
        (reading(staff_id="ben"), "unknown_staff"),
        (reading(service_id="farbe", branch_id="nord"), "service_not_at_branch"),
        (reading(start_local=wall("2026-11-20T10:00")), "start_in_the_past"),
        (reading(start_local=wall("2027-03-28T02:30")), "start_does_not_exist"),
        (reading(start_local=TEN.replace(tzinfo=UTC)), "start_not_wall_time"),
        (reading(confirmed_in_turn=2), "confirmation_without_words"),
        (reading(confirmed_in_turn=99), "confirmation_without_words"),
        (reading(confirmed_by_caller=False), "confirmation_contradicts_itself"),
        (reading(customer_name="4711"), "no_name"),
    ],
)
def test_a_reading_with_a_fault_is_no_witness(said: LlmReading, fault: str) -> None:
    gaps = intent(start_local=None, customer_name=None, confirmed_by_caller=False)
    assert faults_of(said, ABOUT) == (fault,)
    opinion = second_opinion(gaps, said, ABOUT)
    assert (opinion.intent, opinion.filled, opinion.disputed) == (gaps, (), ())


def test_words_before_the_agent_said_anything_confirm_nothing() -> None:
    alone = Conversation(
        turns=ABOUT.turns[1:2], catalogue=CATALOGUE, started_at=ABOUT.started_at, zone=ABOUT.zone
    )
    assert faults_of(reading(confirmed_in_turn=0), alone) == ("confirmation_without_question",)


# --- what follows from it -----------------------------------------------------------------------

READY = CallFacts(
    action="book",
    start_at=utc("2026-11-24 09:00"),
    confirmed_by_caller=True,
    service_id=CUT,
    branch_id=BRANCH,
    customer_name="Vogel",
    phone="+4917604069025",
)


def test_a_dispute_is_asked_back_though_everything_is_there() -> None:
    assert isinstance(decide(READY), BookNow)
    disputed = CallFacts(**{**_fields(READY), "disputed": ("start",)})
    assert decide(disputed) == AskBack(reason="model_disagrees", missing=("start",))


def test_what_the_engine_booked_in_the_call_is_not_disputed_any_more() -> None:
    done = {"disputed": ("start",), "already_booked_in_engine": True, "engine_outcome": "booked"}
    assert decide(CallFacts(**{**_fields(READY), **done})) == NothingToDo(outcome="booked")


def _fields(facts: CallFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in CallFacts.__slots__}


# --- when it is asked ---------------------------------------------------------------------------

UNSURE = ModelTerms(model="m")
ALWAYS = ModelTerms(model="m", mode="always")
NOW = BookNow(branch_id=BRANCH, service_id=CUT, staff_id=None, start_at=utc("2026-11-24 09:00"))


@pytest.mark.parametrize(
    ("action", "decision", "unsure", "always"),
    [
        ("book", NOW, False, True),
        ("book", AskBack(reason="incomplete", missing=("service",)), True, True),
        ("book", AskBack(reason="not_confirmed"), True, True),
        ("book", AskBack(reason="ambiguous"), True, True),
        ("book", AskBack(reason="incomplete", missing=("service", "phone")), False, True),
        ("cancel", AskBack(reason="appointment_not_found"), False, True),
        ("info", NothingToDo(outcome="info"), False, True),
        ("none", NothingToDo(outcome="none"), True, True),
        ("transfer", NothingToDo(outcome="transfer"), False, False),
    ],
)
def test_a_model_is_asked_where_it_can_help(
    action: str, decision: Decision, unsure: bool, always: bool
) -> None:
    heard = intent(action=action)
    assert worth_asking(heard, decision, UNSURE, settled_otherwise=False) is unsure
    assert worth_asking(heard, decision, ALWAYS, settled_otherwise=False) is always
    assert not worth_asking(heard, decision, ALWAYS, settled_otherwise=True)


def test_a_model_that_is_off_or_set_up_wrongly_is_none() -> None:
    assert terms_from({"model": "m"}) == ModelTerms(model="m", timeout_s=8)
    assert terms_from({"model": "m", "enabled": False}) is None
    for wrong in (
        {},
        {"model": ""},
        {"model": "m", "mode": "never"},
        {"model": "m", "timeout_s": 60},
    ):
        assert terms_from(wrong) is None

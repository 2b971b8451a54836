"""What becomes of a call after its end; what the agent claimed proves nothing."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.routing import (
    AskBack,
    BookNow,
    CallFacts,
    CancelNow,
    MoveNow,
    NothingToDo,
    decide,
)
from tests.builders.plans import ANNA, BRANCH, CUT, utc

START = utc("2026-11-24 09:00")
THEIRS, OTHER = UUID(int=51), UUID(int=52)

BOOKING = CallFacts(
    action="book",
    start_at=START,
    confirmed_by_caller=True,
    service_id=CUT,
    branch_id=BRANCH,
    staff_id=ANNA,
    customer_name="Nina Krüger",
    phone="+4917604069025",
)
CANCELLATION = CallFacts(action="cancel", confirmed_by_caller=True, appointments=(THEIRS,))
MOVE = CallFacts(
    action="reschedule", confirmed_by_caller=True, appointments=(THEIRS,), start_at=START
)


def test_complete_confirmed_wish_is_booked() -> None:
    assert decide(BOOKING) == BookNow(
        branch_id=BRANCH, service_id=CUT, staff_id=ANNA, start_at=START
    )


def test_said_booked_but_not_in_the_engine_is_booked_now() -> None:
    assert isinstance(decide(replace(BOOKING, booked_in_call=True)), BookNow)


def test_booked_by_the_engine_in_the_call_is_not_booked_again() -> None:
    done = replace(BOOKING, already_booked_in_engine=True, booked_in_call=True)
    assert decide(done) == NothingToDo(outcome="booked")
    assert decide(replace(done, engine_outcome="reserved")) == NothingToDo(outcome="reserved")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (replace(BOOKING, start_at=None), "start"),
        (replace(BOOKING, service_id=None), "service"),
        (replace(BOOKING, branch_id=None), "branch"),
        (replace(BOOKING, customer_name=None), "name"),
        (replace(BOOKING, phone=None), "phone"),
    ],
)
def test_what_is_missing_is_asked_for_by_name(facts: CallFacts, name: str) -> None:
    assert decide(facts) == AskBack(reason="incomplete", missing=(name,))
    told = replace(facts, missing=(name, "email"))
    assert decide(told) == AskBack(reason="incomplete", missing=(name, "email"))


def test_ambiguous_wish_is_never_booked() -> None:
    assert decide(replace(BOOKING, ambiguous=True)) == AskBack(reason="ambiguous")
    claimed = replace(BOOKING, ambiguous=True, booked_in_call=True)
    assert decide(claimed) == AskBack(reason="ambiguous")


def test_unconfirmed_wish_is_asked_back_and_a_false_promise_marked() -> None:
    open_wish = replace(BOOKING, confirmed_by_caller=False)
    assert decide(open_wish) == AskBack(reason="not_confirmed")
    promised = replace(open_wish, booked_in_call=True)
    assert decide(promised) == AskBack(reason="told_booked_unconfirmed")


def test_cancellation_of_the_one_appointment_that_fits() -> None:
    assert decide(CANCELLATION) == CancelNow(appointment_id=THEIRS)


def test_move_of_the_one_appointment_that_fits() -> None:
    assert decide(MOVE) == MoveNow(appointment_id=THEIRS, start_at=START, staff_id=None)
    assert decide(replace(MOVE, start_at=None)) == AskBack(reason="incomplete", missing=("start",))


@pytest.mark.parametrize("facts", [CANCELLATION, MOVE], ids=["cancel", "move"])
def test_change_needs_exactly_one_appointment_in_time_and_a_yes(facts: CallFacts) -> None:
    assert decide(replace(facts, appointments=())) == AskBack(
        reason="appointment_not_found", missing=("appointment",)
    )
    assert decide(replace(facts, appointments=(THEIRS, OTHER))) == AskBack(
        reason="appointment_ambiguous", missing=("appointment",)
    )
    assert decide(replace(facts, change_allowed=False)) == AskBack(reason="change_too_late")
    unsure = replace(facts, confirmed_by_caller=False)
    assert decide(unsure) == AskBack(reason="not_confirmed")


def test_change_that_the_engine_made_in_the_call_is_not_made_again() -> None:
    cancelled = replace(CANCELLATION, engine_outcome="cancelled")
    assert decide(cancelled) == NothingToDo(outcome="cancelled")
    moved = replace(MOVE, engine_outcome="rescheduled", already_booked_in_engine=True)
    assert decide(moved) == NothingToDo(outcome="rescheduled")


def test_a_move_in_the_call_whose_words_read_like_a_booking_books_nothing() -> None:
    moved = replace(BOOKING, engine_outcome="rescheduled")
    assert decide(moved) == NothingToDo(outcome="rescheduled")
    incomplete = replace(moved, service_id=None, confirmed_by_caller=False)
    assert decide(incomplete) == NothingToDo(outcome="rescheduled")


def test_what_the_caller_has_from_another_line_is_not_booked_again() -> None:
    again = replace(BOOKING, theirs_already=True)
    assert decide(again) == NothingToDo(outcome="info")
    assert decide(replace(again, engine_outcome="cancelled")) == NothingToDo(outcome="cancelled")


def test_whoever_was_told_of_the_appointment_there_gets_no_other_without_a_yes() -> None:
    assert decide(replace(BOOKING, engine_outcome="info")) == NothingToDo(outcome="info")


@pytest.mark.parametrize("wish", [BOOKING, MOVE, replace(BOOKING, confirmed_by_caller=False)])
def test_whoever_heard_that_somebody_calls_back_is_called_back(wish: CallFacts) -> None:
    """They may phone again meanwhile: what was made behind their back would be a second one."""
    assert decide(replace(wish, engine_outcome="callback")) == NothingToDo(outcome="callback")


def test_what_was_booked_in_the_call_may_be_cancelled_at_its_end() -> None:
    retracted = replace(CANCELLATION, already_booked_in_engine=True, engine_outcome="booked")
    assert decide(retracted) == CancelNow(appointment_id=THEIRS)


def test_callback_wish_is_kept_though_something_was_booked() -> None:
    facts = CallFacts(action="callback", already_booked_in_engine=True)
    assert decide(facts) == AskBack(reason="callback_asked")


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (CallFacts(action="info"), "info"),
        (CallFacts(action="info", engine_outcome="cancelled"), "cancelled"),
        (CallFacts(action="transfer"), "transfer"),
        (CallFacts(action="none"), "none"),
        (CallFacts(action="none", disconnection_reason="call_transfer"), "transfer"),
        (CallFacts(action="none", disconnection_reason="error_llm_runtime"), "failed"),
        (CallFacts(action="none", already_booked_in_engine=True), "booked"),
        (CallFacts(action="none", spoke=False), "none"),
        (CallFacts(action="none", spoke=False, disconnection_reason="dial_failed"), "failed"),
        (replace(BOOKING, spoke=False), "none"),
    ],
)
def test_calls_without_anything_left_to_do(facts: CallFacts, outcome: str) -> None:
    decision = decide(facts)
    assert isinstance(decision, NothingToDo)
    assert decision.outcome == outcome

"""The table of moves, what is due, and until when a caller may change something."""

from datetime import timedelta
from typing import get_args

import pytest

from domain.appointment import (
    ACTIVE,
    FIRST,
    MOVES,
    Due,
    Event,
    State,
    change_refusal,
    due,
    may_change,
    next_state,
)
from domain.errors import ChangeTooLate, IllegalMove
from tests.builders.plans import utc

START, END = utc("2026-11-24 09:00"), utc("2026-11-24 09:30")


def test_an_appointment_is_held_then_booked_then_completed() -> None:
    assert FIRST == "held"
    assert next_state("held", "confirmed") == "booked"
    assert next_state("booked", "passed") == "completed"


def test_no_show_is_believed_after_the_end_and_can_be_taken_back() -> None:
    assert next_state("completed", "no_show") == "missed"
    assert next_state("missed", "attended") == "completed"


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_what_is_over_stays_over(state: State) -> None:
    reached = {target for (source, _), target in MOVES.items() if source == state}
    assert reached == {state}


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("cancelled", "confirmed"),
        ("failed", "confirmed"),
        ("held", "passed"),
        ("held", "no_show"),
        ("booked", "given_up"),
        ("completed", "cancelled"),
        ("completed", "moved"),
    ],
)
def test_illegal_moves_are_told_with_state_and_event(state: State, event: Event) -> None:
    with pytest.raises(IllegalMove) as caught:
        next_state(state, event)
    assert caught.value == IllegalMove(state=state, event=event)


def test_every_state_is_reachable_and_every_event_is_used() -> None:
    assert {*MOVES.values()} == set(get_args(State))
    assert {event for _, event in MOVES} == set(get_args(Event))


def test_reports_repeated_change_nothing_more() -> None:
    repeatable: set[Event] = {"confirmed", "cancelled", "given_up", "passed", "no_show"}
    for (_, event), target in MOVES.items():
        if event in repeatable:
            assert next_state(target, event) == target


def test_held_is_given_up_at_its_start_and_booked_passes_at_its_end() -> None:
    now = START - timedelta(hours=1)
    assert due("held", START, END, now) == Due(event="given_up", at=START, wait=timedelta(hours=1))
    assert due("booked", START, END, now) == Due(event="passed", at=END, wait=timedelta(minutes=90))


def test_what_was_due_long_ago_waits_no_more() -> None:
    late = due("booked", START, END, END + timedelta(days=3))
    assert late is not None
    assert late.wait == timedelta()


def test_nothing_is_due_when_all_is_said_and_only_then() -> None:
    finished = {state for state in get_args(State) if due(state, START, END, START) is None}
    assert finished == set(get_args(State)) - ACTIVE


def test_change_is_allowed_up_to_the_limit_and_not_a_second_later() -> None:
    limit_at = START - timedelta(hours=24)
    assert may_change(START, limit_at, 24)
    assert not may_change(START, limit_at + timedelta(seconds=1), 24)
    assert change_refusal(START, START, 24) == ChangeTooLate(limit_at=limit_at)
    assert may_change(START, START, 0)


def test_every_legal_move_leads_to_a_state_that_the_move_came_from_or_a_later_one() -> None:
    order = {"held": 0, "booked": 1, "completed": 2, "missed": 2, "cancelled": 3, "failed": 3}
    assert all(order[target] >= order[source] for (source, _), target in MOVES.items())

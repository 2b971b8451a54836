"""Any order, loss and repetition of events keeps an appointment's story consistent."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.appointment import ACTIVE, FIRST, MOVES, Event, State, due, next_state
from domain.errors import IllegalMove
from tests.builders.plans import utc

START = utc("2027-03-28 00:30")
END = START + timedelta(minutes=30)
EVENTS: tuple[Event, ...] = get_args(Event)


class AppointmentLife(RuleBasedStateMachine):
    """Beside the state it keeps what really happened, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.state: State = FIRST
        self.ever_booked = False
        self.over = False  # cancelled or given up: final
        self.past: list[State] = [FIRST]

    @rule(event=st.sampled_from(EVENTS))
    def something_is_reported(self, event: Event) -> None:
        before = self.state
        if (before, event) not in MOVES:
            with pytest.raises(IllegalMove):
                next_state(before, event)
            return
        self.state = next_state(before, event)
        self.past.append(self.state)
        self.ever_booked |= self.state == "booked"
        self.over |= event in ("cancelled", "given_up")

    @precondition(lambda self: self.state in ACTIVE)
    @rule()
    def what_is_due_happens(self) -> None:
        coming = due(self.state, START, END, START)
        assert coming is not None
        self.something_is_reported(coming.event)
        assert self.state not in ACTIVE

    @invariant()
    def over_means_cancelled_or_failed_for_good(self) -> None:
        assert self.over == (self.state in ("cancelled", "failed"))

    @invariant()
    def nobody_was_there_or_missing_without_a_booking(self) -> None:
        if self.state in ("completed", "missed"):
            assert self.ever_booked

    @invariant()
    def failed_was_never_booked(self) -> None:
        if self.state == "failed":
            assert not self.ever_booked

    @invariant()
    def no_way_back_to_held(self) -> None:
        assert "held" not in self.past[len([s for s in self.past if s == "held"]) :]

    @invariant()
    def something_is_due_exactly_while_a_slot_is_blocked(self) -> None:
        assert (due(self.state, START, END, START) is not None) == (self.state in ACTIVE)


TestAppointmentLife = AppointmentLife.TestCase
TestAppointmentLife.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)

"""The life of an appointment, as rules."""

from domain.appointment.states import (
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

__all__ = [
    "ACTIVE",
    "FIRST",
    "MOVES",
    "Due",
    "Event",
    "State",
    "change_refusal",
    "due",
    "may_change",
    "next_state",
]

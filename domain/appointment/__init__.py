"""The life of an appointment, as rules."""

from domain.appointment.due import LEAST_BEFORE, QuietHours, Reminder, reminders_due
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
    "LEAST_BEFORE",
    "MOVES",
    "Due",
    "Event",
    "QuietHours",
    "Reminder",
    "State",
    "change_refusal",
    "due",
    "may_change",
    "next_state",
    "reminders_due",
]

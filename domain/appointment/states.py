"""States of an appointment, the legal moves as a table, and what is due next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from domain.errors import ChangeTooLate, IllegalMove
from domain.timespan import as_utc

State = Literal["held", "booked", "cancelled", "completed", "missed", "failed"]
"""`held`: reserved here, not yet confirmed by Cal.com (outside it is called `reserved`)."""

Event = Literal[
    "confirmed",  # Cal.com has the booking, and it was verified to be ours
    "moved",  # another slot of ours, held or booked as before
    "cancelled",  # by customer, branch or engine, here or in Cal.com
    "given_up",  # refused everywhere, expired, or Cal.com silent until the start
    "passed",  # the end has come and nobody said otherwise
    "no_show",  # reported by a person, also after the end
    "attended",  # a no-show taken back
]

FIRST: State = "held"

# A repeated report (confirmed twice, cancelled twice) leaves the state as it is: Cal.com's webhooks
# and our own retries may say everything more than once. All that is not listed is illegal.
MOVES: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        ("held", "confirmed"): "booked",
        ("held", "moved"): "held",
        ("held", "cancelled"): "cancelled",
        ("held", "given_up"): "failed",
        ("booked", "confirmed"): "booked",
        ("booked", "moved"): "booked",
        ("booked", "cancelled"): "cancelled",
        ("booked", "passed"): "completed",
        ("booked", "no_show"): "missed",
        ("cancelled", "cancelled"): "cancelled",
        ("completed", "passed"): "completed",
        ("completed", "no_show"): "missed",
        ("missed", "passed"): "missed",
        ("missed", "no_show"): "missed",
        ("missed", "attended"): "completed",
        ("failed", "given_up"): "failed",
    }
)

ACTIVE: frozenset[State] = frozenset({"held", "booked"})
"""States whose reservations block their resources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`event` happens at `at` by itself unless something else comes first; `wait` from now."""

    event: Literal["given_up", "passed"]
    at: datetime
    wait: timedelta


def next_state(state: State, event: Event) -> State:
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(state=state, event=event) from None


def due(state: State, start_at: datetime, end_at: datetime, now: datetime) -> Due | None:
    """A held one is given up at its start, a booked one has passed at its end, else None."""
    wait_for: dict[State, tuple[Literal["given_up", "passed"], datetime]] = {
        "held": ("given_up", as_utc(start_at)),
        "booked": ("passed", as_utc(end_at)),
    }
    if state not in wait_for:
        return None
    event, at = wait_for[state]
    return Due(event=event, at=at, wait=max(at - as_utc(now), timedelta()))


def may_change(start_at: datetime, now: datetime, cancel_limit_hours: int) -> bool:
    """Whether a caller may still cancel or move: up to the limit before the (old) start."""
    return change_refusal(start_at, now, cancel_limit_hours) is None


def change_refusal(
    start_at: datetime, now: datetime, cancel_limit_hours: int
) -> ChangeTooLate | None:
    limit_at = as_utc(start_at) - timedelta(hours=cancel_limit_hours)
    return None if as_utc(now) <= limit_at else ChangeTooLate(limit_at=limit_at)

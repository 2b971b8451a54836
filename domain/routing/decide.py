"""What is done with a call after it has ended. The engine's own facts outweigh what was said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Action = Literal["book", "reschedule", "cancel", "info", "callback", "transfer", "none"]
Outcome = Literal[
    "booked",
    "reserved",
    "rescheduled",
    "cancelled",
    "info",
    "callback",
    "transfer",
    "none",
    "failed",
]
Reason = Literal[
    "ambiguous",
    "appointment_ambiguous",
    "appointment_not_found",
    "callback_asked",
    "change_too_late",
    "incomplete",
    "model_disagrees",
    "not_confirmed",
    "told_booked_unconfirmed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What was understood, and what the engine knows of this call.

    `booked_in_call`: the agent said so, which proves nothing. `already_booked_in_engine`: this call
    has an appointment; `engine_outcome` is what became of the last thing that the call did.
    `theirs_already`: the caller has the appointment that is wished for, from another call.
    `appointments`: the caller's own that fit what is to be moved or cancelled; `change_allowed`:
    whether the tenant's limit lets the caller change it. `disputed`: what grammar and model read
    differently.
    """

    action: Action
    start_at: datetime | None = None
    ambiguous: bool = False
    confirmed_by_caller: bool = False
    booked_in_call: bool = False
    service_id: UUID | None = None
    staff_id: UUID | None = None
    branch_id: UUID | None = None
    customer_name: str | None = None
    phone: str | None = None
    missing: tuple[str, ...] = ()
    already_booked_in_engine: bool = False
    theirs_already: bool = False
    engine_outcome: Outcome | None = None
    appointments: tuple[UUID, ...] = ()
    change_allowed: bool = True
    disputed: tuple[str, ...] = ()
    disconnection_reason: str | None = None
    spoke: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BookNow:
    branch_id: UUID
    service_id: UUID
    staff_id: UUID | None
    start_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelNow:
    appointment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveNow:
    appointment_id: UUID
    start_at: datetime
    staff_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBack:
    """A person calls back. `missing` are names of fields (`start`, `service`, `branch`, …)."""

    reason: Reason
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToDo:
    outcome: Outcome


Decision = BookNow | CancelNow | MoveNow | AskBack | NothingToDo


def decide(facts: CallFacts) -> Decision:
    """Books only what is complete, confirmed and unambiguous, and only once a call.

    That the agent said "booked" changes nothing for a confirmed wish: without an appointment in the
    engine it is booked now. Where the caller had not confirmed it, a person has to set it right.
    """
    return _promised(facts) or _done_already(facts) or _disputed(facts) or _decide_open(facts)


def _promised(facts: CallFacts) -> NothingToDo | None:
    """Who was told that somebody calls back is called back: what the caller arranges meanwhile
    would be doubled.
    """
    if facts.engine_outcome == "callback" and facts.action in ("book", "reschedule"):
        return NothingToDo(outcome="callback")
    return None


def _disputed(facts: CallFacts) -> AskBack | None:
    """Two witnesses, two readings: a person asks, nobody chooses."""
    return AskBack(reason="model_disagrees", missing=facts.disputed) if facts.disputed else None


def _decide_open(facts: CallFacts) -> Decision:
    if not facts.spoke:
        return _without_wish(facts)
    match facts.action:
        case "book":
            return _book(facts)
        case "reschedule" | "cancel":
            return _change(facts)
        case "callback":
            return AskBack(reason="callback_asked", missing=facts.missing)
        case "info" | "transfer":
            return NothingToDo(outcome=facts.action)
        case "none":
            return _without_wish(facts)


def _done_already(facts: CallFacts) -> NothingToDo | None:
    """A wish that the engine fulfilled during the call is not fulfilled again."""
    if facts.action in ("reschedule", "cancel"):
        wished: Outcome = "rescheduled" if facts.action == "reschedule" else "cancelled"
        return NothingToDo(outcome=wished) if facts.engine_outcome == wished else None
    if facts.action == "callback":
        return None
    if facts.already_booked_in_engine:
        return NothingToDo(outcome=facts.engine_outcome or "booked")
    if facts.action == "book":
        return _another_one(facts)
    if facts.action in ("info", "none") and facts.engine_outcome is not None:
        return NothingToDo(outcome=facts.engine_outcome)
    return None


def _another_one(facts: CallFacts) -> NothingToDo | None:
    """What reads like a wish for an appointment, and is none for one more."""
    if facts.engine_outcome in ("rescheduled", "info"):
        # The words of a move read like those of a booking; whoever wanted both asked for both.
        # Who was told of the appointment that is there, and asked whether one more, said no yes.
        return NothingToDo(outcome=facts.engine_outcome)
    return NothingToDo(outcome=facts.engine_outcome or "info") if facts.theirs_already else None


def _book(facts: CallFacts) -> Decision:
    problem = _not_ready(facts, _missing_for_booking(facts))
    if problem is not None:
        return problem
    if facts.branch_id is None or facts.service_id is None or facts.start_at is None:
        return AskBack(reason="incomplete", missing=_missing_for_booking(facts))
    return BookNow(
        branch_id=facts.branch_id,
        service_id=facts.service_id,
        staff_id=facts.staff_id,
        start_at=facts.start_at,
    )


def _change(facts: CallFacts) -> Decision:
    if len(facts.appointments) != 1:
        reason: Reason = "appointment_ambiguous" if facts.appointments else "appointment_not_found"
        return AskBack(reason=reason, missing=(*facts.missing, "appointment"))
    missing = list(facts.missing)
    if facts.action == "reschedule" and facts.start_at is None and "start" not in missing:
        missing.append("start")
    problem = _not_ready(facts, tuple(missing))
    if problem is not None:
        return problem
    if not facts.change_allowed:
        return AskBack(reason="change_too_late")
    if facts.action == "cancel":
        return CancelNow(appointment_id=facts.appointments[0])
    if facts.start_at is None:
        return AskBack(reason="incomplete", missing=tuple(missing))
    return MoveNow(
        appointment_id=facts.appointments[0], start_at=facts.start_at, staff_id=facts.staff_id
    )


def _not_ready(facts: CallFacts, missing: tuple[str, ...]) -> AskBack | None:
    if facts.ambiguous:
        return AskBack(reason="ambiguous", missing=missing)
    if missing:
        return AskBack(reason="incomplete", missing=missing)
    if not facts.confirmed_by_caller:
        claimed = facts.booked_in_call
        return AskBack(reason="told_booked_unconfirmed" if claimed else "not_confirmed")
    return None


def _missing_for_booking(facts: CallFacts) -> tuple[str, ...]:
    fields = {
        "branch": facts.branch_id,
        "service": facts.service_id,
        "start": facts.start_at,
        "name": facts.customer_name,
        "phone": facts.phone,
    }
    absent = tuple(name for name, value in fields.items() if not value)
    return (*absent, *(name for name in facts.missing if name not in absent))


def _without_wish(facts: CallFacts) -> NothingToDo:
    if facts.disconnection_reason == "call_transfer":
        return NothingToDo(outcome="transfer")
    return NothingToDo(outcome="failed" if _broke_down(facts) else "none")


def _broke_down(facts: CallFacts) -> bool:
    """The line or the agent failed, not the caller (Retell contract 1.1; an open list)."""
    reason = facts.disconnection_reason or ""
    return reason.startswith(("error_", "dial_", "telephony_")) or reason == "sip_routing_error"

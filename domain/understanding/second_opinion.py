"""Grammar and model side by side: what the model may fill in, and where a person has to ask.

What the grammar read stands. The model fills only what was left open, and only with values that
pass the same checks. Where both are sure and differ, nobody chooses: it is asked back.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from domain.intent import BookingIntent, read_time
from domain.understanding.reading import Conversation, LlmReading, faults_of, is_offered_at

ACTS = frozenset({"book", "reschedule", "cancel"})
TIMED = frozenset({"book", "reschedule"})
# The grammar understood a time and refused it; another one from the model is no gap filled.
REFUSED_TIMES = frozenset({"past", "no such local time"})
# Names of what an intent lacks, by what fills it.
_FILLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"start": ("date", "time", "start"), "service": ("service",), "branch": ("branch",)}
    | {"name": ("name",)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """`filled` and `disputed` name parts of the wish; the intent of a dispute is the grammar's."""

    intent: BookingIntent
    filled: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()


def second_opinion(
    intent: BookingIntent, reading: LlmReading, about: Conversation
) -> SecondOpinion:
    """Checks the reading once more: the catalogue may have changed since the model was asked."""
    if faults_of(reading, about):
        return SecondOpinion(intent=intent)
    disputed = tuple(part for part, differs in _DISPUTES.items() if differs(intent, reading))
    if disputed:
        return SecondOpinion(intent=intent, disputed=disputed)
    changes: dict[str, Any] = {}
    filled = [part for part, fill in _GAPS.items() if fill(intent, reading, about, changes)]
    if not filled:
        return SecondOpinion(intent=intent)
    given = {lack for part in filled for lack in _FILLS.get(part, ())}
    changes["missing"] = tuple(lack for lack in intent.missing if lack not in given)
    changes["notes"] = (*intent.notes, *(f"model: {part}" for part in filled))
    return SecondOpinion(intent=intent.model_copy(update=changes), filled=tuple(filled))


# --- where both speak and differ ----------------------------------------------------------------


def _action_differs(intent: BookingIntent, reading: LlmReading) -> bool:
    """Only where one of the two would change the calendar. A call that was put through is done:
    whoever took it knows.
    """
    if intent.action in {reading.action, "transfer"}:
        return False
    return intent.action in ACTS or reading.action in ACTS


def _start_differs(intent: BookingIntent, reading: LlmReading) -> bool:
    start = reading.start_local
    if start is None or intent.action not in TIMED:
        return False
    if intent.ambiguous:
        return start not in _readings(intent)
    if intent.start_local is not None:
        return start != intent.start_local
    window = intent.window
    if window is None:
        return False
    early = window.start_local is not None and start < window.start_local
    return early or (window.end_local is not None and start > window.end_local)


def _service_differs(intent: BookingIntent, reading: LlmReading) -> bool:
    if reading.service_id is None or intent.action not in ACTS:
        return False
    if intent.service_id is not None:
        return reading.service_id not in {intent.service_id, *intent.service_ids}
    candidates = intent.service_candidates
    return bool(candidates) and reading.service_id not in candidates


def _branch_differs(intent: BookingIntent, reading: LlmReading) -> bool:
    if reading.branch_id is None or intent.branch_id is None or intent.action not in ACTS:
        return False
    return reading.branch_id != intent.branch_id


_DISPUTES: Mapping[str, Callable[[BookingIntent, LlmReading], bool]] = MappingProxyType(
    {
        "action": _action_differs,
        "start": _start_differs,
        "service": _service_differs,
        "branch": _branch_differs,
    }
)


def _readings(intent: BookingIntent) -> frozenset[dt.datetime]:
    own = () if intent.start_local is None else (intent.start_local,)
    return frozenset((*own, *intent.other_readings_local))


# --- what was left open -------------------------------------------------------------------------


def _fill_action(
    intent: BookingIntent, reading: LlmReading, _about: Conversation, changes: dict[str, Any]
) -> bool:
    """A question that the grammar did not see. A wish to book is never made from nothing: what
    looks like none may have been withdrawn (`_action_differs` asks back).
    """
    if intent.action != "none" or reading.action != "info":
        return False
    changes["action"] = "info"
    return True


def _fill_branch(
    intent: BookingIntent, reading: LlmReading, about: Conversation, changes: dict[str, Any]
) -> bool:
    if intent.action not in ACTS or intent.branch_id or reading.branch_id is None:
        return False
    service_id = intent.service_id
    if service_id and not is_offered_at(about.catalogue, service_id, reading.branch_id):
        return False
    branch = next(b for b in about.catalogue.branches if b.id == reading.branch_id)
    changes |= {"branch_id": branch.id, "branch_name": branch.name}
    return True


def _fill_service(
    intent: BookingIntent, reading: LlmReading, about: Conversation, changes: dict[str, Any]
) -> bool:
    if intent.action not in ACTS or intent.service_id or reading.service_id is None:
        return False
    branch_id = intent.branch_id or changes.get("branch_id")
    if not is_offered_at(about.catalogue, reading.service_id, branch_id):
        return False
    service = next(s for s in about.catalogue.services if s.id == reading.service_id)
    changes |= {
        "service_id": service.id,
        "service_name": service.name,
        "service_ids": (service.id,),
        "service_candidates": (),
    }
    return True


def _fill_staff(
    intent: BookingIntent, reading: LlmReading, about: Conversation, changes: dict[str, Any]
) -> bool:
    """A preference, never a condition: that takes the caller's own plain words."""
    if intent.action not in TIMED or intent.staff_id or reading.staff_id is None:
        return False
    person = next(p for p in about.catalogue.staff if p.id == reading.staff_id)
    changes |= {"staff_id": person.id, "staff_name": person.display_name}
    return True


def _fill_name(
    intent: BookingIntent, reading: LlmReading, about: Conversation, changes: dict[str, Any]
) -> bool:
    """Only a name whose every word was said in the call."""
    name = reading.customer_name
    if intent.action not in ACTS or intent.customer_name or name is None:
        return False
    said = {word for turn in about.turns for word in _words(turn.text)}
    if not _words(name) <= said:
        return False
    changes["customer_name"] = " ".join(name.split())
    return True


def _fill_start(
    intent: BookingIntent, reading: LlmReading, about: Conversation, changes: dict[str, Any]
) -> bool:
    start = reading.start_local
    if start is None or intent.action not in TIMED or REFUSED_TIMES & set(intent.notes):
        return False
    if intent.ambiguous:
        if not _settles(start, reading, intent, about):
            return False
        others = tuple(other for other in _readings(intent) if other != start)
        changes |= {"ambiguous": False, "other_readings_local": tuple(sorted(others))}
    elif intent.start_local is not None:
        return False
    changes["start_local"] = start
    return True


def _fill_confirmation(
    intent: BookingIntent, reading: LlmReading, _about: Conversation, changes: dict[str, Any]
) -> bool:
    if intent.action not in ACTS or intent.confirmed_by_caller or not reading.confirmed_by_caller:
        return False
    if changes.get("ambiguous", intent.ambiguous):
        return False
    start = changes.get("start_local", intent.start_local)
    if intent.action in TIMED and (start is None or start != reading.start_local):
        return False  # what would have been confirmed is not what would be booked
    changes["confirmed_by_caller"] = True
    return True


def _settles(
    start: dt.datetime, reading: LlmReading, intent: BookingIntent, about: Conversation
) -> bool:
    """Two readings become one only if the words that were agreed to name that day themselves."""
    turn = reading.confirmed_in_turn
    if turn is None:
        return False
    for said in (about.turns[turn], about.turns[max(turn - 1, 0)]):
        heard = read_time(said.text, now=about.started_at, zone=about.zone, lang=intent.language)
        if heard is None or heard.ambiguous or heard.time_only or heard.start is None:
            continue
        if heard.start.date() == start.date():
            return True
    return False


_GAPS: Mapping[str, Callable[[BookingIntent, LlmReading, Conversation, dict[str, Any]], bool]] = (
    MappingProxyType(
        {
            "action": _fill_action,
            "branch": _fill_branch,
            "service": _fill_service,
            "staff": _fill_staff,
            "name": _fill_name,
            "start": _fill_start,
            "confirmation": _fill_confirmation,
        }
    )
)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.casefold()))

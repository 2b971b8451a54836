"""What was heard becomes the intent: what stands, what is doubtful, what is missing."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict
from zoneinfo import ZoneInfo

from domain.intent import wishes, witness
from domain.intent.choices import Choices
from domain.intent.model import (
    Action,
    BookingIntent,
    Catalogue,
    Evidence,
    Language,
    Utterance,
    Window,
)
from domain.intent.names import NameSheet
from domain.intent.talk import Talk
from domain.intent.text import fold

_BOOKED = re.compile(
    r"\b((ist|sind|habe?n?|wurde) .{0,60}(gebucht|eingebucht)|fest gebucht|(is|are|"
    r"have|'ve|has been) .{0,40}booked)\b"
)
_ACTS = frozenset({"book", "reschedule", "cancel"})


@dataclass(slots=True)
class Heard:
    """Everything gathered from one conversation."""

    action: Action
    turns: tuple[Utterance, ...]
    lang: Language
    zone: str
    present: dt.datetime
    catalogue: Catalogue
    talk: Talk
    choices: Choices
    names: NameSheet
    caller_id: str | None
    analysis: Mapping[str, Any] | None
    phone: str | None = None
    email: str | None = None
    people: int = 1

    @property
    def acts(self) -> bool:
        return self.action in _ACTS


class _Times(TypedDict):
    start_local: dt.datetime | None
    window: Window | None
    original_start_local: dt.datetime | None
    confirmed_by_caller: bool
    ambiguous: bool
    ambiguous_without_question: bool
    other_readings_local: tuple[dt.datetime, ...]


class _Things(TypedDict):
    service_id: str | None
    service_name: str | None
    service_ids: tuple[str, ...]
    service_candidates: tuple[str, ...]
    staff_id: str | None
    staff_name: str | None
    staff_is_hard_condition: bool
    branch_id: str | None
    branch_name: str | None


class _Caller(TypedDict):
    customer_name: str | None
    people: int
    phone: str | None
    phone_source: Literal["spoken", "caller_id"] | None
    email: str | None


def exists(at: dt.datetime, zone: str) -> bool:
    """Whether clocks in the zone ever show this time; an hour a year they do not."""
    aware = at.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == at


def compose(heard: Heard) -> BookingIntent:
    notes = _notes(heard)
    evidence = [*heard.talk.evidence, *heard.choices.evidence]
    times = _times(heard, notes, evidence)
    things = _things(heard)
    caller = _caller(heard)
    missing = _missing(heard, times, things, caller)
    score = _confidence(times, missing)
    booked = any(t.role == "agent" and _BOOKED.search(fold(t.text)) for t in heard.turns)
    return BookingIntent(
        action=heard.action,
        zone=heard.zone,
        language=heard.lang,
        booked_in_call=heard.acts and booked,
        missing=missing,
        confidence=score,
        evidence=tuple(evidence),
        notes=tuple(notes),
        **times,
        **things,
        **caller,
    )


def _times(heard: Heard, notes: list[str], evidence: list[Evidence]) -> _Times:
    talk = heard.talk
    start = _start(heard, notes, evidence)
    doubt = talk.was_ambiguous and not talk.settled and heard.action in {"book", "reschedule"}
    confirmed = talk.confirmed_start is not None and talk.confirmed_start == start
    if heard.action == "cancel":
        confirmed = talk.confirmed_original is not None
    window = talk.plan.window if heard.acts else None
    return _Times(
        start_local=None if doubt else start,
        window=Window(start_local=window.start, end_local=window.end) if window else None,
        original_start_local=talk.original.start if heard.acts and heard.action != "book" else None,
        confirmed_by_caller=heard.acts and confirmed and not doubt,
        ambiguous=doubt,
        ambiguous_without_question=talk.was_ambiguous,
        other_readings_local=_others(talk, start, doubt=doubt),
    )


def _start(heard: Heard, notes: list[str], evidence: list[Evidence]) -> dt.datetime | None:
    if heard.action not in {"book", "reschedule"}:
        return None
    plan = heard.talk.plan
    start = plan.start
    if start is None and plan.day is None and plan.clock is None and plan.window is None:
        found = witness.start(heard.analysis, heard.present)
        if found is not None:
            start, said = found
            evidence.append(said)
    if start is not None and start < heard.present:
        notes.append("past")  # what is over is asked about, never booked
        return None
    if start is not None and not exists(start, heard.zone):
        notes.append("no such local time")
        return None
    return start


def _others(talk: Talk, start: dt.datetime | None, *, doubt: bool) -> tuple[dt.datetime, ...]:
    """The other readings; all of them where none is settled."""
    if not talk.was_ambiguous:
        return ()
    if start is None:
        return talk.other_readings
    dates = [dt.datetime.combine(o.date(), start.time()) for o in talk.other_readings]
    others = tuple(d for d in dates if d != start)
    return (start, *others) if doubt else others


def _things(heard: Heard) -> _Things:
    choices, catalogue = heard.choices, heard.catalogue
    service = choices.service or (
        witness.service(heard.analysis, choices.book) if heard.acts else None
    )
    item = next((s for s in catalogue.services if s.id == service), None)
    if not heard.acts and heard.action != "info":
        item = None
    staff = next((p for p in catalogue.staff if p.id == choices.staff and heard.acts), None)
    branch = next((b for b in catalogue.branches if b.id == choices.branch), None)
    return _Things(
        service_id=item.id if item else None,
        service_name=item.name if item else None,
        service_ids=(choices.services or ((item.id,) if item else ())) if item else (),
        service_candidates=() if item else choices.candidates,
        staff_id=staff.id if staff else None,
        staff_name=staff.display_name if staff else None,
        staff_is_hard_condition=choices.hard and staff is not None,
        branch_id=branch.id if branch else None,
        branch_name=branch.name if branch else None,
    )


def _caller(heard: Heard) -> _Caller:
    if not heard.acts:
        return _Caller(customer_name=None, people=1, phone=None, phone_source=None, email=None)
    told = heard.phone
    if told is None and heard.caller_id is None:
        told = witness.phone(heard.analysis, heard.catalogue.country)
    source: Literal["spoken", "caller_id"] | None = "caller_id" if heard.caller_id else None
    return _Caller(
        customer_name=heard.names.full or witness.text(heard.analysis, "customer_name"),
        people=heard.people,
        phone=told or heard.caller_id,
        phone_source="spoken" if told else source,
        email=heard.email or witness.email(heard.analysis),
    )


def _missing(heard: Heard, times: _Times, things: _Things, caller: _Caller) -> tuple[str, ...]:
    """What has to be asked for before anything can be done, in the order of asking."""
    if not heard.acts:
        return ()
    lacking = {
        "service": heard.action == "book" and things["service_id"] is None,
        "date": heard.action != "cancel"
        and times["start_local"] is None
        and (times["ambiguous"] or heard.talk.plan.day is None),
        "time": heard.action != "cancel"
        and times["start_local"] is None
        and not times["ambiguous"],
        "branch": things["branch_id"] is None,
        "name": caller["customer_name"] is None,
        "phone": caller["phone"] is None,
    }
    return tuple(name for name, lacks in lacking.items() if lacks)


def _confidence(times: _Times, missing: tuple[str, ...]) -> float:
    score = (0.95 if times["confirmed_by_caller"] else 0.6) - 0.1 * len(missing)
    if times["ambiguous"]:
        score = min(score, 0.4)
    return max(0.0, round(score, 2))


def _notes(heard: Heard) -> list[str]:
    wants = any(t.role == "user" and wishes.wants_callback(t.text) for t in heard.turns)
    return ["callback"] if wants else []

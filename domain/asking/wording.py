"""What the answers share: times with the branch's offset, and the parts of sentences."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from domain.asking.facts import VisitFacts, Voice
from domain.speech import FreeTime, at_branch, join_words, spoken_at, spoken_on, with_people

MAX_OFFERS = 5
_WORDS_MAX = 60  # of what a caller said, said back


class VisitWords(TypedDict):
    """`when` with its preposition, `start` without; empty: not to be said."""

    when: str
    start: str
    who: str
    where: str
    service: str


def zone_of(voice: Voice) -> ZoneInfo:
    return ZoneInfo(voice.zone)


def iso(at: datetime, voice: Voice) -> str:
    """With the branch's own offset."""
    return at.astimezone(zone_of(voice)).isoformat(timespec="seconds")


def local_day(at: datetime, voice: Voice) -> date:
    return at.astimezone(zone_of(voice)).date()


def on(at: datetime | date, voice: Voice) -> str:
    return spoken_on(at, zone_of(voice), voice.lang)


def visit_words(visit: VisitFacts, voice: Voice) -> VisitWords:
    return VisitWords(
        when=on(visit.start_at, voice),
        start=spoken_at(visit.start_at, zone_of(voice), voice.lang),
        who=with_people(staff_of(visit), voice.lang),
        where=at_branch(visit.branch, voice.lang) if visit.branch and visit.say_branch else "",
        service=join_words(services_of(visit), voice.lang, "and"),
    )


def staff_of(visit: VisitFacts) -> list[str]:
    return list(dict.fromkeys(part.staff for part in visit.parts if part.staff))


def services_of(visit: VisitFacts) -> list[str]:
    return list(dict.fromkeys(part.service for part in visit.parts if part.service))


def visit_fields(visit: VisitFacts, voice: Voice) -> dict[str, JsonValue]:
    """`start`, `end`, `staff`, `service`, `branch`; `parts` where there are several."""
    fields: dict[str, JsonValue] = {
        "start": iso(visit.start_at, voice),
        "end": iso(visit.end_at, voice),
        "staff": join_words(staff_of(visit), voice.lang, "and") or None,
        "service": join_words(services_of(visit), voice.lang, "and") or None,
        "branch": visit.branch,
    }
    if len(visit.parts) > 1:
        fields["parts"] = [
            {
                "start": iso(part.start_at, voice),
                "end": iso(part.end_at, voice),
                "staff": part.staff,
                "service": part.service,
            }
            for part in visit.parts
        ]
    return present(fields)


def present(fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Without what is not known."""
    return {name: value for name, value in fields.items() if value is not None}


def ids(appointment_ids: Sequence[UUID]) -> dict[str, JsonValue]:
    """`appointment_id`, and `appointment_ids` where there are several."""
    texts = [str(appointment_id) for appointment_id in appointment_ids]
    several: dict[str, JsonValue] = {"appointment_ids": [*texts]} if len(texts) > 1 else {}
    return {"appointment_id": texts[0], **several} if texts else {}


def free_times(
    offers: Iterable[VisitFacts], wished_staff: str | None, voice: Voice
) -> list[FreeTime]:
    """Who it would be with is said where somebody else was wished for."""
    told = []
    for offer in offers:
        names = staff_of(offer)
        other = wished_staff is not None and names != [wished_staff]
        words = visit_words(offer, voice)
        beside = " ".join(part for part in (words["who"] if other else "", words["where"]) if part)
        told.append(FreeTime(start_at=offer.start_at, beside=beside))
    return told


def shortened(words: str | None) -> str | None:
    """What a caller said, as far as it can be said back."""
    return words[:_WORDS_MAX].strip() if words else None

"""Entry points by which `nlu_score.py` and the scoreboard call our reader."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from domain.intent import Catalogue, Utterance, read_time, understand
from domain.intent.wishes import read_action


def when(text: str, lang: str, ref: dt.datetime) -> dict[str, str | None] | None:
    """Start, end and grain of what a text says about time; None where it says nothing.

    Words that contradict each other are no answer either: the product books on none of the ways
    to mend them, but asks. (Two fair readings of clear words come out as the likelier one.)
    """
    found = read_time(text, now=ref, zone="Europe/Berlin", lang=lang)
    if found is None or found.contradictory:
        return None
    return {
        "start": found.start.isoformat() if found.start else None,
        "end": found.end.isoformat() if found.end and found.kind != "instant" else None,
        "grain": found.grain,
    }


def action(text: str, lang: str, ref: dt.datetime | None = None) -> str:
    """One of book, reschedule, cancel, info and other; `ref` is what the scorer passes along."""
    del ref
    return read_action(text, lang)


def transcript(call_analyzed: Mapping[str, Any], catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """The intent of a `call_analyzed` event, in the keys of the example transcripts."""
    call = call_analyzed["call"]
    company, dialled = _dialled(call, catalogue)
    offered = Catalogue.from_demo(company)
    zone = ZoneInfo(offered.timezone)
    now = dt.datetime.fromtimestamp(call["start_timestamp"] / 1000, dt.UTC)
    intent = understand(
        _utterances(call),
        now=now,
        zone=offered.timezone,
        catalogue=offered,
        dialled_branch_id=dialled and dialled["id"],
        caller_id=call.get("from_number"),
        analysis=(call.get("call_analysis") or {}).get("custom_analysis_data"),
    )
    start, original = _aware(intent.start_local, zone), _aware(intent.original_start_local, zone)
    return {
        "action": intent.action,
        "timezone": intent.zone,
        "call_start_local": now.astimezone(zone).replace(microsecond=0).isoformat(),
        "company_id": company["id"],
        "branch_id": intent.branch_id,
        "branch": intent.branch_name,
        "dialled_branch": dialled and dialled["name"],
        "service": intent.service_name,
        "staff": intent.staff_name,
        "staff_is_hard_condition": intent.staff_is_hard_condition,
        "start_local": start and start.isoformat(),
        "start_utc": _utc(start),
        "weekday": start and _WEEKDAYS[start.weekday()],
        "original_start_local": original and original.isoformat(),
        "original_start_utc": _utc(original),
        "customer_name": intent.customer_name,
        "phone": intent.phone,
        "phone_source": intent.phone_source,
        "email": intent.email,
        "language": intent.language,
        "time_phrase": next((e.words for e in intent.evidence if e.what == "start"), None),
        "confirmed_by_caller": intent.confirmed_by_caller,
        "booked_in_call": intent.booked_in_call,
        "booking_count": int(intent.action == "book" and intent.start_local is not None),
        "ambiguous_without_question": intent.ambiguous_without_question,
        "other_readings_local": [
            o.replace(tzinfo=zone).isoformat() for o in intent.other_readings_local
        ],
        "notes": list(intent.notes),
    }


_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


def _dialled(call: Mapping[str, Any], catalogue: Mapping[str, Any]) -> tuple[Any, Any]:
    number = call.get("to_number")
    for company in catalogue["companies"]:
        for branch in company["branches"]:
            if number in branch["phone_numbers"]:
                return company, branch
        if number in company["hotline"]["phone_numbers"] if company.get("hotline") else False:
            return company, None
    wanted = (call.get("metadata") or {}).get("company_id")
    return next(c for c in catalogue["companies"] if c["id"] == wanted), None


def _utterances(call: Mapping[str, Any]) -> list[Utterance]:
    return [
        Utterance(role=item["role"], text=item["content"])
        for item in call.get("transcript_object") or []
        if item["role"] in ("agent", "user")
    ]


def _aware(at: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    return at and at.replace(tzinfo=zone)


def _utc(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None

"""Answers that ask: what is missing or doubtful, and who the caller is."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import JsonValue

from domain.asking.facts import FunctionReply, VisitFacts, Voice
from domain.asking.model import NotUnderstood, Past, Skipped, Unclear
from domain.asking.wording import (
    MAX_OFFERS,
    ids,
    iso,
    local_day,
    shortened,
    visit_fields,
    zone_of,
)
from domain.speech import (
    at_branch,
    join_dates,
    join_words,
    spoken_at,
    spoken_day,
    spoken_time,
    which_of,
)
from domain.speech.answers import ANSWERS, answer
from domain.timespan import boundary_to_instant

_SPOKEN_MAX = 3


def clarify(
    voice: Voice,
    field: str,
    options: Sequence[str | date | datetime] = (),
    *,
    unknown: str | None = None,
) -> FunctionReply:
    """Asks for `date`, `time`, `service`, `staff`, `branch`, `name`, `phone`, `email`,
    `appointment`, `confirmation`; `options` are names, days, or instants. `unknown`: the words that
    fitted nothing.
    """
    key = f"clarify_{field}" if f"clarify_{field}" in ANSWERS else "clarify_date"
    spoken = _joined(options[:_SPOKEN_MAX], voice)
    message = answer(key, voice.lang, options=spoken, unknown=shortened(unknown))
    return _asked(field, message, [_field(option, voice) for option in options[:MAX_OFFERS]])


def staff_elsewhere(voice: Voice, name: str, branches: Sequence[str]) -> FunctionReply:
    """`clarify`, field `branch`: the person wished for works at another branch."""
    where = join_words([at_branch(b, voice.lang) for b in branches[:_SPOKEN_MAX]], voice.lang)
    message = answer("clarify_staff_elsewhere", voice.lang, unknown=name, where=where)
    return _asked("branch", message, list(branches[:MAX_OFFERS]))


def ask_when(voice: Voice, when: Unclear | Past | Skipped | NotUnderstood) -> FunctionReply:
    """`clarify` for times that cannot be looked up as they were said."""
    if isinstance(when, Unclear):
        zone = zone_of(voice)
        options = [
            boundary_to_instant(at, zone) if isinstance(at, datetime) else at for at in when.options
        ]
        days = {at.date() if isinstance(at, datetime) else at for at in when.options}
        return clarify(voice, "date" if len(days) > 1 else "time", options)
    if isinstance(when, NotUnderstood):
        lost = "time" if when.field == "time" else "date"
        return _asked(lost, answer(f"{lost}_lost", voice.lang), [])
    if isinstance(when, Skipped):
        return _asked("time", answer("time_skipped", voice.lang), [])
    return _over(when, voice)


def _over(when: Past, voice: Voice) -> FunctionReply:
    if when.start_local.date() != local_day(voice.now, voice):  # of the year 1, for all we know
        return _asked("date", answer("date_over", voice.lang), [])
    at = boundary_to_instant(when.start_local, zone_of(voice))
    time = spoken_time(at, zone_of(voice), voice.lang)
    return _asked("time", answer("time_over", voice.lang, time=time), [])


def verify(voice: Voice, by: Literal["name_and_time", "code"]) -> FunctionReply:
    """Nothing private is said before the caller has proved who it is. `code`: one was sent."""
    fields: list[JsonValue] = ["code"] if by == "code" else ["customer_name", "appointment_phrase"]
    return FunctionReply(
        status="verify",
        message=answer(f"verify_{by}", voice.lang),
        fields={"by": by, "needed": fields},
    )


def which_appointment(
    voice: Voice, appointments: Sequence[VisitFacts], appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """`clarify`, field `appointment`: several fit. `options` are their starts."""
    words = which_of([a.start_at for a in appointments], zone_of(voice), voice.lang)
    told: list[JsonValue] = [visit_fields(a, voice) for a in appointments[:MAX_OFFERS]]
    return FunctionReply(
        status="clarify",
        message=answer("clarify_appointment", voice.lang, options=words),
        fields={
            "field": "appointment",
            "options": [iso(a.start_at, voice) for a in appointments[:MAX_OFFERS]],
            "appointments": told,
            **ids(appointment_ids[:MAX_OFFERS]),
        },
    )


def unknown_service(voice: Voice, words: str | None, services: Sequence[str] = ()) -> FunctionReply:
    """`services`: what is offered; three of them are said."""
    message = answer(
        "unknown_service",
        voice.lang,
        unknown=shortened(words),
        options=list(services[:_SPOKEN_MAX]),
    )
    return FunctionReply(
        status="unknown_service",
        message=message,
        fields={"field": "service", "options": list(services)},
    )


def unknown_branch(voice: Voice, branches: Sequence[str] = ()) -> FunctionReply:
    message = answer("unknown_branch", voice.lang, options=list(branches[:_SPOKEN_MAX]))
    return FunctionReply(
        status="unknown_branch",
        message=message,
        fields={"field": "branch", "options": list(branches)},
    )


def _asked(field: str, message: str, options: list[JsonValue]) -> FunctionReply:
    return FunctionReply(
        status="clarify", message=message, fields={"field": field, "options": options}
    )


def _joined(options: Sequence[str | date | datetime], voice: Voice) -> str:
    """Times of one day without the day."""
    days = {local_day(at, voice) for at in options if isinstance(at, datetime)}
    words = [_word(option, voice, one_day=len(days) == 1) for option in options]
    dated = len(days) > 1 or any(isinstance(option, date) and not days for option in options)
    return (join_dates if dated else join_words)(words, voice.lang)


def _word(option: str | date | datetime, voice: Voice, *, one_day: bool) -> str:
    if isinstance(option, str):
        return option
    if isinstance(option, datetime):
        return (spoken_time if one_day else spoken_at)(option, zone_of(voice), voice.lang)
    return spoken_day(option, voice.lang)


def _field(option: str | date | datetime, voice: Voice) -> JsonValue:
    if isinstance(option, datetime):
        return iso(option, voice)
    return option.isoformat() if isinstance(option, date) else option

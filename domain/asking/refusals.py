"""Why there is nothing then: a fact of `domain/errors.py` as status, code and sentence."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from domain.asking.facts import ReplyStatus, Voice, WishFacts
from domain.asking.wording import local_day, on, zone_of
from domain.errors import (
    Closed,
    DomainError,
    OutsideHours,
    SentenceKey,
    StaffCannotDoService,
    StaffUnavailable,
    TooFar,
    handling_of,
)
from domain.speech import answer, spoken_at, spoken_date, spoken_span, with_people

_STATUS: Mapping[SentenceKey, ReplyStatus] = MappingProxyType(
    {
        "slot_taken": "slot_taken",
        "outside_hours": "outside_hours",
        "closed": "closed",
        "holiday": "holiday",
        "too_soon": "too_soon",
        "too_far": "too_far",
        "staff_off": "staff_off",
        "unknown_service": "unknown_service",
        "unknown_branch": "unknown_branch",
        "clarify": "clarify",
        "not_found": "not_found",
        "cancel_limit": "cancel_limit",
    }
)
# Facts that are told in words of their own, though their status is another's.
_OWN_WORDS = frozenset({"lunch_break", "staff_cannot_do_service", "off_grid"})


def code_of(reason: DomainError | str) -> str:
    return reason if isinstance(reason, str) else reason.code


def status_of(reason: DomainError | str) -> ReplyStatus:
    return _STATUS[handling_of(code_of(reason)).sentence]


def reason_of(reason: DomainError | str) -> str:
    """Field `reason`: the status that the refusal alone would have; its code where it is asked."""
    status = status_of(reason)
    return code_of(reason) if status == "clarify" else status


def sentence_of(
    reason: DomainError | str, wish: WishFacts, voice: Voice
) -> tuple[str, date | None]:
    """The sentence, and the day that it has named."""
    key = _key(reason, wish, voice)
    day = _day(reason, wish, voice)
    zone = zone_of(voice)
    sentence = answer(
        key,
        voice.lang,
        when=on(wish.wished_at, voice) if wish.wished_at else None,
        start=spoken_at(wish.wished_at, zone, voice.lang) if wish.wished_at else None,
        day=on(day, voice) if day else None,
        who=with_people([wish.staff], voice.lang) if wish.staff else None,
        staff=_absent(reason, wish),
        service=wish.service,
        hours=_hours(reason, voice, zone),
        latest=_latest(reason, voice, zone),
    )
    return sentence, day if key in _NAMING_DAY else None


_NAMING_DAY = frozenset({"slot_taken", "closed", "holiday"})


def _key(reason: DomainError | str, wish: WishFacts, voice: Voice) -> str:
    code = code_of(reason)
    if code in _OWN_WORDS:
        return code
    if code == "too_soon" and wish.wished_at is not None and wish.wished_at < voice.now:
        return "past"
    if code == "nonexistent_time":
        return "time_skipped"
    key = handling_of(code).sentence
    return "clarify_time" if key == "clarify" else key


def _day(reason: DomainError | str, wish: WishFacts, voice: Voice) -> date | None:
    if isinstance(reason, Closed):
        return reason.day
    return local_day(wish.wished_at, voice) if wish.wished_at else wish.day


def _absent(reason: DomainError | str, wish: WishFacts) -> str | None:
    """The person wished for, if it is that person who is not there."""
    if isinstance(reason, StaffUnavailable | StaffCannotDoService):
        return wish.staff if getattr(reason, "staff_id", None) is not None else None
    return wish.staff


def _hours(reason: DomainError | str, voice: Voice, zone: ZoneInfo) -> str | None:
    if not isinstance(reason, OutsideHours):
        return None
    return spoken_span(reason.opens_at, reason.closes_at, zone, voice.lang)


def _latest(reason: DomainError | str, voice: Voice, zone: ZoneInfo) -> str | None:
    if not isinstance(reason, TooFar):
        return None
    return spoken_date(reason.latest_at, zone, voice.lang)

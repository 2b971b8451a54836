"""Every answer to a function: status, sentence and fields, from facts. `docs/functions.md` has the
list.

A Cal.com booking's uid is never among the fields: whoever knows it can cancel the booking.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import JsonValue

from domain.asking.facts import FunctionReply, ReplyStatus, VisitFacts, Voice, WishFacts
from domain.asking.questions import (
    ask_when,
    clarify,
    staff_elsewhere,
    unknown_branch,
    unknown_service,
    verify,
    which_appointment,
)
from domain.asking.refusals import reason_of, sentence_of, status_of
from domain.asking.telling import (
    callback,
    failed,
    found,
    info,
    not_found,
    opening_hours,
    transfer,
)
from domain.asking.wording import (
    MAX_OFFERS,
    free_times,
    ids,
    iso,
    local_day,
    on,
    present,
    visit_fields,
    visit_words,
    zone_of,
)
from domain.errors import AmbiguousWish, ChangeTooLate, DomainError
from domain.speech import answer, free_sentence, spoken_at, spoken_time

__all__ = [
    "MAX_OFFERS",
    "already_booked",
    "alternatives",
    "ask_when",
    "booked",
    "callback",
    "cancel_limit",
    "cancelled",
    "clarify",
    "failed",
    "found",
    "held",
    "info",
    "not_found",
    "offered",
    "opening_hours",
    "pending",
    "refused",
    "rescheduled",
    "reserved",
    "slot_lost",
    "staff_elsewhere",
    "transfer",
    "unknown_branch",
    "unknown_service",
    "verify",
    "which_appointment",
]


# --- kept, or offered -----------------------------------------------------------------------------


def held(
    voice: Voice,
    visit: VisitFacts,
    *,
    hold_id: str,
    expires_in_s: int,
    on_own_data: bool = False,
    instead_of: str | None = None,
) -> FunctionReply:
    """What was asked for is kept. `instead_of`: the person wished for, who is not the one held.

    `on_own_data`: Cal.com has not said that it is free; confirmation will follow.
    """
    words = visit_words(visit, voice)
    key = "held_unconfirmed" if on_own_data else "held"
    if instead_of is not None and words["who"] and not on_own_data:
        key = "held_instead"
    fields: dict[str, JsonValue] = {
        **_hold(hold_id, expires_in_s),
        **visit_fields(visit, voice),
        "spoken": words["start"],
        "available": True,
    }
    if on_own_data:
        fields["unconfirmed"] = True
    message = answer(key, voice.lang, **words, wished=instead_of)
    return FunctionReply(status="held", message=message, fields=fields)


def alternatives(
    voice: Voice,
    offers: Sequence[VisitFacts],
    *,
    reason: DomainError | str,
    wish: WishFacts,
    hold_id: str | None = None,
    expires_in_s: int | None = None,
) -> FunctionReply:
    """Why not, and what instead; `refused` where there is nothing instead.

    `reason`: a refusal or its code. With `hold_id` the first offer is the one that is kept.
    """
    if not offers:
        return refused(voice, reason, wish=wish)
    why, said_day = sentence_of(reason, wish, voice)
    free = _free(voice, offers, wish.staff, said_day)
    fields: dict[str, JsonValue] = {
        "available": False,
        "reason": reason_of(reason),
        "slots": _slots(voice, offers),
        **_hold(hold_id, expires_in_s),
    }
    message = f"{_statement(why)} {free}".lstrip()
    return FunctionReply(status="alternatives", message=message, fields=fields)


def _statement(why: str) -> str:
    """Its first sentence, if that asks nothing: the times that follow are the question."""
    first, end, _ = why.partition(". ")
    return first + end.strip() if not first.endswith("?") else ""


def offered(
    voice: Voice,
    offers: Sequence[VisitFacts],
    *,
    wished_staff: str | None = None,
    hold_id: str | None = None,
    expires_in_s: int | None = None,
) -> FunctionReply:
    """`alternatives` for a wish that left the time open: nothing was refused, so no `reason`."""
    fields: dict[str, JsonValue] = {
        "available": True,
        "slots": _slots(voice, offers),
        **_hold(hold_id, expires_in_s),
    }
    message = _free(voice, offers, wished_staff, None)
    return FunctionReply(status="alternatives", message=message, fields=fields)


def refused(
    voice: Voice, reason: DomainError | str, *, wish: WishFacts | None = None
) -> FunctionReply:
    """A refusal without alternatives, by the fact (which says more) or its code."""
    status = status_of(reason)
    if isinstance(reason, ChangeTooLate):
        return cancel_limit(voice, reason.limit_at)
    if status == "clarify":
        return _asked_again(voice, reason, wish or WishFacts())
    why, _ = sentence_of(reason, wish or WishFacts(), voice)
    ask_on = status in {"slot_taken", "outside_hours", "closed", "holiday", "staff_off"}
    message = f"{why} {answer('nothing_free', voice.lang)}" if ask_on else why
    fields: dict[str, JsonValue] = {"available": False, "reason": reason_of(reason)}
    return FunctionReply(status=status, message=message, fields=fields)


def _asked_again(voice: Voice, reason: DomainError | str, wish: WishFacts) -> FunctionReply:
    if reason_of(reason) == "unknown_staff":
        return clarify(voice, "staff", unknown=wish.staff)
    if isinstance(reason, AmbiguousWish):
        return clarify(voice, reason.field, reason.options)
    why, _ = sentence_of(reason, wish, voice)
    fields: dict[str, JsonValue] = {"field": "time", "options": [], "reason": reason_of(reason)}
    return FunctionReply(status="clarify", message=why, fields=fields)


def slot_lost(
    voice: Voice,
    offers: Sequence[VisitFacts] = (),
    *,
    lost_at: datetime | None = None,
    wished_staff: str | None = None,
    hold_id: str | None = None,
    expires_in_s: int | None = None,
) -> FunctionReply:
    """What was held is another's now. Offers on the day of `lost_at` are told by their time."""
    said_day = local_day(lost_at, voice) if lost_at is not None else None
    then = _free(voice, offers, wished_staff, said_day) or answer("nothing_free", voice.lang)
    fields: dict[str, JsonValue] = {
        "available": False,
        "slots": _slots(voice, offers),
        **_hold(hold_id, expires_in_s),
    }
    message = f"{answer('slot_lost', voice.lang)} {then}"
    return FunctionReply(status="slot_lost", message=message, fields=fields)


def _free(
    voice: Voice, offers: Sequence[VisitFacts], wished_staff: str | None, said_day: date | None
) -> str:
    times = free_times(offers[:MAX_OFFERS], wished_staff, voice)
    return free_sentence(times, zone_of(voice), voice.lang, said_day=said_day)


def _slots(voice: Voice, offers: Sequence[VisitFacts]) -> list[JsonValue]:
    """Up to five; `spoken` is the time alone where all are on one day."""
    offers = offers[:MAX_OFFERS]
    one_day = len({local_day(offer.start_at, voice) for offer in offers}) == 1
    say = spoken_time if one_day else spoken_at
    return [
        {**visit_fields(offer, voice), "spoken": say(offer.start_at, zone_of(voice), voice.lang)}
        for offer in offers
    ]


def _hold(hold_id: str | None, expires_in_s: int | None) -> dict[str, JsonValue]:
    return present({"hold_id": hold_id, "hold_expires_in_s": expires_in_s}) if hold_id else {}


# --- done, or so far ------------------------------------------------------------------------------


def booked(voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]) -> FunctionReply:
    """The only answer that may say "gebucht"."""
    return _of_visit("booked", voice, visit, appointment_ids)


def reserved(voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]) -> FunctionReply:
    """Ours, while Cal.com has not answered."""
    return _of_visit("reserved", voice, visit, appointment_ids)


def already_booked(
    voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """The call has it already, and nobody said that another one is wanted."""
    return _of_visit("already_booked", voice, visit, appointment_ids)


def rescheduled(voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]) -> FunctionReply:
    return _of_visit("rescheduled", voice, visit, appointment_ids)


_VisitStatus = Literal["booked", "reserved", "already_booked", "rescheduled"]


def _of_visit(
    status: _VisitStatus, voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]
) -> FunctionReply:
    words = visit_words(visit, voice)
    return FunctionReply(
        status=status,
        message=answer(status, voice.lang, **words),
        fields={**ids(appointment_ids), **visit_fields(visit, voice), "spoken": words["start"]},
    )


def cancelled(voice: Voice, start_at: datetime, appointment_ids: Sequence[UUID]) -> FunctionReply:
    return FunctionReply(
        status="cancelled",
        message=answer("cancelled", voice.lang, when=on(start_at, voice)),
        fields={**ids(appointment_ids), "start": iso(start_at, voice)},
    )


def pending(
    voice: Voice, action: Literal["book", "cancel", "reschedule"], appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """Taken down, and not yet known to be done anywhere."""
    key = "pending_book" if action == "book" else "pending_change"
    return FunctionReply(
        status="pending",
        message=answer(key, voice.lang),
        fields={"action": action, **ids(appointment_ids)},
    )


def cancel_limit(voice: Voice, limit_at: datetime, *, called_back: bool = False) -> FunctionReply:
    """`called_back`: a task was made, so that a person sees to it."""
    key = "cancel_limit_callback" if called_back else "cancel_limit"
    limit = spoken_at(limit_at, zone_of(voice), voice.lang)
    status: ReplyStatus = "cancel_limit"
    return FunctionReply(
        status=status,
        message=answer(key, voice.lang, limit=limit),
        fields={"limit": iso(limit_at, voice), "callback": called_back},
    )

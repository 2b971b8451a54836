"""Answers that tell: appointments, durations and prices, opening hours, and who takes over."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue

from domain.asking.facts import FunctionReply, ServiceFacts, VisitFacts, Voice
from domain.asking.hours import DayOpening, OpeningFacts
from domain.asking.wording import (
    ids,
    iso,
    local_day,
    on,
    present,
    visit_fields,
    visit_words,
    zone_of,
)
from domain.speech import (
    FreeTime,
    cardinal,
    day_word,
    field_words,
    join_words,
    listed_appointments,
    spoken_duration,
    spoken_hours,
    spoken_price,
    spoken_time,
    spoken_week,
    with_people,
)
from domain.speech.answers import answer
from domain.timespan import TimeSpan

_SPOKEN_MAX = 3


def found(
    voice: Voice, appointments: Sequence[VisitFacts], appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """The caller's appointments, soonest first; the sentence tells three of them at most.

    None: `not_found`.
    """
    if not appointments:
        return not_found(voice)
    fields: dict[str, JsonValue] = {
        **ids(appointment_ids),
        "appointments": [
            {**visit_fields(one, voice), "appointment_id": str(one_id)}
            for one, one_id in zip(appointments, appointment_ids, strict=False)
        ],
    }
    return FunctionReply(status="found", message=_found(voice, appointments), fields=fields)


def _found(voice: Voice, appointments: Sequence[VisitFacts]) -> str:
    if len(appointments) == 1:
        return answer("found", voice.lang, **visit_words(appointments[0], voice))
    times = [
        FreeTime(start_at=one.start_at, beside=visit_words(one, voice)["who"])
        for one in appointments
    ]
    return answer(
        "found_many" if len(appointments) > _SPOKEN_MAX else "found_several",
        voice.lang,
        count=cardinal(len(appointments), voice.lang),
        appointments=listed_appointments(times, zone_of(voice), voice.lang),
    )


def not_found(voice: Voice) -> FunctionReply:
    return FunctionReply(status="not_found", message=answer("not_found", voice.lang))


def info(voice: Voice, services: Sequence[ServiceFacts]) -> FunctionReply:
    """How long, and at what price; several services also in sum. Without any it is `clarify`."""
    if not services:
        message = answer("clarify_service", voice.lang)
        return FunctionReply(
            status="clarify", message=message, fields={"field": "service", "options": []}
        )
    minutes = sum(one.duration_minutes for one in services)
    cents = _sum_of(services)
    is_from = any(one.price_is_from for one in services)
    currency = services[0].currency
    fields: dict[str, JsonValue] = {
        "service": join_words([one.service for one in services], voice.lang, "and"),
        "duration_minutes": minutes,
        "price_cents": cents,
        "currency": currency if cents is not None else None,
        "price_is_from": is_from if cents is not None else None,
    }
    if len(services) > 1:
        fields["services"] = [_service_fields(one) for one in services]
    # A price of nothing is one that somebody else pays: nothing is said of it.
    price = spoken_price(cents, voice.lang, is_from=is_from, currency=currency) if cents else None
    staff = services[0].staff if len(services) == 1 else None
    message = answer(
        "info" if len(services) == 1 else "info_together",
        voice.lang,
        service=services[0].service,
        services=join_words([one.service for one in services], voice.lang, "and"),
        who=with_people([staff], voice.lang) if staff else None,
        duration=spoken_duration(minutes, voice.lang),
        price=price,
    )
    return FunctionReply(status="info", message=message, fields=present(fields))


def _sum_of(services: Sequence[ServiceFacts]) -> int | None:
    """None where one has no price, or another currency."""
    cents = [one.price_cents for one in services if one.price_cents is not None]
    one_currency = len({one.currency for one in services}) == 1
    return sum(cents) if len(cents) == len(services) and one_currency else None


def _service_fields(one: ServiceFacts) -> JsonValue:
    return present(
        {
            "service": one.service,
            "duration_minutes": one.duration_minutes,
            "price_cents": one.price_cents,
            "currency": one.currency,
            "price_is_from": one.price_is_from,
            "staff": one.staff,
        }
    )


# --- opening hours --------------------------------------------------------------------------------


def opening_hours(voice: Voice, facts: OpeningFacts, *, branch: str | None = None) -> FunctionReply:
    """`info` with `open_now`, `hours` by day and `next_opening`. `branch`: said where given."""
    fields: dict[str, JsonValue] = {
        "branch": branch,
        "open_now": facts.open_now,
        "closes": iso(facts.closes_at, voice) if facts.closes_at else None,
        "hours": [_day_fields(day, voice) for day in facts.days],
        "next_opening": iso(facts.next_opening_at, voice) if facts.next_opening_at else None,
    }
    return FunctionReply(status="info", message=_hours(voice, facts), fields=present(fields))


def _day_fields(day: DayOpening, voice: Voice) -> JsonValue:
    intervals: list[JsonValue] = [_interval(span, voice) for span in day.spans]
    return present({"day": day.day.isoformat(), "intervals": intervals, "holiday": day.holiday})


def _interval(span: TimeSpan, voice: Voice) -> JsonValue:
    zone = zone_of(voice)
    return [f"{at.astimezone(zone):%H:%M}" for at in (span.start_at, span.end_at)]


def _hours(voice: Voice, facts: OpeningFacts) -> str:
    zone, lang = zone_of(voice), voice.lang
    if len(facts.days) > 1:
        hours, closed = spoken_week([(day.day, day.spans) for day in facts.days], zone, lang)
        if hours:
            return answer("open_week", lang, hours=hours, closed=closed)
    day = facts.days[0]
    name = day_word(day.day, facts.today, lang)
    if not day.spans:
        key = "holiday_until" if day.holiday else "closed_until"
        return answer(key, lang, day=name, next=_again(day, facts, voice))
    last = day.spans[-1].end_at
    if day.day == facts.today and facts.closes_at == last:
        return answer("open_until", lang, closes=spoken_time(last, zone, lang))
    return answer("open_day", lang, day=name, hours=spoken_hours(day.spans, zone, lang))


def _again(day: DayOpening, facts: OpeningFacts, voice: Voice) -> str | None:
    """The next opening, as far as it is the next after that day."""
    at = facts.next_opening_at
    if at is None or day.day < facts.today or local_day(at, voice) <= day.day:
        return None
    return on(at, voice)


# --- who takes over -------------------------------------------------------------------------------


def callback(
    voice: Voice, *, missing: Sequence[str] = (), reason: str | None = None
) -> FunctionReply:
    """A person calls back. `missing`: names of fields. `reason`: a code, told as a field."""
    message = answer("callback", voice.lang, missing=field_words(missing, voice.lang))
    fields: dict[str, JsonValue] = {"missing": list(missing)} if missing else {}
    if reason:
        fields["reason"] = reason
    return FunctionReply(status="callback", message=message, fields=fields)


def transfer(voice: Voice, *, urgent: bool = False) -> FunctionReply:
    return FunctionReply(
        status="transfer", message=answer("transfer", voice.lang), fields={"urgent": urgent}
    )


def failed(voice: Voice) -> FunctionReply:
    return FunctionReply(status="failed", message=answer("failed", voice.lang))

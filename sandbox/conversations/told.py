"""What each answer, message and sentence of a conversation claims and offers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.caller.spoken import Language
from sandbox.conversations.claims import Claim, Kind, Source, in_sentence
from sandbox.conversations.clock_words import moments

Json = Mapping[str, Any]
OFFERING = frozenset({"held", "alternatives", "slot_lost", "booked", "reserved", "rescheduled"})


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A function that was called, and what came back after `took_s`. `line`: 0 is the caller's own.

    `problem`: what was not as the scenario expects; `answer` without a `status` never came.
    """

    at: datetime
    line: int
    name: str
    args: Json
    answer: Json
    took_s: float
    problem: str = ""
    again: bool = False

    @property
    def asked_at(self) -> datetime:
        return self.at - timedelta(seconds=self.took_s)

    @property
    def status(self) -> str:
        return str(self.answer.get("status", "nothing"))

    @property
    def message(self) -> str:
        return str(self.answer.get("message", ""))


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A start that a function has named as to be had, with the names it gave. `at`: when."""

    at: datetime
    start: datetime
    end: datetime | None
    staff: str | None
    service: str | None
    branch: str | None


def claims_of(exchange: Exchange, *, language: Language, zone: str) -> Iterator[Claim]:
    """One for each appointment that the answer is about; wrongly spoken offers too."""
    answer = exchange.answer
    if exchange.status == "found":
        yield from _found(exchange, zone)
        return
    start = answer.get("start")
    yield in_sentence(
        exchange.message,
        language,
        at=exchange.at,
        source="answer",
        zone=zone,
        # Of a refusal to change, `start` is not what the sentence is about.
        start=_instant(start, zone) if isinstance(start, str) else None,
        status=exchange.status,
        ids=ids_of(answer),
        action=answer.get("action"),
        line=exchange.line,
    )


def _found(exchange: Exchange, zone: str) -> Iterator[Claim]:
    for one in exchange.answer.get("appointments", []):
        yield Claim(
            at=exchange.at,
            source="answer",
            kind="has",
            text=exchange.message,
            start=_instant(one["start"], zone),
            ids=ids_of(one),
            line=exchange.line,
        )


def misspoken(exchange: Exchange, *, language: Language, zone: str) -> Iterator[str]:
    """Times of offers and holds that are not said in words as they stand in the fields."""
    for one in [exchange.answer, *exchange.answer.get("slots", [])]:
        start, spoken = one.get("start"), one.get("spoken")
        if not isinstance(start, str) or not isinstance(spoken, str):
            continue
        said = moments(spoken, language)
        if len(said) != 1 or not said[0].fits(_instant(start, zone)):
            yield f"{start} is said as: {spoken}"


def offers_of(
    exchange: Exchange, zone: str, *, asked_at: datetime, in_a_crowd: bool = False
) -> Iterator[Offer]:
    """`asked_at`: when this was asked for first, which was answered `pending` perhaps.

    `in_a_crowd`: others want the same times, and are answered while this is being answered.
    """
    if exchange.status not in OFFERING:
        return
    # `reserved` says what was free when it was asked for; what Cal.com says to it is still to come.
    at = asked_at if in_a_crowd or exchange.status == "reserved" else exchange.at
    for one in [exchange.answer, *exchange.answer.get("slots", [])]:
        for part in one.get("parts") or [one]:
            if isinstance(part.get("start"), str):
                end = part.get("end")
                yield Offer(
                    at=at,
                    start=_instant(part["start"], zone),
                    end=_instant(end, zone) if end else None,
                    staff=part.get("staff"),
                    service=part.get("service"),
                    branch=part.get("branch") or one.get("branch"),
                )


def ids_of(answer: Json) -> list[str]:
    several = answer.get("appointment_ids")
    one = answer.get("appointment_id")
    return list(several) if several else [one] if one else []


# What a mail of a kind claims; the kind stands in its Message-ID.
_MAILS: Mapping[str, Kind] = {
    "confirmation": "booked",
    "reservation": "reserved",
    "reschedule": "moved",
    "unchanged": "stays",
    "cancellation": "cancelled",
    "apology": "sorry",
    "not_booked": "sorry",
    "reminder": "has",
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A mail (its subject) or an SMS that reached the caller. `about`: an appointment's id."""

    at: datetime
    source: Source
    text: str
    kind: str | None = None
    about: str | None = None


def claim_of(message: Message, *, language: Language, zone: str) -> Claim:
    claim = in_sentence(
        message.text,
        language,
        at=message.at,
        source=message.source,
        zone=zone,
        ids=[message.about] if message.about else [],
    )
    kind = _MAILS.get((message.kind or "").partition("_")[0]) or _MAILS.get(message.kind or "")
    if kind is None:
        return claim
    said = next(iter(moments(message.text, language)), None)
    start = said.at(message.at, zone) if said is not None else None
    return replace(claim, kind=kind, said=said, start=start)


def _instant(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone))


# --- whether a time was ever to be had ----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Occupied:
    """Somebody else's booking: of whom, when, and since when it stands."""

    staff: str
    start: datetime
    end: datetime
    since: datetime


def why_never(offer: Offer, occupied: Sequence[Occupied], *, is_open: bool) -> str:
    """Empty where it was to be had. `is_open`: by the hours of branch and person alone."""
    if not is_open:
        return "outside the hours of whoever could do it"
    end = offer.end or offer.start + timedelta(minutes=1)
    for other in occupied:
        if other.staff != offer.staff or other.since >= offer.at:
            continue
        if other.start < end and offer.start < other.end:
            return f"{other.staff} was booked {other.start:%H:%M} to {other.end:%H:%M} before that"
    return ""

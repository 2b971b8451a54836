"""What answers are made from, and what an answer is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from pydantic import JsonValue

from domain.intent.model import Language

ReplyStatus = Literal[
    "held",
    "alternatives",
    "booked",
    "reserved",
    "rescheduled",
    "cancelled",
    "pending",
    "slot_lost",
    "clarify",
    "verify",
    "found",
    "info",
    "callback",
    "transfer",
    "slot_taken",
    "outside_hours",
    "closed",
    "holiday",
    "too_soon",
    "too_far",
    "staff_off",
    "unknown_service",
    "unknown_branch",
    "not_found",
    "cancel_limit",
    "already_booked",
    "failed",
]


@dataclass(frozen=True, kw_only=True)
class FunctionReply:
    """`message`: one short sentence, two at most, without personal data and without figures.

    `fields`: JSON, beside `status` and `message` in the answer.
    """

    status: ReplyStatus
    message: str
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Voice:
    """In whose words and in which zone times are said. `now`: our clock."""

    lang: Language
    zone: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class PartFacts:
    """One service of a visit. `staff`: as customers call the person."""

    start_at: datetime
    end_at: datetime
    service: str
    staff: str | None = None


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """What is offered, held or booked. `branch` is said where `say_branch`, else only a field."""

    parts: tuple[PartFacts, ...]
    branch: str | None = None
    say_branch: bool = False

    @property
    def start_at(self) -> datetime:
        return min(part.start_at for part in self.parts)

    @property
    def end_at(self) -> datetime:
        return max(part.end_at for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class WishFacts:
    """What was refused: the start, or the day of a window; the person wished for."""

    wished_at: datetime | None = None
    day: date | None = None
    staff: str | None = None
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    service: str
    duration_minutes: int
    price_cents: int | None = None
    currency: str = "EUR"
    price_is_from: bool = False
    staff: str | None = None

"""What can be the matter, as facts. One tree, and one table of what each means outside.

DomainError
├── Refusal                     a wish that cannot be met; the slots room returns these as values
│   ├── SlotTaken               somebody else has the staff member or the only resource then
│   │   └── SlotContended       lost to someone else while writing: look again, then try again
│   ├── NoResourceFree          too few free resources of a type (room, chair, device)
│   ├── OutsideHours            the branch is not open for all of it
│   ├── Closed                  the branch does not open that day
│   │   └── Holiday             … because it is a public holiday there
│   ├── TooSoon                 in the past, or within the branch's minimum notice
│   ├── TooFar                  beyond the branch's horizon
│   ├── OffGrid                 not on the branch's slot interval
│   ├── NonexistentTime         the clocks skip this wall time in that night
│   ├── StaffUnavailable
│   │   ├── StaffOff            nobody qualified, or not the wished person, works then
│   │   └── LunchBreak          between two working intervals of a day
│   ├── StaffCannotDoService    not qualified (for nobody: no one in the branch is)
│   ├── UnknownService          not offered by this branch
│   ├── UnknownBranch
│   ├── UnknownStaff
│   └── AmbiguousWish           several readings; to be asked, never guessed
├── AppointmentNotFound
├── ChangeTooLate               the limit for cancelling or moving by the caller has passed
├── IllegalMove                 this event may not happen in this state
├── IdempotencyMismatch         a key or id used again for something else
└── InvalidArgument             does not fit its field

Each is a dataclass with typed fields and a stable `code`; it may be raised or returned. No field
holds personal data, so that `str(error)` may go into logs and histories.
"""

# ruff: noqa: N818 - these are facts, named as the house names them (`SlotTaken`), not "…Error"

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple
from uuid import UUID

from typing_extensions import override

SentenceKey = Literal[
    "slot_taken",
    "outside_hours",
    "closed",
    "holiday",
    "too_soon",
    "too_far",
    "staff_off",
    "unknown_service",
    "unknown_branch",
    "clarify",
    "not_found",
    "cancel_limit",
]


@dataclass(kw_only=True, eq=False)
class DomainError(Exception):
    """Equal when the same fact. Not frozen: Python itself writes to exceptions when they travel."""

    code: ClassVar[str] = "domain_error"

    def facts(self) -> dict[str, object]:
        """Field -> value, without the code."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @override
    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts().items())
        return f"{self.code}({told})"

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DomainError) or type(self) is not type(other):
            return NotImplemented
        return self.facts() == other.facts()

    @override
    def __hash__(self) -> int:
        return hash((type(self), *self.facts().values()))

    @override
    def __reduce__(self) -> tuple[object, ...]:
        # BaseException would call the class without its keyword-only fields.
        return _rebuilt, (type(self), self.facts())


def _rebuilt(kind: type[DomainError], facts: dict[str, object]) -> DomainError:
    return kind(**facts)


class Refusal(DomainError):
    code = "refused"


@dataclass(kw_only=True, eq=False)
class SlotTaken(Refusal):
    """`resource_id` is what is taken; None when only Cal.com's refusal is known."""

    code = "slot_taken"
    resource_id: int | None = None
    staff_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class SlotContended(SlotTaken):
    code = "slot_contended"


@dataclass(kw_only=True, eq=False)
class NoResourceFree(Refusal):
    code = "no_resource_free"
    resource_type: str
    needed: int
    free: int


@dataclass(kw_only=True, eq=False)
class OutsideHours(Refusal):
    """`opens_at`, `closes_at`: the opening interval of that day nearest to the wish."""

    code = "outside_hours"
    opens_at: datetime
    closes_at: datetime


@dataclass(kw_only=True, eq=False)
class Closed(Refusal):
    code = "closed"
    day: date


@dataclass(kw_only=True, eq=False)
class Holiday(Closed):
    """`name` in German, as the law of the country calls the day."""

    code = "holiday"
    name: str


@dataclass(kw_only=True, eq=False)
class TooSoon(Refusal):
    code = "too_soon"
    earliest_at: datetime


@dataclass(kw_only=True, eq=False)
class TooFar(Refusal):
    code = "too_far"
    latest_at: datetime


@dataclass(kw_only=True, eq=False)
class OffGrid(Refusal):
    """`before_at`, `after_at`: the neighbouring starts on the grid, free or not."""

    code = "off_grid"
    before_at: datetime
    after_at: datetime


@dataclass(kw_only=True, eq=False)
class NonexistentTime(Refusal):
    """`local` is naive wall time in `zone`; the clocks jump over it at `jump_at`."""

    code = "nonexistent_time"
    local: datetime
    zone: str
    jump_at: datetime


class StaffUnavailable(Refusal):
    code = "staff_unavailable"


@dataclass(kw_only=True, eq=False)
class StaffOff(StaffUnavailable):
    """`staff_id` None: nobody qualified works then."""

    code = "staff_off"
    staff_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class LunchBreak(StaffUnavailable):
    code = "lunch_break"
    staff_id: UUID
    from_at: datetime
    until_at: datetime


@dataclass(kw_only=True, eq=False)
class StaffCannotDoService(Refusal):
    code = "staff_cannot_do_service"
    service_id: UUID
    staff_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class UnknownService(Refusal):
    """`service_id` None: the words fit no service."""

    code = "unknown_service"
    service_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class UnknownBranch(Refusal):
    code = "unknown_branch"
    branch_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class UnknownStaff(Refusal):
    code = "unknown_staff"
    staff_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class AmbiguousWish(Refusal):
    """`field` of the wish (`start`, `service`, `staff`, `branch`); `options` as its text."""

    code = "ambiguous_wish"
    field: str
    options: tuple[str, ...] = ()


@dataclass(kw_only=True, eq=False)
class AppointmentNotFound(DomainError):
    code = "appointment_not_found"
    appointment_id: UUID | None = None


@dataclass(kw_only=True, eq=False)
class ChangeTooLate(DomainError):
    """`limit_at`: until then the caller could still have changed it."""

    code = "change_too_late"
    limit_at: datetime


@dataclass(kw_only=True, eq=False)
class IllegalMove(DomainError):
    code = "illegal_move"
    state: str
    event: str


@dataclass(kw_only=True, eq=False)
class IdempotencyMismatch(DomainError):
    code = "idempotency_mismatch"
    scope: str


@dataclass(kw_only=True, eq=False)
class InvalidArgument(DomainError):
    """`problem` says what is wrong with `field`, never the value itself: it may be personal."""

    code = "invalid_argument"
    field: str
    problem: str


class Handling(NamedTuple):
    """What a fact means outside: for HTTP, for the caller's ear, for the engine's retries."""

    http_status: int
    sentence: SentenceKey
    retry: Literal["retryable", "final"]


# 409: true a moment ago or of another state; 422: a wish that this plan can never meet.
HANDLING: Mapping[str, Handling] = MappingProxyType(
    {
        SlotTaken.code: Handling(409, "slot_taken", "final"),
        SlotContended.code: Handling(409, "slot_taken", "retryable"),
        NoResourceFree.code: Handling(409, "slot_taken", "final"),
        OutsideHours.code: Handling(422, "outside_hours", "final"),
        Closed.code: Handling(422, "closed", "final"),
        Holiday.code: Handling(422, "holiday", "final"),
        TooSoon.code: Handling(422, "too_soon", "final"),
        TooFar.code: Handling(422, "too_far", "final"),
        OffGrid.code: Handling(422, "clarify", "final"),
        NonexistentTime.code: Handling(422, "clarify", "final"),
        StaffOff.code: Handling(422, "staff_off", "final"),
        LunchBreak.code: Handling(422, "staff_off", "final"),
        StaffCannotDoService.code: Handling(422, "staff_off", "final"),
        UnknownService.code: Handling(422, "unknown_service", "final"),
        UnknownBranch.code: Handling(422, "unknown_branch", "final"),
        UnknownStaff.code: Handling(422, "clarify", "final"),
        AmbiguousWish.code: Handling(422, "clarify", "final"),
        AppointmentNotFound.code: Handling(404, "not_found", "final"),
        ChangeTooLate.code: Handling(409, "cancel_limit", "final"),
        IllegalMove.code: Handling(409, "not_found", "final"),
        IdempotencyMismatch.code: Handling(422, "clarify", "final"),
        InvalidArgument.code: Handling(422, "clarify", "final"),
    }
)


def handling_of(fact: DomainError | str) -> Handling:
    """By the fact or by its code; a code that is not in the table is a bug, so KeyError."""
    return HANDLING[fact if isinstance(fact, str) else fact.code]

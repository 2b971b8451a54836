"""What can become of a write. `Unclear` is a result: nobody knows yet, look first."""

from dataclasses import dataclass, field
from typing import Literal

from integrations.calcom.errors import Cause, Problem
from integrations.calcom.schemas import Booking


@dataclass(frozen=True, kw_only=True)
class Created:
    booking: Booking
    request_id: str | None = None
    kind: Literal["created"] = "created"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """`booking` is the new one: a move changes the uid."""

    booking: Booking
    request_id: str | None = None
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    booking: Booking
    request_id: str | None = None
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Cal.com said no. `slot_gone` may be our own earlier try: find it before believing it."""

    cause: Cause
    message: str
    status: int
    code: str | None = None
    known: bool = True
    request_id: str | None = None
    successor_uid: str | None = field(default=None, repr=False)
    kind: Literal["refused"] = "refused"

    @property
    def may_be_ours(self) -> bool:
        return self.cause in ("slot_gone", "done_already")

    @classmethod
    def of(cls, problem: Problem) -> "Refused":
        return cls(
            cause=problem.cause,
            message=problem.message,
            status=problem.status or 0,
            code=problem.code,
            known=problem.known,
            request_id=problem.request_id,
            successor_uid=problem.successor_uid,
        )


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """It was sent, and what came back (if anything) says nothing about whether it was done."""

    message: str
    status: int | None = None
    request_id: str | None = None
    kind: Literal["unclear"] = "unclear"


CreateOutcome = Created | Refused | Unclear
MoveOutcome = Moved | Refused | Unclear
CancelOutcome = Cancelled | Refused | Unclear

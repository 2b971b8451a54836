"""What the booking saga asks of whoever keeps a calendar: free, create, find, move, cancel.

Noting a request before it leaves, looking it up until it is known and concluding from what is
there is the saga's (`activities/calendar.py`), the same for all. Here is only how one of them is
asked, and what its answer means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from temporalio.exceptions import ApplicationError

from activities.asking import come_again
from contracts.availability import UnknownReason
from db.queries.bookings import BookingOrder
from domain.timespan import TimeSpan


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One slot of an appointment, and all that a request about it may say."""

    company_id: UUID
    appointment_id: UUID
    revision: int
    order: BookingOrder


@dataclass(frozen=True, kw_only=True)
class FreeWanted:
    """Local days in a row. `calendar`: the number that it is mapped by (`event_types`)."""

    calendar: int
    length_min: int | None
    days: tuple[date, ...]
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What stands in the calendar for a slot.

    `number` names it in histories; `uid` opens or finds it, and is stored encrypted only. Both are
    another slot's after a move.
    """

    number: int
    uid: str = field(repr=False)


# --- what became of a request -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Created:
    """It is there; of a move: there now, and no longer where it was."""

    entry: Entry
    kind: Literal["created"] = "created"


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """It is not there (any more), whoever took it away."""

    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Refused:
    """`cause`: slot_gone, time_policy, caller_data, configuration, done_already, retry.

    `may_be_ours`: what stands there may be our own earlier try; find it before believing it.
    """

    cause: str
    message: str
    request_id: str | None = None
    may_be_ours: bool = False
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """It was sent, and nobody knows whether it was done: look first."""

    message: str
    kind: Literal["unclear"] = "unclear"


@dataclass(frozen=True, kw_only=True)
class Ours:
    entry: Entry
    kind: Literal["ours"] = "ours"


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """Not ours, and somebody else's entry stands in that time."""

    kind: Literal["theirs"] = "theirs"


@dataclass(frozen=True, kw_only=True)
class Absent:
    kind: Literal["absent"] = "absent"


CreateOutcome = Created | Refused | Unclear
CancelOutcome = Cancelled | Refused | Unclear
FindOutcome = Ours | Theirs | Absent


class NoAnswer(Exception):  # noqa: N818 (named for what happened)
    """A request that had no answer to work with.

    `untouched`: nothing was changed there. `retry_after_s`: whoever keeps the calendar has no time
    before that.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        reason: UnknownReason,
        untouched: bool,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.reason: UnknownReason = reason
        self.untouched = untouched
        self.retry_after_s = retry_after_s

    def retryable(self) -> ApplicationError:
        """For the engine, which comes again."""
        return come_again(str(self), self.kind, self.retry_after_s)


class CalendarProvider(Protocol):
    """One connection of one company. Each raises `NoAnswer`."""

    @property
    def name(self) -> str:
        """Of the vendor, for metrics and messages."""
        ...

    async def free(self, wanted: FreeWanted) -> Mapping[date, tuple[TimeSpan, ...]]:
        """Every wanted day with its free spans, by the local day that they begin on."""
        ...

    async def create(self, visit: Visit) -> CreateOutcome:
        """Not to be repeated before `find` was asked."""
        ...

    async def find(self, visit: Visit) -> FindOutcome:
        """Whether the slot's entry is there, in or around its time."""
        ...

    async def move(self, visit: Visit, uid: str) -> CreateOutcome:
        """To the visit's time, in the same calendar. `uid`: of the entry as it stands."""
        ...

    async def cancel(self, visit: Visit, uid: str, reason: str) -> CancelOutcome:
        """Twice is harmless: what has ended already is `Cancelled`."""
        ...

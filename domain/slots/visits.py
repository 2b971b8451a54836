"""Several services in one visit, or several people: all of it, or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import Refusal
from domain.slots.model import Allocation, BranchPlan, Busy
from domain.timespan import TimeSpan

MAX_PARTS = 6
LONGEST_WAIT_MINUTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWish:
    """One service. A soft wish for a person (`staff_hard` False) is given up for anyone who can."""

    service_id: UUID
    staff_id: UUID | None = None
    staff_hard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """(service id, what to reserve) of each part, in the order of the wishes."""

    parts: tuple[tuple[UUID, Allocation], ...]

    @property
    def start_at(self) -> datetime:
        return min(allocation.start_at for _, allocation in self.parts)

    @property
    def end_at(self) -> datetime:
        return max(allocation.end_at for _, allocation in self.parts)


def fit_visit(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    start_at: datetime,
    now: datetime,
    busy: Busy,
    *,
    side_by_side: bool = False,
    exclude_staff: Iterable[UUID] = (),
    longest_wait_minutes: int = LONGEST_WAIT_MINUTES,
) -> Visit | Refusal:
    """What to reserve for this start, or why the first part that cannot be had is not to be had.

    In a row: each part starts on the grid at the end of the one before or up to the longest wait
    after it. `side_by_side`: several people at once, each with someone else; in a row where that
    cannot be.
    """
    raise NotImplementedError


def nearest_visits(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    wished_at: datetime,
    now: datetime,
    busy: Busy,
    *,
    limit: int = 5,
    within: TimeSpan | Sequence[TimeSpan] | None = None,
    side_by_side: bool = False,
    exclude_staff: Iterable[UUID] = (),
    longest_wait_minutes: int = LONGEST_WAIT_MINUTES,
) -> list[Visit]:
    """Up to `limit` visits, the one most like the wish first, by the rule of `nearest_offers`.

    `within`: spans in which the visit must start; None: anywhere.
    """
    raise NotImplementedError


def first_visits(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    within: TimeSpan | Sequence[TimeSpan],
    now: datetime,
    busy: Busy,
    *,
    limit: int = 5,
    side_by_side: bool = False,
    exclude_staff: Iterable[UUID] = (),
    longest_wait_minutes: int = LONGEST_WAIT_MINUTES,
) -> list[Visit]:
    """The first `limit` visits that start within, in order of time."""
    raise NotImplementedError

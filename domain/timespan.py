"""Time: half-open spans of instants, and wall time to instants.

Wall time, by rule: a time that the clocks skip (the gap, spring) does not exist and is said to be
so; of a time that comes twice (the fold, autumn) the first is meant. Whoever wants to ask the
caller instead asks `is_ambiguous`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.errors import NonexistentTime


def as_utc(at: datetime) -> datetime:
    """The same instant with UTC as its zone; naive times are refused."""
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """[start_at, end_at), never empty. Instants are kept in UTC whatever zone they came in."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        if self.start_at.tzinfo is not UTC or self.end_at.tzinfo is not UTC:
            object.__setattr__(self, "start_at", as_utc(self.start_at))
            object.__setattr__(self, "end_at", as_utc(self.end_at))
        if self.start_at >= self.end_at:
            raise ValueError("a span ends after it starts")

    @property
    def duration(self) -> timedelta:
        return self.end_at - self.start_at

    def overlaps(self, other: "TimeSpan") -> bool:
        return self.start_at < other.end_at and other.start_at < self.end_at

    def contains(self, other: "TimeSpan | datetime") -> bool:
        if isinstance(other, TimeSpan):
            return self.start_at <= other.start_at and other.end_at <= self.end_at
        return self.start_at <= other < self.end_at

    def intersect(self, other: "TimeSpan") -> "TimeSpan | None":
        start_at, end_at = max(self.start_at, other.start_at), min(self.end_at, other.end_at)
        return TimeSpan(start_at, end_at) if start_at < end_at else None


def merge(spans: Iterable[TimeSpan]) -> tuple[TimeSpan, ...]:
    """In order, disjoint; spans that touch become one."""
    merged: list[TimeSpan] = []
    for span in sorted(spans):
        if merged and span.start_at <= merged[-1].end_at:
            if span.end_at > merged[-1].end_at:
                merged[-1] = TimeSpan(merged[-1].start_at, span.end_at)
        else:
            merged.append(span)
    return tuple(merged)


def subtract(span: TimeSpan, taken: Iterable[TimeSpan]) -> tuple[TimeSpan, ...]:
    """What is left of `span`, in order."""
    left: list[TimeSpan] = []
    cursor = span.start_at
    for gone in merge(taken):
        if gone.end_at <= cursor:
            continue
        if gone.start_at >= span.end_at:
            break
        if gone.start_at > cursor:
            left.append(TimeSpan(cursor, gone.start_at))
        cursor = gone.end_at
    if cursor < span.end_at:
        left.append(TimeSpan(cursor, span.end_at))
    return tuple(left)


def total(spans: Sequence[TimeSpan]) -> timedelta:
    """Sum of the durations of disjoint spans."""
    return sum((span.duration for span in spans), timedelta())


def local_to_instant(local: datetime, zone: ZoneInfo) -> datetime | NonexistentTime:
    """The instant (UTC) of a naive wall time; in the fold the first."""
    _must_be_naive(local)
    at = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(fold=0):
        return at
    return NonexistentTime(local=local, zone=zone.key, jump_at=_jump_after(local, zone))


def boundary_to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """For opening and working hours: a boundary in the gap is the moment of the jump itself.

    So a shift from 02:30 in the night of the jump starts when the clocks show 03:00, and what
    follows in wall time never comes earlier in fact.
    """
    at = local_to_instant(local, zone)
    return at.jump_at if isinstance(at, NonexistentTime) else at


def is_ambiguous(local: datetime, zone: ZoneInfo) -> bool:
    """Whether this wall time comes twice."""
    _must_be_naive(local)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return False
    return not isinstance(local_to_instant(local, zone), NonexistentTime)


def instant_to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """Naive wall time in the zone."""
    return as_utc(at).astimezone(zone).replace(tzinfo=None, fold=0)


def _must_be_naive(local: datetime) -> None:
    if local.tzinfo is not None:
        raise ValueError("wall time has no zone of its own")


def _jump_after(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks jump over `local`.

    In the gap, fold=1 reads with the offset after the jump and so lands before it, fold=0 reads
    with the offset before and lands after it; between them is the one change, found by halving.
    """
    low = local.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    high = local.replace(tzinfo=zone, fold=0).astimezone(UTC) + timedelta(seconds=1)
    before = low.astimezone(zone).utcoffset()
    seconds = int((high - low).total_seconds())
    first, last = 0, seconds
    while last - first > 1:
        middle = (first + last) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before:
            first = middle
        else:
            last = middle
    return low + timedelta(seconds=last)

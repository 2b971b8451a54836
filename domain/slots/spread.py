"""Which of many free times are offered: the likest, and beside them such that leave a choice.

Five times a quarter of an hour apart are one offer and not five.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

# Whatever else is offered, these are the likest to the wish.
LIKEST = 2
LEAST_APART = timedelta(minutes=45)
# Of a service of three hours a day would have three times to choose from.
MOST_APART = timedelta(hours=2)
_NOON = 12
# So much of a day has to be among the candidates for its other half to be found.
_A_DAY_MINUTES = 12 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A free time, with whom, and where."""

    start_at: datetime
    end_at: datetime
    people: frozenset[UUID]
    branch_id: UUID


def candidates_wanted(slot_interval_minutes: int) -> int:
    """How many have to be looked at, the likest first, for `spread` to see a whole day."""
    return _A_DAY_MINUTES // slot_interval_minutes


def spread(ranked: Sequence[Candidate], tz: ZoneInfo, *, limit: int) -> list[int]:
    """Places of those to offer, in the order of `ranked`: the likest to the wish first.

    The two likest stay. Each further one starts at least the visit's length (45 minutes to two
    hours) away from those of its branch: the likest such, then one in the other half of the
    likest's day, one with somebody else that day, and the likest that are left. What is closer
    fills up where there is nothing else.
    """
    chosen = list(range(min(LIKEST, limit, len(ranked))))
    if not chosen:
        return []
    apart = min(max(ranked[0].end_at - ranked[0].start_at, LEAST_APART), MOST_APART)
    day, _ = _half_day(ranked[0], tz)

    def is_apart(place: int) -> bool:
        others = (ranked[one] for one in chosen)
        return all(_are_apart(ranked[place], other, apart) for other in others)

    def is_other_half(place: int) -> bool:
        half = _half_day(ranked[place], tz)
        return half[0] == day and half not in {_half_day(ranked[one], tz) for one in chosen}

    def is_somebody_else(place: int) -> bool:
        known = frozenset[UUID]().union(*(ranked[one].people for one in chosen))
        return _half_day(ranked[place], tz)[0] == day and not ranked[place].people <= known

    for is_liked in (is_apart, is_other_half, is_somebody_else, *[is_apart] * limit):
        found = (place for place in range(len(ranked)) if is_apart(place) and is_liked(place))
        if len(chosen) < limit:
            chosen += islice(found, 1)
    closer = [place for place in range(len(ranked)) if place not in chosen]
    return sorted(chosen + closer[: limit - len(chosen)])


def _are_apart(one: Candidate, other: Candidate, apart: timedelta) -> bool:
    return one.branch_id != other.branch_id or abs(one.start_at - other.start_at) >= apart


def _half_day(candidate: Candidate, tz: ZoneInfo) -> tuple[date, bool]:
    local = candidate.start_at.astimezone(tz)
    return local.date(), local.hour < _NOON

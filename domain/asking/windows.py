"""From what was understood about time to what is looked for in the plan."""

from dataclasses import dataclass
from datetime import datetime

from domain.asking.model import AnyTime, Exact, When, Within
from domain.slots import BranchPlan
from domain.timespan import TimeSpan


@dataclass(frozen=True, kw_only=True)
class Search:
    """`exact_at`: the one start that was asked for (`fit_visit`). `wished_at`: what "nearest" is
    measured from (`nearest_visits`); None: the first in time (`first_visits`). `within`: where
    starts may lie, in order; empty: nowhere any more.
    """

    exact_at: datetime | None
    wished_at: datetime | None
    within: tuple[TimeSpan, ...]


def search_of(when: Exact | Within | AnyTime, plan: BranchPlan, now: datetime) -> Search:
    """Instants instead of wall times, cut to what the plan's notice and horizon leave."""
    raise NotImplementedError


def settle(when: When, plan: BranchPlan) -> When:
    """Times of an `Unclear` at which the branch is never open are ruled out; one left is `Exact`.

    "Um acht" is no question for a branch that closes at seven in the evening.
    """
    raise NotImplementedError

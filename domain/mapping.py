"""Whose an event type of Cal.com's seems to be: staff member, branch and service by their names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from rapidfuzz import fuzz, utils

# From this likeness on a name is proposed; below it nobody is, since a wrong proposal that looks
# right is accepted unread.
LIKE = 80.0


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody or something of ours, by all the names it has."""

    id: UUID
    names: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class MappedTo:
    """`score`: of the person, 0 to 100. A person is what an event type needs; the rest helps."""

    staff_id: UUID | None = None
    branch_id: UUID | None = None
    service_id: UUID | None = None
    score: int = 0


def propose(
    title: str,
    hosts: Iterable[str],
    *,
    staff: Sequence[Named],
    branches: Sequence[Named],
    services: Sequence[Named],
) -> MappedTo:
    """By the title; where that names nobody, by its only host. Two who fit alike fit nobody."""
    hosts = tuple(hosts)
    person, score = _best(staff, [title])
    if person is None and len(hosts) == 1:
        person, score = _best(staff, hosts)
    branch, _ = _best(branches, [title])
    if branch is None and len(branches) == 1:
        branch = branches[0].id
    service, _ = _best(services, [title])
    return MappedTo(staff_id=person, branch_id=branch, service_id=service, score=round(score))


def _best(ours: Sequence[Named], texts: Sequence[str]) -> tuple[UUID | None, float]:
    scores = sorted(((_likeness(one, texts), one.id) for one in ours), reverse=True)
    if not scores or scores[0][0] < LIKE:
        return None, 0.0
    if len(scores) > 1 and scores[0][0] == scores[1][0]:
        return None, 0.0
    return scores[0][1], scores[0][0]


def _likeness(one: Named, texts: Sequence[str]) -> float:
    """Of the words that both have; what else stands in the text does not count."""
    return max(
        (
            fuzz.token_set_ratio(name, text, processor=utils.default_process)
            for name in one.names
            for text in texts
            if name
        ),
        default=0.0,
    )

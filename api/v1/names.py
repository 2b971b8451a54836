"""Names or ids: what a request means by `branch`, `service` and `staff`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import problem_of
from db.queries.catalogue import list_branches, list_services, list_staff
from domain.errors import AmbiguousWish, UnknownBranch, UnknownService, UnknownStaff


@dataclass(frozen=True, kw_only=True)
class Chosen:
    branch_id: UUID
    branch_name: str
    service_id: UUID
    service_name: str
    staff_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A row that can be meant, with all that it is called by: its id, its reference, its names."""

    id: UUID
    label: str
    called: frozenset[str]


def choice(row_id: UUID, ref: str, *names: str) -> Choice:
    called = frozenset(folded(name) for name in (str(row_id), ref, *names))
    return Choice(id=row_id, label=names[0], called=called)


def folded(text: str) -> str:
    """Upper and lower case, and the number of blanks, make no difference."""
    return " ".join(text.casefold().split())


def choose(field: str, said: str, choices: Sequence[Choice]) -> Choice | None:
    """The one that is meant, None for none; raises AmbiguousWish with the names of several."""
    meant = [each for each in choices if folded(said) in each.called]
    if len(meant) > 1:
        raise AmbiguousWish(field=field, options=tuple(each.label for each in meant))
    return meant[0] if meant else None


async def resolve(session: AsyncSession, *, branch: str, service: str, staff: str | None) -> Chosen:
    """Ids of what is named; services and staff are those of the branch. Raises domain errors."""
    at = await branch_named(session, branch)
    services = [
        choice(s.id, s.ref, s.name, *s.aliases)
        for s in await list_services(session)
        if at.id in s.branch_ids
    ]
    wanted = choose("service", service, services)
    if wanted is None:
        _unknown(UnknownService(), "service", services)
    return Chosen(
        branch_id=at.id,
        branch_name=at.label,
        service_id=wanted.id,
        service_name=wanted.label,
        staff_id=await staff_at(session, at.id, staff) if staff is not None else None,
    )


async def branch_named(session: AsyncSession, branch: str) -> Choice:
    branches = [choice(b.id, b.ref, b.name, *b.spoken_names) for b in await list_branches(session)]
    at = choose("branch", branch, branches)
    if at is None:
        _unknown(UnknownBranch(), "branch", branches)
    return at


async def staff_at(session: AsyncSession, branch_id: UUID, staff: str) -> UUID:
    people = [
        choice(p.id, p.ref, p.display_name, p.name, *p.aliases)
        for p in await list_staff(session)
        if branch_id in p.branch_ids
    ]
    person = choose("staff", staff, people)
    if person is None:
        _unknown(UnknownStaff(), "staff", people)
    return person.id


def _unknown(
    fact: UnknownBranch | UnknownService | UnknownStaff, field: str, choices: Sequence[Choice]
) -> NoReturn:
    """Tells what there is, so that the next try fits."""
    known = ", ".join(each.label for each in choices[:50])
    raise problem_of(fact, field=field, detail=f"There is: {known}.")

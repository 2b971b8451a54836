"""What is read of a catalogue is kept in this process for as long as the catalogue stays as it is.

Each use reads one number first, in the same transaction: `catalogue_versions`, which triggers raise
with whatever changes. So nobody is told of yesterday's opening hours, and a question of a running
call costs one small query in place of twenty.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import CatalogueVersion
from db.queries import catalogue
from db.queries.catalogue import BranchRecord, CompanyRecord
from domain.intent import Catalogue
from domain.slots import BranchPlan

Value = TypeVar("Value")
# Companies, or branches: a plan is some ten kilobytes.
KEPT = 500
# What a question may still ask about; older absences are not loaded.
PAST = timedelta(days=1)
_Key = tuple[UUID, UUID]


class _Kept(Generic[Value]):
    """The latest version of each, by database; the least used goes first."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Engine, OrderedDict[_Key, tuple[int, Value]]] = (
            WeakKeyDictionary()
        )

    async def get(
        self, session: AsyncSession, of: UUID | None, load: Callable[[], Awaitable[Value]]
    ) -> Value:
        found = await _version(session)
        if found is None:  # nothing has changed since there are versions: nothing to go by
            return await load()
        company_id, version = found
        key = (company_id, of or company_id)
        values = self._of.setdefault(session.get_bind().engine, OrderedDict())
        known = values.get(key)
        if known is not None and known[0] == version:
            values.move_to_end(key)
            return known[1]
        # Read after its number: what changes in between belongs to a greater one.
        value = await load()
        values[key] = (version, value)
        values.move_to_end(key)
        while len(values) > KEPT:
            values.popitem(last=False)
        return value


_catalogues: _Kept[Catalogue] = _Kept()
_plans: _Kept[BranchPlan] = _Kept()
_houses: _Kept[tuple[CompanyRecord, tuple[BranchRecord, ...]]] = _Kept()


async def kept_catalogue(session: AsyncSession) -> Catalogue:
    """As `load_catalogue`."""
    return await _catalogues.get(session, None, lambda: catalogue.load_catalogue(session))


async def kept_plan(session: AsyncSession, branch_id: UUID) -> BranchPlan:
    """As `load_branch_plan`, with absences from a day before it was read."""

    async def load() -> BranchPlan:
        since_at = datetime.now(UTC) - PAST
        return await catalogue.load_branch_plan(session, branch_id, absences_from_at=since_at)

    return await _plans.get(session, branch_id, load)


async def kept_house(session: AsyncSession) -> tuple[CompanyRecord, tuple[BranchRecord, ...]]:
    """The session's company and its branches in their order."""

    async def load() -> tuple[CompanyRecord, tuple[BranchRecord, ...]]:
        branches = await catalogue.list_branches(session)
        return await catalogue.get_company(session), tuple(branches)

    return await _houses.get(session, None, load)


async def _version(session: AsyncSession) -> tuple[UUID, int] | None:
    query = select(CatalogueVersion.company_id, CatalogueVersion.version)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row is not None else None

"""What is read of a catalogue is kept in this process for as long as the catalogue stays as it is.

Each reading takes one number first, in the same transaction: `catalogue_versions`, which triggers
raise with whatever changes. So nobody is told of yesterday's opening hours, and a question of a
running call costs one small query in place of twenty.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import CatalogueVersion
from db.queries import catalogue, connections
from db.queries.catalogue import BranchRecord, CompanyRecord, ServiceRecord
from db.queries.connections import EventTypeRecord
from domain.intent import Catalogue
from domain.slots import BranchPlan

Value = TypeVar("Value")
# Companies, or branches: a plan is some ten kilobytes.
KEPT = 500
# What a question may still ask about; older absences are not loaded.
PAST = timedelta(days=1)
_Key = tuple[UUID, UUID]
House = tuple[CompanyRecord, tuple[BranchRecord, ...]]


class _Kept(Generic[Value]):
    """The latest version of each, by database; the least used goes first."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Engine, OrderedDict[_Key, tuple[int, Value]]] = (
            WeakKeyDictionary()
        )

    async def get(
        self, session: AsyncSession, key: _Key, version: int, load: Callable[[], Awaitable[Value]]
    ) -> Value:
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


_VERSION = select(CatalogueVersion.company_id, CatalogueVersion.version)
_catalogues: _Kept[Catalogue] = _Kept()
_plans: _Kept[BranchPlan] = _Kept()
_houses: _Kept[House] = _Kept()
_event_types: _Kept[tuple[EventTypeRecord, ...]] = _Kept()
_services: _Kept[tuple[ServiceRecord, ...]] = _Kept()


@dataclass(frozen=True)
class Reading:
    """The catalogue as it is when `read` is called, for a transaction that does not change it."""

    session: AsyncSession
    company_id: UUID | None
    version: int

    @classmethod
    async def read(cls, session: AsyncSession) -> "Reading":
        row = (await session.execute(_VERSION)).one_or_none()
        return cls(session, row[0], row[1]) if row is not None else cls(session, None, 0)

    async def catalogue(self) -> Catalogue:
        """As `load_catalogue`."""
        return await self._get(_catalogues, None, lambda: catalogue.load_catalogue(self.session))

    async def plan(self, branch_id: UUID) -> BranchPlan:
        """As `load_branch_plan`, with absences from a day before it was read."""

        async def load() -> BranchPlan:
            since_at = datetime.now(UTC) - PAST
            return await catalogue.load_branch_plan(
                self.session, branch_id, absences_from_at=since_at
            )

        return await self._get(_plans, branch_id, load)

    async def house(self) -> House:
        """The session's company and its branches in their order."""

        async def load() -> House:
            branches = await catalogue.list_branches(self.session)
            return await catalogue.get_company(self.session), tuple(branches)

        return await self._get(_houses, None, load)

    async def event_types(self, branch_id: UUID) -> tuple[EventTypeRecord, ...]:
        """As `list_event_types`, of one branch."""

        async def load() -> tuple[EventTypeRecord, ...]:
            return tuple(await connections.list_event_types(self.session, branch_id=branch_id))

        return await self._get(_event_types, branch_id, load)

    async def services(self) -> tuple[ServiceRecord, ...]:
        """As `list_services`."""

        async def load() -> tuple[ServiceRecord, ...]:
            return tuple(await catalogue.list_services(self.session))

        return await self._get(_services, None, load)

    async def _get(
        self, kept: _Kept[Value], of: UUID | None, load: Callable[[], Awaitable[Value]]
    ) -> Value:
        if self.company_id is None:  # nothing has changed since there are versions
            return await load()
        return await kept.get(
            self.session, (self.company_id, of or self.company_id), self.version, load
        )


async def kept_catalogue(session: AsyncSession) -> Catalogue:
    """As it is now."""
    return await (await Reading.read(session)).catalogue()


async def kept_plan(session: AsyncSession, branch_id: UUID) -> BranchPlan:
    """As it is now."""
    return await (await Reading.read(session)).plan(branch_id)

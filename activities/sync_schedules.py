"""A schedule for each connection to Cal.com: made by the clock, since connections come and go."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from typing_extensions import override

from contracts.sync import EnsureSyncs, SyncCalendar, SyncsEnsured, SyncUpkeepSteps
from db.queries import sync
from db.session import platform_session

EnsureSchedules = Callable[[Sequence[SyncCalendar]], Awaitable[SyncsEnsured]]
"""Exactly these: missing ones are made, others removed, a paused one stays paused."""


class SyncSchedules(SyncUpkeepSteps):
    """`ensure` is `workflows.schedules.ensure_syncs` on this process's client, from `wiring`."""

    def __init__(self, engine: AsyncEngine, ensure: EnsureSchedules) -> None:
        self._engine = engine
        self._ensure = ensure

    @activity.defn(name="sync.ensure_schedules")
    @override
    async def ensure_schedules(self, request: EnsureSyncs) -> SyncsEnsured:
        async with platform_session(self._engine) as session:
            found = await sync.list_calendars(session, limit=request.connections_max)
        return await self._ensure(
            [
                SyncCalendar(company_id=one.company_id, connection_id=one.connection_id)
                for one in found
            ]
        )

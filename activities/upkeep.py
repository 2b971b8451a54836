"""Steps of the engine's own upkeep: lost events passed on, months made ahead."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from typing_extensions import override

from activities.recording import Received, read_received
from contracts.upkeep import (
    EnsureMonths,
    EventOfCall,
    FindLostEvents,
    LostEvents,
    MonthsMade,
    PassOn,
    PassOnEvents,
    Swept,
    UpkeepSteps,
)
from db.queries import months, webhooks
from db.session import platform_session
from domain.phone import to_e164
from observability.metrics import WEBHOOKS

_log = structlog.get_logger(__name__)


class Upkeep(UpkeepSteps):
    """`pass_on` is the API's own way to a call, given by `wiring`: same request, same id."""

    def __init__(self, engine: AsyncEngine, pass_on: PassOn) -> None:
        self._engine = engine
        self._pass_on = pass_on

    @activity.defn(name="upkeep.find_lost_events")
    @override
    async def find_lost_events(self, request: FindLostEvents) -> LostEvents:
        before = datetime.now(UTC) - timedelta(seconds=request.older_than_s)
        async with platform_session(self._engine) as session:
            lost = await webhooks.unsignalled_events(session, before=before, limit=request.limit)
        return LostEvents(event_ids=tuple(event.id for event in lost))

    @activity.defn(name="upkeep.pass_on_events")
    @override
    async def pass_on_events(self, request: PassOnEvents) -> Swept:
        counts = dict.fromkeys(Swept.model_fields, 0)
        for event_id in request.event_ids:
            outcome = await self._pass_on_one(event_id)
            counts[outcome] += 1
            WEBHOOKS.labels("retell", "swept", outcome).inc()
        _log.warning("events were passed on that no call had heard of", **counts)
        return Swept.model_validate(counts)

    async def _pass_on_one(self, event_id: UUID) -> str:
        try:
            event = await self._read(event_id)
            if event is None:
                return "unreadable"
            return await self._pass_on(event)
        except Exception:  # noqa: BLE001 (whatever it is, those behind it shall not wait for it)
            _log.exception("event not passed on", event_id=str(event_id))
            return "failed"

    async def _read(self, event_id: UUID) -> EventOfCall | None:
        """None for what today's code cannot read: it is kept for review."""
        try:
            received = await read_received(self._engine, [event_id])
        except ValueError as error:  # pydantic's and json's are
            await self._set_aside(event_id, f"unreadable: {type(error).__name__}")
            return None
        event = _event_of_call(received[0]) if received else None
        if event is None:
            await self._set_aside(event_id, "of no call")
        return event

    async def _set_aside(self, event_id: UUID, why: str) -> None:
        async with platform_session(self._engine) as session:
            await webhooks.mark_invalid(session, event_id, why)

    @activity.defn(name="upkeep.ensure_months")
    @override
    async def ensure_months(self, request: EnsureMonths) -> MonthsMade:
        async with platform_session(self._engine) as session:
            return MonthsMade(made=await months.ensure_months(session, ahead=request.ahead))


def _event_of_call(received: Received) -> EventOfCall | None:
    event = received.event
    if event.call_id is None:
        return None
    return EventOfCall(
        event_id=received.id,
        kind=event.event,
        retell_call_id=event.call_id,
        dialled=to_e164(event.our_number),
    )

"""Steps of a calendar event on our side, and of the upkeep that loses none of them."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from typing_extensions import override

from activities.calendar_deciding import decide
from contracts.appointments import Cancel, ChangeResult, Done
from contracts.calendar_events import (
    CalendarEventsStarted,
    CalendarEventSteps,
    Decided,
    DecideEvent,
    FindLostCalendarEvents,
    LostCalendarEvents,
    MakeRoom,
    NoteUnheard,
    RoomMade,
    StartCalendarEvent,
    StartLostCalendarEvents,
)
from db.queries import audit, blocks
from db.session import platform_session, tenant_session
from domain.ids import appointment_workflow_id, make_room_update_id
from observability.metrics import WEBHOOKS

# Why an appointment goes that a person's older booking left no room for.
MADE_ROOM = "overlap"
_log = structlog.get_logger(__name__)


class CalendarEvents(CalendarEventSteps):
    """`start`: how the API starts an event's run, given by `wiring`."""

    def __init__(self, engine: AsyncEngine, client: Client, start: StartCalendarEvent) -> None:
        self._engine = engine
        self._client = client
        self._start = start

    @activity.defn(name="calendar_events.decide")
    @override
    async def decide(self, request: DecideEvent) -> Decided:
        event, seen = request.event, request.seen
        async with tenant_session(self._engine, event.company_id) as session:
            return Decided(decision=await decide(session, event, seen))

    @activity.defn(name="calendar_events.note_unheard")
    @override
    async def note_unheard(self, request: NoteUnheard) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            await audit.write_audit(
                session,
                actor="engine",
                action="appointment.calendar_report_unheard",
                subject_type="appointment",
                subject_id=str(request.appointment_id),
                changes={
                    "kind": request.report.kind,
                    "event_id": str(request.report.event_id),
                },
            )
        return Done()

    @activity.defn(name="calendar_events.make_room")
    @override
    async def make_room(self, request: MakeRoom) -> RoomMade:
        """Waits for the appointment's word: Cal.com first, then our row, then the messages."""
        handle = self._client.get_workflow_handle(appointment_workflow_id(request.appointment_id))
        try:
            result: ChangeResult = await handle.execute_update(
                "cancel",
                Cancel(by="engine", reason=MADE_ROOM),
                id=make_room_update_id(request.event_id),
                result_type=ChangeResult,
            )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            reason = cause.type if isinstance(cause, ApplicationError) else None
            return RoomMade(outcome="kept", reason=reason or "change_failed")
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return RoomMade(outcome="kept", reason="not_found")
            raise
        outcome: Literal["cancelled", "kept"] = (
            "cancelled" if result.outcome == "cancelled" else "kept"
        )
        return RoomMade(outcome=outcome, reason=result.reason)

    # --- upkeep ----------------------------------------------------------------------------

    @activity.defn(name="calendar_events.find_lost")
    @override
    async def find_lost(self, request: FindLostCalendarEvents) -> LostCalendarEvents:
        before = datetime.now(UTC) - timedelta(seconds=request.older_than_s)
        async with platform_session(self._engine) as session:
            found = await blocks.lost_events(session, before=before, limit=request.limit)
        return LostCalendarEvents(events=tuple(found))

    @activity.defn(name="calendar_events.start_lost")
    @override
    async def start_lost(self, request: StartLostCalendarEvents) -> CalendarEventsStarted:
        started = failed = 0
        for event in request.events:
            try:
                await self._start(event)
                started += 1
            except Exception:  # noqa: BLE001 (whatever it is, those behind it shall not wait for it)
                _log.exception("calendar event not started", event_id=str(event.event_id))
                failed += 1
        WEBHOOKS.labels("calcom", "swept", "started").inc(started)
        WEBHOOKS.labels("calcom", "swept", "failed").inc(failed)
        _log.warning("calendar events were started late", started=started, failed=failed)
        return CalendarEventsStarted(started=started, failed=failed)

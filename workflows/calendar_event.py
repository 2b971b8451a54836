"""One event of a calendar: looked up at Cal.com, then followed here; and what keeps none lost."""

from datetime import timedelta
from typing import Literal

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from contracts.calendar_events import (
    CALENDAR_EVENT_WORKFLOW,
    CALENDAR_SWEEP_WORKFLOW,
    Blocked,
    BookingSeen,
    CalendarEvent,
    CalendarEventDone,
    CalendarEventSteps,
    CalendarLookSteps,
    CancelSeen,
    DecideEvent,
    Decision,
    FindLostCalendarEvents,
    LookAgain,
    MakeRoom,
    NoteUnheard,
    Overlap,
    StartLostCalendarEvents,
    SweepCalendarEvents,
    TakeBack,
    TellAppointment,
)
from domain.errors import DomainError
from domain.ids import appointment_workflow_id
from workflows import policies, steps

# Our own request is answered within a minute or two, unless Cal.com is away; then the look after
# our booking comes upon the same.
LOOK_AGAIN = tuple(timedelta(seconds=s) for s in (1, 3, 8, 20, 60, 60, 60, 60))
Again = Literal["at once", "later"] | None


@workflow.defn(
    name=CALENDAR_EVENT_WORKFLOW, failure_exception_types=[DomainError, ValueError, KeyError]
)
class CalendarEventWorkflow:
    """look → decide → tell the appointment, block the time, or take back what is too many."""

    def __init__(self) -> None:
        self._did: list[str] = []

    @workflow.run
    async def run(self, event: CalendarEvent) -> CalendarEventDone:
        for wait in (*LOOK_AGAIN, None):
            seen = await self._look(event)
            if seen is None:
                break
            again = await self._follow(event, seen, await _decide(event, seen))
            if not again or wait is None:
                break
            if again == "later":
                await workflow.sleep(wait, summary="our own request is not answered yet")
        return CalendarEventDone(did=tuple(self._did))

    async def _look(self, event: CalendarEvent) -> BookingSeen | None:
        looked = await steps.remote(
            CalendarLookSteps.look, event, policies.CALENDAR_EVENT, "Cal.com: what is it now?"
        )
        if looked.seen is None:
            self._note("nothing to look up")
        return looked.seen

    async def _follow(self, event: CalendarEvent, seen: BookingSeen, decision: Decision) -> Again:
        """Whether it has to be looked at again."""
        match decision:
            case TellAppointment():
                await self._tell(event, decision)
            case TakeBack():
                self._note("one booking too many")
                await self._cancel_there(
                    CancelSeen(
                        event=event,
                        seen=seen,
                        appointment_id=decision.appointment_id,
                        why="surplus",
                    )
                )
            case LookAgain():
                self._note("waits")
                return "later"
            case Blocked():
                self._note(f"block {decision.state}" if decision.changed else "block known")
                return await self._settle(event, seen, decision)
            case _:
                self._note(decision.reason)
        return None

    async def _tell(self, event: CalendarEvent, decision: TellAppointment) -> None:
        self._note(f"told its appointment: {decision.report.kind}")
        handle = workflow.get_external_workflow_handle(
            appointment_workflow_id(decision.appointment_id)
        )
        try:
            await handle.signal("calendar_reported", decision.report)
        except ApplicationError:
            self._note("its workflow has ended")
            await steps.local(
                CalendarEventSteps.note_unheard,
                NoteUnheard(
                    company_id=event.company_id,
                    appointment_id=decision.appointment_id,
                    report=decision.report,
                ),
                "Write down what nobody hears any more",
            )

    async def _settle(self, event: CalendarEvent, seen: BookingSeen, decision: Blocked) -> Again:
        """Who goes by the rule goes; then the time that was freed is the block's."""
        made_room = False
        for overlap in decision.overlaps:
            self._note(f"overlaps an appointment: {overlap.goes}")
            if overlap.goes == "ours":
                made_room = await self._make_room(event, overlap) or made_room
            elif overlap.goes == "theirs":
                await self._cancel_there(
                    CancelSeen(
                        event=event,
                        seen=seen,
                        appointment_id=overlap.appointment_id,
                        why="overlap",
                    )
                )
                made_room = True
        return "at once" if made_room else None

    async def _make_room(self, event: CalendarEvent, overlap: Overlap) -> bool:
        made = await steps.remote(
            CalendarEventSteps.make_room,
            MakeRoom(
                company_id=event.company_id,
                appointment_id=overlap.appointment_id,
                event_id=event.event_id,
            ),
            policies.CHANGE,
            "The appointment gives way, with an apology",
        )
        self._note(f"the appointment: {made.outcome}")
        return made.outcome == "cancelled"

    async def _cancel_there(self, request: CancelSeen) -> None:
        try:
            await steps.remote(
                CalendarLookSteps.cancel_seen,
                request,
                policies.CALENDAR_EVENT,
                f"Cal.com: cancel the booking ({request.why})",
            )
        except ActivityError as error:
            workflow.logger.warning("cal.com kept the booking", exc_info=error)
            self._note("Cal.com keeps it")

    def _note(self, what: str) -> None:
        self._did.append(what)
        workflow.set_current_details("\n".join(f"- {one}" for one in self._did))


async def _decide(event: CalendarEvent, seen: BookingSeen) -> Decision:
    decided = await steps.local(
        CalendarEventSteps.decide,
        DecideEvent(event=event, seen=seen),
        "Ours or people's, and what follows",
    )
    return decided.decision


# --- upkeep -----------------------------------------------------------------------------------


@workflow.defn(name=CALENDAR_SWEEP_WORKFLOW)
class CalendarSweepWorkflow:
    """Starts the runs of events that were stored by a process that then died, or while the engine
    was away.
    """

    @workflow.run
    async def run(self, sweep: SweepCalendarEvents) -> int:
        started = 0
        for _ in range(sweep.batches_max):
            lost = await steps.local(
                CalendarEventSteps.find_lost,
                FindLostCalendarEvents(older_than_s=sweep.older_than_s, limit=sweep.batch_max),
                "Look for events without a run",
            )
            if not lost.events:
                break
            batch = await workflow.execute_activity_method(
                CalendarEventSteps.start_lost,
                StartLostCalendarEvents(events=lost.events),
                start_to_close_timeout=policies.SWEEP_TRY,
                retry_policy=policies.SWEEP_RETRY,
                summary=f"Start the runs of {len(lost.events)} events",
            )
            started += batch.started
            if batch.failed:
                break  # the engine or the database is away: the next sweep finds them again
        return started

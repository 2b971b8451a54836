"""Stands in for the run of a calendar's event: what it is given is all that is looked at."""

from temporalio import workflow

from contracts.calendar_events import CALENDAR_EVENT_WORKFLOW, CalendarEvent, CalendarEventDone


@workflow.defn(name=CALENDAR_EVENT_WORKFLOW)
class Noted:
    @workflow.run
    async def run(self, event: CalendarEvent) -> CalendarEventDone:
        return CalendarEventDone(did=(event.kind, str(event.connection_id)))

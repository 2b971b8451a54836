"""From a stored event of a calendar to its run. The API starts it, and so does the sweep."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from api.engine import EngineUnavailableError
from contracts.calendar_events import CALENDAR_EVENT_WORKFLOW, CalendarEvent
from contracts.names import TaskQueue
from db.queries.webhooks import mark_signalled
from db.session import platform_session
from domain.ids import calendar_event_workflow_id

# Cal.com waits a few seconds for us and does not always send again.
START_TIMEOUT_S = 2.5
# Behind calls (3), which somebody is waiting for; a flood of one connection behind itself.
EVENT_PRIORITY = 4


async def start_calendar_event(client: Client, engine: AsyncEngine, event: CalendarEvent) -> None:
    """One run an event, however often and from how many processes at once this is called.

    Raises EngineUnavailableError: then nothing is known, and the sweep comes back to it.
    """
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await client.start_workflow(
                CALENDAR_EVENT_WORKFLOW,
                event,
                id=calendar_event_workflow_id(event.event_id),
                task_queue=TaskQueue.CALLS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                priority=Priority(
                    priority_key=EVENT_PRIORITY, fairness_key=str(event.connection_id)
                ),
                static_summary=f"Cal.com: {event.kind}",
            )
    except WorkflowAlreadyStartedError:
        pass
    except RPCError as error:
        raise EngineUnavailableError(error.status.name) from error
    except (TimeoutError, RuntimeError) as error:  # the latter: a lazy client's first connection
        raise EngineUnavailableError(type(error).__name__) from error
    async with platform_session(engine) as session:
        await mark_signalled(session, event.event_id)

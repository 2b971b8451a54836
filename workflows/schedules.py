"""What the engine starts by itself, and how often. Declared here, made true by each worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from contracts.base import Message
from contracts.calendar_events import (
    CALENDAR_SWEEP_WORKFLOW,
    SweepCalendarEvents,
)
from contracts.names import TaskQueue
from contracts.sync import (
    CALENDAR_SYNC_WORKFLOW,
    SYNC_CONNECTIONS_WORKFLOW,
    EnsureSyncs,
    SyncCalendar,
    SyncsEnsured,
)
from contracts.upkeep import (
    MONTHS_AHEAD_WORKFLOW,
    WEBHOOK_SWEEP_WORKFLOW,
    EnsureMonths,
    SweepWebhooks,
)
from domain.ids import SYNC_PREFIX, sync_schedule_id

# Retell sends an event again within seconds, so this is for what it gave up on.
SWEEP_EVERY = timedelta(minutes=1)
MONTHS_EVERY = timedelta(days=1)
# Webhooks tell sooner; this is for those that are lost, and half a request a minute.
SYNC_EVERY = timedelta(minutes=2)
# So long a new connection waits at most; a loader that has made one does not wait for it.
CONNECTIONS_EVERY = timedelta(minutes=5)
# After a stop of the engine one run does for all that were missed.
CATCH_UP = timedelta(minutes=10)


def _every(
    interval: timedelta,
    workflow: str,
    argument: Message,
    *,
    schedule_id: str,
    summary: str,
    offset: timedelta | None = None,
) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            workflow,
            argument,
            id=schedule_id,
            task_queue=TaskQueue.CALLS,
            static_summary=summary,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval, offset=offset)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )


SCHEDULES: Mapping[str, Schedule] = {
    "sweep-webhooks": _every(
        SWEEP_EVERY,
        WEBHOOK_SWEEP_WORKFLOW,
        SweepWebhooks(),
        schedule_id="sweep-webhooks",
        summary="Events that no call heard of",
    ),
    "sweep-calendar-events": _every(
        SWEEP_EVERY,
        CALENDAR_SWEEP_WORKFLOW,
        SweepCalendarEvents(),
        schedule_id="sweep-calendar-events",
        summary="Events of Cal.com without a run",
    ),
    "months-ahead": _every(
        MONTHS_EVERY,
        MONTHS_AHEAD_WORKFLOW,
        EnsureMonths(),
        schedule_id="months-ahead",
        summary="Partitions of the coming months",
    ),
    "sync-connections": _every(
        CONNECTIONS_EVERY,
        SYNC_CONNECTIONS_WORKFLOW,
        EnsureSyncs(),
        schedule_id="sync-connections",
        summary="A schedule for each connection to Cal.com",
    ),
}


async def ensure_schedules(client: Client, schedules: Mapping[str, Schedule] = SCHEDULES) -> None:
    """Creates what is missing and brings the rest to what is declared; a paused one stays so."""
    for schedule_id, declared in schedules.items():
        try:
            # At once as well: what was lost while nothing ran does not wait for the next minute.
            await client.create_schedule(schedule_id, declared, trigger_immediately=True)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(schedule_id).update(_brought_to(declared))


async def ensure_syncs(client: Client, wanted: Sequence[SyncCalendar]) -> SyncsEnsured:
    """A schedule for each; those of connections that are gone are deleted, paused ones stay so."""
    declared = {sync_schedule_id(one.connection_id): _sync(one) for one in wanted}
    there = {
        found.id
        async for found in await client.list_schedules()
        if found.id.startswith(SYNC_PREFIX)
    }
    for schedule_id in declared.keys() - there:
        try:
            # At once as well: until its webhook is there, nobody tells us what people do.
            await client.create_schedule(
                schedule_id, declared[schedule_id], trigger_immediately=True
            )
        except ScheduleAlreadyRunningError:  # lists are a moment behind
            continue
    for schedule_id in there - declared.keys():
        try:
            await client.get_schedule_handle(schedule_id).delete()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:  # the list was behind
                raise
    return SyncsEnsured(ensured=len(declared), removed=len(there - declared.keys()))


def _sync(calendar: SyncCalendar) -> Schedule:
    """Each at another moment of its two minutes, so that not all of them ask at once."""
    return _every(
        SYNC_EVERY,
        CALENDAR_SYNC_WORKFLOW,
        calendar,
        schedule_id=sync_schedule_id(calendar.connection_id),
        summary="Cal.com: what has changed, and once an hour everything",
        offset=timedelta(seconds=calendar.connection_id.int % int(SYNC_EVERY.total_seconds())),
    )


def _brought_to(declared: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(replace(declared, state=found.description.schedule.state))

    return update

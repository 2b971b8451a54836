"""What the engine starts by itself, and how often. Declared here, made true by each worker."""

from collections.abc import Callable, Mapping
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

from contracts.base import Message
from contracts.names import TaskQueue
from contracts.upkeep import (
    MONTHS_AHEAD_WORKFLOW,
    WEBHOOK_SWEEP_WORKFLOW,
    EnsureMonths,
    SweepWebhooks,
)

# Retell sends an event again within seconds, so this is for what it gave up on.
SWEEP_EVERY = timedelta(minutes=1)
MONTHS_EVERY = timedelta(days=1)
# After a stop of the engine one run does for all that were missed.
CATCH_UP = timedelta(minutes=10)


def _every(
    interval: timedelta, workflow: str, argument: Message, *, schedule_id: str, summary: str
) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            workflow,
            argument,
            id=schedule_id,
            task_queue=TaskQueue.CALLS,
            static_summary=summary,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)]),
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
    "months-ahead": _every(
        MONTHS_EVERY,
        MONTHS_AHEAD_WORKFLOW,
        EnsureMonths(),
        schedule_id="months-ahead",
        summary="Partitions of the coming months",
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


def _brought_to(declared: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(replace(declared, state=found.description.schedule.state))

    return update

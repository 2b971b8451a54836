"""What is started by the clock and by nobody's call (`workflows/schedules.py`)."""

from temporalio import workflow

from contracts.upkeep import (
    MONTHS_AHEAD_WORKFLOW,
    WEBHOOK_SWEEP_WORKFLOW,
    EnsureMonths,
    FindLostEvents,
    MonthsMade,
    PassOnEvents,
    SweepWebhooks,
    Swept,
    UpkeepSteps,
)
from workflows import policies, steps


@workflow.defn(name=WEBHOOK_SWEEP_WORKFLOW)
class WebhookSweepWorkflow:
    """Passes on what was stored and acknowledged by a process that then died.

    Mostly there is nothing: one local step, no more. A backlog is worked off in bounded batches.
    """

    @workflow.run
    async def run(self, sweep: SweepWebhooks) -> Swept:
        total = Swept()
        for _ in range(sweep.batches_max):
            lost = await steps.local(
                UpkeepSteps.find_lost_events,
                FindLostEvents(older_than_s=sweep.older_than_s, limit=sweep.batch_max),
                "Look for events that no call heard of",
            )
            if not lost.event_ids:
                break
            swept = await workflow.execute_activity_method(
                UpkeepSteps.pass_on_events,
                PassOnEvents(event_ids=lost.event_ids),
                start_to_close_timeout=policies.SWEEP_TRY,
                retry_policy=policies.SWEEP_RETRY,
                summary=f"Pass {len(lost.event_ids)} events on to their calls",
            )
            total = _added(total, swept)
            if swept.failed == len(lost.event_ids):
                break  # the engine or the database is away: the next sweep finds them again
        return total


@workflow.defn(name=MONTHS_AHEAD_WORKFLOW)
class MonthsAheadWorkflow:
    """Makes the partitions of the coming months, so that no call falls into the default one."""

    @workflow.run
    async def run(self, months: EnsureMonths) -> MonthsMade:
        return await steps.local(UpkeepSteps.ensure_months, months, "Make the coming months")


def _added(total: Swept, swept: Swept) -> Swept:
    return Swept(
        signalled=total.signalled + swept.signalled,
        late=total.late + swept.late,
        unreadable=total.unreadable + swept.unreadable,
        failed=swept.failed,  # those were found again by each batch
    )

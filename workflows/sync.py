"""Both calendars kept the same, by the clock (`schedules.py`) or because somebody asks."""

from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import Priority
from temporalio.exceptions import ActivityError, ApplicationError

from contracts.availability import AvailabilitySteps, FindCold, WarmAvailability
from contracts.calendar_events import CalendarConnection, CalendarLookSteps
from contracts.sync import (
    CALENDAR_SYNC_WORKFLOW,
    SYNC_CONNECTIONS_WORKFLOW,
    CalendarsCompared,
    CalendarSynced,
    ChangesPolled,
    CompareCalendars,
    EnsureSyncs,
    FinishCompare,
    PollChanges,
    ReadMapping,
    SyncCalendar,
    SyncsEnsured,
    SyncSteps,
    SyncUpkeepSteps,
)
from workflows import policies
from workflows.steps import Step

Request = TypeVar("Request")
Result = TypeVar("Result")
# The engine's middle is 3, where calls are: whoever talks goes before whoever tidies up.
BACKGROUND = Priority(priority_key=5)


@workflow.defn(name=CALENDAR_SYNC_WORKFLOW)
class CalendarSyncWorkflow:
    """Reads what changed at Cal.com; when an hour has passed, compares both calendars in full.
    Then fetches free times that whoever calls next will ask for.

    Cal.com away is no failure of the run: it says so, and the next one goes on.
    """

    def __init__(self) -> None:
        self._done = CalendarSynced()

    @workflow.query
    def so_far(self) -> CalendarSynced:
        return self._done

    @workflow.run
    async def run(self, sync: SyncCalendar) -> CalendarSynced:
        try:
            due = await self._poll(sync)
            if sync.compare or due:
                await self._compare(sync)
            await self._warm(sync)
        except ActivityError as error:
            self._tell(failed=_class_of(error))
        return self._done

    async def _poll(self, sync: SyncCalendar) -> bool:
        total = ChangesPolled()
        for _ in range(sync.polls_max):
            polled = await _step(
                SyncSteps.poll,
                PollChanges(
                    company_id=sync.company_id,
                    connection_id=sync.connection_id,
                    pages_max=sync.pages_max,
                ),
                "Cal.com: what has changed",
            )
            total = ChangesPolled(
                seen=total.seen + polled.seen,
                told=total.told + polled.told,
                more=polled.more,
                compare_due=polled.compare_due,
            )
            self._tell(polled=total)
            if not polled.more:
                break
        return total.compare_due

    async def _compare(self, sync: SyncCalendar) -> None:
        """Some days a step, so that a step's pages are few and a lost one is soon repeated."""
        await self._ensure_webhook(sync)
        round_at = workflow.now()
        until_at = round_at + timedelta(days=sync.days)
        total, from_at = CalendarsCompared(), round_at
        while from_at < until_at:
            to_at = min(until_at, from_at + timedelta(days=sync.days_a_step))
            total = _added(total, await self._compare_days(sync, from_at, to_at, round_at))
            self._tell(compared=total)
            from_at = to_at
        finished = await _step(
            SyncSteps.finish,
            FinishCompare(
                company_id=sync.company_id,
                connection_id=sync.connection_id,
                round_at=round_at,
                until_at=until_at,
                bookings=total.bookings,
                appointments=total.appointments,
            ),
            "What differed and does no more",
        )
        self._tell(compared=total.model_copy(update={"ended": finished.ended}))
        mapping = await _step(
            SyncSteps.read_mapping,
            ReadMapping(company_id=sync.company_id, connection_id=sync.connection_id),
            "Cal.com: event types and their hosts",
        )
        self._tell(mapping=mapping)

    async def _warm(self, sync: SyncCalendar) -> None:
        """Last, and once: both calendars matter more, and the next run goes on with it."""
        try:
            cold = await _step(
                AvailabilitySteps.find_cold,
                FindCold(company_id=sync.company_id, connection_id=sync.connection_id),
                "Branches whose free times nobody has asked for lately",
                policies.WARM,
            )
            for branch_id in cold.branch_ids:
                fetched = await _step(
                    AvailabilitySteps.warm,
                    WarmAvailability(company_id=sync.company_id, branch_id=branch_id),
                    "Cal.com: free times of the coming days",
                    policies.WARM,
                )
                self._tell(warmed=(self._done.warmed or 0) + fetched.requests)
        except ActivityError as error:
            workflow.logger.info("not all free times were fetched ahead", exc_info=error)

    async def _ensure_webhook(self, sync: SyncCalendar) -> None:
        """Also where somebody has deleted it or changed its secret. Polls do without."""
        try:
            await _step(
                CalendarLookSteps.ensure_webhook,
                CalendarConnection(company_id=sync.company_id, connection_id=sync.connection_id),
                "Cal.com: our webhook",
            )
        except ActivityError as error:
            workflow.logger.warning("our webhook could not be seen to", exc_info=error)

    async def _compare_days(
        self, sync: SyncCalendar, from_at: datetime, to_at: datetime, round_at: datetime
    ) -> CalendarsCompared:
        return await _step(
            SyncSteps.compare,
            CompareCalendars(
                company_id=sync.company_id,
                connection_id=sync.connection_id,
                from_at=from_at,
                to_at=to_at,
                round_at=round_at,
            ),
            f"Both calendars beside each other, from {from_at:%d %b} on",
        )

    def _tell(self, **what: object) -> None:
        self._done = self._done.model_copy(update=what)
        lines = [f"- {name}: `{value}`" for name, value in self._done if value is not None]
        workflow.set_current_details("\n".join(lines))


@workflow.defn(name=SYNC_CONNECTIONS_WORKFLOW)
class SyncConnectionsWorkflow:
    """A schedule for each connection to Cal.com, none for one that is gone."""

    @workflow.run
    async def run(self, wanted: EnsureSyncs) -> SyncsEnsured:
        return await workflow.execute_activity_method(
            SyncUpkeepSteps.ensure_schedules,
            wanted,
            start_to_close_timeout=policies.SWEEP_TRY,
            retry_policy=policies.SWEEP_RETRY,
            summary="A schedule for each connection to Cal.com",
        )


async def _step(
    step: Step[Request, Result],
    request: Request,
    summary: str,
    terms: policies.Remote = policies.SYNC,
) -> Result:
    return await workflow.execute_activity_method(
        step,
        request,
        task_queue=terms.queue,
        start_to_close_timeout=terms.each_try,
        schedule_to_close_timeout=terms.in_all,
        retry_policy=terms.retry,
        priority=BACKGROUND,
        summary=summary,
    )


def _added(total: CalendarsCompared, more: CalendarsCompared) -> CalendarsCompared:
    kinds = {**total.found}
    for kind, count in more.found.items():
        kinds[kind] = kinds.get(kind, 0) + count
    return CalendarsCompared(
        bookings=total.bookings + more.bookings,
        appointments=total.appointments + more.appointments,
        found=kinds,
        passed_on=total.passed_on + more.passed_on,
        asked=total.asked + more.asked,
    )


def _class_of(error: ActivityError) -> str:
    cause = error.cause
    return (cause.type if isinstance(cause, ApplicationError) else None) or "no_answer"

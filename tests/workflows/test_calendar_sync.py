"""The run that keeps both calendars the same, and the schedules that start it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import Client, ScheduleState
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from contracts.availability import (
    AvailabilityFetched,
    ColdFound,
    FindCold,
    WarmAvailability,
)
from contracts.calendar_events import CalendarConnection, WebhookEnsured
from contracts.names import TaskQueue
from contracts.sync import (
    CalendarsCompared,
    CalendarSynced,
    ChangesPolled,
    CompareCalendars,
    CompareFinished,
    FinishCompare,
    MappingRead,
    PollChanges,
    ReadMapping,
    SyncCalendar,
)
from domain.ids import sync_schedule_id
from sandbox.caller.desk import wait_until
from stack.embedded import CONNECTIONS_SCHEDULE
from stack.temporal_server import TemporalServer, trigger_schedule
from workflows.schedules import SCHEDULES, ensure_syncs
from workflows.sync import CalendarSyncWorkflow

WITHIN_S = 20.0


def calendar(**changes: Any) -> SyncCalendar:
    return SyncCalendar(company_id=uuid4(), connection_id=uuid4(), **changes)


class Steps:
    """What Cal.com says, by a script; what was asked is kept."""

    def __init__(self, *polls: ChangesPolled | ApplicationError) -> None:
        self.polls = list(polls)
        self.compared: list[CompareCalendars] = []
        self.finished: list[FinishCompare] = []
        self.cold: tuple[UUID, ...] = ()
        self.warmed: list[UUID] = []
        self.has_room_for = 10

    @activity.defn(name="sync.poll")
    async def poll(self, _: PollChanges) -> ChangesPolled:
        said = self.polls.pop(0)
        if isinstance(said, ApplicationError):
            raise said
        return said

    @activity.defn(name="sync.compare")
    async def compare(self, request: CompareCalendars) -> CalendarsCompared:
        self.compared.append(request)
        return CalendarsCompared(bookings=2, appointments=1, found={"surplus": 1}, passed_on=1)

    @activity.defn(name="sync.finish")
    async def finish(self, request: FinishCompare) -> CompareFinished:
        self.finished.append(request)
        return CompareFinished(ended=3)

    @activity.defn(name="sync.read_mapping")
    async def read_mapping(self, _: ReadMapping) -> MappingRead:
        return MappingRead(mapped=4)

    @activity.defn(name="calendar.ensure_webhook")
    async def ensure_webhook(self, _: CalendarConnection) -> WebhookEnsured:
        return WebhookEnsured(outcome="no_address")

    @activity.defn(name="availability.find_cold")
    async def find_cold(self, _: FindCold) -> ColdFound:
        return ColdFound(branch_ids=self.cold)

    @activity.defn(name="availability.warm")
    async def warm(self, request: WarmAvailability) -> AvailabilityFetched:
        self.warmed.append(request.branch_id)
        if len(self.warmed) > self.has_room_for:
            wait = timedelta(seconds=1)
            raise ApplicationError("full", type="NoRoom", next_retry_delay=wait)
        return AvailabilityFetched(requests=4)

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [
            self.poll,
            self.compare,
            self.finish,
            self.read_mapping,
            self.ensure_webhook,
            self.find_cold,
            self.warm,
        ]


@asynccontextmanager
async def working(client: Client, steps: Steps) -> AsyncIterator[None]:
    async with (
        Worker(client, task_queue=TaskQueue.CALLS, workflows=[CalendarSyncWorkflow]),
        Worker(client, task_queue=TaskQueue.INTEGRATIONS, activities=steps.activities),
    ):
        yield


async def run(client: Client, steps: Steps, wanted: SyncCalendar) -> CalendarSynced:
    async with working(client, steps):
        return await client.execute_workflow(
            CalendarSyncWorkflow.run, wanted, id=f"sync-{uuid4()}", task_queue=TaskQueue.CALLS
        )


async def test_changes_are_read_until_there_are_no_more_and_nothing_is_compared_too_soon(
    temporal_client: Client,
) -> None:
    steps = Steps(
        ChangesPolled(seen=250, told=3, more=True), ChangesPolled(seen=10, told=1, more=False)
    )
    done = await run(temporal_client, steps, calendar())
    assert (done.polled.seen, done.polled.told, done.compared) == (260, 4, None)
    assert (steps.polls, steps.compared) == ([], [])


async def test_however_many_changes_there_are_a_run_has_an_end(temporal_client: Client) -> None:
    steps = Steps(*[ChangesPolled(seen=1, more=True)] * 5)
    done = await run(temporal_client, steps, calendar(polls_max=3))
    assert (done.polled.seen, done.polled.more, len(steps.polls)) == (3, True, 2)


async def test_a_comparison_covers_all_days_without_a_gap(temporal_client: Client) -> None:
    steps = Steps(ChangesPolled(compare_due=True))
    done = await run(temporal_client, steps, calendar(days=25, days_a_step=10))
    spans = [(one.from_at, one.to_at) for one in steps.compared]
    assert [end for _, end in spans[:-1]] == [begin for begin, _ in spans[1:]]
    [finished] = steps.finished
    assert (spans[0][0], spans[-1][1]) == (finished.round_at, finished.until_at)
    assert finished.until_at - finished.round_at == timedelta(days=25)
    assert done.compared == CalendarsCompared(
        bookings=6, appointments=3, found={"surplus": 3}, passed_on=3, ended=3
    )
    assert done.mapping == MappingRead(mapped=4)


async def test_who_asks_gets_a_comparison_at_once(temporal_client: Client) -> None:
    steps = Steps(ChangesPolled())
    assert (await run(temporal_client, steps, calendar(compare=True))).compared is not None


async def test_cal_com_away_is_told_and_no_failure_of_the_run(temporal_client: Client) -> None:
    away = ApplicationError("no answer", type="CalcomDown", non_retryable=True)
    done = await run(temporal_client, Steps(away), calendar(compare=True))
    assert (done.failed, done.compared) == ("CalcomDown", None)


async def test_cold_branches_are_warmed_after_the_rest(temporal_client: Client) -> None:
    steps = Steps(ChangesPolled())
    steps.cold = (uuid4(), uuid4())
    done = await run(temporal_client, steps, calendar(compare=True))
    assert (done.warmed, tuple(steps.warmed)) == (8, steps.cold)
    assert done.compared is not None


async def test_without_room_warming_stops_at_once_and_is_no_failure(
    temporal_client: Client,
) -> None:
    steps = Steps(ChangesPolled(seen=1))
    steps.cold, steps.has_room_for = (uuid4(), uuid4(), uuid4()), 1
    done = await run(temporal_client, steps, calendar())
    assert (done.failed, done.warmed, len(steps.warmed)) == (None, 4, 2)


async def test_a_cal_com_that_is_away_is_not_asked_for_free_times(temporal_client: Client) -> None:
    steps = Steps(ApplicationError("no answer", type="CalcomDown", non_retryable=True))
    steps.cold = (uuid4(),)
    await run(temporal_client, steps, calendar())
    assert steps.warmed == []


# --- schedules ----------------------------------------------------------------------------------


async def scheduled(client: Client, wanted: set[UUID]) -> None:
    """Until exactly these connections have one: lists are a moment behind."""
    ids = {sync_schedule_id(one) for one in wanted}

    async def so() -> bool | None:
        listed = {one.id async for one in await client.list_schedules()}
        return True if {one for one in listed if one.startswith("sync:")} == ids else None

    assert await wait_until(so, within_s=WITHIN_S), f"not the schedules of {wanted}"


@pytest.fixture
async def alone(temporal_client: Client) -> AsyncIterator[Client]:
    yield temporal_client
    await ensure_syncs(temporal_client, [])


async def test_a_new_connection_is_read_at_once(alone: Client) -> None:
    # Its own moment of the two minutes is a minute off.
    off = int(datetime.now(UTC).timestamp()) + 60
    new = SyncCalendar(
        company_id=uuid4(), connection_id=UUID(int=(uuid4().int // 120) * 120 + off % 120)
    )
    steps = Steps(ChangesPolled(seen=7))
    async with working(alone, steps):
        await ensure_syncs(alone, [new])

        async def read() -> bool | None:
            return not steps.polls or None

        assert await wait_until(read, within_s=WITHIN_S)
    described = await alone.get_schedule_handle(sync_schedule_id(new.connection_id)).describe()
    assert described.info.num_actions == 1


async def test_each_connection_has_its_schedule_and_one_that_is_gone_has_none(
    alone: Client,
) -> None:
    first, second = calendar(), calendar()
    assert (await ensure_syncs(alone, [first, second])).ensured == 2
    await scheduled(alone, {first.connection_id, second.connection_id})
    await alone.get_schedule_handle(sync_schedule_id(first.connection_id)).pause()
    assert (await ensure_syncs(alone, [first])).removed == 1
    await scheduled(alone, {first.connection_id})
    described = await alone.get_schedule_handle(sync_schedule_id(first.connection_id)).describe()
    assert described.schedule.state.paused


async def test_what_is_deleted_already_is_no_error(alone: Client) -> None:
    """Lists are a moment behind: what is in one may be gone."""
    gone = calendar()
    await ensure_syncs(alone, [gone])
    await scheduled(alone, {gone.connection_id})
    await alone.get_schedule_handle(sync_schedule_id(gone.connection_id)).delete()
    await ensure_syncs(alone, [])
    await scheduled(alone, set())


async def test_whoever_has_loaded_connections_does_not_wait_for_the_clock(
    temporal_client: Client, temporal_server: TemporalServer, temporal_binary: Path
) -> None:
    def trigger() -> bool:
        return trigger_schedule(
            temporal_server.address,
            temporal_server.namespace,
            temporal_binary,
            CONNECTIONS_SCHEDULE,
        )

    assert trigger() is False, "there is none yet: its maker looks at once"
    declared = replace(SCHEDULES[CONNECTIONS_SCHEDULE], state=ScheduleState(paused=True))
    handle = await temporal_client.create_schedule(CONNECTIONS_SCHEDULE, declared)
    try:
        assert trigger() is True

        async def ran() -> bool | None:
            return (await handle.describe()).info.num_actions == 1 or None

        assert await wait_until(ran, within_s=WITHIN_S)
    finally:
        await handle.delete()

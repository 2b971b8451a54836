"""What a person did in Cal.com is followed here; what we did ourselves is known."""

import asyncio
from uuid import uuid4

from temporalio.client import Client

from contracts.appointments import (
    Cancel,
    Reschedule,
)
from contracts.life import (
    CalendarFollowed,
    CalendarReported,
)
from tests.workflows.scripted import Script, scripted_workers, until, wish
from tests.workflows.test_appointment import begin
from tests.workflows.test_appointment_changes import ask, told
from tests.workflows.test_appointment_life import DAY, due, progress_of, slot
from workflows.appointment import AppointmentWorkflow


async def test_what_a_person_cancels_in_calcom_is_cancelled_here_and_told(
    temporal_client: Client,
) -> None:
    script = Script({"life.follow_calendar": [CalendarFollowed(outcome="cancelled")]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await until(lambda: len(told(script)) == 2)
        report = CalendarReported(kind="cancelled", event_id=uuid4(), booking_id=7, by="staff")
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        result = await handle.result()
    assert result.status == "cancelled"
    assert told(script)[2:] == [("cancellation", "customer", 1)]
    assert "calendar.cancel" not in script.names()


async def test_what_a_person_moves_in_calcom_is_moved_here_and_told_with_new_reminders(
    temporal_client: Client,
) -> None:
    start = wish()
    moved = CalendarFollowed(
        outcome="moved", slot=slot(start.start_at + DAY, revision=1), booking_id=9
    )
    script = Script({"life.follow_calendar": [moved], "life.plan": [due(m1440=DAY), due(m120=DAY)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: len(told(script)) == 2)
        report = CalendarReported(
            kind="rescheduled", event_id=uuid4(), booking_id=9, start_at=start.start_at + DAY
        )
        for _ in range(2):
            await handle.signal(AppointmentWorkflow.calendar_reported, report)
        await until(lambda: len(told(script)) == 3)
        progress = await progress_of(handle)
        assert (progress.start_at, progress.reminders) == (start.start_at + DAY, (120,))
        # The new booking is the one that goes when the customer cancels.
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        await handle.result()
    assert script.names().count("life.follow_calendar") == 1
    assert told(script)[2] == ("reschedule", "customer", 1)
    assert script.requests("calendar.cancel")[0].booking_id == 9


async def test_reports_of_our_own_doing_change_nothing(temporal_client: Client) -> None:
    start = wish()
    new = start.start_at + DAY
    script = Script()
    ours = [
        CalendarReported(kind="created", event_id=uuid4(), booking_id=7),
        CalendarReported(kind="rescheduled", event_id=uuid4(), booking_id=8, start_at=new),
        # Of the booking that our own move has left behind.
        CalendarReported(kind="cancelled", event_id=uuid4(), booking_id=7),
    ]
    news = CalendarReported(kind="rescheduled", event_id=uuid4(), booking_id=9, start_at=new)
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await handle.execute_update(AppointmentWorkflow.reschedule, Reschedule(start_at=new))
        for report in [*ours, news]:
            await handle.signal(AppointmentWorkflow.calendar_reported, report)
        await until(lambda: "life.follow_calendar" in script.names())
        await handle.terminate()
    assert [r.report for r in script.requests("life.follow_calendar")] == [news]


async def test_a_report_that_comes_while_calcom_is_asked_waits_for_its_answer(
    temporal_client: Client,
) -> None:
    """Cal.com tells of our own move before it has answered it."""
    start = wish()
    gate = asyncio.Event()
    script = Script(gates={"calendar.move": gate})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        new = start.start_at + DAY
        moving = await ask(handle, Reschedule(start_at=new))
        await until(lambda: "calendar.move" in script.begun)
        report = CalendarReported(kind="rescheduled", event_id=uuid4(), booking_id=8, start_at=new)
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        await progress_of(handle)  # it has been heard
        gate.set()
        assert (await moving.result()).outcome == "rescheduled"
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        await handle.result()
    assert "life.follow_calendar" not in script.names()


async def test_a_conflict_is_left_to_the_branch_and_the_customer_hears_nothing(
    temporal_client: Client,
) -> None:
    script = Script({"life.follow_calendar": [CalendarFollowed(outcome="conflict")]})
    start = wish()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: len(told(script)) == 2)
        report = CalendarReported(
            kind="rescheduled", event_id=uuid4(), booking_id=9, start_at=start.start_at + DAY
        )
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        await until(lambda: "life.follow_calendar" in script.names())
        progress = await progress_of(handle)
        await handle.terminate()
    assert (progress.status, progress.start_at) == ("booked", start.start_at)
    assert len(told(script)) == 2

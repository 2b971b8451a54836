"""A long life goes on in the next run: nothing is forgotten, nothing done twice."""

import asyncio
from uuid import uuid4

from temporalio.client import Client

from contracts.appointments import (
    Cancel,
    ChangeResult,
    Reschedule,
)
from contracts.life import (
    CalendarFollowed,
    CalendarReported,
)
from tests.workflows.scripted import Script, scripted_workers, until, wish
from tests.workflows.test_appointment import Handle, begin
from tests.workflows.test_appointment_changes import ask
from tests.workflows.test_appointment_life import DAY, LATER, due, progress_of, reminders, slot
from workflows.appointment import AppointmentWorkflow


async def run_of(handle: Handle) -> str | None:
    return (await handle.describe()).run_id


async def handed_over(client: Client, handle: Handle, run_id: str | None) -> Handle:
    """Names the workflow's latest run, once that is another one."""
    async with asyncio.timeout(20):
        while await run_of(handle) == run_id:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.02)
    return client.get_workflow_handle_for(AppointmentWorkflow.run, handle.id)


async def test_a_long_life_goes_on_in_the_next_run_where_it_was(temporal_client: Client) -> None:
    start = wish(changes_a_run=1)
    new = start.start_at + DAY
    script = Script({"life.plan": [due(m1440=DAY), due(m120=LATER, m1440=DAY)]})
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, start)
        run_id = await run_of(handle)
        move = Reschedule(start_at=new)
        moved = await handle.execute_update(AppointmentWorkflow.reschedule, move, id="move")
        before = await progress_of(handle)
        handle = await handed_over(temporal_client, handle, run_id)
        assert await progress_of(handle) == before
        # The engine no longer knows the update, the appointment does.
        again = await handle.execute_update(AppointmentWorkflow.reschedule, move, id="move")
        assert again == moved == ChangeResult(outcome="rescheduled")
        assert await handle.execute_update(AppointmentWorkflow.book) == first
        await until(lambda: len(reminders(script)) == 1)
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        result = await handle.result()
    assert (before.sequence, before.start_at, before.reminders) == (1, new, (120, 1440))
    assert reminders(script) == [(120, "email", 1)]
    assert (result.status, result.sequence) == ("cancelled", 2)
    assert len(script.requests("slots.reserve")) == 2
    assert script.requests("calendar.cancel")[0].booking_id == 8


async def test_a_report_that_an_earlier_run_has_followed_is_known(temporal_client: Client) -> None:
    start = wish(changes_a_run=1)
    new = start.start_at + DAY
    moved = CalendarFollowed(outcome="moved", slot=slot(new, revision=1), booking_id=9)
    other = CalendarFollowed(outcome="cancelled")
    script = Script({"life.follow_calendar": [moved, other]})
    report = CalendarReported(kind="rescheduled", event_id=uuid4(), booking_id=9, start_at=new)
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        run_id = await run_of(handle)
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        handle = await handed_over(temporal_client, handle, run_id)
        later = CalendarReported(kind="cancelled", event_id=uuid4(), booking_id=9)
        for repeated in (report, later):
            await handle.signal(AppointmentWorkflow.calendar_reported, repeated)
        assert (await handle.result()).status == "cancelled"
    followed = [r.report.event_id for r in script.requests("life.follow_calendar")]
    assert followed == [report.event_id, later.event_id]


async def test_no_run_hands_over_while_something_is_under_way(temporal_client: Client) -> None:
    start = wish(changes_a_run=1)
    gate = asyncio.Event()
    script = Script(gates={"calendar.move": gate})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        run_id = await run_of(handle)
        moving = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        await until(lambda: "calendar.move" in script.begun)
        report = CalendarReported(kind="created", event_id=uuid4())
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        await progress_of(handle)
        assert await run_of(handle) == run_id
        gate.set()
        assert (await moving.result()).outcome == "rescheduled"
        latest = await handed_over(temporal_client, handle, run_id)
        assert (await progress_of(latest)).start_at == start.start_at + DAY
        await latest.terminate()

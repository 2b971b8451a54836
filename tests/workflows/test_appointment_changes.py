"""Changes while Cal.com is being asked: nobody waits for it, and nothing is left behind there."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowUpdateHandle, WorkflowUpdateStage

from contracts.appointments import (
    CalendarAnswered,
    CalendarRefused,
    Cancel,
    ChangeResult,
    FirstOutcome,
    OffersFound,
    Reschedule,
    SlotRefused,
    SlotReserved,
)
from contracts.names import TaskQueue
from domain.ids import appointment_workflow_id
from tests.workflows.scripted import Script, booked, held, scripted_workers, until, wish
from tests.workflows.test_appointment import Handle, begin, refused
from workflows.appointment import AppointmentWorkflow

DAY = timedelta(days=1)


def told(script: Script) -> list[tuple[str, str, int]]:
    requests = script.requests("notify.appointment")
    return [(request.kind, request.audience, request.sequence) for request in requests]


async def ask(handle: Handle, request: Reschedule | Cancel) -> WorkflowUpdateHandle[ChangeResult]:
    """Accepted, and not waited for."""
    stage = WorkflowUpdateStage.ACCEPTED
    if isinstance(request, Cancel):
        return await handle.start_update(AppointmentWorkflow.cancel, request, wait_for_stage=stage)
    return await handle.start_update(AppointmentWorkflow.reschedule, request, wait_for_stage=stage)


async def is_held_at(handle: Handle, start_at: datetime) -> None:
    async with asyncio.timeout(20):
        while True:
            progress = await handle.query(AppointmentWorkflow.progress)
            if (progress.status, progress.start_at) == ("held", start_at):
                return
            await asyncio.sleep(0.02)


def gated(step: str, **answers: list[object]) -> tuple[Script, asyncio.Event]:
    """A script in which Cal.com takes as long as the test likes."""
    gate = asyncio.Event()
    named = {name.replace("__", "."): answer for name, answer in answers.items()}
    return Script(named, gates={step: gate}), gate


# --- cancelling what is only held -------------------------------------------------------------


async def test_a_hold_is_cancelled_at_once_and_what_calcom_then_books_is_taken_back(
    temporal_client: Client,
) -> None:
    script, gate = gated("calendar.book")
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish(patience_s=0.1))
        assert first.outcome == "reserved"
        await until(lambda: "calendar.book" in script.begun)
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        assert cancelled.outcome == "cancelled"
        assert "calendar.book" not in script.names()  # it still has not answered
        gate.set()
        result = await handle.result()
    assert result.status == "cancelled"
    assert script.requests("slots.release")[0].status == "cancelled"
    assert script.requests("calendar.cancel")[0].booking_id == 7
    assert "slots.confirm" not in script.names()
    assert told(script) == [("reservation", "customer", 0), ("cancellation", "customer", 1)]


async def test_a_hold_whose_request_waits_for_its_next_try_is_cancelled_and_withdrawn(
    temporal_client: Client,
) -> None:
    script = Script({"calendar.book": [RuntimeError("down")]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish(patience_s=0.1))
        await until(lambda: len(script.requests("calendar.book")) >= 2)
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        assert cancelled.outcome == "cancelled"
        await handle.result()
    assert script.requests("calendar.withdraw")[0].revision == 0
    assert "calendar.cancel" not in script.names()


async def test_who_waits_for_the_first_word_hears_of_the_cancellation(
    temporal_client: Client,
) -> None:
    script, gate = gated("calendar.book")
    start = wish()
    async with scripted_workers(temporal_client, script):
        handle = await temporal_client.start_workflow(
            AppointmentWorkflow.run,
            start,
            id=appointment_workflow_id(start.appointment_id),
            task_queue=TaskQueue.CALLS,
        )
        waiting = await handle.start_update(
            AppointmentWorkflow.book, wait_for_stage=WorkflowUpdateStage.ACCEPTED
        )
        await until(lambda: "calendar.book" in script.begun)
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        first: FirstOutcome = await waiting.result()
        gate.set()
        await handle.result()
    assert (first.outcome, first.reason) == ("refused", "cancelled")


async def test_what_nobody_was_told_of_is_taken_back_by_the_engine_in_silence(
    temporal_client: Client,
) -> None:
    script, gate = gated("calendar.book")
    start = wish()
    async with scripted_workers(temporal_client, script):
        handle = await temporal_client.start_workflow(
            AppointmentWorkflow.run,
            start,
            id=appointment_workflow_id(start.appointment_id),
            task_queue=TaskQueue.CALLS,
        )
        await until(lambda: "calendar.book" in script.begun)
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel(by="engine"))
        gate.set()
        await handle.result()
    assert told(script) == []


async def test_no_limit_applies_to_a_hold(temporal_client: Client) -> None:
    script, gate = gated("calendar.book")
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish(patience_s=0.1))
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        gate.set()
        await handle.result()
    assert "slots.check_change" not in script.names()


# --- cancelling while it is being moved -------------------------------------------------------


async def test_a_move_on_its_way_is_cancelled_at_once_with_both_bookings(
    temporal_client: Client,
) -> None:
    script, gate = gated("calendar.move")
    start = wish()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        moving = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        await until(lambda: "calendar.move" in script.begun)
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        moved = await moving.result()
        assert "calendar.move" not in script.names()
        gate.set()
        await handle.result()
    assert cancelled.outcome == "cancelled"
    assert (moved.outcome, moved.reason) == ("refused", "is_cancelled")
    assert [r.booking_id for r in script.requests("calendar.cancel")] == [8, 7]
    assert len(script.requests("slots.confirm")) == 1


async def test_a_second_move_waits_for_the_first(temporal_client: Client) -> None:
    script, gate = gated("calendar.move")
    start = wish()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        first = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        await until(lambda: "calendar.move" in script.begun)
        second = await ask(handle, Reschedule(start_at=start.start_at + 2 * DAY))
        assert len(script.requests("slots.reserve")) == 2
        gate.set()
        assert (await first.result()).outcome == "rescheduled"
        assert (await second.result()).outcome == "rescheduled"
        progress = await handle.query(AppointmentWorkflow.progress)
        await handle.terminate()
    assert progress.start_at == start.start_at + 2 * DAY
    assert [r.revision for r in script.requests("calendar.move")] == [1, 2]


# --- moving what is only held -----------------------------------------------------------------


async def test_a_hold_is_moved_and_only_its_new_time_is_booked(temporal_client: Client) -> None:
    script, gate = gated("calendar.book", calendar__book=[booked(1), booked(2)])
    start = wish(patience_s=0.1)
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, start)
        assert first.outcome == "reserved"
        await until(lambda: "calendar.book" in script.begun)
        moving = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        await is_held_at(handle, start.start_at + DAY)
        # What is on its way may be booked still, and would be in the new one's way.
        assert script.begun.count("calendar.book") == 1
        gate.set()
        assert (await moving.result()).outcome == "rescheduled"
        await until(lambda: len(told(script)) == 4)
        await handle.terminate()
    steps = [name for name in script.names() if name.startswith("calendar.")]
    assert steps == ["calendar.book", "calendar.cancel", "calendar.book"]
    assert script.requests("calendar.cancel")[0].booking_id == 1
    [confirmed] = script.requests("slots.confirm")
    assert (confirmed.revision, confirmed.booking_id) == (1, 2)
    assert script.requests("slots.reserve")[1].replaces
    assert {(kind, sequence) for kind, _, sequence in told(script)} == {
        ("reservation", 0),
        ("reservation", 1),
        ("confirmation", 1),
    }


async def test_a_hold_that_cannot_be_moved_stays_where_it_is(temporal_client: Client) -> None:
    start = wish(patience_s=0.1)
    taken = SlotReserved(answer=SlotRefused(reason="slot_taken", offers=(start.start_at,)))
    script, gate = gated("calendar.book", slots__reserve=[held(start.start_at), taken])
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        request = Reschedule(start_at=start.start_at + DAY)
        moved = await handle.execute_update(AppointmentWorkflow.reschedule, request)
        gate.set()
        await until(lambda: "slots.confirm" in script.names())
        await handle.terminate()
    assert (moved.outcome, moved.reason, moved.offers) == (
        "refused",
        "slot_taken",
        (start.start_at,),
    )
    assert script.requests("slots.confirm")[0].revision == 0


async def test_the_old_time_is_booked_where_calcom_refuses_the_new(
    temporal_client: Client,
) -> None:
    def answer(request: object) -> CalendarAnswered:
        return refused("configuration") if getattr(request, "revision", 0) == 1 else booked(5)

    start = wish(patience_s=0.1)
    script, gate = gated("calendar.book", calendar__book=[answer])
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: "calendar.book" in script.begun)
        moving = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        await is_held_at(handle, start.start_at + DAY)
        gate.set()
        moved = await moving.result()
        await until(lambda: "slots.confirm" in script.names())
        progress = await handle.query(AppointmentWorkflow.progress)
        await handle.terminate()
    assert (moved.outcome, moved.reason) == ("refused", "configuration")
    assert (progress.status, progress.start_at) == ("booked", start.start_at)
    assert [r.start_at for r in script.requests("slots.reserve")] == [
        start.start_at,
        start.start_at + DAY,
        start.start_at,
    ]
    assert script.requests("slots.release")[0].revision == 1
    assert script.requests("slots.confirm")[0].revision == 2


async def test_the_later_of_two_moves_of_a_hold_counts(temporal_client: Client) -> None:
    start = wish(patience_s=0.1)
    script, gate = gated("calendar.book")
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: "calendar.book" in script.begun)
        earlier = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        later = await ask(handle, Reschedule(start_at=start.start_at + 2 * DAY))
        superseded = await earlier.result()
        gate.set()
        assert (await later.result()).outcome == "rescheduled"
        progress = await handle.query(AppointmentWorkflow.progress)
        await handle.terminate()
    assert (superseded.outcome, superseded.reason) == ("refused", "superseded")
    assert progress.start_at == start.start_at + 2 * DAY


async def test_a_moved_hold_may_be_cancelled_too(temporal_client: Client) -> None:
    start = wish(patience_s=0.1)
    script, gate = gated("calendar.book")
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: "calendar.book" in script.begun)
        moving = await ask(handle, Reschedule(start_at=start.start_at + DAY))
        await is_held_at(handle, start.start_at + DAY)
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        moved = await moving.result()
        gate.set()
        await handle.result()
    assert (moved.outcome, moved.reason) == ("refused", "is_cancelled")
    # The first try was on its way; the second was never begun.
    assert len(script.requests("calendar.book")) == len(script.requests("calendar.cancel")) == 1
    assert "slots.confirm" not in script.names()


async def test_a_promise_of_a_moved_hold_that_cannot_be_kept_ends_with_offers(
    temporal_client: Client,
) -> None:
    start = wish(patience_s=0.1)
    gone = SlotReserved(answer=SlotRefused(reason="slot_taken"))
    new = start.start_at + DAY
    script, gate = gated(
        "calendar.book",
        slots__reserve=[held(start.start_at), held(new, revision=1), gone],
        calendar__book=[CalendarAnswered(answer=CalendarRefused(cause="time_policy", message=""))],
        slots__find_offers=[OffersFound(offers=(new,))],
    )
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: "calendar.book" in script.begun)
        moving = await ask(handle, Reschedule(start_at=new))
        await is_held_at(handle, new)
        gate.set()
        moved = await moving.result()
        result = await handle.result()
    assert result.status == "failed"
    assert (moved.outcome, moved.reason) == ("refused", "time_policy")
    assert {kind for kind, _, _ in told(script)} == {"reservation", "apology"}


async def test_a_cancellation_does_not_wait_for_the_mail_server(temporal_client: Client) -> None:
    script, gate = gated("notify.appointment")
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await until(lambda: "notify.appointment" in script.begun)
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        assert cancelled.outcome == "cancelled"
        assert "notify.appointment" not in script.names()
        gate.set()
        await handle.result()
    assert len(told(script)) == 4


async def test_a_move_to_another_person_that_is_cancelled_leaves_neither_booking(
    temporal_client: Client,
) -> None:
    start, other = wish(), uuid4()
    new = start.start_at + DAY
    script = Script(
        {
            "slots.reserve": [held(start.start_at), held(new, staff_id=other, revision=1)],
            "calendar.book": [booked(1), RuntimeError("down")],
        }
    )
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        moving = await ask(handle, Reschedule(start_at=new, staff_id=other))
        await until(lambda: len(script.requests("calendar.book")) >= 2)
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        assert (await moving.result()).reason == "is_cancelled"
        await handle.result()
    assert script.requests("calendar.withdraw")[0].revision == 1
    assert [r.booking_id for r in script.requests("calendar.cancel")] == [1]

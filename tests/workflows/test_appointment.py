"""The saga of one appointment under every answer that Cal.com can give."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from contracts.appointments import (
    AppointmentProgress,
    AppointmentStart,
    CalendarAnswered,
    CalendarRefused,
    Cancel,
    ChangeChecked,
    FirstOutcome,
    OffersFound,
    Reschedule,
    SlotRefused,
    SlotReserved,
)
from contracts.names import TaskQueue
from domain.ids import appointment_workflow_id
from tests.workflows.scripted import Script, booked, held, scripted_workers, until, wish
from workflows.appointment import AppointmentWorkflow

Handle = WorkflowHandle[AppointmentWorkflow, AppointmentProgress]


async def begin(client: Client, start: AppointmentStart) -> tuple[Handle, FirstOutcome]:
    """As REST does it: the update comes with the start, so it is heard before anything ends."""
    operation = WithStartWorkflowOperation(
        AppointmentWorkflow.run,
        start,
        id=appointment_workflow_id(start.appointment_id),
        task_queue=TaskQueue.CALLS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    first = await client.execute_update_with_start_workflow(
        AppointmentWorkflow.book, start_workflow_operation=operation
    )
    return await operation.workflow_handle(), first


def refused(cause: str) -> CalendarAnswered:
    return CalendarAnswered(answer=CalendarRefused(cause=cause, message="no"))


async def test_a_free_slot_is_reserved_booked_confirmed_and_told(temporal_client: Client) -> None:
    script = Script()
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish())
        assert first.outcome == "booked"
        await until(lambda: len(script.requests("notify.appointment")) == 2)
        await until(lambda: [look.revision for look in script.looked] == [0])
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        assert cancelled.outcome == "cancelled"
        await handle.result()
    assert script.names() == [
        "slots.reserve",
        "calendar.book",
        "slots.confirm",
        "life.plan",
        "notify.appointment",
        "notify.appointment",
        "slots.check_change",
        "calendar.cancel",
        "slots.release",
        "notify.appointment",
        "notify.appointment",
    ]


async def test_a_taken_slot_is_refused_with_offers_and_nothing_is_asked_of_the_calendar(
    temporal_client: Client,
) -> None:
    offer = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
    taken = SlotReserved(answer=SlotRefused(reason="slot_taken", offers=(offer,)))
    script = Script({"slots.reserve": [taken]})
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish())
        assert (await handle.result()).status == "failed"
    assert (first.outcome, first.reason, first.offers) == ("refused", "slot_taken", (offer,))
    assert "calendar.book" not in script.names()


async def test_a_calendar_silent_until_the_slot_began_is_compensated_and_withdrawn_from(
    temporal_client: Client,
) -> None:
    start = wish(start_at=datetime.now(UTC) + timedelta(seconds=1))
    down = ApplicationError("down", non_retryable=True)  # as the engine's deadline ends the tries
    script = Script({"calendar.book": [down]})
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, start)
        await handle.result()
    assert (first.outcome, first.reason) == ("refused", "calendar_down")
    assert "calendar.withdraw" in script.names()
    assert script.requests("slots.release")[0].status == "failed"


async def test_the_next_member_of_staff_is_asked_when_the_calendar_refuses_one(
    temporal_client: Client,
) -> None:
    start, other = wish(), uuid4()
    script = Script(
        {
            "slots.reserve": [
                held(start.start_at, revision=0),
                held(start.start_at, staff_id=other, revision=1),
            ],
            "calendar.book": [refused("slot_gone"), booked(5)],
        }
    )
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, start)
        assert first.outcome == "booked"
        await handle.terminate()
    first, second = script.requests("slots.reserve")
    assert first.exclude_staff_ids == ()
    assert len(second.exclude_staff_ids) == 1
    assert script.requests("slots.confirm")[0].revision == 1


async def test_a_hold_lost_before_it_was_confirmed_takes_its_booking_back(
    temporal_client: Client,
) -> None:
    lost = ApplicationError("lost", type="reservation_lost", non_retryable=True)
    script = Script({"slots.confirm": [lost], "calendar.book": [booked(9)]})
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish())
        await handle.result()
    assert (first.outcome, first.reason) == ("refused", "slot_taken")
    assert script.requests("calendar.cancel")[0].booking_id == 9
    assert script.requests("slots.release")[0].status == "failed"


@pytest.mark.parametrize("cause", ["configuration", "caller_data", "time_policy"])
async def test_a_refusal_that_no_other_person_can_mend_is_compensated_at_once(
    temporal_client: Client, cause: str
) -> None:
    offer = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
    script = Script(
        {
            "calendar.book": [refused(cause)],
            "slots.find_offers": [OffersFound(offers=(offer,))],
        }
    )
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish(retell_call_id="call_x"))
        await handle.result()
    assert (first.outcome, first.reason, first.offers) == ("refused", cause, (offer,))
    assert script.requests("slots.release")[0].status == "failed"
    assert script.requests("notify.appointment")[0].kind == "apology"


async def test_a_silent_calendar_makes_the_first_word_reserved_and_the_last_booked(
    temporal_client: Client,
) -> None:
    tries = [RuntimeError("down"), RuntimeError("down"), booked(3)]
    script = Script({"calendar.book": tries})
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish(patience_s=0.2))
        assert first.outcome == "reserved"
        await until(lambda: "slots.confirm" in script.names())
        assert (await handle.execute_update(AppointmentWorkflow.book)).outcome == "booked"
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        assert cancelled.outcome == "cancelled"
        await handle.result()
    kinds = [request.kind for request in script.requests("notify.appointment")]
    assert kinds.count("reservation") == 1
    assert kinds.count("confirmation") == 2


async def test_a_promise_that_cannot_be_kept_is_taken_back_at_both_ends(
    temporal_client: Client,
) -> None:
    tries = [RuntimeError("down"), refused("configuration")]
    script = Script({"calendar.book": tries})
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish(patience_s=0.2))
        assert first.outcome == "reserved"
        await handle.result()
    told = [(r.kind, r.audience) for r in script.requests("notify.appointment")]
    assert told[0] == ("reservation", "customer")
    assert sorted(told[1:]) == [("apology", "branch"), ("apology", "customer")]


async def test_a_move_keeps_the_old_slot_until_the_calendar_has_moved(
    temporal_client: Client,
) -> None:
    start = wish()
    new_start = start.start_at + timedelta(days=1)
    script = Script()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        moved = await handle.execute_update(
            AppointmentWorkflow.reschedule, Reschedule(start_at=new_start)
        )
        progress = await handle.query(AppointmentWorkflow.progress)
        await handle.terminate()
    assert moved.outcome == "rescheduled"
    assert progress.start_at == new_start
    assert progress.sequence == 1
    assert "slots.release" not in script.names()
    assert script.names().index("calendar.move") < script.names().index("slots.confirm", 4)


@pytest.mark.parametrize(
    ("cause", "reason"), [("configuration", "configuration"), ("slot_gone", "slot_taken")]
)
async def test_a_move_that_the_calendar_refuses_leaves_the_old_time_standing(
    temporal_client: Client, cause: str, reason: str
) -> None:
    start = wish()
    script = Script({"calendar.move": [refused(cause)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        request = Reschedule(start_at=start.start_at + timedelta(days=1))
        moved = await handle.execute_update(AppointmentWorkflow.reschedule, request)
        progress = await handle.query(AppointmentWorkflow.progress)
        await handle.terminate()
    assert (moved.outcome, moved.reason) == ("refused", reason)
    assert progress.start_at == start.start_at
    assert script.requests("slots.release")[0].revision == 1


async def test_a_move_to_other_staff_cancels_the_booking_left_behind(
    temporal_client: Client,
) -> None:
    start, other = wish(), uuid4()
    new_start = start.start_at + timedelta(days=1)
    script = Script(
        {
            "slots.reserve": [
                held(start.start_at),
                held(new_start, staff_id=other, revision=1),
            ],
            "calendar.book": [booked(1), booked(2)],
        }
    )
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        request = Reschedule(start_at=new_start, staff_id=other)
        moved = await handle.execute_update(AppointmentWorkflow.reschedule, request)
        await until(lambda: "calendar.cancel" in script.names())
        await handle.terminate()
    assert moved.outcome == "rescheduled"
    assert script.requests("calendar.cancel")[0].booking_id == 1
    assert "calendar.move" not in script.names()


async def test_a_change_after_the_limit_is_refused_and_changes_nothing(
    temporal_client: Client,
) -> None:
    late = ChangeChecked(allowed=False, reason="cancel_limit")
    script = Script({"slots.check_change": [late]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        result = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        await handle.terminate()
    assert (result.outcome, result.reason) == ("refused", "cancel_limit")
    assert "calendar.cancel" not in script.names()


async def test_a_move_into_the_past_is_refused_before_it_is_written_down(
    temporal_client: Client,
) -> None:
    script = Script()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        past = Reschedule(start_at=datetime.now(UTC) - timedelta(hours=1))
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update(AppointmentWorkflow.reschedule, past)
        await handle.terminate()
    assert len(script.requests("slots.reserve")) == 1


async def test_the_same_update_id_cancels_once(temporal_client: Client) -> None:
    script = Script()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        for _ in range(3):
            result = await handle.execute_update(AppointmentWorkflow.cancel, Cancel(), id="once")
            assert result.outcome == "cancelled"
        await handle.result()
    assert script.names().count("calendar.cancel") == 1

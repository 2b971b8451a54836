"""A running call and what its agent asks: answered once, whatever breaks, at the right door."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts.calls import CallReported, CallStart
from contracts.functions import (
    Answered,
    CalendarWanted,
    FunctionAnswer,
    FunctionAsked,
    FunctionTaken,
    TakeFunction,
)
from contracts.names import TaskQueue
from domain.ids import call_workflow_id
from tests.workflows.conversing import START, Phone, hold, says, script
from tests.workflows.scripted import BRANCH, STAFF, recorded, scripted_workers, until
from workflows.call import CallWorkflow


async def test_a_function_may_be_the_first_that_is_heard_of_a_call(temporal_client: Client) -> None:
    told = script(functions__take=[says("info")])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        answer = await phone.ask("opening_hours")
        assert (answer.status, answer.replayed) == ("info", False)
        await phone.hang_up()
    opened = told.requests("calls.record_events")[0]
    assert opened.event_ids == (told.requests("functions.take")[0].asked.event_id,)


async def test_a_question_after_a_mere_ring_tells_when_the_call_began(
    temporal_client: Client,
) -> None:
    """`call_started` is late: "tomorrow" would be read at the time of the ring's arrival."""
    told = script(functions__take=[says("info")])
    told.answers["calls.record_events"] = [
        recorded(begun=False, ended=False, analyzed=False),
        recorded(ended=False, analyzed=False),
        recorded(),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        rang = CallReported(event_id=uuid4(), kind="call_inbound")
        await temporal_client.start_workflow(
            CallWorkflow.run,
            CallStart(retell_call_id=phone.call_id),
            id=call_workflow_id(phone.call_id),
            task_queue=TaskQueue.CALLS,
            start_signal="call_reported",
            start_signal_args=[rang],
        )
        await until(lambda: "calls.record_events" in told.names())
        for digest in "ab":
            assert (await phone.ask("opening_hours", digest)).status == "info"
        await phone.hang_up()
    rung, asked, _ended = told.requests("calls.record_events")
    first, _second = told.requests("functions.take")
    assert (rung.event_ids, asked.event_ids) == ((rang.event_id,), (first.asked.event_id,))
    names = told.names()
    assert names.index("functions.take") > names.index("calls.record_events") + 1


async def test_a_question_asked_twice_at_once_is_answered_once(temporal_client: Client) -> None:
    told = script(functions__take=[says("held", holding=hold())])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        both = await asyncio.gather(
            phone.ask("check_availability"), phone.ask("check_availability")
        )
        third = await phone.ask("check_availability")
        await phone.hang_up()
    assert told.names().count("functions.take") == 1
    assert sorted(answer.replayed for answer in both) == [False, True]
    assert third.replayed
    assert {answer.message for answer in (*both, third)} == {"held."}


async def test_a_question_about_something_else_is_asked(temporal_client: Client) -> None:
    told = script(
        functions__take=[says("held", holding=hold(1)), says("held", holding=hold(2)), says("info")]
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        await phone.ask("check_availability", "friday")
        await phone.ask("check_availability", "monday")
        again = await phone.ask("check_availability", "friday")
        await phone.hang_up()
    takes = told.requests("functions.take")
    assert takes[1].conversation.hold.number == 1
    assert [h.number for h in takes[2].conversation.earlier] == [1]
    assert takes[2].conversation.next_number == 3
    assert not again.replayed  # its hold had moved on to monday


async def test_what_breaks_is_answered_and_the_next_question_is_too(
    temporal_client: Client,
) -> None:
    bug = ApplicationError("a bug", non_retryable=True)
    told = script(functions__take=[bug, says("info")])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        assert (await phone.ask("check_availability")).status == "failed"
        assert (await phone.ask("opening_hours")).status == "info"
        await phone.hang_up()


async def test_a_question_at_the_wrong_door_is_refused_before_it_is_written_down(
    temporal_client: Client,
) -> None:
    told = script(functions__take=[says("info")])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        await phone.ask("opening_hours")
        before = (await phone.handle().describe()).history_length
        asked = FunctionAsked(
            event_id=uuid4(), name="opening_hours", digest="", asked_at=datetime.now(UTC)
        )
        with pytest.raises(WorkflowUpdateFailedError):
            await phone.handle().execute_update("opening_hours", asked)
        assert (await phone.handle().describe()).history_length == before
        await phone.hang_up()


async def test_an_unknown_number_is_answered_without_a_step(temporal_client: Client) -> None:
    told = script()
    told.answers["calls.record_events"] = [
        recorded(routed=False, branch_id=None, ended=False, analyzed=False),
        recorded(routed=False, branch_id=None),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        assert (await phone.ask("check_availability")).status == "failed"
        assert (await phone.hang_up()).outcome == "none"
    assert "functions.take" not in told.names()


async def test_cal_coms_free_times_are_fetched_once_and_the_question_is_taken_again(
    temporal_client: Client,
) -> None:
    wanted = CalendarWanted(
        branch_id=BRANCH,
        service_ids=(uuid4(),),
        staff_ids=(STAFF,),
        from_day=START.date(),
        to_day=START.date(),
    )
    told = script(functions__take=[FunctionTaken(result=wanted), says("held", holding=hold())])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("check_availability")).status == "held"
        await phone.hang_up()
    (fetched,) = told.requests("availability.fetch")
    assert (fetched.staff_ids, fetched.waiting) == ((STAFF,), "in_call")
    asked = [request.conversation.calendar_asked for request in told.requests("functions.take")]
    assert asked == [False, True]


async def test_a_code_that_is_asked_for_goes_out_by_sms(temporal_client: Client) -> None:
    def asks_for_code(request: TakeFunction) -> FunctionTaken:
        answer = FunctionAnswer(
            event_id=request.asked.event_id,
            status="verify",
            message="Bitte lesen Sie ihn mir vor.",
            fields={"by": "code", "method": "sms_code"},
        )
        return FunctionTaken(result=Answered(answer=answer))

    told = script(functions__take=[asks_for_code, says("verify")])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        assert (await phone.ask("find_appointments")).status == "verify"
        assert (await phone.ask("cancel_appointment")).status == "verify"
        await phone.hang_up()
    assert [request.retell_call_id for request in told.requests("notify.code")] == [phone.call_id]

"""A running call and what its agent asks: answered once, held, promised, told what came of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

from contracts.appointments import AppointmentStart, CalendarAnswered, CalendarRefused
from contracts.calls import AppointmentChanged, CallReported, CallSettled, CallStart
from contracts.functions import (
    Answered,
    AnswerStatus,
    CalendarWanted,
    ChangeWanted,
    ConcludeBooking,
    ConcludeChange,
    FunctionAnswer,
    FunctionAsked,
    FunctionName,
    FunctionTaken,
    HeldPart,
    Hold,
    Promised,
    TakeFunction,
)
from contracts.names import TaskQueue
from domain.ids import call_workflow_id
from tests.workflows.scripted import (
    BRANCH,
    COMPANY,
    STAFF,
    Script,
    booked,
    recorded,
    scripted_workers,
)
from workflows.call import CallWorkflow

START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def hold(number: int = 1, *, lives_s: float = 300, parts: int = 1) -> Hold:
    return Hold(
        number=number,
        hold_id=f"hold_{number}_abc",
        branch_id=BRANCH,
        parts=tuple(
            HeldPart(
                appointment_id=uuid4(),
                service_id=uuid4(),
                staff_id=STAFF,
                start_at=START,
                end_at=START + timedelta(minutes=30),
            )
            for _ in range(parts)
        ),
        start_at=START,
        expires_at=datetime.now(UTC) + timedelta(seconds=lives_s),
        summary="Herrenhaarschnitt, Mitte",
    )


def says(
    status: AnswerStatus, *, holding: Hold | None = None, **more: Any
) -> Callable[[TakeFunction | ConcludeBooking | ConcludeChange], Any]:
    def answered(request: TakeFunction | ConcludeBooking | ConcludeChange) -> Any:
        answer = FunctionAnswer(
            event_id=request.asked.event_id, status=status, message=f"{status}."
        )
        result = Answered(answer=answer, hold=holding, **more)
        return FunctionTaken(result=result) if isinstance(request, TakeFunction) else result

    return answered


def promises(held: Hold) -> FunctionTaken:
    starts = tuple(
        AppointmentStart(
            appointment_id=part.appointment_id,
            company_id=COMPANY,
            branch_id=BRANCH,
            service_id=part.service_id,
            staff_id=part.staff_id,
            customer_id=uuid4(),
            start_at=datetime.now(UTC) + timedelta(days=3),
            retell_call_id="call_x",
            summary=held.summary,
        )
        for part in held.parts
    )
    return FunctionTaken(result=Promised(hold=held, starts=starts))


class Phone:
    """One call, as the API's doors reach its workflow."""

    def __init__(self, client: Client, **waits: float) -> None:
        self.client = client
        self.call_id = f"call_{uuid4().hex}"
        self.waits = waits

    async def ask(
        self, name: FunctionName, digest: str = "a", *, update_id: str | None = None
    ) -> FunctionAnswer:
        operation = WithStartWorkflowOperation(
            CallWorkflow.run,
            CallStart(retell_call_id=self.call_id, **self.waits),
            id=call_workflow_id(self.call_id),
            task_queue=TaskQueue.CALLS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        asked = FunctionAsked(
            event_id=uuid4(), name=name, digest=digest, asked_at=datetime.now(UTC)
        )
        answer: FunctionAnswer = await self.client.execute_update_with_start_workflow(
            name,
            asked,
            start_workflow_operation=operation,
            id=update_id or str(uuid4()),
            result_type=FunctionAnswer,
        )
        return answer

    async def hang_up(self) -> CallSettled:
        handle = self.handle()
        await handle.signal("call_reported", CallReported(event_id=uuid4(), kind="call_ended"))
        settled: CallSettled = await handle.result()
        return settled

    def handle(self) -> WorkflowHandle[Any, CallSettled]:
        return self.client.get_workflow_handle(
            call_workflow_id(self.call_id), result_type=CallSettled
        )


def on_the_line() -> list[Any]:
    """The call runs until its second event, which is its end."""
    return [recorded(ended=False, analyzed=False), recorded()]


def script(**answers: list[Any]) -> Script:
    named = {name.replace("__", "."): answer for name, answer in answers.items()}
    return Script({"calls.record_events": on_the_line(), **named})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the steps run in workers; there is no event
            await asyncio.sleep(0.02)


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


async def test_a_hold_is_let_go_when_its_time_is_up_and_then_asked_anew(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[says("held", holding=hold(1, lives_s=0.6)), says("held", holding=hold(2))]
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        await phone.ask("check_availability")
        await until(lambda: "functions.release" in told.names())
        again = await phone.ask("check_availability")
        await phone.hang_up()
    assert not again.replayed
    assert [r.reason for r in told.requests("functions.release")] == ["expired", "call_ended"]


async def test_hanging_up_lets_the_hold_go_before_the_analysis_comes(
    temporal_client: Client,
) -> None:
    told = script(functions__take=[says("held", holding=hold())])
    told.answers["calls.record_events"] = [
        recorded(ended=False, analyzed=False),
        recorded(ended=True, analyzed=False),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, analysis_wait_s=60)
        await phone.ask("check_availability")
        await phone.handle().signal(
            "call_reported", CallReported(event_id=uuid4(), kind="call_ended")
        )
        await until(lambda: "functions.release" in told.names())
        assert "calls.plan" not in told.names()
        await phone.handle().terminate()
    assert told.requests("functions.release")[0].reason == "call_ended"


async def test_booked_is_said_when_cal_com_has_confirmed(temporal_client: Client) -> None:
    held = hold()
    told = script(functions__take=[promises(held)], functions__conclude_booking=[says("booked")])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        first = await phone.ask("book_appointment")
        second = await phone.ask("book_appointment")
        settled = await phone.hang_up()
    assert (first.status, second.status, second.replayed) == ("booked", "booked", True)
    assert told.requests("functions.conclude_booking")[0].outcomes[0].outcome == "booked"
    assert told.names().count("calendar.book") == 1
    assert told.requests("calls.plan")[0].engine_outcome == "booked"
    assert held.parts[0].appointment_id in told.requests("calls.settle")[0].appointment_ids
    assert settled.outcome == "info"  # as the scripted plan says


async def test_reserved_is_said_while_cal_com_is_silent_and_the_running_call_hears_the_rest(
    temporal_client: Client,
) -> None:
    held = hold()
    told = script(
        functions__take=[promises(held)],
        functions__conclude_booking=[says("reserved"), says("booked")],
    )
    told.answers["calendar.book"] = [ApplicationError("503"), booked()]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        first = await phone.ask("book_appointment")
        await until(lambda: "calls.tell_live" in told.names())
        again = await phone.ask("book_appointment")
        await phone.hang_up()
    assert first.status == "reserved"
    assert told.requests("functions.conclude_booking")[0].outcomes[0].outcome is None
    assert told.requests("calls.tell_live")[0].outcome == "booked"
    assert (again.status, again.replayed) == ("booked", True)
    assert told.names().count("functions.take") == 1


async def test_a_promise_that_cannot_be_kept_becomes_an_apology_and_a_callback(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[promises(hold())], functions__conclude_booking=[says("reserved")]
    )
    told.answers["calendar.book"] = [
        ApplicationError("503"),
        CalendarAnswered(answer=CalendarRefused(cause="time_policy", message="too far")),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        assert (await phone.ask("book_appointment")).status == "reserved"
        settled = await phone.hang_up()
    apologies = [n for n in told.requests("notify.appointment") if n.kind == "apology"]
    assert sorted((n.audience, n.channel) for n in apologies) == [
        ("branch", "email"),
        ("customer", "email"),
        ("customer", "sms"),
    ]
    assert settled.outcome == "callback"
    assert told.requests("calls.settle")[0].reason == "time_policy"


async def test_a_visit_is_kept_whole_or_not_at_all(temporal_client: Client) -> None:
    held = hold(parts=2)
    told = script(functions__take=[promises(held)], functions__conclude_booking=[says("slot_lost")])

    def of_part(request: Any) -> CalendarAnswered:
        if request.appointment_id == held.parts[0].appointment_id:
            return booked()
        return CalendarAnswered(answer=CalendarRefused(cause="time_policy", message="no"))

    told.answers["calendar.book"] = [of_part]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("book_appointment")).status == "slot_lost"
        await phone.hang_up()
    (back,) = told.requests("appointments.change")
    assert (back.appointment_id, back.action, back.by) == (
        held.parts[0].appointment_id,
        "cancel",
        "engine",
    )


def wants_to_cancel(appointment_id: UUID) -> FunctionTaken:
    return FunctionTaken(
        result=ChangeWanted(appointment_id=appointment_id, action="cancel", summary="Friday")
    )


async def test_a_cancellation_is_said_when_the_appointment_has_agreed(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("cancelled")]
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("cancel_appointment")).status == "cancelled"
        await phone.hang_up()
    assert told.requests("functions.conclude_change")[0].outcome == "cancelled"
    assert told.requests("calls.plan")[0].engine_outcome == "cancelled"


async def test_a_slow_change_is_pending_and_its_refusal_becomes_a_callback(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("pending")]
    )
    told.answers["appointments.change"] = [
        ApplicationError("busy"),
        AppointmentChanged(outcome="refused", reason="calendar_kept_it"),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        assert (await phone.ask("cancel_appointment")).status == "pending"
        settled = await phone.hang_up()
    assert settled.outcome == "callback"
    assert told.requests("calls.settle")[0].reason == "calendar_kept_it"


@pytest.mark.parametrize(
    ("came", "status"),
    [
        (AppointmentChanged(outcome="cancelled"), "cancelled"),
        (AppointmentChanged(outcome="refused", reason="slot_taken"), "alternatives"),
    ],
)
async def test_pending_and_asked_again_is_told_what_came_of_it(
    temporal_client: Client, came: AppointmentChanged, status: AnswerStatus
) -> None:
    """A cancelled appointment is not found any more: asked anew, its owner would be a stranger."""
    told = script(
        functions__take=[wants_to_cancel(uuid4())],
        functions__conclude_change=[says("pending"), says(status)],
        appointments__change=[ApplicationError("busy"), came],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        assert (await phone.ask("cancel_appointment")).status == "pending"
        await until(lambda: len(told.requests("appointments.change")) == 2)
        answers = [await phone.ask("cancel_appointment") for _ in range(2)]
        await phone.hang_up()
    assert [(one.status, one.replayed) for one in answers] == [(status, True), (status, True)]
    assert len(told.requests("functions.take")) == 1
    outcomes = [request.outcome for request in told.requests("functions.conclude_change")]
    assert outcomes == [None, came.outcome]


async def told_after_a_slow_change(client: Client, last: Any, **scripted: Any) -> Script:
    """A change that was answered `pending`, whatever it comes to."""
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("pending")]
    )
    told.answers |= {"appointments.change": [ApplicationError("busy"), last], **scripted}
    async with scripted_workers(client, told):
        phone = Phone(client, answer_wait_s=0.2)
        assert (await phone.ask("cancel_appointment")).status == "pending"
        await phone.hang_up()
    return told


async def test_who_was_told_pending_hears_by_message_that_the_old_appointment_stands(
    temporal_client: Client,
) -> None:
    refused = AppointmentChanged(outcome="refused", reason="slot_taken")
    told = await told_after_a_slow_change(temporal_client, refused)
    messages = told.requests("notify.appointment")
    change = told.requests("appointments.change")[0]
    assert sorted(message.channel for message in messages) == ["email", "sms"]
    for message in messages:
        assert (message.kind, message.audience) == ("unchanged", "customer")
        assert message.appointment_id == change.appointment_id
        assert message.asked_by == change.asked_by


@pytest.mark.parametrize(
    "last",
    [
        AppointmentChanged(outcome="cancelled"),
        AppointmentChanged(outcome="refused", reason="superseded"),
        ApplicationError("nobody answers", non_retryable=True),
    ],
)
async def test_nobody_is_told_that_it_stands_where_that_is_not_known(
    temporal_client: Client, last: Any
) -> None:
    told = await told_after_a_slow_change(temporal_client, last)
    assert told.requests("notify.appointment") == []


async def test_a_refusal_in_time_is_spoken_and_not_written(temporal_client: Client) -> None:
    told = script(
        functions__take=[wants_to_cancel(uuid4())],
        functions__conclude_change=[says("callback")],
        appointments__change=[AppointmentChanged(outcome="refused", reason="calendar_kept_it")],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("cancel_appointment")).status == "callback"
        await phone.hang_up()
    assert told.requests("notify.appointment") == []


async def test_a_mail_server_that_is_away_holds_up_neither_the_settling_nor_the_other_message(
    temporal_client: Client,
) -> None:
    refused = AppointmentChanged(outcome="refused", reason="slot_taken")
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("pending")]
    )
    told.answers["appointments.change"] = [ApplicationError("busy"), refused]
    gate = told.gates["notify.appointment"] = asyncio.Event()
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        await phone.ask("cancel_appointment")
        ended = asyncio.create_task(phone.hang_up())
        await until(lambda: "calls.settle" in told.names())
        await until(lambda: told.begun.count("notify.appointment") == 2)
        assert told.requests("notify.appointment") == []
        gate.set()
        await ended
    assert len(told.requests("notify.appointment")) == 2


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


async def test_what_was_found_is_looked_for_again_once_something_was_cancelled(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[says("found"), wants_to_cancel(uuid4()), says("not_found")],
        functions__conclude_change=[says("cancelled")],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("find_appointments")).status == "found"
        assert (await phone.ask("find_appointments")).replayed
        assert (await phone.ask("cancel_appointment")).status == "cancelled"
        again = await phone.ask("find_appointments")
        repeated = await phone.ask("cancel_appointment")
        await phone.hang_up()
    assert (again.status, again.replayed) == ("not_found", False)
    assert (repeated.status, repeated.replayed) == ("cancelled", True)


async def test_a_hold_that_made_room_for_a_move_is_not_told_again(temporal_client: Client) -> None:
    moved = ChangeWanted(
        appointment_id=uuid4(), action="reschedule", summary="Friday", drops_hold=True
    )
    told = script(
        functions__take=[
            says("held", holding=hold(1)),
            FunctionTaken(result=moved),
            says("held", holding=hold(2)),
        ],
        functions__conclude_change=[says("rescheduled")],
    )
    told.answers["appointments.change"] = [AppointmentChanged(outcome="rescheduled")]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        await phone.ask("check_availability")
        assert (await phone.ask("reschedule_appointment")).status == "rescheduled"
        assert not (await phone.ask("check_availability")).replayed
        await phone.hang_up()


async def test_a_booking_is_looked_up_again_before_it_is_told_again_much_later(
    temporal_client: Client,
) -> None:
    """Another line may have cancelled it meanwhile."""
    held = hold()
    told = script(
        functions__take=[promises(held), promises(held), says("not_found")],
        functions__conclude_booking=[says("booked")],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20, repeat_window_s=0)
        assert not (await phone.ask("book_appointment")).replayed
        again = await phone.ask("book_appointment")
        gone = await phone.ask("book_appointment")
        await phone.hang_up()
    assert (again.status, again.replayed) == ("booked", True)
    assert told.names().count("calendar.book") == 1
    assert (gone.status, gone.replayed) == ("not_found", False)

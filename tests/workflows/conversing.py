"""One call and its agent, as the doors of the API reach its workflow; what the steps answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api.engine import forget
from contracts.appointments import AppointmentStart
from contracts.calls import CallReported, CallSettled, CallStart
from contracts.functions import (
    Answered,
    AnswerStatus,
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
from tests.workflows.scripted import BRANCH, COMPANY, STAFF, Script, recorded
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


def wants_to_cancel(appointment_id: UUID) -> FunctionTaken:
    return FunctionTaken(
        result=ChangeWanted(appointment_id=appointment_id, action="cancel", summary="Friday")
    )


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
        try:
            answer: FunctionAnswer = await self.client.execute_update_with_start_workflow(
                name,
                asked,
                start_workflow_operation=operation,
                id=update_id or str(uuid4()),
                result_type=FunctionAnswer,
            )
        finally:
            await forget(operation)
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

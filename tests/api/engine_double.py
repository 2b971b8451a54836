"""Stands for the appointment's saga: writes the appointment as the real one does and answers as the
test says. The saga itself has tests of its own; here it is about what REST makes of its answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from contracts.appointments import (
    AppointmentStart,
    Cancel,
    ChangeResult,
    FirstOutcome,
    Reschedule,
)
from contracts.names import APPOINTMENT_WORKFLOW, TaskQueue
from db.queries.appointments import NewAppointment, insert_appointment_once, set_status
from db.session import tenant_session

ANSWER = "test.answer"


@dataclass
class Script:
    """What the saga answers; None keeps it silent. `starts` is what it was asked."""

    engine: AsyncEngine
    outcome: FirstOutcome | None = None
    writes_row: bool = True
    starts: list[AppointmentStart] = field(default_factory=list)

    @activity.defn(name=ANSWER)
    async def answer(self, start: AppointmentStart) -> FirstOutcome | None:
        self.starts.append(start)
        if self.writes_row:
            async with tenant_session(self.engine, start.company_id) as session:
                await insert_appointment_once(session, _row(start))
                if self.outcome is not None and self.outcome.outcome == "refused":
                    await set_status(
                        session, start.appointment_id, "failed", reason=self.outcome.reason
                    )
        return self.outcome


@workflow.defn(name=APPOINTMENT_WORKFLOW)
class ScriptedAppointment:
    @workflow.init
    def __init__(self, start: AppointmentStart) -> None:
        self._outcome: FirstOutcome | None = None
        self._told = False

    @workflow.run
    async def run(self, start: AppointmentStart) -> None:
        self._outcome = await workflow.execute_local_activity(
            ANSWER,
            start,
            result_type=FirstOutcome | None,  # type: ignore[arg-type]  # the converter reads it
            start_to_close_timeout=timedelta(seconds=10),
        )
        await workflow.wait_condition(lambda: self._told)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def book(self) -> FirstOutcome:
        await workflow.wait_condition(lambda: self._outcome is not None)
        self._told = True
        if self._outcome is None:
            raise AssertionError("the wait above has just seen it")
        return self._outcome


def _row(start: AppointmentStart) -> NewAppointment:
    return NewAppointment(
        id=start.appointment_id,
        branch_id=start.branch_id,
        service_id=start.service_id,
        staff_id=start.staff_id,
        customer_id=start.customer_id,
        start_at=start.start_at,
        end_at=start.start_at + timedelta(minutes=30),
        source="rest",
    )


async def becomes_booked(owner: AsyncEngine, appointment_id: UUID) -> None:
    """As the saga's confirmation leaves the row."""
    query = text(
        "UPDATE appointments SET status = 'booked', booked_at = now(), calcom_uid_hash = :hash"
        " WHERE id = :id"
    )
    async with owner.begin() as connection:
        await connection.execute(query, {"id": appointment_id, "hash": str(appointment_id)})


@asynccontextmanager
async def scripted(client: Client, script: Script) -> AsyncIterator[Script]:
    async with Worker(
        client,
        task_queue=TaskQueue.CALLS,
        workflows=[ScriptedAppointment],
        activities=[script.answer],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield script


# --- changes -------------------------------------------------------------------------------------

CHANGE = "test.change"


@dataclass
class ChangeScript:
    """What an appointment answers to a change; None keeps it silent. `asked`: name and argument."""

    result: ChangeResult | None = None
    asked: list[tuple[str, Cancel | Reschedule]] = field(default_factory=list)

    @activity.defn(name=CHANGE)
    async def change(self, cancel: Cancel | None, move: Reschedule | None) -> ChangeResult | None:
        if cancel is not None:
            self.asked.append(("cancel", cancel))
        if move is not None:
            self.asked.append(("reschedule", move))
        return self.result


@workflow.defn(name=APPOINTMENT_WORKFLOW)
class ChangeableAppointment:
    """Lives until it is told to end; each change is answered by the script."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self, start: AppointmentStart) -> None:
        await workflow.wait_condition(lambda: self._over)

    @workflow.signal
    def end(self) -> None:
        self._over = True

    @workflow.update
    async def cancel(self, request: Cancel) -> ChangeResult:
        return await self._answer(request, None)

    @workflow.update
    async def reschedule(self, request: Reschedule) -> ChangeResult:
        return await self._answer(None, request)

    @reschedule.validator
    def _in_future(self, request: Reschedule) -> None:
        if request.start_at <= workflow.now():
            raise ApplicationError("it has passed", type="too_soon", non_retryable=True)

    async def _answer(self, cancel: Cancel | None, move: Reschedule | None) -> ChangeResult:
        answer = await workflow.execute_local_activity(
            CHANGE,
            args=[cancel, move],
            result_type=ChangeResult | None,  # type: ignore[arg-type]  # the converter reads it
            start_to_close_timeout=timedelta(seconds=10),
        )
        if answer is None:
            await workflow.wait_condition(lambda: False)
        return ChangeResult.model_validate(answer)


@asynccontextmanager
async def changeable(client: Client, script: ChangeScript) -> AsyncIterator[ChangeScript]:
    async with Worker(
        client,
        task_queue=TaskQueue.CALLS,
        workflows=[ChangeableAppointment],
        activities=[script.change],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield script

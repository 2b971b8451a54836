"""Stands for the call's workflow: answers each function as the test says, once for each update id.

What the real one makes of a question has tests of its own; here it is about the door.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from contracts.calls import CallReported, CallStart
from contracts.functions import FunctionAnswer, FunctionAsked
from contracts.names import CALL_WORKFLOW, TaskQueue

ANSWER = "test.function_answer"


@dataclass
class CallScript:
    """What a function is answered; `status` None keeps the call silent until `speak` is signalled.

    `asked`: the questions that reached a call's workflow, in order.
    """

    status: str | None = "info"
    message: str = "Das dauert dreißig Minuten."
    fields: dict[str, object] = field(default_factory=dict)
    asked: list[FunctionAsked] = field(default_factory=list)

    def reset(self) -> None:
        self.status, self.message, self.fields = "info", "Das dauert dreißig Minuten.", {}
        self.asked.clear()

    @activity.defn(name=ANSWER)
    async def answer(self, asked: FunctionAsked) -> FunctionAnswer | None:
        self.asked.append(asked)
        if self.status is None:
            return None
        if self.status == "breaks":
            raise ApplicationError("broken", type="broken", non_retryable=True)
        told = {"event_id": asked.event_id, "status": self.status, "message": self.message}
        return FunctionAnswer.model_validate({**told, "fields": self.fields})


@workflow.defn(name=CALL_WORKFLOW)
class ScriptedCall:
    def __init__(self) -> None:
        self._over = False
        self._words: str | None = None

    @workflow.run
    async def run(self, start: CallStart) -> None:
        await workflow.wait_condition(lambda: self._over)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.signal
    def call_reported(self, report: CallReported) -> None:
        """Of no interest here."""

    @workflow.signal
    def speak(self, words: str) -> None:
        self._words = words

    @workflow.signal
    def settle(self) -> None:
        self._over = True

    @workflow.update(dynamic=True)
    async def function(self, name: str, args: Sequence[RawValue]) -> FunctionAnswer:
        asked: FunctionAsked = workflow.payload_converter().from_payload(
            args[0].payload, FunctionAsked
        )
        if asked.name != name:
            raise ApplicationError("another function", type="wrong_function", non_retryable=True)
        answer = await workflow.execute_local_activity(
            ANSWER,
            asked,
            result_type=FunctionAnswer | None,  # type: ignore[arg-type]  # the converter reads it
            start_to_close_timeout=timedelta(seconds=10),
        )
        if answer is not None:
            return FunctionAnswer.model_validate(answer)
        await workflow.wait_condition(lambda: self._words is not None)
        return FunctionAnswer(
            event_id=asked.event_id, status="found", message=self._words or "never"
        )


@asynccontextmanager
async def scripted_calls(client: Client, script: CallScript) -> AsyncIterator[CallScript]:
    async with Worker(
        client,
        task_queue=TaskQueue.CALLS,
        workflows=[ScriptedCall],
        activities=[script.answer],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield script

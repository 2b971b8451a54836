"""Puts ids of call, company and appointment on every line that workflows and activities log.

Imported where workflows run, so it stays light; it changes no command and no history.
"""

from collections.abc import Sequence
from typing import Any

from temporalio import activity, workflow
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleQueryInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from typing_extensions import override

from observability.context import bound_to, learn_ids


class LogIds(Interceptor):
    """Given to every worker: `Worker(..., interceptors=[LogIds()])`."""

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _ActivityIds(next)

    @override
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        return _WorkflowIds


class _ActivityIds(ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        ids = _ids_of_workflow(activity.info().workflow_id or "")
        with bound_to(_learned(ids, input.args)):
            return await super().execute_activity(input)


class _WorkflowIds(WorkflowInboundInterceptor):
    """One instance a workflow; its ids are shared by all its handlers."""

    def __init__(self, inner: WorkflowInboundInterceptor) -> None:
        super().__init__(inner)
        self._ids: dict[str, str] = {}

    @override
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_LearnsFromSteps(outbound, self._ids))

    def _known(self) -> dict[str, str]:
        # Asked as late as this: while the interceptors are chained the workflow has no id yet.
        if "workflow_id" not in self._ids:
            self._ids.update(_ids_of_workflow(workflow.info().workflow_id))
        return self._ids

    @override
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        with bound_to(_learned(self._known(), input.args)):
            return await super().execute_workflow(input)

    @override
    async def handle_signal(self, input: HandleSignalInput) -> None:
        with bound_to(self._known()):
            await super().handle_signal(input)

    @override
    async def handle_query(self, input: HandleQueryInput) -> Any:
        with bound_to(self._known()):
            return await super().handle_query(input)

    @override
    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        with bound_to(self._known()):
            super().handle_update_validator(input)

    @override
    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        with bound_to(self._known()):
            return await super().handle_update_handler(input)


class _LearnsFromSteps(WorkflowOutboundInterceptor):
    """A call learns its company from its first step's result."""

    def __init__(self, inner: WorkflowOutboundInterceptor, ids: dict[str, str]) -> None:
        super().__init__(inner)
        self._ids = ids

    @override
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        return self._learning(super().start_activity(input))

    @override
    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        return self._learning(super().start_local_activity(input))

    def _learning(self, handle: workflow.ActivityHandle[Any]) -> workflow.ActivityHandle[Any]:
        def learn(done: workflow.ActivityHandle[Any]) -> None:
            if not done.cancelled() and done.exception() is None:
                learn_ids(self._ids, done.result())

        handle.add_done_callback(learn)
        return handle


def _ids_of_workflow(workflow_id: str) -> dict[str, str]:
    ids = {"workflow_id": workflow_id}
    kind, _separator, key = workflow_id.partition(":")
    if key and kind in {"call", "appointment"}:
        ids[f"{kind}_id"] = key
    return ids


def _learned(ids: dict[str, str], args: Sequence[Any]) -> dict[str, str]:
    for argument in args:
        learn_ids(ids, argument)
    return ids

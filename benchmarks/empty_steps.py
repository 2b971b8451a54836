"""The bare engine's workflows: six steps that do nothing, so that only the engine is measured."""

from datetime import timedelta

from temporalio import activity, workflow

STEPS = 6
STEP_LIMIT = timedelta(seconds=30)


@activity.defn(name="benchmark.nothing")
async def nothing() -> None:
    pass


@workflow.defn(name="BenchmarkLocalSteps")
class LocalSteps:
    """As our workflows take steps on our own database: inside the workflow's task."""

    @workflow.run
    async def run(self, steps_queue: str) -> None:
        del steps_queue
        for _ in range(STEPS):
            await workflow.execute_local_activity(nothing, start_to_close_timeout=STEP_LIMIT)


@workflow.defn(name="BenchmarkRegularSteps")
class RegularSteps:
    """As our workflows take steps at Cal.com or by mail: on a queue of their own."""

    @workflow.run
    async def run(self, steps_queue: str) -> None:
        for _ in range(STEPS):
            await workflow.execute_activity(
                nothing, task_queue=steps_queue, start_to_close_timeout=STEP_LIMIT
            )


@workflow.defn(name="BenchmarkUpdated")
class Updated:
    """As a call answers the functions of its agent: an update that takes one local step."""

    @workflow.run
    async def run(self, steps_queue: str) -> None:
        del steps_queue
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def ask(self) -> None:
        await workflow.execute_local_activity(nothing, start_to_close_timeout=STEP_LIMIT)

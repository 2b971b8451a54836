"""The bare engine: what six empty steps cost on a tuned and on an untuned server, side by side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from benchmarks.empty_steps import STEPS, LocalSteps, RegularSteps, Updated, nothing
from benchmarks.figures import Row, Section
from benchmarks.timing import Sizes, Tell, in_flight, one_by_one, started
from stack.ports import free_port
from stack.temporal_cli import server_version
from stack.temporal_server import (
    DYNAMIC_CONFIG,
    NAMESPACE,
    START_TIMEOUT_S,
    TemporalServer,
    prepare_temporal,
)

IN_FLIGHT = 32
WARM_UP = 5
CONFIG_OPTION = "--dynamic-config-value"
# By their names: `execute_workflow` has no type for "one of these".
KINDS = {"local": "BenchmarkLocalSteps", "regular": "BenchmarkRegularSteps"}

RunOne = Callable[[object], Awaitable[object]]
_Cell = tuple[str, str]  # (which server, which kind of steps)


@dataclass(frozen=True, kw_only=True)
class BareEngine:
    """A client whose worker serves the empty workflows on queues of this run's own."""

    client: Client
    queue: str

    @classmethod
    @asynccontextmanager
    async def opened(cls, address: str) -> AsyncIterator["BareEngine"]:
        """The workers are set up as ours are: sandboxed workflows, steps on a second queue."""
        client = await Client.connect(
            address, namespace=NAMESPACE, data_converter=pydantic_data_converter
        )
        queue = f"benchmark-{uuid4().hex[:8]}"
        flows = Worker(
            client,
            task_queue=queue,
            workflows=[LocalSteps, RegularSteps, Updated],
            activities=[nothing],
            max_cached_workflows=500,
        )
        steps = Worker(client, task_queue=f"{queue}-steps", activities=[nothing])
        async with flows, steps:
            yield cls(client=client, queue=queue)

    def runner(self, kind: str) -> RunOne:
        """Runs one workflow, from start to result."""

        async def run(_subject: object) -> None:
            await self.client.execute_workflow(
                KINDS[kind],
                f"{self.queue}-steps",
                id=f"benchmark:{uuid4()}",
                task_queue=self.queue,
            )

        return run

    async def update_with_start(self, _subject: object) -> None:
        """The first question of a call, on the engine alone. The workflow is stopped afterwards."""
        workflow_id = f"benchmark:{uuid4()}"
        await self._ask(workflow_id)
        await self.client.get_workflow_handle(workflow_id).terminate()

    async def updates_of_one(self, count: int) -> tuple[float, ...]:
        """Milliseconds of each further question of one call, on the engine alone."""
        workflow_id = f"benchmark:{uuid4()}"
        await self._ask(workflow_id)
        took = await one_by_one(range(count), lambda _: self._ask(workflow_id))
        await self.client.get_workflow_handle(workflow_id).terminate()
        return took

    async def _ask(self, workflow_id: str) -> None:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "BenchmarkUpdated",
            f"{self.queue}-steps",
            id=workflow_id,
            task_queue=self.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await self.client.execute_update_with_start_workflow(
            "ask", start_workflow_operation=start, id=str(uuid4())
        )


def start_server(folder: Path, binary: Path, *, tuned: bool) -> TemporalServer:
    """On a database file with the same pragmas; untuned is without any dynamic configuration."""
    ports = [free_port() for _ in range(4)]
    server = prepare_temporal(
        folder,
        binary,
        port=ports[0],
        ui_port=ports[1],
        metrics_port=ports[2],
        http_port=ports[3],
        headless=True,
    )
    if not tuned:
        server.child = replace(server.child, command=without_tuning(server.child.command))
    server.child.before_start()
    server.child.start()
    try:
        server.child.wait_ready(START_TIMEOUT_S)
    except BaseException:
        server.child.stop()
        raise
    return server


def without_tuning(command: Sequence[str]) -> list[str]:
    """The command less every dynamic-config option, so that the server's own defaults hold."""
    kept: list[str] = []
    words = iter(command)
    for word in words:
        if word == CONFIG_OPTION:
            next(words)
        else:
            kept.append(word)
    return kept


async def measure_engine(sizes: Sizes, folder: Path, binary: Path, tell: Tell) -> Section:
    async with AsyncExitStack() as stack:
        runners: dict[_Cell, RunOne] = {}
        for name in ("tuned", "untuned"):
            tell(f"engine: starting the {name} server")
            server = await stack.enter_async_context(
                started(
                    lambda name=name: start_server(  # type: ignore[misc]
                        folder / name, binary, tuned=name == "tuned"
                    ),
                    TemporalServer.stop,
                )
            )
            engine = await stack.enter_async_context(BareEngine.opened(server.address))
            runners |= {(name, kind): engine.runner(kind) for kind in KINDS}
        latency, speed = await _rounds(runners, sizes, tell)
    version = await asyncio.to_thread(server_version, binary)
    return Section(
        title="The bare engine: tuned as ours, and untuned",
        notes=_notes(".".join(str(part) for part in version or ())),
        rows=_rows(latency, speed),
    )


_Samples = dict[_Cell, list[tuple[float, ...]]]


async def _rounds(
    runners: dict[_Cell, RunOne], sizes: Sizes, tell: Tell
) -> tuple[_Samples, _Samples]:
    for run in runners.values():
        await one_by_one(range(WARM_UP), run)
    latency: _Samples = {cell: [] for cell in runners}
    speed: _Samples = {cell: [] for cell in runners}
    for number in range(sizes.rounds):
        tell(f"engine: round {number + 1} of {sizes.rounds}")
        # Every other round backwards: who comes last gains or loses nothing by it.
        for cell in list(runners)[:: -1 if number % 2 else 1]:
            latency[cell].append(await one_by_one(range(sizes.engine_each), runners[cell]))
            burst = range(sizes.engine_burst)
            speed[cell].append(await in_flight(IN_FLIGHT, burst, runners[cell]))
    return latency, speed


def _rows(latency: _Samples, speed: _Samples) -> list[Row]:
    rows: list[Row] = []
    for samples, unit, how in (
        (latency, "ms", "one after the other"),
        (speed, "/s", f"{IN_FLIGHT} in flight"),
    ):
        for kind in KINDS:
            tuned, untuned = (
                Row(
                    key=f"a{len(rows) + place}",
                    what=f"{STEPS} empty {kind} steps, {name}, {how}",
                    unit="ms" if unit == "ms" else "/s",
                    rounds=samples[name, kind],
                )
                for place, name in enumerate(("tuned", "untuned"), start=1)
            )
            rows += [tuned, replace(untuned, against=tuned)]
    return rows


def _notes(version: str) -> str:
    keys = ", ".join(f"`{key}` {value}" for key, value in DYNAMIC_CONFIG.items())
    return f"""\
- Temporal development server {version}, twice, both on a database file in write-ahead mode, running
  side by side and measured in turns.
- Tuned is as `askproai up` starts it: {keys}.
  Untuned is without these, at the server's own defaults.
- From start to result of a workflow; client and worker in one process, workflows sandboxed. Local
  steps run inside the workflow's task, regular ones over a queue of their own.
"""

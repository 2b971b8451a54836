"""`askproai demo`: the stack, the callers, and what came of it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from sandbox.caller.conduct import CallReport, run_scenarios
from sandbox.caller.desk import Desk
from sandbox.caller.record import record_histories
from sandbox.caller.scenarios import SCENARIOS
from sandbox.caller.screen import Screen
from sandbox.conversations.playing import Report
from sandbox.conversations.shown import SHOWN, play_on_the_line, workflows_of
from stack.embedded import EmbeddedStack
from stack.info import StackInfo
from stack.progress import PlainProgress
from stack.up import progress_on, running_stack, summary

Result = TypeVar("Result")

TICK_S = 0.5
LOG_WIDTH = 130  # a log has no width of its own


class _InterruptedError(Exception):
    """Ctrl-C, or SIGTERM."""


def run_demo(data_dir: Path, record: Path | None = None) -> int:
    """0 if every call came out as expected and the invariants hold, else 1.

    On a terminal the stack that was started for it then stays up until Ctrl-C. `record`: a folder
    that the histories of all workflows are written to.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=LOG_WIDTH)
    try:
        return asyncio.run(_demo(data_dir.resolve(), record, console))
    except _InterruptedError:
        return 1


async def _demo(data_dir: Path, record: Path | None, console: Console) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = running_stack(data_dir)
    if running is not None:
        console.print(f"Using the stack that runs on {data_dir}.")
        return await _unless(stop, _phone_in(running, record, console))
    async with _started(data_dir, stop, console) as info:
        code = await _unless(stop, _phone_in(info, record, console))
        if console.is_terminal:
            console.print(summary(info))
            console.print("The stack stays up for you to look around. Ctrl-C stops it.")
            await stop.wait()
    return code


@asynccontextmanager
async def _started(
    data_dir: Path, stop: asyncio.Event, console: Console
) -> AsyncIterator[StackInfo]:
    stack = EmbeddedStack(data_dir)
    try:
        with progress_on(console) as progress:
            starting = asyncio.create_task(stack.start(progress))
            try:
                info = await _unless(stop, asyncio.shield(starting))
            except _InterruptedError:
                stack.interrupt()
                await asyncio.wait({starting})
                raise
        stack.tell(PlainProgress(console))
        yield info
    finally:
        console.print("Stopping the stack; its data stay.")
        await stack.stop()


async def _unless(stop: asyncio.Event, work: Awaitable[Result]) -> Result:
    """The work's result; _InterruptedError if somebody wants it all to end before."""
    task, stopped = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    raise _InterruptedError


async def _phone_in(info: StackInfo, record: Path | None, console: Console) -> int:
    async with Desk(info) as desk:
        with Screen(console, len(SCENARIOS)) as screen:
            ticking = asyncio.create_task(_tick(screen))
            try:
                reports = await run_scenarios(
                    info, tell=screen.tell, report=lambda report: screen.show(desk, report)
                )
            finally:
                ticking.cancel()
        screen.summary(reports)
    console.print(
        f"[bold]While the caller is on the line:[/] {len(SHOWN)} conversations in which the agent "
        "asks and the engine answers. What is told is held against both calendars."
    )
    talks = await play_on_the_line(info, console)
    if record is not None:
        workflows = {r.plan.scenario.key: r.workflow_ids for r in reports if r.verdict.right}
        workflows |= workflows_of(talks)
        written = await record_histories(info, workflows, record)
        console.print(f"{len(written)} histories are in {record}.")
    return await _judged(info, reports, talks, console)


async def _judged(
    info: StackInfo, reports: list[CallReport], talks: list[Report], console: Console
) -> int:
    """All that was expected, and the invariants as `askproai verify` sees them."""
    console.print("[bold]askproai verify[/]")
    verify = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "verify", "--data", str(info.data_dir)
    )
    broken = await verify.wait()
    wrong = [report for report in reports if not report.verdict.right]
    lied = [talk for talk in talks if not talk.judgement.passed]
    return int(broken != 0 or bool(wrong or lied))


async def _tick(screen: Screen) -> None:
    while True:
        screen.tick()
        await asyncio.sleep(TICK_S)

"""`askproai up`: a stack kept alive by this process, or by one in the background."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table

from stack.embedded import SUPERVISOR, EmbeddedStack
from stack.errors import PartDiedError, StackError
from stack.info import FILE, StackInfo
from stack.processes import ProcessIdentity, ProcessRecord
from stack.progress import LiveProgress, PlainProgress, Progress

UP_LOG = "up.log"
POLL_S = 0.1
# The first run may build the Temporal CLI, which takes minutes on a slow machine.
DETACHED_TIMEOUT_S = 3_600.0


def progress_on(console: Console) -> AbstractContextManager[Progress]:
    if console.is_terminal:
        return LiveProgress(console)
    return nullcontext(PlainProgress(console))


async def up(
    data_dir: Path, port_base: int | None, console: Console, *, brief: bool = False
) -> None:
    """Starts the stack and keeps it until Ctrl-C or SIGTERM; StackError if it does not start."""
    stack = EmbeddedStack(data_dir, port_base)
    stop = _on_signals()
    with progress_on(console) as progress:
        starting = asyncio.create_task(stack.start(progress))
        await _first(starting, stop)
        if not starting.done():
            stack.interrupt()
            with suppress(StackError):
                await starting
        if stop.is_set():
            await stack.stop()
            raise StackError("Called off before it was ready; nothing is left running.")
        info = await starting
    if not brief:
        console.print(summary(info))
        console.print("Running. Ctrl-C stops it; everything is there again at the next `up`.")
    stack.tell(PlainProgress(console))
    await stop.wait()
    console.print("Stopping …")
    await stack.stop()


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _first(task: "asyncio.Task[StackInfo]", event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def up_detached(data_dir: Path, port_base: int | None, console: Console) -> StackInfo:
    """Starts `askproai up` in a session of its own, shows its log until the stack is ready."""
    data_dir = data_dir.resolve()
    running = running_stack(data_dir)
    if running is not None:
        return running
    log_path = data_dir / "logs" / UP_LOG
    log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cli", "up", "--brief", "--data", str(data_dir)]
    command += [] if port_base is None else ["--port-base", str(port_base)]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    return _await_detached(process, data_dir, log_path, console)


def _await_detached(
    process: "subprocess.Popen[bytes]", data_dir: Path, log_path: Path, console: Console
) -> StackInfo:
    deadline = time.monotonic() + DETACHED_TIMEOUT_S
    with log_path.open(encoding="utf-8", errors="replace") as log:
        while time.monotonic() < deadline:
            running = running_stack(data_dir)
            code = process.poll()
            _copy_lines(log, console)
            if code is not None:
                raise PartDiedError("askproai up", f"ended with {code}", log_path)
            if running is not None and running.pids.get(SUPERVISOR) == process.pid:
                return running
            time.sleep(POLL_S)
    process.terminate()
    raise PartDiedError("askproai up", "did not get ready", log_path)


def _copy_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(line.rstrip("\n"), markup=False, highlight=False, soft_wrap=True)


def running_stack(data_dir: Path) -> StackInfo | None:
    """The stack on this folder, if it is complete and the process that keeps it is alive."""
    keeper: ProcessIdentity | None = ProcessRecord(data_dir).all().get(SUPERVISOR)
    if keeper is None or keeper.find() is None or not (data_dir / FILE).exists():
        return None
    info = StackInfo.load(data_dir)
    # The file of a predecessor that was killed is there until the next one has cleared up.
    return info if info.pids.get(SUPERVISOR) == keeper.pid else None


def summary(info: StackInfo) -> Table:
    """The addresses that one wants to open, and what to call with."""
    table = Table.grid(padding=(0, 2))
    rows = [
        ("API", f"{info.api_url}/docs"),
        ("Temporal Web UI", f"{info.temporal_ui_url}/namespaces/{info.temporal_namespace}"),
        ("Mails", info.mail_url),
        ("SMS and live calls", info.sms_url),
        ("Cal.com sandbox", info.calcom_url),
        ("Metrics", f"{info.api_url}/metrics  {info.worker_metrics_url}"),
        ("Everything, with keys", str(info.data_dir / FILE)),
    ]
    for name, value in rows:
        table.add_row(f"[bold]{name}[/bold]", value)
    for company in info.companies:
        table.add_row(f"[bold]{company.slug}[/bold]", "  ".join(company.phone_numbers))
    return table

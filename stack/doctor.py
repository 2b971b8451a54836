"""What this machine has of what the system needs, and how to get the rest."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console

from stack.errors import StackError
from stack.info import FILE
from stack.ports import PREFERRED, is_free
from stack.postgres import as_unprivileged, binary
from stack.temporal_cli import find_temporal
from stack.temporal_get import HOW_TO_GET_GO, usable_go
from stack.up import running_stack

LEAST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 2_000_000_000
GIGABYTE = 1_000_000_000

State = Literal["there", "note", "missing"]
SIGNS: dict[State, str] = {"there": "[green]✓[/]", "note": "[yellow]·[/]", "missing": "[red]✗[/]"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    what: str
    state: State
    says: str

    @property
    def fatal(self) -> bool:
        return self.state == "missing"


def examine(data_dir: Path) -> list[Finding]:
    """Starts nothing and changes nothing."""
    data_dir = data_dir.resolve()
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        _postgres,
        _temporal,
        lambda: _disk(data_dir),
        lambda: _folder(data_dir),
        lambda: _stack(data_dir),
        lambda: _ports(data_dir),
    )
    return [check() for check in checks]


def show(findings: list[Finding], console: Console) -> None:
    for finding in findings:
        console.print(f"{SIGNS[finding.state]} [bold]{finding.what}[/]: ", end="")
        console.print(finding.says, markup=False, highlight=False, soft_wrap=True)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= LEAST_PYTHON:
        return Finding(what="Python", state="there", says=version)
    return Finding(what="Python", state="missing", says=f"{version}; needed is 3.11 or newer")


def _postgres() -> Finding:
    try:
        program = binary("postgres")
        as_unprivileged(program)
    except StackError as error:
        return Finding(what="PostgreSQL 18", state="missing", says=str(error))
    return Finding(what="PostgreSQL 18", state="there", says=f"of the wheel, {program}")


def _temporal() -> Finding:
    passed_over: list[str] = []
    found = find_temporal(passed_over.append)
    notes = "".join(f"; {line}" for line in passed_over)
    if found is not None:
        return Finding(what="Temporal CLI", state="there", says=f"{found}{notes}")
    try:
        go = usable_go(lambda _text: None)
    except StackError:
        says = f"none{notes}. `askproai up` tries to download it. {HOW_TO_GET_GO}"
        return Finding(what="Temporal CLI", state="missing", says=says)
    says = f"none yet{notes}; `askproai up` downloads it, or builds it with {go} (5 minutes, once)"
    return Finding(what="Temporal CLI", state="note", says=says)


def _disk(data_dir: Path) -> Finding:
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    says = f"{free / GIGABYTE:.1f} GB free at {existing}"
    if free < LEAST_FREE_BYTES:
        says += "; PostgreSQL, Temporal and a build of its CLI want 2 GB: make room"
        return Finding(what="Disk", state="missing", says=says)
    return Finding(what="Disk", state="there", says=says)


def _folder(data_dir: Path) -> Finding:
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    if os.access(existing, os.W_OK | os.X_OK):
        return Finding(what="Data folder", state="there", says=f"{data_dir} can be written")
    says = f"{existing} cannot be written: give it to this user, or name another with --data"
    return Finding(what="Data folder", state="missing", says=says)


def _stack(data_dir: Path) -> Finding:
    running = running_stack(data_dir)
    if running is not None:
        return Finding(what="Stack", state="there", says=f"runs, {running.data_dir / FILE}")
    return Finding(what="Stack", state="note", says="does not run; `askproai up` starts it")


def _ports(data_dir: Path) -> Finding:
    if running_stack(data_dir) is not None:
        return Finding(what="Ports", state="there", says="in use by the running stack")
    taken = [f"{port} ({name})" for name, port in PREFERRED.items() if not is_free(port)]
    if not taken:
        return Finding(what="Ports", state="there", says="all the usual ones are free")
    says = f"taken: {', '.join(taken)}; the next free ones are used instead"
    return Finding(what="Ports", state="note", says=says)

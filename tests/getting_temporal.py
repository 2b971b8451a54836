"""Hooks of pytest: while a new machine builds the Temporal CLI, tests run that need none.

They come first on every machine. Who needs it waits here and not in a fixture: the time limit of a
test counts its fixtures.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from stack.progress import PlainProgress
from stack.temporal_cli import find_temporal

ROOT = Path(__file__).resolve().parents[1]
NEEDS_IT = "temporal_binary"
POLL_S = 0.5
ENDS_WITHIN_S = 10.0


def needs_temporal(item: pytest.Item) -> bool:
    return NEEDS_IT in getattr(item, "fixturenames", ())


@dataclass(frozen=True, kw_only=True)
class Getting:
    """`askproai get-temporal` in a process of its own, and what it says."""

    process: "subprocess.Popen[bytes]"
    said: Path

    @classmethod
    def begun(cls) -> "Getting":
        handle, name = tempfile.mkstemp(prefix="askproai-get-temporal-")
        with os.fdopen(handle, "wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "cli", "get-temporal"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
            )
        return cls(process=process, said=Path(name))

    def last_words(self, lines: int) -> str:
        said = self.said.read_text(errors="replace").strip()
        return "\n".join(said.splitlines()[-lines:])

    def failed(self) -> bool:
        return self.process.poll() not in (None, 0)

    def wait(self) -> None:
        progress = PlainProgress(Console(file=sys.__stdout__))
        while self.process.poll() is None:
            progress.say("tests that need Temporal wait for its CLI", self.last_words(1))
            time.sleep(POLL_S)

    def stop(self) -> None:
        """With the compiler, if that still runs."""
        if self.process.poll() is None:
            ours = psutil.Process(self.process.pid)
            theirs = [*ours.children(recursive=True), ours]
            for process in theirs:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(theirs, timeout=ENDS_WITHIN_S)
            self.process.wait(ENDS_WITHIN_S)
        self.said.unlink()


_GETTING = pytest.StashKey[Getting]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=needs_temporal)


def pytest_collection_finish(session: pytest.Session) -> None:
    only_listed = session.config.getoption("collectonly")
    if only_listed or not any(needs_temporal(item) for item in session.items):
        return
    if find_temporal(lambda _: None) is None:
        session.config.stash[_GETTING] = Getting.begun()
        session.config.get_terminal_writer().line(
            "There is no Temporal CLI here yet: it is being got while tests run that need none."
        )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    getting = item.config.stash.get(_GETTING, None)
    if getting is not None:
        if needs_temporal(item):
            getting.wait()
        if getting.failed():
            pytest.exit(getting.last_words(25), returncode=1)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    getting = config.stash.get(_GETTING, None)
    if getting is not None:
        getting.stop()

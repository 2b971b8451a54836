"""Two ways to the `temporal` program on a machine that has none: download, and build with Go."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from stack.errors import StackError

Say = Callable[[str], None]
"""Tells whoever is watching what is going on, one short line each."""

MODULE = Path(__file__).resolve().parents[1] / "tools" / "temporal"
PACKAGE = "github.com/temporalio/cli/cmd/temporal"
VERSION_SYMBOL = "github.com/temporalio/cli/internal/temporalcli.Version"
LEAST_GO = (1, 26, 8)
# Asking an older Go for its version lets it fetch the one that go.mod names, where it can.
GO_VERSION_TIMEOUT_S = 120.0
BUILD_TIMEOUT_S = 3_000.0
# A download that has not grown for so long is given up: without internet, building is next.
STALL_TIMEOUT_S = 15.0
POLL_S = 0.25
SAY_EVERY_S = 1.0
MEGABYTE = 1_000_000
STDERR_LINES = 20

HOW_TO_GET_GO = (
    "Either put a Temporal CLI 1.9.1 or newer on the PATH (or its path into $TEMPORAL_CLI),"
    " or install Go 1.26.8 or newer from go.dev/dl, and run this again."
)


def download(target: Path, version: str, say: Say) -> str | None:
    """Into `target`, whole or not at all. Gives the reason if there was no download."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "stack.sdk_download", name, version]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            stalled = _watch_download(process, folder, say)
            said = process.stderr.read().strip() if process.stderr else ""
        if stalled:
            return f"nothing came for {STALL_TIMEOUT_S:.0f} s"
        if process.returncode != 0:
            return said.splitlines()[-1] if said else f"ended with {process.returncode}"
        return _take_over(folder, target)


def _watch_download(process: subprocess.Popen[str], folder: Path, say: Say) -> bool:
    """Whether it stalled, and was ended."""
    size, grew_at = 0, time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        if (is_now := _size(folder)) > size:
            size, grew_at = is_now, now
        if now - grew_at > STALL_TIMEOUT_S:
            process.kill()
            process.wait()
            return True
        say(f"downloading the Temporal CLI: {size / MEGABYTE:.0f} MB")
        time.sleep(POLL_S)
    return False


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # renamed meanwhile
            continue
    return total


def _take_over(folder: Path, target: Path) -> str | None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        return "the SDK left no file"
    largest = max(files, key=lambda path: path.stat().st_size)
    largest.chmod(0o755)
    largest.replace(target)
    return None


def build(target: Path, cli_version: str, say: Say) -> None:
    """Builds the pinned module with Go into `target`; StackError says what is missing."""
    go = usable_go(say)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".building-{os.getpid()}")
    command = [
        *(go, "build", "-v", "-trimpath"),
        *("-ldflags", f"-s -w -X {VERSION_SYMBOL}={cli_version}", "-o", str(fresh), PACKAGE),
    ]
    try:
        with subprocess.Popen(
            command,
            cwd=MODULE,
            env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            errors = _watch_build(process, say)
        if process.returncode != 0:
            tail = "\n".join(f"  {line}" for line in errors[-STDERR_LINES:])
            raise StackError(f"`go build` in {MODULE} failed:\n{tail}\n{HOW_TO_GET_GO}")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _watch_build(process: subprocess.Popen[str], say: Say) -> list[str]:
    """Tells once a second what the compiler is at; gives all the lines that it wrote."""
    lines: list[str] = []
    reader = threading.Thread(target=_read_lines, args=(process.stderr, lines), daemon=True)
    reader.start()
    began = time.monotonic()
    try:
        while process.poll() is None and (elapsed_s := time.monotonic() - began) < BUILD_TIMEOUT_S:
            say(_build_state(lines, elapsed_s))
            time.sleep(SAY_EVERY_S)
    finally:
        if process.poll() is None:
            lines.append(f"stopped after {time.monotonic() - began:.0f} s")
            process.kill()
        reader.join()
    return lines


def _read_lines(stream: IO[str] | None, lines: list[str]) -> None:
    lines.extend(line.rstrip() for line in stream or ())


def _build_state(lines: list[str], elapsed_s: float) -> str:
    clock = f"{int(elapsed_s) // 60}:{int(elapsed_s) % 60:02d}"
    compiled = sum(not line.startswith("go: ") for line in lines)
    at = lines[-1].removeprefix("go: ") if lines else "looking at what is there"
    return (
        f"building the Temporal CLI with Go, once a machine, about 5 minutes on 2 cores:"
        f" {clock}, {compiled} packages, now {at}"
    )


def usable_go(say: Say) -> str:
    go = shutil.which("go")
    if go is None:
        raise StackError(f"There is no Temporal CLI, and no Go to build it. {HOW_TO_GET_GO}")
    if not (MODULE / "go.mod").exists():
        raise StackError(f"There is no {MODULE}/go.mod to build from. {HOW_TO_GET_GO}")
    say("asking Go for its version")
    try:
        done = subprocess.run(
            [go, "version"],
            cwd=MODULE,
            capture_output=True,
            text=True,
            timeout=GO_VERSION_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"`go version` does not answer. {HOW_TO_GET_GO}") from error
    version = go_version(done.stdout)
    if done.returncode != 0 or version is None or version < LEAST_GO:
        said = (done.stdout + done.stderr).strip()
        raise StackError(f"This Go is too old to build the Temporal CLI: {said}. {HOW_TO_GET_GO}")
    return go


def go_version(text: str) -> tuple[int, int, int] | None:
    """The version in what `go version` prints; (1, 26, 0) for "go1.26"."""
    found = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None

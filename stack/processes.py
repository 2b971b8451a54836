"""Child processes of the stack: started, awaited, recorded and stopped.

A process is ours if its id and its time of creation are both what we recorded: ids are reused.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from stack.errors import PartDiedError
from stack.files import read_object, write_object

FILE = "processes.json"
POLL_S = 0.05
STOP_TIMEOUT_S = 15.0
KILL_TIMEOUT_S = 5.0
# psutil reckons the creation time from the boot time, which moves when the clock is set.
CREATED_TOLERANCE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class ProcessIdentity:
    pid: int
    created_s: float

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        return cls(pid=pid, created_s=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, if it still runs and is the one recorded."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_s) <= CREATED_TOLERANCE_S
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if same and alive else None

    def stop(self, stop_signal: int = signal.SIGTERM, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Asks it to stop, then kills it. False if it was not running any more."""
        process = self.find()
        if process is None:
            return False
        try:
            process.send_signal(stop_signal)
            process.wait(timeout_s)
        except psutil.NoSuchProcess:
            return True
        except psutil.TimeoutExpired:
            _kill_group(self.pid)
            process.wait(KILL_TIMEOUT_S)
        return True


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)


class ProcessRecord:
    """`processes.json`: what was started for a data folder, for whoever must stop it later."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._changing = threading.Lock()  # parts are started in parallel

    def all(self) -> dict[str, ProcessIdentity]:
        known: dict[str, ProcessIdentity] = {}
        for name, value in read_object(self._path).items():
            match value:
                case {"pid": int(pid), "created_s": float(created_s)}:
                    known[name] = ProcessIdentity(pid=pid, created_s=created_s)
                case _:
                    continue
        return known

    def add(self, name: str, identity: ProcessIdentity) -> None:
        with self._changing:
            self._write({**self.all(), name: identity})

    def remove(self, name: str) -> None:
        with self._changing:
            self._write({known: value for known, value in self.all().items() if known != name})

    def _write(self, processes: Mapping[str, ProcessIdentity]) -> None:
        write_object(
            self._path,
            {name: {"pid": p.pid, "created_s": p.created_s} for name, p in processes.items()},
        )


@dataclass(kw_only=True)
class Child:
    """One process, in a session of its own so that Ctrl-C reaches only who orders the stop."""

    name: str
    command: Sequence[str]
    log_path: Path
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    stop_signal: int = signal.SIGTERM
    stop_timeout_s: float = STOP_TIMEOUT_S
    # Clears what a predecessor that was killed may have left: its ports, its lock file.
    before_start: Callable[[], None] = field(default=lambda: None)
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    identity: ProcessIdentity | None = field(default=None, init=False)

    def start(self) -> None:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                cwd=self.cwd,
                start_new_session=True,
            )
        self.identity = ProcessIdentity.of(self._popen.pid)

    @property
    def pid(self) -> int:
        if self._popen is None:
            raise PartDiedError(self.name, "was never started", self.log_path)
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return None if self._popen is None else self._popen.poll()

    def wait_ready(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            code = self.exit_code()
            if code is not None:
                raise PartDiedError(self.name, f"ended with {code} while starting", self.log_path)
            if time.monotonic() > deadline:
                raise PartDiedError(self.name, f"was not ready in {timeout_s:.0f} s", self.log_path)
            time.sleep(POLL_S)

    def terminate(self) -> None:
        """Asks it to stop, without waiting."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Harmless if it has stopped already."""
        popen = self._popen
        if popen is None or popen.poll() is not None:
            return
        popen.send_signal(self.stop_signal)
        try:
            popen.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            _kill_group(popen.pid)
            popen.wait(KILL_TIMEOUT_S)


def run_to_end(
    name: str, command: Sequence[str], *, log_path: Path, env: Mapping[str, str], timeout_s: float
) -> str:
    """Runs a command that ends by itself; gives its standard output, keeps the rest in the log."""
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **env},
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PartDiedError(name, f"did not end in {timeout_s:.0f} s", log_path) from error
        if done.returncode != 0:
            log.write(done.stdout)
            log.flush()
            raise PartDiedError(name, f"ended with {done.returncode}", log_path)
    return done.stdout.decode()


def parse_json_line(text: str) -> object:
    """The last line of a command's output that is JSON; None if there is none."""
    for line in reversed(text.splitlines()):
        try:
            value: object = json.loads(line)
        except json.JSONDecodeError:
            continue
        return value
    return None

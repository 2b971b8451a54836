"""Files that are either wholly there or not there, and locks that die with their process."""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
LOCK_POLL_S = 0.2


def write_atomically(path: Path, text: str, mode: int = PRIVATE) -> None:
    """A reader sees the old file or the new one, also when the writer is killed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_object(path: Path) -> dict[str, object]:
    """The JSON object in a file; empty if there is no file, or no object in it."""
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def write_object(path: Path, value: dict[str, object]) -> None:
    write_atomically(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Whether we got the lock. The kernel lets go of it when the process dies, however it dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def lock(path: Path, waiting: Callable[[float], None], timeout_s: float) -> Iterator[None]:
    """Waits for the lock, calling `waiting` with the seconds so far; TimeoutError at the end."""
    began = time.monotonic()
    while True:
        with try_lock(path) as ours:
            if ours:
                yield
                return
        waited_s = time.monotonic() - began
        if waited_s > timeout_s:
            raise TimeoutError(f"{path} is still locked after {waited_s:.0f} s")
        waiting(waited_s)
        time.sleep(LOCK_POLL_S)

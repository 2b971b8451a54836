"""Finds the `temporal` program, or gets it: download by the SDK first, else a build with Go."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from stack import temporal_get
from stack.errors import StackError
from stack.files import lock
from stack.temporal_get import Say

# The CLI's own version is not in its --version when it was built with `go build`, the server's is.
CLI_VERSION = "1.9.1"
LEAST_SERVER = (1, 32, 0)
VERSION_TIMEOUT_S = 20.0
# Whoever builds on a slow machine may take this long; the lock is free at once if they die.
LOCK_TIMEOUT_S = 3_600.0

_SERVER = re.compile(r"Server (\d+)\.(\d+)\.(\d+)")


def cache_folder() -> Path:
    """Once a machine and not once a clone: 156 MB and minutes of building."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "askproai" / f"temporal-{CLI_VERSION}"


def cached_binary() -> Path:
    return cache_folder() / "temporal"


def server_version(binary: Path) -> tuple[int, int, int] | None:
    """The version of the server inside; None if it does not run or does not say."""
    try:
        done = subprocess.run(
            [str(binary), "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _SERVER.search(done.stdout)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _candidates() -> Iterator[Path]:
    """In the order of precedence; `$TEMPORAL_CLI` and `PATH` are not settings of a part of ours."""
    if named := os.environ.get("TEMPORAL_CLI"):
        yield Path(named)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and (binary := Path(folder) / "temporal").is_file():
            yield binary
    yield cached_binary()


def find_temporal(say: Say) -> Path | None:
    """The first that is new enough; the others are passed over with a word why."""
    for binary in _candidates():
        if not binary.is_file():
            if binary != cached_binary():
                say(f"$TEMPORAL_CLI is {binary}, which is no file")
            continue
        version = server_version(binary)
        if version is not None and version >= LEAST_SERVER:
            return binary
        is_what = "does not run here" if version is None else f"has server {_dotted(version)}"
        say(f"passed over {binary}: it {is_what}, needed is {_dotted(LEAST_SERVER)} or newer")
    return None


def _dotted(version: tuple[int, int, int]) -> str:
    return ".".join(str(part) for part in version)


def get_temporal(say: Say) -> Path:
    """As `find_temporal`; if there is none it is downloaded or built into the cache folder.

    Minutes may go by. Raises StackError with what to do if neither is possible.
    """
    if found := find_temporal(say):
        return found

    def waiting(waited_s: float) -> None:
        say(f"someone else is getting the Temporal CLI; waiting ({waited_s:.0f} s)")

    with lock(cache_folder() / ".lock", waiting, LOCK_TIMEOUT_S):
        target = cached_binary()
        if _good(target):
            return target
        why_no_download = temporal_get.download(target, f"v{CLI_VERSION}", say)
        if why_no_download is None and _good(target):
            return target
        say(f"not downloaded ({why_no_download or 'too old'}); it is built from source instead")
        temporal_get.build(target, CLI_VERSION, say)
        if not _good(target):
            raise StackError(f"{target} was built but does not run: remove it and try again.")
        return target


def _good(binary: Path) -> bool:
    version = server_version(binary) if binary.is_file() else None
    return version is not None and version >= LEAST_SERVER

"""On a machine without the Temporal CLI: who waits for it, and who does not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from stack.files import try_lock
from tests.getting_temporal import ROOT

CONFTEST = """
import pytest

from stack.temporal_cli import cached_binary
from tests.getting_temporal import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
    pytest_unconfigure,
)

@pytest.fixture
def temporal_binary():
    assert cached_binary().is_file()
"""
TESTS = """
def test_that_needs_it(temporal_binary):
    pass

def test_that_needs_none():
    pass
"""
NEW = "#!/bin/sh\necho 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)'\n"


@contextmanager
def session(folder: Path, cache: Path, tests: str = TESTS) -> Iterator["subprocess.Popen[str]"]:
    """Another pytest with two tests, on a machine that has no `temporal`."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_two.py").write_text(tests)
    kept = {key: value for key, value in os.environ.items() if key != "TEMPORAL_CLI"}
    bare = {"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    options = ("-v", "-x", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider")
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=folder,
        env={**kept, **bare},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_to(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it never said {words!r}:\n{said}")


def environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_who_needs_none_goes_first_and_who_needs_it_waits(tmp_path: Path) -> None:
    binary = tmp_path / "cache" / "askproai" / "temporal-1.9.1" / "temporal"
    binary.parent.mkdir(parents=True)
    with session(tmp_path, tmp_path / "cache") as process:
        with try_lock(binary.parent / ".lock") as ours:
            assert ours  # as if another process were building it
            said = read_to(process, "test_that_needs_none PASSED")
            assert "test_that_needs_it" not in said
            read_to(process, "tests that need Temporal wait for its CLI")
            binary.write_text(NEW)
            binary.chmod(0o755)
        read_to(process, "test_that_needs_it PASSED")
        read_to(process, "2 passed")
        assert process.wait() == 0


def test_where_it_cannot_be_had_the_run_ends_and_says_why(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("no folder can be made in a file")
    with session(tmp_path, cache) as process:
        read_to(process, "NotADirectoryError")
        assert "test_that_needs_it PASSED" not in process.communicate()[0]
        assert process.returncode == 1


def test_whoever_is_getting_it_ends_with_the_run(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    failing = TESTS.replace("_none():\n    pass", "_none():\n    assert False")
    with (
        try_lock(cache / "askproai" / "temporal-1.9.1" / ".lock"),
        session(tmp_path, cache, failing) as process,
    ):
        read_to(process, "test_that_needs_none FAILED")
        process.communicate()
        assert not [one for one in psutil.process_iter() if str(cache) in environment(one).values()]

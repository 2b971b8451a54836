"""`askproai up`, `verify` and `down` as a user types them, with every part running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from stack.loopback import get
from tests.builders.ports import base_port

ROOT = Path(__file__).parents[2]
WAIT_S = 120.0
pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def askproai(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    pause = 0.1
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(pause)


def body(url: str) -> bytes:
    content = get(url)
    assert content is not None, url
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, temporal_binary: Path) -> Iterator[Path]:
    """A stack that runs in the background on this folder."""
    del temporal_binary
    folder = tmp_path_factory.mktemp("up")
    base = str(base_port())
    up = askproai("up", "--detach", "--data", str(folder), "--port-base", base)
    assert up.returncode == 0, up.stdout + up.stderr
    yield folder
    askproai("down", "--data", str(folder))


def stack(folder: Path) -> dict[str, Any]:
    info: dict[str, Any] = json.loads((folder / "stack.json").read_text())
    return info


def test_stack_json_tells_where_everything_is(folder: Path) -> None:
    info = stack(folder)
    assert b'"ok"' in body(f"{info['api_url']}/health/ready")
    assert b"<html" in body(info["temporal_ui_url"]).lower()
    assert b"<html" in body(info["mail_url"]).lower()
    assert b"num_pollers" in body(info["worker_metrics_url"])
    assert info["retell_api_key"].startswith("key_")
    assert len(info["companies"]) >= 3
    for company in info["companies"]:
        assert company["slug"]
        assert company["api_key"]
        assert company["phone_numbers"]
        assert company["branches"]


def test_the_invariants_hold_on_a_fresh_stack(folder: Path) -> None:
    verify = askproai("verify", "--data", str(folder))
    assert verify.returncode == 0, verify.stdout + verify.stderr


def test_a_worker_killed_with_9_comes_back_by_itself(folder: Path) -> None:
    killed = stack(folder)["pids"]["worker"]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: stack(folder)["pids"]["worker"] != killed)
    log = folder / "logs" / "up.log"
    wait_until(lambda: "worker runs again" in log.read_text())
    assert b"num_pollers" in body(stack(folder)["worker_metrics_url"])


def test_up_while_it_is_up_says_so_and_starts_nothing(folder: Path) -> None:
    before = stack(folder)
    again = askproai("up", "--detach", "--data", str(folder))
    assert again.returncode == 0
    assert stack(folder) == before


def test_after_a_kill_of_up_the_next_one_has_the_same_addresses_and_keys(folder: Path) -> None:
    before = stack(folder)
    os.kill(before["pids"]["up"], signal.SIGKILL)
    up = askproai("up", "--detach", "--data", str(folder))
    assert up.returncode == 0, up.stdout + up.stderr
    after = stack(folder)
    assert set(before["pids"].values()).isdisjoint(psutil.pids())
    assert {**after, "pids": None} == {**before, "pids": None}
    assert b'"ok"' in body(f"{after['api_url']}/health/ready")


def test_down_leaves_no_process_and_no_stack_json(folder: Path) -> None:
    pids = set(stack(folder)["pids"].values())
    down = askproai("down", "--data", str(folder))
    assert down.returncode == 0
    assert pids.isdisjoint(psutil.pids())
    assert not (folder / "stack.json").exists()
    assert "Nothing runs" in askproai("down", "--data", str(folder)).stdout

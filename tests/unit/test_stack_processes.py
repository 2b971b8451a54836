"""Processes are started, awaited, recorded and stopped; only what is ours is ever touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack.errors import PartDiedError
from stack.processes import Child, ProcessIdentity, ProcessRecord, parse_json_line, run_to_end

WAITS = "import signal; print('up', flush=True); signal.pause()"
IGNORES_SIGTERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "while True: signal.pause()"
)


def make_child(tmp_path: Path, code: str, **options: float) -> Child:
    log = tmp_path / "logs" / "part.log"
    return Child(
        name="part",
        command=[sys.executable, "-c", code],
        log_path=log,
        is_ready=lambda: "up" in log.read_text(),
        **options,  # type: ignore[arg-type]  # only ever a time limit here
    )


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = make_child(tmp_path, WAITS)
    child.start()
    yield child
    child.stop()


def test_a_child_is_ready_when_it_says_so(child: Child) -> None:
    child.wait_ready(20)
    assert child.exit_code() is None


def test_a_child_that_ends_while_starting_is_told_with_its_log(tmp_path: Path) -> None:
    child = make_child(tmp_path, "import sys; sys.exit('no licence for the moon')")
    child.start()
    with pytest.raises(PartDiedError, match=r"(?s)ended with 1.*no licence for the moon"):
        child.wait_ready(20)


def test_a_child_that_does_not_get_ready_is_told(tmp_path: Path) -> None:
    child = make_child(tmp_path, "import signal; signal.pause()")
    child.start()
    try:
        with pytest.raises(PartDiedError, match="not ready"):
            child.wait_ready(0)
    finally:
        child.stop()


def test_stopping_twice_is_harmless(child: Child) -> None:
    child.wait_ready(20)
    child.stop()
    child.stop()
    assert child.exit_code() == -signal.SIGTERM


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    child = make_child(tmp_path, IGNORES_SIGTERM, stop_timeout_s=0.1)
    child.start()
    child.wait_ready(20)
    child.stop()
    assert child.exit_code() == -signal.SIGKILL


def test_a_recorded_process_is_found_and_stopped_by_another(child: Child, tmp_path: Path) -> None:
    child.wait_ready(20)
    assert child.identity is not None
    ProcessRecord(tmp_path).add("part", child.identity)
    known = ProcessRecord(tmp_path).all()["part"]
    assert known.stop()
    assert known.find() is None
    assert child.exit_code() is not None


def test_a_process_that_got_the_id_of_ours_is_left_alone(child: Child) -> None:
    child.wait_ready(20)
    assert child.identity is not None
    stranger = ProcessIdentity(pid=child.pid, created_s=child.identity.created_s - 3_600)
    assert not stranger.stop()
    assert child.exit_code() is None


def test_what_has_ended_is_not_found_even_before_it_is_reaped() -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE) as process:
        identity = ProcessIdentity.of(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
        assert identity.find() is None


def test_the_record_survives_what_killed_its_writer(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text('{"worker": {"pid": 1, "created_s"')
    assert ProcessRecord(tmp_path).all() == {}


def test_a_step_gives_its_output_and_keeps_its_errors(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    code = "import sys; print('[1, 2]'); print('noise', file=sys.stderr)"
    output = run_to_end("step", [sys.executable, "-c", code], log_path=log, env={}, timeout_s=20)
    assert parse_json_line(output) == [1, 2]
    assert "noise" in log.read_text()


def test_a_step_that_fails_is_told_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(PartDiedError, match=r"(?s)ended with 1.*wrong number of moons"):
        run_to_end(
            "step",
            [sys.executable, "-c", "raise SystemExit('wrong number of moons')"],
            log_path=tmp_path / "step.log",
            env={},
            timeout_s=20,
        )

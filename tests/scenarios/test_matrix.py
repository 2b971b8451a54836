"""`python -m sandbox.conversations`: the table of all rounds, also of a run that is called off."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stack.info import StackInfo

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 100.0


def command(stack: StackInfo, *more: str) -> list[str]:
    played = ["--only", "opening_hours_in_english", "--fault", "none", "--fault", "twice"]
    own = [sys.executable, "-m", "sandbox.conversations", "--data", str(stack.data_dir)]
    return [*own, *played, *more]


def test_a_run_ends_with_its_table(stack: StackInfo) -> None:
    done = subprocess.run(
        command(stack, "--times", "2"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [row] = [line for line in done.stdout.splitlines() if "opening hours in english" in line]
    assert row.count("2/2") == 2
    assert done.stdout.rstrip().splitlines()[-1] == "4 of 4"


def test_a_run_that_is_called_off_tells_of_its_whole_rounds(stack: StackInfo) -> None:
    with subprocess.Popen(
        command(stack, "--times", "5000"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as playing:
        assert playing.stdout is not None
        said = []
        for line in playing.stdout:
            said.append(line)
            over = [word for word in line.split() if word.isdecimal()]
            if " are over" in line and int(over[0]) > 4:
                playing.send_signal(signal.SIGTERM)
        assert playing.wait(WITHIN_S) == 1, "".join(said)
    told = "".join(said)
    assert "Called off; these rounds were whole before:" in told
    [row] = [line for line in said if "opening hours in english" in line]
    passed, count = next(cell for cell in row.split() if "/" in cell).split("/")
    assert passed == count
    assert int(count) >= 2

"""`python -m benchmarks`: every row has its figures, and nothing is left of the run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.__main__ import main
from benchmarks.engine import CONFIG_OPTION, without_tuning
from benchmarks.figures import LEAST_FOR_P95, Figures, Row
from stack.info import StackInfo

ROOT = Path(__file__).resolve().parents[2]
# In the order in which they are measured.
PARTS = (("a", 8), ("b", 5), ("d", 23), ("c", 3))
BESIDE_ANOTHER = 8 + 21
ROWS = [f"{part}{number}" for part, rows in PARTS for number in range(1, rows + 1)]
TIMEOUT_S = 280.0

Json = dict[str, Any]


def run(*arguments: str, temporary: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def processes_about(folder: Path) -> list[str]:
    told = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return [" ".join(words) for words in told if any(str(folder) in word for word in words)]


@pytest.mark.stack
@pytest.mark.timeout(300)
def test_a_quick_run_prints_a_table_whose_rows_all_have_figures(
    stack: StackInfo, tmp_path: Path
) -> None:
    figures_file = tmp_path / "figures.json"
    done = run(
        *("--quick", "--data", str(stack.data_dir), "--json", str(figures_file)),
        temporary=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows: list[Json] = json.loads(figures_file.read_text())["rows"]
    assert [row["key"] for row in rows] == ROWS
    for row in rows:
        assert row["count"] > 0
        assert 0 < row["least"] <= row["median"] <= row["most"]
        assert (row["ratio"] is None) == (row["against"] is None)
        assert row["what"] in done.stdout
    assert sum(row["ratio"] is not None for row in rows) == BESIDE_ANOTHER
    assert processes_about(tmp_path) == []
    assert list(tmp_path.iterdir()) == [figures_file]


def test_a_quick_run_is_never_kept_in_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--quick", "--write"])
    assert "full run" in capsys.readouterr().err


def test_the_untuned_server_has_no_dynamic_configuration_and_all_else() -> None:
    command = ["temporal", "--port", "1", CONFIG_OPTION, "a=1", "--headless", CONFIG_OPTION, "b=2"]
    assert without_tuning(command) == ["temporal", "--port", "1", "--headless"]


def test_a_ratio_compares_rounds_and_not_the_whole_run() -> None:
    """The machine was ten times slower in the second round, for both."""
    theirs = Row(key="x1", what="theirs", unit="ms", rounds=[(1, 1, 1), (10,)])
    mine = Row(key="x2", what="mine", unit="ms", rounds=[(2,), (30, 30, 30)], against=theirs)
    ratio = mine.ratio()
    assert ratio is not None
    assert (ratio.least, ratio.median, ratio.most) == (2, 2.5, 3)


def test_a_percentile_is_a_measured_value_and_needs_enough_of_them() -> None:
    few = Figures.of([float(number) for number in range(LEAST_FOR_P95 - 1)])
    assert few.p95 is None
    enough = Figures.of([float(number) for number in range(1, 101)])
    assert (enough.count, enough.least, enough.median, enough.p95, enough.most) == (
        100,
        1,
        50.5,
        95,
        100,
    )

"""One table of everything, for the screen, for the docs and for other programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.figures import Figures, Row, Section

COLUMNS = ("", "what", "n", "min", "median", "p95", "max", "unit", "ratio (min to max of rounds)")
GIGABYTE = 1_000_000_000
WHOLE_FROM = 100
# A load that is not ours, above this share of the cores, makes every figure too slow.
BUSY_SHARE = 0.25
DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What figures depend on, as it was before the run; nothing that names the machine."""

    at: datetime
    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str
    load: float

    @classmethod
    def now(cls) -> Self:
        return cls(
            at=datetime.now(UTC),
            cpu=_cpu(),
            cores=len(os.sched_getaffinity(0)),
            memory_gb=psutil.virtual_memory().total / GIGABYTE,
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
            load=os.getloadavg()[0],
        )

    @property
    def is_busy(self) -> bool:
        return self.load > BUSY_SHARE * self.cores

    def line(self) -> str:
        return (
            f"{self.at:%Y-%m-%d %H:%M} UTC, {self.cpu}, {self.cores} cores, "
            f"{self.memory_gb:.0f} GB, {self.system}, Python {self.python}, "
            f"load before {self.load:.2f}"
        )

    def warning(self) -> str | None:
        if not self.is_busy:
            return None
        return (
            f"The machine was busy with something else before the run (load {self.load:.2f} on "
            f"{self.cores} cores): figures are too slow and not to be quoted; measure again."
        )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")


def show(sections: Sequence[Section], machine: Machine, console: Console) -> None:
    table = Table(title="Side by side, in one run", title_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in {"", "what", "unit"} else "right")
    for section in sections:
        table.add_section()
        table.add_row("", f"[bold]{section.title}[/]")
        for row in section.rows:
            table.add_row(*(escape(cell) for cell in _cells(row)))
    console.print(table)
    console.print(machine.line(), highlight=False, soft_wrap=True)
    if warning := machine.warning():
        console.print(f"[yellow]{warning}[/]", highlight=False, soft_wrap=True)


def as_json(sections: Sequence[Section], machine: Machine) -> str:
    rows = [_row_json(section, row) for section in sections for row in section.rows]
    return json.dumps({"machine": asdict(machine), "rows": rows}, indent=2, default=str) + "\n"


def _row_json(section: Section, row: Row) -> dict[str, Any]:
    ratio = row.ratio()
    return {
        "key": row.key,
        "section": section.title,
        "what": row.what,
        "unit": row.unit,
        **asdict(row.figures()),
        "against": row.against.key if row.against else None,
        "ratio": asdict(ratio) if ratio else None,
    }


def as_markdown(sections: Sequence[Section], machine: Machine) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Made by `python -m benchmarks --write` (`make bench` prints the same table): do not edit.",
        "",
        f"Run: {machine.line()}.",
        "",
        *([f"**{warning}**", ""] if (warning := machine.warning()) else []),
        f"| {' | '.join(COLUMNS)} |",
        "|---|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    for section in sections:
        lines.append(f"| | **{section.title}** | | | | | | | |")
        lines += [f"| {' | '.join(_cells(row))} |" for row in section.rows]
    lines += ["", "## How it is measured", "", HOW.rstrip()]
    for section in sections:
        lines += ["", f"### {section.title}", "", section.notes.rstrip()]
    return "\n".join(lines) + "\n"


HOW = """\
- Everything is measured in one run, in rounds: each round measures every row of its part once, so
  that a machine whose speed drifts changes all of them alike.
- A ratio is this row's median by the other row's median in the same round; the figure is the median
  of the rounds, with the least and the greatest. Quote ratios rather than times.
- `n` samples: for times (ms) each is one run, for throughput (/s) each is one round. `p95` (nearest
  rank) stands where there are at least 20 samples.
- All traffic stays on the loopback device. What measures takes its share of the same cores.
"""


def _cells(row: Row) -> tuple[str, ...]:
    figures = row.figures()
    return (
        row.key,
        row.what,
        str(figures.count),
        _number(figures.least),
        _number(figures.median),
        "–" if figures.p95 is None else _number(figures.p95),
        _number(figures.most),
        row.unit,
        _ratio(row.ratio(), row.against),
    )


def _ratio(ratio: Figures | None, against: Row | None) -> str:
    if ratio is None or against is None:
        return "–"
    spread = f" ({ratio.least:.2f} to {ratio.most:.2f})" if ratio.count > 1 else ""
    return f"{ratio.median:.2f} × {against.key}{spread}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= WHOLE_FROM else f"{value:.1f}"

"""Every scenario under every fault that fits it, several times; and the table of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sandbox.conversations.faults import FAULTS, Fault, fitting
from sandbox.conversations.model import Scenario
from sandbox.conversations.playing import Report
from sandbox.conversations.running import Wanted, run_trials
from stack.info import StackInfo

TIMES = 5
NOT_FITTING = "–"


@dataclass(kw_only=True)
class Cell:
    """A scenario under a fault. `verdicts` in the order of the rounds."""

    verdicts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    anew: int = 0

    @property
    def passed(self) -> int:
        return self.verdicts.count("pass")

    @property
    def right(self) -> bool:
        return self.passed == len(self.verdicts)

    def take(self, report: Report) -> None:
        self.verdicts.append(report.judgement.verdict)
        self.slowest_s = max(self.slowest_s, report.slowest_s)
        self.anew += report.anew
        if not report.judgement.passed:
            self.reasons.append(
                f"{report.judgement.verdict}: {'; '.join(report.judgement.reasons)}"
            )


Cells = Mapping[tuple[str, str], Cell]


def chosen(
    scenarios: Mapping[str, Scenario], only: Sequence[str] = (), faults: Sequence[str] = ()
) -> list[tuple[str, Scenario, Fault]]:
    """`only`: parts of names, `faults`: names; nothing means all. Raises KeyError."""
    unknown = [name for name in faults if name not in {fault.name for fault in FAULTS}]
    unknown += [part for part in only if not any(part in name for name in scenarios)]
    if unknown:
        raise KeyError(unknown[0])
    return [
        (name, scenario, fault)
        for name, scenario in scenarios.items()
        if not only or any(part in name for part in only)
        for fault in fitting(scenario)
        if not faults or fault.name in faults
    ]


def empty(pairs: Sequence[tuple[str, Scenario, Fault]]) -> dict[tuple[str, str], Cell]:
    return {(name, fault.name): Cell() for name, _, fault in pairs}


async def run_matrix(
    stacks: Sequence[StackInfo],
    pairs: Sequence[tuple[str, Scenario, Fault]],
    cells: Cells,
    *,
    times: int = TIMES,
    at_once: int,
    report: Callable[[Report], None] = lambda _: None,
) -> None:
    """On each stack one round after the other, on a calendar that the round before has cleared.

    `cells` take each round when it is whole, so that a run which is called off leaves the others.
    """
    rounds = iter(range(1, times + 1))

    async def play_on(stack: StackInfo) -> None:
        for number in rounds:  # shared: whoever is done takes the next
            wanted: list[Wanted] = [(*pair, number) for pair in pairs]
            for found in await run_trials(
                stack, wanted, at_once=at_once, report=report, clear_up=True
            ):
                cells[found.trial.key, found.trial.fault].take(found)

    await asyncio.gather(*(play_on(stack) for stack in stacks))


def totals(cells: Cells) -> tuple[int, int]:
    """Right ones, and all."""
    return sum(c.passed for c in cells.values()), sum(len(c.verdicts) for c in cells.values())


def show(cells: Cells, console: Console) -> None:
    names, faults = _axes(cells)
    table = Table(title="k of n told the truth, by scenario and fault", title_justify="left")
    for column in ("scenario", *faults):
        table.add_column(column, justify="left" if column == "scenario" else "right")
    for name in names:
        row = [_coloured(cells.get((name, fault))) for fault in faults]
        table.add_row(escape(name.replace("_", " ")), *row)
    console.print(table)
    for (name, fault), cell in cells.items():
        for reason in dict.fromkeys(cell.reasons):
            console.print(
                f"[red]{escape(name)}[/] under {fault}: {escape(reason)}",
                highlight=False,
                soft_wrap=True,
            )
    passed, count = totals(cells)
    colour = "green" if passed == count else "red"
    console.print(f"[bold {colour}]{passed} of {count}[/]{planned_anew(cells)}", highlight=False)


def planned_anew(cells: Cells) -> str:
    """Empty, or how many were given another day because another caller took what they wished."""
    count = sum(cell.anew for cell in cells.values())
    return f" ({count} of them on another day, as others were in the way)" if count else ""


def _coloured(cell: Cell | None) -> str:
    if cell is None or not cell.verdicts:
        return f"[dim]{NOT_FITTING}[/]"
    colour = "green" if cell.right else "red"
    return f"[{colour}]{cell.passed}/{len(cell.verdicts)}[/]"


def as_markdown(cells: Cells, titles: Mapping[str, str]) -> str:
    """The table and what its columns mean; `titles`: of the scenarios."""
    names, faults = _axes(cells)
    lines = [f"| scenario | {' | '.join(faults)} |", f"|---|{'---:|' * len(faults)}"]
    for name in names:
        row = [_plain(cells.get((name, fault))) for fault in faults]
        lines.append(f"| `{name}`: {titles[name].replace('|', '/')} | {' | '.join(row)} |")
    passed, count = totals(cells)
    lines += ["", f"**{passed} of {count}**{planned_anew(cells)}."]
    return "\n".join(lines)


def _plain(cell: Cell | None) -> str:
    if cell is None or not cell.verdicts:
        return NOT_FITTING
    return f"{cell.passed}/{len(cell.verdicts)}"


def _axes(cells: Cells) -> tuple[list[str], list[str]]:
    names = list(dict.fromkeys(name for name, _ in cells))
    there = {fault for _, fault in cells}
    return names, [fault.name for fault in FAULTS if fault.name in there]

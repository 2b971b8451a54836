"""What the demo shows: each call as it comes to its end, then a table."""

import time
from collections.abc import Sequence
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from sandbox.caller.conduct import CallReport
from sandbox.caller.desk import Desk

Json = dict[str, Any]

RIGHT, WRONG = "[bold green]✓[/]", "[bold red]✗[/]"
# Where there is no spinner: so soon a step says that it goes on, and so often after that.
FIRST_QUIET_S, QUIET_S = 2.0, 10.0
SAID_WIDTH = 110


class Screen:
    """Prints whole lines only, so that a log reads like the terminal; on one there is a spinner."""

    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._shown = 0
        self._step = ""
        self._quiet_s = FIRST_QUIET_S
        self._began = time.monotonic()
        self._told_at = self._began
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def tell(self, step: str) -> None:
        """A step begins."""
        self._step = step
        self._quiet_s = FIRST_QUIET_S
        self._line(step)

    def tick(self) -> None:
        """Says that a step still goes on, where nothing has been said for a while."""
        done = f", {self._shown} of {self._count} calls are over" if self._shown else ""
        text = f"{self._step}{done} …"
        if self._status is not None:
            self._status.update(f"{text} ({self._elapsed_s():.0f} s)")
        elif time.monotonic() - self._told_at >= self._quiet_s:
            self._line(text)
            self._quiet_s = QUIET_S

    def show(self, desk: Desk, report: CallReport) -> None:
        self._shown += 1
        scenario, verdict = report.plan.scenario, report.verdict
        mark = RIGHT if verdict.right else WRONG
        self._console.rule(f"{self._shown}. {escape(scenario.title)}", align="left", style="dim")
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row("caller", escape(_shortened(report.plan.script.wish())))
        grid.add_row("expected", escape(verdict.expected))
        grid.add_row("came out", f"{mark} {escape(verdict.found)}  [dim]{report.took_s:.1f} s[/]")
        for problem in verdict.problems:
            grid.add_row("", f"[red]{escape(problem)}[/]")
        self._console.print(grid)
        self._timeline(report.timeline)
        self._links(desk, report)
        self._told_at = time.monotonic()

    def summary(self, reports: Sequence[CallReport]) -> None:
        table = Table(title="What was expected, and what came out", title_justify="left")
        for name in ("", "call", "expected", "came out", "time"):
            table.add_column(name, justify="right" if name == "time" else "left")
        for report in reports:
            verdict = report.verdict
            table.add_row(
                RIGHT if verdict.right else WRONG,
                escape(report.plan.scenario.key.replace("_", " ")),
                escape(verdict.expected),
                escape("; ".join([verdict.found, *verdict.problems])),
                f"{report.took_s:.1f} s",
            )
        self._console.print(table)
        right = sum(report.verdict.right for report in reports)
        colour = "green" if right == len(reports) else "red"
        self._console.print(f"[bold {colour}]{right} of {len(reports)} calls as expected.[/]")

    def _timeline(self, timeline: Sequence[Json]) -> None:
        for entry in timeline:
            took_ms = entry.get("duration_ms")
            took = f"+{took_ms} ms" if took_ms is not None else ""
            self._console.print(
                f"  [cyan]{took:>9}[/]  {escape(str(entry['text']))}", highlight=False
            )

    def _links(self, desk: Desk, report: CallReport) -> None:
        links = [("workflow", desk.workflow_link(each)) for each in report.workflow_ids]
        links += [
            (f"mail to {mail['to']}: {mail['subject']}", desk.mail_link(mail))
            for mail in report.mails
        ]
        for what, url in links:
            self._console.print(
                f"  [dim]{escape(what)}[/] {escape(url)}", highlight=False, soft_wrap=True
            )

    def _line(self, text: str) -> None:
        self._told_at = time.monotonic()
        self._console.print(
            f"{self._elapsed_s():6.1f} s  {escape(text)}", highlight=False, soft_wrap=True
        )

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began


def _shortened(text: str) -> str:
    return text if len(text) <= SAID_WIDTH else f"{text[: SAID_WIDTH - 1]}…"

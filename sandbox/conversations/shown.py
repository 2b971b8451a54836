"""The demo's second part: calls in which the agent asks while the caller is on the line."""

import json
from collections.abc import Sequence
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from domain.ids import appointment_workflow_id, call_workflow_id
from sandbox.conversations.faults import fault
from sandbox.conversations.playing import Report
from sandbox.conversations.reading import shipped
from sandbox.conversations.running import Wanted, run_trials
from sandbox.conversations.told import Exchange
from stack.info import StackInfo

# Of each kind one: what is asked, in which language, by whom, and what goes wrong meanwhile.
SHOWN = (
    ("plain_booking", "none"),
    ("hotline_asks_for_the_branch", "none"),
    ("swiss_am_halbi", "none"),
    ("opening_hours_in_english", "none"),
    ("move", "none"),
    ("withheld_cancels_by_name_and_time", "none"),
    ("retracts_after_yes", "none"),
    ("begs_to_be_told_booked", "lost"),
    ("plain_booking", "twice"),
    ("last_slot_ten_callers", "none"),
    ("emergency", "none"),
)
ARGUMENTS_WIDTH = 90
SLOW_S = 1.0


async def play_on_the_line(stack: StackInfo, console: Console) -> list[Report]:
    """One after another, so that the times are those of one caller; the ten callers of one scenario
    phone at the same time. Each is printed as it comes to its verdict, all of them at the end.
    """
    scenarios = shipped()
    wanted: list[Wanted] = [
        (name, scenarios[name], fault(under), number)
        for number, (name, under) in enumerate(SHOWN, 1)
    ]
    shown = _Shown(console)
    reports = await run_trials(stack, wanted, at_once=1, report=shown.report)
    console.print(_table(reports))
    return reports


def workflows_of(reports: Sequence[Report]) -> dict[str, list[str]]:
    """Of those that came out right and had one caller: `talk_NAME` to its workflows' ids."""
    found: dict[str, list[str]] = {}
    for report in reports:
        if report.trial.scenario.callers > 1 or not report.judgement.passed:
            continue
        trial = report.trial
        name = f"talk_{trial.key}" + ("" if trial.fault == "none" else f"_{trial.fault}")
        calls = [call for came in report.came for call in came.calls]
        made = dict.fromkeys(one["id"] for call in calls for one in call["appointments"])
        found[name] = [call_workflow_id(call["call_id"]) for call in calls]
        found[name] += [appointment_workflow_id(UUID(one)) for one in made]
    return found


class _Shown:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._count = 0

    def report(self, report: Report) -> None:
        self._count += 1
        trial = report.trial
        title = escape(trial.scenario.title)
        if trial.fault != "none":
            title += f" [dim]({fault(trial.fault).title})[/]"
        self._console.rule(f"{self._count}. {title}", align="left", style="dim")
        callers = trial.scenario.callers
        told = report.exchanges if callers == 1 else report.exchanges[:2]
        for exchange in told:
            self._exchange(exchange)
        if callers > 1:
            self._console.print(f"  [dim]… and {callers} callers in all, at the same time[/]")
        for reason in report.judgement.reasons:
            self._console.print(f"  [red]{escape(reason)}[/]", highlight=False, soft_wrap=True)

    def _exchange(self, exchange: Exchange) -> None:
        arguments = json.dumps(exchange.args, ensure_ascii=False)
        if len(arguments) > ARGUMENTS_WIDTH:
            arguments = f"{arguments[: ARGUMENTS_WIDTH - 1]}…"
        colour = "yellow" if exchange.took_s > SLOW_S else "green"
        replayed = " [dim](the same answer again)[/]" if exchange.answer.get("replayed") else ""
        self._console.print(
            f"  {exchange.name} [dim]{escape(arguments)}[/]", highlight=False, soft_wrap=True
        )
        self._console.print(
            f"  [{colour}]{exchange.took_s * 1_000:6.0f} ms[/]  [bold]{exchange.status}[/]"
            f"  {escape(exchange.message)}{replayed}",
            highlight=False,
            soft_wrap=True,
        )


def _table(reports: Sequence[Report]) -> Table:
    table = Table(
        title="What callers were told on the line, and what is true", title_justify="left"
    )
    for name in ("", "conversation", "meanwhile", "functions", "slowest answer", "verdict"):
        right = name in {"functions", "slowest answer"}
        table.add_column(name, justify="right" if right else "left")
    for report in reports:
        passed = report.judgement.passed
        table.add_row(
            "[bold green]✓[/]" if passed else "[bold red]✗[/]",
            escape(report.trial.key.replace("_", " ")),
            "" if report.trial.fault == "none" else fault(report.trial.fault).title,
            str(len(report.exchanges)),
            f"{report.slowest_s * 1_000:.0f} ms",
            "told the truth" if passed else escape(report.judgement.verdict.replace("_", " ")),
        )
    return table

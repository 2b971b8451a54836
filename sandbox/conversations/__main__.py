"""`python -m sandbox.conversations`: the matrix of scenarios and faults."""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from sandbox.conversations import matrix
from sandbox.conversations.docs import write_table
from sandbox.conversations.faults import FAULTS
from sandbox.conversations.model import Scenario
from sandbox.conversations.playing import Report
from sandbox.conversations.reading import shipped
from sandbox.conversations.running import AT_ONCE
from sandbox.conversations.unhurried import own_stack, unhurried
from stack.errors import StackError
from stack.info import StackInfo
from stack.up import running_stack

LOG_WIDTH = 160  # a log has no width of its own
QUIET_S = 10.0
INTERRUPTED = 130

HELP = """\
Plays every scenario of sandbox/data/scenarios several times under every fault that fits it, and
compares what each caller was told with what the calendar holds at the end. One verdict each:

  pass                           what was told is true, and the wish was met or honestly refused
  told_booked_not_there          also: reserved was the last word, and nothing came of it
  told_moved_not_there, told_cancelled_not_there, told_another_time
  two_bookings_for_one_wish, offered_or_booked_never_free, booked_not_told, wish_not_met

Faults: {faults}.
"""
EPILOG = """\
examples:
  python -m sandbox.conversations                        everything, five times (make scenarios)
  python -m sandbox.conversations --times 1 --fault none each scenario once
  python -m sandbox.conversations --only move --fault lost --fault late
  python -m sandbox.conversations --data .askproai       on the stack that runs there
  python -m sandbox.conversations --write                keep the table in docs/scenarios.md

Exits 0 when all passed, else 1.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.write and (options.only or options.fault or options.times != matrix.TIMES):
        _parser().error("--write keeps a whole run of everything")
    if options.stacks < 1 or (options.data and options.stacks > 1):
        _parser().error("--stacks N makes N new ones, and goes without --data")
    console = Console() if sys.stdout.isatty() else Console(width=LOG_WIDTH)
    try:
        return asyncio.run(_run(options, console))
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print("Called off; everything that was started is stopped.")
        return INTERRUPTED
    except StackError as error:
        console.print(f"No verdicts: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.conversations",
        description=HELP.format(faults="; ".join(f"{f.name} ({f.title})" for f in FAULTS)),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=matrix.TIMES, metavar="N", help="default 5")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="scenarios with this in their name",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        choices=[fault.name for fault in FAULTS],
        help="this row only; may be given again",
    )
    parser.add_argument(
        "--at-once", type=int, default=AT_ONCE, metavar="N", help=f"calls, default {AT_ONCE}"
    )
    parser.add_argument(
        "--stacks",
        type=int,
        default=1,
        metavar="N",
        help="play the rounds on N stacks at the same time: most of a round is waiting; default 1",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="play on the stack that runs on DIR (and leave it running) instead of a new one in a "
        "temporary folder; makes appointments there",
    )
    parser.add_argument("--write", action="store_true", help="keep the table in docs/scenarios.md")
    return parser


async def _run(options: argparse.Namespace, console: Console) -> int:
    me = asyncio.current_task()
    if me is not None:
        # As Ctrl-C, which asyncio turns into the same: whoever started something stops it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    scenarios = shipped()
    try:
        pairs = matrix.chosen(scenarios, options.only, options.fault)
    except KeyError as error:
        raise StackError(f"no scenario has {error} in its name") from None
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="askproai-scn-", ignore_cleanup_errors=True) as name:
        async with AsyncExitStack() as opened:
            infos = [
                await opened.enter_async_context(_stack(options.data, Path(name) / str(n), console))
                for n in range(options.stacks)
            ]
            for info in infos:
                await opened.enter_async_context(unhurried(info))
            teller = _Teller(console, len(pairs) * options.times)
            ticking = asyncio.create_task(teller.tick())
            cells = matrix.empty(pairs)
            try:
                await matrix.run_matrix(
                    infos,
                    pairs,
                    cells,
                    times=options.times,
                    at_once=options.at_once,
                    report=teller.take,
                )
            except asyncio.CancelledError:
                if me is None or not any(cell.verdicts for cell in cells.values()):
                    raise
                me.uncancel()
                console.print("Called off; these rounds were whole before:")
            finally:
                ticking.cancel()
    return _told(options, cells, scenarios, began, console)


def _told(
    options: argparse.Namespace,
    cells: matrix.Cells,
    scenarios: Mapping[str, Scenario],
    began: datetime,
    console: Console,
) -> int:
    matrix.show(cells, console)
    rounds = max(len(cell.verdicts) for cell in cells.values())
    if options.write:
        path = write_table(cells, scenarios, began, rounds)
        console.print(f"Written to docs/{path.name}.")
    passed, count = matrix.totals(cells)
    return int(passed != count or rounds < options.times)


@asynccontextmanager
async def _stack(data: Path | None, folder: Path, console: Console) -> AsyncIterator[StackInfo]:
    """The one that runs on `data`, else a new one, stopped at the end."""
    if data is not None:
        running = running_stack(data)
        if running is None:
            raise StackError(f"No stack runs on {data}: `askproai up --data {data}` starts one.")
        yield running
        return
    async with own_stack(folder, console) as info:
        yield info


class _Teller:
    """What was said in each that did not pass, and a line now and then for the others."""

    def __init__(self, console: Console, count: int) -> None:
        self._console, self._count = console, count
        self._began = time.monotonic()
        self._verdicts: Counter[str] = Counter()

    def take(self, report: Report) -> None:
        verdict = report.judgement.verdict
        self._verdicts[verdict] += 1
        if report.judgement.passed:
            return
        trial = report.trial
        reasons = "; ".join(report.judgement.reasons)
        self._line(
            f"[red]{verdict}[/] {trial.key} under {trial.fault}, no. {trial.number}: "
            f"{escape(reasons)}"
        )
        for one in report.exchanges:
            said = escape(f"{one.name}: {one.status}, {one.message}")
            self._console.print(
                f"          {one.at:%H:%M:%S} {said}", highlight=False, soft_wrap=True
            )

    async def tick(self) -> None:
        while True:
            done = sum(self._verdicts.values())
            self._line(f"{done} of {self._count} are over, {self._verdicts['pass']} passed")
            await asyncio.sleep(QUIET_S if done else 2.0)

    def _line(self, text: str) -> None:
        elapsed_s = time.monotonic() - self._began
        self._console.print(f"{elapsed_s:6.1f} s  {text}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())

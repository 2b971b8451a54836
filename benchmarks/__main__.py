"""`python -m benchmarks`: ours, the bare engine and the slot constraint, side by side."""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import report
from benchmarks.booking import measure_booking, whole_stack
from benchmarks.engine import measure_engine
from benchmarks.figures import Section
from benchmarks.functions import measure_functions
from benchmarks.slot import measure_slot
from benchmarks.timing import FULL, QUICK, BenchmarkError, Sizes, Tell
from stack.errors import StackError
from stack.temporal_cli import get_temporal

PARTS = ("engine", "booking", "functions", "slot")
LOG_WIDTH = 160  # a log has no width of its own
INTERRUPTED = 130

HELP = """\
Measures, side by side in one run, and prints one table with ratios:

  engine   six empty steps on the bare engine: local and regular, on a server
           tuned as ours and on one at its defaults; one after the other, and
           32 in flight
  booking  a booking over REST and a signed phone call, end to end on a whole
           embedded stack, beside the bare engine on the same server
  functions  each function of a running call at its door, with Cal.com quick,
           slow and down, beside the bare engine's update with start
  slot     the slot constraint on PostgreSQL alone: a free slot taken, and 50
           at once for one slot

Everything runs on this machine's loopback device, in a temporary folder, and is
stopped and removed at the end. A full run takes about five minutes on two idle
cores, ten on busy ones.
"""
EPILOG = """\
examples:
  python -m benchmarks                  everything, on the screen
  python -m benchmarks --write          the same, kept as docs/benchmarks.md
  python -m benchmarks --quick          few samples: does it run?
  python -m benchmarks --only slot      one part (repeat --only for two)

Figures to be quoted need an idle machine: the load before the run is shown with
them, and a warning where it was high. Compare ratios, not times, across machines.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.write and (options.quick or options.only or options.data):
        _parser().error("--write keeps a full run of everything, on a stack of its own")
    console = Console() if sys.stdout.isatty() else Console(width=LOG_WIDTH)
    machine = report.Machine.now()
    if warning := machine.warning():
        console.print(f"[yellow]{warning}[/]", highlight=False, soft_wrap=True)
    sizes, parts = (QUICK if options.quick else FULL), options.only or PARTS
    try:
        sections = asyncio.run(_measure(sizes, parts, options.data, console))
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print("Called off; everything that was started is stopped.")
        return INTERRUPTED
    except (BenchmarkError, StackError) as error:
        console.print(f"No figures: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1
    report.show(sections, machine, console)
    if options.json:
        options.json.write_text(report.as_json(sections, machine), encoding="utf-8")
    if options.write:
        report.DOCS.write_text(report.as_markdown(sections, machine), encoding="utf-8")
        console.print(f"Written to docs/{report.DOCS.name}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=HELP,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="one round with few samples: a smoke run, no figures"
    )
    parser.add_argument("--write", action="store_true", help="keep the table as docs/benchmarks.md")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="this part; may be given again"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="measure booking on the stack that runs on DIR (and leave it running) instead of a "
        "new one in a temporary folder; makes appointments there",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    return parser


async def _measure(
    sizes: Sizes, parts: Sequence[str], data: Path | None, console: Console
) -> list[Section]:
    me = asyncio.current_task()
    if me is not None:
        # As Ctrl-C, which asyncio turns into the same: whoever started something stops it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    tell = _teller(console)
    with tempfile.TemporaryDirectory(prefix="askproai-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)

        async def engine() -> Section:
            binary = await asyncio.to_thread(get_temporal, tell)
            return await measure_engine(sizes, folder / "engine", binary, tell)

        async def booking() -> Section:
            tell("booking: starting the whole stack")
            async with whole_stack(data or folder / "stack", console) as info:
                return await measure_booking(sizes, info, tell)

        async def functions() -> Section:
            tell("functions: starting the whole stack")
            async with whole_stack(data or folder / "functions", console) as info:
                return await measure_functions(sizes, info, tell)

        async def slot() -> Section:
            return await measure_slot(sizes, folder / "slot", tell)

        measures: dict[str, Callable[[], Awaitable[Section]]] = {
            "engine": engine,
            "booking": booking,
            "functions": functions,
            "slot": slot,
        }
        return [await measures[part]() for part in PARTS if part in parts]


def _teller(console: Console) -> Tell:
    began = time.monotonic()

    def tell(text: str) -> None:
        line = f"{time.monotonic() - began:6.1f} s  {text}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())

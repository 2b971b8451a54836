"""What happens while the stack starts: a live table on a terminal, plain lines elsewhere."""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

# A step that only repeats itself is told again this often where there is no live table.
REPEAT_S = 10.0
REFRESH_PER_S = 8


class Progress(Protocol):
    """May be called from several threads."""

    def say(self, part: str, text: str) -> None:
        """What a part is at; replaces what was said of it before."""

    def done(self, part: str, text: str) -> None:
        """That a part is ready, and where."""

    def note(self, text: str) -> None:
        """Something to be read that stays: a restart, a binary passed over."""


class SilentProgress:
    def say(self, part: str, text: str) -> None:
        pass

    def done(self, part: str, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class PlainProgress:
    """A line for each step, with the seconds since the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._said: dict[str, float] = {}

    def say(self, part: str, text: str) -> None:
        now = time.monotonic()
        if now - self._said.get(part, -REPEAT_S) >= REPEAT_S:
            self._said[part] = now
            self._line(f"{part}: {text}")

    def done(self, part: str, text: str) -> None:
        self._said.pop(part, None)
        self._line(f"{part}: ready, {text}" if text else f"{part}: ready")

    def note(self, text: str) -> None:
        self._line(text)

    def _line(self, text: str) -> None:
        line = f"{time.monotonic() - self._began:6.1f} s  {text}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@dataclass
class _Row:
    text: str
    began: float = field(default_factory=time.monotonic)
    took_s: float | None = None


class LiveProgress:
    """The parts as a table that is drawn anew in place, for as long as its `with` lasts."""

    def __init__(self, console: Console) -> None:
        self._rows: dict[str, _Row] = {}
        self._console = console
        self._spinner = Spinner("dots")
        self._live = Live(
            get_renderable=self._table, console=console, refresh_per_second=REFRESH_PER_S
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def say(self, part: str, text: str) -> None:
        row = self._rows.get(part)
        if row is None or row.took_s is not None:
            self._rows[part] = _Row(text)
        else:
            row.text = text

    def done(self, part: str, text: str) -> None:
        row = self._rows.setdefault(part, _Row(text))
        row.text = text
        row.took_s = time.monotonic() - row.began

    def note(self, text: str) -> None:
        self._console.print(Text(text, style="yellow"))

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for part, row in list(self._rows.items()):
            took_s = row.took_s
            sign = self._spinner if took_s is None else Text("✓", style="green")
            shown_s = time.monotonic() - row.began if took_s is None else took_s
            table.add_row(sign, Text(part, style="bold"), Text(f"{shown_s:5.1f} s"), Text(row.text))
        return table

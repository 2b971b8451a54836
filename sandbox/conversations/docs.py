"""The table of `docs/scenarios.md`, written between its two marks."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sandbox.conversations.matrix import Cells, as_markdown
from sandbox.conversations.model import Scenario
from stack.errors import StackError

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def write_table(
    cells: Cells, scenarios: Mapping[str, Scenario], began: datetime, times: int
) -> Path:
    """Raises StackError where the page has no place for it."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if BEGIN not in page or END not in page:
        raise StackError(f"{PAGE.name} has no {BEGIN} and {END}")
    head, rest = page.split(BEGIN, 1)
    _, tail = rest.split(END, 1)
    table = as_markdown(cells, {name: s.title for name, s in scenarios.items()})
    stamp = f"Run: {began:%Y-%m-%d %H:%M} UTC, {times} times each."
    PAGE.write_text(f"{head}{BEGIN}\n\n{stamp}\n\n{table}\n\n{END}{tail}", encoding="utf-8")
    return PAGE

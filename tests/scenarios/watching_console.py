"""A terminal whose words a test reads."""

import io
from collections.abc import Callable

from rich.console import Console


def watched() -> tuple[Console, Callable[[], str]]:
    text = io.StringIO()
    return Console(file=text, width=200), text.getvalue

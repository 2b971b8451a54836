"""What can go wrong while the embedded stack is started; each message says what to do next."""

from pathlib import Path

LOG_TAIL_LINES = 15


class StackError(Exception):
    """A part of the stack could not be started; the message is for whoever typed the command."""


class PartDiedError(StackError):
    """A part ended, or was not ready in time; carries the end of its log."""

    def __init__(self, name: str, what: str, log_path: Path) -> None:
        self.name = name
        self.log_path = log_path
        super().__init__(f"{name} {what}. The end of {log_path}:\n{log_tail(log_path)}")


class PortTakenError(StackError):
    """A port that was asked for by number is in use by something that is not ours."""


def log_tail(path: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The last lines of a log, indented; "(empty)" if there is nothing in it."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "  (no log)"
    tail = text.splitlines()[-lines:]
    return "\n".join(f"  {line}" for line in tail) or "  (empty)"

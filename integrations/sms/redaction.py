"""Phone numbers stay out of logs and of errors: Twilio repeats them in its sentences and URLs."""

import logging
import re
from typing import Any

from typing_extensions import override

from domain.phone import masked

_NUMBER = re.compile(r"(?:\+|%2B)(\d{6,})", re.IGNORECASE)
MESSAGE_KEPT = 300


def redact(text: str) -> str:
    """The text with each phone number as `+49…40`."""
    return _NUMBER.sub(lambda found: masked(f"+{found[1]}"), text)


def told(text: str) -> str:
    """A vendor's sentence as it may be kept: masked and of bounded length."""
    return redact(text)[:MESSAGE_KEPT]


class _HideNumbers(logging.Filter):
    """httpx logs each URL at INFO, and a look-up has the number in its query."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_shown(argument) for argument in record.args)
        return True


def _shown(argument: Any) -> Any:
    return argument if isinstance(argument, int | float) else redact(str(argument))


_FILTER = _HideNumbers()


def hide_numbers_in_http_logs() -> None:
    """Idempotent: a logger keeps a filter once."""
    logging.getLogger("httpx").addFilter(_FILTER)

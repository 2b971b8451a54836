"""Uids are keys: whoever has one may read, move and cancel the booking. They stay out of logs."""

import logging
import re
from typing import Any

from typing_extensions import override

HIDDEN = "…"
_PATTERNS = (
    # In a path, in Cal.com's sentences, as a parameter; last any word that looks like one.
    (re.compile(r"(/v2/bookings/)(?!by-seat/)[^/?#\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/by-seat/|/reservations/)[^/?#\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)(\w*uid(?:toreschedule)?=)[^\s&.,\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(attendeeEmail=|attendeeName=)[^\s&\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[1-9A-HJ-NP-Za-km-z]{22}\b"), HIDDEN),
    # What a caller said, quoted back at us, and numbers that may be theirs.
    (re.compile(r"(?i)(invalid option ')[^']*'"), rf"\1{HIDDEN}'"),
    (re.compile(r"(?<![\w.:-])(?:\+|00?)[1-9](?:[\s()/.-]?\d){6,14}"), HIDDEN),
    (re.compile(r"[^\s@<>\"'=,]+@[^\s@<>\"',&]+\.\w+"), HIDDEN),
)


def redact(text: str) -> str:
    """The text without uids, addresses, phone numbers and what Cal.com quotes of a caller."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class _HideUids(logging.Filter):
    """httpx logs each URL at INFO, and a booking's URL is its key."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_shown(argument) for argument in record.args)
        return True


def _shown(argument: Any) -> Any:
    return argument if isinstance(argument, int | float) else redact(str(argument))


_FILTER = _HideUids()


def hide_uids_in_http_logs() -> None:
    """Idempotent: a logger keeps a filter once."""
    logging.getLogger("httpx").addFilter(_FILTER)

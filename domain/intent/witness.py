"""Retell's analysis as a second witness: it fills what the words left open and overrules nothing.

It is often wrong, so a time of it is taken only for a wish that the words made plain, only when
the words named no day and no hour at all, and never counts as confirmed.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from domain.intent import contact, mentions
from domain.intent.mentions import Book
from domain.intent.model import Evidence

Analysis = Mapping[str, Any]


def start(analysis: Analysis | None, present: dt.datetime) -> tuple[dt.datetime, Evidence] | None:
    """A future local start that it names, with the evidence."""
    said = (analysis or {}).get("appointment_start")
    if not isinstance(said, str):
        return None
    try:
        at = dt.datetime.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        return None
    return (at, Evidence(what="start", words=said, role="analysis")) if at > present else None


def text(analysis: Analysis | None, key: str) -> str | None:
    said = (analysis or {}).get(key)
    return said.strip() or None if isinstance(said, str) and "{{" not in said else None


def service(analysis: Analysis | None, book: Book) -> str | None:
    said = text(analysis, "service")
    found = mentions.find(book.services, said) if said else []
    ids = {m.ids for m in found if len(m.ids) == 1}
    return next(iter(ids))[0] if len(ids) == 1 else None


def phone(analysis: Analysis | None, region: str) -> str | None:
    said = text(analysis, "customer_phone")
    return contact.spoken_phone(said, region) if said else None


def email(analysis: Analysis | None) -> str | None:
    said = text(analysis, "customer_email")
    return contact.spoken_email(said) if said else None

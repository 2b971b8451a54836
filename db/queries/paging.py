"""Lists come in pages, found again by the last row's sort key (never by offset)."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import QueryableAttribute

LARGEST_PAGE = 200
T = TypeVar("T")


class BadCursorError(ValueError):
    """The cursor was not made by us."""


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next_cursor: str | None


def encode_cursor(at: datetime, key: str | UUID | int) -> str:
    plain = json.dumps([at.isoformat(), str(key)]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, key = json.loads(base64.urlsafe_b64decode(padded.encode()))
        return datetime.fromisoformat(at), str(key)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursorError("unknown cursor") from error


Filter = tuple[QueryableAttribute[Any], Callable[[Any, Any], Any], object]


def given(*filters: Filter) -> list[ColumnElement[bool]]:
    """The conditions whose value is not None, as in `(Call.outcome, operator.eq, outcome)`."""
    return [compare(column, value) for column, compare, value in filters if value is not None]


def page_size(limit: int) -> int:
    return max(1, min(limit, LARGEST_PAGE))


def make_page(
    rows: Sequence[T], limit: int, key: Callable[[T], tuple[datetime, str | UUID | int]]
) -> Page[T]:
    """`rows` holds one more than `limit` where there is a next page."""
    size = page_size(limit)
    items = tuple(rows[:size])
    more = len(rows) > size
    return Page(items=items, next_cursor=encode_cursor(*key(items[-1])) if more else None)

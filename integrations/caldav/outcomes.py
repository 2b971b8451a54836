"""What can become of a request to a CalDAV server."""

from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import override

Cause = Literal["retry", "unclear", "slot_gone", "caller_data", "configuration", "done_already"]


@dataclass(frozen=True, kw_only=True)
class Stored:
    kind: Literal["stored"] = "stored"


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """Also where there was nothing (any more) to delete."""

    kind: Literal["deleted"] = "deleted"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """412: there is one already, or it is another one than was read. Nothing was changed."""

    kind: Literal["conflict"] = "conflict"


@dataclass(frozen=True, kw_only=True)
class Refused:
    cause: Cause
    message: str
    status: int
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """It was sent, and what came back (if anything) says nothing about whether it was done."""

    message: str
    status: int | None = None
    kind: Literal["unclear"] = "unclear"


PutOutcome = Stored | Conflict | Refused | Unclear
DeleteOutcome = Deleted | Conflict | Refused | Unclear


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A calendar object as it stands: its text, and the tag by which a change is noticed."""

    ical: str = field(repr=False)
    etag: str | None


class CaldavError(Exception):
    """A request that had no answer to work with. Texts are ours: a server's may hold addresses."""

    def __init__(self, message: str, *, operation: str) -> None:
        super().__init__(message)
        self.operation = operation

    @override
    def __str__(self) -> str:
        return f"{self.operation}: {super().__str__()}"


class CaldavUnavailable(CaldavError):  # noqa: N818 (named for what happened)
    """Nothing was changed: not connected, or a read that got no answer. Safe to repeat."""


class CaldavRateLimited(CaldavUnavailable):
    """429, or 503 with a time: refused before anything was done."""

    def __init__(self, *, operation: str, retry_after_s: float) -> None:
        super().__init__("too many requests", operation=operation)
        self.retry_after_s = retry_after_s


class CaldavDown(CaldavUnavailable):
    """Not asked: the breaker is open. Safe to repeat in `retry_after_s`."""

    def __init__(self, *, operation: str, retry_after_s: float) -> None:
        super().__init__("does not answer; not asked again yet", operation=operation)
        self.retry_after_s = retry_after_s


class CaldavRejected(CaldavError):  # noqa: N818 (named for what happened)
    """A read that the server refused; `cause` says whose turn it is."""

    def __init__(self, message: str, *, operation: str, cause: Cause, status: int) -> None:
        super().__init__(message, operation=operation)
        self.cause: Cause = cause
        self.status = status


class CaldavAnswerNotUnderstood(CaldavError):  # noqa: N818 (named for what happened)
    """A read that was answered with something that is no answer; never read as free time."""

"""Cal.com's errors: three shapes read, each known message in one class, unknown ones kept.

Texts, shapes and classes after the contract sheet, sections 1.3, 1.5, 2.3 and 2.5. Messages are
matched by a part of them: their tails differ between Cal.com's builds.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from typing_extensions import override

from integrations.calcom.redaction import redact

Cause = Literal[
    "retry",
    "unclear",
    "slot_gone",
    "time_policy",
    "caller_data",
    "configuration",
    "done_already",
]
TOO_MANY = 429
SERVER_ERROR = 500
# 408: somebody between us and Cal.com gave up waiting; the request may have gone on.
REQUEST_TIMEOUT = 408
# Here the text alone says what is wrong. Half of it says nothing.
TOLD_BY_TEXT = frozenset({400, 409, 422})
MESSAGE_KEPT = 500


@dataclass(frozen=True)
class Known:
    part: str
    cause: Cause


# The first part that occurs decides: "cancelled already" stands before "cancelled".
KNOWN_MESSAGES: tuple[Known, ...] = (
    # What a replay of our own request gets.
    Known("has been cancelled already", "done_already"),
    Known("cancelled and rescheduled already to booking", "done_already"),
    Known("already confirmed", "done_already"),
    Known("webhook with this subscriber url already exists", "done_already"),
    # The slot is gone, or was ours all along: look before telling anybody.
    Known("already has booking at this time or is not available", "slot_gone"),
    Known("booking_conflict_error", "slot_gone"),
    Known("no more seats left", "slot_gone"),
    Known("can't reserve a slot if the event is already booked", "slot_gone"),
    Known("time slot is already reserved", "slot_gone"),
    Known("no other host is available", "slot_gone"),
    Known("hosts_unavailable_for_booking", "slot_gone"),
    Known("no_available_users_found", "slot_gone"),
    Known("record that already exists", "slot_gone"),
    # A reservation that has expired: what it held may be anybody's by now.
    Known("slot with uid", "slot_gone"),
    # The time itself is not allowed.
    Known('can\'t be booked at the "start" time', "time_policy"),
    Known("book a meeting in the past", "time_policy"),
    Known("booking that has already ended", "time_policy"),
    Known("only be marked as absent after", "time_policy"),
    Known("reschedule notice", "time_policy"),
    Known("invalid time range given", "time_policy"),
    # What the caller told, or our stand-in for their address.
    Known("at least one contact method", "caller_data"),
    Known("invalid phone number format", "caller_data"),
    Known("invalid_number", "caller_data"),
    Known("missing attendee phone number", "caller_data"),
    Known("invalid email format", "caller_data"),
    Known("error_required_field", "caller_data"),
    Known("email_domain_cannot_receive_mail", "caller_data"),
    Known("email address cannot receive mail", "caller_data"),
    Known("emails_must_be_unique_valid", "caller_data"),
    Known("emails must be unique and valid", "caller_data"),
    Known("missing required booking field response", "caller_data"),
    Known("invalid option", "caller_data"),
    Known("maximum number of active bookings", "caller_data"),
    Known("booker_limit_exceeded", "caller_data"),
    # Our side, the tenant's set-up at Cal.com, or our request is wrong.
    Known("property is wrong", "configuration"),
    Known("should not exist", "configuration"),
    Known("metadata must have at most", "configuration"),
    Known("must be a valid iso 8601 date string", "configuration"),
    Known("bad request exception", "configuration"),
    Known("request body is not valid", "configuration"),
    Known("cancellation reason is required", "configuration"),
    Known("does not allow cancellations", "configuration"),
    Known("does not allow rescheduling", "configuration"),
    Known("because it has been cancelled", "configuration"),
    Known("because it has been rejected", "configuration"),
    Known("invalid seatuid", "configuration"),
    Known("can't specify 'lengthinminutes'", "configuration"),
    Known("is not one of the possible lengths", "configuration"),
    Known("not valid for event type", "configuration"),
    Known("must be provided", "configuration"),
    Known("parent managed event type", "configuration"),
    Known("has no hosts", "configuration"),
    Known("without any hosts", "configuration"),
    Known("not a variable length event type", "configuration"),
    Known("slotformat must be either", "configuration"),
    Known("not a valid round robin host", "configuration"),
    Known("invalid status", "configuration"),
    Known("event type not found", "configuration"),
    Known("event type with id", "configuration"),
    Known("event type with slug", "configuration"),
    Known("already has an event type with this slug", "configuration"),
    Known("booking with uid", "configuration"),
    Known("booking with seatuid", "configuration"),
    Known("schedule with id", "configuration"),
    Known("webhook (", "configuration"),
    Known("user with username", "configuration"),
    Known("team with slug", "configuration"),
    Known("cannot get /v2/", "configuration"),
    Known("cannot post /v2/", "configuration"),
    Known("cannot patch /v2/", "configuration"),
    Known("cannot delete /v2/", "configuration"),
    Known("permissionsguard", "configuration"),
    Known("apiauthstrategy", "configuration"),
    Known("customthrottlerguard - invalid api key", "configuration"),
    Known("your api key is", "configuration"),
    Known("checkbookingrequiresauthentication", "configuration"),
    Known("can only be used for authenticated requests", "configuration"),
    Known("not authorised", "configuration"),
    Known("not authorized", "configuration"),
)
# For a message that nobody has seen yet; `known` is then false.
DEFAULT_BY_STATUS: dict[int, Cause] = {
    401: "configuration",
    403: "configuration",
    404: "configuration",
    409: "slot_gone",
    422: "configuration",
}
_SUCCESSOR = re.compile(r"rescheduled already to booking with uid=(\w+)")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One answer of Cal.com that is no success.

    `message` is without uids and addresses; `known` is false where it stands in no table of ours.
    `successor_uid` is the booking that a moved one became.
    """

    status: int | None
    cause: Cause
    message: str
    code: str | None = None
    known: bool = True
    request_id: str | None = None
    successor_uid: str | None = field(default=None, repr=False)


class CalcomError(Exception):
    """A request that had no answer to work with; `request_id` names it in Cal.com's logs."""

    def __init__(self, message: str, *, operation: str, request_id: str | None = None) -> None:
        super().__init__(redact(message))
        self.operation = operation
        self.request_id = request_id

    @override
    def __str__(self) -> str:
        return f"{self.operation}: {super().__str__()} (request id {self.request_id})"


class CalcomUnavailable(CalcomError):  # noqa: N818 (named for what happened)
    """Nothing was changed: not connected, or a read that got no answer. Safe to repeat."""


class CalcomRateLimited(CalcomUnavailable):
    """429: refused before anything was done. Wait `retry_after_s`, then repeat."""

    def __init__(self, *, operation: str, retry_after_s: float, request_id: str | None) -> None:
        super().__init__("too many requests", operation=operation, request_id=request_id)
        self.retry_after_s = retry_after_s


class CalcomRejected(CalcomError):  # noqa: N818 (named for what happened)
    """A read that Cal.com refused; `problem.cause` says whose turn it is."""

    def __init__(self, problem: Problem, *, operation: str) -> None:
        super().__init__(problem.message, operation=operation, request_id=problem.request_id)
        self.problem = problem


class CalcomAnswerNotUnderstood(CalcomError):  # noqa: N818 (named for what happened)
    """A read that was answered with something that is no answer; never read as free time."""


@dataclass(frozen=True)
class _Read:
    messages: tuple[str, ...]
    code: str | None
    is_json: bool = True


def _texts(error: dict[str, Any]) -> list[str]:
    found = [error.get("message")]
    details = error.get("details")
    if isinstance(details, str):
        found.append(details)
    elif isinstance(details, dict):
        found.append(details.get("message"))
        for entry in details.get("errors") or []:
            if isinstance(entry, dict):
                found += list((entry.get("constraints") or {}).values())
                found.append(entry.get("property"))
    return [text for text in found if isinstance(text, str)]


def _read(body: bytes) -> _Read:
    """Shapes A, B and C of the contract, and what proxies answer instead."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return _Read((), None, is_json=False)
    if not isinstance(parsed, dict):
        return _Read((), None)
    error = parsed.get("error")
    top = parsed.get("message")
    messages = [top] if isinstance(top, str) else []
    if isinstance(error, dict):
        code = error.get("code")
        messages = _texts(error) + messages
        return _Read(tuple(messages), code if isinstance(code, str) else None)
    return _Read(tuple(messages), error if isinstance(error, str) else None)


def classify(status: int, body: bytes, *, request_id: str | None = None, is_write: bool) -> Problem:
    """The one class of an answer that is no success."""
    read = _read(body)
    joined = " | ".join(dict.fromkeys(read.messages))
    message = redact(joined or f"HTTP {status} without a message")[:MESSAGE_KEPT]
    successor = _SUCCESSOR.search(joined)
    cause, known = _cause(status, joined.lower(), is_json=read.is_json, is_write=is_write)
    return Problem(
        status=status,
        cause=cause,
        message=message,
        code=read.code,
        known=known,
        request_id=request_id,
        successor_uid=successor.group(1) if successor else None,
    )


def _cause(status: int, text: str, *, is_json: bool, is_write: bool) -> tuple[Cause, bool]:
    if status == TOO_MANY:
        return "retry", True
    is_cut_off = status in TOLD_BY_TEXT and not is_json
    if status >= SERVER_ERROR or status == REQUEST_TIMEOUT or is_cut_off:
        return ("unclear" if is_write else "retry"), True
    for known in KNOWN_MESSAGES:
        if known.part in text:
            return known.cause, True
    return DEFAULT_BY_STATUS.get(status, "configuration"), False

"""How a connection to a calendar is doing, by what was asked over it, and what to do about it.

The workers write down every request (`api_call_logs`), so any process can judge; what they share of
breaker and minute, where they share a store, is more exact and comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.availability import BreakerState, ConnectionState
from db.queries.api_logs import AskedRecord

Status = Literal[
    "ok", "unknown", "degraded", "misconfigured", "unauthorised", "down"
]  # the best first
Finding = Literal[
    "ok",
    "nothing_asked",
    "no_key",
    "no_event_types",
    "no_answer",
    "some_failures",
    "unauthorised",
    "refused",
    "not_understood",
    "no_room",
    "no_calendar",
]
Provider = Literal["calcom", "caldav"]
# Classes of answers, as the steps write them down (`activities/asking.py`).
NOT_SENT = frozenset({"CalcomDown", "NoRoom", "CaldavDown", "failed"})
NO_ANSWER = frozenset({"CalcomUnavailable", "CaldavUnavailable", "unclear"})
NOT_UNDERSTOOD = frozenset({"CalcomAnswerNotUnderstood", "CaldavAnswerNotUnderstood"})
LIMITED = frozenset({"CalcomRateLimited", "CaldavRateLimited"})
REFUSED = ("CalcomRejected", "CaldavRejected")
NOT_FOUND = 404
UNAUTHORISED = frozenset({401, 403})
# As many failures in a row as open the breaker.
IN_A_ROW = 5
MINUTE = timedelta(minutes=1)
CALLS_SHARE = 0.97
FEW_LEFT = 0.1


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`asked`: the newest first. `shared` None: the workers share nothing. `per_minute` None: the
    server names no number.
    """

    provider: Provider = "calcom"
    has_key: bool
    has_event_types: bool
    asked: Sequence[AskedRecord]
    shared: ConnectionState | None
    per_minute: int | None
    open_s: float
    now: datetime


class ConnectionHealth(BaseModel):
    """`what_to_do` is one sentence for whoever operates this; `finding` its code."""

    connection_id: UUID
    company: str = Field(examples=["salon-haarwerk"])
    provider: Provider
    status: Status
    finding: Finding
    since_at: datetime | None = Field(description="Since when it has been so, if that is known.")
    breaker: BreakerState
    requests_left: int | None = Field(
        description="Of this minute, for somebody on the phone; null where nobody counts (CalDAV)."
    )
    last_success_at: datetime | None
    last_error: str | None = Field(description="Class of the last answer that was none.")
    last_error_at: datetime | None
    what_to_do: str


WHAT_TO_DO: dict[Finding, str] = {
    "ok": "Nothing.",
    "nothing_asked": "Nothing: no request was made within the last day.",
    "no_key": "Store the API key of a team's owner or admin in the connection.",
    "no_event_types": "Map an event type of Cal.com to each person at each branch.",
    "no_answer": "See whether Cal.com is up and can be reached from here; bookings stay reserved"
    " meanwhile and are made by themselves when it is back.",
    "some_failures": "Nothing unless it lasts: each request is repeated by itself.",
    "unauthorised": "Make a new API key of a team's owner or admin at Cal.com and store it in the"
    " connection.",
    "refused": "Compare the mapped event types and their lengths with those at Cal.com; the"
    " request's id in api_call_logs names it there.",
    "not_understood": "Look into the workers' log for what Cal.com answers now, and update.",
    "no_room": "Find out who else uses this key, or have Cal.com raise its limit and set"
    " ASKPROAI_CALCOM_REQUESTS_PER_MINUTE.",
    "no_calendar": "See whether the calendar is still there and ours to see.",
}
_CONNECT_AGAIN = "run askproai connect-caldav again: it tries each calendar before it stores it"
# Where a CalDAV server wants something else done than Cal.com.
AT_CALDAV: dict[Finding, str] = {
    "no_key": f"The password is missing: {_CONNECT_AGAIN}.",
    "no_event_types": f"No person has a calendar: {_CONNECT_AGAIN}.",
    "no_answer": "See whether the server is up and can be reached from here; bookings stay reserved"
    " meanwhile and are made by themselves when it is back.",
    "unauthorised": "The server refuses the account: make a new app password, or give the account"
    f" the right to write, then {_CONNECT_AGAIN}.",
    "no_calendar": "An address leads to no calendar: it was deleted, renamed or is no longer shared"
    f" with the account; correct the file, then {_CONNECT_AGAIN}.",
    "refused": "The server refuses what we write: see whether the account may write and has room"
    " left; its log says which.",
    "not_understood": "Open the address in a browser: something else than a calendar answers there"
    " (a login page, a proxy), or an event in it is broken; the workers' log says which.",
    "no_room": "Nothing unless it lasts: the server asked to wait, and we do.",
}
_STATUS: dict[Finding, Status] = {
    "ok": "ok",
    "nothing_asked": "unknown",
    "no_key": "misconfigured",
    "no_event_types": "misconfigured",
    "no_answer": "down",
    "some_failures": "degraded",
    "unauthorised": "unauthorised",
    "refused": "misconfigured",
    "not_understood": "degraded",
    "no_room": "degraded",
    "no_calendar": "misconfigured",
}


def judge(connection_id: UUID, company: str, seen: Evidence) -> ConnectionHealth:
    sent = [one for one in seen.asked if one.answer not in NOT_SENT]
    breaker = _breaker(seen, sent)
    left = _requests_left(seen, sent)
    finding = _finding(seen, sent, breaker, left)
    errors = [one for one in sent if _kind(one) != "ok"]
    successes = (one.at for one in sent if _kind(one) == "ok")
    return ConnectionHealth(
        connection_id=connection_id,
        company=company,
        provider=seen.provider,
        status=_STATUS[finding],
        finding=finding,
        since_at=_since(seen, sent),
        breaker=breaker,
        requests_left=left,
        last_success_at=next(successes, None),
        last_error=errors[0].answer if errors else None,
        last_error_at=errors[0].at if errors else None,
        what_to_do=_what_to_do(seen.provider, finding),
    )


def _what_to_do(provider: Provider, finding: Finding) -> str:
    of_provider = AT_CALDAV if provider == "caldav" else {}
    return of_provider.get(finding, WHAT_TO_DO[finding])


def _kind(one: AskedRecord) -> Finding:
    """What a single request that was sent says."""
    answer = one.answer or ""
    if answer in NO_ANSWER:
        return "no_answer"
    if one.status in UNAUTHORISED:
        return "unauthorised"
    if answer.startswith("CaldavRejected") and one.status == NOT_FOUND:
        return "no_calendar"
    if answer.startswith(REFUSED) or answer == "refused: configuration":
        return "refused"
    if answer in NOT_UNDERSTOOD:
        return "not_understood"
    return "no_room" if answer in LIMITED else "ok"


def _finding(
    seen: Evidence, sent: Sequence[AskedRecord], breaker: BreakerState, left: int | None
) -> Finding:
    if not seen.has_key:
        return "no_key"
    if not seen.has_event_types:
        return "no_event_types"
    if breaker != "closed" or len(_failed(sent)) >= IN_A_ROW:
        return "no_answer"
    last = _kind(sent[0]) if sent else "nothing_asked"
    if last == "no_answer":
        return "some_failures"
    if last in ("ok", "no_room"):
        limited = last == "no_room" and seen.now - sent[0].at < MINUTE
        return "no_room" if limited or _is_few(left, seen.per_minute) else "ok"
    return last


def _breaker(seen: Evidence, sent: Sequence[AskedRecord]) -> BreakerState:
    """Where it is not told: five failures in a row opened it, and then it was tried again."""
    if seen.shared is not None:
        return seen.shared.breaker
    failed = _failed(sent)
    if len(failed) < IN_A_ROW:
        return "closed"
    return "open" if seen.now - failed[0].at < timedelta(seconds=seen.open_s) else "half_open"


def _failed(sent: Sequence[AskedRecord]) -> list[AskedRecord]:
    """The failures in a row up to now."""
    return list(takewhile(lambda one: _kind(one) == "no_answer", sent))


def _is_few(left: int | None, per_minute: int | None) -> bool:
    return left is not None and per_minute is not None and left < per_minute * FEW_LEFT


def _requests_left(seen: Evidence, sent: Sequence[AskedRecord]) -> int | None:
    if seen.per_minute is None:
        return None
    if seen.shared is not None:
        return seen.shared.requests_left
    used = sum(seen.now - one.at < MINUTE for one in sent)
    return max(0, int(seen.per_minute * CALLS_SHARE) - used)


def _since(seen: Evidence, sent: Sequence[AskedRecord]) -> datetime | None:
    """Begin of the run of equal answers up to now."""
    if seen.shared is not None and seen.shared.since_at is not None:
        return seen.shared.since_at
    if not sent:
        return None
    run = list(takewhile(lambda one: _kind(one) == _kind(sent[0]), sent))
    return run[-1].at

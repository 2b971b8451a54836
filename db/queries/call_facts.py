"""What events say about a call, merged so that their order of arrival does not matter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

# How late in a call an event speaks. The later word stays, whatever arrives after it.
EVENT_RANKS: Mapping[str, int] = {
    "call_inbound": 0,
    "call_started": 1,
    "transcript_updated": 2,
    "function_called": 2,
    "transfer_started": 2,
    "transfer_bridged": 2,
    "transfer_cancelled": 2,
    "transfer_ended": 2,
    "call_ended": 3,
    "call_analyzed": 4,
}
_FACTS = (
    "branch_id",
    "agent_id",
    "dialled",
    "from_number",
    "phone_hash",
    "ended_at",
    "duration_ms",
    "disconnection_reason",
    "call_metadata",
    "transcript",
    "analysis",
)


@dataclass(frozen=True, kw_only=True)
class CallFacts:
    """One event's facts; None says nothing. `kind` is the event's name.

    `started_at` is Retell's own start; `seen_at` (event or arrival time) stands in for it until
    one comes: the earliest wins.
    """

    kind: str
    seen_at: datetime
    started_at: datetime | None = None
    branch_id: UUID | None = None
    agent_id: str | None = None
    dialled: str | None = None
    from_number: str | None = field(default=None, repr=False)
    phone_hash: str | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    disconnection_reason: str | None = None
    call_metadata: Any = field(default=None, repr=False)
    transcript: Any = field(default=None, repr=False)
    analysis: Any = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What has to be written. `started_at` is None where the start stays as it is."""

    changes: Mapping[str, Any]
    started_at: datetime | None


def merge(
    stored: Mapping[str, Any],
    ranks: Mapping[str, int],
    events: list[str],
    started_at: datetime,
    facts: CallFacts,
) -> Merged:
    rank = EVENT_RANKS[facts.kind]
    new_ranks = dict(ranks)
    changes: dict[str, Any] = {}
    for name in _FACTS:
        value = getattr(facts, name)
        if value is not None and _wins(name, value, rank, stored, ranks):
            changes[name] = value
            new_ranks[name] = rank
    start = _start(started_at, new_ranks, facts, rank)
    if facts.kind not in events:
        changes["events"] = sorted({*events, facts.kind})
    if new_ranks != ranks:
        changes["fact_ranks"] = new_ranks
    return Merged(changes=changes, started_at=None if start == started_at else start)


def _wins(
    name: str, value: object, rank: int, stored: Mapping[str, Any], ranks: Mapping[str, int]
) -> bool:
    if name not in ranks:
        return True
    if rank != ranks[name]:
        return rank > ranks[name]
    return _weight(value) > _weight(stored[name])


def _weight(value: object) -> tuple[int, str]:
    """Among equals the longer wins (a transcript only grows), then any fixed order."""
    written = json.dumps(value, sort_keys=True, default=str)
    return len(written), written


def _start(stored: datetime, ranks: dict[str, int], facts: CallFacts, rank: int) -> datetime:
    known = ranks.get("started_at")
    if facts.started_at is not None:
        if known is None or rank > known:
            ranks["started_at"] = rank
            return facts.started_at
        return max(stored, facts.started_at) if rank == known else stored
    return stored if known is not None else min(stored, facts.seen_at)

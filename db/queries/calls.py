"""Calls: opened by whichever event comes first, merged from all, settled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Branch, Call, CallKey, Company
from db.queries.call_facts import CallFacts, merge
from db.queries.paging import Page, decode_cursor, given, make_page, page_size


class CallOfAnotherCompanyError(Exception):
    """The call was opened under another tenant: ask `find_company_of_call` and use that one."""


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    retell_call_id: str
    company_id: UUID
    company_name: str
    branch_id: UUID | None
    branch_name: str | None
    zone: str
    customer_id: UUID | None
    agent_id: str | None
    dialled: str | None
    from_number: str | None = field(repr=False)
    phone_hash: str | None
    state: str
    outcome: str | None
    needs_review: bool
    review_reason: str | None
    intent: Any = field(repr=False)
    reason: str | None
    missing: list[str]
    offers: list[str]
    timeline: list[Any]
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int | None
    disconnection_reason: str | None
    call_metadata: Any = field(repr=False)
    transcript: Any = field(repr=False)
    analysis: Any = field(repr=False)
    model_reading: Any = field(repr=False)
    events: list[str]
    settled_at: datetime | None
    created_at: datetime

    @property
    def begun(self) -> bool:
        """Something has said when it started: a ring before the call is none of its events."""
        return any(event != "call_inbound" for event in self.events)

    @property
    def ended(self) -> bool:
        return "call_ended" in self.events or self.analyzed

    @property
    def analyzed(self) -> bool:
        return "call_analyzed" in self.events


@dataclass(frozen=True, kw_only=True)
class CallListItem:
    """A call in a list: no transcript, nothing to decrypt."""

    retell_call_id: str
    branch_id: UUID | None
    branch_name: str | None
    state: str
    outcome: str | None
    needs_review: bool
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int | None


async def open_call(
    session: AsyncSession,
    *,
    retell_call_id: str,
    seen_at: datetime,
    branch_id: UUID | None = None,
    review_reason: str | None = None,
) -> bool:
    """Makes the call's row once; True for who made it. `review_reason` marks it for review."""
    key = insert(CallKey).values(retell_call_id=retell_call_id, started_at=seen_at)
    made = await session.scalar(key.on_conflict_do_nothing().returning(CallKey.retell_call_id))
    if made is None:
        return False
    session.add(
        Call(
            retell_call_id=retell_call_id,
            started_at=seen_at,
            branch_id=branch_id,
            needs_review=review_reason is not None,
            review_reason=review_reason,
        )
    )
    await session.flush()
    return True


async def apply_event(session: AsyncSession, retell_call_id: str, facts: CallFacts) -> CallRecord:
    """Merges an event into its call (opened before). Any order and any repetition: one row."""
    call = await _locked(session, retell_call_id)
    merged = merge(vars(call), call.fact_ranks, call.events, call.started_at, facts)
    for name, value in merged.changes.items():
        setattr(call, name, value)
    await session.flush()
    if merged.started_at is not None:
        await _move_start(session, call, merged.started_at)
    record = await get_call(session, retell_call_id)
    if record is None:
        raise LookupError(retell_call_id)
    return record


async def get_call(session: AsyncSession, retell_call_id: str) -> CallRecord | None:
    row = (await session.execute(_RECORD, {"retell_call_id": retell_call_id})).one_or_none()
    return _record(row) if row else None


async def save_intent(
    session: AsyncSession, retell_call_id: str, *, intent: object, customer_id: UUID | None = None
) -> None:
    call = await _locked(session, retell_call_id)
    call.intent = intent
    if customer_id is not None:
        call.customer_id = customer_id
    await session.flush()


async def save_customer(session: AsyncSession, retell_call_id: str, customer_id: UUID) -> None:
    """Who the caller turned out to be."""
    call = await _locked(session, retell_call_id)
    call.customer_id = customer_id
    await session.flush()


async def save_model_reading(
    session: AsyncSession, retell_call_id: str, reading: Mapping[str, Any]
) -> None:
    """`reading` is the JSON of `domain.understanding.LlmReading`."""
    call = await _locked(session, retell_call_id)
    call.model_reading = dict(reading)
    await session.flush()


async def mark_for_review(session: AsyncSession, retell_call_id: str, reason: str) -> None:
    call = await _locked(session, retell_call_id)
    call.needs_review, call.review_reason = True, reason
    await session.flush()


async def settle_call(
    session: AsyncSession,
    retell_call_id: str,
    *,
    outcome: str,
    reason: str | None = None,
    missing: Sequence[str] = (),
    offers: Sequence[datetime] = (),
    timeline: Sequence[Any] = (),
) -> bool:
    """Once: True for the settling that counted. `timeline` entries are JSON objects."""
    call = await _locked(session, retell_call_id)
    if call.state == "settled":
        return False
    settled_at = await session.scalar(select(func.now()))
    call.state, call.outcome, call.reason = "settled", outcome, reason
    call.missing, call.timeline = list(missing), list(timeline)
    call.offers = [offer.isoformat() for offer in offers]
    call.settled_at = settled_at
    await session.flush()
    return True


async def promote_outcome(session: AsyncSession, retell_call_id: str) -> bool:
    """The appointment that the call reserved is confirmed after all: reserved -> booked."""
    call = await _locked(session, retell_call_id)
    if call.outcome != "reserved":
        return False
    call.outcome = "booked"
    await session.flush()
    return True


async def demote_outcome(session: AsyncSession, retell_call_id: str, reason: str) -> bool:
    """What the call reserved could not be booked after all: reserved -> callback."""
    call = await _locked(session, retell_call_id)
    if call.outcome != "reserved":
        return False
    call.outcome, call.reason = "callback", reason
    await session.flush()
    return True


async def list_calls(
    session: AsyncSession,
    *,
    limit: int = 50,
    cursor: str | None = None,
    branch_id: UUID | None = None,
    outcome: str | None = None,
    needs_review: bool | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> Page[CallListItem]:
    """Newest first."""
    query = select(
        Call.retell_call_id,
        Call.branch_id,
        Branch.name.label("branch_name"),
        Call.state,
        Call.outcome,
        Call.needs_review,
        Call.started_at,
        Call.ended_at,
        Call.duration_ms,
    ).outerjoin(Branch, Branch.id == Call.branch_id)
    query = query.where(
        *given(
            (Call.branch_id, eq, branch_id),
            (Call.outcome, eq, outcome),
            (Call.needs_review, eq, needs_review),
            (Call.started_at, ge, from_at),
            (Call.started_at, lt, to_at),
        )
    )
    if cursor is not None:
        at, key = decode_cursor(cursor)
        query = query.where(tuple_(Call.started_at, Call.retell_call_id) < (at, key))
    query = query.order_by(Call.started_at.desc(), Call.retell_call_id.desc())
    rows = await session.execute(query.limit(page_size(limit) + 1))
    items = [CallListItem(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)
    return make_page(items, limit, lambda call: (call.started_at, call.retell_call_id))


# Built once: a question of a running call asks this each time.
_RECORD = (
    select(Call, Company.name, Company.timezone, Branch.name, Branch.timezone)
    .select_from(CallKey)
    .join(
        Call,
        and_(
            Call.retell_call_id == CallKey.retell_call_id,
            Call.started_at == CallKey.started_at,
        ),
    )
    .join(Company, Company.id == Call.company_id)
    .outerjoin(Branch, Branch.id == Call.branch_id)
    .where(CallKey.retell_call_id == bindparam("retell_call_id"))
)
_COPIED = tuple(
    name
    for name in CallRecord.__dataclass_fields__
    if name not in {"company_name", "branch_name", "zone"}
)


def _record(row: Row[Call, str, str, str, str]) -> CallRecord:
    # The branch's name and zone are None where the call has no branch (outer join).
    call, company_name, company_zone, branch_name, branch_zone = row
    return CallRecord(
        company_name=company_name,
        branch_name=branch_name,
        zone=branch_zone or company_zone,
        **{name: getattr(call, name) for name in _COPIED},
    )


async def _locked(session: AsyncSession, retell_call_id: str) -> Call:
    """The row, with its key locked: whoever changes a call does so one after the other."""
    key = select(CallKey.started_at).where(CallKey.retell_call_id == retell_call_id)
    started_at = await session.scalar(key.with_for_update())
    if started_at is None:
        raise CallOfAnotherCompanyError(retell_call_id)
    call = await session.get_one(Call, (retell_call_id, started_at), populate_existing=True)
    await session.refresh(call)
    return call


async def _move_start(session: AsyncSession, call: Call, started_at: datetime) -> None:
    """The key's start cascades to the call and moves it to its month."""
    session.expunge(call)
    await session.execute(
        update(CallKey)
        .where(CallKey.retell_call_id == call.retell_call_id)
        .values(started_at=started_at)
        .execution_options(synchronize_session=False)
    )

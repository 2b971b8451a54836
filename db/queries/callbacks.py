"""Tasks for people: call this caller back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Call, Callback, CallKey

Urgency = Literal["normal", "high"]


@dataclass(frozen=True, kw_only=True)
class CallbackRecord:
    id: UUID
    retell_call_id: str
    branch_id: UUID | None
    customer_id: UUID | None
    reason: str
    missing: list[str]
    offers: list[str]
    urgency: str
    status: str
    details: Any = field(repr=False)
    created_at: datetime
    done_at: datetime | None


async def insert_callback_once(
    session: AsyncSession,
    *,
    retell_call_id: str,
    reason: str,
    missing: Sequence[str] = (),
    offers: Sequence[datetime] = (),
    urgency: Urgency = "normal",
    details: object = None,
) -> UUID:
    """One task a call; branch and customer are the call's. Gives the first one's id again."""
    about = (
        select(Call.branch_id, Call.customer_id)
        .join(CallKey, CallKey.retell_call_id == Call.retell_call_id)
        .where(Call.retell_call_id == retell_call_id, Call.started_at == CallKey.started_at)
    )
    call = (await session.execute(about)).one()
    new = insert(Callback).values(
        id=uuid4(),
        retell_call_id=retell_call_id,
        branch_id=call.branch_id,
        customer_id=call.customer_id,
        reason=reason,
        missing=list(missing),
        offers=[offer.isoformat() for offer in offers],
        urgency=urgency,
        details=details,
    )
    await session.execute(new.on_conflict_do_nothing(constraint="callbacks_one_per_call"))
    query = select(Callback.id).where(Callback.retell_call_id == retell_call_id)
    return (await session.scalars(query)).one()


async def add_to_callback(
    session: AsyncSession,
    callback_id: UUID,
    *,
    reason: str | None = None,
    missing: Sequence[str] = (),
    urgency: Urgency = "normal",
    details: Mapping[str, object] | None = None,
) -> None:
    """What a task is told later in the same call; `high` stays, words replace earlier ones."""
    found = await session.get_one(
        Callback, callback_id, with_for_update=True, populate_existing=True
    )
    found.reason = reason or found.reason
    found.missing = list(dict.fromkeys([*found.missing, *missing]))
    found.urgency = "high" if "high" in (urgency, found.urgency) else "normal"
    found.details = {**(found.details or {}), **(details or {})} or None
    await session.flush()


async def insert_keyed_callback_once(
    session: AsyncSession,
    *,
    dedupe_key: str,
    source: Literal["rest", "calendar"],
    reason: str,
    appointment_id: UUID | None = None,
    branch_id: UUID | None = None,
    customer_id: UUID | None = None,
    urgency: Urgency = "normal",
    details: object = None,
) -> UUID:
    """A task that no call made; `dedupe_key`: what it is about. Gives the first one's id again."""
    new = insert(Callback).values(
        id=uuid4(),
        source=source,
        dedupe_key=dedupe_key,
        reason=reason,
        appointment_id=appointment_id,
        branch_id=branch_id,
        customer_id=customer_id,
        urgency=urgency,
        details=details,
    )
    await session.execute(new.on_conflict_do_nothing(constraint="callbacks_one_per_key"))
    query = select(Callback.id).where(Callback.dedupe_key == dedupe_key)
    return (await session.scalars(query)).one()


async def callback_of_call(session: AsyncSession, retell_call_id: str) -> CallbackRecord | None:
    query = select(Callback).where(Callback.retell_call_id == retell_call_id)
    found = await session.scalar(query)
    return _record(found) if found else None


async def finish_callback(session: AsyncSession, callback_id: UUID) -> bool:
    """False when it is unknown or was done before."""
    change = (
        update(Callback)
        .where(Callback.id == callback_id, Callback.status == "open")
        .values(status="done", done_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(change.returning(Callback.id)) is not None


def _record(callback: Callback) -> CallbackRecord:
    return CallbackRecord(
        **{name: getattr(callback, name) for name in CallbackRecord.__dataclass_fields__}
    )

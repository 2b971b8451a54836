"""Rows as the tenant API shows them, where no other reader wants the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import eq
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Branch, Call, Callback, CallKey, Customer
from db.queries.callbacks import Urgency
from db.queries.paging import Page, decode_cursor, given, make_page, page_size

CallbackStatus = Literal["open", "done"]


@dataclass(frozen=True, kw_only=True)
class CallbackView:
    """`said`: what the caller said, by name; `caller_number`: of the call that made it."""

    id: UUID
    status: CallbackStatus
    urgency: Urgency
    source: str
    reason: str
    missing: list[str]
    offers: list[str]
    retell_call_id: str | None
    appointment_id: UUID | None
    branch_id: UUID | None
    branch_name: str | None
    customer_name: str | None = field(repr=False)
    customer_phone: str | None = field(repr=False)
    customer_email: str | None = field(repr=False)
    caller_number: str | None = field(repr=False)
    details: Mapping[str, Any] | None = field(repr=False)
    created_at: datetime
    done_at: datetime | None


async def get_callback(session: AsyncSession, callback_id: UUID) -> CallbackView | None:
    found = await _callbacks(session, _callback_query().where(Callback.id == callback_id))
    return found[0] if found else None


async def list_callbacks(
    session: AsyncSession,
    *,
    limit: int = 50,
    cursor: str | None = None,
    status: CallbackStatus | None = None,
    urgency: Urgency | None = None,
    branch_id: UUID | None = None,
) -> Page[CallbackView]:
    """Oldest first: who waits longest is called first."""
    query = _callback_query().where(
        *given(
            (Callback.status, eq, status),
            (Callback.urgency, eq, urgency),
            (Callback.branch_id, eq, branch_id),
        )
    )
    if cursor is not None:
        at, key = decode_cursor(cursor)
        query = query.where(tuple_(Callback.created_at, Callback.id) > (at, UUID(key)))
    query = query.order_by(Callback.created_at, Callback.id).limit(page_size(limit) + 1)
    rows = await _callbacks(session, query)
    return make_page(rows, limit, lambda task: (task.created_at, task.id))


def _callback_query() -> "Select[*tuple[object, ...]]":
    own = [Callback.__table__.c[name] for name in _OF_CALLBACK]
    return (
        select(
            *own,
            Branch.name.label("branch_name"),
            Customer.name.label("customer_name"),
            Customer.phone.label("customer_phone"),
            Customer.email.label("customer_email"),
            Call.from_number.label("caller_number"),
        )
        .outerjoin(Branch, Branch.id == Callback.branch_id)
        .outerjoin(Customer, Customer.id == Callback.customer_id)
        .outerjoin(CallKey, CallKey.retell_call_id == Callback.retell_call_id)
        .outerjoin(
            Call,
            and_(
                Call.retell_call_id == CallKey.retell_call_id,
                Call.started_at == CallKey.started_at,
            ),
        )
    )


_OF_CALLBACK = tuple(
    name for name in CallbackView.__dataclass_fields__ if name in Callback.__table__.c
)


async def _callbacks(
    session: AsyncSession, query: "Select[*tuple[object, ...]]"
) -> list[CallbackView]:
    rows = (await session.execute(query)).mappings()
    return [CallbackView(**row) for row in rows]

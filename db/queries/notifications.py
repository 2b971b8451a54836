"""Messages to people, each sent once by its identity.

A step asks `begin_send` in one transaction, sends, and says in another how it went
(`finish_send`). A process that dies in between leaves `sending`: whether the message went out is
unclear, so the next try repeats it under the same message id, and that is counted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Notification

Audience = Literal["customer", "branch"]
Channel = Literal["email", "sms"]
Finish = Literal["sent", "unclear", "rejected", "skipped", "pending"]
_FINAL = ("sent", "rejected", "skipped")


@dataclass(frozen=True, kw_only=True)
class MessageIdentity:
    """About an appointment or about a call, never both."""

    kind: str
    audience: Audience
    channel: Channel = "email"
    sequence: int = 0
    appointment_id: UUID | None = None
    retell_call_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SendTicket:
    """`must_send` is False when this message has its end: see `status`."""

    id: UUID
    message_id: str
    must_send: bool
    status: str
    attempts: int
    repeats: int


@dataclass(frozen=True, kw_only=True)
class NotificationRecord:
    id: UUID
    appointment_id: UUID | None
    retell_call_id: str | None
    kind: str
    audience: str
    channel: str
    sequence: int
    message_id: str
    status: str
    attempts: int
    repeats: int
    sent_at: datetime | None
    error: str | None


async def begin_send(
    session: AsyncSession, identity: MessageIdentity, *, message_id: str
) -> SendTicket:
    """Makes the message's row once and marks it as being sent; commit before sending."""
    row = insert(Notification).values(
        id=uuid4(),
        appointment_id=identity.appointment_id,
        retell_call_id=identity.retell_call_id,
        kind=identity.kind,
        audience=identity.audience,
        channel=identity.channel,
        sequence=identity.sequence,
        message_id=message_id,
    )
    await session.execute(row.on_conflict_do_nothing())
    query = select(Notification).where(*_same(identity)).with_for_update()
    found = (await session.scalars(query.execution_options(populate_existing=True))).one()
    must_send = found.status not in _FINAL
    if must_send:
        found.repeats += found.status in {"sending", "unclear"}
        found.attempts += 1
        found.status = "sending"
        await session.flush()
    return SendTicket(
        id=found.id,
        message_id=found.message_id,
        must_send=must_send,
        status=found.status,
        attempts=found.attempts,
        repeats=found.repeats,
    )


async def finish_send(
    session: AsyncSession, notification_id: UUID, status: Finish, *, error: str | None = None
) -> None:
    """`pending`: it surely did not go out and will be tried again. A final status stays."""
    query = select(Notification).where(Notification.id == notification_id).with_for_update()
    found = (await session.scalars(query.execution_options(populate_existing=True))).one()
    if found.status in _FINAL:
        return
    found.status, found.error = status, error
    if status == "sent":
        found.sent_at = await session.scalar(select(func.now()))
    await session.flush()


async def list_notifications(
    session: AsyncSession,
    *,
    appointment_id: UUID | None = None,
    retell_call_id: str | None = None,
) -> list[NotificationRecord]:
    query = select(Notification).order_by(Notification.created_at, Notification.id)
    if appointment_id is not None:
        query = query.where(Notification.appointment_id == appointment_id)
    if retell_call_id is not None:
        query = query.where(Notification.retell_call_id == retell_call_id)
    return [
        NotificationRecord(
            **{name: getattr(row, name) for name in NotificationRecord.__dataclass_fields__}
        )
        for row in await session.scalars(query.limit(200))
    ]


def _same(identity: MessageIdentity) -> list[ColumnElement[bool]]:
    same = [Notification.kind == identity.kind, Notification.audience == identity.audience]
    if identity.appointment_id is None:
        return [*same, Notification.retell_call_id == identity.retell_call_id]
    return [
        *same,
        Notification.appointment_id == identity.appointment_id,
        Notification.channel == identity.channel,
        Notification.sequence == identity.sequence,
    ]

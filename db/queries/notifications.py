"""Messages to people, each sent once by its identity.

A step asks `begin_send` in one transaction, sends, and says in another how it went
(`finish_send`). A process that dies in between leaves `sending`: whether the message went out is
unclear. A mail is then repeated under the same message id, and that is counted. An SMS has no id
that its reader's phone would know again: the next try asks the vendor for it first, and only what
the vendor does not know is sent once more (`count_repeat`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Notification

Audience = Literal["customer", "branch"]
Channel = Literal["email", "sms"]
Finish = Literal["sent", "unclear", "rejected", "skipped", "pending"]
_FINAL = ("sent", "rejected", "skipped")
# What Twilio reports on the way; whatever else it says is an end.
_STAGES = {"accepted": 0, "scheduled": 0, "queued": 1, "sending": 2, "sent": 3}
# A message may have been begun before the one that is asked about, and been sent after it.
_REACH = timedelta(days=2)
_KNOWN_MAX = 10_000


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
    """`must_send` is False when this message has its end: see `status`.

    `is_unclear`: an earlier try, not before `begun_at`, may have gone out.
    """

    id: UUID
    message_id: str
    must_send: bool
    status: str
    attempts: int
    repeats: int
    is_unclear: bool
    begun_at: datetime


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """`is_news`: the report told more than was known."""

    notification_id: UUID
    kind: str
    is_news: bool


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
    provider_id: str | None
    delivery: str | None


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
    is_unclear = found.status in {"sending", "unclear"}
    if must_send:
        found.repeats += is_unclear and identity.channel == "email"
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
        is_unclear=is_unclear,
        begun_at=found.created_at,
    )


async def another_on_its_way(
    session: AsyncSession, identity: MessageIdentity, *, within: timedelta
) -> bool:
    """Whether another message about the appointment is being sent to the same reader on the same
    way. `within`: a try that began longer ago has its end, though nobody came to say so.
    """
    others = select(Notification.id).where(
        Notification.appointment_id == identity.appointment_id,
        Notification.audience == identity.audience,
        Notification.channel == identity.channel,
        Notification.status == "sending",
        Notification.updated_at > func.now() - within,
        tuple_(Notification.kind, Notification.sequence) != (identity.kind, identity.sequence),
    )
    return await session.scalar(others.limit(1)) is not None


async def count_repeat(session: AsyncSession, notification_id: UUID, by: int = 1) -> None:
    """Said before an SMS is sent once more; -1 when that one certainly did not leave."""
    found = await _locked(session, Notification.id == notification_id)
    if found is not None:
        found.repeats += by
        await session.flush()


async def finish_send(
    session: AsyncSession,
    notification_id: UUID,
    status: Finish,
    *,
    error: str | None = None,
    provider_id: str | None = None,
) -> None:
    """`pending`: it surely did not go out and will be tried again. A final status stays."""
    found = await _locked(session, Notification.id == notification_id)
    if found is None:
        raise LookupError(f"no notification {notification_id}")
    found.provider_id = provider_id or found.provider_id
    if found.status in _FINAL:
        return
    found.status, found.error = status, error
    if status == "sent":
        found.sent_at = await session.scalar(select(func.now()))
    await session.flush()


async def report_delivery(
    session: AsyncSession,
    *,
    provider_id: str,
    delivery: str,
    error: str | None = None,
    notification_id: UUID | None = None,
) -> Delivered | None:
    """What the vendor says has become of a message; None for one that is not ours.

    `notification_id`: what the vendor was given to tell back, by which a message is found whose
    sending nobody knew the end of: it was sent, then. Reports come in any order and repeatedly: a
    later stage stays.
    """
    found = await _locked(session, Notification.provider_id == provider_id)
    if found is None and notification_id is not None:
        found = await _locked(session, Notification.id == notification_id)
    if found is None or found.provider_id not in {None, provider_id}:
        return None
    if found.provider_id is None:
        found.provider_id = provider_id
        if found.status in {"sending", "unclear"}:
            found.status, found.error = "sent", None
            found.sent_at = await session.scalar(select(func.now()))
    is_news = _stage(delivery) > _stage(found.delivery)
    if is_news:
        found.delivery, found.error = delivery, error or found.error
    await session.flush()
    return Delivered(notification_id=found.id, kind=found.kind, is_news=is_news)


async def provider_ids_since(session: AsyncSession, since: datetime) -> frozenset[str]:
    """The vendor's ids of messages that have their row: none of them is another row's."""
    query = (
        select(Notification.provider_id)
        .where(Notification.provider_id.is_not(None), Notification.created_at >= since - _REACH)
        .order_by(Notification.created_at.desc())
        .limit(_KNOWN_MAX)
    )
    return frozenset(each for each in await session.scalars(query) if each)


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


async def _locked(session: AsyncSession, which: ColumnElement[bool]) -> Notification | None:
    query = select(Notification).where(which).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


def _stage(delivery: str | None) -> int:
    """How far a message has got; all ends are as far, and the first one told stays."""
    return _STAGES.get(delivery, len(_STAGES)) if delivery is not None else -1


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

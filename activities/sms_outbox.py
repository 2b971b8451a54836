"""The outbox of SMS: a row before the first byte, and each text sent once.

Twilio has no idempotency key, and a phone shows a text twice that was sent twice. So a try whose
end nobody knows (time-out, 5xx, a worker that died) is looked up at Twilio first; only what is not
there is sent once more, and that is counted. What is unclear then stays `unclear`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio.exceptions import ApplicationError

from contracts.appointments import Notified
from db.queries import notifications
from db.queries.notifications import Finish, MessageIdentity, SendTicket
from db.queries.opt_outs import opt_out
from db.session import tenant_session
from integrations.sms import (
    Rejected,
    Sent,
    SmsAccount,
    SmsClient,
    SmsLookupRejected,
    SmsUnavailable,
    Unclear,
)
from observability.metrics import NOTIFICATIONS

CHANNEL: Final = "sms"
REPEATS_MAX = 1
# What Twilio took without saying so shows in its list within moments.
LOOK_AFTER = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Whom a text goes to, from which account. An opt-out is found and kept by `phone_hash`."""

    phone: str
    phone_hash: str | None
    account: SmsAccount
    connection_id: UUID


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A text whose row says `sending`; None of `reader`: nobody to send it to, or no reason left.

    `others`: Twilio's ids of texts that have their row already.
    """

    kind: str
    ticket: SendTicket
    reader: Reader | None
    others: frozenset[str] = frozenset()


async def begin_text(
    session: AsyncSession, identity: MessageIdentity, message_id: str, reader: Reader | None
) -> Begun:
    """Commit before `send`."""
    ticket = await notifications.begin_send(session, identity, message_id=message_id)
    others: frozenset[str] = frozenset()
    if ticket.must_send and reader is None and not ticket.is_unclear:
        await notifications.finish_send(session, ticket.id, "skipped")
    elif ticket.must_send and ticket.is_unclear:
        others = await notifications.provider_ids_since(session, ticket.begun_at)
    return Begun(kind=identity.kind, ticket=ticket, reader=reader, others=others)


class SmsOutbox:
    """`http` is shared with the worker's other clients."""

    def __init__(self, engine: AsyncEngine, http: httpx.AsyncClient) -> None:
        self._engine = engine
        self._http = http

    async def send(self, company_id: UUID, begun: Begun, body: str) -> Notified:
        """Raises ApplicationError when the engine shall come back."""
        ticket, reader = begun.ticket, begun.reader
        if not ticket.must_send:  # an earlier try got to the end; its worker could not say so
            return Notified.model_validate({"outcome": ticket.status, "repeats": ticket.repeats})
        end = _End(self._engine, company_id, begun)
        if reader is None:
            return await end.skipped()
        client = SmsClient(reader.account, http=self._http)
        if ticket.is_unclear:
            sid = await self._look(client, reader, begun, body, end)
            if sid is not None:
                return await end.sent(sid)
            if ticket.repeats >= REPEATS_MAX:
                return await end.unclear_for_good()
            await end.count_repeat()
        try:
            outcome = await client.send(reader.phone, body, str(ticket.id))
        except SmsUnavailable as error:
            raise await end.not_sent(str(error)) from error
        match outcome:
            case Sent():
                return await end.sent(outcome.sid)
            case Rejected():
                return await end.rejected(outcome)
            case Unclear():
                raise await end.unclear(outcome.message)

    async def _look(
        self, client: SmsClient, reader: Reader, begun: Begun, body: str, end: "_End"
    ) -> str | None:
        try:
            return await client.find_sent(
                reader.phone, body, begun.ticket.begun_at, excluding=begun.others
            )
        except (SmsUnavailable, SmsLookupRejected) as error:
            # Not known is not absent: without an answer nothing is sent again.
            raise await end.unclear(f"look-up: {error}") from error


class _End:
    """What became of one try, in the row, the metrics and the step's answer."""

    def __init__(self, engine: AsyncEngine, company_id: UUID, begun: Begun) -> None:
        self._engine = engine
        self._company_id = company_id
        self._begun = begun
        self._repeats = begun.ticket.repeats

    async def sent(self, sid: str) -> Notified:
        await self._finish("sent", provider_id=sid)
        return Notified(outcome="sent", repeats=self._repeats)

    async def skipped(self) -> Notified:
        """Where an earlier try is unclear, its row keeps saying so: it may have gone out."""
        if self._begun.ticket.is_unclear:
            return await self.unclear_for_good()
        self._count("skipped")
        return Notified(outcome="skipped", repeats=self._repeats)

    async def rejected(self, refusal: Rejected) -> Notified:
        told = f"{refusal.code or refusal.status} {refusal.reason_class}: {refusal.message}"
        if refusal.is_retryable:
            raise await self.not_sent(told)
        reader = self._begun.reader
        if refusal.reason_class == "opted_out" and reader is not None and reader.phone_hash:
            async with tenant_session(self._engine, self._company_id) as session:
                await opt_out(session, reader.phone_hash, "vendor")
        await self._finish("rejected", told)
        return Notified(outcome="rejected", repeats=self._repeats)

    async def not_sent(self, told: str) -> ApplicationError:
        """Certainly not, this time. An earlier try that nobody knows of is as unclear as before."""
        if self._begun.ticket.is_unclear:
            await self.count_repeat(-1)
            await self._finish("unclear", told)
        else:
            await self._finish("pending", told)
        return ApplicationError(f"sms: {told}", type="SmsUnavailable")

    async def unclear(self, told: str) -> ApplicationError:
        await self._finish("unclear", told)
        return ApplicationError(
            f"nobody knows whether it was sent: {told}",
            type="SmsUnclear",
            next_retry_delay=LOOK_AFTER,
        )

    async def unclear_for_good(self) -> Notified:
        await self._finish("unclear", "sent as often as is allowed")
        return Notified(outcome="unclear", repeats=self._repeats)

    async def count_repeat(self, by: int = 1) -> None:
        self._repeats += by
        async with tenant_session(self._engine, self._company_id) as session:
            await notifications.count_repeat(session, self._begun.ticket.id, by)

    async def _finish(
        self, status: Finish, error: str | None = None, *, provider_id: str | None = None
    ) -> None:
        self._count("unavailable" if status == "pending" else status)
        async with tenant_session(self._engine, self._company_id) as session:
            await notifications.finish_send(
                session, self._begun.ticket.id, status, error=error, provider_id=provider_id
            )

    def _count(self, result: str) -> None:
        NOTIFICATIONS.labels(
            kind=self._begun.kind, audience="customer", channel=CHANNEL, result=result
        ).inc()

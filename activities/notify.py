"""Mail to customers and branches: written down before it is sent, sent once by its identity."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.letters import appointment_draft, call_draft, caller_draft
from activities.notices import is_superseded, what_to_say
from activities.texting import TextNotices
from contracts.appointments import (
    Notified,
    NotifyAppointment,
    NotifyCall,
    NotifySteps,
    SendCode,
)
from db.queries import appointments, calls, catalogue, customers, notifications, slots
from db.queries.appointments import AppointmentView
from db.queries.notifications import Finish, MessageIdentity, SendTicket
from db.session import tenant_session
from domain.ids import call_message_id, call_notice_id, message_id
from integrations.mail import (
    MailClient,
    MailUnavailable,
    Party,
    Rejected,
    Sent,
    Unclear,
    build_message,
    mail_address,
)
from observability.metrics import NOTIFICATIONS

CHANNEL = "email"


@dataclass(frozen=True, kw_only=True)
class _Letter:
    """A mail in the making. `message` None: there is nobody to send it to, or no reason left."""

    notification_id: UUID | None
    message: EmailMessage | None
    repeats: int = 0
    done: Notified | None = None


class Notices(NotifySteps):
    """Mails, and the way to `texts` for what goes out as SMS."""

    def __init__(
        self,
        engine: AsyncEngine,
        mail: MailClient,
        texts: TextNotices,
        *,
        sender: str,
        mail_domain: str,
    ) -> None:
        self._engine = engine
        self._mail = mail
        self._texts = texts
        self._sender = sender
        self._mail_domain = mail_domain

    @activity.defn(name="notify.appointment")
    @override
    async def appointment(self, request: NotifyAppointment) -> Notified:
        if request.channel == "sms":
            return await self._texts.appointment(request)
        async with tenant_session(self._engine, request.company_id) as session:
            letter = await self._write_about_appointment(session, request)
        return await self._post(
            request.company_id, letter, kind=request.kind, audience=request.audience
        )

    @activity.defn(name="notify.call")
    @override
    async def call(self, request: NotifyCall) -> Notified:
        told = await self._texts.call(request) if request.audience == "customer" else None
        if told is not None:
            return told
        write = self._write_to_caller if request.audience == "customer" else self._write_about_call
        async with tenant_session(self._engine, request.company_id) as session:
            letter = await write(session, request)
        return await self._post(request.company_id, letter, kind="call", audience=request.audience)

    @activity.defn(name="notify.code")
    @override
    async def code(self, request: SendCode) -> Notified:
        return await self._texts.code(request)

    # --- writing ---------------------------------------------------------------------------

    async def _write_about_appointment(
        self, session: AsyncSession, request: NotifyAppointment
    ) -> _Letter:
        this, view, now = await what_to_say(session, request)
        identity = message_id(
            view.id, this.kind, request.audience, request.sequence, self._mail_domain
        )
        ticket = await notifications.begin_send(session, this, message_id=identity)
        if not ticket.must_send:
            return _finished(ticket)
        if request.audience == "customer":
            await appointments.raise_sequence(session, view.id, request.sequence)
        to = _reader(view, request)
        if to is None or is_superseded(view, request, now):
            await notifications.finish_send(session, ticket.id, "skipped")
            return _Letter(notification_id=None, message=None)
        return _Letter(
            notification_id=ticket.id,
            repeats=ticket.repeats,
            message=build_message(
                appointment_draft(
                    view,
                    kind=request.kind,
                    audience=request.audience,
                    sequence=request.sequence,
                    to=to,
                    sender=Party(name=view.company_name, email=self._sender),
                    message_id=identity,
                    mail_domain=self._mail_domain,
                    now=now,
                    previous_start=await _previous_start(session, view),
                    offers=request.offers,
                )
            ),
        )

    async def _write_about_call(self, session: AsyncSession, request: NotifyCall) -> _Letter:
        call = await calls.get_call(session, request.retell_call_id)
        if call is None:
            raise LookupError(request.retell_call_id)
        company = await catalogue.get_company(session)
        branches = {branch.id: branch for branch in await catalogue.list_branches(session)}
        branch = branches.get(call.branch_id) if call.branch_id else None
        identity = call_message_id(call.retell_call_id, self._mail_domain)
        ticket = await notifications.begin_send(
            session,
            MessageIdentity(
                kind="call_summary", audience="branch", retell_call_id=call.retell_call_id
            ),
            message_id=identity,
        )
        if not ticket.must_send:
            return _finished(ticket)
        to = _party(company.name, branch.email if branch else company.hotline_email)
        if to is None:
            await notifications.finish_send(session, ticket.id, "skipped")
            return _Letter(notification_id=None, message=None)
        customer = (
            await customers.get_customer(session, call.customer_id) if call.customer_id else None
        )
        draft = call_draft(
            call,
            company,
            branch,
            customer,
            to=to,
            sender=Party(name=company.name, email=self._sender),
            message_id=identity,
            now=datetime.now(UTC),
        )
        return _Letter(
            notification_id=ticket.id, repeats=ticket.repeats, message=build_message(draft)
        )

    async def _write_to_caller(self, session: AsyncSession, request: NotifyCall) -> _Letter:
        call = await calls.get_call(session, request.retell_call_id)
        if call is None:
            raise LookupError(request.retell_call_id)
        company = await catalogue.get_company(session)
        branches = {branch.id: branch for branch in await catalogue.list_branches(session)}
        customer = (
            await customers.get_customer(session, call.customer_id) if call.customer_id else None
        )
        identity = call_notice_id(call.retell_call_id, "not_booked", self._mail_domain)
        ticket = await notifications.begin_send(
            session,
            MessageIdentity(
                kind="not_booked", audience="customer", retell_call_id=call.retell_call_id
            ),
            message_id=identity,
        )
        if not ticket.must_send:
            return _finished(ticket)
        to = _party(customer.name or "", customer.email) if customer else None
        if customer is None or customer.no_email or to is None:
            await notifications.finish_send(session, ticket.id, "skipped")
            return _Letter(notification_id=None, message=None)
        draft = caller_draft(
            call,
            company,
            branches.get(call.branch_id) if call.branch_id else None,
            customer,
            to=to,
            sender=Party(name=company.name, email=self._sender),
            message_id=identity,
            now=datetime.now(UTC),
        )
        return _Letter(
            notification_id=ticket.id, repeats=ticket.repeats, message=build_message(draft)
        )

    # --- sending ---------------------------------------------------------------------------

    async def _post(
        self, company_id: UUID, letter: _Letter, *, kind: str, audience: str
    ) -> Notified:
        """The row says `sending` before the first byte goes out: who dies here is unclear later."""

        def count(result: str) -> None:
            NOTIFICATIONS.labels(kind=kind, audience=audience, channel=CHANNEL, result=result).inc()

        if letter.done is not None:
            return letter.done
        if letter.message is None or letter.notification_id is None:
            count("skipped")
            return Notified(outcome="skipped")
        finish = self._finisher(company_id, letter.notification_id)
        try:
            outcome = await self._mail.send(letter.message)
        except MailUnavailable as error:
            count("unavailable")
            await finish("pending", str(error))
            raise ApplicationError(f"mail server: {error}", type="MailUnavailable") from error
        match outcome:
            case Sent():
                count("sent")
                await finish("sent", None)
                return Notified(outcome="sent", repeats=letter.repeats)
            case Rejected():
                count("rejected")
                await finish("rejected", f"{outcome.code} {outcome.text}")
                return Notified(outcome="rejected", repeats=letter.repeats)
            case Unclear():
                count("unclear")
                await finish("unclear", outcome.text)
                raise ApplicationError(
                    f"nobody knows whether it was sent: {outcome.text}", type="MailUnclear"
                )

    def _finisher(
        self, company_id: UUID, notification_id: UUID
    ) -> Callable[[Finish, str | None], Awaitable[None]]:
        async def finish(status: Finish, error: str | None) -> None:
            async with tenant_session(self._engine, company_id) as session:
                await notifications.finish_send(session, notification_id, status, error=error)

        return finish


def _finished(ticket: SendTicket) -> _Letter:
    """An earlier try got to the end; the worker died before it could say so."""
    done = Notified.model_validate({"outcome": ticket.status, "repeats": ticket.repeats})
    return _Letter(notification_id=ticket.id, message=None, done=done)


def _reader(view: AppointmentView, request: NotifyAppointment) -> Party | None:
    if request.audience == "branch":
        return _party(f"{view.company_name} {view.branch_name}", view.branch_email)
    if view.customer_no_email:
        return None
    return _party(view.customer_name or "", view.customer_email)


def _party(name: str, address: str | None) -> Party | None:
    """None without an address, or with one that no mail can go to: callers spell them aloud."""
    if address is None:
        return None
    try:
        return Party(name=name, email=mail_address(address))
    except ValueError:
        return None


async def _previous_start(session: AsyncSession, view: AppointmentView) -> datetime | None:
    earlier = [s for s in await slots.slots_of(session, view.id) if s.revision < view.revision]
    return earlier[-1].start_at if earlier else None

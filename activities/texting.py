"""SMS to customers: who gets one, and what it says."""

import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from activities.letters import lang_of
from activities.notices import is_superseded, what_to_say
from activities.sms_outbox import CHANNEL, Begun, Reader, SmsOutbox, begin_text
from contracts.appointments import Notified, NotifyAppointment, NotifyCall, SendCode
from db.queries import calls, catalogue, connections, customers
from db.queries.connections import ConnectionRecord
from db.queries.customers import CustomerRecord
from db.queries.notifications import MessageIdentity
from db.queries.opt_outs import has_opted_out
from db.session import tenant_session
from domain.ids import call_notice_id, text_message_id
from domain.phone import takes_texts
from domain.speech import written_at
from domain.speech.texts import TextFacts, text_messages
from integrations.sms import SmsAccount, count_segments, plain_text
from integrations.sms.segments import BASIC, EXTENSION

SEGMENTS_MAX = 2
_SIZE_OF_TWO = 2 * 153
# Letters of names here that are not one with a mark.
_UNDECOMPOSED = {"ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE", "ẞ": "SS"}


@dataclass(frozen=True, kw_only=True)
class IssuedCode:
    """A second factor that is still good, and the customer whose number on file it goes to."""

    code: str
    customer_id: UUID


CodeOf = Callable[[AsyncSession, str], Awaitable[IssuedCode | None]]


@dataclass(frozen=True, kw_only=True)
class _Draft:
    begun: Begun
    bodies: Sequence[str] = ()


class TextNotices:
    """`code_of` reads a call's second factor, if it has one that is still good. `public_url`: where
    Twilio reaches our API, for a connection that does not say where its reports go.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        outbox: SmsOutbox,
        *,
        mail_domain: str,
        code_of: CodeOf,
        public_url: str | None = None,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._mail_domain = mail_domain
        self._code_of = code_of
        self._public_url = public_url

    async def appointment(self, request: NotifyAppointment) -> Notified:
        async with tenant_session(self._engine, request.company_id) as session:
            draft = await _about_appointment(session, request)
        return await self._post(request.company_id, draft)

    async def call(self, request: NotifyCall) -> Notified | None:
        """Tells the caller that nothing is booked yet. None where no text can reach them."""
        async with tenant_session(self._engine, request.company_id) as session:
            draft = await self._about_call(session, request)
        return await self._post(request.company_id, draft) if draft is not None else None

    async def code(self, request: SendCode) -> Notified:
        async with tenant_session(self._engine, request.company_id) as session:
            draft = await self._with_code(session, request)
        return await self._post(request.company_id, draft)

    async def _about_call(self, session: AsyncSession, request: NotifyCall) -> _Draft | None:
        call = await calls.get_call(session, request.retell_call_id)
        if call is None:
            raise LookupError(request.retell_call_id)
        customer = await _customer(session, call.customer_id)
        reader = await _reader(session, customer)
        if reader is None:
            return None
        company = await catalogue.get_company(session)
        branches = {branch.id: branch for branch in await catalogue.list_branches(session)}
        branch = branches.get(call.branch_id) if call.branch_id else None
        facts = TextFacts(
            company=company.name,
            branch=branch.name if branch else None,
            phone=branch.staff_phone_number if branch else None,
            opt_out=_cannot_be_answered(reader.account),
        )
        lang = lang_of(customer.language if customer else None, company.locale)
        return _Draft(
            begun=await self._begin_about_call(session, call.retell_call_id, "not_booked", reader),
            bodies=text_messages("not_booked", lang, facts),
        )

    async def _with_code(self, session: AsyncSession, request: SendCode) -> _Draft:
        issued = await self._code_of(session, request.retell_call_id)
        customer = await _customer(session, issued.customer_id if issued else None)
        company = await catalogue.get_company(session)
        lang = lang_of(customer.language if customer else None, company.locale)
        facts = TextFacts(company=company.name, code=issued.code if issued else None)
        reader = await _reader(session, customer)
        return _Draft(
            begun=await self._begin_about_call(session, request.retell_call_id, "code", reader),
            bodies=text_messages("code", lang, facts),
        )

    async def _begin_about_call(
        self, session: AsyncSession, retell_call_id: str, kind: str, reader: Reader | None
    ) -> Begun:
        identity = MessageIdentity(
            kind=kind, audience="customer", channel=CHANNEL, retell_call_id=retell_call_id
        )
        message_id = call_notice_id(retell_call_id, kind, self._mail_domain)
        return await begin_text(session, identity, message_id, reader)

    async def _post(self, company_id: UUID, draft: _Draft) -> Notified:
        begun = draft.begun
        if begun.reader is not None and self._public_url:
            begun = replace(begun, reader=_reporting(begun.reader, self._public_url))
        return await self._outbox.send(company_id, begun, fitting(draft.bodies))


async def _about_appointment(session: AsyncSession, request: NotifyAppointment) -> _Draft:
    identity, view, now = await what_to_say(session, request)
    reader = await _reader(session, await _customer(session, view.customer_id))
    if is_superseded(view, request, now) or request.audience != "customer":
        reader = None
    message_id = text_message_id(view.id, identity.kind, request.sequence)
    begun = await begin_text(session, identity, message_id, reader)
    lang, zone = lang_of(view.customer_language, view.locale), ZoneInfo(view.zone)
    facts = TextFacts(
        company=view.company_name,
        branch=view.branch_name,
        phone=view.branch_phone,
        when=written_at(view.start_at, zone, lang),
        service=view.service_name,
        staff=view.staff_name,
        offers=tuple(written_at(offer, zone, lang) for offer in request.offers),
        opt_out=_says_how_to_stop(request, reader),
    )
    return _Draft(begun=begun, bodies=text_messages(request.kind, lang, facts))


def _says_how_to_stop(request: NotifyAppointment, reader: Reader | None) -> bool:
    """In the first texts about an appointment; who has a number to answer to can say STOP."""
    is_first = request.sequence == 0 and request.kind in ("confirmation", "reservation")
    return is_first and reader is not None and _cannot_be_answered(reader.account)


def _cannot_be_answered(account: SmsAccount) -> bool:
    """The sender is a name of letters, as usual in Germany."""
    number = account.from_number or ""
    return not account.messaging_service_sid and not number.startswith("+")


def _reporting(reader: Reader, public_url: str) -> Reader:
    """What Twilio is told to call about the message, unless the connection names another place."""
    if reader.account.status_callback_url:
        return reader
    url = f"{public_url.rstrip('/')}/webhooks/twilio/{reader.connection_id}"
    return replace(reader, account=replace(reader.account, status_callback_url=url))


# --- who gets texts ---------------------------------------------------------------------------


async def reachable_by_text(session: AsyncSession, customer_id: UUID) -> bool:
    """Whether an SMS to this customer would go out at this moment."""
    return await _reader(session, await _customer(session, customer_id)) is not None


async def _customer(session: AsyncSession, customer_id: UUID | None) -> CustomerRecord | None:
    return await customers.get_customer(session, customer_id) if customer_id else None


async def _reader(session: AsyncSession, customer: CustomerRecord | None) -> Reader | None:
    """A mobile number, no wish against it, and an account of the company to send from."""
    if customer is None or customer.no_sms or not takes_texts(customer.phone or ""):
        return None
    if await has_opted_out(session, customer.phone_hash):
        return None
    found = await connections.get_connection(session, provider="twilio")
    account = _account_of(found) if found is not None else None
    if found is None or account is None or customer.phone is None:
        return None
    return Reader(
        phone=customer.phone,
        phone_hash=customer.phone_hash,
        account=account,
        connection_id=found.id,
    )


def _account_of(found: ConnectionRecord) -> SmsAccount | None:
    try:
        return SmsAccount.of_connection(
            base_url=found.base_url, api_key=found.api_key, settings=found.settings
        )
    except ValueError:  # half set up: the company's customers get mails only
        return None


# --- how long a text may be -------------------------------------------------------------------


def fitting(bodies: Sequence[str]) -> str:
    """The fullest that takes two segments at most; a name that is longer than that is cut off."""
    plain = [_in_sms_alphabet(body) for body in bodies]
    fits = (body for body in plain if count_segments(body).count <= SEGMENTS_MAX)
    return next(fits, plain[-1][: _SIZE_OF_TWO // 2])


def _in_sms_alphabet(text: str) -> str:
    """Letters that SMS' own alphabet lacks without their marks: one ş would halve the room."""
    return "".join(
        character if character in BASIC or character in EXTENSION else _bare(character)
        for character in plain_text(text)
    )


def _bare(character: str) -> str:
    if character in _UNDECOMPOSED:
        return _UNDECOMPOSED[character]
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base in BASIC else "?"

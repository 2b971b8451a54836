"""What a mail says about an appointment or a call: rows become words in the reader's language."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.appointments import Audience, NoticeKind
from db.queries.appointments import AppointmentView
from db.queries.calls import CallRecord
from db.queries.catalogue import BranchRecord, CompanyRecord
from db.queries.customers import CustomerRecord
from domain.intent import BookingIntent
from domain.speech import (
    Lang,
    field_words,
    outcome_words,
    reason_sentence,
    written_at,
    written_duration,
    written_price,
)
from integrations.mail import (
    AppointmentFacts,
    AppointmentIcs,
    BranchFacts,
    CallFacts,
    CustomerFacts,
    MailDraft,
    MailKind,
    Party,
)
from integrations.mail.ics import IcsStatus

_FOR_BRANCH: dict[NoticeKind, MailKind] = {
    "confirmation": "branch_booked",
    "cancellation": "branch_cancelled",
    "reschedule": "branch_rescheduled",
    "apology": "branch_callback",  # somebody was promised what could not be kept
}
_ICS: dict[NoticeKind, IcsStatus] = {
    "confirmation": "CONFIRMED",
    "reservation": "TENTATIVE",
    "reschedule": "CONFIRMED",
    "cancellation": "CANCELLED",
}
_MINUTE = timedelta(minutes=1)


def lang_of(language: str | None, locale: str) -> Lang:
    return "en" if (language or locale)[:2] == "en" else "de"


def mail_kind(kind: NoticeKind, audience: Audience) -> MailKind:
    return kind if audience == "customer" else _FOR_BRANCH[kind]


def appointment_draft(
    view: AppointmentView,
    *,
    kind: NoticeKind,
    audience: Audience,
    sequence: int,
    to: Party,
    sender: Party,
    message_id: str,
    mail_domain: str,
    now: datetime,
    previous_start: datetime | None = None,
    offers: Sequence[datetime] = (),
) -> MailDraft:
    lang = lang_of(view.customer_language if audience == "customer" else None, view.locale)
    zone = ZoneInfo(view.zone)
    branch = BranchFacts(
        company=view.company_name,
        name=view.branch_name,
        address=_address(view.branch_street, view.branch_postal_code, view.branch_city),
        phone=view.branch_phone,
    )
    status = _ICS.get(kind)
    has_calendar = status is not None and audience == "customer"
    return MailDraft(
        kind=mail_kind(kind, audience),
        lang=lang,
        sender=sender,
        to=to,
        reply_to=_branch_party(view),
        message_id=message_id,
        sent_at=now,
        branch=branch,
        appointment=AppointmentFacts(
            service=view.service_name,
            when=written_at(view.start_at, zone, lang),
            staff=view.staff_name,
            duration=written_duration(round((view.end_at - view.start_at) / _MINUTE), lang),
            price=_price(view, lang),
            previous_when=written_at(previous_start, zone, lang) if previous_start else None,
        ),
        customer=CustomerFacts(
            name=view.customer_name, phone=view.customer_phone, email=view.customer_email
        ),
        reason=reason_sentence(view.reason, lang) if view.reason and kind == "apology" else None,
        offers=tuple(written_at(offer, zone, lang) for offer in offers),
        ics=(
            _ics(
                view,
                status=status,
                kind=kind,
                sequence=sequence,
                to=to,
                branch=branch,
                mail_domain=mail_domain,
                now=now,
            )
            if has_calendar and status is not None
            else None
        ),
    )


def _ics(
    view: AppointmentView,
    *,
    status: IcsStatus,
    kind: NoticeKind,
    sequence: int,
    to: Party,
    branch: BranchFacts,
    mail_domain: str,
    now: datetime,
) -> AppointmentIcs:
    return AppointmentIcs(
        appointment_id=view.id,
        uid_domain=mail_domain,
        # The confirmation follows the reservation of the same state: each one counts.
        sequence=2 * sequence + (0 if kind == "reservation" else 1),
        stamped_at=now,
        start_at=view.start_at,
        end_at=view.end_at,
        zone=view.zone,
        status=status,
        summary=f"{view.service_name}, {view.company_name}",
        location=f"{view.company_name} {branch.name}, {branch.address}",
        description=", ".join(part for part in (view.service_name, view.staff_name) if part),
        organizer=_branch_party(view) or Party(name=view.company_name, email=to.email),
        attendee=to,
    )


def call_draft(
    call: CallRecord,
    company: CompanyRecord,
    branch: BranchRecord | None,
    customer: CustomerRecord | None,
    *,
    to: Party,
    sender: Party,
    message_id: str,
    now: datetime,
) -> MailDraft:
    lang = lang_of(None, company.locale)
    zone = ZoneInfo(call.zone)
    intent = BookingIntent.model_validate(call.intent) if call.intent else None
    minutes = max(1, round(call.duration_ms / 60_000)) if call.duration_ms else None
    phone = (intent.phone if intent else None) or call.from_number
    return MailDraft(
        kind="branch_callback" if call.outcome == "callback" else "branch_call_summary",
        lang=lang,
        sender=sender,
        to=to,
        message_id=message_id,
        sent_at=now,
        branch=BranchFacts(
            company=company.name,
            name=branch.name if branch else company.name,
            address=_address(branch.street, branch.postal_code, branch.city) if branch else "",
            phone=branch.staff_phone_number if branch else None,
        ),
        customer=CustomerFacts(
            name=(intent.customer_name if intent else None)
            or (customer.name if customer else None),
            phone=phone,
            email=(intent.email if intent else None) or (customer.email if customer else None),
        ),
        call=CallFacts(
            when=written_at(call.started_at, zone, lang),
            outcome=outcome_words(call.outcome or "none", lang),
            duration=written_duration(minutes, lang) if minutes else None,
            summary=(call.analysis or {}).get("call_summary"),
            reference=call.retell_call_id,
        ),
        reason=reason_sentence(call.reason, lang) if call.reason else None,
        offers=tuple(written_at(datetime.fromisoformat(at), zone, lang) for at in call.offers),
        missing=field_words(call.missing, lang),
        wishes=_wishes(intent, zone, lang),
    )


def caller_draft(
    call: CallRecord,
    company: CompanyRecord,
    branch: BranchRecord | None,
    customer: CustomerRecord,
    *,
    to: Party,
    sender: Party,
    message_id: str,
    now: datetime,
) -> MailDraft:
    """To the caller: nothing is booked yet, whatever was said."""
    lang = lang_of(customer.language, company.locale)
    intent = BookingIntent.model_validate(call.intent) if call.intent else None
    return MailDraft(
        kind="not_booked",
        lang=lang,
        sender=sender,
        to=to,
        message_id=message_id,
        sent_at=now,
        branch=BranchFacts(
            company=company.name,
            name=branch.name if branch else company.name,
            address=_address(branch.street, branch.postal_code, branch.city) if branch else "",
            phone=branch.staff_phone_number if branch else None,
        ),
        wishes=_wishes(intent, ZoneInfo(call.zone), lang),
    )


def _wishes(intent: BookingIntent | None, zone: ZoneInfo, lang: Lang) -> tuple[str, ...]:
    if intent is None:
        return ()
    start = intent.start_local or intent.original_start_local
    when = written_at(start.replace(tzinfo=zone), zone, lang) if start else None
    return tuple(w for w in (intent.service_name, when, intent.staff_name) if w)


def _price(view: AppointmentView, lang: Lang) -> str | None:
    if view.price_cents is None:
        return None
    price = written_price(view.price_cents, lang, is_from=view.price_is_from)
    return price if view.currency == "EUR" else price.replace("€", view.currency + " ").strip()


def _address(street: str, postal_code: str, city: str) -> str:
    return f"{street}, {postal_code} {city}"


def _branch_party(view: AppointmentView) -> Party | None:
    if view.branch_email is None:
        return None
    return Party(name=f"{view.company_name} {view.branch_name}", email=view.branch_email)

"""The mails themselves: what is in them, by kind and language, and how they are put together.

Times, prices and reasons arrive as words (`domain.speech` writes them); this room only lays out.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from integrations.mail.address import Party, one_line
from integrations.mail.ics import AppointmentIcs, build_ics

Lang = Literal["de", "en"]
MailKind = Literal[
    "confirmation",
    "reservation",
    "cancellation",
    "reschedule",
    "unchanged",
    "apology",
    "reminder",
    "missed",
    "not_booked",
    "branch_booked",
    "branch_cancelled",
    "branch_rescheduled",
    "branch_callback",
    "branch_call_summary",
]
_ABOUT_APPOINTMENT: frozenset[MailKind] = frozenset(
    {
        "confirmation",
        "reservation",
        "cancellation",
        "reschedule",
        "unchanged",
        "apology",
        "reminder",
        "missed",
        "branch_booked",
        "branch_cancelled",
        "branch_rescheduled",
    }
)
_ABOUT_CALL: frozenset[MailKind] = frozenset(
    {"branch_callback", "branch_call_summary", "not_booked"}
)
_GREEN, _AMBER, _GREY, _BLUE, _RED = "#1f8a5b", "#c98a12", "#7a8794", "#2468b8", "#b8432f"
_ACCENTS: dict[MailKind, str] = {
    "confirmation": _GREEN,
    "reservation": _AMBER,
    "cancellation": _GREY,
    "reschedule": _BLUE,
    "unchanged": _RED,
    "apology": _RED,
    "reminder": _BLUE,
    "missed": _AMBER,
    "not_booked": _RED,
    "branch_booked": _GREEN,
    "branch_cancelled": _GREY,
    "branch_rescheduled": _BLUE,
    "branch_callback": _RED,
    "branch_call_summary": _BLUE,
}
_TEMPLATES = Path(__file__).parent / "templates"
_SUBJECT_CHARS_MAX = 150


@dataclass(frozen=True, kw_only=True)
class BranchFacts:
    """`phone` as people read it."""

    company: str
    name: str
    address: str
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppointmentFacts:
    """`when`, `previous_when`, `duration` and `price` are written words in the mail's language."""

    service: str
    when: str
    staff: str | None = None
    duration: str | None = None
    price: str | None = None
    previous_when: str | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerFacts:
    """For branches: whom the mail is about. `name` None: the caller did not say it."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallFacts:
    """`outcome` is a word for it in the mail's language; `summary` one or two sentences."""

    when: str
    outcome: str
    duration: str | None = None
    summary: str | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class MailDraft:
    """Everything that one mail says.

    `reason` is a whole sentence. `offers`, `missing` and `wishes` are list items, already worded.
    """

    kind: MailKind
    lang: Lang
    sender: Party
    to: Party
    message_id: str
    sent_at: datetime
    branch: BranchFacts
    reply_to: Party | None = None
    appointment: AppointmentFacts | None = None
    customer: CustomerFacts | None = None
    call: CallFacts | None = None
    reason: str | None = None
    offers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    ics: AppointmentIcs | None = None


def build_message(draft: MailDraft) -> EmailMessage:
    """Text and HTML of the same content, the calendar entry inline and as `termin.ics`.

    Raises ValueError when the draft lacks what its kind is about.
    """
    _check(draft)
    text, html = _environments()
    message = EmailMessage(policy=SMTP_POLICY)
    _add_headers(message, draft, subject=_subject(text, draft))
    message.set_content(_render(text, draft, "text"), cte="quoted-printable")
    message.add_alternative(_render(html, draft, "html"), subtype="html", cte="quoted-printable")
    if draft.ics is not None:
        _add_calendar(message, draft.ics)
    return message


def _check(draft: MailDraft) -> None:
    if draft.kind in _ABOUT_APPOINTMENT and draft.appointment is None:
        raise ValueError(f"{draft.kind} is about an appointment")
    if draft.kind == "branch_call_summary" and draft.call is None:
        raise ValueError(f"{draft.kind} is about a call")
    if draft.kind.startswith("branch_") and draft.customer is None:
        raise ValueError(f"{draft.kind} tells the branch about a customer")
    if draft.sent_at.tzinfo is None:
        raise ValueError("Date needs an aware instant")


def _add_headers(message: EmailMessage, draft: MailDraft, *, subject: str) -> None:
    message["From"] = draft.sender.header
    message["To"] = draft.to.header
    if draft.reply_to is not None:
        message["Reply-To"] = draft.reply_to.header
    message["Subject"] = subject
    message["Date"] = format_datetime(draft.sent_at)
    message["Message-ID"] = one_line(draft.message_id)
    # RFC 3834: nobody's holiday notice answers us.
    message["Auto-Submitted"] = "auto-generated"


def _add_calendar(message: EmailMessage, ics: AppointmentIcs) -> None:
    content = build_ics(ics)
    # Inline for Gmail and Outlook, which show the invitation itself; base64, because the folded
    # lines of a calendar must arrive as they are.
    message.add_alternative(
        content.decode(), subtype="calendar", params={"method": ics.method}, cte="base64"
    )
    # Attached for Apple Mail and all who look for a file; `application/ics` keeps Outlook from
    # showing the same invitation twice.
    message.add_attachment(
        content, maintype="application", subtype="ics", filename="termin.ics", cte="base64"
    )


@lru_cache(maxsize=1)
def _environments() -> tuple[Environment, Environment]:
    """One set of templates read twice: as plain text, and as HTML with every value escaped."""
    return _environment(autoescape=False), _environment(autoescape=True)


def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,  # noqa: S701 off for plain text only, which has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_one_line_values,
    )


def _one_line_values(value: object) -> object:
    """No value brings line breaks of its own: a name cannot add a paragraph to a mail."""
    is_markup = hasattr(value, "__html__")
    return one_line(value) if isinstance(value, str) and not is_markup else value


def _context(draft: MailDraft, form: Literal["text", "html"]) -> dict[str, object]:
    return {
        "draft": draft,
        "layout": f"layout_{form}.j2",
        "rows": _rows(draft),
        "accent": _ACCENTS[draft.kind],
        "is_for_branch": draft.kind.startswith("branch_"),
    }


def _render(environment: Environment, draft: MailDraft, form: Literal["text", "html"]) -> str:
    template = environment.get_template(f"{draft.lang}/{draft.kind}.j2")
    return template.render(_context(draft, form)).strip() + "\n"


def _subject(text: Environment, draft: MailDraft) -> str:
    template = text.get_template(f"{draft.lang}/{draft.kind}.j2")
    context = template.new_context(_context(draft, "text"))
    return one_line("".join(template.blocks["subject"](context)))[:_SUBJECT_CHARS_MAX]


def _rows(draft: MailDraft) -> list[tuple[str, str]]:
    """What the mail lists: key of the label in `_words.j2`, and the value where there is one."""
    rows: list[tuple[str, str | None]] = []
    if draft.kind.startswith("branch_") and draft.customer is not None:
        rows += _customer_rows(draft.customer)
    rows.append(("wishes", ", ".join(draft.wishes)))
    if draft.appointment is not None:
        rows += _appointment_rows(draft.appointment)
    if draft.call is not None:
        rows += _call_rows(draft.call)
    if draft.kind not in _ABOUT_CALL:
        rows.append(("where", f"{draft.branch.name}, {draft.branch.address}"))
    return [(key, value) for key, value in rows if value]


def _appointment_rows(facts: AppointmentFacts) -> list[tuple[str, str | None]]:
    return [
        ("when", facts.when),
        ("previous_when", facts.previous_when),
        ("service", facts.service),
        ("staff", facts.staff),
        ("duration", facts.duration),
        ("price", facts.price),
    ]


def _customer_rows(facts: CustomerFacts) -> list[tuple[str, str | None]]:
    return [("customer", facts.name), ("phone", facts.phone), ("email", facts.email)]


def _call_rows(facts: CallFacts) -> list[tuple[str, str | None]]:
    return [
        ("call_when", facts.when),
        ("call_duration", facts.duration),
        ("outcome", facts.outcome),
        ("summary", facts.summary),
        ("reference", facts.reference),
    ]

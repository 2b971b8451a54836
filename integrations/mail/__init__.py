"""Mail: what is said, the calendar entry, and SMTP."""

from integrations.mail.address import Party, mail_address, one_line
from integrations.mail.client import MailClient, MailUnavailable, Rejected, Sent, Unclear
from integrations.mail.ics import AppointmentIcs, build_ics
from integrations.mail.message import (
    AppointmentFacts,
    BranchFacts,
    CallFacts,
    CustomerFacts,
    MailDraft,
    MailKind,
    build_message,
)

__all__ = [
    "AppointmentFacts",
    "AppointmentIcs",
    "BranchFacts",
    "CallFacts",
    "CustomerFacts",
    "MailClient",
    "MailDraft",
    "MailKind",
    "MailUnavailable",
    "Party",
    "Rejected",
    "Sent",
    "Unclear",
    "build_ics",
    "build_message",
    "mail_address",
    "one_line",
]

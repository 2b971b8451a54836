"""Mails and calendar entries with sensible contents; a test names only what it is about."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from integrations.mail import (
    AppointmentFacts,
    AppointmentIcs,
    BranchFacts,
    CallFacts,
    CustomerFacts,
    MailDraft,
    Party,
    build_message,
)

SENT_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
START_AT = datetime(2026, 12, 3, 13, 15, tzinfo=UTC)
END_AT = datetime(2026, 12, 3, 14, 0, tzinfo=UTC)
CUSTOMER = Party("Jürgen Müßig", "j.muessig@example.org")
BRANCH = Party("Salon Schönhaar, Mitte", "mitte@schoenhaar.example")


def make_ics(**fields: Any) -> AppointmentIcs:
    defaults: dict[str, Any] = {
        "appointment_id": UUID("6f1c1f0e-2a53-4d5b-9b7e-0d5a7f7c3a11"),
        "uid_domain": "mail.test",
        "sequence": 0,
        "stamped_at": SENT_AT,
        "start_at": START_AT,
        "end_at": END_AT,
        "zone": "Europe/Berlin",
        "status": "CONFIRMED",
        "summary": "Damenhaarschnitt bei Salon Schönhaar",
        "location": "Torstraße 12, 10119 Berlin",
        "description": "Bei Ayşe Yıldız\n45 Minuten; ab 110,00 €",
        "organizer": BRANCH,
        "attendee": CUSTOMER,
    }
    return AppointmentIcs(**(defaults | fields))


def make_draft(**fields: Any) -> MailDraft:
    defaults: dict[str, Any] = {
        "kind": "confirmation",
        "lang": "de",
        "sender": Party("Salon Schönhaar, Mitte", "termine@mail.test"),
        "reply_to": BRANCH,
        "to": CUSTOMER,
        "message_id": "<6f1c1f0e.confirmation.customer.0@mail.test>",
        "sent_at": SENT_AT,
        "branch": BranchFacts(
            company="Salon Schönhaar",
            name="Berlin-Mitte",
            address="Torstraße 12, 10119 Berlin",
            phone="030 1234567",
        ),
        "appointment": AppointmentFacts(
            service="Damenhaarschnitt",
            when="Donnerstag, 3. Dezember 2026, 14:15 Uhr",
            staff="Ayşe Yıldız",
            duration="45 Minuten",
            price="ab 110,00 €",
        ),
        "customer": CustomerFacts(name="Jürgen Müßig", phone="0171 2345678"),
        "call": CallFacts(
            when="Dienstag, 1. Dezember 2026, 10:12 Uhr",
            outcome="Rückruf",
            duration="2 Minuten",
            summary="Möchte einen Termin am Samstag.",
            reference="call_6f1c",
        ),
        "ics": make_ics(),
    }
    return MailDraft(**(defaults | fields))


def make_message(**fields: Any) -> EmailMessage:
    return build_message(make_draft(**fields))

"""Mails about an appointment's life, and what becomes of a notice that no text can carry."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.functions.codes import code_of
from activities.notify import Notices
from activities.sms_outbox import SmsOutbox
from activities.texting import TextNotices
from contracts.appointments import Notified, NotifyAppointment, NotifyCall, SendCode
from db.queries.call_facts import CallFacts
from db.queries.calls import apply_event, open_call
from db.queries.notifications import NotificationRecord, list_notifications
from db.session import tenant_session
from integrations.mail import MailClient
from sandbox.mail import Mailbox, SmtpSink, start_smtp_sink
from tests.builders.rows import Salon, make_appointment, make_customer, make_salon

OFFER = datetime(2031, 3, 5, 10, tzinfo=UTC)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[SmtpSink]:
    sink = await start_smtp_sink(tmp_path, 0)
    yield sink
    await sink.stop()


@pytest.fixture
async def notices(engine: AsyncEngine, sink: SmtpSink) -> AsyncIterator[Notices]:
    async with httpx.AsyncClient() as http:
        texts = TextNotices(
            engine, SmsOutbox(engine, http), mail_domain="mail.test", code_of=code_of("key")
        )
        yield Notices(
            engine,
            MailClient("127.0.0.1", sink.port, timeout_s=5),
            texts,
            sender="termine@mail.test",
            mail_domain="mail.test",
        )


@pytest.fixture
def mails(tmp_path: Path) -> "Mails":
    return Mails(tmp_path)


class Mails:
    def __init__(self, folder: Path) -> None:
        self.box = Mailbox(folder)

    def all(self) -> list[EmailMessage]:
        contents = [self.box.content(summary.id) for summary in self.box.summaries()]
        return [
            message_from_bytes(content, policy=default_policy) for content in contents if content
        ]


async def appointment(
    engine: AsyncEngine, salon: Salon, status: str, *, starts_in: timedelta
) -> UUID:
    change = text(
        "UPDATE appointments SET status = :status, calcom_uid_hash = :uid, booked_at = now()"
        " WHERE id = :id"
    )
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(
            session, salon, start_at=datetime.now(UTC) + starts_in
        )
        about = {"status": status, "uid": uuid4().hex, "id": appointment_id}
        await session.execute(change, about)
    return appointment_id


async def quiet_from(engine: AsyncEngine, salon: Salon, hours: int) -> None:
    """For two hours, so many from now by the clock in Berlin."""
    now = datetime.now(ZoneInfo("Europe/Berlin"))
    begins, ends = now + timedelta(hours=hours), now + timedelta(hours=hours + 2)
    change = text("UPDATE companies SET quiet_from = :begins, quiet_to = :ends")
    async with tenant_session(engine, salon.company_id) as session:
        await session.execute(change, {"begins": begins.time(), "ends": ends.time()})


def notice(salon: Salon, appointment_id: UUID, kind: str, **fields: Any) -> NotifyAppointment:
    return NotifyAppointment.model_validate(
        {
            "company_id": salon.company_id,
            "appointment_id": appointment_id,
            "kind": kind,
            "audience": "customer",
            "sequence": 0,
            **fields,
        }
    )


async def rows(engine: AsyncEngine, salon: Salon, **about: Any) -> list[NotificationRecord]:
    async with tenant_session(engine, salon.company_id) as session:
        return await list_notifications(session, **about)


async def test_each_reminder_is_one_mail_without_a_calendar_entry(
    engine: AsyncEngine, salon: Salon, notices: Notices, mails: Mails
) -> None:
    await quiet_from(engine, salon, 5)
    number = await appointment(engine, salon, "booked", starts_in=timedelta(hours=2))
    for minutes in (1440, 120, 120):
        request = notice(salon, number, "reminder", reminder_minutes=minutes)
        assert await notices.appointment(request) == Notified(outcome="sent")
    sent = mails.all()
    assert {mail["Message-ID"].strip() for mail in sent} == {
        f"<{number}.reminder_1440.customer.0@mail.test>",
        f"<{number}.reminder_120.customer.0@mail.test>",
    }
    assert len(sent) == 2
    assert all(mail["Subject"].startswith("Erinnerung: Schnitt, ") for mail in sent)
    assert all(part.get_content_type() != "text/calendar" for m in sent for part in m.walk())


@pytest.mark.parametrize(
    ("status", "starts_in"),
    [("cancelled", timedelta(hours=2)), ("booked", timedelta(minutes=10))],
)
async def test_a_reminder_that_has_become_untrue_or_useless_is_left_out(
    engine: AsyncEngine, salon: Salon, notices: Notices, status: str, starts_in: timedelta
) -> None:
    number = await appointment(engine, salon, status, starts_in=starts_in)
    request = notice(salon, number, "reminder", reminder_minutes=120)
    assert (await notices.appointment(request)).outcome == "skipped"


async def test_each_change_that_was_not_possible_is_one_mail_that_says_what_stands(
    engine: AsyncEngine, salon: Salon, notices: Notices, mails: Mails
) -> None:
    number = await appointment(engine, salon, "booked", starts_in=timedelta(days=2))
    first, second = uuid4(), uuid4()
    for asked_by in (first, first, second):
        request = notice(salon, number, "unchanged", asked_by=asked_by)
        assert (await notices.appointment(request)).outcome == "sent"
    sent = mails.all()
    assert {mail["Message-ID"].strip() for mail in sent} == {
        f"<{number}.unchanged_{one.hex}.customer.0@mail.test>" for one in (first, second)
    }
    assert len(sent) == 2
    assert sent[0]["Subject"].startswith("Änderung nicht möglich, es bleibt bei: Schnitt, ")
    assert all(part.get_content_type() != "text/calendar" for m in sent for part in m.walk())


@pytest.mark.parametrize("status", ["cancelled", "failed", "completed"])
async def test_what_no_longer_stands_is_not_told_as_standing(
    engine: AsyncEngine, salon: Salon, notices: Notices, status: str
) -> None:
    number = await appointment(engine, salon, status, starts_in=timedelta(days=2))
    request = notice(salon, number, "unchanged", asked_by=uuid4())
    assert (await notices.appointment(request)).outcome == "skipped"


async def test_nobody_is_written_to_at_night_about_what_they_missed(
    engine: AsyncEngine, salon: Salon, notices: Notices, mails: Mails
) -> None:
    number = await appointment(engine, salon, "missed", starts_in=-timedelta(hours=3))
    request = notice(salon, number, "missed", sequence=1, offers=(OFFER,))
    await quiet_from(engine, salon, -1)
    with pytest.raises(ApplicationError, match="quiet hours"):
        await notices.appointment(request)
    assert await rows(engine, salon, appointment_id=number) == []
    await quiet_from(engine, salon, 5)
    assert (await notices.appointment(request)).outcome == "sent"
    [mail] = mails.all()
    assert mail["Subject"].startswith("Schade, dass Sie nicht da waren: Schnitt, ")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Mittwoch, 5. März 2031, 11:00 Uhr" in body.get_content()


async def test_who_was_there_after_all_gets_no_such_mail(
    engine: AsyncEngine, salon: Salon, notices: Notices
) -> None:
    number = await appointment(engine, salon, "completed", starts_in=-timedelta(hours=3))
    request = notice(salon, number, "missed", sequence=1)
    assert (await notices.appointment(request)).outcome == "skipped"


async def call(engine: AsyncEngine, salon: Salon, *, known: bool = True) -> None:
    now = datetime.now(UTC)
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await make_customer(session) if known else None
        await open_call(session, retell_call_id="call_1", seen_at=now, branch_id=salon.branch_id)
        facts = CallFacts(kind="call_started", seen_at=now, started_at=now)
        await apply_event(session, "call_1", facts)
        await session.execute(
            text("UPDATE calls SET customer_id = :id, reason = 'told_booked_unconfirmed'"),
            {"id": customer_id},
        )


async def test_a_caller_without_sms_is_told_by_mail_that_nothing_is_booked(
    engine: AsyncEngine, salon: Salon, notices: Notices, mails: Mails
) -> None:
    await call(engine, salon)
    request = NotifyCall(company_id=salon.company_id, retell_call_id="call_1", audience="customer")
    for _ in range(2):
        assert (await notices.call(request)).outcome == "sent"
    [mail] = mails.all()
    assert mail["Subject"] == "Ihr Termin ist noch nicht gebucht"
    assert "kundin.example" in mail["To"]
    [row] = await rows(engine, salon, retell_call_id="call_1")
    assert (row.kind, row.audience, row.channel) == ("not_booked", "customer", "email")


async def test_the_branchs_mail_about_the_call_is_another_message(
    engine: AsyncEngine, salon: Salon, notices: Notices, mails: Mails
) -> None:
    await call(engine, salon)
    for audience in ("customer", "branch"):
        request = NotifyCall.model_validate(
            {"company_id": salon.company_id, "retell_call_id": "call_1", "audience": audience}
        )
        assert (await notices.call(request)).outcome == "sent"
    assert len(mails.all()) == 2
    told = {row.audience: row.kind for row in await rows(engine, salon, retell_call_id="call_1")}
    assert told == {"customer": "not_booked", "branch": "call_summary"}


async def test_a_caller_of_whom_nothing_is_known_cannot_be_told(
    engine: AsyncEngine, salon: Salon, notices: Notices
) -> None:
    await call(engine, salon, known=False)
    request = NotifyCall(company_id=salon.company_id, retell_call_id="call_1", audience="customer")
    assert (await notices.call(request)).outcome == "skipped"
    code = SendCode(company_id=salon.company_id, retell_call_id="call_1")
    assert (await notices.code(code)).outcome == "skipped"

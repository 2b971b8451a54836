"""The page on which the mails of the development stack are read, and its JSON twin."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Annotated

from fastapi import Body, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.mailbox.faults import MailFault, MailFaults
from sandbox.mailbox.smtp import start_smtp_sink
from sandbox.mailbox.store import Mailbox, MailSummary

# A mail is a stranger's HTML: no script, no request to anywhere, not even to this page.
_MAIL_CSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PAGE_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'"

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def create_mail_app(
    data_dir: Path, *, faults: MailFaults | None = None, smtp_port: int | None = None
) -> FastAPI:
    """The page over `data_dir/mails/`. With `smtp_port` the app runs the SMTP sink as well, for as
    long as it lives (`app.state.sink`); without, give `app.state.faults` to `start_smtp_sink`.
    """
    faults = faults or MailFaults()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if smtp_port is None:
            yield
            return
        app.state.sink = await start_smtp_sink(data_dir, smtp_port, faults)
        try:
            yield
        finally:
            await app.state.sink.stop()

    app = FastAPI(title="Mail sandbox", lifespan=lifespan)
    app.state.mailbox = Mailbox(data_dir)
    app.state.faults = faults
    app.get("/")(show_list)
    app.get("/mails/{mail_id}")(show_mail)
    app.get("/mails/{mail_id}/html")(show_html)
    app.get("/mails/{mail_id}/source")(show_source)
    app.get("/mails/{mail_id}/attachments/{number}")(download_attachment)
    app.get("/api/mails")(list_mails)
    app.delete("/api/mails")(delete_mails)
    app.get("/api/faults")(list_faults)
    app.post("/api/faults", status_code=201)(order_fault)
    app.delete("/api/faults")(clear_faults)
    return app


def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


def _faults(request: Request) -> MailFaults:
    faults: MailFaults = request.app.state.faults
    return faults


MailboxOfApp = Annotated[Mailbox, Depends(_mailbox)]
FaultsOfApp = Annotated[MailFaults, Depends(_faults)]


def _message(mail_id: str, mailbox: MailboxOfApp) -> EmailMessage:
    message = mailbox.message(mail_id)
    if message is None:
        raise HTTPException(404, "no such mail")
    return message


MessageOfPath = Annotated[EmailMessage, Depends(_message)]


def _page(template: str, **values: object) -> HTMLResponse:
    content = _templates.get_template(template).render(values)
    return HTMLResponse(content, headers={"Content-Security-Policy": _PAGE_CSP})


async def show_list(mailbox: MailboxOfApp) -> HTMLResponse:
    return _page("list.html", mails=mailbox.summaries()[::-1])


async def show_mail(mail_id: str, mailbox: MailboxOfApp, message: MessageOfPath) -> HTMLResponse:
    summary = next(mail for mail in mailbox.summaries() if mail.id == mail_id)
    same = [
        mail
        for mail in mailbox.summaries()
        if mail.message_id == summary.message_id and mail.id != mail_id
    ]
    return _page(
        "mail.html",
        mail=summary,
        same=same if summary.message_id else [],
        headers=[(name, str(value)) for name, value in message.items()],
        text=_body(message, "plain"),
        has_html=_body(message, "html") is not None,
        attachments=[_attachment_facts(part) for part in _attachments(message)],
    )


async def show_html(message: MessageOfPath) -> HTMLResponse:
    body = _body(message, "html")
    if body is None:
        raise HTTPException(404, "this mail has no HTML part")
    return HTMLResponse(body, headers={"Content-Security-Policy": _MAIL_CSP})


async def show_source(mail_id: str, mailbox: MailboxOfApp, message: MessageOfPath) -> Response:
    del message  # asked for, so that an unknown mail is a 404
    return Response(
        mailbox.content(mail_id),
        media_type="text/plain; charset=utf-8",
        headers={"X-Content-Type-Options": "nosniff"},
    )


async def download_attachment(number: int, message: MessageOfPath) -> Response:
    parts = _attachments(message)
    if not 0 <= number < len(parts):
        raise HTTPException(404, "no such attachment")
    name, _, _ = _attachment_facts(parts[number])
    safe_name = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    headers = {
        "Content-Disposition": f'attachment; filename="{safe_name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_bytes(parts[number]), media_type="application/octet-stream", headers=headers)


async def list_mails(
    mailbox: MailboxOfApp,
    to: str | None = None,
    message_id: str | None = None,
    subject: str | None = None,
) -> list[dict[str, object]]:
    """Newest first. `to` (address) and `message_id` match whole, `subject` a part of it."""
    mails = mailbox.summaries()[::-1]
    return [asdict(mail) for mail in mails if _matches(mail, to, message_id, subject)]


async def delete_mails(mailbox: MailboxOfApp) -> dict[str, int]:
    return {"deleted": mailbox.clear()}


async def list_faults(faults: FaultsOfApp) -> list[MailFault]:
    return faults.pending


async def order_fault(fault: Annotated[MailFault, Body()], faults: FaultsOfApp) -> list[MailFault]:
    faults.add(fault)
    return faults.pending


async def clear_faults(faults: FaultsOfApp) -> list[MailFault]:
    faults.clear()
    return faults.pending


def _matches(
    mail: MailSummary, to: str | None, message_id: str | None, subject: str | None
) -> bool:
    if to is not None and to.lower() not in {each.lower() for each in mail.envelope_to}:
        return False
    if message_id is not None and message_id.strip("<>") != mail.message_id.strip("<>"):
        return False
    return subject is None or subject.lower() in mail.subject.lower()


def _body(message: EmailMessage, subtype: str) -> str | None:
    part = message.get_body((subtype,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except LookupError:  # a charset that nobody knows; the mail is shown all the same
        return _bytes(part).decode("utf-8", errors="replace")


def _attachments(message: EmailMessage) -> list[EmailMessage]:
    """Everything but the readable bodies, so the inline calendar too."""
    bodies = {id(message.get_body(("plain",))), id(message.get_body(("html",)))}
    return [
        part
        for part in message.walk()
        if isinstance(part, EmailMessage) and not part.is_multipart() and id(part) not in bodies
    ]


def _attachment_facts(part: EmailMessage) -> tuple[str, str, int]:
    """File name, content type with the calendar method, size in bytes."""
    kind = part.get_content_type()
    is_calendar = kind == "text/calendar"
    name = part.get_filename() or ("inline.ics" if is_calendar else "part.bin")
    method = part.get_param("method") if is_calendar else None
    return name, f"{kind} ({method})" if method else kind, len(_bytes(part))


def _bytes(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""

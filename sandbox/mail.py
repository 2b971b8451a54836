"""Doors of the mail sandbox: `create_mail_app` for the page, `start_smtp_sink` for SMTP."""

from sandbox.mailbox.faults import MailFaults
from sandbox.mailbox.page import create_mail_app
from sandbox.mailbox.smtp import SmtpSink, start_smtp_sink
from sandbox.mailbox.store import Mailbox

__all__ = ["MailFaults", "Mailbox", "SmtpSink", "create_mail_app", "start_smtp_sink"]

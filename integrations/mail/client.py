"""SMTP over asyncio. What became of a mail is one of three things, and not knowing is one of them.

A mail is the server's once it has answered the end of DATA with 250. Lost before DATA: certainly
not sent. Lost after DATA was begun: nobody knows; a repeat needs the same Message-ID.
"""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import getaddresses

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

_IMPLICIT_TLS_PORT = 465
_TEMPORARY, _PERMANENT, _UNKNOWN = 400, 500, 600  # RFC 5321, 4.2.1: first digit of the answer
_QUIT_WAIT_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Sent:
    response: str


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """The server will not take this mail, now or later (5xx)."""

    code: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """DATA was begun and the answer to it never came."""

    text: str


class MailUnavailable(Exception):  # noqa: N818 a fact, not a fault of ours
    """Certainly not sent: no connection, no login, or "try later" (4xx). Safe to repeat."""

    def __init__(self, text: str, *, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


class MailClient:
    """One connection for each mail: a worker that is killed leaves none half used."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        username: str | None = None,
        password: str | None = None,
        starttls: bool = False,
        timeout_s: float = 30.0,
    ) -> None:
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._starttls = starttls
        self._timeout_s = timeout_s

    async def send(self, message: EmailMessage) -> Sent | Rejected | Unclear:
        """Raises MailUnavailable when the mail was certainly not sent but might be later."""
        smtp = self._new_connection()
        try:
            refused = await self._open_envelope(smtp, message)
            return refused or await self._send_content(smtp, message)
        finally:
            smtp.close()

    def _new_connection(self) -> SMTP:
        implicit_tls = self._port == _IMPLICIT_TLS_PORT
        return SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._timeout_s,
            use_tls=implicit_tls,
            start_tls=self._starttls and not implicit_tls,
            username=self._username,
            password=self._password,
        )

    async def _open_envelope(self, smtp: SMTP, message: EmailMessage) -> Rejected | None:
        sender, recipients = _envelope(message)
        try:
            # A refused login or greeting is about us and not about this mail: it must not be lost
            # because a password was changed, hence MailUnavailable even for 5xx.
            await smtp.connect()
            await smtp.mail(sender)
            for recipient in recipients:
                await smtp.rcpt(recipient)
        except (SMTPSenderRefused, SMTPRecipientRefused) as error:
            return _refused(error)
        except (SMTPException, OSError, ssl.SSLError) as error:
            raise _unavailable(error) from error
        return None

    async def _send_content(self, smtp: SMTP, message: EmailMessage) -> Sent | Rejected | Unclear:
        content = message.as_bytes(policy=SMTP_POLICY)
        try:
            response = await smtp.data(content)
        except SMTPResponseException as error:
            return _answered(error)
        except (SMTPException, OSError, ssl.SSLError) as error:
            return Unclear(text=f"{type(error).__name__}: {error}")
        # The mail is the server's already, so its answer to QUIT changes nothing.
        with suppress(SMTPException, OSError):
            await smtp.quit(timeout=_QUIT_WAIT_S)
        return Sent(response=f"{response.code} {response.message}")


def _envelope(message: EmailMessage) -> tuple[str, list[str]]:
    [(_, sender)] = getaddresses([str(message["From"])])
    return sender, [address for _, address in getaddresses([str(message["To"])])]


def _answered(error: SMTPResponseException) -> Rejected | Unclear:
    """What an answer other than 250 to DATA or to its end means; raises for "try later"."""
    if _TEMPORARY <= error.code < _UNKNOWN:
        return _refused(error)
    return Unclear(text=f"{error.code} {error.message}")


def _refused(error: SMTPResponseException) -> Rejected:
    if error.code < _PERMANENT:
        raise _unavailable(error) from error
    return Rejected(code=error.code, text=error.message)


def _unavailable(error: Exception) -> MailUnavailable:
    code = error.code if isinstance(error, SMTPResponseException) else None
    return MailUnavailable(f"{type(error).__name__}: {error}", code=code)

"""SMTP in, on the running event loop: a real server, with a real server's bad days."""

import asyncio
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

from sandbox.mailbox.faults import MailFaults
from sandbox.mailbox.store import Mailbox

_HOST = "127.0.0.1"


class SmtpSink:
    """A listening sink. `port` is the one it got where 0 was asked for."""

    def __init__(self, server: asyncio.Server, sessions: "_Sessions") -> None:
        self._server = server
        self._sessions = sessions
        self.port: int = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Returns when the port is free and every connection is cut."""
        self._server.close()
        await self._sessions.cut()
        await self._server.wait_closed()


async def start_smtp_sink(
    data_dir: Path, port: int, faults: MailFaults | None = None, *, hostname: str = "localhost"
) -> SmtpSink:
    """Listens on 127.0.0.1 only; mails go to `data_dir/mails/`. Port 0: any free one."""
    loop = asyncio.get_running_loop()
    sessions = _Sessions()
    handler = _Handler(Mailbox(data_dir), faults or MailFaults())

    def connect() -> _Connection:
        # The host name is given, because aiosmtpd would ask the resolver for it otherwise.
        return _Connection(handler, sessions, hostname=hostname, loop=loop)

    return SmtpSink(await loop.create_server(connect, _HOST, port), sessions)


class _Sessions:
    """The open connections, so that stopping leaves none behind."""

    def __init__(self) -> None:
        self._open: set[_Connection] = set()
        self._none_left = asyncio.Event()
        self._none_left.set()

    def add(self, connection: "_Connection") -> None:
        self._open.add(connection)
        self._none_left.clear()

    def discard(self, connection: "_Connection") -> None:
        self._open.discard(connection)
        if not self._open:
            self._none_left.set()

    async def cut(self) -> None:
        for connection in self._open:
            connection.cut()
        await self._none_left.wait()


class _Connection(SMTP):
    def __init__(
        self,
        handler: "_Handler",
        sessions: _Sessions,
        *,
        hostname: str,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(handler, hostname=hostname, ident="AskProAI mail sink", loop=loop)
        self._sessions = sessions

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sessions.add(self)
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._sessions.discard(self)

    def cut(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Handler:
    """aiosmtpd's hooks. Answers are SMTP lines."""

    def __init__(self, mailbox: Mailbox, faults: MailFaults) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 aiosmtpd's signature
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        fault = self._faults.take({"refuse", "temporary", "delay_recipient"})
        if fault is not None and fault.fault == "refuse":
            return "550 5.1.1 No such mailbox (ordered fault)"
        if fault is not None and fault.fault == "temporary":
            return "451 4.3.0 Try again later (ordered fault)"
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 aiosmtpd's name
        self,
        server: _Connection,
        session: Session,  # noqa: ARG002 aiosmtpd's signature
        envelope: Envelope,
    ) -> str:
        content = envelope.original_content or b""
        recipients = [str(address) for address in envelope.rcpt_tos]
        mail_id = self._mailbox.store(
            content, sender=str(envelope.mail_from or ""), recipients=recipients
        )
        fault = self._faults.take({"drop_after_data", "delay"})
        if fault is not None and fault.fault == "drop_after_data":
            server.cut()
            # The lost connection cancels this task; an answer would go to a closed socket.
            await asyncio.Event().wait()
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
        return f"250 OK {mail_id}"

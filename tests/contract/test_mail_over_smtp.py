"""Our SMTP client against the sink, which is a real SMTP server on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from integrations.mail import MailClient, MailUnavailable, Rejected, Sent, Unclear
from sandbox.mail import Mailbox, MailFaults, SmtpSink, create_mail_app, start_smtp_sink
from sandbox.mailbox.faults import FaultName, MailFault
from tests.builders.mail import make_message


@pytest.fixture
def faults() -> MailFaults:
    return MailFaults()


@pytest.fixture
async def sink(tmp_path: Path, faults: MailFaults) -> AsyncIterator[SmtpSink]:
    sink = await start_smtp_sink(tmp_path, 0, faults)
    yield sink
    await sink.stop()


@pytest.fixture
def client(sink: SmtpSink) -> MailClient:
    return MailClient("127.0.0.1", sink.port, timeout_s=5)


@pytest.fixture
async def page(tmp_path: Path, faults: MailFaults) -> AsyncIterator[httpx.AsyncClient]:
    app = create_mail_app(tmp_path, faults=faults)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mail.test") as page:
        yield page


def order(faults: MailFaults, fault: FaultName, **fields: float) -> None:
    faults.add(MailFault.model_validate({"fault": fault, **fields}))


async def test_a_mail_arrives_as_it_was_built(client: MailClient, tmp_path: Path) -> None:
    message = make_message(kind="confirmation", lang="de")
    assert isinstance(await client.send(message), Sent)
    [stored] = Mailbox(tmp_path).summaries()
    content = Mailbox(tmp_path).content(stored.id)
    assert content is not None
    head, body = content.split(b"\r\n", 2)[:2], content.split(b"\r\n", 2)[2]
    assert head[0].startswith(b"X-Envelope-From: ")
    assert head[1].startswith(b"X-Envelope-To: ")
    assert body == message.as_bytes()
    assert stored.subject == message["Subject"]
    assert stored.envelope_to == ("j.muessig@example.org",)


async def test_lines_that_begin_with_a_dot_survive(client: MailClient, tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@a.example", "b@b.example", "<1@a>"
    message.set_content(".\n..\n.end\n")
    await client.send(message)
    [stored] = Mailbox(tmp_path).summaries()
    parsed = Mailbox(tmp_path).message(stored.id)
    assert parsed is not None
    assert parsed.get_content().splitlines() == [".", "..", ".end"]


async def test_a_connection_cut_after_data_is_unclear_and_the_mail_is_there(
    client: MailClient, faults: MailFaults, tmp_path: Path
) -> None:
    order(faults, "drop_after_data")
    message = make_message()
    assert isinstance(await client.send(message), Unclear)
    [stored] = Mailbox(tmp_path).summaries()
    assert stored.message_id == message["Message-ID"]


async def test_a_repeat_after_an_unclear_send_shows_as_one(
    client: MailClient, faults: MailFaults, page: httpx.AsyncClient
) -> None:
    order(faults, "drop_after_data")
    message = make_message()
    await client.send(message)
    assert isinstance(await client.send(message), Sent)
    await client.send(make_message(message_id="<another@mail.test>"))
    answer = await page.get("/api/mails", params={"message_id": message["Message-ID"]})
    assert [mail["repeat"] for mail in answer.json()] == [1, 0]
    assert "repeat 1" in (await page.get("/")).text


async def test_an_answer_that_never_comes_is_unclear(
    sink: SmtpSink, faults: MailFaults, tmp_path: Path
) -> None:
    order(faults, "delay", delay_s=60)
    impatient = MailClient("127.0.0.1", sink.port, timeout_s=0.2)
    assert isinstance(await impatient.send(make_message()), Unclear)
    assert len(Mailbox(tmp_path).summaries()) == 1


async def test_a_late_answer_within_the_limit_is_sent(
    client: MailClient, faults: MailFaults
) -> None:
    order(faults, "delay", delay_s=0.05)
    assert isinstance(await client.send(make_message()), Sent)


async def test_a_refused_recipient_is_rejected_with_its_code(
    client: MailClient, faults: MailFaults, tmp_path: Path
) -> None:
    order(faults, "refuse")
    answer = await client.send(make_message())
    assert isinstance(answer, Rejected)
    assert answer.code == 550
    assert Mailbox(tmp_path).summaries() == []


async def test_try_later_is_unavailable_and_then_sent(
    client: MailClient, faults: MailFaults, tmp_path: Path
) -> None:
    order(faults, "temporary")
    with pytest.raises(MailUnavailable) as caught:
        await client.send(make_message())
    assert caught.value.code == 451
    assert isinstance(await client.send(make_message()), Sent)
    assert [mail.repeat for mail in Mailbox(tmp_path).summaries()] == [0]


async def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(MailUnavailable):
            await MailClient("127.0.0.1", port, timeout_s=2).send(make_message())


async def test_a_demanded_starttls_that_is_not_offered_is_unavailable(
    sink: SmtpSink, tmp_path: Path
) -> None:
    careful = MailClient("127.0.0.1", sink.port, starttls=True, timeout_s=5)
    with pytest.raises(MailUnavailable):
        await careful.send(make_message())
    assert Mailbox(tmp_path).summaries() == []


async def _serve(answers: dict[bytes, bytes]) -> tuple[asyncio.Server, int]:
    """For what aiosmtpd cannot be made to say, by command; an empty answer hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.get(b"hello", b"220 ready\r\n"))
        in_data = False
        while line := await reader.readline():
            if in_data and line != b".\r\n":
                continue
            answer = answers.get(line.split()[0].upper(), b"250 OK\r\n")
            in_data = answer.startswith(b"354")
            if not answer:
                break
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({b"DATA": b"354 go\r\n", b".": b"250 kept\r\n"}, Sent),
        ({b"DATA": b"354 go\r\n", b".": b"554 looks like spam\r\n"}, Rejected),
        ({b"DATA": b"354 go\r\n", b".": b"gibberish\r\n"}, Unclear),
        ({b"DATA": b"354 go\r\n", b".": b""}, Unclear),
        ({b"DATA": b""}, Unclear),
        ({b"DATA": b"550 no data today\r\n"}, Rejected),
        ({b"MAIL": b"553 who are you\r\n"}, Rejected),
        ({b"DATA": b"354 go\r\n", b".": b"451 disk full\r\n"}, MailUnavailable),
        ({b"MAIL": b""}, MailUnavailable),
        ({b"RCPT": b""}, MailUnavailable),
        ({b"RCPT": b"421 shutting down\r\n"}, MailUnavailable),
        ({b"hello": b"554 go away\r\n"}, MailUnavailable),
        ({b"hello": b""}, MailUnavailable),
    ],
)
async def test_each_answer_of_a_server_has_its_meaning(
    answers: dict[bytes, bytes], outcome: type
) -> None:
    server, port = await _serve(answers)
    client = MailClient("127.0.0.1", port, timeout_s=2)
    async with server:
        if outcome is MailUnavailable:
            with pytest.raises(MailUnavailable):
                await client.send(make_message())
        else:
            assert isinstance(await client.send(make_message()), outcome)

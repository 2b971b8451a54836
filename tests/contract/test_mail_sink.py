"""The mail sandbox: what its page shows, and what it keeps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from integrations.mail import MailClient, Sent, Unclear
from sandbox.mail import Mailbox, create_mail_app, start_smtp_sink
from tests.builders.mail import make_ics, make_message


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_mail_app(tmp_path)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mail.test") as page:
        yield page


def keep(data_dir: Path, **fields: object) -> str:
    message = make_message(**fields)
    return Mailbox(data_dir).store(
        message.as_bytes(), sender="a@mail.test", recipients=["j.muessig@example.org"]
    )


async def test_the_list_shows_the_newest_first(page: httpx.AsyncClient, tmp_path: Path) -> None:
    keep(tmp_path, kind="reservation", message_id="<1@mail.test>")
    keep(tmp_path, kind="confirmation", message_id="<2@mail.test>")
    html = (await page.get("/")).text
    assert 0 < html.index("Terminbestätigung") < html.index("Vorgemerkt")
    assert "Jürgen Müßig" in html


async def test_mails_are_found_by_recipient_subject_and_message_id(
    page: httpx.AsyncClient, tmp_path: Path
) -> None:
    first = keep(tmp_path, kind="reservation", message_id="<1@mail.test>")
    second = keep(tmp_path, kind="confirmation", message_id="<2@mail.test>")

    async def found(**query: str) -> list[str]:
        return [mail["id"] for mail in (await page.get("/api/mails", params=query)).json()]

    assert await found() == [second, first]
    assert await found(to="J.Muessig@example.org") == [second, first]
    assert await found(to="muessig@example.org") == []
    assert await found(message_id="<1@mail.test>") == [first]
    assert await found(message_id="2@mail.test") == [second]
    assert await found(subject="terminbestätigung") == [second]
    assert await found(subject="terminbestätigung", message_id="<1@mail.test>") == []


async def test_a_mail_can_be_read_whole(page: httpx.AsyncClient, tmp_path: Path) -> None:
    message = make_message()
    mail_id = Mailbox(tmp_path).store(message.as_bytes(), sender="a@b.example", recipients=[])
    html = (await page.get(f"/mails/{mail_id}")).text
    assert f'<iframe sandbox src="/mails/{mail_id}/html"' in html
    assert "Ihr Termin ist fest für Sie eingetragen." in html
    assert "auto-generated" in html
    assert "text/calendar (REQUEST)" in html
    source = await page.get(f"/mails/{mail_id}/source")
    assert source.content.endswith(message.as_bytes())
    inner = await page.get(f"/mails/{mail_id}/html")
    assert "Ihr Termin ist bestätigt" in inner.text


async def test_the_calendar_entry_downloads_as_it_was_sent(
    page: httpx.AsyncClient, tmp_path: Path
) -> None:
    mail_id = keep(tmp_path)
    answer = await page.get(f"/mails/{mail_id}/attachments/1")
    assert answer.headers["content-disposition"] == 'attachment; filename="termin.ics"'
    assert b"UID:" + make_ics().uid.encode() in answer.content
    assert (await page.get(f"/mails/{mail_id}/attachments/2")).status_code == 404


async def test_a_mails_html_runs_no_script_and_asks_nobody(
    page: httpx.AsyncClient, tmp_path: Path
) -> None:
    content = (
        b"From: a@b.example\r\nTo: c@d.example\r\nSubject: <script>alert(1)</script>\r\n"
        b"Content-Type: text/html\r\n\r\n<script>alert(1)</script><img src=https://x.example/>\r\n"
    )
    mail_id = Mailbox(tmp_path).store(content, sender="a@b.example", recipients=["c@d.example"])
    for path in ("/", f"/mails/{mail_id}"):
        answer = await page.get(path)
        assert "<script" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    inner = await page.get(f"/mails/{mail_id}/html")
    assert inner.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    "mail_id", ["20260101T000000.000000", "..%2F..%2Fsecret", "%2e%2e", "a%00b"]
)
async def test_an_unknown_mail_is_not_found(
    page: httpx.AsyncClient, tmp_path: Path, mail_id: str
) -> None:
    (tmp_path / "secret.eml").write_text("Subject: not in the folder\r\n\r\n")
    for path in ("", "/html", "/source", "/attachments/0"):
        assert (await page.get(f"/mails/{mail_id}{path}")).status_code == 404


async def test_a_broken_mail_does_not_break_the_page(
    page: httpx.AsyncClient, tmp_path: Path
) -> None:
    content = b'\xff\xfe no headers at all \x00\r\n\r\nContent-Type: text/html; charset="x-none"'
    bad_charset = (
        b"Subject: =?utf-8?B?broken?=\r\nDate: when\r\nTo: <<<\r\n"
        b'Content-Type: text/html; charset="x-none"\r\n\r\n\xe4\r\n'
    )
    for each in (content, bad_charset):
        mail_id = Mailbox(tmp_path).store(each, sender="", recipients=[])
        assert (await page.get(f"/mails/{mail_id}")).status_code == 200
    assert (await page.get("/")).status_code == 200
    assert len((await page.get("/api/mails")).json()) == 2


async def test_mails_survive_a_restart_and_go_when_deleted(tmp_path: Path) -> None:
    sink = await start_smtp_sink(tmp_path, 0)
    assert isinstance(await MailClient("127.0.0.1", sink.port).send(make_message()), Sent)
    await sink.stop()
    again = create_mail_app(tmp_path)
    transport = httpx.ASGITransport(app=again)
    async with httpx.AsyncClient(transport=transport, base_url="http://mail.test") as page:
        [mail] = (await page.get("/api/mails")).json()
        assert mail["message_id"] == make_message()["Message-ID"]
        assert mail["has_calendar"] is True
        assert (await page.delete("/api/mails")).json() == {"deleted": 1}
        assert (await page.get("/api/mails")).json() == []
    assert Mailbox(tmp_path).summaries() == []


async def test_stopping_frees_the_port_and_cuts_who_is_still_talking(tmp_path: Path) -> None:
    sink = await start_smtp_sink(tmp_path, 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    assert (await reader.readline()).startswith(b"220 ")
    await sink.stop()
    # Depending on who was faster the cut shows as an end or as a reset.
    with suppress(ConnectionResetError):
        assert await reader.readline() == b""
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()
    successor = await start_smtp_sink(tmp_path, sink.port)
    await successor.stop()


async def test_one_app_is_page_smtp_and_faults_together(tmp_path: Path) -> None:
    app = create_mail_app(tmp_path, smtp_port=0)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://mail.test") as page,
    ):
        client = MailClient("127.0.0.1", app.state.sink.port)
        ordered = await page.post("/api/faults", json={"fault": "drop_after_data", "times": 2})
        assert ordered.status_code == 201
        answers = [await client.send(make_message()) for _ in range(3)]
        assert [isinstance(answer, Unclear) for answer in answers] == [True, True, False]
        assert (await page.get("/api/faults")).json() == []
        assert [mail["repeat"] for mail in (await page.get("/api/mails")).json()] == [2, 1, 0]


async def test_an_unknown_fault_is_refused(page: httpx.AsyncClient) -> None:
    assert (await page.post("/api/faults", json={"fault": "explode"})).status_code == 422
    assert (await page.post("/api/faults", json={"fault": "delay", "times": 0})).status_code == 422


async def test_many_mails_at_once_are_all_kept(tmp_path: Path) -> None:
    sink = await start_smtp_sink(tmp_path, 0)
    client = MailClient("127.0.0.1", sink.port)
    messages = [make_message(message_id=f"<{n}@mail.test>") for n in range(25)]
    answers = await asyncio.gather(*(client.send(message) for message in messages))
    await sink.stop()
    assert all(isinstance(answer, Sent) for answer in answers)
    assert {mail.message_id for mail in Mailbox(tmp_path).summaries()} == {
        f"<{n}@mail.test>" for n in range(25)
    }

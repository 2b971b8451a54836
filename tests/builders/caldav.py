"""A real Radicale, a person who types into it, and a wire to it that can be cut."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

import httpx

from domain.timespan import TimeSpan
from tests.builders.calcom import TLS

USER, PASSWORD = "salon", "geheim-für-tests"
STARTS_WITHIN_S = 30.0
STOPS_WITHIN_S = 10.0
CHUNK = 65_536
CONFIG = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[logging]
level = error
"""


@dataclass(frozen=True, kw_only=True)
class Radicale:
    url: str
    port: int

    def person(self) -> "Person":
        return Person(self.url)


@contextmanager
def running_radicale(folder: Path) -> Iterator[Radicale]:
    """Yields once it answers; stopped by its own pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder), encoding="utf-8")
    command = [sys.executable, "-m", "radicale", "--config", str(folder / "config")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            _wait(server, port)
            yield Radicale(url=f"http://127.0.0.1:{port}", port=port)
        finally:
            server.terminate()
            try:
                server.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"Radicale did not start: {server.poll()}")


class Person:
    """Somebody with a calendar program: plain HTTP, nothing of ours in between."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url, auth=(USER, PASSWORD), timeout=20, trust_env=False, verify=TLS
        )

    def close(self) -> None:
        self._http.close()

    def new_calendar(self) -> str:
        """Its path below the server's address."""
        path = f"/{USER}/{uuid4().hex}/"
        self._http.request("MKCALENDAR", path).raise_for_status()
        return path

    def enter(self, calendar: str, *lines: str, uid: str | None = None) -> str:
        """An event of these iCalendar lines; the path of its object."""
        uid = uid or uuid4().hex
        path = f"{calendar}{uid}.ics"
        text = "\r\n".join(
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//Mensch//Kalender//DE",
                "BEGIN:VEVENT",
                f"UID:{uid}",
                "DTSTAMP:20260101T000000Z",
                "SUMMARY:Arzttermin Käthe",
                *lines,
                "END:VEVENT",
                "END:VCALENDAR",
                "",
            ]
        )
        self.put(path, text)
        return path

    def enter_span(self, calendar: str, span: TimeSpan, *lines: str) -> str:
        times = (f"DTSTART:{stamp(span.start_at)}", f"DTEND:{stamp(span.end_at)}")
        return self.enter(calendar, *times, *lines)

    def enter_days(self, calendar: str, first: date, after_last: date, *lines: str) -> str:
        days = (f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{after_last:%Y%m%d}")
        return self.enter(calendar, *days, *lines)

    def put(self, path: str, text: str) -> None:
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        self._http.put(path, content=text.encode(), headers=headers).raise_for_status()

    def read(self, path: str) -> str | None:
        answer = self._http.get(path)
        if answer.status_code == 404:
            return None
        return answer.raise_for_status().text

    def delete(self, path: str) -> None:
        self._http.delete(path).raise_for_status()

    def all(self, calendar: str) -> list[str]:
        """The iCalendar text of every object."""
        answer = self._http.request("PROPFIND", calendar, headers={"Depth": "1"})
        paths = answer.raise_for_status().text.split("<href>")[1:]
        texts = (self.read(one.split("</href>")[0]) for one in paths if ".ics" in one)
        return [text for text in texts if text]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


Fault = Literal["drop", "commit_then_drop", "silence"]


@dataclass
class Wire:
    """Stands between a client and the server. A fault hits the next request of its method."""

    upstream_port: int
    url: str = ""
    _orders: dict[str, Fault] = field(default_factory=dict)

    def order(self, method: str, fault: Fault) -> None:
        self._orders[method] = fault

    @property
    def waiting(self) -> int:
        """Faults that nobody has met."""
        return len(self._orders)

    def _take(self, chunk: bytes) -> Fault | None:
        method = chunk.split(b" ", 1)[0].decode("ascii", "replace")
        return self._orders.pop(method, None)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        fault: Fault | None = None

        async def forth() -> None:
            nonlocal fault
            while chunk := await reader.read(CHUNK):
                fault = fault or self._take(chunk)
                if fault == "drop":
                    return
                if fault != "silence":
                    back.write(chunk)

        async def home() -> None:
            while chunk := await there.read(CHUNK):
                if fault == "commit_then_drop":
                    return
                writer.write(chunk)

        ways = [asyncio.ensure_future(forth()), asyncio.ensure_future(home())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (back, writer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()


@asynccontextmanager
async def wired(radicale: Radicale) -> AsyncIterator[Wire]:
    wire = Wire(upstream_port=radicale.port)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()

"""A Twilio account at the phone sandbox, and a company's receiver of webhooks: real servers."""

import queue
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
from typing_extensions import override

from integrations.sms import SmsAccount

CUSTOMER = "+4917604069025"
OTHER_CUSTOMER = "+4917604069026"
LANDLINE = "+493023125010"
WAIT_S = 20.0
Json = dict[str, Any]


@dataclass(frozen=True)
class Posted:
    """One webhook as it came in: path with query, header, raw body."""

    path: str
    signature: str | None
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Receiver:
    """`status` is what it answers; `next` waits for the next request."""

    url: str
    status: int = 204
    posted: "queue.Queue[Posted]" = field(default_factory=queue.Queue)

    def next(self) -> Posted:
        return self.posted.get(timeout=WAIT_S)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            signature = self.headers["X-Twilio-Signature"]
            receiver.posted.put(Posted(self.path, signature, body))

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Shop:
    """A company's account of its own at the sandbox: sids, keys and a number nobody else has."""

    _taken = 0

    def __init__(self, http: httpx.Client, **changes: Any) -> None:
        Shop._taken += 1
        self.http = http
        self.auth_token = secrets.token_hex(16)
        self.account_sid = f"AC{secrets.token_hex(16)}"
        self.key_sid, self.key_secret = f"SK{secrets.token_hex(16)}", secrets.token_hex(16)
        self.number = f"+491575{9_000_000 + Shop._taken}"
        self.set_up(**changes)

    def set_up(self, **changes: Any) -> None:
        account: Json = {
            "account_sid": self.account_sid,
            "auth_token": self.auth_token,
            "name": "Salon Muster",
            "api_keys": {self.key_sid: self.key_secret},
            "numbers": [self.number],
        }
        self.http.post("/sandbox/accounts", json=account | changes).raise_for_status()

    def account(self, **changes: Any) -> SmsAccount:
        known: Json = {
            "base_url": str(self.http.base_url),
            "account_sid": self.account_sid,
            "secret": self.key_secret,
            "api_key_sid": self.key_sid,
            "from_number": self.number,
        }
        return SmsAccount(**known | changes)

    @property
    def path(self) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}/Messages"

    def post(self, **form: str) -> httpx.Response:
        """A send by plain HTTP, with the token."""
        known = {"From": self.number, "To": CUSTOMER, "Body": "Guten Tag"}
        data = {name: value for name, value in (known | form).items() if value}
        return self.http.post(
            f"{self.path}.json", data=data, auth=(self.account_sid, self.auth_token)
        )

    def get(self, path: str, **params: str) -> httpx.Response:
        auth = (self.account_sid, self.auth_token)
        return self.http.get(path, params=params or None, auth=auth)

    def messages(self) -> list[Json]:
        """All of this account as the control shows them, oldest first."""
        kept: list[Json] = self.http.get("/sandbox/sms").json()["messages"]
        return [each for each in kept[::-1] if each["account_sid"] == self.account_sid]

    def order(self, fault: str, **fields: Any) -> None:
        order: Json = {"operation": "send_sms", "fault": fault, **fields}
        self.http.post("/sandbox/faults", json=order).raise_for_status()

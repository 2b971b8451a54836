"""One request to the sandbox and what became of it."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope

LARGE_BODY = 1_000_000


@dataclass
class Exchange:
    """As the control API shows it. `status` 0: the connection was cut before an answer."""

    scope: Scope
    body: bytes
    operation: str
    request_id: str
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    answer: bytes = b""
    faults: list[str] = field(default_factory=list)
    # Answered in the shape of 2024-04-15.
    is_legacy: bool = False
    # Told in place of what is left of the key's minute, where a test has ordered so.
    reset_s: int | None = None
    # What our own code raised, if it did: a mistake of the sandbox.
    crash: str | None = None

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """With the query as it was sent."""
        query = self.scope["query_string"].decode("latin-1")
        return f"{self.bare_path}?{query}" if query else self.bare_path

    @property
    def bare_path(self) -> str:
        return str(self.scope["path"])

    def header(self, name: str) -> str | None:
        wanted = name.lower().encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return str(value.decode("latin-1"))
        return None

    def answer_header(self, name: str) -> str:
        wanted = name.lower().encode()
        found = (value for key, value in self.headers if key.lower() == wanted)
        return next(found, b"").decode("latin-1")

    @property
    def bearer(self) -> str | None:
        value = self.header("authorization") or ""
        return value[7:].strip() if value.lower().startswith("bearer ") else None

    @property
    def client(self) -> str:
        client = self.scope.get("client")
        return str(client[0]) if client else "?"

    @property
    def subject(self) -> dict[str, Any]:
        """What a fault can be limited to: attendee, event type, booking, key."""
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        email = next(iter(query.get("attendeeEmail", [])), None)
        number = next(iter(query.get("eventTypeId", [])), None)
        try:
            body = json.loads(self.body or b"{}")
        except ValueError:
            body = {}
        if isinstance(body, dict):
            attendee = body.get("attendee")
            if isinstance(attendee, dict):
                email = attendee.get("email", email)
            number = body.get("eventTypeId", number)
        known = isinstance(number, int) or (
            isinstance(number, str) and re.fullmatch(r"\d+", number)
        )
        return {
            "attendee_email": email,
            "event_type_id": int(number) if known and number is not None else None,
            "booking_uid": self._booking_uid,
            "api_key": self.bearer,
        }

    @property
    def _booking_uid(self) -> str | None:
        found = re.match(r"/v2/bookings/([^/]+)", self.bare_path)
        return found[1] if found else None


async def read_body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return body
        if len(body) > LARGE_BODY:
            return body

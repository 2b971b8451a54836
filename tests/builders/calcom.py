"""A tenant at the Cal.com sandbox and plain HTTP to it."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx

from sandbox.calcom.running import Running

BOOKINGS = {"cal-api-version": "2024-08-13"}
SLOTS = {"cal-api-version": "2024-09-04"}
EVENT_TYPES = {"cal-api-version": "2024-06-14"}
SCHEDULES = {"cal-api-version": "2024-06-11"}
# A Monday; the tests book on the Tuesday of the week after.
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
TUESDAY = "2026-11-24"
EVERY_DAY = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
OPEN_ALL_WEEK = {"availability": [{"days": EVERY_DAY, "startTime": "09:00", "endTime": "17:00"}]}
RunSandbox = Callable[..., AbstractContextManager[Running]]
HELD_AT_MOST_S = 20
# Shared: reading the authorities' certificates takes 20 ms, and no test speaks TLS.
TLS = httpx.create_ssl_context()
_numbers = itertools.count(1)


def ticking_from(start: datetime) -> Callable[[], datetime]:
    """A clock that says `start` now and goes on from there."""
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


# --- a tenant ----------------------------------------------------------------------------------


@dataclass
class Desk:
    """One tenant at the sandbox."""

    url: str
    key: str
    tenant: str
    users: dict[str, int]
    types: dict[str, int]
    http: httpx.Client
    email: str = field(default_factory=lambda: f"anruf-{next(_numbers)}@anrufer.salon.example")

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def type_id(self) -> int:
        return next(iter(self.types.values()))

    def booking_body(self, start: str, **changes: Any) -> dict[str, Any]:
        return {
            "start": start,
            "eventTypeId": self.type_id,
            "attendee": {
                "name": "Käthe Größler",
                "email": self.email,
                "phoneNumber": "+491713920042",
                "timeZone": "Europe/Berlin",
                "language": "de",
            },
            "metadata": {"request_id": "call_7f3a9c-0001"},
        } | changes

    def book(self, start: str, **changes: Any) -> httpx.Response:
        body = self.booking_body(start, **changes)
        return self.http.post("/v2/bookings", json=body, headers=BOOKINGS | self.auth)

    def booked(self, start: str, **changes: Any) -> dict[str, Any]:
        answer = self.book(start, **changes)
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def get(self, path: str, versions: dict[str, str], **params: Any) -> httpx.Response:
        return self.http.get(path, params=params, headers=versions | self.auth)

    def act(self, uid: str, action: str, **body: Any) -> httpx.Response:
        path = f"/v2/bookings/{uid}/{action}"
        return self.http.post(path, json=body, headers=BOOKINGS | self.auth)

    def listed(self, **params: Any) -> list[dict[str, Any]]:
        answer = self.get("/v2/bookings", BOOKINGS, **params)
        assert answer.status_code == 200, answer.text
        data: list[dict[str, Any]] = answer.json()["data"]
        return data

    def free(self, start: str, end: str, **params: Any) -> list[str]:
        """Starts in UTC, as `2026-11-24T09:00Z`."""
        query: dict[str, Any] = {"eventTypeId": self.type_id, "start": start, "end": end} | params
        answer = self.http.get("/v2/slots", params=query, headers=SLOTS)
        assert answer.status_code == 200, answer.text
        starts = [slot["start"] for day in answer.json()["data"].values() for slot in day]
        moments = (datetime.fromisoformat(one).astimezone(UTC) for one in starts)
        return sorted(moment.strftime("%Y-%m-%dT%H:%MZ") for moment in moments)

    def order_fault(self, **fault: Any) -> None:
        self.http.post("/sandbox/faults", json={"api_key": self.key} | fault).raise_for_status()

    def requests(self, operation: str) -> list[dict[str, Any]]:
        params = {"operation": operation, "api_key": self.key}
        found: list[dict[str, Any]] = self.http.get("/sandbox/requests", params=params).json()[
            "requests"
        ]
        return found


PAUSE = "sandbox.calcom.booking_core._pause"


def meeting_of(parties: int) -> Callable[[], Awaitable[None]]:
    """A gap (`PAUSE`) in which requests wait until so many of them stand in it."""
    barrier = asyncio.Barrier(parties)

    async def pause() -> None:
        await barrier.wait()

    return pause


class Held:
    """A gap (`PAUSE`) in which a request stands until the test lets it go on."""

    def __init__(self) -> None:
        self._entered, self._go_on = threading.Event(), threading.Event()

    async def pause(self) -> None:
        self._entered.set()
        await asyncio.to_thread(self._go_on.wait, HELD_AT_MOST_S)

    def wait_until_entered(self) -> None:
        assert self._entered.wait(HELD_AT_MOST_S)

    def let_go_on(self) -> None:
        self._go_on.set()


def message_of(answer: httpx.Response) -> str:
    body = answer.json()
    return str(body["error"]["message"] if "error" in body else body["message"])


def make_user(username: str, **changes: Any) -> dict[str, Any]:
    return {
        "username": username,
        "name": username.title(),
        "email": f"{username}@salon.example",
        "timeZone": "Europe/Berlin",
        "schedule": OPEN_ALL_WEEK,
    } | changes


def make_type(slug: str, **changes: Any) -> dict[str, Any]:
    plain = {"slug": slug, "title": slug.title(), "lengthInMinutes": 30}
    owner = {} if "hosts" in changes else {"owner": "jana"}
    return plain | owner | changes


class Desks:
    """Makes tenants at one sandbox and closes their connections at the end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open: list[httpx.Client] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for http in self._open:
            http.close()

    def __call__(self, **changes: Any) -> Desk:
        """A tenant with `jana`, open each day 9 to 17 in Berlin, 30 minutes a booking."""
        http = httpx.Client(base_url=self.url, timeout=20, verify=TLS)
        self._open.append(http)
        number = next(_numbers)
        body = {
            "tenant": f"salon-{number}",
            "api_key": f"cal_test_{number}",
            "rate_limit_per_min": 100_000,
            "users": [make_user("jana", role="owner")],
            "event_types": [make_type("schnitt")],
        } | changes
        answer = http.post("/sandbox/setup", json=body)
        assert answer.status_code == 200, answer.text
        made = answer.json()
        return Desk(
            url=self.url,
            key=str(body["api_key"]),
            tenant=str(body["tenant"]),
            users={one["username"]: one["id"] for one in made["users"]},
            types={one["slug"]: one["id"] for one in made["event_types"]},
            http=http,
        )

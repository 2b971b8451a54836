"""What a script sees of the system from outside: REST, Cal.com's bookings, mails."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx

from sandbox.calendars import event_type_slug
from sandbox.caller.diary import Taken
from sandbox.companies import DemoCompany
from stack.errors import StackError
from stack.info import StackInfo

Json = dict[str, Any]
Found = TypeVar("Found")

POLL_S = 0.15
TIMEOUT_S = 15.0
PAGES_MAX = 100
PAGE_SIZE = 100
NOT_FOUND = 404
ACTIVE = frozenset({"reserved", "booked"})
LIVE = frozenset({"accepted", "pending"})
# What our bookings carry in their metadata (docs/architecture.md); a stranger's do not.
OUR_KEY = "askproai_appointment_id"


class DeskError(StackError):
    """An answer that the demo cannot go on with; says who was asked what."""


async def wait_until(
    ask: Callable[[], Awaitable[Found | None]], *, within_s: float
) -> Found | None:
    """Asks until there is an answer; None when the time is up."""
    until = time.monotonic() + within_s
    # Over HTTP there is no event to wait for.
    while (found := await ask()) is None and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    return found


class Desk:
    """One running stack, asked as its users and its operators ask it."""

    def __init__(self, stack: StackInfo) -> None:
        self.stack = stack
        self.http = httpx.AsyncClient(timeout=TIMEOUT_S)
        self._companies = {company.slug: company for company in stack.companies}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    # --- our REST API --------------------------------------------------------------------------

    async def call(self, slug: str, call_id: str) -> Json | None:
        """None as long as nobody knows the call."""
        return await self._get(slug, f"/api/v1/calls/{call_id}")

    async def settled(self, slug: str, call_id: str, *, within_s: float) -> Json | None:
        """The call once its outcome stands; None when the time is up."""

        async def outcome() -> Json | None:
            seen = await self.call(slug, call_id)
            return seen if seen is not None and seen["outcome"] is not None else None

        return await wait_until(outcome, within_s=within_s)

    async def appointment(self, slug: str, appointment_id: str) -> Json | None:
        return await self._get(slug, f"/api/v1/appointments/{appointment_id}")

    async def book(self, slug: str, wish: Json) -> Json:
        """Through REST, as a receptionist's screen would."""
        answer = await self.http.post(
            f"{self.stack.api_url}/api/v1/appointments",
            json=wish,
            headers={**self._headers(slug), "Idempotency-Key": str(uuid4())},
        )
        if not answer.is_success:
            raise DeskError(f"POST appointments of {slug}: {answer.status_code} {answer.text}")
        return _object(answer)

    async def taken(self, company: DemoCompany, *, from_at: datetime) -> list[Taken]:
        """Active appointments from an instant on, from all pages; and what is live at Cal.com."""
        refs = {branch.name: branch.ref for branch in company.branches}
        there = taken_at_calcom(company, await self.all_bookings(company.slug))
        found = [one for one in there if one.end_at > from_at]
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            query: Json = {"limit": PAGE_SIZE, "from_at": from_at.isoformat()}
            query |= {"cursor": cursor} if cursor else {}
            page = await self._get(company.slug, "/api/v1/appointments", query)
            if page is None:
                raise DeskError(f"no list of appointments for {company.slug}")
            found += [
                Taken(
                    branch=refs[item["branch"]["name"]],
                    start_at=datetime.fromisoformat(item["start_at"]),
                    end_at=datetime.fromisoformat(item["end_at"]),
                )
                for item in page["items"]
                if item["status"] in ACTIVE
            ]
            cursor = page.get("next_cursor")
            if cursor is None:
                return found
        raise DeskError(f"{company.slug} has more than {PAGES_MAX * PAGE_SIZE} appointments")

    # --- the sandbox ---------------------------------------------------------------------------

    async def bookings(self, slug: str, appointment_id: str) -> list[Json]:
        """Live bookings at Cal.com that carry the appointment's id."""
        return [
            booking
            for booking in await self.all_bookings(slug)
            if booking["status"] in LIVE and appointment_id in booking["metadata"].values()
        ]

    async def all_bookings(self, slug: str) -> list[Json]:
        """Of the company at Cal.com, whatever their status."""
        answer = await self.http.get(
            f"{self.stack.calcom_url}/sandbox/bookings", params={"api_key": self.calcom_key(slug)}
        )
        found: list[Json] = _object(answer)["bookings"]
        return found

    async def break_calendar(self, slug: str, *, operation: str, times: int, status: int) -> None:
        """Cal.com answers the next requests of this company with an error."""
        fault = {
            "operation": operation,
            "fault": "status",
            "status": status,
            "times": times,
            "api_key": self.calcom_key(slug),
        }
        answer = await self.http.post(f"{self.stack.calcom_url}/sandbox/faults", json=fault)
        answer.raise_for_status()

    async def mails(self, address: str) -> list[Json]:
        """Newest first."""
        url = f"{self.stack.mail_url}/api/mails"
        answer = await self.http.get(url, params={"to": address})
        answer.raise_for_status()
        found: list[Json] = answer.json()
        return found

    # --- links ---------------------------------------------------------------------------------

    def workflow_link(self, workflow_id: str) -> str:
        namespace = self.stack.temporal_namespace
        ui = self.stack.temporal_ui_url
        return f"{ui}/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}"

    def mail_link(self, mail: Json) -> str:
        return f"{self.stack.mail_url}/mails/{mail['id']}"

    # --- inside --------------------------------------------------------------------------------

    def calcom_key(self, slug: str) -> str:
        key = (self._companies[slug].model_extra or {}).get("calcom_api_key")
        if not isinstance(key, str):
            raise DeskError(f"stack.json has no Cal.com key of {slug}")
        return key

    def _headers(self, slug: str) -> dict[str, str]:
        return {"X-API-Key": self._companies[slug].api_key}

    async def _get(self, slug: str, path: str, query: Json | None = None) -> Json | None:
        answer = await self.http.get(
            f"{self.stack.api_url}{path}", params=query, headers=self._headers(slug)
        )
        if answer.status_code == NOT_FOUND:
            return None
        if not answer.is_success:
            raise DeskError(f"GET {path} of {slug}: {answer.status_code} {answer.text}")
        return _object(answer)


def taken_at_calcom(company: DemoCompany, bookings: Sequence[Json]) -> list[Taken]:
    """Live ones: a person may have booked there, and we were never asked.

    Ours blocks its branch; a stranger's every branch: whoever it is with works in one of them.
    """
    branches = {
        event_type_slug(person, company.branch(ref)): [ref]
        for person in company.staff
        for ref in person.hours
    }
    everywhere = [branch.ref for branch in company.branches]

    def blocked(booking: Json) -> list[str]:
        ours = OUR_KEY in booking["metadata"]
        return branches.get(booking["eventType"]["slug"], everywhere) if ours else everywhere

    return [
        Taken(
            branch=ref,
            start_at=datetime.fromisoformat(booking["start"]),
            end_at=datetime.fromisoformat(booking["end"]),
        )
        for booking in bookings
        if booking["status"] in LIVE
        for ref in blocked(booking)
    ]


def _object(answer: httpx.Response) -> Json:
    answer.raise_for_status()
    body = answer.json()
    if not isinstance(body, dict):
        raise DeskError(f"{answer.request.url}: not an object")
    return body

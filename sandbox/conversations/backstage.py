"""What happens around a conversation: things that are so before it, faults, and the end state."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import psycopg

from db.engine import make_engine
from db.queries.connections import upsert_connection
from db.session import tenant_session
from db.types import configure_encryption
from domain.ids import seeded_id
from sandbox.caller.desk import LIVE, OUR_KEY, PAGE_SIZE, PAGES_MAX, Desk, DeskError, wait_until
from sandbox.caller.diary import Taken
from sandbox.companies import DemoCompany
from sandbox.conversations.model import CalcomFault, Rules
from sandbox.conversations.told import Message, Occupied
from stack.info import settings_for

Json = dict[str, Any]
OWN_KEY = "key_own_workspace"
CODE_WITHIN_S = 10.0
BOOKED_WITHIN_S = 30.0
# From Cal.com's webhook to everybody's next answer: it is looked at again after 1 and 4 s where our
# own request for that time is not answered yet.
NEWS_TAKE = timedelta(seconds=5)
# Of the services in the data; reservations hold their own in themselves.
BUFFER_MOST = timedelta(minutes=15)
# A process encrypts with one set of keys, and each stack has its own.
_ONE_STACKS_KEYS = asyncio.Lock()
_CODE = re.compile(r"\b\d{4,8}\b")
# `<appointment.kind.audience.sequence@domain>`, as the branch and the customer get it.
_MAIL_ID = re.compile(r"<?([0-9a-f-]{36})\.(\w+)\.customer\.")


class Backstage(Desk):
    """A Desk with the doors that only an operator of the sandboxes has."""

    # --- before the call -----------------------------------------------------------------------

    async def booked(self, slug: str, order: Json) -> str:
        """Through REST, until it stands at Cal.com. Raises DeskError."""
        made = await self.book(slug, order)

        async def stands() -> bool | None:
            seen = await self.appointment(slug, made["id"])
            return True if seen is not None and seen["status"] == "booked" else None

        if await wait_until(stands, within_s=BOOKED_WITHIN_S) is None:
            raise DeskError(f"the appointment {made['id']} was not booked in time")
        return str(made["id"])

    async def try_to_book(self, slug: str, order: Json) -> str | None:
        """Whoever cannot do it at that time does not matter."""
        try:
            return await self.booked(slug, order)
        except DeskError as error:
            if ": 409" not in str(error) and ": 422" not in str(error):
                raise
            return None

    async def known(self, company: DemoCompany) -> tuple[list[Taken], set[str]]:
        """What is taken from now on, here or at Cal.com alone, and the phones that are in use."""
        taken = await self.taken(company, from_at=datetime.now(UTC))
        taken += await self._reserved(company)
        return taken, await self._phones(company.slug)

    async def _reserved(self, company: DemoCompany) -> list[Taken]:
        """Holds and blocks as well, of which no list tells; for every branch, as the person may."""
        rows = await self._as_owner(
            "SELECT lower(during), upper(during) FROM reservations"
            " WHERE company_id = %s AND status IN ('held', 'booked') AND upper(during) > now()",
            seeded_id("company", company.ref),
        )
        return [
            Taken(branch=branch.ref, start_at=start_at, end_at=end_at)
            for start_at, end_at in rows
            for branch in company.branches
        ]

    async def is_crossed(
        self,
        company: DemoCompany,
        claims: Sequence[Taken],
        *,
        planned_at: datetime,
        began_at: datetime,
        own: Collection[str],
    ) -> bool:
        """Whether somebody else was given time that had been claimed, at that branch.

        `own`: ids of the calls and appointments that do not count. What was let go before
        `began_at`, or was there when the claims were made, is in nobody's way.
        """
        rows = await self._as_owner(
            "SELECT a.branch_id, lower(r.during), upper(r.during) FROM reservations r"
            " JOIN appointments a ON a.id = r.appointment_id"
            " WHERE r.company_id = %s AND r.created_at >= %s"
            " AND (r.status <> 'released' OR r.updated_at >= %s)"
            " AND NOT a.id::text = ANY(%s) AND NOT coalesce(a.retell_call_id, '') = ANY(%s)",
            seeded_id("company", company.ref),
            planned_at,
            began_at,
            list(own),
            list(own),
        )
        return any(
            claim.start_at < end_at + BUFFER_MOST and start_at - BUFFER_MOST < claim.end_at
            for branch_id, start_at, end_at in rows
            for claim in claims
            if branch_id == seeded_id("branch", claim.branch)
        )

    async def _phones(self, slug: str) -> set[str]:
        """Of everybody who had an appointment: whoever phones again is known."""
        found = [item async for item in self._all(slug, "/api/v1/appointments")]
        return {phone for item in found if (phone := item["customer"]["phone"])}

    async def _all(self, slug: str, path: str) -> AsyncIterator[Json]:
        """The entries of all pages."""
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            query: Json = {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {})
            page = await self._get(slug, path, query)
            for item in page["items"] if page else ():
                yield item
            cursor = page.get("next_cursor") if page else None
            if cursor is None:
                return

    async def set_rules(self, company: DemoCompany, rules: Rules) -> None:
        """Those that are not given are as in the company's data."""
        await self._as_owner(
            "UPDATE companies SET hold_minutes = %s, cancel_limit_hours = %s WHERE slug = %s",
            rules.hold_minutes or company.rules.hold_minutes,
            company.rules.cancel_limit_hours
            if rules.cancel_limit_hours is None
            else rules.cancel_limit_hours,
            company.slug,
        )

    async def own_workspace(self, company: DemoCompany) -> UUID:
        """A connection to Retell with a key of the company's own; the same one if it is there."""
        settings = settings_for(self.stack.data_dir)
        engine = make_engine(
            settings.database_url.get_secret_value(), pool_size=1, application_name="scenarios"
        )
        try:
            async with (
                _ONE_STACKS_KEYS,
                tenant_session(engine, seeded_id("company", company.ref)) as session,
            ):
                configure_encryption([key.get_secret_value() for key in settings.encryption_keys])
                return await upsert_connection(
                    session,
                    provider="retell",
                    base_url=self.stack.retell_url,
                    api_key=f"{OWN_KEY}_{company.slug}",
                )
        finally:
            await engine.dispose()

    async def text_company(self, slug: str, sender: str, body: str) -> None:
        """An SMS to the company's own number."""
        answer = await self.http.post(
            f"{self.stack.sms_url}/sandbox/sms/inbound",
            json={"from": sender, "to": self._number(slug), "body": body},
        )
        answer.raise_for_status()

    # --- Cal.com -------------------------------------------------------------------------------

    async def order(self, company: DemoCompany, fault: CalcomFault) -> None:
        """For this company's requests only; `staff`: for that person's events."""
        body = fault.model_dump(exclude={"staff"}) | {"api_key": self.calcom_key(company.slug)}
        if fault.staff is not None:
            body["event_type_id"] = await self._event_type(fault.staff)
        answer = await self.http.post(f"{self.stack.calcom_url}/sandbox/faults", json=body)
        answer.raise_for_status()

    async def well(self, slug: str) -> None:
        """No fault is left of what was ordered for this company."""
        answer = await self.http.delete(
            f"{self.stack.calcom_url}/sandbox/faults", params={"api_key": self.calcom_key(slug)}
        )
        answer.raise_for_status()

    async def _event_type(self, staff: str) -> int:
        rows = await self._as_owner(
            "SELECT calcom_event_type_id FROM event_types WHERE staff_id = %s",
            seeded_id("staff", staff),
        )
        return int(rows[0][0])

    async def cancel(self, slug: str, appointment_id: str) -> None:
        """By the branch; what cannot be cancelled any more stays."""
        await self.http.post(
            f"{self.stack.api_url}/api/v1/appointments/{appointment_id}/cancel",
            headers={**self._headers(slug), "Idempotency-Key": str(uuid4())},
        )

    # --- the call ------------------------------------------------------------------------------

    async def hang_up(self, call_id: str) -> None:
        """The phone sandbox takes no more words for this call."""
        url = f"{self.stack.retell_url}/sandbox/calls/{call_id}"
        (await self.http.post(url, json={"status": "ended"})).raise_for_status()

    async def functions(self, slug: str) -> list[Json]:
        """The definitions that the company pastes into its agent."""
        found = await self._get(slug, "/api/v1/retell/functions")
        tools: list[Json] = found["general_tools"] if found else []
        return tools

    # --- what was told -------------------------------------------------------------------------

    async def texts(self, slug: str, phone: str, since: datetime) -> list[Message]:
        """SMS of a company that reached a phone, the oldest first."""
        answer = await self.http.get(f"{self.stack.sms_url}/sandbox/sms", params={"to": phone})
        answer.raise_for_status()
        found = [
            Message(at=at, source="sms", text=one["body"])
            for one in answer.json()["messages"]
            if (at := datetime.fromisoformat(one["created_at"])) >= since
            and one["from"] == self._number(slug)
        ]
        return found[::-1]

    async def letters(self, address: str) -> list[Message]:
        """Mails to a customer, the oldest first."""
        found = []
        for mail in reversed(await self.mails(address)):
            about = _MAIL_ID.match(mail["message_id"])
            found.append(
                Message(
                    at=datetime.fromisoformat(mail["received_at"]),
                    source="mail",
                    text=mail["subject"],
                    kind=about[2] if about else None,
                    about=about[1] if about else None,
                )
            )
        return found

    async def said_live(self, call_id: str) -> list[Message]:
        """What the agent was given to say while the call ran."""
        answer = await self.http.get(
            f"{self.stack.retell_url}/sandbox/live", params={"call_id": call_id}
        )
        answer.raise_for_status()
        return [
            Message(
                at=datetime.fromisoformat(one["at"]),
                source="live",
                text=one["additional_context"] or "",
            )
            for one in answer.json()["injections"]
        ]

    async def code(self, slug: str, phone: str, since: datetime) -> str:
        """Of the newest SMS that has one. Raises DeskError."""

        async def came() -> str | None:
            for one in reversed(await self.texts(slug, phone, since)):
                if "Code" in one.text or "code" in one.text:
                    found = _CODE.search(one.text)
                    return found[0] if found else None
            return None

        told = await wait_until(came, within_s=CODE_WITHIN_S)
        if told is None:
            raise DeskError("no code came by SMS")
        return told

    async def callbacks(self, slug: str, call_id: str) -> list[Json]:
        """Tasks that came from a call."""
        found = self._all(slug, "/api/v1/callbacks")
        return [item async for item in found if item["call_id"] == call_id]

    def _number(self, slug: str) -> str:
        """From which a company writes its SMS."""
        number = (self._companies[slug].model_extra or {}).get("sms_number")
        if not isinstance(number, str):
            raise DeskError(f"stack.json has no SMS number of {slug}")
        return number

    # --- inside --------------------------------------------------------------------------------

    @cached_property
    def _owner_url(self) -> str:
        return self.stack.database_owner_url.replace("postgresql+psycopg", "postgresql")

    async def _as_owner(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(
            self._owner_url, autocommit=True
        ) as connection:
            rows = await connection.execute(statement.encode(), values)
            return await rows.fetchall() if rows.description else []


def occupied_by(
    bookings: Sequence[Json],
    company: DemoCompany,
    *,
    except_ids: Sequence[str],
    heard_at_once_from: datetime | None = None,
) -> list[Occupied]:
    """Live bookings of others. `except_ids`: calls and appointments whose own do not count.

    Of a booking that a stranger made at Cal.com nobody here can know for `NEWS_TAKE`, but for those
    made from `heard_at_once_from` on: Cal.com's refusal told of them.
    """
    names = {person.name: person.display_name for person in company.staff}
    own = set(except_ids)
    return [
        Occupied(
            staff=names.get(booking["hosts"][0]["name"], ""),
            start=datetime.fromisoformat(booking["start"]),
            end=datetime.fromisoformat(booking["end"]),
            since=_known_since(booking, heard_at_once_from),
        )
        for booking in bookings
        if booking["status"] in LIVE
        and not own & {str(value) for value in booking.get("metadata", {}).values()}
    ]


def _known_since(booking: Json, heard_at_once_from: datetime | None) -> datetime:
    made_at = datetime.fromisoformat(booking["createdAt"])
    is_ours = OUR_KEY in booking.get("metadata", {})
    if is_ours or (heard_at_once_from is not None and made_at >= heard_at_once_from):
        return made_at
    return made_at + NEWS_TAKE


async def all_known(
    desk: Backstage, companies: Sequence[DemoCompany]
) -> dict[str, tuple[list[Taken], set[str]]]:
    found = await asyncio.gather(*(desk.known(company) for company in companies))
    return {company.slug: each for company, each in zip(companies, found, strict=True)}

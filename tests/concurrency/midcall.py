"""Callers who ask by the functions of a running call, signed, all in the same moment."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.caller.calls import PhoneCall
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import AHEAD, Wish, qualified, starts_on
from sandbox.caller.plans import length
from sandbox.caller.wire import SIGNATURE_HEADER, signature
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.scenarios.phone import Caller, Json, deliver, make_call, make_caller, query

FUNCTIONS_PATH = "/api/mcp/retell/custom-function"
OK = 200
ANSWERED_WITHIN_S = 30.0
CALENDAR_WITHIN_S = 60.0
# Each is true of what is not booked.
REFUSALS = frozenset({"alternatives", "slot_taken", "slot_lost"})
PROMISES = frozenset({"booked", "reserved"})


@dataclass(frozen=True, kw_only=True)
class OnTheLine:
    """A caller and the call they are in. `people`: for how many the appointment is to be."""

    desk: Desk
    caller: Caller
    call: PhoneCall
    people: int = 1

    async def ask(self, name: str, **more: Any) -> Json:
        """The answer, asked for again where it is "one moment": that is the same question."""
        args = self._wish() | more

        async def answer() -> Json | None:
            told = await self._post(name, args)
            return told if "action" in told or told["status"] != "pending" else None

        told = await wait_until(answer, within_s=ANSWERED_WITHIN_S)
        assert told is not None, f"{name} of {self.call.call_id} had no answer"
        return told

    async def book(self) -> Json:
        """By words, as who insists on that time does it, whatever else was offered."""
        return await self.ask("book_appointment", customer_name=self.caller.name)

    async def hang_up(self) -> None:
        await deliver(self.desk, self.call, ["call_ended", "call_analyzed"])

    def _wish(self) -> Json:
        start, company = self.caller.start, demo_company(self.caller.wish.company)
        return {
            "service": company.service(self.caller.wish.service).name,
            "date": f"{start:%d.%m.%Y}",
            "time": f"{start:%H:%M}",
            **({"people": self.people} if self.people > 1 else {}),
        }

    async def _post(self, name: str, args: Json) -> Json:
        stack = self.desk.stack
        call = self.call.events["call_started"]["call"]
        body = json.dumps({"name": name, "args": args, "call": call}, ensure_ascii=False).encode()
        signed = signature(body, stack.retell_api_key, at_ms=time.time_ns() // 1_000_000)
        answer = await self.desk.http.post(
            stack.api_url + FUNCTIONS_PATH,
            content=body,
            headers={"Content-Type": "application/json", SIGNATURE_HEADER: signed},
        )
        assert answer.status_code == OK, answer.text
        told: Json = answer.json()
        assert told["message"], answer.text
        return told


def on_the_line(desk: Desk, wish: Wish, start: datetime, *, people: int = 1) -> OnTheLine:
    """Another person with another number each time."""
    caller = make_caller(wish, start)
    return OnTheLine(desk=desk, caller=caller, call=make_call(caller), people=people)


async def when_all_work(desk: Desk, wish: Wish, *, apart: timedelta, count: int) -> list[datetime]:
    """Local and aware starts of one day at which everybody who can do it works and is free."""
    company = demo_company(wish.company)
    zone, now = ZoneInfo(company.timezone), datetime.now(UTC)
    taken = await desk.taken(company, from_at=now)
    people = qualified(company, wish)
    alone = [replace(wish, staff=person.ref) for person in people]
    first = (now + AHEAD).astimezone(zone).date()
    for offset in range(company.rules.horizon_days - 2):
        day = first + timedelta(days=offset)
        common = set.intersection(*(set(starts_on(company, one, day)) for one in alone))
        chosen: list[datetime] = []
        for start in sorted(common):
            end = start + length(wish)
            is_free = not any(one.blocks(wish.branch, start, end) for one in taken)
            is_apart = not chosen or start - chosen[-1] >= apart
            if start >= now + AHEAD and is_free and is_apart:
                chosen.append(start)
        if len(chosen) >= count:
            return chosen[:count]
    raise LookupError(f"no day with {count} times at which all {len(people)} are free")


async def all_booked(stack: StackInfo, calls: Sequence[str], count: int) -> list[Json]:
    """What these calls have in the end, once Cal.com has said its word to each."""

    async def found() -> list[Json] | None:
        rows = await query(
            stack,
            "SELECT a.id, a.retell_call_id, a.start_at, a.end_at, a.staff_id, a.status"
            " FROM appointments a WHERE a.retell_call_id = ANY(%s)"
            " AND a.customer_id IS NOT NULL AND a.status IN ('held', 'booked')",
            list(calls),
        )
        is_done = len(rows) == count and {row["status"] for row in rows} <= {"booked"}
        return rows if is_done else None

    rows = await wait_until(found, within_s=CALENDAR_WITHIN_S)
    assert rows is not None, f"not {count} appointments of these calls are booked"
    return rows


async def hang_up_all(lines: Sequence[OnTheLine]) -> None:
    await asyncio.gather(*(line.hang_up() for line in lines))

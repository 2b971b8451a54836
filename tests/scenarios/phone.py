"""Callers whose wish the engine understands without doubt, and what is true after their calls."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from sandbox.caller.calls import EventName, Line, PhoneCall, new_call_id, phone_call
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Taken, Wish, pick
from sandbox.caller.plans import CALL_AGO, length
from sandbox.caller.scenarios import IN_ORDER
from sandbox.caller.scripts import Script
from sandbox.caller.spoken import placeholders
from sandbox.caller.wire import RetellWire, UndeliveredError
from sandbox.companies import demo_companies, demo_company
from stack.info import StackInfo

Json = dict[str, Any]

# A try of Cal.com that died with its worker is repeated after 15 s, a mail's after 30.
SETTLED_WITHIN_S = 100.0
TOLD_WITHIN_S = 60.0
ACKNOWLEDGED_WITHIN_S = 60.0
FIRST_NAMES = ("Anna", "Bernd", "Clara", "Dieter", "Esther", "Frank", "Greta", "Holger", "Ines")
LAST_NAMES = ("Albers", "Brandt", "Cordes", "Dressler", "Ehlers", "Franke", "Gerlach", "Hartung")
# Numbers that the Bundesnetzagentur gives to fiction: 0171 39200 00 to 99.
FICTIONAL = "+49171392{:04d}"
FICTIONAL_COUNT = 100

_numbers = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """`start` is local and aware."""

    wish: Wish
    start: datetime
    name: str
    phone: str
    email: str


def make_caller(wish: Wish, start: datetime) -> Caller:
    """Another person with another number each time."""
    number = next(_numbers)
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]
    return Caller(
        wish=wish,
        start=start,
        name=f"{first} {last}",
        phone=FICTIONAL.format(number % FICTIONAL_COUNT),
        email=f"{first}.{last}{number}@example.org".lower(),
    )


async def free_starts(desk: Desk, wishes: Sequence[Wish]) -> list[datetime]:
    """A start for each wish; none of them stands in another one's way, or in an earlier test's."""
    now = datetime.now(UTC)
    companies = {wish.company for wish in wishes}
    lists = await asyncio.gather(
        *(
            desk.taken(company, from_at=now)
            for company in demo_companies()
            if company.slug in companies
        )
    )
    claimed = list(itertools.chain.from_iterable(lists))
    starts = []
    for wish in wishes:
        start = pick(wish, now=now, taken=claimed)
        starts.append(start)
        claimed.append(Taken(branch=wish.branch, start_at=start, end_at=start + length(wish)))
    return starts


async def callers_for(desk: Desk, wishes: Sequence[Wish]) -> list[Caller]:
    starts = await free_starts(desk, wishes)
    return [make_caller(wish, start) for wish, start in zip(wishes, starts, strict=True)]


# --- the call ---------------------------------------------------------------------------------


def make_call(caller: Caller, *, random: Random | None = None) -> PhoneCall:
    """What Retell would report of it; the caller has just hung up."""
    company = demo_company(caller.wish.company)
    branch = company.branch(caller.wish.branch)
    line = Line(
        caller=caller.phone,
        dialled=branch.phone_numbers[0],
        agent_id=branch.agents[0],
        agent_name=f"{company.name} {branch.name} (de)",
    )
    started_at = datetime.now(UTC) - CALL_AGO
    local = started_at.astimezone(ZoneInfo(company.timezone))
    said = placeholders(caller.start, said_at=local, language="de")
    script = _script(caller).filled(said)
    return phone_call(new_call_id(random or SystemRandom()), line, script, started_at=started_at)


def _script(caller: Caller) -> Script:
    company = demo_company(caller.wish.company)
    service = company.service(caller.wish.service).name
    staff = company.person(caller.wish.staff).name if caller.wish.staff else None
    what = f"{service} bei {staff}" if staff else service
    return Script(
        language="de",
        summary="Ein Terminwunsch.",
        turns=[
            f"A: {company.name}, guten Tag, hier spricht die digitale Assistentin.",
            f"U: Guten Tag, mein Name ist {caller.name}. Ich möchte einen Termin.",
            "A: Gern. Was darf es sein, und wann?",
            f"U: {what}, {{day}} um {{time}}.",
            f"A: {what} am {{date_dat}}, um {{time}}, auf den Namen {caller.name}. Stimmt das so?",
            "U: Ja, das stimmt.",
            "A: Danke, das ist notiert.",
            "U: Danke, auf Wiederhören.",
        ],
        analysis={
            "intent": "book",
            "service": service,
            **({"staff": staff} if staff else {}),
            "date_time_phrase": "{day} um {time}",
            "appointment_start": "{iso}",
            "customer_name": caller.name,
            "customer_email": caller.email,
            "appointment_confirmed": True,
        },
    )


async def deliver(desk: Desk, call: PhoneCall, order: Iterable[EventName] = IN_ORDER) -> None:
    """Each event until somebody has acknowledged it; Retell itself gives up sooner."""
    wire = RetellWire(desk.http, desk.stack.api_url, desk.stack.retell_api_key)

    for name in order:

        async def acknowledged(name: EventName = name) -> bool | None:
            try:
                await wire.report(call.events[name])
            except UndeliveredError:
                return None
            return True

        told = await wait_until(acknowledged, within_s=ACKNOWLEDGED_WITHIN_S)
        assert told, f"nobody acknowledged {name} of {call.call_id}"


async def settled(desk: Desk, caller: Caller, call_id: str) -> Json:
    """The call as REST shows it, once its outcome stands."""
    seen = await desk.settled(caller.wish.company, call_id, within_s=SETTLED_WITHIN_S)
    assert seen is not None, f"{call_id} was not settled in {SETTLED_WITHIN_S:.0f} s"
    return seen


async def all_settled(desk: Desk, caller: Caller, call_ids: Sequence[str]) -> list[Json]:
    """The calls of one company. Of many that wait together one asks, and not each of them."""

    async def outcomes() -> bool | None:
        rows = await query(
            desk.stack,
            "SELECT count(*) AS n FROM calls WHERE retell_call_id = ANY(%s) AND state = 'settled'",
            list(call_ids),
        )
        return True if rows[0]["n"] == len(call_ids) else None

    assert await wait_until(outcomes, within_s=SETTLED_WITHIN_S), "not all calls were settled"
    return [await settled(desk, caller, call_id) for call_id in call_ids]


async def phone_in(desk: Desk, caller: Caller, order: Iterable[EventName] = IN_ORDER) -> Json:
    """A whole call, until it is settled."""
    call = make_call(caller)
    await deliver(desk, call, order)
    return await settled(desk, caller, call.call_id)


# --- what is true afterwards ------------------------------------------------------------------


async def query(stack: StackInfo, statement: str, *values: object) -> list[Json]:
    """As the owner, who sees all companies."""
    url = stack.database_owner_url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=dict_row
    ) as connection:
        rows = await connection.execute(statement.encode(), values)
        return await rows.fetchall()


async def count_calls(stack: StackInfo, call_id: str) -> int:
    rows = await query(stack, "SELECT retell_call_id FROM calls WHERE retell_call_id = %s", call_id)
    return len(rows)


async def slots_of(stack: StackInfo, appointment_id: str) -> list[Json]:
    """Each with how many resources it needs, and how many reservations of its own it has."""
    return await query(
        stack,
        "SELECT s.status, s.start_at, cardinality(s.resource_ids) AS needs, ("
        "  SELECT count(*) FROM reservations r WHERE r.appointment_id = s.appointment_id"
        "  AND r.revision = s.revision AND r.status IN ('held', 'booked')) AS has"
        " FROM appointment_slots s WHERE s.appointment_id = %s",
        appointment_id,
    )


async def messages(stack: StackInfo, appointment_id: str) -> list[Json]:
    return await query(
        stack,
        "SELECT kind, audience, channel, status, repeats, message_id FROM notifications"
        " WHERE appointment_id = %s",
        appointment_id,
    )


async def texts_to(desk: Desk, phone: str) -> list[Json]:
    """As the customer's phone shows them, the oldest first."""
    answer = await desk.http.get(f"{desk.stack.sms_url}/sandbox/sms", params={"to": phone})
    texts: list[Json] = answer.raise_for_status().json()["messages"]
    return texts[::-1]


async def mails(desk: Desk) -> Counter[str]:
    """All that the sink has: how many copies of each Message-ID."""
    answer = await desk.http.get(f"{desk.stack.mail_url}/api/mails")
    answer.raise_for_status()
    return Counter(mail["message_id"] for mail in answer.json())


async def told(desk: Desk, appointment_id: str, kind: str = "confirmation") -> Counter[str]:
    """Copies by Message-ID, once both customer and branch have that mail behind them."""

    async def done() -> bool | None:
        rows = [
            row
            for row in await messages(desk.stack, appointment_id)
            if (row["kind"], row["channel"]) == (kind, "email")
        ]
        ended = [row for row in rows if row["status"] in ("sent", "skipped", "rejected")]
        return True if {row["audience"] for row in ended} == {"customer", "branch"} else None

    assert await wait_until(done, within_s=TOLD_WITHIN_S), f"no {kind} of {appointment_id}"
    found = await mails(desk)
    return Counter({each: copies for each, copies in found.items() if appointment_id in each})


async def assert_booked_once(
    desk: Desk, caller: Caller, call: Json, *, copies: Iterable[int] = (1,)
) -> None:
    """One row, one reservation, one booking at the wished time, one mail of each identity."""
    [appointment] = call["appointments"]
    number = appointment["id"]
    assert (call["outcome"], appointment["status"]) == ("booked", "booked"), call["reason"]
    assert datetime.fromisoformat(appointment["start_at"]) == caller.start
    assert await count_calls(desk.stack, call["call_id"]) == 1
    [slot] = [slot for slot in await slots_of(desk.stack, number) if slot["status"] != "released"]
    assert (slot["status"], slot["has"]) == ("booked", slot["needs"])
    [booking] = await desk.bookings(caller.wish.company, number)
    assert datetime.fromisoformat(booking["start"]) == caller.start
    letters = await told(desk, number)
    assert {_audience(message) for message in letters} == {"customer", "branch"}
    assert set(letters.values()) <= set(copies), letters


def _audience(message_id: str) -> str:
    """`<uuid.confirmation.branch.0@domain>`"""
    return message_id.split(".")[2]

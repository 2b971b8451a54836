"""Invariants 1 to 4 (docs/invariants.md), checked from outside: by queries that know nothing of the
constraints, and against what calendars and the engine say themselves.

Runs as the owner, over all tenants. What only others know is asked through ports, because this
room talks to PostgreSQL alone.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from typing_extensions import override

from db import verify_sql as statements
from db.models import Connection
from db.queries.appointments import booking_uid_hash
from db.queries.connections import ConnectionRecord, connection_record
from domain.ids import appointment_workflow_id, call_workflow_id

LIVE = frozenset({"accepted", "pending"})


class CalendarUnreadableError(Exception):
    """Raised by `list_bookings` where a calendar did not let itself be read; says which."""


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """A booking in Cal.com, or an event on a CalDAV server. `appointment_id`: as its metadata or
    its mark say. `uid` None: whoever edited it has thrown away which slot it stands for.
    """

    appointment_id: UUID | None
    uid: str | None = field(repr=False)
    status: str
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, kw_only=True)
class Violation:
    invariant: int
    what: str
    ids: tuple[tuple[str, str], ...]

    @override
    def __str__(self) -> str:
        listed = ", ".join(f"{name} {value}" for name, value in self.ids)
        return f"invariant {self.invariant}: {self.what} ({listed})"


ListBookings = Callable[[ConnectionRecord], Awaitable[Sequence[CalendarEntry]]]
IsRunning = Callable[[str], Awaitable[bool]]
"""Whether the workflow with this id is open."""


async def verify(
    owner_engine: AsyncEngine,
    *,
    list_bookings: ListBookings | None = None,
    is_running: IsRunning | None = None,
) -> list[Violation]:
    """What is broken, empty if nothing is. A port that is None leaves out what only it can tell."""
    async with AsyncSession(owner_engine) as session, session.begin():
        found = await _slots(session)
        found += await _messages(session)
        found += await _doubled_calls(session)
        unsettled = (await session.execute(statements.UNSETTLED_CALLS)).mappings().all()
    # Others are asked with no transaction open: they may take their time.
    found += await _unsettled(unsettled, is_running)
    if list_bookings is not None:
        found += await _calendar(owner_engine, list_bookings, is_running)
    return found


def tell(found: Sequence[object], say: Callable[[str], object]) -> int:
    """For the command line: says each violation; 0 if there is none, else 1."""
    for violation in found:
        say(str(violation))
    say(f"{len(found)} violations" if found else "invariants 1 to 4 hold")
    return 1 if found else 0


async def _slots(session: AsyncSession) -> list[Violation]:
    checks = (
        (statements.OVERLAPS, "two active reservations of one resource overlap"),
        (statements.BOOKED_WITHOUT_RESERVATION, "a booked appointment lacks a reservation"),
        (statements.ENDED_BUT_BLOCKING, "an appointment that has ended still blocks a resource"),
        (statements.ENDED_BLOCK_BLOCKING, "a booking that left its time still blocks a resource"),
        (statements.HELD_TOO_LONG, "a hold outlived its time"),
    )
    found: list[Violation] = []
    for query, what in checks:
        found += _violations(1, what, (await session.execute(query)).mappings())
    return found


async def _doubled_calls(session: AsyncSession) -> list[Violation]:
    doubled = (await session.execute(statements.DOUBLED_CALLS)).mappings()
    return _violations(3, "a call has more than one row", doubled)


async def _unsettled(rows: Sequence[Any], is_running: IsRunning | None) -> list[Violation]:
    found: list[Violation] = []
    for row in rows:
        if is_running is None:
            running = row["has_row"]  # open calls may be running: only the engine knows
        else:
            running = await is_running(call_workflow_id(row["retell_call_id"]))
        if not running:
            what = "is not settled and not running" if row["has_row"] else "has no row"
            ids = (("call", row["retell_call_id"]),)
            found.append(Violation(invariant=3, what=f"a call that arrived {what}", ids=ids))
    return found


async def _messages(session: AsyncSession) -> list[Violation]:
    checks = (
        (statements.UNCONFIRMED, "a confirmed appointment lacks its confirmation"),
        (statements.DOUBLED_MESSAGES, "a message has more than one identity"),
    )
    found: list[Violation] = []
    for query, what in checks:
        found += _violations(4, what, (await session.execute(query)).mappings())
    return found


async def _calendar(
    owner_engine: AsyncEngine, list_bookings: ListBookings, is_running: IsRunning | None
) -> list[Violation]:
    """A company's calendars together: some of its people may be at Cal.com, others elsewhere."""
    query = (
        select(Connection)
        .where(Connection.provider.in_(("calcom", "caldav")))
        .order_by(Connection.company_id, Connection.id)
    )
    async with AsyncSession(owner_engine) as session:
        connections = list(await session.scalars(query))
    found: list[Violation] = []
    for company_id, theirs in groupby(connections, key=lambda one: one.company_id):
        entries: list[CalendarEntry] = []
        unreadable: list[Violation] = []
        providers = set()
        for connection in theirs:
            providers.add(connection.provider)
            try:
                entries += await list_bookings(connection_record(connection))
            except CalendarUnreadableError as error:
                ids = (("connection", str(connection.id)), ("calendar", str(error)))
                what = "a calendar cannot be read, so nobody knows what stands in it"
                unreadable.append(Violation(invariant=2, what=what, ids=ids))
        found += unreadable
        if unreadable:
            continue  # of what is there nothing can be said
        async with AsyncSession(owner_engine) as session:
            of_company = {"company_id": company_id}
            rows = (await session.execute(statements.APPOINTMENTS, of_company)).mappings().all()
        known = {row["id"]: dict(row) for row in rows}
        where = "Cal.com" if providers == {"calcom"} else "calendar"
        found += await _compare(known, entries, is_running, where)
    return found


async def _compare(
    known: dict[UUID, dict[str, Any]],
    entries: Sequence[CalendarEntry],
    is_running: IsRunning | None,
    where: str,
) -> list[Violation]:
    live: dict[UUID, list[CalendarEntry]] = defaultdict(list)
    for entry in entries:
        if entry.appointment_id is not None and entry.status.lower() in LIVE:
            live[entry.appointment_id].append(entry)
    found: list[Violation] = []
    for appointment_id, appointment in known.items():
        if appointment["status"] == "booked":
            found += _compare_booked(appointment_id, appointment, live[appointment_id], where)
    for appointment_id, booked in live.items():
        appointment_or_none = known.get(appointment_id)
        status = appointment_or_none["status"] if appointment_or_none else "unknown"
        if status in {"booked", "completed", "missed"} or not booked:
            continue
        saga = is_running if status == "held" else None
        if saga is not None and await saga(appointment_workflow_id(appointment_id)):
            continue  # between Cal.com's answer and our confirmation: it ends one way or the other
        what = f"a live {where} booking has an appointment that is {status}"
        found += [_about(appointment_id, what, entry) for entry in booked]
    return found


def _compare_booked(
    appointment_id: UUID, appointment: dict[str, Any], live: list[CalendarEntry], where: str
) -> list[Violation]:
    if not live:
        return [_about(appointment_id, f"a confirmed appointment has no live {where} booking")]
    if appointment["moving"]:
        return []  # old and new booking stand beside each other until the move is confirmed
    if len(live) > 1:
        what = f"a confirmed appointment has {len(live)} live {where} bookings"
        return [_about(appointment_id, what)]
    [entry] = live
    if entry.uid and booking_uid_hash(entry.uid) != appointment["calcom_uid_hash"]:
        what = f"{where} has another booking than the one we know"
        return [_about(appointment_id, what, entry)]
    if (entry.start_at, entry.end_at) != (appointment["start_at"], appointment["end_at"]):
        return [_about(appointment_id, f"{where} has other times than we have", entry)]
    return []


def _about(appointment_id: UUID, what: str, entry: CalendarEntry | None = None) -> Violation:
    ids = [("appointment", str(appointment_id))]
    if entry is not None:
        ids.append(("booking at", entry.start_at.isoformat()))
    return Violation(invariant=2, what=what, ids=tuple(ids))


def _violations(invariant: int, what: str, rows: Iterable[Any]) -> list[Violation]:
    return [
        Violation(
            invariant=invariant,
            what=what,
            ids=tuple((name, str(value)) for name, value in row.items() if value is not None),
        )
        for row in rows
    ]

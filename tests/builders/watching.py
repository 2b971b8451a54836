"""What is true of calls and slots after every step, told by queries and rules of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from contracts.functions import FunctionAnswer, Hold
from db import verify_sql
from db.queries.catalogue import load_branch_plan
from db.session import tenant_session
from domain.slots import Allocation, BranchPlan, why_not
from domain.timespan import TimeSpan
from tests.builders.talking import COMPANY, MITTE, NORD
from tests.builders.talks import Talk, World, must

BRANCHES = {"Mitte": MITTE, "Nord": NORD}

BLOCKING = text("""
    SELECT r.appointment_id, r.resource_id, lower(r.during) AS from_at, upper(r.during) AS to_at,
        r.status, a.customer_id, a.retell_call_id, a.status AS appointment_status,
        r.status = 'held' AND coalesce(r.expires_at <= now(), false) AS is_over
    FROM reservations r JOIN appointments a ON a.id = r.appointment_id
    WHERE r.status IN ('held', 'booked')
""")
APPOINTMENTS = text("""
    SELECT a.id, a.status, a.customer_id, a.retell_call_id, a.start_at, c.phone_hash
    FROM appointments a LEFT JOIN customers c ON c.id = a.customer_id
""")
BROKEN = {
    "two reservations overlap": verify_sql.OVERLAPS,
    "a booked appointment lacks a reservation": verify_sql.BOOKED_WITHOUT_RESERVATION,
    "what has ended still blocks": verify_sql.ENDED_BUT_BLOCKING,
    "a hold outlived its time": verify_sql.HELD_TOO_LONG,
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The database at one moment. `blocking`: reservations; `rows`: appointments by their id."""

    at: datetime
    rules: "Rules"
    blocking: Sequence[Any]
    rows: Mapping[UUID, Any]
    broken: Sequence[str] = field(default_factory=tuple)

    def nobodys(self, call_id: str) -> set[UUID]:
        """What the call holds for its caller."""
        return {
            one
            for one, row in self.rows.items()
            if row.retell_call_id == call_id and row.customer_id is None and row.status == "held"
        }

    def of_caller(self, talk: Talk) -> set[UUID]:
        """Theirs, from whichever call."""
        hashes = {row.phone_hash for one, row in self.rows.items() if one in talk.promised}
        hashes |= {
            row.phone_hash
            for row in self.rows.values()
            if talk._recorded is not None and row.phone_hash == talk._recorded.phone_hash
        }
        return {
            one for one, row in self.rows.items() if row.phone_hash and row.phone_hash in hashes
        }

    def busy(self, without: Iterable[UUID]) -> dict[int, list[TimeSpan]]:
        mine = set(without)
        found: dict[int, list[TimeSpan]] = {}
        for row in self.blocking:
            if not row.is_over and row.appointment_id not in mine:
                found.setdefault(row.resource_id, []).append(TimeSpan(row.from_at, row.to_at))
        return found

    def is_bookable(
        self,
        branch: str,
        service: str,
        start_at: datetime,
        staff: str | None,
        *,
        without: Iterable[UUID],
    ) -> bool:
        answer = why_not(
            self.rules.plans[BRANCHES[branch]],
            self.rules.services[service],
            start_at,
            self.at,
            self.busy(without),
            staff_id=self.rules.people[staff] if staff else None,
            staff_hard=staff is not None,
        )
        return isinstance(answer, Allocation)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the shop does, read anew and not as the steps keep it."""

    plans: Mapping[UUID, BranchPlan]
    people: Mapping[str, UUID]
    services: Mapping[str, UUID]


async def read_rules(engine: AsyncEngine) -> Rules:
    now = datetime.now(UTC)
    async with tenant_session(engine, COMPANY) as session:
        return Rules(
            plans={
                one: await load_branch_plan(session, one, absences_from_at=now)
                for one in BRANCHES.values()
            },
            people=await _by_name(session, "SELECT display_name, id FROM staff"),
            services=await _by_name(session, "SELECT name, id FROM services"),
        )


async def look(engine: AsyncEngine, rules: Rules) -> Seen:
    async with tenant_session(engine, COMPANY) as session:
        broken = [
            f"{what}: {row}"
            for what, query in BROKEN.items()
            for row in await session.execute(query)
        ]
        rows = {row.id: row for row in await session.execute(APPOINTMENTS)}
        blocking = (await session.execute(BLOCKING)).all()
    now = datetime.now(UTC)
    return Seen(at=now, rules=rules, blocking=blocking, rows=rows, broken=broken)


async def _by_name(session: AsyncSession, query: str) -> dict[str, UUID]:
    return {row[0]: row[1] for row in await session.execute(text(query))}


# --- always --------------------------------------------------------------------------------------


def check_always(world: World, seen: Seen) -> None:
    must(not seen.broken, "; ".join(seen.broken))
    promised = [one for talk in world.talks for one in talk.promised]
    must(len(promised) == len(set(promised)), "one hold was promised to two calls")
    for talk in world.talks:
        _check_hold(talk, seen)
        for one in talk.promised:
            row = seen.rows[one]
            must(row.customer_id is not None, "promised to nobody")
            must(row.retell_call_id == talk.call_id, "promised what another call has held")
    for row in seen.blocking:
        if row.customer_id is None:
            calls = {talk.call_id for talk in world.talks}
            must(row.retell_call_id in calls, "held for nobody's call")


def _check_hold(talk: Talk, seen: Seen) -> None:
    """At most one is live, and it is the one that the workflow knows and watches."""
    known = {part.appointment_id for part in talk.hold.parts} if talk.hold else set()
    kept = seen.nobodys(talk.call_id)
    must(kept <= known, f"held {kept - known} without anybody watching it")
    if talk.hold is not None and talk.hold.expires_at > seen.at:
        _check_whole(talk.hold, seen)


def _check_whole(hold: Hold, seen: Seen) -> None:
    """Every part of a live hold blocks its person from its beginning to its end."""
    for part in hold.parts:
        person = seen.rules.plans[hold.branch_id].staff_by_id[part.staff_id].resource_id
        covered = [
            row
            for row in seen.blocking
            if row.appointment_id == part.appointment_id
            and row.resource_id == person
            and not row.is_over
            and row.from_at <= part.start_at
            and row.to_at >= part.end_at
        ]
        must(covered, f"the call believes to hold {hold.number}, and it is not held")


def check_over(world: World, seen: Seen) -> None:
    """Everybody has hung up."""
    nobodys = [row for row in seen.blocking if row.customer_id is None]
    must(not nobodys, f"nobody's holds are left: {nobodys}")
    must(all(talk.hold is None for talk in world.talks), "a call that is over holds something")


# --- what was said -------------------------------------------------------------------------------


def check_said(talk: Talk, answer: FunctionAnswer, seen: Seen, *, moves: bool = False) -> None:
    """`moves`: of a move, which is in no way of itself."""
    fields = answer.fields
    must(answer.status != "failed", f"failed: {answer.message}")
    if fields.get("hold_id") is not None:
        _check_held(talk, answer)
    without = seen.nobodys(talk.call_id)
    if moves:
        without |= seen.of_caller(talk)
    slots: Any = fields.get("slots") or []
    for offer in slots if not answer.replayed else []:
        _check_offer(offer, seen, without)
    if answer.status in ("booked", "reserved", "cancelled", "rescheduled"):
        _check_done(answer, seen)


def _check_held(talk: Talk, answer: FunctionAnswer) -> None:
    hold, fields = talk.hold, answer.fields
    must(hold is not None and hold.hold_id == fields["hold_id"], "told of a hold that is not live")
    slots: Any = fields.get("slots")
    first = slots[0] if slots else fields
    must(hold and datetime.fromisoformat(str(first["start"])) == hold.start_at, "held another time")


def _check_offer(offer: Mapping[str, Any], seen: Seen, without: set[UUID]) -> None:
    """All parts, one after the other: the first ones are in the way of those behind."""
    busy = seen.busy(without)
    plan = seen.rules.plans[BRANCHES[offer["branch"]]]
    for part in offer.get("parts") or [offer]:
        answer = why_not(
            plan,
            seen.rules.services[part["service"]],
            datetime.fromisoformat(part["start"]),
            seen.at,
            busy,
            staff_id=seen.rules.people[part["staff"]],
            staff_hard=True,
        )
        if not isinstance(answer, Allocation):
            must(False, f"offered {offer}, which is {answer}")
            return
        for resource in answer.resource_ids:
            busy.setdefault(resource, []).append(answer.during)


def _check_done(answer: FunctionAnswer, seen: Seen) -> None:
    ids: Any = answer.fields.get("appointment_ids") or [answer.fields["appointment_id"]]
    rows = [seen.rows[UUID(one)] for one in ids]
    expected = {
        "booked": {"booked"},
        "reserved": {"held", "booked"},
        "cancelled": {"cancelled"},
        "rescheduled": {"held", "booked"},
    }[answer.status]
    found = {row.status for row in rows}
    must(found <= expected, f"told {answer.status}, and it is {found}")
    if answer.status != "cancelled":
        must(all(row.customer_id for row in rows), f"{answer.status} for nobody")
        told = datetime.fromisoformat(str(answer.fields["start"]))
        must(min(row.start_at for row in rows) == told, "told another time")

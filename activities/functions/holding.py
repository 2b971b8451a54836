"""A slot is kept for the caller before it is named: one hold a call, and a new wish moves it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from activities.functions.desk import Desk
from contracts.functions import HeldPart, Hold
from db.queries import audit, holds
from db.queries.holds import HoldPart
from domain.ids import hold_name
from domain.slots import Allocation, PartWish, Visit
from observability.metrics import HOLDS

# In the worst case all who ask at once want the same slot, and each round has one winner: so many
# lose before the last of them is told that nothing is free.
CONTENTION_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What may be offered. `wishes`: of its parts, in their order. `on_own_data`: Cal.com has not
    said that all of it is free.
    """

    branch_id: UUID
    visit: Visit
    wishes: tuple[PartWish, ...]
    on_own_data: bool = False


async def my_parts(desk: Desk) -> list[UUID]:
    """What this caller holds, and what this very question held before its worker died."""
    held = await desk.holdings.nobodys()
    live = [part.appointment_id for part in _parts(desk.conversation.hold)]
    return list(dict.fromkeys([*held, *live, *desk.own_parts()]))


async def made_before(desk: Desk) -> Choice | None:
    """What this very question has held, or promised, before its worker died."""
    of_call = {row.appointment_id: row for row in await desk.holdings.rows()}
    rows = [of_call[one] for one in desk.own_parts() if one in of_call]
    slots = await holds.latest_slots(desk.session, [row.appointment_id for row in rows])
    live = [row for row in rows if row.status in ("held", "booked")]
    if not rows or len(live) < len(rows):
        return None
    parts = [
        (row.service_id, holds.allocation_of(slots[row.appointment_id]))
        for row in rows
        if slots[row.appointment_id].status != "released"
    ]
    if len(parts) < len(rows):
        return None
    return Choice(
        branch_id=rows[0].branch_id,
        visit=Visit(parts=tuple(parts)),
        wishes=tuple(PartWish(service_id=service_id) for service_id, _ in parts),
    )


async def take_hold(desk: Desk, choice: Choice) -> Hold | None:
    """None when somebody was faster; then everything is as it was, the earlier hold too.

    The slot that is held already is kept under its name, for the full time again.
    """
    hold = await _renewed(desk, choice) or await _new_hold(desk, choice)
    parts = [
        HoldPart(
            appointment_id=part.appointment_id,
            branch_id=choice.branch_id,
            service_id=service_id,
            allocation=allocation,
            price_cents=await _price(desk, choice.branch_id, service_id, allocation.staff_id),
        )
        for part, (service_id, allocation) in zip(hold.parts, choice.visit.parts, strict=True)
    ]
    taken = await _replace(desk, hold, parts)
    HOLDS.labels(result="held" if taken else "contended").inc()
    if not taken:
        return None
    await tell_audit(desk, "hold.taken", hold)
    return hold


async def _replace(desk: Desk, hold: Hold, parts: Sequence[HoldPart]) -> bool:
    """New first, old afterwards: two callers who swap their slots do not wait for each other. Only
    what stands in the way of the new one, being the caller's own, is let go before.
    """
    new = {part.appointment_id for part in parts}
    old = [one for one in await desk.holdings.nobodys() if one not in new]
    if not await holds.hold_parts(
        desk.session,
        parts,
        retell_call_id=desk.conversation.retell_call_id,
        expires_at=hold.expires_at,
        instead_of=await overlapping(desk, old, [part.allocation for part in parts]),
    ):
        return False
    await desk.holdings.let_go(old)
    return True


async def let_others_go(desk: Desk, kept: Sequence[UUID]) -> None:
    """Whatever else the call holds."""
    await desk.holdings.let_go([one for one in await desk.holdings.nobodys() if one not in kept])


async def overlapping(desk: Desk, held: Sequence[UUID], wanted: Sequence[Allocation]) -> list[UUID]:
    """Those of the call's holds that stand in the way of what is wanted."""
    slots = await holds.latest_slots(desk.session, held)
    return [
        one
        for one, slot in slots.items()
        if any(
            slot.during.overlaps(one_wanted.during)
            and set(slot.resource_ids) & set(one_wanted.resource_ids)
            for one_wanted in wanted
        )
    ]


async def _renewed(desk: Desk, choice: Choice) -> Hold | None:
    live = desk.conversation.hold
    if live is None or live.branch_id != choice.branch_id:
        return None
    wanted = Counter(
        (service_id, part.staff_id, part.start_at, part.end_at)
        for service_id, part in choice.visit.parts
    )
    held = Counter((p.service_id, p.staff_id, p.start_at, p.end_at) for p in live.parts)
    if wanted != held:
        return None
    own = list(live.parts)
    parts = []
    for number, (service_id, part) in enumerate(choice.visit.parts):
        same = next(
            p
            for p in own
            if (p.service_id, p.staff_id, p.start_at) == (service_id, part.staff_id, part.start_at)
        )
        own.remove(same)
        parts.append(same.model_copy(update={"staff_hard": choice.wishes[number].staff_hard}))
    return live.model_copy(
        update={
            "parts": tuple(parts),
            "expires_at": await _until(desk, choice),
            "on_own_data": choice.on_own_data,
        }
    )


async def _new_hold(desk: Desk, choice: Choice) -> Hold:
    conversation = desk.conversation
    number = conversation.next_number
    ids = desk.own_parts(number)
    return Hold(
        number=number,
        hold_id=hold_name(conversation.retell_call_id, desk.asked.event_id, number),
        branch_id=choice.branch_id,
        parts=tuple(
            HeldPart(
                appointment_id=ids[place],
                service_id=service_id,
                staff_id=part.staff_id,
                staff_hard=choice.wishes[place].staff_hard,
                start_at=part.start_at,
                end_at=part.end_at,
            )
            for place, (service_id, part) in enumerate(choice.visit.parts)
        ),
        start_at=choice.visit.start_at,
        expires_at=await _until(desk, choice),
        summary=desk.summary(
            choice.branch_id,
            [(service_id, part.staff_id) for service_id, part in choice.visit.parts],
            choice.visit.start_at,
        ),
        on_own_data=choice.on_own_data,
    )


async def _until(desk: Desk, choice: Choice) -> datetime:
    """The tenant's minutes from now, and never beyond the slot's own beginning."""
    plan = await desk.plan(choice.branch_id)
    until = desk.now + timedelta(minutes=plan.rules.hold_minutes)
    return min(until, max(choice.visit.start_at, desk.now + timedelta(seconds=1)))


async def _price(desk: Desk, branch_id: UUID, service_id: UUID, staff_id: UUID) -> int | None:
    plan = await desk.plan(branch_id)
    return plan.price_of(plan.services_by_id[service_id], staff_id)


def _parts(hold: Hold | None) -> tuple[HeldPart, ...]:
    return hold.parts if hold is not None else ()


async def tell_audit(desk: Desk, action: str, hold: Hold, **changes: object) -> None:
    await audit.write_audit(
        desk.session,
        actor="engine",
        action=action,
        subject_type="call",
        subject_id=desk.conversation.retell_call_id,
        changes={
            "hold_id": hold.hold_id,
            "appointments": [str(part.appointment_id) for part in hold.parts],
            **changes,
        },
    )

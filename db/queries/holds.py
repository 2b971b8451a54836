"""Slots held for a caller who has not decided yet: appointments without a customer.

All parts of a visit or none: each function works inside one savepoint. The exclusion constraint
decides; nothing checks first and writes then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.appointments import AppointmentStatus
from db.models import Appointment
from db.queries import slots, slots_sql
from db.queries.slots import SlotRecord
from domain.slots.model import Allocation
from domain.timespan import TimeSpan


@dataclass(frozen=True, kw_only=True)
class HoldPart:
    """`price_cents`: of this service with this person, at the moment of the offer."""

    appointment_id: UUID
    branch_id: UUID
    service_id: UUID
    allocation: Allocation
    price_cents: int | None = None


@dataclass(frozen=True, kw_only=True)
class HeldRow:
    """`customer_id` None: nobody's, still held for whoever is on the line, while `held`."""

    appointment_id: UUID
    branch_id: UUID
    service_id: UUID
    customer_id: UUID | None
    status: AppointmentStatus
    reason: str | None

    @property
    def is_nobodys(self) -> bool:
        return self.customer_id is None and self.status == "held"


_ROWS = select(
    Appointment.id.label("appointment_id"),
    Appointment.branch_id,
    Appointment.service_id,
    Appointment.customer_id,
    Appointment.status,
    Appointment.reason,
)
_BY_ID = _ROWS.where(Appointment.id.in_(bindparam("ids", expanding=True)))
_BY_CALL = _ROWS.where(Appointment.retell_call_id == bindparam("retell_call_id")).order_by(
    Appointment.id
)


async def hold_parts(
    session: AsyncSession,
    parts: Sequence[HoldPart],
    *,
    retell_call_id: str,
    expires_at: datetime,
    instead_of: Sequence[UUID] = (),
) -> bool:
    """False when one is taken: then all is as it was. Repeating it renews the time.

    `instead_of`: the caller's own holds that stand in the way of these.
    """
    savepoint = await session.begin_nested()
    await let_go(session, instead_of, reason="superseded")
    # In one order for all callers, so that two visits do not wait for each other in a ring.
    for part in sorted(parts, key=lambda p: (p.allocation.resource_ids, p.allocation.start_at)):
        taken = await slots.reserve_first(
            session,
            appointment_id=part.appointment_id,
            retell_call_id=retell_call_id,
            branch_id=part.branch_id,
            service_id=part.service_id,
            allocation=part.allocation,
            expires_at=expires_at,
            price_cents=part.price_cents,
        )
        if taken is None:
            taken = await _hold_again(session, part, expires_at)
        if not taken:
            await savepoint.rollback()
            return False
    await savepoint.commit()
    session.expire_all()
    return True


async def keep_parts(session: AsyncSession, appointment_ids: Sequence[UUID]) -> bool:
    """Held until their slots begin, as for an appointment that waits for Cal.com.

    What had expired is taken again where it is free; False: one is another's, nothing changed.
    """
    savepoint = await session.begin_nested()
    for appointment_id in sorted(appointment_ids):
        await session.execute(slots_sql.LOCK, {"id": appointment_id})
        await session.execute(
            update(Appointment)
            .where(
                Appointment.id == appointment_id,
                Appointment.customer_id.is_(None),
                Appointment.status == "failed",
            )
            .values(status="held", reason=None)
            .execution_options(synchronize_session=False)
        )
        slot = await _latest(session, appointment_id)
        if slot is None or not await slots.try_reserve(
            session,
            appointment_id=appointment_id,
            revision=slot.revision,
            allocation=allocation_of(slot),
            expires_at=slot.start_at,
            price_cents=slot.price_cents,
            currency=slot.currency,
        ):
            await savepoint.rollback()
            return False
    await savepoint.commit()
    session.expire_all()
    return True


async def give_to(
    session: AsyncSession, appointment_ids: Sequence[UUID], *, customer_id: UUID, name: str
) -> None:
    """From here on they are somebody's, and stay so."""
    await session.execute(
        update(Appointment)
        .where(Appointment.id.in_(appointment_ids), Appointment.customer_id.is_(None))
        .values(customer_id=customer_id, customer_name=name)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


async def held_rows(session: AsyncSession, appointment_ids: Sequence[UUID]) -> list[HeldRow]:
    """In the order of the ids; those that were never made are left out."""
    rows = await session.execute(_BY_ID, {"ids": list(appointment_ids)})
    found = {row["appointment_id"]: HeldRow(**row) for row in rows.mappings()}
    return [found[one] for one in appointment_ids if one in found]


async def rows_of_call(session: AsyncSession, retell_call_id: str) -> list[HeldRow]:
    """All that the call has held or booked, whatever became of it."""
    rows = await session.execute(_BY_CALL, {"retell_call_id": retell_call_id})
    return [HeldRow(**row) for row in rows.mappings()]


async def let_go(
    session: AsyncSession, appointment_ids: Sequence[UUID], *, reason: str
) -> list[UUID]:
    """Nobody's holds end as `failed`; what has become somebody's stays. The ids that ended."""
    if not appointment_ids:
        return []
    mine = (
        select(Appointment.id)
        .where(
            Appointment.id.in_(appointment_ids),
            Appointment.customer_id.is_(None),
            Appointment.status == "held",
        )
        .order_by(Appointment.id)
        .with_for_update()
    )
    ended = list(await session.scalars(mine))
    for appointment_id in ended:
        await slots.release(session, appointment_id, status="failed", reason=reason)
    return ended


async def latest_slots(
    session: AsyncSession, appointment_ids: Sequence[UUID]
) -> dict[UUID, SlotRecord]:
    found = {one: await _latest(session, one) for one in appointment_ids}
    return {one: slot for one, slot in found.items() if slot is not None}


def allocation_of(slot: SlotRecord) -> Allocation:
    return Allocation(
        staff_id=slot.staff_id,
        resource_ids=slot.resource_ids,
        span=TimeSpan(slot.start_at, slot.end_at),
        during=slot.during,
    )


async def _hold_again(session: AsyncSession, part: HoldPart, expires_at: datetime) -> bool:
    """One that was let go, or was for another wish, becomes this one; somebody's stays as it is."""
    allocation = part.allocation
    await session.execute(
        update(Appointment)
        .where(Appointment.id == part.appointment_id, Appointment.customer_id.is_(None))
        .values(
            branch_id=part.branch_id,
            service_id=part.service_id,
            staff_id=allocation.staff_id,
            start_at=allocation.start_at,
            end_at=allocation.end_at,
            status="held",
            reason=None,
            updated_at=func.now(),
        )
        .execution_options(synchronize_session=False)
    )
    slot = await _latest(session, part.appointment_id)
    is_same = slot is not None and allocation_of(slot) == allocation
    if slot is not None and slot.status == "held" and not is_same:
        await slots.release(session, part.appointment_id)
    [row] = await held_rows(session, [part.appointment_id])
    if row.customer_id is not None:  # promised by this very step before its worker died
        return is_same and row.status in ("held", "booked")
    return await slots.try_reserve(
        session,
        appointment_id=part.appointment_id,
        revision=slot.revision if slot is not None and is_same else _next(slot),
        allocation=allocation,
        expires_at=expires_at,
        price_cents=part.price_cents,
    )


def _next(slot: SlotRecord | None) -> int:
    return 0 if slot is None else slot.revision + 1


async def _latest(session: AsyncSession, appointment_id: UUID) -> SlotRecord | None:
    found = await slots.slots_of(session, appointment_id)
    return found[-1] if found else None

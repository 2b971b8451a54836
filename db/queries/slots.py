"""Reservations: what is busy, and taking, confirming and letting go a slot.

The exclusion constraint `reservations_no_overlap` decides who gets a slot; nothing here checks
first and writes then.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.appointments import AppointmentStatus
from db.models import Appointment, AppointmentSlot
from db.queries import slots_sql as statements
from db.queries.appointments import booking_uid_hash, set_status
from domain.slots.model import Allocation
from domain.timespan import TimeSpan


class ReservationLostError(Exception):
    """The hold expired and its slot may be another's by now."""


class RevisionTakenError(Exception):
    """The appointment's revision holds another slot already: a new slot is a new revision."""


@dataclass(frozen=True, kw_only=True)
class SlotRecord:
    """One of an appointment's slots. `status`: `held`, `booked`, or `released` if it has ended."""

    appointment_id: UUID
    revision: int
    staff_id: UUID
    staff_name: str
    start_at: datetime
    end_at: datetime
    during: TimeSpan
    resource_ids: tuple[int, ...]
    price_cents: int | None
    currency: str | None
    status: str
    expires_at: datetime | None


async def busy_times(
    session: AsyncSession,
    resource_ids: Sequence[int],
    window: TimeSpan,
    *,
    except_appointment_id: UUID | None = None,
    except_appointment_ids: Collection[UUID] = (),
) -> dict[int, list[TimeSpan]]:
    """What is booked or held and not expired, by resource, buffers included.

    `except_appointment_id`, `except_appointment_ids`: an appointment that is to be moved is not in
    its own way, and neither is what a caller holds in the way of their next wish.
    """
    arguments = {
        "resource_ids": list(resource_ids),
        "from_at": window.start_at,
        "to_at": window.end_at,
        "except_ids": [one for one in (except_appointment_id, *except_appointment_ids) if one],
    }
    busy: dict[int, list[TimeSpan]] = defaultdict(list)
    for row in await session.execute(statements.BUSY, arguments):
        busy[row.resource_id].append(TimeSpan(row.from_at, row.to_at))
    return dict(busy)


async def try_reserve(
    session: AsyncSession,
    *,
    appointment_id: UUID,
    revision: int,
    allocation: Allocation,
    expires_at: datetime | None = None,
    price_cents: int | None = None,
    currency: str | None = None,
) -> bool:
    """Holds all resources of the allocation, or none: False when one is taken.

    Repeating it with the same allocation is harmless and renews `expires_at`. While the
    appointment is not booked yet, its row follows the slot. A hold without `expires_at` lives
    until it is let go. A move may overlap the appointment's own booked slot; another attempt of
    the same move has to be let go first.
    """
    this = {"id": appointment_id, "revision": revision}
    slot = await get_slot(session, appointment_id, revision)
    if slot is not None and slot.status != "released":
        if not _same(slot, allocation):
            raise RevisionTakenError(f"{appointment_id} revision {revision}")
        await session.execute(statements.RENEW, {**this, "expires_at": expires_at})
        return await _is_covered(session, this)
    wanted = {
        **this,
        **_values(allocation),
        "expires_at": expires_at,
        "price_cents": price_cents,
        "currency": currency,
    }
    savepoint = await session.begin_nested()
    await session.execute(statements.REMOVE_EXPIRED, wanted)
    await session.execute(statements.WRITE_SLOT, wanted)
    await session.execute(statements.INSERT_PIECES, wanted)
    if not await _is_covered(session, this):
        await savepoint.rollback()
        return False
    await savepoint.commit()
    await session.execute(statements.FOLLOW, {**this, "status": "held"})
    session.expire_all()
    return True


async def reserve_first(
    session: AsyncSession,
    *,
    appointment_id: UUID,
    retell_call_id: str,
    branch_id: UUID,
    service_id: UUID,
    allocation: Allocation,
    expires_at: datetime,
    price_cents: int | None = None,
) -> bool | None:
    """A call's appointment that is nobody's yet, and its slot, at once; None where it is there.

    False when one of the resources is taken: whoever asks rolls their savepoint back.
    """
    wanted = {
        "id": appointment_id,
        "retell_call_id": retell_call_id,
        "branch_id": branch_id,
        "service_id": service_id,
        **_values(allocation),
        "expires_at": expires_at,
        "price_cents": price_cents,
    }
    await session.execute(statements.REMOVE_EXPIRED, wanted)
    done = (await session.execute(statements.TAKE_FIRST, wanted)).one()
    return done.resources == len(set(allocation.resource_ids)) if done.made else None


def _values(allocation: Allocation) -> dict[str, object]:
    return {
        "staff_id": allocation.staff_id,
        "start_at": allocation.start_at,
        "end_at": allocation.end_at,
        "from_at": allocation.during.start_at,
        "to_at": allocation.during.end_at,
        "resource_ids": list(allocation.resource_ids),
    }


async def confirm(
    session: AsyncSession,
    *,
    appointment_id: UUID,
    revision: int,
    booking_uid: str,
    booking_id: int,
) -> None:
    """The revision becomes the appointment's booked slot and every other one is let go.

    Harmless when repeated. Raises `ReservationLostError` if the hold is gone.
    """
    this = {"id": appointment_id, "revision": revision}
    lock = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    appointment = (await session.scalars(lock.execution_options(populate_existing=True))).one()
    await session.execute(statements.LOCK, this)
    if not await _is_covered(session, this):
        raise ReservationLostError(f"{appointment_id} revision {revision}")
    for statement in (
        statements.KEEP_ONLY,
        statements.BOOK,
        statements.COMPLETE,
        statements.SETTLE_SLOTS,
    ):
        await session.execute(statement, this)
    appointment.calcom_booking_uid = booking_uid
    appointment.calcom_uid_hash = booking_uid_hash(booking_uid)
    appointment.calcom_booking_id = booking_id
    if appointment.booked_at is None:
        appointment.booked_at = await session.scalar(select(func.now()))
    appointment.status = "booked"
    await session.flush()
    await session.execute(statements.FOLLOW, {**this, "status": "booked"})
    session.expire_all()


async def release(
    session: AsyncSession,
    appointment_id: UUID,
    *,
    revision: int | None = None,
    status: AppointmentStatus | None = None,
    reason: str | None = None,
) -> int:
    """Lets one revision or all of them go; the number of reservations that ended.

    With `status` the appointment becomes that too.
    """
    this = {"id": appointment_id, "revision": revision}
    ended = (await session.execute(statements.RELEASE, this)).scalar_one()
    if status is not None:
        await set_status(session, appointment_id, status, reason=reason)
    return int(ended)


async def get_slot(session: AsyncSession, appointment_id: UUID, revision: int) -> SlotRecord | None:
    found = [s for s in await slots_of(session, appointment_id) if s.revision == revision]
    return found[0] if found else None


async def slots_of(session: AsyncSession, appointment_id: UUID) -> list[SlotRecord]:
    """All slots the appointment has had, the first first."""
    rows = await session.execute(statements.SLOTS, {"id": appointment_id})
    return [
        SlotRecord(
            appointment_id=row.appointment_id,
            revision=row.revision,
            staff_id=row.staff_id,
            staff_name=row.staff_name,
            start_at=row.start_at,
            end_at=row.end_at,
            during=TimeSpan(row.from_at, row.to_at),
            resource_ids=tuple(row.resource_ids),
            price_cents=row.price_cents,
            currency=row.currency,
            status=row.status,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


async def next_revision(session: AsyncSession, appointment_id: UUID) -> int:
    """0 for an appointment that has had no slot yet."""
    query = select(func.coalesce(func.max(AppointmentSlot.revision) + 1, 0)).where(
        AppointmentSlot.appointment_id == appointment_id
    )
    return int((await session.execute(query)).scalar_one())


async def booked_durations(
    session: AsyncSession, staff_ids: Sequence[UUID], window: TimeSpan
) -> dict[UUID, timedelta]:
    """How much each of them has to do in the window: for a fair choice."""
    query = (
        select(
            Appointment.staff_id, func.sum(Appointment.end_at - Appointment.start_at).label("total")
        )
        .where(
            Appointment.staff_id.in_(staff_ids),
            Appointment.status.in_(("held", "booked", "completed")),
            Appointment.start_at >= window.start_at,
            Appointment.start_at < window.end_at,
        )
        .group_by(Appointment.staff_id)
    )
    rows = (await session.execute(query)).mappings()
    return {row["staff_id"]: row["total"] for row in rows}


def _same(slot: SlotRecord, allocation: Allocation) -> bool:
    return (slot.staff_id, slot.start_at, slot.end_at, slot.during, set(slot.resource_ids)) == (
        allocation.staff_id,
        allocation.start_at,
        allocation.end_at,
        allocation.during,
        set(allocation.resource_ids),
    )


async def _is_covered(session: AsyncSession, this: dict[str, object]) -> bool:
    row = (await session.execute(statements.UNCOVERED, this)).one()
    return bool(row.known and row.uncovered == 0)

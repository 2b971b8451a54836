"""The calendar is away: who waits for it, who of them is first, and how many more may."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Appointment, AppointmentSlot, Branch, CalendarBooking, Company

# Each tries at least every 75 s. Whoever has not for longer has no workflow any more, and nobody
# waits behind them.
ALIVE_FOR = timedelta(minutes=3)


async def enter_queue(
    session: AsyncSession, *, appointment_id: UUID, revision: int, event_type_id: int
) -> None:
    """A try begins. The first one is the place in the queue; it sends nothing yet."""
    new = insert(CalendarBooking).values(
        appointment_id=appointment_id,
        revision=revision,
        event_type_id=event_type_id,
        asked_at=func.now(),
        tried_at=func.now(),
        is_unresolved=False,
    )
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["appointment_id", "revision"], set_={"tried_at": func.now()}
        )
    )


async def is_behind_others(session: AsyncSession, appointment_id: UUID, revision: int) -> bool:
    """Somebody who was promised a time of the same person earlier waits for the calendar still.

    Ours never overlap, so the order decides nothing between them but where the calendar itself
    counts: a person's bookings a day.
    """
    mine, my_slot = aliased(CalendarBooking), aliased(AppointmentSlot)
    query = (
        select(CalendarBooking.appointment_id)
        .join(Appointment, Appointment.id == CalendarBooking.appointment_id)
        .join(
            AppointmentSlot,
            and_(
                AppointmentSlot.appointment_id == CalendarBooking.appointment_id,
                AppointmentSlot.revision == CalendarBooking.revision,
            ),
        )
        .join(
            mine,
            and_(mine.appointment_id == appointment_id, mine.revision == revision),
        )
        .join(
            my_slot,
            and_(my_slot.appointment_id == appointment_id, my_slot.revision == revision),
        )
        .where(
            CalendarBooking.event_type_id == mine.event_type_id,
            _waits(),
            tuple_(AppointmentSlot.created_at, AppointmentSlot.appointment_id)
            < tuple_(my_slot.created_at, my_slot.appointment_id),
        )
        .limit(1)
    )
    return await session.scalar(query) is not None


async def outage_room(session: AsyncSession, branch_id: UUID) -> int:
    """How many more appointments the branch may promise; 0: none until the calendar is back.

    While it answers, nobody waits and the company's whole `outage_bookings_max` is free. As soon
    as one waits, all count that were promised and are not booked.
    """
    waits = (
        select(CalendarBooking.appointment_id)
        .join(Appointment, Appointment.id == CalendarBooking.appointment_id)
        .join(
            AppointmentSlot,
            and_(
                AppointmentSlot.appointment_id == CalendarBooking.appointment_id,
                AppointmentSlot.revision == CalendarBooking.revision,
            ),
        )
        .where(Appointment.branch_id == branch_id, _waits())
        .exists()
    )
    promised = (
        select(func.count())
        .where(
            Appointment.branch_id == branch_id,
            Appointment.status == "held",
            Appointment.customer_id.is_not(None),
            Appointment.start_at > func.now(),
            waits,
        )
        .scalar_subquery()
    )
    query = (
        select(Company.outage_bookings_max - promised)
        .join(Branch, Branch.company_id == Company.id)
        .where(Branch.id == branch_id)
    )
    return max(0, (await session.execute(query)).scalar_one())


def _waits() -> ColumnElement[bool]:
    """Tried more than once, the last time just now, for a time that is still to come.

    Of a hold that was moved only the new request waits: the old one, whose slot is kept for now,
    was given up.
    """
    return and_(
        Appointment.status == "held",
        Appointment.revision == CalendarBooking.revision,
        Appointment.customer_id.is_not(None),
        AppointmentSlot.status == "held",
        AppointmentSlot.start_at > func.now(),
        CalendarBooking.booking_id.is_(None),
        CalendarBooking.tried_at > CalendarBooking.created_at,
        CalendarBooking.tried_at > func.now() - ALIVE_FOR,
    )

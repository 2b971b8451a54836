"""A slot is one appointment's: holds, confirmations, moves, expiry."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.queries.appointments import (
    appointments_of_call,
    booking_uid_hash,
    find_appointment_by_booking,
    find_appointments_of,
    get_appointment,
    list_appointments,
    set_status,
)
from db.queries.customers import get_customer
from db.queries.slots import (
    ReservationLostError,
    RevisionTakenError,
    booked_durations,
    busy_times,
    confirm,
    get_slot,
    next_revision,
    release,
    slots_of,
    try_reserve,
)
from db.session import tenant_session
from domain.timespan import TimeSpan
from tests.builders.rows import Salon, make_allocation, make_appointment, make_customer, make_salon

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
DAY = TimeSpan(TEN - timedelta(hours=4), TEN + timedelta(hours=10))
LATER = datetime(2099, 1, 1, tzinfo=UTC)
GONE = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


async def hold(
    session: AsyncSession,
    salon: Salon,
    *,
    start_at: datetime = TEN,
    expires_at: datetime = LATER,
    staff: int = 0,
    room: bool = False,
) -> bool:
    """Tries with a new appointment."""
    appointment_id = await make_appointment(session, salon, start_at=start_at)
    return await try_reserve(
        session,
        appointment_id=appointment_id,
        revision=0,
        allocation=make_allocation(salon, start_at=start_at, staff=staff, room=room),
        expires_at=expires_at,
    )


async def booked(
    session: AsyncSession, salon: Salon, *, uid: str, start_at: datetime = TEN
) -> UUID:
    appointment_id = await make_appointment(session, salon, start_at=start_at)
    held = await try_reserve(
        session,
        appointment_id=appointment_id,
        revision=0,
        allocation=make_allocation(salon, start_at=start_at),
        expires_at=LATER,
        price_cents=4_200,
        currency="EUR",
    )
    assert held
    await confirm(session, appointment_id=appointment_id, revision=0, booking_uid=uid, booking_id=1)
    return appointment_id


async def test_a_held_slot_is_refused_to_the_next(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, salon)
        assert not await hold(session, salon)
        assert await hold(session, salon, staff=1)


async def test_a_buffer_blocks_and_its_end_does_not(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, salon)
        assert not await hold(session, salon, start_at=TEN + timedelta(minutes=35))
        assert await hold(session, salon, start_at=TEN + timedelta(minutes=40))


async def test_staff_without_the_room_are_not_held(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, salon, room=True)
        assert not await hold(session, salon, staff=1, room=True)
        assert await hold(session, salon, staff=1)


async def test_an_expired_hold_makes_way_as_a_whole(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        assert await hold(session, salon, room=True, expires_at=GONE)
        assert await hold(session, salon)
        states = await session.execute(
            text("SELECT status, count(*) FROM reservations GROUP BY 1 ORDER BY 1")
        )
        assert [tuple(row) for row in states] == [("held", 1), ("released", 2)]


async def test_a_lost_hold_cannot_be_confirmed(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
        allocation = make_allocation(salon, start_at=TEN)
        assert await try_reserve(
            session,
            appointment_id=appointment_id,
            revision=0,
            allocation=allocation,
            expires_at=GONE,
        )
        assert await hold(session, salon)
        with pytest.raises(ReservationLostError):
            await confirm(
                session, appointment_id=appointment_id, revision=0, booking_uid="u", booking_id=1
            )
        slot = await get_slot(session, appointment_id, 0)
        assert slot is not None
        assert slot.status == "released"


async def test_an_expired_hold_that_nobody_wanted_is_confirmed(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
        await try_reserve(
            session,
            appointment_id=appointment_id,
            revision=0,
            allocation=make_allocation(salon, start_at=TEN),
            expires_at=GONE,
        )
        await confirm(
            session, appointment_id=appointment_id, revision=0, booking_uid="u", booking_id=1
        )
        assert not await hold(session, salon)


async def test_reserving_again_is_harmless_and_another_slot_needs_a_new_revision(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
        allocation = make_allocation(salon, start_at=TEN)
        for expires_at in (GONE, LATER):
            assert await try_reserve(
                session,
                appointment_id=appointment_id,
                revision=0,
                allocation=allocation,
                expires_at=expires_at,
            )
        [slot] = await slots_of(session, appointment_id)
        assert (slot.status, slot.expires_at) == ("held", LATER)
        assert await next_revision(session, appointment_id) == 1
        with pytest.raises(RevisionTakenError):
            await try_reserve(
                session,
                appointment_id=appointment_id,
                revision=0,
                allocation=make_allocation(salon, start_at=TEN + timedelta(hours=1)),
            )


async def test_confirming_twice_is_harmless(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await booked(session, salon, uid="abc")
        await confirm(
            session, appointment_id=appointment_id, revision=0, booking_uid="abc", booking_id=1
        )
        view = await get_appointment(session, appointment_id)
        assert view is not None
        assert (view.status, view.calcom_booking_uid, view.price_cents) == ("booked", "abc", 4_200)
        assert (view.staff_name, view.service_name, view.zone) == (
            "Anna",
            "Schnitt",
            "Europe/Berlin",
        )
        assert view.customer_name == "Erika Beispiel"
        assert await find_appointment_by_booking(session, booking_uid_hash("abc")) == view.id


@pytest.mark.parametrize("minutes", [15, 30, -20, 120])
async def test_a_move_keeps_the_old_slot_until_it_is_confirmed(
    engine: AsyncEngine, salon: Salon, minutes: int
) -> None:
    moved_at = TEN + timedelta(minutes=minutes)
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await booked(session, salon, uid="old")
        allocation = make_allocation(salon, start_at=moved_at)
        assert await try_reserve(
            session, appointment_id=appointment_id, revision=1, allocation=allocation
        )
        assert not await hold(session, salon)
        assert not await hold(session, salon, start_at=moved_at)
        view = await get_appointment(session, appointment_id)
        assert view is not None
        assert view.start_at == TEN
    async with tenant_session(engine, salon.company_id) as session:
        await confirm(
            session, appointment_id=appointment_id, revision=1, booking_uid="new", booking_id=2
        )
        view = await get_appointment(session, appointment_id)
        assert view is not None
        assert (view.start_at, view.revision) == (moved_at, 1)
        busy = await busy_times(session, salon.staff_resources, DAY)
        assert busy == {salon.staff_resources[0]: [allocation.during]}


@pytest.mark.parametrize("minutes", [15, 120])
async def test_a_dropped_move_leaves_the_old_slot(
    engine: AsyncEngine, salon: Salon, minutes: int
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await booked(session, salon, uid="old")
        moved = make_allocation(salon, start_at=TEN + timedelta(minutes=minutes))
        assert await try_reserve(
            session, appointment_id=appointment_id, revision=1, allocation=moved
        )
        await release(session, appointment_id, revision=1)
        busy = await busy_times(session, salon.staff_resources, DAY)
        assert busy == {salon.staff_resources[0]: [make_allocation(salon, start_at=TEN).during]}


async def test_a_longer_slot_around_the_old_one_is_reserved_in_pieces(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await booked(session, salon, uid="old")
        around = make_allocation(salon, start_at=TEN - timedelta(minutes=30), minutes=120)
        assert await try_reserve(
            session, appointment_id=appointment_id, revision=1, allocation=around
        )
        await confirm(
            session, appointment_id=appointment_id, revision=1, booking_uid="new", booking_id=2
        )
        busy = await busy_times(session, salon.staff_resources, DAY)
        assert busy == {salon.staff_resources[0]: [around.during]}


async def test_a_cancelled_appointment_frees_its_slot(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await booked(session, salon, uid="x")
        assert await release(session, appointment_id, status="cancelled", reason="customer") == 1
        assert await hold(session, salon)
        view = await get_appointment(session, appointment_id)
        assert view is not None
        assert (view.status, view.reason) == ("cancelled", "customer")
        assert not await set_status(session, appointment_id, "missed", unless=("cancelled",))


async def test_what_is_busy_leaves_out_expired_holds_and_the_asker(
    engine: AsyncEngine, salon: Salon
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await booked(session, salon, uid="x")
        await hold(session, salon, staff=1, expires_at=GONE)
        first, second = salon.staff_resources
        assert set(await busy_times(session, (first, second), DAY)) == {first}
        assert (
            await busy_times(session, (first, second), DAY, except_appointment_id=appointment_id)
            == {}
        )


async def test_a_fair_choice_sees_what_each_has_to_do(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        await booked(session, salon, uid="x")
        await booked(session, salon, uid="y", start_at=TEN + timedelta(hours=1))
        assert await booked_durations(session, salon.staff, DAY) == {
            salon.staff[0]: timedelta(hours=1)
        }


async def test_a_callers_appointments_are_found_by_phone(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await make_customer(session, key="k")
        mine = await make_appointment(session, salon, start_at=TEN, customer_id=customer_id)
        await make_appointment(session, salon, start_at=TEN)
        customer = await get_customer(session, customer_id)
        assert customer is not None
        found = await find_appointments_of(
            session, phone_hash=customer.phone_hash, from_at=TEN - timedelta(days=1)
        )
        assert [view.id for view in found] == [mine]
        assert await find_appointments_of(session, from_at=TEN) == []
        assert await appointments_of_call(session, "call_unknown") == []


async def test_appointments_come_in_pages(engine: AsyncEngine, salon: Salon) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        made = [
            await make_appointment(session, salon, start_at=TEN + timedelta(hours=n // 2))
            for n in range(5)
        ]
        seen: list[UUID] = []
        cursor = None
        while True:
            page = await list_appointments(session, limit=2, cursor=cursor)
            seen += [view.id for view in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(seen) == 5
    assert set(seen) == set(made)

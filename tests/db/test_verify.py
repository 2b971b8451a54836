"""`verify` is silent when all is well and names each planted fault."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.call_facts import CallFacts
from db.queries.calls import apply_event, open_call, settle_call
from db.queries.connections import ConnectionRecord, upsert_connection
from db.queries.holds import HoldPart, hold_parts
from db.queries.notifications import MessageIdentity, begin_send, finish_send
from db.queries.slots import confirm, try_reserve
from db.queries.webhooks import store_event
from db.session import platform_session, tenant_session
from db.verify import CalendarEntry, tell, verify
from tests.builders.rows import Salon, make_allocation, make_appointment, make_salon

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
HALF_PAST = TEN + timedelta(minutes=30)


class World:
    """A salon with one call that led to one booked appointment, and what others say about it."""

    def __init__(self, salon: Salon, appointment_id: UUID) -> None:
        self.salon = salon
        self.appointment_id = appointment_id
        self.entries = [entry(appointment_id)]
        self.running: set[str] = set()

    async def list_bookings(self, connection: ConnectionRecord) -> Sequence[CalendarEntry]:
        assert connection.api_key == "cal_key"
        return self.entries

    async def is_running(self, workflow_id: str) -> bool:
        return workflow_id in self.running


def entry(
    appointment_id: UUID | None,
    *,
    uid: str = "uid-1",
    status: str = "accepted",
    start_at: datetime = TEN,
    end_at: datetime = HALF_PAST,
) -> CalendarEntry:
    return CalendarEntry(
        appointment_id=appointment_id, uid=uid, status=status, start_at=start_at, end_at=end_at
    )


async def arrive(engine: AsyncEngine, call_id: str) -> None:
    async with platform_session(engine) as session:
        await store_event(
            session,
            source="retell",
            event_id=f"call_ended:{call_id}",
            kind="call_ended",
            retell_call_id=call_id,
            body=b"{}",
        )


async def record(engine: AsyncEngine, salon: Salon, call_id: str) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        await open_call(session, retell_call_id=call_id, seen_at=TEN)
        facts = CallFacts(kind="call_ended", seen_at=TEN, started_at=TEN)
        await apply_event(session, call_id, facts)


async def booked(engine: AsyncEngine, salon: Salon, *, uid: str, start_at: datetime = TEN) -> UUID:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=start_at)
        allocation = make_allocation(salon, start_at=start_at, room=True)
        assert await try_reserve(
            session, appointment_id=appointment_id, revision=0, allocation=allocation
        )
        await confirm(
            session, appointment_id=appointment_id, revision=0, booking_uid=uid, booking_id=1
        )
        identity = MessageIdentity(
            appointment_id=appointment_id, kind="confirmation", audience="customer"
        )
        ticket = await begin_send(session, identity, message_id=f"<{appointment_id}@x>")
        await finish_send(session, ticket.id, "sent")
    return appointment_id


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    salon = await make_salon(engine)
    await arrive(engine, "call_1")
    await record(engine, salon, "call_1")
    async with tenant_session(engine, salon.company_id) as session:
        await settle_call(session, "call_1", outcome="booked")
        await upsert_connection(
            session, provider="calcom", base_url="http://127.0.0.1", api_key="cal_key"
        )
    return World(salon, await booked(engine, salon, uid="uid-1"))


async def broken(owner_engine: AsyncEngine, world: World) -> list[tuple[int, str]]:
    found = await verify(
        owner_engine, list_bookings=world.list_bookings, is_running=world.is_running
    )
    assert all(value for violation in found for _, value in violation.ids)
    return [(violation.invariant, violation.what) for violation in found]


async def execute(owner_engine: AsyncEngine, *statements: str) -> None:
    async with owner_engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def test_all_is_well(owner_engine: AsyncEngine, world: World) -> None:
    world.entries += [entry(None, uid="a stranger's"), entry(uuid4(), uid="x", status="cancelled")]
    assert await broken(owner_engine, world) == []
    said: list[str] = []
    found = await verify(owner_engine, list_bookings=world.list_bookings)
    assert tell(found, said.append) == 0
    assert said == ["invariants 1 to 4 hold"]


async def test_overlapping_reservations_are_found(
    engine: AsyncEngine, owner_engine: AsyncEngine, world: World
) -> None:
    await execute(owner_engine, "ALTER TABLE reservations DROP CONSTRAINT reservations_no_overlap")
    await booked(engine, world.salon, uid="uid-2", start_at=TEN + timedelta(minutes=10))
    found = await verify(owner_engine)
    # One for the staff member, one for the room.
    assert [violation.invariant for violation in found] == [1, 1]
    assert str(world.appointment_id) in str(found[0])
    assert "overlap" in str(found[0])


@pytest.mark.parametrize(
    ("expired_for", "found"),
    [
        (timedelta(minutes=-5), []),
        (timedelta(seconds=20), []),
        (timedelta(minutes=2), [(1, "a hold outlived its time")]),
    ],
)
async def test_a_hold_that_outlived_its_time_is_found(
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    world: World,
    expired_for: timedelta,
    found: list[tuple[int, str]],
) -> None:
    """One that is still good, or has only just ended, is no fault."""
    nobodys = HoldPart(
        appointment_id=uuid4(),
        branch_id=world.salon.branch_id,
        service_id=world.salon.services[0],
        allocation=make_allocation(world.salon, start_at=TEN, staff=1),
    )
    async with tenant_session(engine, world.salon.company_id) as session:
        assert await hold_parts(
            session,
            [nobodys],
            retell_call_id="call_1",
            expires_at=datetime.now(UTC) - expired_for,
        )
    assert await broken(owner_engine, world) == found


@pytest.mark.parametrize(
    "fault",
    [
        (
            "UPDATE reservations SET status = 'released'"
            " WHERE resource_id = (SELECT max(resource_id) FROM reservations)"
        ),
        (
            "UPDATE reservations SET during = tstzrange(lower(during), lower(during) + '5 min')"
            " WHERE resource_id = (SELECT max(resource_id) FROM reservations)"
        ),
        "UPDATE appointment_slots SET status = 'released'",
    ],
)
async def test_a_booked_appointment_without_all_its_reservations_is_found(
    owner_engine: AsyncEngine, world: World, fault: str
) -> None:
    await execute(owner_engine, fault)
    assert await broken(owner_engine, world) == [(1, "a booked appointment lacks a reservation")]


async def test_a_cancelled_appointment_that_blocks_is_found(
    owner_engine: AsyncEngine, world: World
) -> None:
    world.entries = []
    await execute(owner_engine, "UPDATE appointments SET status = 'cancelled'")
    what = "an appointment that has ended still blocks a resource"
    assert await broken(owner_engine, world) == [(1, what)] * 2


async def test_a_missing_booking_is_found(owner_engine: AsyncEngine, world: World) -> None:
    what = "a confirmed appointment has no live Cal.com booking"
    for entries in ([], [entry(world.appointment_id, status="cancelled")]):
        world.entries = entries
        assert await broken(owner_engine, world) == [(2, what)]


async def test_a_second_booking_is_found_unless_a_move_is_under_way(
    engine: AsyncEngine, owner_engine: AsyncEngine, world: World
) -> None:
    world.entries.append(entry(world.appointment_id, uid="uid-2"))
    what = "a confirmed appointment has 2 live Cal.com bookings"
    assert await broken(owner_engine, world) == [(2, what)]
    async with tenant_session(engine, world.salon.company_id) as session:
        allocation = make_allocation(world.salon, start_at=TEN + timedelta(hours=2))
        await try_reserve(
            session, appointment_id=world.appointment_id, revision=1, allocation=allocation
        )
    assert await broken(owner_engine, world) == []


async def test_another_booking_or_other_times_are_found(
    owner_engine: AsyncEngine, world: World
) -> None:
    world.entries = [entry(world.appointment_id, uid="someone else's")]
    what = "Cal.com has another booking than the one we know"
    assert await broken(owner_engine, world) == [(2, what)]
    world.entries = [entry(world.appointment_id, end_at=HALF_PAST + timedelta(minutes=15))]
    assert await broken(owner_engine, world) == [(2, "Cal.com has other times than we have")]


async def test_a_booking_that_no_appointment_stands_behind_is_found(
    owner_engine: AsyncEngine, world: World
) -> None:
    world.entries.append(entry(uuid4(), uid="uid-2"))
    what = "a live Cal.com booking has an appointment that is unknown"
    assert await broken(owner_engine, world) == [(2, what)]


async def test_a_booking_of_a_held_appointment_is_right_while_its_saga_runs(
    engine: AsyncEngine, owner_engine: AsyncEngine, world: World
) -> None:
    async with tenant_session(engine, world.salon.company_id) as session:
        held = await make_appointment(session, world.salon, start_at=TEN)
    world.entries.append(entry(held, uid="uid-2"))
    world.running = {f"appointment:{held}"}
    assert await broken(owner_engine, world) == []
    world.running = set()
    what = "a live Cal.com booking has an appointment that is held"
    assert await broken(owner_engine, world) == [(2, what)]


async def test_a_call_that_nobody_recorded_or_settled_is_found_unless_it_runs(
    engine: AsyncEngine, owner_engine: AsyncEngine, world: World
) -> None:
    await arrive(engine, "call_2")
    assert await broken(owner_engine, world) == [(3, "a call that arrived has no row")]
    world.running = {"call:call_2"}
    assert await broken(owner_engine, world) == []
    await record(engine, world.salon, "call_2")
    assert await broken(owner_engine, world) == []
    world.running = set()
    what = "a call that arrived is not settled and not running"
    assert await broken(owner_engine, world) == [(3, what)]


async def test_a_second_row_of_a_call_is_found(owner_engine: AsyncEngine, world: World) -> None:
    await execute(
        owner_engine,
        "ALTER TABLE calls DROP CONSTRAINT calls_one_row_per_call",
        "INSERT INTO calls (retell_call_id, company_id, started_at, state, outcome, settled_at)"
        " SELECT retell_call_id, company_id, started_at + '1 s', state, outcome, settled_at"
        " FROM calls",
    )
    assert await broken(owner_engine, world) == [(3, "a call has more than one row")]


@pytest.mark.parametrize(
    "fault",
    [
        "DELETE FROM notifications",
        "UPDATE notifications SET status = 'sending', sent_at = NULL",
        "UPDATE notifications SET audience = 'branch'",
    ],
)
async def test_a_missing_confirmation_is_found(
    owner_engine: AsyncEngine, world: World, fault: str
) -> None:
    await execute(owner_engine, fault)
    what = "a confirmed appointment lacks its confirmation"
    assert await broken(owner_engine, world) == [(4, what)]
    said: list[str] = []
    assert tell(await verify(owner_engine), said.append) == 1
    assert str(world.appointment_id) in said[0]


async def test_a_message_with_two_identities_is_found(
    owner_engine: AsyncEngine, world: World
) -> None:
    await execute(
        owner_engine,
        "DROP INDEX notifications_one_per_appointment_message",
        "INSERT INTO notifications (id, company_id, appointment_id, kind, audience, channel,"
        " sequence, message_id, status) SELECT gen_random_uuid(), company_id, appointment_id,"
        " kind, audience, channel, sequence, message_id || '2', status FROM notifications",
    )
    assert await broken(owner_engine, world) == [(4, "a message has more than one identity")]

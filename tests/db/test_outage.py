"""Cal.com is away for hours: what may be promised meanwhile, and who is first when it is back."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.slots import PostgresSlots
from contracts.appointments import (
    BookInCalendar,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    ReleaseSlot,
    ReserveSlot,
    SlotAnswer,
    SlotHeld,
    SlotRefused,
)
from db.queries.appointments import get_appointment
from db.queries.outage import outage_room
from db.queries.rest import list_callbacks
from db.session import tenant_session
from tests.builders.calcom import Desks, make_type, make_user
from tests.builders.office import DAY, Office, connect, local, make_desk, opened
from tests.builders.rows import make_customer, make_salon


@pytest.fixture
async def office(engine: AsyncEngine, desks: Desks) -> AsyncIterator[Office]:
    salon, desk = await make_salon(engine), make_desk(desks)
    connection_id = await connect(engine, salon, desk)
    async with opened(engine, salon, connection_id, desk, "mem://") as made:
        yield made


async def allow(office: Office, waiting: int) -> None:
    async with tenant_session(office.engine, office.salon.company_id) as session:
        await session.execute(text("UPDATE companies SET outage_bookings_max = :n"), {"n": waiting})


async def room(office: Office) -> int:
    async with tenant_session(office.engine, office.salon.company_id) as session:
        return await outage_room(session, office.salon.branch_id)


async def promise(
    office: Office, start_at: datetime, *, staff: int = 0, customer_id: UUID | None = None
) -> tuple[UUID, SlotAnswer]:
    """As the saga of a wish over REST begins."""
    salon = office.salon
    if customer_id is None:
        async with tenant_session(office.engine, salon.company_id) as session:
            customer_id = await make_customer(session)
    appointment_id = uuid4()
    reserved = await PostgresSlots(office.engine).reserve(
        ReserveSlot(
            appointment_id=appointment_id,
            company_id=salon.company_id,
            branch_id=salon.branch_id,
            service_id=salon.services[0],
            staff_id=salon.staff[staff],
            staff_hard=True,
            customer_id=customer_id,
            start_at=start_at,
        )
    )
    return appointment_id, reserved.answer


async def promised(office: Office, hour: int, *, staff: int = 0) -> UUID:
    appointment_id, answer = await promise(office, local(DAY, hour), staff=staff)
    assert isinstance(answer, SlotHeld)
    return appointment_id


async def book(office: Office, appointment_id: UUID) -> CalendarAnswered:
    return await office.calendar.book(
        BookInCalendar(
            company_id=office.salon.company_id, appointment_id=appointment_id, revision=0
        )
    )


async def try_in_vain(office: Office, appointment_id: UUID) -> str:
    with pytest.raises(ApplicationError) as failed:
        await book(office, appointment_id)
    return failed.value.type or ""


def cut(office: Office) -> None:
    """Cal.com takes nothing and says so; as a connection that is refused, but for good."""
    office.desk.order_fault(operation="*", fault="status", status=503, times=None)


def mend(office: Office) -> None:
    answer = office.desk.http.delete("/sandbox/faults", params={"api_key": office.desk.key})
    answer.raise_for_status()


# --- how many -----------------------------------------------------------------------------------


async def test_while_cal_com_answers_nothing_counts(office: Office) -> None:
    await allow(office, 1)
    for hour in (10, 12, 14):
        await promised(office, hour)
    assert await room(office) == 1


async def test_what_waits_counts_and_beyond_it_nothing_is_promised(office: Office) -> None:
    await allow(office, 2)
    cut(office)
    first, _ = await promised(office, 10), await promised(office, 12)
    await try_in_vain(office, first)
    assert await room(office) == 2  # it may still be its first try
    await try_in_vain(office, first)
    assert await room(office) == 0
    refused_id, refused = await promise(office, local(DAY, 14))
    assert isinstance(refused, SlotRefused)
    assert (refused.reason, refused.offers) == ("calendar_down", ())
    async with tenant_session(office.engine, office.salon.company_id) as session:
        [task] = (await list_callbacks(session)).items
    assert (task.reason, task.source, task.appointment_id) == ("calendar_down", "rest", refused_id)


async def test_when_it_is_back_promises_are_made_again(office: Office) -> None:
    await allow(office, 1)
    cut(office)
    waiting = await promised(office, 10)
    for _ in range(2):
        await try_in_vain(office, waiting)
    assert await room(office) == 0
    mend(office)
    await _is_ours_once(office, waiting)
    assert await room(office) == 1


async def _is_ours_once(office: Office, appointment_id: UUID) -> None:
    await _age_requests(office)
    answered = await book(office, appointment_id)
    assert isinstance(answered.answer, CalendarBooked)


async def _age_requests(office: Office) -> None:
    """A late commit would have shown by now."""
    async with tenant_session(office.engine, office.salon.company_id) as session:
        await session.execute(
            text("UPDATE calendar_bookings SET asked_at = asked_at - interval '1 minute'")
        )


# --- who is first -------------------------------------------------------------------------------


async def test_of_one_person_s_times_those_promised_first_are_booked_first(office: Office) -> None:
    cut(office)
    first, second = await promised(office, 12), await promised(office, 10)
    others = await promised(office, 10, staff=1)
    for _ in range(2):
        await try_in_vain(office, first)
    assert await try_in_vain(office, second) == "NotYourTurn"
    assert await try_in_vain(office, others) != "NotYourTurn"
    mend(office)
    assert await try_in_vain(office, second) == "NotYourTurn"
    await _is_ours_once(office, first)
    await _is_ours_once(office, second)


async def test_whoever_no_longer_tries_keeps_nobody_waiting(office: Office) -> None:
    cut(office)
    dead, second = await promised(office, 12), await promised(office, 10)
    for _ in range(2):
        await try_in_vain(office, dead)
    mend(office)
    async with tenant_session(office.engine, office.salon.company_id) as session:
        await session.execute(
            text(
                "UPDATE calendar_bookings SET created_at = created_at - interval '1 hour',"
                " tried_at = tried_at - interval '4 minutes'"
            )
        )
    await _is_ours_once(office, second)


async def test_of_the_same_person_s_time_somebody_else_was_faster(office: Office) -> None:
    """What a person took at Cal.com meanwhile is no longer ours to give: the saga compensates."""
    cut(office)
    waiting = await promised(office, 10)
    await try_in_vain(office, waiting)
    mend(office)
    start = local(DAY, 10).strftime("%Y-%m-%dT%H:%M:%SZ")
    office.desk.booked(start, eventTypeId=office.desk.types["anna"])
    await _age_requests(office)
    answered = await book(office, waiting)
    assert isinstance(answered.answer, CalendarRefused)
    assert answered.answer.cause == "slot_gone"


# --- answers that are not about us --------------------------------------------------------------


async def test_a_natural_replay_of_another_appointment_is_a_refusal_and_no_doubt(
    engine: AsyncEngine, desks: Desks
) -> None:
    """A shared event type answers the same person and start with the booking that is there."""
    salon = await make_salon(engine, "salon-geteilt", number=2)
    desk = desks(
        users=[make_user("anna", role="owner"), make_user("ben")],
        event_types=[
            make_type("anna", owner="anna"),
            make_type("ben", hosts=["anna", "ben"], schedulingType="roundRobin"),
        ],
    )
    connection_id = await connect(engine, salon, desk)
    async with opened(engine, salon, connection_id, desk, "mem://") as office:
        async with tenant_session(engine, salon.company_id) as session:
            customer_id = await make_customer(session)
        start_at = local(DAY, 10)
        first, held = await promise(office, start_at, staff=1, customer_id=customer_id)
        assert isinstance(held, SlotHeld)
        assert isinstance((await book(office, first)).answer, CalendarBooked)
        # Its own first try, as after an answer that got lost: recognised.
        assert isinstance((await book(office, first)).answer, CalendarBooked)
        await PostgresSlots(engine).release(
            ReleaseSlot(company_id=salon.company_id, appointment_id=first, status="failed")
        )
        second, held = await promise(office, start_at, staff=1, customer_id=customer_id)
        assert isinstance(held, SlotHeld)
        answered = await book(office, second)
    assert isinstance(answered.answer, CalendarRefused)
    assert answered.answer.cause == "slot_gone"
    assert len(desk.listed()) == 1


async def test_nobody_waits_behind_the_request_that_a_moved_hold_has_given_up(
    office: Office,
) -> None:
    cut(office)
    moved = await promised(office, 10)
    for _ in range(2):
        await try_in_vain(office, moved)
    salon = office.salon
    async with tenant_session(office.engine, salon.company_id) as session:
        view = await get_appointment(session, moved)
    assert view is not None
    reserved = await PostgresSlots(office.engine).reserve(
        ReserveSlot(
            appointment_id=moved,
            company_id=salon.company_id,
            branch_id=salon.branch_id,
            service_id=salon.services[0],
            staff_id=salon.staff[0],
            staff_hard=True,
            customer_id=view.customer_id,
            start_at=local(DAY, 14),
            replaces=True,
        )
    )
    assert isinstance(reserved.answer, SlotHeld)
    mend(office)
    new = BookInCalendar(company_id=salon.company_id, appointment_id=moved, revision=1)
    assert isinstance((await office.calendar.book(new)).answer, CalendarBooked)
    other = await promised(office, 12)
    assert isinstance((await book(office, other)).answer, CalendarBooked)

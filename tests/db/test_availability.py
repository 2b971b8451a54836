"""Free times fetched from a Cal.com that runs, for people in a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities import availability as steps
from activities.free_times import FRESH_S, CalendarOf, FreeTimes
from contracts.appointments import BookInCalendar, CalendarBooked, CancelInCalendar
from contracts.availability import WarmAvailability
from db.queries import slots
from db.queries.connections import upsert_connection, upsert_event_type
from db.session import tenant_session
from domain.slots.calendar_view import Known, Unknown
from domain.timespan import TimeSpan
from integrations.calcom.transport import TimeLimits
from integrations.circuit import FAILURES
from tests.builders.calcom import Desk
from tests.builders.office import (
    ALL_DAY,
    DAY,
    NEXT_DAY,
    TODAY,
    Office,
    connect,
    local,
    opened,
)
from tests.builders.rows import Salon, make_allocation, make_appointment, make_salon


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


@pytest.fixture
async def connection_id(engine: AsyncEngine, salon: Salon, desk: Desk) -> UUID:
    return await connect(engine, salon, desk)


@pytest.fixture
async def office(
    engine: AsyncEngine, salon: Salon, connection_id: UUID, desk: Desk
) -> AsyncIterator[Office]:
    async with opened(engine, salon, connection_id, desk, "mem://") as made:
        yield made


# --- what is fetched and known -----------------------------------------------------------------


async def test_nothing_is_known_before_somebody_asked(office: Office) -> None:
    assert await office.known() == Unknown(reason="not_asked")


async def test_one_request_a_person_says_what_is_free_that_day(office: Office) -> None:
    assert await office.fetch() == {}
    assert len(office.asked()) == 2
    view = await office.known()
    assert isinstance(view, Known)
    whole_day = TimeSpan(local(DAY, ALL_DAY[0]), local(DAY, ALL_DAY[1]))
    assert view.free == {staff_id: {DAY: (whole_day,)} for staff_id in office.salon.staff}
    assert (view.stale, view.why_not) == (False, {})
    assert await office.known(NEXT_DAY) == Unknown(reason="not_asked")


async def test_days_in_a_row_cost_one_request_and_only_those_that_are_missing(
    office: Office,
) -> None:
    last = DAY + timedelta(days=4)
    anna = (office.salon.staff[0],)
    await office.fetch(from_day=DAY + timedelta(days=2), to_day=DAY + timedelta(days=2))
    before = len(office.asked())
    await office.fetch(from_day=DAY, to_day=last, staff_ids=anna)
    assert len(office.asked()) == before + 2  # on both sides of the day that was known
    await office.fetch(from_day=DAY, to_day=last, staff_ids=anna)
    assert len(office.asked()) == before + 2
    days = [DAY + timedelta(days=number) for number in range(5)]
    view = await office.known(*days, staff_ids=anna)
    assert isinstance(view, Known)
    assert list(view.free) == list(anna)
    assert list(view.free[anna[0]]) == days


async def test_the_length_is_that_of_the_service_with_that_person(office: Office) -> None:
    assert await office.fetch(service_ids=(office.salon.services[1],)) == {}
    [asked] = office.asked()
    assert "duration=75" in asked
    view = await office.known(service=1)
    assert isinstance(view, Known)
    assert list(view.free) == [office.salon.staff[0]]
    assert await office.known(service=0) == Unknown(reason="not_asked")


async def test_stale_times_are_told_with_their_age_and_renewed_by_the_next_fetch(
    office: Office,
) -> None:
    await office.fetch()
    office.clock.ahead_s = FRESH_S + 60
    view = await office.known()
    assert isinstance(view, Known)
    assert view.stale
    assert FRESH_S + 60 <= view.age_s < FRESH_S + 120
    await office.fetch()
    assert len(office.asked()) == 4
    renewed = await office.known()
    assert isinstance(renewed, Known)
    assert not renewed.stale


# --- many askers -------------------------------------------------------------------------------


async def ask_all_at_once(offices: list[Office]) -> int:
    """Twenty in each process; the requests that Cal.com got."""
    await asyncio.gather(*(one.fetch() for one in offices for _ in range(20)))
    return len(offices[0].asked())


async def test_many_askers_in_several_workers_cost_one_request_a_person(
    engine: AsyncEngine, salon: Salon, connection_id: UUID, desk: Desk, valkey_url: str
) -> None:
    async with AsyncExitStack() as stack:
        offices = [
            await stack.enter_async_context(opened(engine, salon, connection_id, desk, valkey_url))
            for _ in range(2)
        ]
        assert await ask_all_at_once(offices) == 2
        for office in offices:
            assert isinstance(await office.known(), Known)


async def test_without_one_at_a_time_each_asks_for_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what holds the others back is the lock."""

    @asynccontextmanager
    async def nobody_waits(
        times: FreeTimes, calendar: CalendarOf, limit_s: float
    ) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(FreeTimes, "one_at_a_time", nobody_waits)
    assert await ask_all_at_once([office]) > 2


# --- what is not known is never free -----------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"fault": "status", "status": 503}, "no_answer"),
        ({"fault": "status", "status": 400}, "refused"),
        ({"fault": "status", "status": 429}, "no_room"),
        ({"fault": "drop"}, "no_answer"),
        ({"fault": "truncate"}, "no_answer"),
        ({"fault": "malformed"}, "not_understood"),
        ({"fault": "not_found"}, "refused"),
    ],
    ids=lambda one: one if isinstance(one, str) else one["fault"],
)
async def test_an_answer_that_is_none_is_unknown_and_never_free_time(
    office: Office, fault: dict[str, Any], reason: str
) -> None:
    office.desk.order_fault(operation="get_slots", times=None, **fault)
    assert await office.fetch() == dict.fromkeys(office.salon.staff, reason)
    assert await office.known() == Unknown(reason="not_asked")


async def test_what_one_person_lacks_does_not_hide_the_other(office: Office) -> None:
    office.desk.order_fault(
        operation="get_slots",
        fault="status",
        status=503,
        event_type_id=office.desk.types["ben"],
    )
    anna, ben = office.salon.staff
    assert await office.fetch() == {ben: "no_answer"}
    view = await office.known()
    assert isinstance(view, Known)
    assert list(view.free) == [anna]
    assert view.why_not == {ben: "not_asked"}


async def test_a_silent_calendar_is_given_up_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LIMITS", TimeLimits(in_call_s=0.2))
    office.desk.order_fault(operation="get_slots", fault="delay", delay_s=30, times=2)
    assert await office.fetch() == dict.fromkeys(office.salon.staff, "no_answer")
    assert await office.known() == Unknown(reason="not_asked")


async def test_while_the_breaker_is_open_nobody_is_asked(office: Office) -> None:
    office.desk.order_fault(operation="get_slots", fault="status", status=500, times=None)
    for _ in range(FAILURES):
        await office.fetch()
    sent = len(office.asked())
    assert await office.fetch() == dict.fromkeys(office.salon.staff, "no_answer")
    assert len(office.asked()) == sent


async def test_a_person_without_event_type_and_a_length_that_is_not_offered_are_unknown(
    office: Office,
) -> None:
    ben = office.salon.staff[1]
    async with tenant_session(office.engine, office.salon.company_id) as session:
        await upsert_event_type(
            session,
            connection_id=office.connection_id,
            staff_id=ben,
            branch_id=office.salon.branch_id,
            calcom_event_type_id=office.desk.types["ben"],
            lengths_minutes=[45],
        )
    assert await office.fetch(staff_ids=(ben,)) == {ben: "length_not_offered"}
    assert await office.known(staff_ids=(ben,)) == Unknown(reason="length_not_offered")
    nobody = (uuid4(),)
    assert await office.fetch(staff_ids=nobody) == {}
    assert await office.known(staff_ids=nobody) == Unknown(reason="no_event_type")
    assert office.asked() == []


async def test_a_connection_without_a_key_is_not_asked(office: Office) -> None:
    async with tenant_session(office.engine, office.salon.company_id) as session:
        await upsert_connection(session, provider="calcom", base_url=office.desk.url, api_key=None)
    assert await office.fetch() == dict.fromkeys(office.salon.staff, "no_event_type")
    assert office.asked() == []


# --- what changes a day ------------------------------------------------------------------------


async def booked(office: Office, at: datetime) -> UUID:
    """An appointment with Anna that holds its slot, not yet at Cal.com."""
    async with tenant_session(office.engine, office.salon.company_id) as session:
        made = await make_appointment(session, office.salon, start_at=at)
        assert await slots.try_reserve(
            session,
            appointment_id=made,
            revision=0,
            allocation=make_allocation(office.salon, start_at=at),
            expires_at=at,
        )
    return made


async def test_our_own_booking_and_its_end_make_the_day_unknown(office: Office) -> None:
    anna, ben = office.salon.staff
    await office.fetch(to_day=NEXT_DAY)
    appointment_id = await booked(office, local(DAY, 10))
    company_id = office.salon.company_id
    answered = await office.calendar.book(
        BookInCalendar(company_id=company_id, appointment_id=appointment_id, revision=0)
    )
    assert isinstance(answered.answer, CalendarBooked)
    after_booking = await office.known()
    assert isinstance(after_booking, Known)
    assert list(after_booking.free) == [ben]

    await office.fetch()
    fetched = await office.known(staff_ids=(anna,))
    assert isinstance(fetched, Known)
    assert fetched.free[anna][DAY] == (
        TimeSpan(local(DAY, 9), local(DAY, 10)),
        TimeSpan(local(DAY, 10, 30), local(DAY, 17)),
    )

    await office.calendar.cancel(
        CancelInCalendar(
            company_id=company_id,
            appointment_id=appointment_id,
            booking_id=answered.answer.booking_id,
            reason="test",
        )
    )
    assert await office.known(staff_ids=(anna,)) == Unknown(reason="not_asked")


async def test_a_report_of_calcom_makes_a_persons_day_unknown_at_every_branch(
    office: Office,
) -> None:
    anna, ben = office.salon.staff
    await office.fetch(to_day=NEXT_DAY)
    await office.view.drop(office.salon.company_id, anna, [DAY])
    view = await office.known(DAY, NEXT_DAY)
    assert isinstance(view, Known)
    assert {who: list(days) for who, days in view.free.items()} == {
        anna: [NEXT_DAY],
        ben: [DAY, NEXT_DAY],
    }


# --- warming -----------------------------------------------------------------------------------


async def test_warming_asks_once_for_every_length_on_days_of_opening(office: Office) -> None:
    order = WarmAvailability(
        company_id=office.salon.company_id, branch_id=office.salon.branch_id, days=8
    )
    warmed = await office.availability.warm(order)
    assert warmed.missing == ()
    assert warmed.requests == len(office.asked())
    assert {"duration" in path for path in office.asked()} == {True, False}
    ahead = [TODAY + timedelta(days=number) for number in range(8)]
    weekend = [day for day in ahead if day.weekday() > 4]
    for service in (0, 1):
        view = await office.known(*ahead, service=service)
        assert isinstance(view, Known)
        assert not view.why_not
    assert await office.known(*weekend) == Unknown(reason="not_asked")
    again = await office.availability.warm(order)
    assert again.requests == 0


async def test_warming_leaves_room_for_calls_and_goes_on_later(
    engine: AsyncEngine, salon: Salon, connection_id: UUID, desk: Desk
) -> None:
    async with opened(engine, salon, connection_id, desk, "mem://", per_minute=4) as office:
        order = WarmAvailability(company_id=salon.company_id, branch_id=salon.branch_id, days=14)
        with pytest.raises(ApplicationError) as refused:
            await office.availability.warm(order)
        assert refused.value.next_retry_delay is not None
        assert refused.value.next_retry_delay > timedelta(seconds=30)
        assert not refused.value.non_retryable
        assert len(office.asked()) == 2
        await office.fetch(
            from_day=DAY + timedelta(days=20),
            to_day=DAY + timedelta(days=20),
            staff_ids=(salon.staff[1],),
        )
        assert len(office.asked()) == 3


@pytest.mark.parametrize("last", [DAY - timedelta(days=1), DAY + timedelta(days=62)])
async def test_no_days_and_too_many_are_refused(office: Office, last: date) -> None:
    with pytest.raises(ApplicationError) as refused:
        await office.fetch(to_day=last)
    assert refused.value.non_retryable

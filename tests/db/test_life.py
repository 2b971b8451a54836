"""The steps of an appointment's life: what is due, what people did in Cal.com, who did not come."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.life import PostgresLife
from activities.slots import PostgresSlots
from contracts.appointments import AppointmentStatus, FindOffers
from contracts.life import (
    CalendarFollowed,
    CalendarReported,
    FollowCalendar,
    LifePlanned,
    MarkMissed,
    PlanLife,
)
from db.models import Customer
from db.queries import bookings, connections, slots
from db.queries.appointments import AppointmentView, get_appointment, set_status
from db.queries.opt_outs import has_opted_out, opt_in, opt_out
from db.queries.rest import list_callbacks
from db.queries.webhooks import store_event
from db.session import platform_session, tenant_session
from tests.builders.rows import Salon, make_allocation, make_appointment, make_salon

# A Tuesday in a year with nothing else in it; 11 o'clock in Berlin.
TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


@pytest.fixture
def life(engine: AsyncEngine) -> PostgresLife:
    return PostgresLife(engine)


async def booked(
    engine: AsyncEngine, salon: Salon, *, start_at: datetime = TEN, number: int = 70
) -> UUID:
    """Booked in both calendars, under the number given."""
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=start_at)
        assert await slots.try_reserve(
            session,
            appointment_id=appointment_id,
            revision=0,
            allocation=make_allocation(salon, start_at=start_at),
            price_cents=4_200,
            currency="EUR",
        )
        calcom = await connections.upsert_connection(
            session, provider="calcom", base_url="https://cal.example", api_key="cal_1"
        )
        await connections.upsert_event_type(
            session,
            connection_id=calcom,
            staff_id=salon.staff[0],
            branch_id=salon.branch_id,
            calcom_event_type_id=5,
            lengths_minutes=[30],
        )
        uid = f"uid-{number}"
        await bookings.note_request(
            session, appointment_id=appointment_id, revision=0, event_type_id=5
        )
        await bookings.remember_booking(
            session,
            appointment_id=appointment_id,
            revision=0,
            booking_id=number,
            booking_uid=uid,
        )
        await slots.confirm(
            session, appointment_id=appointment_id, revision=0, booking_uid=uid, booking_id=number
        )
    return appointment_id


async def stored(engine: AsyncEngine, uid: str | None) -> UUID:
    """A report as it came in; None: one without a uid that can be read."""
    body = json.dumps({"payload": {"uid": uid} if uid else {}}).encode()
    async with platform_session(engine) as session:
        event = await store_event(
            session, source="calcom", event_id=uuid4().hex, kind="BOOKING_RESCHEDULED", body=body
        )
    return event.id


async def view_of(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> AppointmentView:
    async with tenant_session(engine, salon.company_id) as session:
        view = await get_appointment(session, appointment_id)
    assert view is not None
    return view


async def blocked(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> list[datetime]:
    """The starts that the appointment keeps from others."""
    query = text(
        "SELECT lower(during) FROM reservations WHERE appointment_id = :id"
        " AND status IN ('held', 'booked') ORDER BY 1"
    )
    async with tenant_session(engine, salon.company_id) as session:
        return list(await session.scalars(query, {"id": appointment_id}))


# --- what is due ------------------------------------------------------------------------------


async def plan(life: PostgresLife, salon: Salon, appointment_id: UUID) -> LifePlanned:
    return await life.plan(PlanLife(company_id=salon.company_id, appointment_id=appointment_id))


async def test_the_companys_reminders_are_planned_outside_its_quiet_hours(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    appointment_id = await booked(engine, salon)
    planned = await plan(life, salon, appointment_id)
    assert [(r.minutes, r.at) for r in planned.reminders] == [
        (1440, TEN - DAY),
        (120, TEN - timedelta(hours=2)),
    ]
    async with tenant_session(engine, salon.company_id) as session:
        await session.execute(
            text(
                "UPDATE companies SET reminder_minutes = '[90, \"x\", true, 2880]',"
                " quiet_from = '09:00', quiet_to = '10:00'"
            )
        )
    planned = await plan(life, salon, appointment_id)
    # 90 minutes before is half past nine in Berlin.
    assert [(r.minutes, r.at) for r in planned.reminders] == [
        (2880, TEN - 2 * DAY),
        (90, TEN - timedelta(hours=2, minutes=15)),
    ]


async def test_what_is_only_held_reminds_nobody(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        appointment_id = await make_appointment(session, salon, start_at=TEN)
    assert await plan(life, salon, appointment_id) == LifePlanned()


TWILIO = {"account_sid": "AC1", "from_number": "Salon"}


@dataclass(frozen=True, kw_only=True)
class Who:
    """Of whom it is asked whether they get texts; by default they do."""

    phone: str | None = "+4917604069040"
    account: dict[str, str] | None = field(default_factory=lambda: TWILIO)
    no_sms: bool = False
    opted_out: bool = False


@pytest.mark.parametrize(
    ("who", "by_sms"),
    [
        (Who(), True),
        (Who(phone="+493012345678"), False),  # a landline
        (Who(phone=None), False),
        (Who(no_sms=True), False),
        (Who(opted_out=True), False),
        (Who(account={"account_sid": "AC1"}), False),  # no sender
        (Who(account=None), False),
    ],
)
async def test_texts_are_for_those_whom_they_reach_and_who_want_them(
    engine: AsyncEngine, salon: Salon, life: PostgresLife, who: Who, by_sms: bool
) -> None:
    appointment_id = await booked(engine, salon)
    view = await view_of(engine, salon, appointment_id)
    async with tenant_session(engine, salon.company_id) as session:
        customer = await session.get_one(Customer, view.customer_id)
        customer.phone, customer.no_sms, customer.phone_hash = who.phone, who.no_sms, "hash"
        if who.account is not None:
            await connections.upsert_connection(
                session,
                provider="twilio",
                base_url="https://api.twilio.example",
                api_key="secret",
                settings=who.account,
            )
        if who.opted_out:
            await opt_out(session, "hash", "sms")
    assert (await plan(life, salon, appointment_id)).by_sms == by_sms


# --- who did not come -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("booked", "missed"),
        ("completed", "missed"),
        ("missed", "missed"),
        ("cancelled", "cancelled"),
        ("failed", "failed"),
    ],
)
async def test_a_no_show_is_believed_of_what_was_booked(
    engine: AsyncEngine,
    salon: Salon,
    life: PostgresLife,
    status: AppointmentStatus,
    becomes: AppointmentStatus,
) -> None:
    appointment_id = await booked(engine, salon)
    async with tenant_session(engine, salon.company_id) as session:
        await set_status(session, appointment_id, status)
    request = MarkMissed(company_id=salon.company_id, appointment_id=appointment_id)
    marked = [await life.mark_missed(request) for _ in range(2)]
    assert [one.follow_up for one in marked] == [True, True]
    assert (await view_of(engine, salon, appointment_id)).status == becomes


# --- what a person did in Cal.com -------------------------------------------------------------


async def follow(
    life: PostgresLife, salon: Salon, appointment_id: UUID, **report: object
) -> CalendarFollowed:
    return await life.follow_calendar(
        FollowCalendar(
            company_id=salon.company_id,
            appointment_id=appointment_id,
            report=CalendarReported.model_validate({"event_id": uuid4(), **report}),
        )
    )


async def test_a_cancellation_there_frees_the_slot_here(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    appointment_id = await booked(engine, salon)
    for _ in range(2):  # the step may be repeated
        followed = await follow(life, salon, appointment_id, kind="cancelled", booking_id=70)
        assert followed.outcome == "cancelled"
    view = await view_of(engine, salon, appointment_id)
    assert (view.status, view.reason) == ("cancelled", "cancelled_in_calendar")
    assert await blocked(engine, salon, appointment_id) == []


@pytest.mark.parametrize(
    ("about", "outcome"),
    [
        ({"booking_id": 69, "start_at": TEN}, "ignored"),  # of an earlier booking
        ({"start_at": TEN + DAY}, "ignored"),
        ({}, "ignored"),
        ({"start_at": TEN}, "cancelled"),
    ],
)
async def test_only_the_end_of_todays_booking_ends_the_appointment(
    engine: AsyncEngine,
    salon: Salon,
    life: PostgresLife,
    about: dict[str, object],
    outcome: str,
) -> None:
    appointment_id = await booked(engine, salon)
    followed = await follow(life, salon, appointment_id, kind="deleted", **about)
    assert followed.outcome == outcome


async def test_a_move_there_is_a_move_here_with_the_new_booking(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    appointment_id = await booked(engine, salon)
    # In the night and at a time that no caller could have: who moved it there knows why.
    new = TEN + timedelta(hours=13, minutes=7)
    event_id = await stored(engine, "uid-71")
    for _ in range(2):
        followed = await follow(
            life,
            salon,
            appointment_id,
            kind="rescheduled",
            booking_id=71,
            start_at=new,
            event_id=event_id,
        )
        assert (followed.outcome, followed.booking_id) == ("moved", 71)
        assert followed.slot is not None
        assert (followed.slot.start_at, followed.slot.revision) == (new, 1)
    view = await view_of(engine, salon, appointment_id)
    assert (view.status, view.start_at, view.end_at) == ("booked", new, new + timedelta(minutes=30))
    assert (view.calcom_booking_id, view.calcom_booking_uid) == (71, "uid-71")
    assert (view.price_cents, view.currency) == (4_200, "EUR")
    assert await blocked(engine, salon, appointment_id) == [new]


async def test_a_move_there_by_a_quarter_of_an_hour_is_not_in_its_own_way(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    appointment_id = await booked(engine, salon)
    new = TEN + timedelta(minutes=15)
    followed = await follow(
        life,
        salon,
        appointment_id,
        kind="rescheduled",
        booking_id=71,
        start_at=new,
        event_id=await stored(engine, "uid-71"),
    )
    assert followed.outcome == "moved"
    assert await blocked(engine, salon, appointment_id) == [new]


async def test_reports_of_our_own_and_of_older_bookings_change_nothing(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    appointment_id = await booked(engine, salon)
    event_id = await stored(engine, "uid-71")
    new = TEN + DAY
    await follow(
        life,
        salon,
        appointment_id,
        kind="rescheduled",
        booking_id=72,
        start_at=new,
        event_id=event_id,
    )
    for older in (70, 71):
        followed = await follow(
            life, salon, appointment_id, kind="rescheduled", booking_id=older, start_at=TEN
        )
        assert followed.outcome == "ignored"
    created = await follow(life, salon, appointment_id, kind="created", booking_id=99)
    assert created.outcome == "ignored"
    assert (await view_of(engine, salon, appointment_id)).start_at == new


@pytest.mark.parametrize("uid", ["uid-71", None])
async def test_what_our_reservations_do_not_allow_is_for_a_person_to_solve(
    engine: AsyncEngine, salon: Salon, life: PostgresLife, uid: str | None
) -> None:
    """Somebody else's appointment stands there; or the report does not say which booking it is."""
    appointment_id = await booked(engine, salon)
    new = TEN + timedelta(hours=2)
    if uid is not None:
        await booked(engine, salon, start_at=new + timedelta(minutes=15), number=80)
    event_id = await stored(engine, uid)
    for _ in range(2):
        followed = await follow(
            life,
            salon,
            appointment_id,
            kind="rescheduled",
            booking_id=71,
            start_at=new,
            event_id=event_id,
        )
        assert followed.outcome == "conflict"
    view = await view_of(engine, salon, appointment_id)
    assert (view.status, view.start_at, view.calcom_booking_id) == ("booked", TEN, 70)
    assert await blocked(engine, salon, appointment_id) == [TEN]
    async with tenant_session(engine, salon.company_id) as session:
        [task] = (await list_callbacks(session)).items
    assert (task.reason, task.urgency, task.branch_id) == (
        "calendar_conflict",
        "high",
        salon.branch_id,
    )
    assert task.details == {"start_at": TEN.isoformat(), "calendar_start_at": new.isoformat()}


async def test_what_is_over_here_is_not_moved_from_there(
    engine: AsyncEngine, salon: Salon, life: PostgresLife
) -> None:
    appointment_id = await booked(engine, salon)
    async with tenant_session(engine, salon.company_id) as session:
        await set_status(session, appointment_id, "completed")
    followed = await follow(
        life,
        salon,
        appointment_id,
        kind="rescheduled",
        booking_id=71,
        start_at=TEN + DAY,
        event_id=await stored(engine, "uid-71"),
    )
    assert followed.outcome == "conflict"


# --- who wants no texts -----------------------------------------------------------------------


async def test_an_opt_out_is_of_one_number_and_one_company(
    engine: AsyncEngine, salon: Salon
) -> None:
    other = await make_salon(engine, "andere", number=2)
    async with tenant_session(engine, salon.company_id) as session:
        assert await opt_out(session, "p1", "sms")
        assert not await opt_out(session, "p1", "vendor")
        assert await has_opted_out(session, "p1")
        assert not await has_opted_out(session, "p2")
        assert not await has_opted_out(session, None)
    async with tenant_session(engine, other.company_id) as session:
        assert not await has_opted_out(session, "p1")
    async with tenant_session(engine, salon.company_id) as session:
        assert await opt_in(session, "p1")
        assert not await opt_in(session, "p1")
        assert not await has_opted_out(session, "p1")


# --- times for who did not come ---------------------------------------------------------------


async def test_who_missed_an_appointment_is_offered_times_to_come(
    engine: AsyncEngine, salon: Salon
) -> None:
    appointment_id = await booked(engine, salon, start_at=datetime.now(UTC) - timedelta(hours=3))
    async with tenant_session(engine, salon.company_id) as session:
        await set_status(session, appointment_id, "missed")
    request = FindOffers(company_id=salon.company_id, appointment_id=appointment_id)
    found = await PostgresSlots(engine).find_offers(request)
    assert len(found.offers) == 5
    assert min(found.offers) > datetime.now(UTC)

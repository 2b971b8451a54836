"""Cal.com's free times narrow what is offered; where they are not known that is found out first."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from time import time
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.calendar_view import CalendarView
from activities.free_times import CalendarOf, FreeTimes
from activities.functions import PostgresFunctions
from db.queries.connections import upsert_connection, upsert_event_type
from db.queries.slots import release
from db.session import tenant_session
from domain.timespan import TimeSpan
from integrations.calcom.shared import open_shared
from tests.builders.talking import (
    ANNA,
    BEN,
    COMPANY,
    CUT,
    KEY,
    MITTE,
    OnTheLine,
    at,
    dial,
    in_days,
    said,
)
from tests.db.shop import loaded_shop, shop, shop_database

__all__ = ["loaded_shop", "shop", "shop_database"]
LENGTHS = [15, 30, 75]
EVENT_TYPE = {ANNA: 11, BEN: 12}
WISH = {"service": "Schnitt", "date": said(), "time": "10:00"}


@pytest.fixture
async def connection_id(shop: AsyncEngine) -> UUID:
    async with tenant_session(shop, COMPANY) as session:
        made = await upsert_connection(session, provider="calcom", base_url="http://127.0.0.1:1")
        for staff_id, event_type_id in EVENT_TYPE.items():
            await upsert_event_type(
                session,
                connection_id=made,
                staff_id=staff_id,
                branch_id=MITTE,
                calcom_event_type_id=event_type_id,
                lengths_minutes=LENGTHS,
            )
    return made


@pytest.fixture
async def times() -> AsyncIterator[FreeTimes]:
    async with open_shared("mem://") as shared:
        yield FreeTimes(shared.cache)


def dialled(shop: AsyncEngine, times: FreeTimes) -> OnTheLine:
    steps = PostgresFunctions(shop, phone_key=KEY, calendar=CalendarView(shop, times))
    return dial(shop, steps=steps)


async def fetched(
    times: FreeTimes, connection_id: UUID, free: dict[UUID, list[TimeSpan]], days: int = 7
) -> None:
    """As if Cal.com had just said so, of that day and the week from it."""
    wanted = [in_days(days) + timedelta(days=n) for n in range(7)]
    for staff_id, event_type_id in EVENT_TYPE.items():
        calendar = CalendarOf(
            connection_id=connection_id, event_type_id=event_type_id, length_min=30
        )
        generations = await times.generations(calendar, wanted)
        said_free: dict[date, list[TimeSpan]] = {day: [] for day in wanted} | {
            in_days(days): free.get(staff_id, [])
        }
        await times.keep(calendar, said_free, asked_at=time(), generations=generations)


def span(start: str, end: str) -> TimeSpan:
    return TimeSpan(at(start), at(end))


async def test_unknown_days_are_asked_for_once_and_then_our_own_data_counts(
    shop: AsyncEngine, connection_id: UUID, times: FreeTimes
) -> None:
    line = dialled(shop, times)
    wanted = await line.calendar("check_availability", **WISH)
    assert (wanted.branch_id, wanted.service_ids, wanted.staff_ids) == (MITTE, (CUT,), ())
    assert wanted.from_day == in_days()
    hard = await line.calendar("check_availability", **WISH, staff="nur Anna")
    assert hard.staff_ids == (ANNA,)
    line.conversation = line.conversation.model_copy(update={"calendar_asked": True})
    told = await line.ask("check_availability", **WISH)
    assert (told.status, told.fields["unconfirmed"]) == ("held", True)
    assert line.hold.on_own_data


async def test_what_cal_com_has_as_taken_is_not_offered(
    shop: AsyncEngine, connection_id: UUID, times: FreeTimes
) -> None:
    free = {ANNA: [span("13:00", "15:00")], BEN: [span("10:00", "10:30")]}
    await fetched(times, connection_id, free)
    line = dialled(shop, times)
    told = await line.ask("check_availability", **WISH)
    assert told.status == "held"
    assert (line.hold.parts[0].staff_id, line.hold.on_own_data) == (BEN, False)
    other = dialled(shop, times)
    told = await other.ask("check_availability", **WISH, staff="nur Anna")
    assert (told.status, told.fields["reason"]) == ("alternatives", "slot_taken")
    assert at("13:00") <= other.hold.start_at <= at("14:30")


async def test_who_has_no_calendar_is_on_our_own_data_without_asking(
    shop: AsyncEngine, times: FreeTimes
) -> None:
    line = dialled(shop, times)
    told = await line.ask("check_availability", **WISH)
    assert (told.status, line.hold.on_own_data) == ("held", True)


async def test_a_lost_slot_is_replaced_by_what_cal_com_has_free(
    shop: AsyncEngine, connection_id: UUID, times: FreeTimes
) -> None:
    line = dial(shop)
    await line.ask("check_availability", **WISH, staff="nur Anna")
    promised = await line.book(customer_name="Jonas Feldmann")
    await fetched(times, connection_id, {ANNA: [span("16:00", "17:00")]})
    line.steps = dialled(shop, times).steps
    answered = await line.conclude(promised, "refused", reason="slot_taken")
    assert answered.answer.status == "slot_lost"
    assert answered.hold is not None
    assert answered.hold.start_at == at("16:00")


async def test_nothing_is_offered_that_overlaps_what_cal_com_has_just_refused(
    shop: AsyncEngine, connection_id: UUID, times: FreeTimes
) -> None:
    """Its free times were read before somebody took this one there."""
    await fetched(times, connection_id, {ANNA: [span("10:00", "11:30")]})
    line = dialled(shop, times)
    await line.ask("check_availability", **WISH, staff="nur Anna")
    assert line.hold.start_at == at("10:00")
    promised = await line.book(customer_name="Jonas Feldmann")
    async with tenant_session(shop, COMPANY) as session:
        [start] = promised.starts
        await release(session, start.appointment_id, status="failed", reason="slot_taken")
    answered = await line.conclude(promised, "refused", reason="slot_taken")
    assert answered.answer.status == "slot_lost"
    assert answered.hold is not None
    assert answered.hold.start_at >= promised.hold.parts[0].end_at


async def test_what_is_moved_is_not_in_its_own_way_at_cal_com_either(
    shop: AsyncEngine, connection_id: UUID, times: FreeTimes
) -> None:
    line = dial(shop)
    await line.ask("check_availability", **WISH, staff="nur Anna")
    await line.book(customer_name="Jonas Feldmann")
    await fetched(times, connection_id, {ANNA: [span("09:00", "10:00"), span("10:30", "11:00")]})
    line = dialled(shop, times)
    wanted = await line.change(
        "reschedule_appointment", new_date_phrase=said(), new_time_phrase="10:15"
    )
    assert wanted.start_at == at("10:15")
    beyond = await line.ask(
        "reschedule_appointment", new_date_phrase=said(), new_time_phrase="10:45"
    )
    assert beyond.status == "alternatives"

"""The kept free times, in memory and on Valkey: how old they are, and when they no longer count."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cashews import Cache, Command

from activities.free_times import FRESH_S, TOLD_S, CalendarOf, FreeTimes
from domain.timespan import TimeSpan
from integrations.calcom.shared import open_shared

MONDAY, TUESDAY = date(2027, 3, 1), date(2027, 3, 2)
NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
MORNING = TimeSpan(NINE, NINE + timedelta(hours=3))
EVENING = TimeSpan(NINE + timedelta(hours=8), NINE + timedelta(hours=9))


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "valkey"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    url = "mem://" if request.param == "memory" else request.getfixturevalue("valkey_url")
    async with open_shared(url) as shared:
        yield shared.cache


@pytest.fixture
def times(cache: Cache, clock: Clock) -> FreeTimes:
    return FreeTimes(cache, clock)


def make_calendar(length_min: int | None = 30, event_type_id: int = 7) -> CalendarOf:
    return CalendarOf(connection_id=uuid4(), event_type_id=event_type_id, length_min=length_min)


async def keep(times: FreeTimes, calendar: CalendarOf, *spans: TimeSpan) -> None:
    await times.keep(
        calendar,
        {MONDAY: spans},
        asked_at=times.now(),
        generations=await times.generations(calendar, [MONDAY]),
    )


async def test_what_was_kept_is_told_with_its_age(times: FreeTimes, clock: Clock) -> None:
    calendar = make_calendar()
    await keep(times, calendar, MORNING, EVENING)
    clock.now += 42
    found = await times.read(calendar, [MONDAY, TUESDAY])
    assert list(found) == [MONDAY]
    assert found[MONDAY].spans == (MORNING, EVENING)
    assert (found[MONDAY].age_s, found[MONDAY].stale) == (42, False)


async def test_a_day_without_free_time_is_known_as_such(times: FreeTimes) -> None:
    calendar = make_calendar()
    await keep(times, calendar)
    assert (await times.read(calendar, [MONDAY]))[MONDAY].spans == ()


async def test_after_five_minutes_it_is_stale_and_after_half_an_hour_gone(
    times: FreeTimes, clock: Clock
) -> None:
    calendar = make_calendar()
    await keep(times, calendar, MORNING)
    clock.now += FRESH_S
    assert not (await times.read(calendar, [MONDAY]))[MONDAY].stale
    clock.now += 1
    assert (await times.read(calendar, [MONDAY]))[MONDAY].stale
    clock.now += TOLD_S
    assert await times.read(calendar, [MONDAY]) == {}


async def test_lengths_types_and_connections_are_kept_apart(times: FreeTimes) -> None:
    calendar = make_calendar()
    await keep(times, calendar, MORNING)
    other_length = CalendarOf(
        connection_id=calendar.connection_id, event_type_id=7, length_min=None
    )
    other_type = CalendarOf(connection_id=calendar.connection_id, event_type_id=8, length_min=30)
    for other in (other_length, other_type, make_calendar()):
        assert await times.read(other, [MONDAY]) == {}


async def test_a_change_makes_the_day_unknown_for_every_length(times: FreeTimes) -> None:
    calendar = make_calendar()
    longer = CalendarOf(connection_id=calendar.connection_id, event_type_id=7, length_min=60)
    for one in (calendar, longer):
        await keep(times, one, MORNING)
    await times.drop(calendar.connection_id, [7], [TUESDAY])
    assert MONDAY in await times.read(calendar, [MONDAY])
    await times.drop(calendar.connection_id, [7], [MONDAY])
    for one in (calendar, longer):
        assert await times.read(one, [MONDAY]) == {}
    await keep(times, calendar, EVENING)
    assert (await times.read(calendar, [MONDAY]))[MONDAY].spans == (EVENING,)


async def test_what_cal_com_refused_is_free_no_more_until_it_is_asked_anew(
    times: FreeTimes, clock: Clock
) -> None:
    calendar = make_calendar()
    longer = CalendarOf(connection_id=calendar.connection_id, event_type_id=7, length_min=60)
    for one in (calendar, longer):
        await keep(times, one, MORNING, EVENING)
    ten, half_past, eleven = (NINE + timedelta(hours=1, minutes=n) for n in (0, 30, 60))
    of_type = (calendar.connection_id, [calendar.event_type_id])
    await times.refuse(*of_type, [MONDAY], TimeSpan(ten, half_past))
    await times.refuse(*of_type, [MONDAY, TUESDAY], TimeSpan(eleven, MORNING.end_at))
    for one in (calendar, longer):
        found = (await times.read(one, [MONDAY]))[MONDAY]
        assert found.spans == (TimeSpan(NINE, ten), TimeSpan(half_past, eleven), EVENING)
    other = make_calendar(event_type_id=8)
    await keep(times, other, MORNING)
    assert (await times.read(other, [MONDAY]))[MONDAY].spans == (MORNING,)
    clock.now += 1
    await keep(times, calendar, MORNING)
    assert (await times.read(calendar, [MONDAY]))[MONDAY].spans == (MORNING,)


async def test_whatever_the_number_of_days_reading_is_one_trip_to_the_store(
    cache: Cache, times: FreeTimes
) -> None:
    trips = []

    async def note(
        call: Callable[..., Awaitable[Any]], cmd: Command, backend: Any, *args: Any, **kwargs: Any
    ) -> Any:
        trips.append(cmd)
        return await call(*args, **kwargs)

    calendar = make_calendar()
    await keep(times, calendar, MORNING)
    await times.refuse(calendar.connection_id, [7], [MONDAY], TimeSpan(NINE, EVENING.start_at))
    cache.add_middleware(note)
    found = await times.read(calendar, [MONDAY, TUESDAY])
    assert found[MONDAY].spans == ()
    assert trips == [Command.GET_MANY]


async def test_an_answer_that_was_on_its_way_during_a_change_is_not_believed(
    times: FreeTimes,
) -> None:
    calendar = make_calendar()
    before = await times.generations(calendar, [MONDAY])
    await times.drop(calendar.connection_id, [7], [MONDAY])
    await times.keep(calendar, {MONDAY: [MORNING]}, asked_at=times.now(), generations=before)
    assert await times.read(calendar, [MONDAY]) == {}


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        7,
        {},
        {"at": "never", "generation": None, "free": []},
        {"at": 1_800_000_000.0, "generation": None, "free": [[2, 1]]},
        {"at": 1_800_000_000.0, "generation": None, "free": 5},
        {"at": 1_800_000_000.0, "generation": "another", "free": []},
    ],
)
async def test_an_entry_that_is_none_of_ours_is_nothing(
    cache: Cache, times: FreeTimes, entry: object
) -> None:
    calendar = make_calendar()
    await keep(times, calendar, MORNING)
    key = f"free:{calendar.connection_id}:7:30:{MONDAY}"
    assert await cache.get(key) is not None
    await cache.set(key, entry, expire=60)
    assert await times.read(calendar, [MONDAY]) == {}


async def test_one_of_all_who_fetch_does_in_every_process(valkey_url: str) -> None:
    calendar, inside, most = make_calendar(), 0, 0

    async def fetch(times: FreeTimes) -> None:
        nonlocal inside, most
        async with times.one_at_a_time(calendar, 10):
            inside += 1
            most = max(most, inside)
            await times.read(calendar, [MONDAY])  # a trip to the store: others get their chance
            inside -= 1

    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(open_shared(valkey_url)) for _ in range(3)]
        await asyncio.gather(*(fetch(FreeTimes(each.cache)) for each in workers for _ in range(4)))
    assert most == 1


async def test_a_store_that_is_away_is_an_empty_one() -> None:
    async with open_shared("redis://127.0.0.1:9") as shared:
        times, calendar = FreeTimes(shared.cache), make_calendar()
        await keep(times, calendar, MORNING)
        await times.drop(calendar.connection_id, [7], [MONDAY])
        async with times.one_at_a_time(calendar, 10):
            assert await times.read(calendar, [MONDAY, TUESDAY]) == {}

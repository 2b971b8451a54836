"""A company without Cal.com: HTTP door, engine, the real steps, PostgreSQL, and a real Radicale."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.availability import Availability
from activities.calendar_view import CalendarView
from activities.free_times import FreeTimes
from contracts.availability import FetchAvailability
from contracts.names import TaskQueue
from db.models import Connection
from db.queries import catalogue
from db.queries.bookings import bookings_of
from db.queries.collections import connect_caldav
from db.queries.connections import ConnectionRecord, get_connection, list_event_types
from db.session import tenant_session
from db.verify import CalendarEntry, CalendarUnreadableError, verify
from domain.slots import holidays_of
from domain.slots.calendar_view import is_free
from domain.timespan import TimeSpan
from integrations.calcom.limits import Gates
from integrations.calcom.shared import Shared, open_shared
from sandbox.caller.desk import wait_until
from settings import Settings
from tests.api.test_appointments import new_api_key
from tests.builders.caldav import (
    PASSWORD,
    USER,
    Person,
    Radicale,
    Wire,
    running_radicale,
    stamp,
    wired,
)
from tests.builders.rows import Salon
from verifying import events_on_caldav
from wiring import make_workers

pytestmark = pytest.mark.timeout(120)

ZONE = ZoneInfo("Europe/Berlin")
HALF_HOUR = timedelta(minutes=30)
ANSWER_WITHIN_S = 60.0
Json = dict[str, Any]


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with running_radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture(scope="module")
async def wire(radicale: Radicale) -> AsyncIterator[Wire]:
    async with wired(radicale) as made:
        yield made


@pytest.fixture(scope="module")
def person(radicale: Radicale) -> Iterator[Person]:
    made = radicale.person()
    yield made
    made.close()


@pytest.fixture(scope="module")
async def paths(engine: AsyncEngine, salon: Salon, wire: Wire, person: Person) -> list[str]:
    """Anna's calendar and Ben's."""
    made = [person.new_calendar() for _ in salon.staff]
    whose = [(staff_id, salon.branch_id) for staff_id in salon.staff]
    async with tenant_session(engine, salon.company_id) as session:
        await connect_caldav(
            session,
            base_url=wire.url,
            username=USER,
            password=PASSWORD,
            collections=dict(zip(whose, made, strict=True)),
        )
    return made


@dataclass(frozen=True)
class Calendars:
    """Of the two people, and somebody who types into them."""

    person: Person
    anna: str
    ben: str

    def ours(self, path: str, number: str) -> list[str]:
        """The appointment's events, as the server has them."""
        return [one for one in self.person.all(path) if number in one.replace("\r\n ", "")]


@pytest.fixture(scope="module")
def calendars(person: Person, paths: list[str]) -> Calendars:
    return Calendars(person, *paths)


@pytest.fixture(scope="module")
async def shared(settings: Settings) -> AsyncIterator[Shared]:
    async with open_shared(settings.cache_url) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
async def _workers(
    settings: Settings, temporal_client: Client, engine: AsyncEngine, shared: Shared
) -> AsyncIterator[None]:
    queues = [TaskQueue.CALLS, TaskQueue.INTEGRATIONS]
    async with httpx.AsyncClient(trust_env=False) as nobody:
        calls, integrations = make_workers(
            settings, temporal_client, engine, nobody, queues, shared=shared
        )
        async with calls, integrations:
            yield


@pytest.fixture(scope="module")
async def door(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, paths: list[str]
) -> "Door":
    return Door(http, await new_api_key(engine, salon.company_id))


@dataclass(frozen=True)
class Door:
    """The tenant's API."""

    http: httpx.AsyncClient
    key: str

    async def post(self, path: str, body: Json) -> Json:
        headers = {"X-API-Key": self.key, "Idempotency-Key": uuid4().hex}
        answer = await self.http.post(f"/api/v1/appointments{path}", json=body, headers=headers)
        told: Json = answer.json()
        return told

    async def book(self, start_at: datetime, staff: str = "Anna Beispiel") -> Json:
        body = {
            "branch": "Mitte",
            "service": "Schnitt",
            "staff": staff,
            "start_at": start_at.isoformat(),
            "customer": {"name": "Käthe Größler", "phone": "0176 040 69040"},
        }
        return await self.post("", body)

    async def until(self, number: str, status: str) -> Json:
        async def is_so() -> Json | None:
            path = f"/api/v1/appointments/{number}"
            told: Json = (await self.http.get(path, headers={"X-API-Key": self.key})).json()
            return told if told["status"] == status else None

        found = await wait_until(is_so, within_s=ANSWER_WITHIN_S)
        assert found is not None
        return found


def workday(weeks: int) -> date:
    """The salon's so many-th open Tuesday from next week on."""
    today = datetime.now(ZONE).date()
    first = today + timedelta(days=(1 - today.weekday()) % 7 + 7)
    tuesdays = [first + timedelta(weeks=number) for number in range(9)]
    years = {day.year for day in tuesdays}
    closed = {day for year in years for day in holidays_of("DE", "BE", year)}
    return [day for day in tuesdays if day not in closed][weeks - 1]


def at(hour: int, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


def stamped(text: str) -> datetime:
    [line] = [one for one in text.splitlines() if one.startswith("DTSTART")]
    return datetime.fromisoformat(line.split(":", 1)[1])


async def test_booked_moved_and_cancelled_it_is_so_in_the_persons_calendar(
    door: Door, calendars: Calendars, engine: AsyncEngine, salon: Salon
) -> None:
    day = workday(1)
    made = await door.book(at(10, day))
    number = made["id"]
    await door.until(number, "booked")
    [event] = calendars.ours(calendars.anna, number)
    assert stamped(event) == at(10, day)
    assert "Schnitt: Käthe Größler" in event.replace("\r\n ", "")
    assert calendars.ours(calendars.ben, number) == []

    moved = await door.post(f"/{number}/reschedule", {"start_at": at(14, day).isoformat()})
    assert datetime.fromisoformat(moved["start_at"]) == at(14, day), moved
    [event] = calendars.ours(calendars.anna, number)
    assert stamped(event) == at(14, day)

    cancelled = await door.post(f"/{number}/cancel", {"reason": "krank"})
    assert cancelled["status"] == "cancelled", cancelled
    assert calendars.ours(calendars.anna, number) == []
    async with tenant_session(engine, salon.company_id) as session:
        known = await bookings_of(session, UUID(number))
    assert [one.revision for one in known] == [1, 0]


async def test_what_a_person_entered_is_not_offered_and_not_booked(
    door: Door,
    calendars: Calendars,
    engine: AsyncEngine,
    salon: Salon,
    shared: Shared,
) -> None:
    day = workday(2)
    taken = TimeSpan(at(11, day), at(11, day) + HALF_HOUR)
    calendars.person.enter_span(calendars.anna, taken)
    times = FreeTimes(shared.cache)
    async with httpx.AsyncClient(trust_env=False) as nobody:
        fetched = await Availability(engine, nobody, Gates(shared), times).fetch(
            FetchAvailability(
                company_id=salon.company_id,
                branch_id=salon.branch_id,
                service_ids=(salon.services[0],),
                from_day=day,
                to_day=day,
            )
        )
    assert fetched.missing == ()
    async with tenant_session(engine, salon.company_id) as session:
        plan = await catalogue.load_branch_plan(session, salon.branch_id)
        types = await list_event_types(session, branch_id=salon.branch_id)
    view = await CalendarView(engine, times).known(plan, types, (salon.services[0],), (day,))
    anna, ben = salon.staff
    assert is_free(view, anna, taken) is False
    assert is_free(view, ben, taken) is True
    assert is_free(view, anna, TimeSpan(at(12, day), at(12, day) + HALF_HOUR)) is True

    told = await door.book(taken.start_at)
    assert told["code"] == "slot_taken", told
    assert len(calendars.person.all(calendars.anna)) == 1


async def test_with_the_answer_cut_off_it_is_booked_once(
    door: Door, wire: Wire, calendars: Calendars
) -> None:
    day = workday(3)
    wire.order("PUT", "commit_then_drop")
    made = await door.book(at(10, day), staff="Ben Muster")
    await door.until(made["id"], "booked")
    assert wire.waiting == 0
    [event] = calendars.ours(calendars.ben, made["id"])
    assert stamped(event) == at(10, day)


# --- what operators are told -------------------------------------------------------------------


async def violations(owner_engine: AsyncEngine) -> list[str]:
    """Of both calendars, as `askproai verify` asks for them."""

    async def entries(connection: ConnectionRecord) -> list[CalendarEntry]:
        return await events_on_caldav(connection)

    found = await verify(owner_engine, list_bookings=entries)
    return [one.what for one in found if one.invariant == 2]


async def test_verify_compares_our_appointments_with_the_events(
    door: Door, calendars: Calendars, owner_engine: AsyncEngine
) -> None:
    day = workday(4)
    made = await door.book(at(10, day))
    number = made["id"]
    await door.until(number, "booked")
    assert await violations(owner_engine) == []

    person, path = calendars.person, f"{calendars.anna}{number}.ics"
    text = person.read(path)
    assert text is not None
    person.put(path, text.replace(stamp(at(10, day)), stamp(at(9, day))))
    assert await violations(owner_engine) == ["calendar has other times than we have"]
    person.put(path, text.replace("REVISION:0", "REVISION:7"))
    assert await violations(owner_engine) == ["calendar has another booking than the one we know"]
    person.put(path, text)
    copy = f"{calendars.ben}{number}.ics"
    person.put(copy, text)
    assert await violations(owner_engine) == [
        "a confirmed appointment has 2 live calendar bookings"
    ]
    person.delete(copy)
    person.delete(path)
    assert await violations(owner_engine) == [
        "a confirmed appointment has no live calendar booking"
    ]
    person.put(path, text)
    assert await violations(owner_engine) == []

    cancelled = await door.post(f"/{number}/cancel", {"reason": "krank"})
    assert cancelled["status"] == "cancelled", cancelled
    person.put(path, text)
    left = ["a live calendar booking has an appointment that is cancelled"]
    assert await violations(owner_engine) == left
    person.delete(path)
    assert await violations(owner_engine) == []


async def ask_free(engine: AsyncEngine, salon: Salon, shared: Shared, day: date) -> list[str]:
    """Anna's; why it is not known."""
    async with httpx.AsyncClient(trust_env=False) as nobody:
        fetched = await Availability(engine, nobody, Gates(shared), FreeTimes(shared.cache)).fetch(
            FetchAvailability(
                company_id=salon.company_id,
                branch_id=salon.branch_id,
                service_ids=(salon.services[0],),
                staff_ids=salon.staff[:1],
                from_day=day,
                to_day=day,
            )
        )
    return [one.reason for one in fetched.missing]


@dataclass(frozen=True)
class Broken:
    """What was changed of the connection, and what it leads to."""

    finding: str
    status: str
    word: str
    changes: Json


BROKEN = (
    Broken("unauthorised", "unauthorised", "app password", {"api_key": "ein anderes"}),
    Broken("no_calendar", "misconfigured", "deleted", {"settings": {"1": f"/{USER}/weg/"}}),
    Broken("some_failures", "degraded", "Nothing unless", {"base_url": "http://127.0.0.1:9"}),
)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.finding)
async def test_health_says_what_is_wrong_with_the_server_and_what_to_do(
    door: Door, engine: AsyncEngine, salon: Salon, shared: Shared, broken: Broken
) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        kept = await get_connection(session, provider="caldav")
    assert kept is not None
    day = workday(5 + BROKEN.index(broken))
    assert await ask_free(engine, salon, shared, day) == []
    assert await health(door) == ("ok", "ok", "Nothing.")

    calendars = broken.changes.get("settings")
    settings = {**kept.settings, "calendars": {**kept.settings["calendars"], **(calendars or {})}}
    await change_connection(engine, salon, broken.changes | {"settings": settings})
    try:
        reasons = await ask_free(engine, salon, shared, day + timedelta(days=1))
        status, finding, what_to_do = await health(door)
        unread = await verify_raises(engine, salon)
    finally:
        was = {name: getattr(kept, name) for name in ("api_key", "base_url", "settings")}
        await change_connection(engine, salon, was)
    assert reasons in (["refused"], ["no_answer"])
    assert (status, finding) == (broken.status, broken.finding)
    assert broken.word in what_to_do
    assert "HTTP" in unread or "Error" in unread


async def health(door: Door) -> tuple[str, str, str]:
    answer = await door.http.get("/api/health/calcom", headers={"X-API-Key": door.key})
    [one] = answer.json()["connections"]
    assert (one["provider"], one["requests_left"], one["sync"]) == ("caldav", None, None)
    return one["status"], one["finding"], one["what_to_do"]


async def change_connection(engine: AsyncEngine, salon: Salon, values: Json) -> None:
    async with tenant_session(engine, salon.company_id) as session:
        await session.execute(
            update(Connection).where(Connection.provider == "caldav").values(**values)
        )


async def verify_raises(engine: AsyncEngine, salon: Salon) -> str:
    async with tenant_session(engine, salon.company_id) as session:
        connection = await get_connection(session, provider="caldav")
    assert connection is not None
    with pytest.raises(CalendarUnreadableError) as told:
        await events_on_caldav(connection)
    return str(told.value)

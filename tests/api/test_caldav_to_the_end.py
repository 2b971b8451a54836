"""A company without Cal.com: HTTP door, engine, the real steps, PostgreSQL, and a real Radicale."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.availability import Availability
from activities.calendar_view import CalendarView
from activities.free_times import FreeTimes
from contracts.availability import FetchAvailability
from contracts.names import TaskQueue
from db.queries import catalogue
from db.queries.bookings import bookings_of
from db.queries.collections import connect_caldav
from db.queries.connections import list_event_types
from db.session import tenant_session
from domain.slots import holidays_of
from domain.slots.calendar_view import is_free
from domain.timespan import TimeSpan
from integrations.calcom.limits import Gates
from integrations.calcom.shared import Shared, open_shared
from sandbox.caller.desk import wait_until
from settings import Settings
from tests.api.test_appointments import new_api_key
from tests.builders.caldav import PASSWORD, USER, Person, Radicale, Wire, running_radicale, wired
from tests.builders.rows import Salon
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

"""One suite for whoever keeps the calendars: Cal.com's sandbox and a real Radicale."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from activities.asking import OUR_KEY
from activities.providers.port import (
    Absent,
    Cancelled,
    Created,
    NoAnswer,
    Ours,
    Refused,
    Theirs,
    Unclear,
)
from db.engine import make_engine
from db.queries.connections import ConnectionRecord, get_connection, upsert_connection
from db.session import tenant_session
from db.types import configure_encryption
from domain.timespan import TimeSpan
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from tests.builders.calcom import Desk, Desks
from tests.builders.caldav import PASSWORD, USER, Person, Radicale, Wire, running_radicale, wired
from tests.builders.postgres import postgres_for_tests
from tests.builders.rows import Salon, make_salon
from tests.contract.calendar_rules import (
    DAY,
    HALF_HOUR,
    Calendar,
    CalendarRules,
    Connected,
    Fault,
    Operation,
    at,
    created,
    free_on,
    later,
    make_visit,
    span,
)

SILENCE_S = 1.5
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[AsyncEngine]:
    configure_encryption([Fernet.generate_key().decode()])
    with postgres_for_tests() as postgres, postgres.database() as database:
        made = make_engine(database.app_url, pool_size=5, application_name="test")
        yield made
        await made.dispose()


@pytest.fixture(scope="module")
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


@pytest.fixture(scope="module")
async def opened() -> AsyncIterator[tuple[httpx.AsyncClient, Gates]]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        shared = await stack.enter_async_context(open_shared("mem://"))
        yield http, Gates(shared)


async def connect(
    engine: AsyncEngine, salon: Salon, provider: str, base_url: str, key: str, **settings: object
) -> ConnectionRecord:
    async with tenant_session(engine, salon.company_id) as session:
        made = await upsert_connection(
            session, provider=provider, base_url=base_url, api_key=key, settings=settings
        )
        found = await get_connection(session, connection_id=made)
    assert found is not None
    return found


# --- Cal.com -----------------------------------------------------------------------------------


@dataclass
class CalcomCalendar(Connected):
    desk: Desk

    @override
    def enter(self, taken: TimeSpan) -> None:
        self.desk.booked(taken.start_at.strftime("%Y-%m-%dT%H:%M:%SZ"))

    @override
    def standing(self, appointment_id: UUID) -> list[TimeSpan]:
        return [
            TimeSpan(*(_instant(one[end]) for end in ("start", "end")))
            for one in self._bookings(appointment_id)
        ]

    @override
    def texts(self, appointment_id: UUID) -> str:
        return str(self._bookings(appointment_id))

    @override
    def break_next(self, operation: Operation, fault: Fault) -> None:
        operations = {
            "create": "create_booking",
            "move": "reschedule_booking",
            "cancel": "cancel_booking",
            "free": "get_slots",
            "find": "list_bookings",
        }
        how = {"fault": "delay", "delay_s": SILENCE_S} if fault == "silence" else {"fault": fault}
        self.desk.order_fault(operation=operations[operation], **how)

    def _bookings(self, appointment_id: UUID) -> list[dict[str, str]]:
        params = {
            "api_key": self.desk.key,
            "metadata_key": OUR_KEY,
            "metadata_value": str(appointment_id),
        }
        found = self.desk.http.get("/sandbox/bookings", params=params).json()["bookings"]
        return [one for one in found if one["status"] == "accepted"]


class TestCalcom(CalendarRules):
    @pytest.fixture
    async def calendar(
        self,
        engine: AsyncEngine,
        salon: Salon,
        desks: Desks,
        opened: tuple[httpx.AsyncClient, Gates],
    ) -> Calendar:
        desk = desks()
        connection = await connect(engine, salon, "calcom", desk.url, desk.key)
        return CalcomCalendar(
            engine, salon.company_id, connection, desk.type_id, *opened, desk=desk
        )

    async def test_a_booking_that_is_not_found_and_is_there_is_cancelled_at_the_next_try(
        self, calendar: CalcomCalendar
    ) -> None:
        visit, entry = await created(calendar, span(10))
        calendar.desk.order_fault(operation="cancel_booking", fault="not_found")
        assert isinstance(await calendar.provider.cancel(visit, entry.uid, "Abgesagt"), Unclear)
        assert await calendar.provider.cancel(visit, entry.uid, "Abgesagt") == Cancelled()
        assert calendar.standing(visit.appointment_id) == []


# --- CalDAV ------------------------------------------------------------------------------------


@dataclass
class CaldavCalendar(Connected):
    person: Person
    path: str
    wire: Wire

    @override
    def enter(self, taken: TimeSpan) -> None:
        self.person.enter_span(self.path, taken)

    @override
    def standing(self, appointment_id: UUID) -> list[TimeSpan]:
        return [
            TimeSpan(*(_instant(_value(text, name)) for name in ("DTSTART", "DTEND")))
            for text in self._objects(appointment_id)
        ]

    @override
    def texts(self, appointment_id: UUID) -> str:
        return "".join(self._objects(appointment_id)).replace("\r\n ", "")

    @override
    def break_next(self, operation: Operation, fault: Fault) -> None:
        method = {
            "create": "PUT",
            "move": "PUT",
            "cancel": "DELETE",
            "free": "REPORT",
            "find": "GET",
        }
        self.wire.order(method[operation], fault)

    def _objects(self, appointment_id: UUID) -> list[str]:
        mark = f"X-ASKPROAI-APPOINTMENT:{appointment_id}"
        return [text for text in self.person.all(self.path) if mark in text.replace("\r\n ", "")]

    def object_of(self, appointment_id: UUID) -> str:
        return f"{self.path}{appointment_id}.ics"


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with running_radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


class TestCaldav(CalendarRules):
    @pytest.fixture
    async def calendar(
        self,
        engine: AsyncEngine,
        salon: Salon,
        radicale: Radicale,
        opened: tuple[httpx.AsyncClient, Gates],
    ) -> AsyncIterator[CaldavCalendar]:
        person = radicale.person()
        path = person.new_calendar()
        async with wired(radicale) as wire:
            connection = await connect(
                engine,
                salon,
                "caldav",
                wire.url,
                PASSWORD,
                username=USER,
                calendars={"1": path},
            )
            yield CaldavCalendar(
                engine,
                salon.company_id,
                connection,
                1,
                *opened,
                person=person,
                path=path,
                wire=wire,
            )
            assert wire.waiting == 0
        person.close()

    async def test_every_week_means_this_week_but_not_the_one_that_was_moved(
        self, calendar: CaldavCalendar
    ) -> None:
        weekly = f"DTSTART;TZID=Europe/Berlin:{DAY - timedelta(weeks=8):%Y%m%d}T100000"
        lines = ("DURATION:PT30M", "RRULE:FREQ=WEEKLY")
        skipped = f"EXDATE;TZID=Europe/Berlin:{DAY + timedelta(weeks=1):%Y%m%d}T100000"
        calendar.person.enter(calendar.path, weekly, *lines, skipped)
        assert await free_on(calendar, DAY) == (
            TimeSpan(at(0), at(10)),
            TimeSpan(at(10, 30), at(0, day=DAY + timedelta(days=1))),
        )
        after = DAY + timedelta(weeks=1)
        assert await free_on(calendar, after) == (whole(after),)
        refused = await calendar.provider.create(make_visit(calendar, span(10)))
        assert isinstance(refused, Refused)

    async def test_a_day_off_is_that_day_and_no_other(self, calendar: CaldavCalendar) -> None:
        calendar.person.enter_days(calendar.path, DAY, DAY + timedelta(days=1))
        assert await free_on(calendar, DAY) == ()
        for beside in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
            assert await free_on(calendar, beside) == (whole(beside),)

    async def test_time_without_a_zone_is_the_branchs(self, calendar: CaldavCalendar) -> None:
        times = (f"DTSTART:{DAY:%Y%m%d}T100000", f"DTEND:{DAY:%Y%m%d}T103000")
        calendar.person.enter(calendar.path, *times)
        assert not any(one.overlaps(span(10)) for one in await free_on(calendar, DAY))
        assert any(one.contains(span(11)) for one in await free_on(calendar, DAY))

    @pytest.mark.parametrize("mark", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
    async def test_what_takes_no_time_is_free(self, calendar: CaldavCalendar, mark: str) -> None:
        calendar.person.enter_span(calendar.path, span(10), mark)
        assert await free_on(calendar, DAY) == (whole(DAY),)
        assert isinstance(await calendar.provider.create(make_visit(calendar, span(10))), Created)

    @pytest.mark.parametrize(("night", "hours"), [(SPRING, 23), (AUTUMN, 25)])
    async def test_the_day_on_which_the_clocks_change_is_as_long_as_it_is(
        self, calendar: CaldavCalendar, night: date, hours: int
    ) -> None:
        [free] = await free_on(calendar, night)
        assert free.duration == timedelta(hours=hours)
        visit, _ = await created(calendar, TimeSpan(at(1, 30, night), at(1, 30, night) + HALF_HOUR))
        assert calendar.standing(visit.appointment_id) == [span(1, 30, night)]
        parts = await free_on(calendar, night)
        assert sum((one.duration for one in parts), HALF_HOUR) == timedelta(hours=hours)

    async def test_each_monday_at_ten_stays_at_ten_when_the_clocks_change(
        self, calendar: CaldavCalendar
    ) -> None:
        weekly = f"DTSTART;TZID=Europe/Berlin:{SPRING - timedelta(weeks=1):%Y%m%d}T100000"
        calendar.person.enter(calendar.path, weekly, "DURATION:PT30M", "RRULE:FREQ=WEEKLY")
        before, _ = await free_on(calendar, SPRING)
        assert before.end_at == at(10, day=SPRING)

    async def test_what_a_person_wrote_into_it_stays_when_it_moves(
        self, calendar: CaldavCalendar
    ) -> None:
        visit, entry = await created(calendar, span(10))
        path = calendar.object_of(visit.appointment_id)
        text = calendar.person.read(path) or ""
        calendar.person.put(path, text.replace("END:VEVENT", "COMMENT:Allergie\r\nEND:VEVENT"))
        moved = await calendar.provider.move(later(visit, span(14)), entry.uid)
        assert isinstance(moved, Created)
        assert "COMMENT:Allergie" in calendar.texts(visit.appointment_id)

    async def test_moved_by_a_person_it_is_still_ours(self, calendar: CaldavCalendar) -> None:
        visit, entry = await created(calendar, span(10))
        path = calendar.object_of(visit.appointment_id)
        text = calendar.person.read(path) or ""
        hours = {f"T{at(10):%H%M}": f"T{at(15):%H%M}", f"T{at(10, 30):%H%M}": f"T{at(15, 30):%H%M}"}
        for old, new in hours.items():
            text = text.replace(old, new)
        calendar.person.put(path, text)
        assert await calendar.provider.find(visit) == Ours(entry=entry)
        assert await calendar.provider.cancel(visit, entry.uid, "Abgesagt") == Cancelled()
        assert calendar.standing(visit.appointment_id) == []

    async def test_a_move_of_what_a_person_deleted_makes_it_anew(
        self, calendar: CaldavCalendar
    ) -> None:
        visit, entry = await created(calendar, span(10))
        calendar.person.delete(calendar.object_of(visit.appointment_id))
        assert await calendar.provider.find(visit) == Absent()
        moved = await calendar.provider.move(later(visit, span(14)), entry.uid)
        assert isinstance(moved, Created)
        assert calendar.standing(visit.appointment_id) == [span(14)]

    async def test_back_at_the_same_person_an_old_event_left_behind_becomes_the_new(
        self, calendar: CaldavCalendar
    ) -> None:
        first, entry = await created(calendar, span(10))
        third = later(later(first, span(12)), span(14))
        again = await calendar.provider.create(third)
        assert isinstance(again, Created)
        # The late cancellation of the first slot does not take the third one with it.
        assert await calendar.provider.cancel(first, entry.uid, "Abgesagt") == Cancelled()
        assert calendar.standing(first.appointment_id) == [span(14)]

    async def test_no_attendee_is_in_it_to_whom_a_server_would_write(
        self, calendar: CaldavCalendar
    ) -> None:
        visit, _ = await created(calendar, span(10))
        told = calendar.texts(visit.appointment_id)
        assert "Schnitt: Erika Beispiel" in told
        assert not any(word in told for word in ("ATTENDEE", "ORGANIZER", "mailto", "@anrufer"))

    async def test_a_calendar_that_is_not_there_is_a_matter_of_configuration(
        self, calendar: CaldavCalendar
    ) -> None:
        gone = replace(calendar.connection, settings={"username": USER, "calendars": {"1": "/weg"}})
        refused = await calendar._of(gone).create(make_visit(calendar, span(10)))
        assert isinstance(refused, Refused)
        assert refused.cause == "configuration"

    async def test_a_calendar_that_nobody_mapped_is_never_free(
        self, calendar: CaldavCalendar
    ) -> None:
        with pytest.raises(NoAnswer) as raised:
            await free_on(calendar, DAY, calendar._of(replace(calendar.connection, settings={})))
        assert raised.value.reason == "refused"

    async def test_taken_and_ours_and_theirs_are_told_apart_beside_each_other(
        self, calendar: CaldavCalendar
    ) -> None:
        visit, entry = await created(calendar, span(10))
        calendar.enter(span(10))
        assert await calendar.provider.find(visit) == Ours(entry=entry)
        assert await calendar.provider.find(make_visit(calendar, span(10))) == Theirs()


def whole(day: date) -> TimeSpan:
    return TimeSpan(at(0, day=day), at(0, day=day + timedelta(days=1)))


def _value(text: str, name: str) -> str:
    [line] = [one for one in text.splitlines() if one.startswith(name)]
    return line.split(":", 1)[1]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)

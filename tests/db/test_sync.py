"""The steps that keep both calendars the same, on PostgreSQL and at the Cal.com sandbox."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities import sync as steps
from activities.asking import OUR_KEY
from activities.sync import CalendarSync
from contracts.appointments import BookInCalendar, CalendarBooked
from contracts.calendar_events import CalendarEvent
from contracts.sync import (
    CalendarsCompared,
    ChangesPolled,
    CompareCalendars,
    FinishCompare,
    MappingRead,
    PollChanges,
    ReadMapping,
)
from db.queries import blocks, slots, sync, webhooks
from db.queries.appointments import booking_uid_hash
from db.queries.blocks import NewBlock, WhoseTime
from db.queries.connections import list_event_types
from db.queries.rest import list_callbacks
from db.queries.sync import StateRecord
from db.session import platform_session, tenant_session
from integrations.calcom.limits import Gates
from integrations.calcom.shared import open_shared
from integrations.calcom.webhooks import uid_in
from sandbox.calcom.running import Running
from tests.builders.calcom import EVENT_TYPES, Desk, Desks
from tests.builders.office import DAY, Office, connect, local, make_desk, opened
from tests.builders.rows import make_allocation, make_appointment, make_salon

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
LATER = datetime.now(UTC) + timedelta(minutes=1)


@dataclass
class Syncing:
    """An office, and what was passed on of its calendar."""

    office: Office
    sync: CalendarSync
    started: list[CalendarEvent] = field(default_factory=list)

    @property
    def about(self) -> dict[str, UUID]:
        return {
            "company_id": self.office.salon.company_id,
            "connection_id": self.office.connection_id,
        }

    async def start(self, event: CalendarEvent) -> None:
        self.started.append(event)
        async with platform_session(self.office.engine) as session:
            await webhooks.mark_signalled(session, event.event_id)

    async def poll(self, pages_max: int = 5) -> ChangesPolled:
        return await self.sync.poll(PollChanges(**self.about, pages_max=pages_max))

    async def compare(self, round_at: datetime = LATER) -> CalendarsCompared:
        """A whole round over the next weeks."""
        now = datetime.now(UTC)
        compared = await self.sync.compare(
            CompareCalendars(**self.about, from_at=now, to_at=now + 2 * WEEK, round_at=round_at)
        )
        await self.sync.finish(
            FinishCompare(
                **self.about,
                round_at=round_at,
                until_at=now + 2 * WEEK,
                bookings=compared.bookings,
                appointments=compared.appointments,
            )
        )
        return compared

    async def passed_on(self) -> list[str]:
        """Uids of the bookings that events were started about, in order; forgotten then."""
        ids = [event.event_id for event in self.started]
        self.started.clear()
        async with platform_session(self.office.engine) as session:
            stored = {one.id: one for one in await webhooks.read_events(session, ids)}
        return [str(uid_in(stored[event_id].body)) for event_id in ids]

    async def book(self, hour: int = 10) -> tuple[UUID, str]:
        """Booked in both calendars as the saga does it; the appointment, and its booking's uid."""
        office, start_at = self.office, local(DAY, hour)
        async with tenant_session(office.engine, office.salon.company_id) as session:
            appointment_id = await make_appointment(session, office.salon, start_at=start_at)
            allocation = make_allocation(office.salon, start_at=start_at)
            assert await slots.try_reserve(
                session, appointment_id=appointment_id, revision=0, allocation=allocation
            )
        answered = await office.calendar.book(
            BookInCalendar(
                company_id=office.salon.company_id, appointment_id=appointment_id, revision=0
            )
        )
        assert isinstance(answered.answer, CalendarBooked)
        [booking] = self.carrying(appointment_id)
        async with tenant_session(office.engine, office.salon.company_id) as session:
            await slots.confirm(
                session,
                appointment_id=appointment_id,
                revision=0,
                booking_uid=booking["uid"],
                booking_id=booking["id"],
            )
        return appointment_id, str(booking["uid"])

    def carrying(self, appointment_id: UUID) -> list[dict[str, Any]]:
        listed = self.office.desk.listed()
        return [one for one in listed if one["metadata"].get(OUR_KEY) == str(appointment_id)]

    def person_books(self, hour: int, slug: str = "anna", **metadata: str) -> str:
        """Somebody at Cal.com's own page; the uid."""
        start = local(DAY, hour).strftime("%Y-%m-%dT%H:%M:%SZ")
        type_id = self.office.desk.types[slug]
        made = self.office.desk.booked(start, eventTypeId=type_id, metadata=metadata)
        return str(made["uid"])

    async def tasks(self, status: str = "open") -> list[Any]:
        async with tenant_session(self.office.engine, self.office.salon.company_id) as session:
            listed = await list_callbacks(session, limit=50)
            return [one for one in listed.items if one.status == status]

    async def state(self) -> StateRecord:
        async with tenant_session(self.office.engine, self.office.salon.company_id) as session:
            return await sync.get_state(session, self.office.connection_id)


@pytest.fixture
async def syncing(engine: AsyncEngine, desks: Desks) -> AsyncIterator[Syncing]:
    salon, desk = await make_salon(engine), make_desk(desks)
    connection_id = await connect(engine, salon, desk)
    async with (
        opened(engine, salon, connection_id, desk, "mem://") as office,
        httpx.AsyncClient(trust_env=False) as http,
        open_shared("mem://") as shared,
    ):
        made: list[Syncing] = []

        async def start(event: CalendarEvent) -> None:
            await made[0].start(event)

        made.append(Syncing(office=office, sync=CalendarSync(engine, http, Gates(shared), start)))
        yield made[0]


def desk_of(syncing: Syncing) -> Desk:
    return syncing.office.desk


# --- changes ------------------------------------------------------------------------------------


async def test_what_we_booked_ourselves_is_no_news(syncing: Syncing) -> None:
    await syncing.book()
    polled = await syncing.poll()
    assert (polled.seen, polled.told, polled.more) == (1, 0, False)
    assert await syncing.passed_on() == []


async def test_what_people_do_there_is_passed_on_once_each_time(syncing: Syncing) -> None:
    _, ours = await syncing.book()
    theirs = syncing.person_books(13)
    assert (await syncing.poll()).told == 1
    assert await syncing.passed_on() == [theirs]
    assert (await syncing.poll()).told == 0  # read twice, told once
    moved = desk_of(syncing).act(ours, "reschedule", start=local(DAY, 15).isoformat()).json()
    assert (await syncing.poll()).told == 2
    assert set(await syncing.passed_on()) == {ours, str(moved["data"]["uid"])}


async def test_a_poll_goes_on_where_the_last_one_stopped(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_TAKE", 2)
    uids = [syncing.person_books(hour, slug) for hour in range(9, 12) for slug in ("anna", "ben")]
    told, rounds = [], 0
    while (polled := await syncing.poll(pages_max=1)).more:
        rounds += 1
        told += await syncing.passed_on()
        assert rounds < 20
        # What lies within the overlap would be read again from its beginning.
        monkeypatch.setattr(steps, "OVERLAP", timedelta(0))
    told += await syncing.passed_on()
    assert (polled.more, sorted(told)) == (False, sorted(uids))


async def test_cal_com_away_is_written_down_and_comes_again(syncing: Syncing) -> None:
    desk_of(syncing).order_fault(operation="list_bookings", fault="status", status=503)
    with pytest.raises(ApplicationError, match="503"):
        await syncing.poll()
    assert (await syncing.state()).failed_with == "CalcomUnavailable"
    await syncing.poll()
    state = await syncing.state()
    assert state.failed_with is None
    assert state.polled_at is not None


# --- both beside each other ---------------------------------------------------------------------


async def test_calendars_that_are_the_same_have_nothing_to_tell(syncing: Syncing) -> None:
    await syncing.book(10)
    await syncing.book(12)
    compared = await syncing.compare()
    assert (compared.bookings, compared.appointments, compared.found) == (2, 2, {})
    assert await syncing.passed_on() == []
    assert (await syncing.state()).compared_at == LATER
    assert not (await syncing.poll()).compare_due


async def test_a_late_commit_is_found_as_one_booking_too_many(syncing: Syncing) -> None:
    appointment_id, _ = await syncing.book(10)
    late = syncing.person_books(14, **{OUR_KEY: str(appointment_id)})
    assert (await syncing.compare()).found == {"surplus": 1}
    assert await syncing.passed_on() == [late]
    assert await syncing.tasks() == []


async def test_a_booking_of_what_is_over_is_found(syncing: Syncing) -> None:
    appointment_id, uid = await syncing.book()
    async with tenant_session(syncing.office.engine, syncing.office.salon.company_id) as session:
        await slots.release(session, appointment_id, status="cancelled", reason="test")
    assert (await syncing.compare()).found == {"orphan": 1}
    assert await syncing.passed_on() == [uid]


async def test_what_a_person_moved_or_cancelled_unheard_is_followed(syncing: Syncing) -> None:
    _, moved = await syncing.book(10)
    _, ended = await syncing.book(12)
    answer = desk_of(syncing).act(moved, "reschedule", start=local(DAY, 15).isoformat())
    desk_of(syncing).act(ended, "cancel", cancellationReason="krank")
    assert (await syncing.compare()).found == {"moved": 1, "ended": 1}
    assert set(await syncing.passed_on()) == {str(answer.json()["data"]["uid"]), ended}
    assert await syncing.tasks() == []


async def test_a_booking_that_vanished_without_a_word_is_for_people_until_it_is_there_again(
    syncing: Syncing, sandbox: Running
) -> None:
    appointment_id, uid = await syncing.book()
    lost = sandbox.world.bookings.pop(uid)
    assert (await syncing.compare()).found == {"missing": 1}
    assert (await syncing.compare(LATER + HOUR)).asked == 0
    assert await syncing.passed_on() == []
    [task] = await syncing.tasks()
    assert (task.source, task.reason, task.urgency) == ("calendar", "calendar_drift", "high")
    assert (task.appointment_id, task.details["proposal"]) == (
        appointment_id,
        "book_again_or_cancel",
    )
    sandbox.world.bookings[uid] = lost
    assert (await syncing.compare(LATER + 2 * HOUR)).found == {}
    assert await syncing.tasks() == []
    assert [one.id for one in await syncing.tasks("done")] == [task.id]


async def test_what_should_have_mended_itself_and_did_not_is_for_people(syncing: Syncing) -> None:
    appointment_id, _ = await syncing.book(10)
    late = syncing.person_books(14, **{OUR_KEY: str(appointment_id)})
    await syncing.compare()
    assert await syncing.tasks() == []
    # The same round again, as after a worker that died, counts once.
    await syncing.compare()
    assert await syncing.tasks() == []
    await syncing.compare(LATER + HOUR)
    [task] = await syncing.tasks()
    assert (task.details["kind"], task.details["proposal"]) == ("surplus", "cancel_in_calendar")
    assert await syncing.passed_on() == [late, late]
    desk_of(syncing).act(late, "cancel", cancellationReason="doppelt")
    await syncing.compare(LATER + 2 * HOUR)
    assert await syncing.tasks() == []


async def test_a_booking_in_another_persons_calendar_is_for_people(
    syncing: Syncing, sandbox: Running
) -> None:
    _, uid = await syncing.book()
    booking = sandbox.world.bookings[uid]
    bens = desk_of(syncing).types["ben"]
    sandbox.world.bookings[uid] = booking.model_copy(update={"event_type_id": bens})
    assert (await syncing.compare()).found == {"other_calendar": 1}
    assert [task.details["proposal"] for task in await syncing.tasks()] == ["reassign_or_move"]


async def test_peoples_bookings_that_no_event_told_of_are_passed_on_once(syncing: Syncing) -> None:
    theirs = syncing.person_books(13)
    assert (await syncing.compare()).passed_on == 1
    assert await syncing.passed_on() == [theirs]
    assert (await syncing.compare(LATER + HOUR)).passed_on == 0


async def test_time_that_a_person_gave_back_unheard_is_looked_at(syncing: Syncing) -> None:
    uid = syncing.person_books(13)
    office = syncing.office
    async with tenant_session(office.engine, office.salon.company_id) as session:
        await blocks.put_block(
            session,
            NewBlock(
                connection_id=office.connection_id,
                whose=WhoseTime(
                    staff_id=office.salon.staff[0], resource_id=office.salon.staff_resources[0]
                ),
                booking_id=1,
                booking_uid=uid,
                uid_hash=booking_uid_hash(uid),
                event_type_id=desk_of(syncing).types["anna"],
                start_at=local(DAY, 13),
                end_at=local(DAY, 13, 30),
            ),
        )
    assert (await syncing.compare()).passed_on == 0
    desk_of(syncing).act(uid, "cancel", cancellationReason="krank")
    await syncing.compare(LATER + HOUR)
    assert await syncing.passed_on() == [uid]


# --- whose event types --------------------------------------------------------------------------


async def test_event_types_are_proposed_by_their_names_and_nothing_is_changed(
    engine: AsyncEngine, syncing: Syncing
) -> None:
    office = syncing.office
    answer = desk_of(syncing).http.post(
        "/v2/event-types",
        json={"lengthInMinutes": 30, "title": "Farbe bei Ben Muster", "slug": "farbe-ben"},
        headers=EVENT_TYPES | desk_of(syncing).auth,
    )
    assert answer.status_code == 201, answer.text
    read = await syncing.sync.read_mapping(ReadMapping(**syncing.about))
    assert read == MappingRead(mapped=2, proposed=1)
    async with tenant_session(engine, office.salon.company_id) as session:
        proposals = await sync.list_proposals(session, office.connection_id)
        types = await list_event_types(session)
    [proposed] = [one for one in proposals if one.status == "proposed"]
    assert proposed.to.staff_id == office.salon.staff[1]
    assert (proposed.to.branch_id, proposed.to.service_id) == (
        office.salon.branch_id,
        office.salon.services[1],
    )
    assert len(types) == 2
    again = await syncing.sync.read_mapping(ReadMapping(**syncing.about))
    assert again == read


async def test_an_event_type_that_is_gone_is_shown(syncing: Syncing, sandbox: Running) -> None:
    del sandbox.world.event_types[desk_of(syncing).types["ben"]]
    read = await syncing.sync.read_mapping(ReadMapping(**syncing.about))
    assert read == MappingRead(mapped=1, gone=1)

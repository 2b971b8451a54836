"""Both calendars kept the same: what changed at Cal.com is read, and both are compared.

Nothing is changed here. A booking that is news becomes a stored event and takes the way of a
webhook, where it is looked up afresh before anything is done about it.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.asking import OUR_KEY, Asking, retryable
from activities.sync_mapping import read_mapping
from contracts.calendar_events import CalendarEvent, StartCalendarEvent, source_of
from contracts.sync import (
    CalendarsCompared,
    ChangesPolled,
    CompareCalendars,
    CompareFinished,
    FinishCompare,
    MappingRead,
    PollChanges,
    ReadMapping,
    SyncSteps,
)
from db.queries import connections, sync, webhooks
from db.queries.appointments import booking_uid_hash
from db.queries.sync import KnownBooking
from db.session import tenant_session
from domain.drift import SELF_REPAIRED, Drift, TheirBooking, compare
from domain.timespan import TimeSpan
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomError
from integrations.calcom.limits import Gates
from integrations.calcom.query import MAX_TAKE
from integrations.calcom.schemas import Booking, BookingFilter
from integrations.calcom.webhooks import SEEN, seen_event

_log = structlog.get_logger(__name__)
# Offset paging over what changes skips rows, and clocks differ (contract 2.5): read twice.
OVERLAP = timedelta(minutes=5)
# A connection that was never read: the comparison sees what stands, this what happened just now.
FIRST_LOOK = timedelta(days=1)
COMPARE_EVERY = timedelta(hours=1)
# Appointments without a booking in the list are looked up one by one; more of them than this in ten
# days mean another account, and are noted by the rounds that follow.
LOOKED_UP_MAX = 50
# A booking's end is filtered at Cal.com, its start here: no booking is longer.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class News:
    """A booking's event, stored once under its id."""

    event_id: str
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, booking: Booking) -> "News":
        """The same as long as the booking does not change at Cal.com."""
        meaning, body = seen_event(booking)
        return cls(event_id=meaning, body=body)

    @classmethod
    def about(cls, uid: str, event_id: str) -> "News":
        """To be looked at once more, though it may not have changed."""
        body = {"triggerEvent": SEEN, "payload": {"uid": uid}}
        return cls(event_id=event_id, body=json.dumps(body).encode())


@dataclass(frozen=True, kw_only=True)
class _Calendar:
    """One connection, asked in the background."""

    company_id: UUID
    connection_id: UUID
    client: CalcomClient


class CalendarSync(SyncSteps):
    """`start` is the way of every event of Cal.com's to its workflow, given by `wiring`."""

    def __init__(
        self, engine: AsyncEngine, http: httpx.AsyncClient, gates: Gates, start: StartCalendarEvent
    ) -> None:
        self._engine = engine
        self._http = http
        self._gates = gates
        self._start = start
        self._asking = Asking(engine)

    @activity.defn(name="sync.poll")
    @override
    async def poll(self, request: PollChanges) -> ChangesPolled:
        async with self._asked(request.company_id, request.connection_id) as calendar:
            async with tenant_session(self._engine, request.company_id) as session:
                state = await sync.get_state(session, request.connection_id)
            now = datetime.now(UTC)
            since = (state.read_until or now - FIRST_LOOK) - OVERLAP
            seen, told, more = await self._read_changes(calendar, since, request.pages_max)
            async with tenant_session(self._engine, request.company_id) as session:
                await sync.save_state(
                    session, request.connection_id, polled_at=now, failed_with=None
                )
        due = state.compared_at is None or now - state.compared_at >= COMPARE_EVERY
        return ChangesPolled(seen=seen, told=told, more=more, compare_due=due)

    @activity.defn(name="sync.compare")
    @override
    async def compare(self, request: CompareCalendars) -> CalendarsCompared:
        window = TimeSpan(request.from_at, request.to_at)
        async with self._asked(request.company_id, request.connection_id) as calendar:
            theirs = await self._list(calendar, window)
            # Read after Cal.com: what was booked meanwhile is looked up there once more.
            ours, drifts = await self._differences(calendar, theirs, window)
            settled = await self._settle(calendar, drifts, theirs, request.round_at)
            settled.passed_on += await self._people(calendar, theirs, window, request.round_at)
        return CalendarsCompared(
            bookings=len(theirs),
            appointments=ours,
            found=dict(Counter(drift.kind for drift in drifts)),
            passed_on=settled.passed_on,
            asked=settled.asked,
        )

    @activity.defn(name="sync.finish")
    @override
    async def finish(self, request: FinishCompare) -> CompareFinished:
        async with tenant_session(self._engine, request.company_id) as session:
            ended = await sync.end_gone(
                session,
                request.connection_id,
                round_at=request.round_at,
                until=request.until_at,
            )
            await sync.save_state(
                session,
                request.connection_id,
                compared_at=request.round_at,
                compared_bookings=request.bookings,
                compared_appointments=request.appointments,
            )
        return CompareFinished(ended=ended)

    @activity.defn(name="sync.read_mapping")
    @override
    async def read_mapping(self, request: ReadMapping) -> MappingRead:
        async with self._asked(request.company_id, request.connection_id) as calendar:
            return await read_mapping(
                self._engine, calendar.client, request.company_id, request.connection_id
            )

    # --- changes ---------------------------------------------------------------------------

    async def _read_changes(
        self, calendar: _Calendar, since: datetime, pages_max: int
    ) -> tuple[int, int, bool]:
        """Seen, passed on, and whether there is more. What a page has told is told when the next is
        asked for, so a step that dies goes on where it was.
        """
        seen = told = skip = 0
        for _ in range(pages_max):
            wanted = BookingFilter(after_updated_at=since, sort="updated", take=MAX_TAKE, skip=skip)
            page = await calendar.client.list_bookings(wanted)
            seen += len(page.bookings)
            told += await self._pass_on(calendar, await self._news(calendar, page.bookings))
            latest = max((_changed_at(one) for one in page.bookings), default=since)
            await self._save_place(calendar, latest)
            if not page.pagination.has_next_page or not page.bookings:
                return seen, told, False
            # By what was read and not by counting: what changes meanwhile moves the count.
            skip = skip + len(page.bookings) if latest <= since else 0
            since = max(since, latest)
        return seen, told, True

    async def _save_place(self, calendar: _Calendar, latest: datetime) -> None:
        async with tenant_session(self._engine, calendar.company_id) as session:
            await sync.save_state(session, calendar.connection_id, read_until=latest)

    async def _news(self, calendar: _Calendar, listed: Sequence[Booking]) -> list[News]:
        """Those that are not what we believe them to be."""
        hashes = {booking_uid_hash(one.uid): one for one in listed}
        async with tenant_session(self._engine, calendar.company_id) as session:
            known = await sync.known_bookings(session, list(hashes))
        return [
            News.of(one) for uid_hash, one in hashes.items() if _is_news(one, known.get(uid_hash))
        ]

    async def _pass_on(self, calendar: _Calendar, news: Iterable[News]) -> int:
        """Stored and committed first; what is not started then is found by the sweep."""
        source = source_of(calendar.connection_id)
        told = 0
        for each in news:
            async with tenant_session(self._engine, calendar.company_id) as session:
                stored = await webhooks.store_event(
                    session,
                    source=source,
                    event_id=each.event_id,
                    kind=SEEN,
                    body=each.body,
                    company_id=calendar.company_id,
                )
            if stored.signalled:
                continue
            await self._start(
                CalendarEvent(
                    event_id=stored.id,
                    company_id=calendar.company_id,
                    connection_id=calendar.connection_id,
                    kind=SEEN,
                )
            )
            told += 1
        return told

    # --- both beside each other --------------------------------------------------------------

    async def _list(self, calendar: _Calendar, window: TimeSpan) -> list[Booking]:
        wanted = BookingFilter(
            statuses=("upcoming",),
            after_start_at=window.start_at,
            before_end_at=window.end_at + LONGEST,
            sort="start",
            take=MAX_TAKE,
        )
        # Paging by offset may give one twice when bookings come and go meanwhile.
        found = {one.uid: one async for one in calendar.client.iter_bookings(wanted)}
        return [one for one in found.values() if one.is_live and window.contains(one.start_at)]

    async def _differences(
        self, calendar: _Calendar, theirs: Sequence[Booking], window: TimeSpan
    ) -> tuple[int, list[Drift]]:
        named = [one for one in map(_their_booking, theirs) if one is not None]
        async with tenant_session(self._engine, calendar.company_id) as session:
            ours = await sync.our_appointments(
                session, window, [one.appointment_id for one in named]
            )
        drifts = compare(ours, named, window)
        missing = [drift for drift in drifts if drift.kind == "missing"]
        present = [drift for drift in drifts if drift.kind != "missing"]
        for drift in missing[:LOOKED_UP_MAX]:
            known = await self._look_up(calendar, drift)
            present += [known] if known is not None else []
        return len(ours), present

    async def _look_up(self, calendar: _Calendar, drift: Drift) -> Drift | None:
        """None: it is there after all. `ended`: Cal.com knows what became of it."""
        async with tenant_session(self._engine, calendar.company_id) as session:
            uid = await sync.uid_of(session, drift.appointment_id)
        booking = await calendar.client.get_booking(uid) if uid else None
        if booking is None or uid is None:
            return drift
        if booking.is_live and booking.start_at == drift.start_at:
            return None
        return Drift(
            kind="other_time" if booking.is_live else "ended",
            appointment_id=drift.appointment_id,
            uid_hash=booking_uid_hash(uid),
            start_at=drift.start_at,
            calendar_start_at=booking.start_at if booking.is_live else None,
        )

    async def _settle(
        self,
        calendar: _Calendar,
        drifts: Sequence[Drift],
        theirs: Sequence[Booking],
        round_at: datetime,
    ) -> "_Settled":
        """By itself where the rule is clear; what stands at the next round is for people."""
        uids = {booking_uid_hash(one.uid): one.uid for one in theirs}
        settled = _Settled()
        for drift in drifts:
            async with tenant_session(self._engine, calendar.company_id) as session:
                uid = await _uid(session, drift, uids)
                noted = await sync.note_drift(
                    session, calendar.connection_id, drift, uid=uid, round_at=round_at
                )
                mends_itself = drift.kind in SELF_REPAIRED and uid is not None
                if not mends_itself or noted.rounds > 1:
                    settled.asked += await sync.ask_people(session, noted, drift)
            if mends_itself and uid is not None:
                event_id = f"drift:{noted.id}:{noted.rounds}"
                settled.passed_on += await self._pass_on(calendar, [News.about(uid, event_id)])
            _log.warning("both calendars differ", kind=drift.kind, rounds=noted.rounds)
        return settled

    async def _people(
        self,
        calendar: _Calendar,
        theirs: Sequence[Booking],
        window: TimeSpan,
        round_at: datetime,
    ) -> int:
        """Bookings of people: each takes its time here, and none that is gone does."""
        of_people = [one for one in theirs if OUR_KEY not in one.metadata]
        news = await self._news(calendar, of_people)
        listed = [booking_uid_hash(one.uid) for one in theirs]
        async with tenant_session(self._engine, calendar.company_id) as session:
            stale = await sync.uids_of_blocks(
                session, calendar.connection_id, window, without=listed
            )
        hour = round_at.replace(minute=0, second=0, microsecond=0)
        news += [
            News.about(uid, f"block:{booking_uid_hash(uid)}:{hour.isoformat()}") for uid in stale
        ]
        return await self._pass_on(calendar, news)

    # --- asking ------------------------------------------------------------------------------

    @asynccontextmanager
    async def _asked(self, company_id: UUID, connection_id: UUID) -> AsyncIterator[_Calendar]:
        """What Cal.com could not answer is written down, and the engine comes back."""
        async with tenant_session(self._engine, company_id) as session:
            found = await connections.get_connection(session, connection_id=connection_id)
        if found is None or not found.api_key:
            raise ApplicationError("no connection", type="configuration", non_retryable=True)
        client = CalcomClient(
            found.base_url,
            found.api_key,
            http=self._http,
            intent="background",
            gate=self._gates.of(connection_id),
        )
        calendar = _Calendar(company_id=company_id, connection_id=connection_id, client=client)
        try:
            async with self._asking.logged(company_id, connection_id, "sync") as tell:
                yield calendar
                tell("answered")
        except CalcomError as error:
            async with tenant_session(self._engine, company_id) as session:
                await sync.save_state(session, connection_id, failed_with=type(error).__name__)
            raise retryable(error) from error


@dataclass(kw_only=True)
class _Settled:
    passed_on: int = 0
    asked: int = 0


def _is_news(booking: Booking, known: KnownBooking | None) -> bool:
    if known is None:
        return booking.is_live
    if not booking.is_live:
        return known.is_live
    same_time = (booking.start_at, booking.end_at) == (known.start_at, known.end_at)
    absent = any(attendee.absent for attendee in booking.attendees)
    return not known.is_live or not same_time or absent


def _changed_at(booking: Booking) -> datetime:
    return booking.updated_at or booking.created_at


def _their_booking(booking: Booking) -> TheirBooking | None:
    try:
        appointment_id = UUID(str(booking.metadata[OUR_KEY]))
    except (KeyError, ValueError):
        return None
    return TheirBooking(
        uid_hash=booking_uid_hash(booking.uid),
        booking_id=booking.id,
        appointment_id=appointment_id,
        start_at=booking.start_at,
        end_at=booking.end_at,
        event_type_id=booking.event_type_id,
    )


async def _uid(session: AsyncSession, drift: Drift, listed: dict[str, str]) -> str | None:
    if drift.uid_hash in listed:
        return listed[drift.uid_hash]
    return await sync.uid_of(session, drift.appointment_id)

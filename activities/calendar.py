"""The calendar: each step notes that it asks, looks before it asks again, and says what is there.

Cal.com has no idempotency key. What keeps a booking single is the order of things here, for every
provider alike: the request is noted in our database and committed, then sent; whoever finds a noted
request without an answer (a worker was killed, a connection cut, a 5xx came back) looks in the
calendar for our appointment's id until a late commit would have shown, and only then asks once
more. How a provider is asked, and what its answers mean, is behind the port (`providers/`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from typing_extensions import override

from activities.calendar_view import CalendarView
from activities.providers.choosing import Providers
from activities.providers.port import (
    Absent,
    CalendarProvider,
    Created,
    CreateOutcome,
    Entry,
    NoAnswer,
    Ours,
    Refused,
    Theirs,
    Unclear,
    Visit,
)
from contracts.appointments import (
    BookInCalendar,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    CalendarSteps,
    CancelInCalendar,
    Done,
)
from db.queries import bookings, outage
from db.queries.bookings import BookingRecord, RequestRecord
from db.session import tenant_session
from domain.timespan import TimeSpan
from integrations.calcom.limits import Gates
from integrations.caldav.breaker import CaldavGates
from observability.metrics import UNCLEAR_ANSWERS

# After an unclear answer a commit may still show; contract 2.4 looks at 1, 3 and 8 s.
LATE_COMMIT = timedelta(seconds=12)
# Whoever waits for somebody else looks again so soon: two small queries of our own database.
NEXT_TURN = timedelta(seconds=3)
NOT_MADE = "Die Buchung kam nicht zustande"


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """One slot, who keeps its calendar, and what was asked there before."""

    visit: Visit
    provider: CalendarProvider
    request: RequestRecord | None = None


class CompanyCalendar(CalendarSteps):
    """`view`: what is known of free times, which each of our changes makes older."""

    def __init__(
        self,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
        *,
        attendee_domain: str,
        gates: Gates,
        view: CalendarView,
        caldav: CaldavGates | None = None,
    ) -> None:
        self._engine = engine
        self._providers = Providers(
            engine, http, gates, attendee_domain=attendee_domain, caldav=caldav
        )
        self._view = view

    @activity.defn(name="calendar.book")
    @override
    async def book(self, request: BookInCalendar) -> CalendarAnswered:
        slot = await self._slot(request)
        if slot is None:
            return _not_configured()
        await self._await_turn(slot)
        known = await self._known(slot)
        if known is not None:
            return known
        await self._note(slot)
        async with self._nothing_sent_resolves(slot):
            outcome = await slot.provider.create(slot.visit)
        return await self._conclude(slot, outcome)

    @activity.defn(name="calendar.move")
    @override
    async def move(self, request: BookInCalendar) -> CalendarAnswered:
        slot = await self._slot(request)
        old = await self._booking_before(request)
        if slot is None or old is None:
            return _not_configured()
        answered = await self._known(slot)
        if answered is None:
            await self._note(slot)
            async with self._nothing_sent_resolves(slot):
                outcome = await slot.provider.move(slot.visit, old.booking_uid)
            answered = await self._conclude(slot, outcome)
        if isinstance(answered.answer, CalendarBooked):
            async with tenant_session(self._engine, request.company_id) as session:
                await bookings.mark_ended(session, request.appointment_id, old.revision)
            left = await self._open(request.company_id, request.appointment_id, old.revision)
            if left is not None:
                await self._changed(left.visit)
        return answered

    @activity.defn(name="calendar.cancel")
    @override
    async def cancel(self, request: CancelInCalendar) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            known = await bookings.bookings_of(session, request.appointment_id)
        booking = next((b for b in known if b.booking_id == request.booking_id), None)
        if booking is None:
            raise ApplicationError("no such booking", type="no_booking", non_retryable=True)
        slot = await self._open(request.company_id, request.appointment_id, booking.revision)
        if slot is None:
            raise ApplicationError("no connection", type="configuration", non_retryable=True)
        await self._cancel(slot, booking.booking_uid, request.reason)
        async with tenant_session(self._engine, request.company_id) as session:
            await bookings.mark_ended(session, request.appointment_id, booking.revision)
        return Done()

    @activity.defn(name="calendar.withdraw")
    @override
    async def withdraw(self, request: BookInCalendar) -> Done:
        """After giving up: cancels what an unanswered request may have left behind."""
        slot = await self._slot(request)
        if slot is None or slot.request is None:
            return Done()
        if slot.request.booking_id is not None:  # it came in time, and its worker died with it
            return await self.cancel(
                CancelInCalendar(
                    company_id=request.company_id,
                    appointment_id=request.appointment_id,
                    booking_id=slot.request.booking_id,
                    reason=NOT_MADE,
                )
            )
        if not slot.request.is_unresolved:
            return Done()
        found = await self._look(slot)
        if found is not None:
            await self._cancel(slot, found.uid, NOT_MADE)
        elif _may_still_show(slot.request):
            raise _not_visible_yet()
        async with tenant_session(self._engine, request.company_id) as session:
            await bookings.resolve_request(session, request.appointment_id, request.revision)
        return Done()

    # --- before a request ------------------------------------------------------------------

    async def _slot(self, request: BookInCalendar) -> _Slot | None:
        slot = await self._open(request.company_id, request.appointment_id, request.revision)
        if slot is None:
            return None
        async with tenant_session(self._engine, request.company_id) as session:
            earlier = await bookings.get_request(session, request.appointment_id, request.revision)
        return replace(slot, request=earlier)

    async def _open(self, company_id: UUID, appointment_id: UUID, revision: int) -> _Slot | None:
        async with tenant_session(self._engine, company_id) as session:
            order = await bookings.get_order(session, appointment_id, revision)
        if order is None:
            return None
        visit = Visit(
            company_id=company_id, appointment_id=appointment_id, revision=revision, order=order
        )
        return _Slot(visit=visit, provider=self._providers.of(company_id, order.connection))

    async def _booking_before(self, request: BookInCalendar) -> BookingRecord | None:
        async with tenant_session(self._engine, request.company_id) as session:
            known = await bookings.bookings_of(session, request.appointment_id)
        return next((b for b in known if b.revision < request.revision), None)

    async def _known(self, slot: _Slot) -> CalendarAnswered | None:
        """What an earlier try came to; None when it is (again) time to ask."""
        earlier = slot.request
        if earlier is None:
            return None
        if earlier.booking_id is not None:
            return CalendarAnswered(answer=CalendarBooked(booking_id=earlier.booking_id))
        if not earlier.is_unresolved:
            return None
        found = await self._look(slot)
        if found is not None:
            return await self._booked(slot, found)
        if _may_still_show(earlier):
            raise _not_visible_yet()
        return None

    async def _await_turn(self, slot: _Slot) -> None:
        """After an outage those are booked first who were promised first (`docs/sync.md`)."""
        visit = slot.visit
        async with tenant_session(self._engine, visit.company_id) as session:
            await outage.enter_queue(
                session,
                appointment_id=visit.appointment_id,
                revision=visit.revision,
                event_type_id=visit.order.event_type_id,
            )
            behind = await outage.is_behind_others(session, visit.appointment_id, visit.revision)
        if behind:
            raise _not_your_turn()

    async def _note(self, slot: _Slot) -> None:
        async with tenant_session(self._engine, slot.visit.company_id) as session:
            await bookings.note_request(
                session,
                appointment_id=slot.visit.appointment_id,
                revision=slot.visit.revision,
                event_type_id=slot.visit.order.event_type_id,
            )

    async def _resolve(self, slot: _Slot) -> None:
        visit = slot.visit
        async with tenant_session(self._engine, visit.company_id) as session:
            await bookings.resolve_request(session, visit.appointment_id, visit.revision)

    # --- requests --------------------------------------------------------------------------

    @asynccontextmanager
    async def _nothing_sent_resolves(self, slot: _Slot) -> AsyncIterator[None]:
        """A request that never left, or was turned away unread, leaves no doubt behind."""
        async with _for_the_engine():
            try:
                yield
            except NoAnswer as failed:
                if failed.untouched:
                    await self._resolve(slot)
                raise

    async def _look(self, slot: _Slot) -> Entry | None:
        async with _for_the_engine():
            found = await slot.provider.find(slot.visit)
        match found:
            case Ours(entry=entry):
                return entry
            case Theirs() | Absent():
                return None

    async def _cancel(self, slot: _Slot, uid: str, reason: str) -> None:
        """Cancelling twice is harmless: the second answer says "cancelled already"."""
        async with _for_the_engine():
            outcome = await slot.provider.cancel(slot.visit, uid, reason)
        if isinstance(outcome, Unclear):
            raise _unclear(slot, outcome, "cancel_booking")
        if isinstance(outcome, Refused):
            raise ApplicationError(
                f"{outcome.cause}: {outcome.message}", type=outcome.cause, non_retryable=True
            )
        await self._changed(slot.visit)

    # --- after a request -------------------------------------------------------------------

    async def _conclude(self, slot: _Slot, outcome: CreateOutcome) -> CalendarAnswered:
        """A result that can be believed, or an error after which the engine comes back to look."""
        if isinstance(outcome, Unclear):
            raise _unclear(slot, outcome, "write")
        if isinstance(outcome, Created):
            return await self._booked(slot, outcome.entry)
        if outcome.may_be_ours:
            found = await self._look(slot)
            if found is not None:
                return await self._booked(slot, found)
        await self._resolve(slot)
        if outcome.cause == "slot_gone":
            await self._refused(slot.visit)
        return CalendarAnswered(
            answer=CalendarRefused(
                cause=outcome.cause, message=outcome.message, request_id=outcome.request_id
            )
        )

    async def _booked(self, slot: _Slot, entry: Entry) -> CalendarAnswered:
        async with tenant_session(self._engine, slot.visit.company_id) as session:
            await bookings.remember_booking(
                session,
                appointment_id=slot.visit.appointment_id,
                revision=slot.visit.revision,
                booking_id=entry.number,
                booking_uid=entry.uid,
            )
        await self._changed(slot.visit)
        return CalendarAnswered(answer=CalendarBooked(booking_id=entry.number))

    async def _changed(self, visit: Visit) -> None:
        """What was known of the free times around this slot is no longer so."""
        await self._view.drop_span(*_whose_span(visit))

    async def _refused(self, visit: Visit) -> None:
        """The other times are asked for at once, where nobody can wait for a fresh list of them."""
        await self._view.refuse_span(*_whose_span(visit))


def _whose_span(visit: Visit) -> tuple[UUID, UUID, int, TimeSpan]:
    """Company, connection, the calendar's own event type, and when: as a `CalendarView` is told."""
    order = visit.order
    span = TimeSpan(order.start_at, order.end_at)
    return visit.company_id, order.connection_id, order.event_type_id, span


@asynccontextmanager
async def _for_the_engine() -> AsyncIterator[None]:
    """What a provider could not answer becomes an error that the engine retries."""
    try:
        yield
    except NoAnswer as failed:
        raise failed.retryable() from failed


def _may_still_show(request: RequestRecord) -> bool:
    return datetime.now(UTC) - request.asked_at < LATE_COMMIT


def _unclear(slot: _Slot, outcome: Unclear, operation: str) -> ApplicationError:
    UNCLEAR_ANSWERS.labels(vendor=slot.provider.name, operation=operation).inc()
    return ApplicationError(f"unclear: {outcome.message}", type="Unclear")


def _not_visible_yet() -> ApplicationError:
    return ApplicationError(
        "no booking of ours yet; a late commit may still show",
        type="NotVisibleYet",
        category=ApplicationErrorCategory.BENIGN,
    )


def _not_your_turn() -> ApplicationError:
    return ApplicationError(
        "somebody who was promised a time of the same person earlier waits for it still",
        type="NotYourTurn",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=NEXT_TURN,
    )


def _not_configured() -> CalendarAnswered:
    return CalendarAnswered(
        answer=CalendarRefused(
            cause="configuration",
            message="no event type is mapped to this staff member at this branch",
        )
    )

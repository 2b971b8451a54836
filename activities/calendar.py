"""Cal.com: each step writes down that it asks, looks before it asks again, and says what is there.

Cal.com has no idempotency key. What keeps a booking single is the order of things here: the
request is noted in our database and committed, then sent; whoever finds a noted request without an
answer (a worker was killed, a connection cut, a 5xx came back) looks in Cal.com for our
appointment's id until a late commit would have shown, and only then asks once more.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from typing_extensions import override

from activities.asking import CALL_KEY, OUR_KEY, Ask, Asking, Tell
from activities.calendar_view import CalendarView
from contracts.appointments import (
    BookInCalendar,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    CalendarSteps,
    CancelInCalendar,
    Done,
)
from db.queries import bookings
from db.queries.bookings import BookingRecord, RequestRecord
from db.session import tenant_session
from domain.ids import attendee_address
from domain.timespan import TimeSpan
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomUnavailable
from integrations.calcom.limits import Gates
from integrations.calcom.outcomes import CreateOutcome, MoveOutcome, Refused, Unclear
from integrations.calcom.schemas import Booking, NewAttendee
from observability.metrics import UNCLEAR_ANSWERS

# After an unclear answer a commit may still show; contract 2.4 looks at 1, 3 and 8 s.
LATE_COMMIT = timedelta(seconds=12)
NAMELESS = "Telefonkunde"
NOT_MADE = "Die Buchung kam nicht zustande"
MOVE_REASON = "Auf Wunsch des Kunden verschoben"


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """What every request about one slot needs."""

    ask: Ask
    revision: int
    request: RequestRecord | None


class CalcomCalendar(CalendarSteps):
    """`view`: what is known of free times, which each of our changes makes older."""

    def __init__(
        self,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
        *,
        attendee_domain: str,
        gates: Gates,
        view: CalendarView,
    ) -> None:
        self._engine = engine
        self._http = http
        self._attendee_domain = attendee_domain
        self._gates = gates
        self._view = view
        self._asking = Asking(engine)

    @activity.defn(name="calendar.book")
    @override
    async def book(self, request: BookInCalendar) -> CalendarAnswered:
        slot = await self._slot(request)
        if slot is None:
            return _not_configured()
        known = await self._known(slot)
        if known is not None:
            return known
        await self._note(slot)
        outcome = await self._send(slot, phone=slot.ask.order.customer_phone)
        if isinstance(outcome, Refused) and _is_about_phone(outcome):
            # A number that Cal.com's library does not believe must not cost the appointment.
            outcome = await self._send(slot, phone=None)
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
            answered = await self._conclude(slot, await self._send_move(slot, old))
        if isinstance(answered.answer, CalendarBooked):
            async with tenant_session(self._engine, request.company_id) as session:
                await bookings.mark_ended(session, request.appointment_id, old.revision)
            left = await self._ask(request.company_id, request.appointment_id, old.revision)
            if left is not None:
                await self._changed(left)
        return answered

    @activity.defn(name="calendar.cancel")
    @override
    async def cancel(self, request: CancelInCalendar) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            known = await bookings.bookings_of(session, request.appointment_id)
        booking = next((b for b in known if b.booking_id == request.booking_id), None)
        if booking is None:
            raise ApplicationError("no such booking", type="no_booking", non_retryable=True)
        ask = await self._ask(request.company_id, request.appointment_id, booking.revision)
        if ask is None:
            raise ApplicationError("no connection", type="configuration", non_retryable=True)
        await self._cancel(ask, booking.booking_uid, request.reason)
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
            await self._cancel(slot.ask, found.uid, NOT_MADE)
        elif _may_still_show(slot.request):
            raise _not_visible_yet()
        async with tenant_session(self._engine, request.company_id) as session:
            await bookings.resolve_request(session, request.appointment_id, request.revision)
        return Done()

    # --- before a request ------------------------------------------------------------------

    async def _slot(self, request: BookInCalendar) -> _Slot | None:
        ask = await self._ask(request.company_id, request.appointment_id, request.revision)
        if ask is None:
            return None
        async with tenant_session(self._engine, request.company_id) as session:
            earlier = await bookings.get_request(session, request.appointment_id, request.revision)
        return _Slot(ask=ask, revision=request.revision, request=earlier)

    async def _ask(self, company_id: UUID, appointment_id: UUID, revision: int) -> Ask | None:
        async with tenant_session(self._engine, company_id) as session:
            order = await bookings.get_order(session, appointment_id, revision)
        if order is None:
            return None
        return Ask(
            company_id=company_id,
            appointment_id=appointment_id,
            order=order,
            client=CalcomClient(
                order.base_url,
                order.api_key,
                http=self._http,
                gate=self._gates.of(order.connection_id),
            ),
            attendee_email=attendee_address(
                company_id, str(order.customer_id), self._attendee_domain
            ),
        )

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

    async def _note(self, slot: _Slot) -> None:
        async with tenant_session(self._engine, slot.ask.company_id) as session:
            await bookings.note_request(
                session,
                appointment_id=slot.ask.appointment_id,
                revision=slot.revision,
                event_type_id=slot.ask.order.event_type_id,
            )

    async def _resolve(self, slot: _Slot) -> None:
        async with tenant_session(self._engine, slot.ask.company_id) as session:
            await bookings.resolve_request(session, slot.ask.appointment_id, slot.revision)

    # --- requests --------------------------------------------------------------------------

    async def _send(self, slot: _Slot, *, phone: str | None) -> CreateOutcome:
        order = slot.ask.order
        minutes = round((order.end_at - order.start_at) / timedelta(minutes=1))
        metadata = {OUR_KEY: str(slot.ask.appointment_id)}
        if order.retell_call_id:
            metadata[CALL_KEY] = order.retell_call_id
        async with self._nothing_sent_resolves(slot) as tell:
            outcome = await slot.ask.client.create_booking(
                event_type_id=order.event_type_id,
                start_at=order.start_at,
                attendee=NewAttendee(
                    name=order.customer_name or NAMELESS,
                    email=slot.ask.attendee_email,
                    time_zone=order.zone,
                    phone=phone,
                    language="en" if order.customer_language == "en" else "de",
                ),
                metadata=metadata,
                length_min=minutes if len(order.lengths_minutes) > 1 else None,
                notes=order.service_name,
            )
            tell.outcome(outcome)
        return outcome

    async def _send_move(self, slot: _Slot, old: BookingRecord) -> MoveOutcome:
        async with self._nothing_sent_resolves(slot, "reschedule_booking") as tell:
            outcome = await slot.ask.client.reschedule_booking(
                old.booking_uid, start_at=slot.ask.order.start_at, reason=MOVE_REASON
            )
            tell.outcome(outcome)
        return outcome

    @asynccontextmanager
    async def _nothing_sent_resolves(
        self, slot: _Slot, operation: str = "create_booking"
    ) -> AsyncIterator[Tell]:
        """A request that never left, or was turned away unread, leaves no doubt behind."""
        async with self._asking.request(slot.ask, operation) as tell:
            try:
                yield tell
            except CalcomUnavailable:
                await self._resolve(slot)
                raise

    async def _look(self, slot: _Slot) -> Booking | None:
        order = slot.ask.order
        async with self._asking.request(slot.ask, "list_bookings") as tell:
            found = await slot.ask.client.find_booking(
                slot.ask.attendee_email,
                order.event_type_id,
                order.start_at,
                order.end_at,
                metadata_key=OUR_KEY,
                metadata_value=str(slot.ask.appointment_id),
            )
            tell("found" if found else "absent")
        return found

    async def _cancel(self, ask: Ask, uid: str, reason: str) -> None:
        """Cancelling twice is harmless: the second answer says "cancelled already"."""
        async with self._asking.request(ask, "cancel_booking") as tell:
            outcome = await ask.client.cancel_booking(uid, reason=reason or "Abgesagt")
            tell.outcome(outcome)
        if isinstance(outcome, Unclear):
            raise _unclear(outcome, "cancel_booking")
        if isinstance(outcome, Refused) and not await self._has_ended(ask, uid, outcome):
            raise ApplicationError(
                f"{outcome.cause}: {outcome.message}", type=outcome.cause, non_retryable=True
            )
        await self._changed(ask)

    async def _has_ended(self, ask: Ask, uid: str, refusal: Refused) -> bool:
        """Refused because it is cancelled, over or gone already: then there is nothing to do."""
        if refusal.cause in ("done_already", "time_policy"):
            return True
        async with self._asking.request(ask, "get_booking") as tell:
            found = await ask.client.get_booking(uid)
            tell("found" if found else "absent")
        return found is None or not found.is_live

    # --- after a request -------------------------------------------------------------------

    async def _conclude(
        self, slot: _Slot, outcome: CreateOutcome | MoveOutcome
    ) -> CalendarAnswered:
        """A result that can be believed, or an error after which the engine comes back to look."""
        if isinstance(outcome, Unclear):
            raise _unclear(outcome, "write")
        if not isinstance(outcome, Refused):
            if _is_ours(slot, outcome.booking):
                return await self._booked(slot, outcome.booking)
            # Seen in the field: somebody's old booking as the answer to a new request.
            raise _unclear(Unclear(message="Cal.com answered with another booking"), "write")
        if outcome.may_be_ours:
            found = await self._look(slot)
            if found is not None:
                return await self._booked(slot, found)
        await self._resolve(slot)
        return CalendarAnswered(
            answer=CalendarRefused(
                cause=outcome.cause, message=outcome.message, request_id=outcome.request_id
            )
        )

    async def _booked(self, slot: _Slot, booking: Booking) -> CalendarAnswered:
        async with tenant_session(self._engine, slot.ask.company_id) as session:
            await bookings.remember_booking(
                session,
                appointment_id=slot.ask.appointment_id,
                revision=slot.revision,
                booking_id=booking.id,
                booking_uid=booking.uid,
            )
        await self._changed(slot.ask)
        return CalendarAnswered(answer=CalendarBooked(booking_id=booking.id))

    async def _changed(self, ask: Ask) -> None:
        """What was known of the free times around this slot is no longer so."""
        order = ask.order
        await self._view.drop_span(
            ask.company_id,
            order.connection_id,
            order.event_type_id,
            TimeSpan(order.start_at, order.end_at),
        )


def _is_ours(slot: _Slot, booking: Booking) -> bool:
    return (
        booking.carries(OUR_KEY, str(slot.ask.appointment_id))
        and booking.start_at == slot.ask.order.start_at
        and booking.is_live
    )


def _is_about_phone(refusal: Refused) -> bool:
    message = refusal.message.lower()
    return refusal.cause == "caller_data" and ("phone" in message or "invalid_number" in message)


def _may_still_show(request: RequestRecord) -> bool:
    return datetime.now(UTC) - request.asked_at < LATE_COMMIT


def _unclear(outcome: Unclear, operation: str) -> ApplicationError:
    UNCLEAR_ANSWERS.labels(vendor="calcom", operation=operation).inc()
    return ApplicationError(f"unclear: {outcome.message}", type="Unclear")


def _not_visible_yet() -> ApplicationError:
    return ApplicationError(
        "no booking of ours yet; a late commit may still show",
        type="NotVisibleYet",
        category=ApplicationErrorCategory.BENIGN,
    )


def _not_configured() -> CalendarAnswered:
    return CalendarAnswered(
        answer=CalendarRefused(
            cause="configuration",
            message="no event type is mapped to this staff member at this branch",
        )
    )

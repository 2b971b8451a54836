"""Cal.com: each step looks before it repeats itself, and writes down what it found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from typing_extensions import override

from contracts.appointments import (
    BookInCalendar,
    CalendarAbsent,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    CalendarSteps,
    CalendarUnclear,
    CancelInCalendar,
    Done,
    FindInCalendar,
)
from db.queries import api_logs, bookings
from db.queries.bookings import BookingOrder, BookingRecord
from db.session import tenant_session
from domain.ids import attendee_address
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomError, CalcomRateLimited, CalcomUnavailable
from integrations.calcom.outcomes import CreateOutcome, Refused, Unclear
from integrations.calcom.schemas import Booking, NewAttendee
from observability.metrics import CALCOM_REQUESTS, CALCOM_SECONDS, UNCLEAR_ANSWERS

# By this key in its metadata a booking is recognised as ours, whatever else has changed.
OUR_KEY = "askproai_appointment_id"
CALL_KEY = "askproai_call_id"
NAMELESS = "Telefonkunde"


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """A request in the making: whose, for what, with which client."""

    company_id: UUID
    appointment_id: UUID
    revision: int
    order: BookingOrder
    client: CalcomClient
    attendee_email: str


class CalcomCalendar(CalendarSteps):
    def __init__(
        self, engine: AsyncEngine, http: httpx.AsyncClient, *, attendee_domain: str
    ) -> None:
        self._engine = engine
        self._http = http
        self._attendee_domain = attendee_domain

    @activity.defn(name="calendar.book")
    @override
    async def book(self, request: BookInCalendar) -> CalendarAnswered:
        attempt = await self._prepare(request.company_id, request.appointment_id, request.revision)
        if attempt is None:
            return _not_configured()
        first_try = activity.info().attempt == 1
        if not first_try:
            # The try before may have been killed after its request had reached Cal.com.
            found = await self._look(attempt)
            if found is not None:
                return await self._booked(attempt, found)
        outcome = await self._create(attempt)
        if isinstance(outcome, Unclear):
            return _unclear(outcome, "create_booking")
        if isinstance(outcome, Refused):
            return _refused(outcome, clean=first_try and not request.repeated)
        booking = outcome.booking
        if not _is_ours(attempt, booking):
            # Seen in the field: an old booking of somebody else as the answer to a new request.
            unclear = Unclear(message="Cal.com answered with another booking")
            return _unclear(unclear, "create_booking")
        return await self._booked(attempt, booking)

    @activity.defn(name="calendar.find")
    @override
    async def find(self, request: FindInCalendar) -> CalendarAnswered:
        attempt = await self._prepare(request.company_id, request.appointment_id, request.revision)
        if attempt is None:
            return _not_configured()
        found = await self._look(attempt)
        if found is not None:
            return await self._booked(attempt, found)
        if datetime.now(UTC) < request.settle_until:
            raise ApplicationError(
                "no booking of ours yet; a late commit may still show",
                type="NotVisibleYet",
                category=ApplicationErrorCategory.BENIGN,
            )
        return CalendarAnswered(answer=CalendarAbsent())

    @activity.defn(name="calendar.move")
    @override
    async def move(self, request: BookInCalendar) -> CalendarAnswered:
        attempt = await self._prepare(request.company_id, request.appointment_id, request.revision)
        old = await self._booking(request.company_id, request.appointment_id, request.revision)
        if attempt is None or old is None:
            return _not_configured()
        first_try = activity.info().attempt == 1
        if not first_try or request.repeated:
            found = await self._look(attempt)
            if found is not None:
                return await self._moved(attempt, found, old)
        async with self._asking(attempt, "reschedule_booking") as tell:
            outcome = await attempt.client.reschedule_booking(
                old.booking_uid, start_at=attempt.order.start_at, reason="Kundenwunsch"
            )
            tell(outcome.kind)
        if isinstance(outcome, Unclear):
            return _unclear(outcome, "reschedule_booking")
        if isinstance(outcome, Refused):
            if outcome.cause == "done_already":
                found = await self._look(attempt)
                if found is not None:
                    return await self._moved(attempt, found, old)
            return _refused(outcome, clean=first_try and not request.repeated)
        return await self._moved(attempt, outcome.booking, old)

    @activity.defn(name="calendar.cancel")
    @override
    async def cancel(self, request: CancelInCalendar) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            known = await bookings.bookings_of(session, request.appointment_id)
        booking = next((b for b in known if b.booking_id == request.booking_id), None)
        attempt = (
            await self._prepare(request.company_id, request.appointment_id, booking.revision)
            if booking is not None
            else None
        )
        if booking is None or attempt is None:
            raise ApplicationError("no such booking", type="no_booking", non_retryable=True)
        async with self._asking(attempt, "cancel_booking") as tell:
            outcome = await attempt.client.cancel_booking(
                booking.booking_uid, reason=request.reason or "Abgesagt"
            )
            tell(outcome.kind)
        if isinstance(outcome, Unclear):
            # Cancelling twice is harmless: the second answer says "cancelled already".
            UNCLEAR_ANSWERS.labels(vendor="calcom", operation="cancel_booking").inc()
            raise ApplicationError(f"unclear: {outcome.message}", type="unclear")
        if isinstance(outcome, Refused) and not await self._has_ended(attempt, booking, outcome):
            raise ApplicationError(
                f"{outcome.cause}: {outcome.message}", type=outcome.cause, non_retryable=True
            )
        async with tenant_session(self._engine, request.company_id) as session:
            await bookings.mark_ended(session, request.appointment_id, booking.revision)
        return Done()

    # --- one request -----------------------------------------------------------------------

    async def _prepare(
        self, company_id: UUID, appointment_id: UUID, revision: int
    ) -> _Attempt | None:
        async with tenant_session(self._engine, company_id) as session:
            order = await bookings.get_order(session, appointment_id, revision)
        if order is None:
            return None
        return _Attempt(
            company_id=company_id,
            appointment_id=appointment_id,
            revision=revision,
            order=order,
            client=CalcomClient(order.base_url, order.api_key, http=self._http),
            attendee_email=attendee_address(
                company_id, str(order.customer_id), self._attendee_domain
            ),
        )

    async def _create(self, attempt: _Attempt) -> CreateOutcome:
        order = attempt.order
        minutes = round((order.end_at - order.start_at) / timedelta(minutes=1))
        metadata = {OUR_KEY: str(attempt.appointment_id)}
        if order.retell_call_id:
            metadata[CALL_KEY] = order.retell_call_id
        async with self._asking(attempt, "create_booking") as tell:
            outcome = await attempt.client.create_booking(
                event_type_id=order.event_type_id,
                start_at=order.start_at,
                attendee=NewAttendee(
                    name=order.customer_name or NAMELESS,
                    email=attempt.attendee_email,
                    time_zone=order.zone,
                    phone=order.customer_phone,
                    language="en" if order.customer_language == "en" else "de",
                ),
                metadata=metadata,
                length_min=minutes if len(order.lengths_minutes) > 1 else None,
                notes=order.service_name,
            )
            tell(outcome.kind)
        return outcome

    async def _look(self, attempt: _Attempt) -> Booking | None:
        order = attempt.order
        async with self._asking(attempt, "list_bookings") as tell:
            found = await attempt.client.find_booking(
                attempt.attendee_email,
                order.event_type_id,
                order.start_at,
                order.end_at,
                metadata_key=OUR_KEY,
                metadata_value=str(attempt.appointment_id),
            )
            tell("found" if found else "absent")
        return found

    async def _booking(
        self, company_id: UUID, appointment_id: UUID, before_revision: int
    ) -> BookingRecord | None:
        async with tenant_session(self._engine, company_id) as session:
            known = await bookings.bookings_of(session, appointment_id)
        return next((b for b in known if b.revision < before_revision), None)

    async def _has_ended(self, attempt: _Attempt, booking: BookingRecord, refusal: Refused) -> bool:
        """Refused because it is cancelled, over or gone already: then there is nothing to do."""
        if refusal.cause in ("done_already", "time_policy"):
            return True
        async with self._asking(attempt, "get_booking") as tell:
            found = await attempt.client.get_booking(booking.booking_uid)
            tell("found" if found else "absent")
        return found is None or not found.is_live

    async def _booked(self, attempt: _Attempt, booking: Booking) -> CalendarAnswered:
        async with tenant_session(self._engine, attempt.company_id) as session:
            await bookings.remember_booking(
                session,
                appointment_id=attempt.appointment_id,
                revision=attempt.revision,
                booking_id=booking.id,
                booking_uid=booking.uid,
                event_type_id=attempt.order.event_type_id,
            )
        return CalendarAnswered(answer=CalendarBooked(booking_id=booking.id))

    async def _moved(
        self, attempt: _Attempt, booking: Booking, old: BookingRecord
    ) -> CalendarAnswered:
        answered = await self._booked(attempt, booking)
        async with tenant_session(self._engine, attempt.company_id) as session:
            await bookings.mark_ended(session, attempt.appointment_id, old.revision)
        return answered

    @asynccontextmanager
    async def _asking(self, attempt: _Attempt, operation: str) -> AsyncIterator["_Tell"]:
        """Times and logs one request; what Cal.com could not answer becomes the engine's retry."""
        began, tell = perf_counter(), _Tell()
        request_id: str | None = None
        try:
            yield tell
        except CalcomRateLimited as error:
            tell("rate_limited")
            request_id = error.request_id
            delay = timedelta(seconds=error.retry_after_s)
            raise ApplicationError(
                str(error), type="CalcomRateLimited", next_retry_delay=delay
            ) from error
        except CalcomUnavailable as error:
            tell("unavailable")
            request_id = error.request_id
            raise ApplicationError(str(error), type="CalcomUnavailable") from error
        except CalcomError as error:
            # A read that was refused or not understood: a person has to set the connection right,
            # and until then asking again every minute does no harm.
            tell("not_understood")
            request_id = error.request_id
            raise ApplicationError(str(error), type=type(error).__name__) from error
        finally:
            elapsed_s = perf_counter() - began
            CALCOM_REQUESTS.labels(operation=operation, answer=tell.answer).inc()
            CALCOM_SECONDS.labels(operation=operation).observe(elapsed_s)
            async with tenant_session(self._engine, attempt.company_id) as session:
                await api_logs.write_api_log(
                    session,
                    connection_id=attempt.order.connection_id,
                    operation=operation,
                    method="GET" if operation in ("list_bookings", "get_booking") else "POST",
                    duration_ms=round(elapsed_s * 1000),
                    request_id=request_id,
                    error_class=tell.answer,
                    appointment_id=attempt.appointment_id,
                    retell_call_id=attempt.order.retell_call_id,
                )


class _Tell:
    """What became of a request, told by who asked, for log and metrics."""

    def __init__(self) -> None:
        self.answer = "failed"

    def __call__(self, answer: str) -> None:
        self.answer = answer


def _is_ours(attempt: _Attempt, booking: Booking) -> bool:
    return (
        booking.carries(OUR_KEY, str(attempt.appointment_id))
        and booking.start_at == attempt.order.start_at
        and booking.is_live
    )


def _unclear(outcome: Unclear, operation: str) -> CalendarAnswered:
    UNCLEAR_ANSWERS.labels(vendor="calcom", operation=operation).inc()
    return CalendarAnswered(
        answer=CalendarUnclear(message=outcome.message, request_id=outcome.request_id)
    )


def _refused(outcome: Refused, *, clean: bool) -> CalendarAnswered:
    return CalendarAnswered(
        answer=CalendarRefused(
            cause=outcome.cause,
            message=outcome.message,
            request_id=outcome.request_id,
            clean=clean,
        )
    )


def _not_configured() -> CalendarAnswered:
    return CalendarAnswered(
        answer=CalendarRefused(
            cause="configuration",
            message="no event type is mapped to this staff member at this branch",
        )
    )

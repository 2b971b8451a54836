"""Cal.com behind the port."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from typing_extensions import override

from activities.asking import CALL_KEY, OUR_KEY, Asking, Tell
from activities.providers import port
from activities.providers.port import CalendarProvider, FreeWanted, NoAnswer, Visit
from contracts.availability import UnknownReason
from domain.ids import attendee_address
from domain.timespan import TimeSpan, boundary_to_instant, merge
from integrations.calcom.breaker import CalcomDown
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import (
    CalcomAnswerNotUnderstood,
    CalcomError,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnavailable,
)
from integrations.calcom.outcomes import Created, CreateOutcome, Moved, MoveOutcome, Refused
from integrations.calcom.schemas import Booking, NewAttendee, Slot

NAMELESS = "Telefonkunde"
MOVE_REASON = "Auf Wunsch des Kunden verschoben"
_A_DAY = timedelta(days=1)


class CalcomProvider(CalendarProvider):
    """`attendee_domain`: of the stand-in addresses by which a caller is found again."""

    name = "calcom"

    def __init__(
        self,
        client: CalcomClient,
        asking: Asking,
        *,
        company_id: UUID,
        connection_id: UUID,
        attendee_domain: str,
    ) -> None:
        self._client = client
        self._asking = asking
        self._company_id = company_id
        self._connection_id = connection_id
        self._attendee_domain = attendee_domain

    @override
    async def free(self, wanted: FreeWanted) -> Mapping[date, tuple[TimeSpan, ...]]:
        async with self._request("slots") as tell:
            slots = await self._client.slots(
                event_type_id=wanted.calendar,
                start_at=_midnight(wanted.days[0], wanted.zone),
                end_at=_midnight(wanted.days[-1] + _A_DAY, wanted.zone),
                duration_min=wanted.length_min,
            )
            found = _by_day(slots, wanted.days, wanted.zone)
            tell("answered")
        return found

    @override
    async def create(self, visit: Visit) -> port.CreateOutcome:
        outcome = await self._send(visit, phone=visit.order.customer_phone)
        if isinstance(outcome, Refused) and _is_about_phone(outcome):
            # A number that Cal.com's library does not believe must not cost the appointment.
            outcome = await self._send(visit, phone=None)
        return _concluded(visit, outcome, self._attendee_email(visit))

    @override
    async def find(self, visit: Visit) -> port.FindOutcome:
        order = visit.order
        async with self._request("list_bookings", visit) as tell:
            found = await self._client.look_in_slot(
                self._attendee_email(visit),
                order.event_type_id,
                order.start_at,
                order.end_at,
                metadata_key=OUR_KEY,
                metadata_value=str(visit.appointment_id),
            )
            tell("found" if found.ours else "absent")
        if found.ours is not None:
            return port.Ours(entry=_entry(found.ours))
        return port.Theirs() if found.theirs else port.Absent()

    @override
    async def move(self, visit: Visit, uid: str) -> port.CreateOutcome:
        async with self._request("reschedule_booking", visit) as tell:
            outcome = await self._client.reschedule_booking(
                uid, start_at=visit.order.start_at, reason=MOVE_REASON
            )
            tell.outcome(outcome)
        return _concluded(visit, outcome, self._attendee_email(visit))

    @override
    async def cancel(self, visit: Visit, uid: str, reason: str) -> port.CancelOutcome:
        async with self._request("cancel_booking", visit) as tell:
            outcome = await self._client.cancel_booking(uid, reason=reason or "Abgesagt")
            tell.outcome(outcome)
        match outcome:
            case Refused() if not await self._has_ended(visit, uid, outcome):
                if outcome.status == HTTPStatus.NOT_FOUND:  # and it is there: it is asked again
                    return port.Unclear(message=outcome.message)
                return _refused(outcome)
            case _ if outcome.kind == "unclear":
                return port.Unclear(message=outcome.message)
        return port.Cancelled()

    async def _has_ended(self, visit: Visit, uid: str, refusal: Refused) -> bool:
        """Refused because it is cancelled, over or gone already: then there is nothing to do."""
        if refusal.cause in ("done_already", "time_policy"):
            return True
        async with self._request("get_booking", visit) as tell:
            found = await self._client.get_booking(uid)
            tell("found" if found else "absent")
        return found is None or not found.is_live

    async def _send(self, visit: Visit, *, phone: str | None) -> CreateOutcome:
        order = visit.order
        minutes = round((order.end_at - order.start_at) / timedelta(minutes=1))
        metadata = {OUR_KEY: str(visit.appointment_id)}
        if order.retell_call_id:
            metadata[CALL_KEY] = order.retell_call_id
        async with self._request("create_booking", visit) as tell:
            outcome = await self._client.create_booking(
                event_type_id=order.event_type_id,
                start_at=order.start_at,
                attendee=NewAttendee(
                    name=order.customer_name or NAMELESS,
                    email=self._attendee_email(visit),
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

    def _attendee_email(self, visit: Visit) -> str:
        customer = str(visit.order.customer_id)
        return attendee_address(visit.company_id, customer, self._attendee_domain)

    @asynccontextmanager
    async def _request(self, operation: str, visit: Visit | None = None) -> AsyncIterator[Tell]:
        about = (visit.appointment_id, visit.order.retell_call_id) if visit else (None, None)
        try:
            async with self._asking.logged(
                self._company_id, self._connection_id, operation, about
            ) as tell:
                yield tell
        except CalcomError as error:
            raise _no_answer(error) from error


def _no_answer(error: CalcomError) -> NoAnswer:
    return NoAnswer(
        str(error),
        kind=type(error).__name__,
        reason=_reason(error),
        untouched=isinstance(error, CalcomUnavailable),
        retry_after_s=error.retry_after_s
        if isinstance(error, CalcomRateLimited | CalcomDown)
        else None,
    )


def _reason(error: CalcomError) -> UnknownReason:
    match error:
        case CalcomRateLimited():
            return "no_room"
        case CalcomAnswerNotUnderstood():
            return "not_understood"
        case CalcomRejected():
            return "refused"
        case _:
            return "no_answer"


def _concluded(
    visit: Visit, outcome: CreateOutcome | MoveOutcome, attendee_email: str
) -> port.CreateOutcome:
    match outcome:
        case Refused():
            return _refused(outcome)
        case Created(booking=booking) | Moved(booking=booking):
            if _is_ours(visit, booking):
                return port.Created(entry=_entry(booking))
            if _is_replay(visit, booking, attendee_email):
                return port.Refused(
                    cause="slot_gone", message="the customer has a booking at this time already"
                )
            # Seen in the field: somebody's old booking as the answer to a new request.
            return port.Unclear(message="Cal.com answered with another booking")
        case _:
            return port.Unclear(message=outcome.message)


def _refused(outcome: Refused) -> port.Refused:
    return port.Refused(
        cause=outcome.cause,
        message=outcome.message,
        request_id=outcome.request_id,
        may_be_ours=outcome.may_be_ours,
    )


def _entry(booking: Booking) -> port.Entry:
    return port.Entry(number=booking.id, uid=booking.uid)


def _is_ours(visit: Visit, booking: Booking) -> bool:
    return (
        booking.carries(OUR_KEY, str(visit.appointment_id))
        and booking.start_at == visit.order.start_at
        and booking.is_live
    )


def _is_replay(visit: Visit, booking: Booking, attendee_email: str) -> bool:
    """Shared event types, and those that hosts confirm, answer the same person and start with the
    booking that is there already (contract 2.4). Of another appointment of theirs it is no doubt:
    asking again would be answered so until the slot begins. A stranger's is one.
    """
    is_same_time = booking.start_at == visit.order.start_at and booking.is_live
    if not is_same_time or booking.carries(OUR_KEY, str(visit.appointment_id)):
        return False
    # An event type whose e-mail field is hidden stores another address; our key says whose it is.
    is_same_person = any(one.email == attendee_email for one in booking.attendees)
    return is_same_person or any(
        OUR_KEY in metadata
        for metadata in (booking.metadata, *(one.metadata for one in booking.attendees))
    )


def _is_about_phone(refusal: Refused) -> bool:
    message = refusal.message.lower()
    return refusal.cause == "caller_data" and ("phone" in message or "invalid_number" in message)


def _by_day(
    slots: Iterable[Slot], days: Iterable[date], zone: ZoneInfo
) -> dict[date, tuple[TimeSpan, ...]]:
    """Free spans by the local day that they begin on. Raises where an answer makes no sense."""
    found: dict[date, list[TimeSpan]] = {day: [] for day in days}
    for slot in slots:
        day = slot.start_at.astimezone(zone).date()
        if slot.end_at is None or slot.end_at <= slot.start_at or day not in found:
            raise CalcomAnswerNotUnderstood("a slot without its end", operation="slots")
        found[day].append(TimeSpan(slot.start_at, slot.end_at))
    return {day: merge(spans) for day, spans in found.items()}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return boundary_to_instant(datetime.combine(day, time.min), zone)

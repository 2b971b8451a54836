"""Cal.com API v2. Reads raise, writes return what became of them.

Versions are pinned per resource (contract 1.1): without the right header Cal.com silently serves
the behaviour of 2024-04-15.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from integrations.calcom.errors import CalcomAnswerNotUnderstood, CalcomRejected
from integrations.calcom.outcomes import (
    Cancelled,
    CancelOutcome,
    Created,
    CreateOutcome,
    Moved,
    MoveOutcome,
    Refused,
    Unclear,
)
from integrations.calcom.query import list_params, utc
from integrations.calcom.redaction import hide_uids_in_http_logs
from integrations.calcom.schemas import (
    Booking,
    BookingFilter,
    BookingPage,
    EventType,
    Me,
    NewAttendee,
    Pagination,
    Slot,
)
from integrations.calcom.transport import Answer, Call, Intent, TimeLimits, Transport

BOOKINGS_VERSION = "2024-08-13"
SLOTS_VERSION = "2024-09-04"
EVENT_TYPES_VERSION = "2024-06-14"
LOOKUP_TAKE = 50
LOOKUP_SLACK = timedelta(seconds=1)
MAX_PAGES = 100
NOT_FOUND = 404
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
_DAYS: TypeAdapter[dict[str, tuple[Slot, ...]]] = TypeAdapter(dict[str, tuple[Slot, ...]])
_BOOKINGS: TypeAdapter[tuple[Booking, ...]] = TypeAdapter(tuple[Booking, ...])
_EVENT_TYPES: TypeAdapter[tuple[EventType, ...]] = TypeAdapter(tuple[EventType, ...])


class CalcomClient:
    """One key of one Cal.com account. `http` is shared when given, else owned and closed."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        http: httpx.AsyncClient | None = None,
        limits: TimeLimits | None = None,
        intent: Intent = "after_call",
    ) -> None:
        hide_uids_in_http_logs()
        self._owned = http is None
        self._http = http or httpx.AsyncClient()
        self._transport = Transport(self._http, base_url, api_key, limits or TimeLimits())
        self._intent = intent
        self.unknown_messages = self._transport.unknown_messages

    def within(self, intent: Intent) -> "CalcomClient":
        """The same client with the time limits of who is waiting."""
        twin = object.__new__(CalcomClient)
        twin.__dict__.update(self.__dict__)
        twin._owned = False
        twin._intent = intent
        return twin

    async def close(self) -> None:
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # --- reads -----------------------------------------------------------------------------

    async def me(self) -> Me:
        """Whose key this is."""
        return await self._read_one(
            Call(operation="me", method="GET", path="/v2/me", version=None), Me
        )

    async def event_types(self, *, username: str | None = None) -> tuple[EventType, ...]:
        """Event types of the key's user, or the public ones of `username`."""
        params = (("username", username),) if username else ()
        call = Call(
            operation="event_types",
            method="GET",
            path="/v2/event-types",
            version=EVENT_TYPES_VERSION,
            params=params,
        )
        answer = await self._transport.read(call, self._intent)
        return _understood(call, answer, lambda: _EVENT_TYPES.validate_python(_data(answer)))

    async def slots(
        self,
        *,
        event_type_id: int,
        start_at: datetime,
        end_at: datetime,
        duration_min: int | None = None,
        reschedule_uid: str | None = None,
    ) -> tuple[Slot, ...]:
        """Free starts in [start_at, end_at), in order.

        `duration_min` only for types with several lengths. `reschedule_uid`: that booking's own
        time counts as free.
        """
        params = [
            ("eventTypeId", str(event_type_id)),
            ("start", utc(start_at)),
            ("end", utc(end_at)),
            ("format", "range"),
        ]
        if duration_min is not None:
            params.append(("duration", str(duration_min)))
        if reschedule_uid is not None:
            params.append(("bookingUidToReschedule", reschedule_uid))
        call = Call(
            operation="slots",
            method="GET",
            path="/v2/slots",
            version=SLOTS_VERSION,
            params=tuple(params),
        )
        answer = await self._transport.read(call, self._intent)
        days = _understood(call, answer, lambda: _DAYS.validate_python(_data(answer)))
        found = (slot for day in days.values() for slot in day)
        # Cal.com reads an end at midnight as that whole day.
        inside = (slot for slot in found if start_at <= slot.start_at < end_at)
        return tuple(sorted(inside, key=lambda slot: slot.start_at))

    async def get_booking(self, uid: str) -> Booking | None:
        call = Call(
            operation="get_booking",
            method="GET",
            path=f"/v2/bookings/{uid}",
            version=BOOKINGS_VERSION,
        )
        try:
            return await self._read_one(call, Booking)
        except CalcomRejected as rejected:
            if rejected.problem.status == NOT_FOUND and "not found" in rejected.problem.message:
                return None
            raise

    async def list_bookings(self, wanted: BookingFilter) -> BookingPage:
        """One page. Which bookings a key sees depends on its owner's role (contract 1.2)."""
        call = Call(
            operation="list_bookings",
            method="GET",
            path="/v2/bookings",
            version=BOOKINGS_VERSION,
            params=list_params(wanted),
        )
        answer = await self._transport.read(call, self._intent)

        def understand() -> BookingPage:
            return BookingPage(
                bookings=_BOOKINGS.validate_python(_data(answer)),
                pagination=Pagination.model_validate(answer.body["pagination"]),
            )

        return _understood(call, answer, understand)

    async def iter_bookings(self, wanted: BookingFilter) -> AsyncIterator[Booking]:
        """All pages, at most `MAX_PAGES`. Sort by what does not change while you read."""
        skip = wanted.skip
        for _ in range(MAX_PAGES):
            page = await self.list_bookings(replace(wanted, skip=skip))
            for booking in page.bookings:
                yield booking
            if not page.pagination.has_next_page or not page.bookings:
                return
            skip += len(page.bookings)

    async def find_booking(
        self,
        attendee_email: str,
        event_type_id: int,
        start_at: datetime,
        end_at: datetime,
        *,
        metadata_key: str,
        metadata_value: str,
        include_closed: bool = False,
    ) -> Booking | None:
        """The look-up after an unclear write (contract 2.4): live unless asked for all.

        Of several the oldest is ours; the others are surplus of late commits.
        """
        wanted = BookingFilter(
            attendee_email=attendee_email.lower(),
            event_type_ids=(event_type_id,),
            after_start_at=start_at - LOOKUP_SLACK,
            before_end_at=end_at + LOOKUP_SLACK,
            take=LOOKUP_TAKE,
        )
        ours = [
            booking
            async for booking in self.iter_bookings(wanted)
            if booking.carries(metadata_key, metadata_value) and (include_closed or booking.is_live)
        ]
        return min(ours, key=lambda booking: (not booking.is_live, booking.id), default=None)

    # --- writes ----------------------------------------------------------------------------

    async def create_booking(
        self,
        *,
        event_type_id: int,
        start_at: datetime,
        attendee: NewAttendee,
        metadata: Mapping[str, str],
        length_min: int | None = None,
        notes: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> CreateOutcome:
        """Books. There is no idempotency key at Cal.com: never repeat this without looking.

        `length_min` only for types with several lengths. `fields`: answers to custom fields.
        Raises `CalcomUnavailable` (nothing sent) and `CalcomRateLimited` only.
        """
        person: dict[str, Any] = {
            "name": attendee.name,
            "email": attendee.email.lower(),
            "timeZone": attendee.time_zone,
            "language": attendee.language,
        }
        if attendee.phone is not None:
            person["phoneNumber"] = attendee.phone
        body: dict[str, Any] = {
            "start": utc(start_at),
            "eventTypeId": event_type_id,
            "attendee": person,
            "metadata": dict(metadata),
        }
        if length_min is not None:
            body["lengthInMinutes"] = length_min
        responses = {**(fields or {}), **({"notes": notes} if notes else {})}
        if responses:
            body["bookingFieldsResponses"] = responses
        answer = await self._write("create_booking", "/v2/bookings", body)
        if isinstance(answer, Refused | Unclear):
            return answer
        booking = _booking_or_unclear(answer)
        if isinstance(booking, Unclear):
            return booking
        return Created(booking=booking, request_id=answer.request_id)

    async def reschedule_booking(
        self,
        uid: str,
        *,
        start_at: datetime,
        reason: str | None = None,
        rescheduled_by: str | None = None,
    ) -> MoveOutcome:
        """The new booking has a new uid; length, attendee and metadata stay.

        `rescheduled_by`: the host's address confirms at once where hosts have to confirm.
        """
        body: dict[str, Any] = {"start": utc(start_at)}
        if reason is not None:
            body["reschedulingReason"] = reason
        if rescheduled_by is not None:
            body["rescheduledBy"] = rescheduled_by
        path = f"/v2/bookings/{uid}/reschedule"
        answer = await self._write("reschedule_booking", path, body)
        if isinstance(answer, Refused | Unclear):
            return answer
        booking = _booking_or_unclear(answer)
        if isinstance(booking, Unclear):
            return booking
        return Moved(booking=booking, request_id=answer.request_id)

    async def cancel_booking(self, uid: str, *, reason: str) -> CancelOutcome:
        """`reason` must not be empty: Cal.com demands one of whoever holds the host's key."""
        path = f"/v2/bookings/{uid}/cancel"
        answer = await self._write("cancel_booking", path, {"cancellationReason": reason})
        if isinstance(answer, Refused | Unclear):
            return answer
        booking = _booking_or_unclear(answer)
        if isinstance(booking, Unclear):
            return booking
        return Cancelled(booking=booking, request_id=answer.request_id)

    async def _write(
        self, operation: str, path: str, body: Mapping[str, Any]
    ) -> Answer | Refused | Unclear:
        call = Call(
            operation=operation, method="POST", path=path, version=BOOKINGS_VERSION, body=body
        )
        return await self._transport.write(call, self._intent)

    async def _read_one(self, call: Call, model: type[M]) -> M:
        answer = await self._transport.read(call, self._intent)
        return _understood(call, answer, lambda: model.model_validate(_data(answer)))


def _data(answer: Answer) -> Any:
    return answer.body["data"]


def _understood(call: Call, answer: Answer, read: Callable[[], T]) -> T:
    """What `read` makes of the answer; a shape that we do not know is said to be that."""
    try:
        return read()
    except (ValidationError, KeyError, TypeError) as error:
        what = _where(error) if isinstance(error, ValidationError) else type(error).__name__
        raise CalcomAnswerNotUnderstood(
            f"the answer has another shape: {what}",
            operation=call.operation,
            request_id=answer.request_id,
        ) from None


def _where(error: ValidationError) -> str:
    """Places of the mistakes, without the values: those are people's data."""
    places = (".".join(str(step) for step in one["loc"]) for one in error.errors())
    return ", ".join(places)


def _booking_or_unclear(answer: Answer) -> Booking | Unclear:
    """A success whose body we cannot read was probably done: that is unclear, not an error."""
    try:
        return Booking.model_validate(_data(answer))
    except (ValidationError, KeyError, TypeError) as error:
        what = _where(error) if isinstance(error, ValidationError) else type(error).__name__
        return Unclear(
            message=f"the answer has another shape: {what}",
            status=answer.status,
            request_id=answer.request_id,
        )

"""Bookings: read, list, find again, create, move, cancel."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from integrations.calcom import versions
from integrations.calcom.outcomes import (
    Cancelled,
    CancelOutcome,
    Created,
    CreateOutcome,
    Moved,
    MoveOutcome,
)
from integrations.calcom.query import list_params
from integrations.calcom.requests import (
    AttendeeBody,
    CancelBody,
    NewBookingBody,
    RescheduleBody,
    instant,
)
from integrations.calcom.schemas import (
    Booking,
    BookingFilter,
    BookingPage,
    NewAttendee,
    Pagination,
)
from integrations.calcom.wire import Wire, data_of, get, post, segment, understood

LOOKUP_TAKE = 50
LOOKUP_SLACK = timedelta(seconds=1)
MAX_PAGES = 100
_BOOKINGS: TypeAdapter[tuple[Booking, ...]] = TypeAdapter(tuple[Booking, ...])


@dataclass(frozen=True, kw_only=True)
class InSlot:
    """`theirs`: somebody else's live booking is there; said only where none of ours is."""

    ours: Booking | None = None
    theirs: bool = False


class Bookings(Wire):
    async def get_booking(self, uid: str) -> Booking | None:
        path = f"/v2/bookings/{segment(uid)}"
        return await self._find(get("get_booking", path, versions.BOOKINGS), Booking)

    async def get_booking_by_seat(self, seat_uid: str) -> Booking | None:
        """The booking in which a seat is; other attendees are in it as well."""
        path = f"/v2/bookings/by-seat/{segment(seat_uid)}"
        return await self._find(get("get_booking", path, versions.BOOKINGS), Booking)

    async def list_bookings(self, wanted: BookingFilter) -> BookingPage:
        """One page. Which bookings a key sees depends on its owner's role (contract 1.2)."""
        return await self._page("/v2/bookings", versions.BOOKINGS, wanted)

    async def list_team_bookings(self, team_id: int, wanted: BookingFilter) -> BookingPage:
        """One page of a team's bookings; for its owners and admins."""
        path = f"/v2/teams/{team_id}/bookings"
        return await self._page(path, versions.UNVERSIONED, wanted)

    async def _page(self, path: str, version: str | None, wanted: BookingFilter) -> BookingPage:
        call = get("list_bookings", path, version, list_params(wanted))
        answer = await self._ask(call)

        def read() -> BookingPage:
            return BookingPage(
                bookings=_BOOKINGS.validate_python(data_of(answer)),
                pagination=Pagination.model_validate(answer.body["pagination"]),
            )

        return understood(call, answer, read)

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
        """Ours, as `look_in_slot` finds it."""
        found = await self.look_in_slot(
            attendee_email,
            event_type_id,
            start_at,
            end_at,
            metadata_key=metadata_key,
            metadata_value=metadata_value,
            include_closed=include_closed,
        )
        return found.ours

    async def look_in_slot(
        self,
        attendee_email: str,
        event_type_id: int,
        start_at: datetime,
        end_at: datetime,
        *,
        metadata_key: str,
        metadata_value: str,
        include_closed: bool = False,
    ) -> InSlot:
        """The look-up after an unclear write (contract 2.4): live unless asked for all.

        Of several the oldest is ours; the others are surplus of late commits. Where nothing is
        found by the address, the slot's bookings are read whosever they are: an event type whose
        e-mail field is hidden stores another address than we sent (Cal.com's issue 25432), and
        "absent" is the answer after which we would book once more.
        """
        wanted = BookingFilter(
            attendee_email=attendee_email.lower(),
            event_type_ids=(event_type_id,),
            after_start_at=start_at - LOOKUP_SLACK,
            before_end_at=end_at + LOOKUP_SLACK,
            take=LOOKUP_TAKE,
        )
        theirs = False
        for narrowed in (wanted, replace(wanted, attendee_email=None)):
            seen = [one async for one in self.iter_bookings(narrowed)]
            ours = [
                booking
                for booking in seen
                if booking.carries(metadata_key, metadata_value)
                and (include_closed or booking.is_live)
            ]
            if ours:
                oldest = min(ours, key=lambda booking: (not booking.is_live, booking.id))
                return InSlot(ours=oldest)
            theirs = any(booking.is_live for booking in seen)
        return InSlot(theirs=theirs)

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
        Raises `CalcomUnavailable` (nothing sent) and `CalcomRateLimited`, and `ValueError` for
        metadata over Cal.com's limits.
        """
        responses = {**(fields or {}), **({"notes": notes} if notes else {})}
        body = NewBookingBody(
            start=instant(start_at),
            event_type_id=event_type_id,
            attendee=AttendeeBody(
                name=attendee.name,
                email=attendee.email.lower(),
                time_zone=attendee.time_zone,
                language=attendee.language,
                phone_number=attendee.phone,
            ),
            metadata=dict(metadata),
            length_in_minutes=length_min,
            booking_fields_responses=responses or None,
        )
        return await self._do(
            post("create_booking", "/v2/bookings", versions.BOOKINGS, body),
            Booking,
            lambda booking, request_id: Created(booking=booking, request_id=request_id),
        )

    async def reschedule_booking(
        self,
        uid: str,
        *,
        start_at: datetime,
        reason: str | None = None,
        rescheduled_by: str | None = None,
        seat_uid: str | None = None,
    ) -> MoveOutcome:
        """The new booking has a new uid; length, attendee and metadata stay.

        `rescheduled_by`: the host's address confirms at once where hosts have to confirm.
        """
        body = RescheduleBody(
            start=instant(start_at),
            rescheduling_reason=reason,
            rescheduled_by=rescheduled_by,
            seat_uid=seat_uid,
        )
        path = f"/v2/bookings/{segment(uid)}/reschedule"
        return await self._do(
            post("reschedule_booking", path, versions.BOOKINGS, body),
            Booking,
            lambda booking, request_id: Moved(booking=booking, request_id=request_id),
        )

    async def cancel_booking(
        self, uid: str, *, reason: str, seat_uid: str | None = None
    ) -> CancelOutcome:
        """`reason` must not be empty: Cal.com demands one of whoever holds the host's key.

        With `seat_uid` only that seat is given back; the booking lives on while others are in it.
        """
        body = CancelBody(cancellation_reason=reason, seat_uid=seat_uid)
        path = f"/v2/bookings/{segment(uid)}/cancel"
        return await self._do(
            post("cancel_booking", path, versions.BOOKINGS, body),
            Booking,
            lambda booking, request_id: Cancelled(booking=booking, request_id=request_id),
        )

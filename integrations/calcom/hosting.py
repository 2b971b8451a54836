"""What only the host's side may do with a booking: confirm, decline, mark absent, reassign."""

from collections.abc import Mapping

from integrations.calcom import versions
from integrations.calcom.outcomes import (
    AbsenceOutcome,
    Confirmed,
    ConfirmOutcome,
    Declined,
    DeclineOutcome,
    MarkedAbsent,
    NewTimeAsked,
    NewTimeOutcome,
    Reassigned,
    ReassignOutcome,
)
from integrations.calcom.requests import (
    AbsentAttendee,
    MarkAbsentBody,
    ReasonBody,
    RequestRescheduleBody,
)
from integrations.calcom.schemas import Booking, Reassignment
from integrations.calcom.wire import NO_DATA, Wire, post, segment


class Hosting(Wire):
    async def confirm_booking(self, uid: str) -> ConfirmOutcome:
        """Of a pending one. Confirmed before: refused as `done_already`.

        Nothing is unique here at Cal.com: two pending bookings of one slot can both be confirmed.
        """
        return await self._do(
            post("confirm_booking", _path(uid, "confirm"), versions.BOOKINGS),
            Booking,
            lambda booking, request_id: Confirmed(booking=booking, request_id=request_id),
        )

    async def decline_booking(self, uid: str, *, reason: str | None = None) -> DeclineOutcome:
        """Of a pending one; it is `rejected` afterwards."""
        body = ReasonBody(reason=reason)
        return await self._do(
            post("decline_booking", _path(uid, "decline"), versions.BOOKINGS, body),
            Booking,
            lambda booking, request_id: Declined(booking=booking, request_id=request_id),
        )

    async def mark_absent(
        self,
        uid: str,
        *,
        host: bool | None = None,
        attendees: Mapping[str, bool] | None = None,
    ) -> AbsenceOutcome:
        """Who did not come: the host, and attendees by address. False takes it back.

        Before the start Cal.com refuses (`time_policy`). May be repeated: it says a state.
        """
        if host is None and not attendees:
            raise ValueError("say who was absent")
        people = tuple(
            AbsentAttendee(email=email.lower(), absent=absent)
            for email, absent in (attendees or {}).items()
        )
        body = MarkAbsentBody(host=host, attendees=people or None)
        return await self._do(
            post("mark_absent", _path(uid, "mark-absent"), versions.BOOKINGS, body),
            Booking,
            lambda booking, request_id: MarkedAbsent(booking=booking, request_id=request_id),
        )

    async def reassign_booking(
        self, uid: str, *, to_user_id: int | None = None, reason: str | None = None
    ) -> ReassignOutcome:
        """To that host, or to whoever is free; of round-robin event types only.

        Cal.com takes a `reason` only together with a host.
        """
        if to_user_id is None:
            if reason is not None:
                raise ValueError("a reason goes with a host")
            call = post("reassign_booking", _path(uid, "reassign"), versions.BOOKINGS)
        else:
            path = _path(uid, f"reassign/{to_user_id}")
            body = ReasonBody(reason=reason)
            call = post("reassign_booking", path, versions.BOOKINGS, body)
        return await self._do(
            call,
            Reassignment,
            lambda made, request_id: Reassigned(host=made.reassigned_to, request_id=request_id),
        )

    async def request_reschedule(self, uid: str, *, reason: str | None = None) -> NewTimeOutcome:
        """Cancels the booking; Cal.com asks its attendee by mail to choose another time."""
        body = RequestRescheduleBody(reschedule_reason=reason)
        return await self._do(
            post("request_reschedule", _path(uid, "request-reschedule"), versions.BOOKINGS, body),
            NO_DATA,
            lambda _, request_id: NewTimeAsked(request_id=request_id),
        )


def _path(uid: str, action: str) -> str:
    return f"/v2/bookings/{segment(uid)}/{action}"

"""What Cal.com's booking core does: create, reschedule, cancel, confirm, decline.

Without `race` nothing awaits between check and write, so two requests never see the same free
slot. With it the gap of Cal.com's own core is open for a moment.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.calcom import availability, booking_checks, booking_people, webhooks
from sandbox.calcom.errors import ApiError
from sandbox.calcom.model import Attendee, Booking, EventType, User, iso_ms
from sandbox.calcom.state import World
from sandbox.calcom.validation import BookingWish

# Doubled intervals were measured in all runs up to 30 ms apart (contract 6).
RACE_GAP_S = 0.03
Meanwhile = Callable[[World, EventType, availability.Span], None]


def nothing(world: World, event_type: EventType, span: availability.Span) -> None:
    """Nobody comes in between."""


async def _pause() -> None:
    await asyncio.sleep(RACE_GAP_S)


async def _gap(world: World, event_type: EventType) -> None:
    if world.tenants[event_type.tenant].race:
        await _pause()


def _responses(wish: BookingWish, email: str) -> dict[str, Any]:
    known = {
        "email": email,
        "name": wish.attendee.name,
        "guests": list(wish.guests),
        "location": {"value": "inPerson", "optionValue": ""},
        "displayEmail": email,
        "displayGuests": list(wish.guests),
    }
    if wish.attendee.phone_number:
        known["attendeePhoneNumber"] = wish.attendee.phone_number
    return {**known, **wish.responses}


def _attendee(wish: BookingWish, email: str, *, seat_uid: str | None) -> Attendee:
    seated = seat_uid is not None
    return Attendee(
        name=wish.attendee.name,
        email=email,
        time_zone=wish.attendee.time_zone,
        language=wish.attendee.language,
        phone_number=wish.attendee.phone_number,
        seat_uid=seat_uid,
        metadata=wish.metadata if seated else {},
        responses=_responses(wish, email) if seated else {},
    )


def _refuse_equal_interval(world: World, booking: Booking, *, besides: str | None = None) -> None:
    """The one thing that is unique at Cal.com: start, end and host of accepted bookings."""
    for host_id in booking.host_ids:
        for other in world.bookings_of_host(host_id):
            same = (other.start_at, other.end_at) == (booking.start_at, booking.end_at)
            if other.status == "accepted" and other.uid not in (booking.uid, besides) and same:
                raise conflict()


def conflict() -> ApiError:
    return ApiError(409, "booking_conflict_error", code="HttpError", core="booking_conflict_error")


def _new_booking(
    world: World, event_type: EventType, wish: BookingWish, hosts: tuple[int, ...], email: str
) -> Booking:
    now, uid = world.now(), world.new_uid()
    seat_uid = world.new_uid() if event_type.seats_per_time_slot else None
    length = timedelta(minutes=wish.length_min or event_type.length_in_minutes)
    return Booking(
        id=world.take_id(Booking),
        uid=uid,
        tenant=event_type.tenant,
        event_type_id=event_type.id,
        host_id=hosts[0],
        host_ids=hosts,
        status="pending" if event_type.requires_confirmation else "accepted",
        start_at=wish.start_at,
        end_at=wish.start_at + length,
        attendees=(_attendee(wish, email, seat_uid=seat_uid),),
        metadata=wish.metadata,
        guests=wish.guests,
        responses=_responses(wish, email),
        location=booking_people.booked_location(event_type, wish.location),
        ical_uid=f"{uid}@Cal.com",
        created_at=now,
        updated_at=now,
    )


async def create(
    world: World, event_type: EventType, wish: BookingWish, meanwhile: Meanwhile = nothing
) -> Booking:
    """Checks, then writes; raises `ApiError` with Cal.com's text when it does not book.

    `meanwhile`: what somebody else does between the two.
    """
    booking_checks.check_length(event_type, wish.length_min)
    length = timedelta(minutes=wish.length_min or event_type.length_in_minutes)
    span = (wish.start_at, wish.start_at + length)
    booking_checks.check_time(world, event_type, wish.start_at)
    email = booking_checks.attendee_email(world, event_type, wish)
    booking_checks.check_fields(event_type, wish.responses)
    booking_people.booked_location(event_type, wish.location)
    booking_checks.check_booker(world, event_type, email)
    replayed = booking_checks.natural_replay(world, event_type, wish, email)
    if replayed is not None:
        return replayed
    if event_type.seats_per_time_slot is not None:
        return await _take_seat(world, event_type, wish, email, span)
    booking_checks.check_limits(world, event_type, wish.start_at)
    hosts = booking_checks.free_hosts(world, event_type, span)
    meanwhile(world, event_type, span)
    await _gap(world, event_type)
    booking = _new_booking(world, event_type, wish, hosts, email)
    if booking.status == "accepted":
        _refuse_equal_interval(world, booking)
    world.put(booking)
    trigger = "BOOKING_CREATED" if booking.status == "accepted" else "BOOKING_REQUESTED"
    webhooks.send(world, trigger, booking)
    return booking


async def _take_seat(
    world: World,
    event_type: EventType,
    wish: BookingWish,
    email: str,
    span: availability.Span,
) -> Booking:
    taken = booking_checks.seated_booking(world, event_type, span[0])
    if taken is None:
        hosts = booking_checks.free_hosts(world, event_type, span)
        # The first seat is raced for by insert, as at Cal.com: all but one lose, free seats or not.
        await _pause()
        booking = _new_booking(world, event_type, wish, hosts, email)
        _refuse_equal_interval(world, booking)
    else:
        if len(taken.attendees) >= (event_type.seats_per_time_slot or 0):
            raise ApiError(409, "No more seats left at this seated booking.")
        seat = _attendee(wish, email, seat_uid=world.new_uid())
        attendees = (*taken.attendees, seat)
        booking = taken.model_copy(update={"attendees": attendees, "updated_at": world.now()})
    world.put(booking)
    webhooks.send(world, "BOOKING_CREATED", booking)
    return booking


def _check_movable(world: World, booking: Booking) -> None:
    opening = f"Can't reschedule booking with uid={booking.uid} because it has been cancelled"
    if booking.rescheduled_to_uid is not None:
        new = booking.rescheduled_to_uid
        raise ApiError(
            400,
            f"{opening} and rescheduled already to booking with uid={new}. You probably want to"
            f" reschedule {new} instead by passing it within the request URL.",
        )
    if booking.status == "cancelled":
        raise ApiError(400, f"{opening}. Please provide uid of a booking that is not cancelled.")
    if booking.status == "rejected":
        raise ApiError(
            400, f"Can't reschedule booking with uid={booking.uid} because it has been rejected."
        )
    event_type = world.event_types[booking.event_type_id]
    if event_type.disable_rescheduling:
        raise ApiError(400, "This event type does not allow rescheduling")
    notice = event_type.minimum_reschedule_notice
    if notice and booking.start_at - world.now() < timedelta(minutes=notice):
        raise ApiError(
            403, f"Rescheduling is not allowed within the minimum reschedule notice of {notice} min"
        )


async def reschedule(
    world: World,
    booking: Booking,
    start_at: datetime,
    *,
    reason: str | None,
    by: str | None,
    meanwhile: Meanwhile = nothing,
) -> Booking:
    """The new booking; the old one becomes cancelled and points to it. `meanwhile` as above."""
    _check_movable(world, booking)
    event_type = world.event_types[booking.event_type_id]
    booking_checks.check_time(world, event_type, start_at)
    span = (start_at, start_at + (booking.end_at - booking.start_at))
    hosts = booking_checks.free_hosts(
        world, event_type, span, ignore_uid=booking.uid, prefer=booking.host_id
    )
    meanwhile(world, event_type, span)
    await _gap(world, event_type)
    now, uid = world.now(), world.new_uid()
    by_host = by is not None and by == world.users[booking.host_id].email
    needs_host = event_type.requires_confirmation and not by_host
    moved = booking.model_copy(
        update={
            "id": world.take_id(Booking),
            "uid": uid,
            "status": "pending" if needs_host else "accepted",
            "host_id": hosts[0],
            "host_ids": hosts,
            "start_at": span[0],
            "end_at": span[1],
            "cancellation_reason": reason or "",
            "rescheduling_reason": reason,
            "rescheduled_by_email": by,
            "rescheduled_from_uid": booking.uid,
            "ical_sequence": booking.ical_sequence + 1,
            "created_at": now,
            "updated_at": now,
            "started_sent": False,
            "ended_sent": False,
        }
    )
    current = world.bookings[booking.uid]
    if moved.status == "accepted":
        _refuse_equal_interval(world, moved, besides=booking.uid)
    gone = {"status": "cancelled", "rescheduled_to_uid": uid, "updated_at": now}
    world.put(current.model_copy(update=gone))
    world.put(moved)
    webhooks.send(world, "BOOKING_RESCHEDULED", moved, before=booking)
    return moved


def cancel(
    world: World,
    booking: Booking,
    *,
    reason: str | None,
    host: User | None,
    seat_uid: str | None = None,
) -> Booking:
    if booking.status == "cancelled":
        raise ApiError(
            400,
            f"Can't cancel booking with uid={booking.uid} because it has been cancelled already."
            " Please provide uid of a booking that is not cancelled.",
        )
    if world.event_types[booking.event_type_id].disable_cancelling:
        raise ApiError(400, "This event type does not allow cancellations")
    if booking.end_at <= world.now():
        raise ApiError(400, "Cannot cancel a booking that has already ended")
    if host is not None and not reason:
        text = "Cancellation reason is required"
        raise ApiError(400, text, code="bad_request_error", core=text)
    if seat_uid is not None:
        return _leave_seat(world, booking, seat_uid)
    update = {"status": "cancelled", "cancellation_reason": reason or ""}
    return _close(world, booking, "BOOKING_CANCELLED", update, cancelled_by=host)


def _leave_seat(world: World, booking: Booking, seat_uid: str) -> Booking:
    left = tuple(seat for seat in booking.attendees if seat.seat_uid != seat_uid)
    if len(left) == len(booking.attendees):
        raise ApiError(400, f"Invalid seatUid: {seat_uid} is not a seat of this booking")
    if not left:
        return _close(world, booking, "BOOKING_CANCELLED", {"status": "cancelled"})
    changed = booking.model_copy(update={"attendees": left, "updated_at": world.now()})
    webhooks.send(world, "BOOKING_CANCELLED", changed)
    return world.put(changed)


def _close(
    world: World,
    booking: Booking,
    trigger: str,
    update: dict[str, Any],
    *,
    cancelled_by: User | None = None,
    request_reschedule: bool = False,
) -> Booking:
    closed = booking.model_copy(
        update={
            "ical_sequence": booking.ical_sequence + 1,
            **update,
            "updated_at": world.now(),
        }
    )
    world.put(closed)
    extra: dict[str, Any] = {}
    if trigger == "BOOKING_CANCELLED":
        extra = {"requestReschedule": request_reschedule}
        if cancelled_by is not None and not request_reschedule:
            extra["cancelledBy"] = cancelled_by.email
    webhooks.send(world, trigger, closed, extra=extra)
    return closed


def confirm(world: World, booking: Booking) -> Booking:
    """No unique key here: two pendings on one slot can both be confirmed, as at Cal.com.

    Unless the tenant's `confirms_twice` is off.
    """
    if booking.status == "accepted":
        raise ApiError(400, "Booking already confirmed")
    if booking.status != "pending":
        raise ApiError(400, f"Can't confirm booking with uid={booking.uid}: it is {booking.status}")
    if not world.tenants[booking.tenant].confirms_twice:
        event_type = world.event_types[booking.event_type_id]
        span = (booking.start_at, booking.end_at)
        booking_checks.free_hosts(world, event_type, span, ignore_uid=booking.uid)
    confirmed = booking.model_copy(update={"status": "accepted", "updated_at": world.now()})
    world.put(confirmed)
    webhooks.send(world, "BOOKING_CREATED", confirmed)
    return confirmed


def decline(world: World, booking: Booking, reason: str | None) -> Booking:
    if booking.status != "pending":
        raise ApiError(400, f"Can't decline booking with uid={booking.uid}: it is {booking.status}")
    update = {"status": "rejected", "rejection_reason": reason, "ical_sequence": 0}
    return _close(world, booking, "BOOKING_REJECTED", update)


def request_reschedule(world: World, booking: Booking, reason: str | None, host: User) -> Booking:
    if not booking.is_live:
        raise ApiError(400, f"Booking with uid={booking.uid} is {booking.status} already")
    update = {
        "status": "cancelled",
        "cancellation_reason": reason or "",
        "cancelled_by_email": host.email,
    }
    return _close(
        world, booking, "BOOKING_CANCELLED", update, cancelled_by=host, request_reschedule=True
    )


def mark_absent(
    world: World, booking: Booking, *, host: bool | None, attendees: dict[str, bool]
) -> Booking:
    now = world.now()
    if now < booking.start_at:
        raise ApiError(
            400,
            "Bookings can only be marked as absent after their scheduled start time. Current time"
            f" in UTC+0: {iso_ms(now)}, Booking start time in UTC+0: {iso_ms(booking.start_at)}",
        )
    people = tuple(
        person.model_copy(update={"absent": attendees.get(person.email, person.absent)})
        for person in booking.attendees
    )
    update = {"attendees": people, "updated_at": now}
    if host is not None:
        update["absent_host"] = host
    changed = booking.model_copy(update=update)
    world.put(changed)
    webhooks.send(world, "BOOKING_NO_SHOW_UPDATED", changed)
    return changed


def reassign(world: World, booking: Booking, user_id: int | None) -> dict[str, Any]:
    event_type = world.event_types[booking.event_type_id]
    others = [host for host in event_type.hosts if host != booking.host_id]
    if user_id is not None and (
        event_type.scheduling_type != "roundRobin" or user_id not in others
    ):
        raise ApiError(400, f"User with id={user_id} is not a valid Round Robin host")
    span = (booking.start_at, booking.end_at)
    wanted = others if user_id is None else [user_id]
    free = [
        host
        for host in wanted
        if event_type.scheduling_type == "roundRobin"
        and availability.is_host_free(world, event_type, host, span)
    ]
    if not free:
        raise ApiError(
            400, "Can't reassign the booking because no other host is available at that time."
        )
    update = {"host_id": free[0], "host_ids": (free[0],), "updated_at": world.now()}
    world.put(booking.model_copy(update=update))
    host = world.users[free[0]]
    return {
        "bookingUid": booking.uid,
        "reassignedTo": {
            "id": host.id,
            "name": host.name,
            "email": host.email,
            "displayEmail": host.email,
        },
    }

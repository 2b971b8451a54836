"""What stands between a well-formed request and a booking; each refusal in Cal.com's words."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.calcom import availability
from sandbox.calcom.errors import (
    IN_THE_PAST,
    OUTSIDE_WINDOW,
    TAKEN,
    TAKEN_TEAM,
    ApiError,
)
from sandbox.calcom.model import Booking, EventType
from sandbox.calcom.state import World
from sandbox.calcom.validation import BookingWish

NO_MX_TEXT = "This email address cannot receive mail. Please use a valid email."
E164 = re.compile(r"\+[1-9]\d{6,14}")
SMS_DOMAIN = "sms.cal.com"


def find_event_type(world: World, wish: BookingWish) -> EventType:
    if wish.event_type_id is not None:
        found = world.event_types.get(wish.event_type_id)
        if found is None:
            raise ApiError(404, f"Event type with id {wish.event_type_id} not found.")
    else:
        found = _by_slug(world, wish)
    if found.managed_parent:
        raise ApiError(
            400,
            f"Event type with id={found.id} is the parent managed event type that can't be booked."
            " You have to provide the child event type id aka id of event type that has been"
            " assigned to one of the users.",
        )
    if not found.hosts:
        raise ApiError(
            422,
            "Can't book this team event type because it has no hosts. Please, add at least 1 host"
            " to the event type.",
        )
    return found


def _by_slug(world: World, wish: BookingWish) -> EventType:
    slug = wish.event_type_slug
    for event_type in world.event_types.values():
        if event_type.slug != slug:
            continue
        if wish.team_slug:
            if event_type.owner_id is None and event_type.tenant == wish.team_slug:
                return event_type
        elif event_type.owner_id is not None:
            owner = world.users[event_type.owner_id]
            if owner.username == wish.username:
                return event_type
    whose = f"team {wish.team_slug}" if wish.team_slug else f"user {wish.username}"
    raise ApiError(404, f"Event type with slug {slug} belonging to {whose} not found.")


def check_length(event_type: EventType, length_min: int | None) -> None:
    if length_min is None:
        return
    if not event_type.length_in_minutes_options:
        raise ApiError(
            400,
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible"
            " lengths. Please, remove the 'lengthInMinutes' field from the request.",
        )
    if length_min not in event_type.length_in_minutes_options:
        options = ", ".join(str(option) for option in event_type.length_in_minutes_options)
        raise ApiError(
            400,
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The"
            f" possible lengths are: {options}",
        )


def check_time(world: World, event_type: EventType, start_at: datetime) -> None:
    if start_at < world.now():
        raise ApiError(400, IN_THE_PAST)
    first, last = availability.bookable_range(world, event_type)
    if not first <= start_at < last:
        raise ApiError(400, OUTSIDE_WINDOW)


def attendee_email(world: World, event_type: EventType, wish: BookingWish) -> str:
    """The address that is stored: the caller's, or one made of the phone's digits."""
    email, phone = wish.attendee.email, wish.attendee.phone_number
    if event_type.phone_required and phone is None:
        raise ApiError(
            400,
            "Missing attendee phone number - it is required by the event type. Pass it as"
            ' "attendee.phoneNumber" in the request.',
        )
    if phone is not None and not E164.fullmatch(phone):
        # A second check, stricter than the one of the syntax: `+49 (0)171 …` passes that one.
        raise ApiError(
            400,
            "responses - {attendeePhoneNumber}invalid_number, ",
            code="BAD_REQUEST",
            bare=True,
        )
    needs_email = event_type.email_required and not event_type.email_hidden
    if email is None and needs_email:
        raise ApiError(
            400, "responses - {email}error_required_field, ", code="BAD_REQUEST", bare=True
        )
    if phone is not None and (email is None or event_type.email_hidden):
        return f"{phone.lstrip('+')}@{SMS_DOMAIN}"
    if email is None:
        raise ApiError(
            400, "responses - {email}error_required_field, ", code="BAD_REQUEST", bare=True
        )
    if event_type.check_deliverability and _has_no_mx(world, event_type, email):
        raise ApiError(400, NO_MX_TEXT, code="HttpError", core="email_domain_cannot_receive_mail")
    return email


def _has_no_mx(world: World, event_type: EventType, email: str) -> bool:
    domain = email.rpartition("@")[2]
    listed = world.tenants[event_type.tenant].no_mx_domains
    return any(domain == bad or domain.endswith(f".{bad}") for bad in listed)


def check_fields(event_type: EventType, responses: dict[str, Any]) -> None:
    for field in event_type.booking_fields:
        value = responses.get(field.slug)
        if value in (None, ""):
            if field.required:
                raise ApiError(
                    400,
                    f"Missing required booking field response: {field.slug} - it is required by"
                    " the event type booking fields, but missing in the bookingFieldsResponses.",
                )
        elif field.options and value not in field.options:
            options = ", ".join(field.options)
            raise ApiError(
                400,
                f"Invalid option '{value}' for booking field '{field.slug}'. Allowed options are:"
                f" {options}",
            )


def natural_replay(
    world: World, event_type: EventType, wish: BookingWish, email: str
) -> Booking | None:
    """Round robin and confirmation types give a repeated request its first booking back."""
    if not event_type.replays_naturally or event_type.seats_per_time_slot is not None:
        return None
    for booking in world.bookings.values():
        if booking.event_type_id != event_type.id or booking.start_at != wish.start_at:
            continue
        who = booking.attendees[0]
        same = (who.email, who.phone_number) == (email, wish.attendee.phone_number)
        if booking.is_live and same:
            return booking
    return None


def seated_booking(world: World, event_type: EventType, start_at: datetime) -> Booking | None:
    for booking in world.bookings.values():
        same = booking.event_type_id == event_type.id and booking.start_at == start_at
        if same and booking.is_live:
            return booking
    return None


def check_booker(world: World, event_type: EventType, email: str) -> None:
    """Counted by address: one stand-in for all phone callers soon reaches it (contract 6)."""
    most = event_type.booker_active_bookings_limit
    if most is None:
        return
    active = [
        booking
        for booking in world.bookings.values()
        if booking.event_type_id == event_type.id
        and booking.is_live
        and booking.end_at > world.now()
        and any(person.email == email for person in booking.attendees)
    ]
    if len(active) >= most:
        raise ApiError(
            400,
            "Attendee with this email can't book because the maximum number of active bookings has"
            f" been reached. You can reschedule your existing booking ({active[-1].uid}) to a new"
            " timeslot instead.",
        )


def check_limits(world: World, event_type: EventType, start_at: datetime) -> None:
    if event_type.booking_limit_per_day is None:
        return
    schedule = availability.schedule_of(world, event_type, event_type.hosts[0])
    zone = ZoneInfo(schedule.time_zone)
    day = start_at.astimezone(zone).date()
    count = sum(
        booking.event_type_id == event_type.id
        and booking.status == "accepted"
        and booking.start_at.astimezone(zone).date() == day
        for booking in world.bookings.values()
    )
    if count >= event_type.booking_limit_per_day:
        raise ApiError(400, TAKEN)


def free_hosts(
    world: World,
    event_type: EventType,
    span: availability.Span,
    *,
    ignore_uid: str | None = None,
    prefer: int | None = None,
) -> tuple[int, ...]:
    """Hosts that get the booking, organiser first; raises when nobody has time."""
    free = [
        host_id
        for host_id in event_type.hosts
        if availability.is_host_free(world, event_type, host_id, span, ignore_uid=ignore_uid)
    ]
    if event_type.scheduling_type is None:
        if not free:
            raise ApiError(400, TAKEN)
        return tuple(free)
    if event_type.scheduling_type == "collective":
        if len(free) < len(event_type.hosts):
            raise ApiError(400, TAKEN_TEAM)
        return tuple(free)
    if not free:
        raise ApiError(400, TAKEN_TEAM)
    if prefer in free:
        return (prefer,)
    return (min(free, key=lambda host_id: _turn(world, event_type, host_id)),)


def _turn(world: World, event_type: EventType, host_id: int) -> tuple[int, int]:
    """Round robin: whoever has fewest bookings of this type is next."""
    had = sum(booking.event_type_id == event_type.id for booking in world.bookings_of_host(host_id))
    return had, event_type.hosts.index(host_id)

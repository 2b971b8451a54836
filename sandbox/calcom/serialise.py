"""Rows as Cal.com writes them on the wire."""

from typing import Any

from sandbox.calcom.model import Attendee, Booking, EventType, Schedule, User, Webhook, iso_ms
from sandbox.calcom.state import World

Json = dict[str, Any]


def host_out(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "displayEmail": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
    }


def attendee_out(attendee: Attendee, *, seated: bool) -> Json:
    out: Json = {
        "name": attendee.name,
        "email": attendee.email,
        "displayEmail": attendee.email,
        "timeZone": attendee.time_zone,
        "language": attendee.language,
        "absent": attendee.absent,
    }
    if attendee.phone_number:
        out["phoneNumber"] = attendee.phone_number
    if seated:
        out["seatUid"] = attendee.seat_uid
        out["metadata"] = attendee.metadata
        out["bookingFieldsResponses"] = attendee.responses
    return out


def title_of(world: World, booking: Booking) -> str:
    event_type = world.event_types[booking.event_type_id]
    host = world.users[booking.host_id]
    guest = booking.attendees[0].name if booking.attendees else "?"
    return f"{event_type.title} between {host.name} and {guest}"


def booking_out(world: World, booking: Booking, *, written: bool = False) -> Json:
    """`written`: the answer to create and reschedule has a field more."""
    event_type = world.event_types[booking.event_type_id]
    seated = event_type.seats_per_time_slot is not None
    out: Json = {
        "id": booking.id,
        "uid": booking.uid,
        "title": title_of(world, booking),
        "description": booking.responses.get("notes", ""),
        "hosts": [host_out(world.users[booking.host_id])],
        "status": booking.status,
        "cancellationReason": booking.cancellation_reason,
        "cancelledByEmail": booking.cancelled_by_email,
        "rescheduledByEmail": booking.rescheduled_by_email,
        "start": iso_ms(booking.start_at),
        "end": iso_ms(booking.end_at),
        "duration": int((booking.end_at - booking.start_at).total_seconds() // 60),
        "eventTypeId": event_type.id,
        "eventType": {"id": event_type.id, "slug": event_type.slug},
        "meetingUrl": booking.location,
        "location": booking.location,
        "absentHost": booking.absent_host,
        "createdAt": iso_ms(booking.created_at),
        "updatedAt": iso_ms(booking.updated_at),
        "rating": None,
        "icsUid": booking.ical_uid,
        "attendees": [attendee_out(attendee, seated=seated) for attendee in booking.attendees],
        "guests": list(booking.guests),
    }
    if not seated:
        out["metadata"] = booking.metadata
        out["bookingFieldsResponses"] = booking.responses
    for name, value in (
        ("reschedulingReason", booking.rescheduling_reason),
        ("rescheduledFromUid", booking.rescheduled_from_uid),
        ("rescheduledToUid", booking.rescheduled_to_uid),
    ):
        if value is not None:
            out[name] = value
    if written:
        out["isPlatformManagedUserBooking"] = False
    return out


def schedule_out(schedule: Schedule) -> Json:
    return {
        "id": schedule.id,
        "ownerId": schedule.owner_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone,
        "availability": [
            {"days": list(h.days), "startTime": h.start_time, "endTime": h.end_time}
            for h in schedule.availability
        ],
        "isDefault": schedule.is_default,
        "overrides": [
            {"date": h.date.isoformat(), "startTime": h.start_time, "endTime": h.end_time}
            for h in schedule.overrides
        ],
    }


def me_out(user: User) -> Json:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "avatarUrl": None,
        "bio": "",
        "timeFormat": 24,
        "defaultScheduleId": user.schedule_id,
        "weekStart": "Monday",
        "timeZone": user.time_zone,
        "username": user.username,
        "locale": "de",
        "organizationId": None,
    }


def webhook_out(webhook: Webhook) -> Json:
    out: Json = {
        "id": webhook.id,
        "payloadTemplate": webhook.payload_template,
        "triggers": list(webhook.triggers),
        "subscriberUrl": webhook.subscriber_url,
        "active": webhook.active,
        "secret": webhook.secret,
        "time": None,
        "timeUnit": None,
        "version": webhook.version,
    }
    if webhook.event_type_id is None:
        return {**out, "userId": webhook.user_id}
    return {**out, "eventTypeId": webhook.event_type_id}


def _fields_out(event_type: EventType) -> list[Json]:
    phone = event_type.phone_required
    standard: list[Json] = [
        {"field": "name", "slug": "name", "variant": "fullName", "disableOnPrefill": False},
        {
            "field": "email",
            "slug": "email",
            "required": event_type.email_required,
            "hidden": event_type.email_hidden,
        },
        {
            "field": "attendeePhoneNumber",
            "slug": "attendeePhoneNumber",
            "required": phone,
            "hidden": not phone,
        },
        {"field": "location", "slug": "location"},
        {"field": "title", "slug": "title", "required": True, "hidden": True},
        {"field": "notes", "slug": "notes", "required": False, "hidden": False},
        {"field": "guests", "slug": "guests", "required": False, "hidden": False},
        {"field": "rescheduleReason", "slug": "rescheduleReason", "required": False},
    ]
    custom = [
        {"type": f.type, "slug": f.slug, "required": f.required, "label": f.slug, "hidden": False}
        | ({"options": list(f.options)} if f.options else {})
        for f in event_type.booking_fields
    ]
    return [{"disableOnPrefill": False, **f} for f in (*standard, *custom)]


def _user_in_type(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatarUrl": None,
        "brandColor": None,
        "darkBrandColor": None,
        "weekStart": "Monday",
        "metadata": {},
    }


def _policies_out(event_type: EventType) -> Json:
    off: Json = {"disabled": True}
    window: Json = off
    if event_type.booking_window is not None:
        window = {"type": "calendarDays", "value": event_type.booking_window, "rolling": False}
    confirmation: Json = off
    if event_type.requires_confirmation:
        blocks = event_type.block_unconfirmed_bookings_in_booker
        confirmation = {"type": "always", "blockUnconfirmedBookingsInBooker": blocks}
    seats: Json = off
    if event_type.seats_per_time_slot is not None:
        seats = {
            "seatsPerTimeSlot": event_type.seats_per_time_slot,
            "showAttendeeInfo": True,
            "showAvailabilityCount": True,
        }
    booker: Json = off
    if event_type.booker_active_bookings_limit is not None:
        booker = {
            "maximumActiveBookings": event_type.booker_active_bookings_limit,
            "offerReschedule": True,
        }
    return {
        "bookingWindow": window,
        "confirmationPolicy": confirmation,
        "seats": seats,
        "bookerActiveBookingsLimit": booker,
        "disableCancelling": {"disabled": event_type.disable_cancelling},
        "disableRescheduling": {"disabled": event_type.disable_rescheduling},
        "bookingRequiresAuthentication": event_type.booking_requires_authentication,
    }


def event_type_out(world: World, event_type: EventType) -> Json:
    people = [world.users[host] for host in event_type.hosts]
    whose = people[0].username if event_type.owner_id is not None else event_type.tenant
    out: Json = {
        "id": event_type.id,
        "ownerId": event_type.owner_id,
        "lengthInMinutes": event_type.length_in_minutes,
        "title": event_type.title,
        "slug": event_type.slug,
        "description": event_type.description,
        "locations": event_type.locations,
        "bookingFields": _fields_out(event_type),
        "recurrence": None,
        "disableGuests": False,
        "slotInterval": event_type.slot_interval,
        "minimumBookingNotice": event_type.minimum_booking_notice,
        "beforeEventBuffer": event_type.before_event_buffer,
        "afterEventBuffer": event_type.after_event_buffer,
        "metadata": {},
        "price": 0,
        "currency": "usd",
        "lockTimeZoneToggleOnBookingPage": False,
        "forwardParamsSuccessRedirect": True,
        "successRedirectUrl": None,
        "isInstantEvent": False,
        "users": [_user_in_type(person) for person in people],
        "scheduleId": event_type.schedule_id,
        "onlyShowFirstAvailableSlot": False,
        "offsetStart": 0,
        "hidden": False,
        "bookingUrl": f"https://cal.com/{whose}/{event_type.slug}",
        "interfaceLanguage": None,
        "skipAttendeeEmailDeliverabilityCheck": not event_type.check_deliverability,
        **_policies_out(event_type),
    }
    if event_type.length_in_minutes_options:
        out["lengthInMinutesOptions"] = list(event_type.length_in_minutes_options)
    if event_type.owner_id is None:
        out |= _team_out(world, event_type)
        out["hosts"] = [{"userId": person.id, "name": person.name} for person in people]
    return out


def _team_out(world: World, event_type: EventType) -> Json:
    tenant = world.tenants[event_type.tenant]
    empty = ("bannerUrl", "logoUrl", "brandColor", "darkBrandColor", "theme")
    return {
        "ownerId": None,
        "teamId": tenant.team_id,
        "schedulingType": event_type.scheduling_type,
        "parentEventTypeId": None,
        "assignAllTeamMembers": False,
        "team": {
            "id": tenant.team_id,
            "slug": tenant.slug,
            "name": tenant.slug,
            "weekStart": "Monday",
            **dict.fromkeys(empty, ""),
        },
    }

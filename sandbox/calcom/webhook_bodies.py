"""Bodies of webhooks: both payload versions, the flat rows of meetings, the test button's."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.calcom.model import Booking, User, iso_ms
from sandbox.calcom.serialise import title_of
from sandbox.calcom.state import World

OLD_VERSION = "2021-10-20"
NAMES_IN_FULL = 2
# What the flavour of 2021-10-20 does not know (contract 4).
NEW_KEYS = (
    "bookerUrl",
    "eventTypeTitle",
    "hideCalendarEventDetails",
    "privateNoteEnabled",
    "privateNoteMode",
    "privateNoteTemplate",
    "hideOrganizerEmail",
    "disableRescheduling",
    "disableReschedulingScope",
    "disableCancelling",
    "disableCancellingScope",
    "userFieldsResponses",
    "oneTimePassword",
    "platformClientId",
    "platformRescheduleUrl",
    "platformCancelUrl",
    "platformBookingUrl",
    "hashedLink",
    "assignmentReason",
    "attendeeIcsContent",
    "organizerIcsContent",
)


def _offset_min(zone: str, moment: datetime) -> int:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def _person(user: User, moment: datetime) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
        "language": {"locale": "de"},
        "timeFormat": "HH:mm",
        "utcOffset": _offset_min(user.time_zone, moment),
    }


def _attendees(booking: Booking) -> list[dict[str, Any]]:
    people = []
    for attendee in booking.attendees:
        parts = attendee.name.split(" ", 1)
        people.append(
            {
                "name": attendee.name,
                "email": attendee.email,
                "timeZone": attendee.time_zone,
                "language": {"locale": attendee.language},
                "phoneNumber": attendee.phone_number,
                "bookingSeat": {"referenceUid": attendee.seat_uid} if attendee.seat_uid else None,
                "utcOffset": _offset_min(attendee.time_zone, booking.start_at),
                "firstName": parts[0],
                "lastName": parts[1] if len(parts) == NAMES_IN_FULL else "",
            }
        )
    return people


_CONSTANT: dict[str, Any] = {
    "bookerUrl": "https://cal.com",
    "hideCalendarEventDetails": False,
    "privateNoteEnabled": False,
    "privateNoteMode": None,
    "privateNoteTemplate": None,
    "hideOrganizerEmail": False,
    "seatsShowAttendees": True,
    "seatsShowAvailabilityCount": True,
    "customReplyToEmail": None,
    "disableRescheduling": False,
    "disableReschedulingScope": "HOST_AND_ATTENDEE",
    "disableCancelling": False,
    "disableCancellingScope": "HOST_AND_ATTENDEE",
    "customInputs": {},
    "userFieldsResponses": {},
    "oneTimePassword": None,
    "platformClientId": "",
    "platformRescheduleUrl": "",
    "platformCancelUrl": "",
    "platformBookingUrl": "",
    "organizationId": None,
    "hashedLink": None,
    "hideBranding": False,
    "assignmentReason": [],
    "attendeeIcsContent": "BEGIN:VCALENDAR",
    "organizerIcsContent": "BEGIN:VCALENDAR",
}


def payload_of(world: World, booking: Booking, before: Booking | None = None) -> dict[str, Any]:
    event_type = world.event_types[booking.event_type_id]
    labels = {"name": "your_name", "email": "email_address", "attendeePhoneNumber": "phone_number"}
    payload: dict[str, Any] = {
        "title": title_of(world, booking),
        "startTime": iso_ms(booking.start_at),
        "endTime": iso_ms(booking.end_at),
        "additionalNotes": booking.responses.get("notes", ""),
        "type": event_type.slug,
        "eventTypeTitle": event_type.title,
        "description": booking.responses.get("notes", ""),
        "eventTypeId": event_type.id,
        "hideCalendarNotes": False,
        "schedulingType": event_type.scheduling_type,
        "seatsPerTimeSlot": event_type.seats_per_time_slot,
        "organizer": _person(world.users[booking.host_id], booking.start_at),
        "attendees": _attendees(booking),
        "responses": {
            slug: {"label": labels.get(slug, slug), "value": value, "isHidden": False}
            for slug, value in booking.responses.items()
        },
        "location": booking.location,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "requiresConfirmation": event_type.requires_confirmation,
        "uid": booking.uid,
        "cancellationReason": booking.cancellation_reason or None,
        "rejectionReason": booking.rejection_reason,
        "bookingId": booking.id,
        "status": booking.status.upper(),
        "eventTitle": event_type.title,
        "eventDescription": None,
        "price": 0,
        "currency": "usd",
        "length": int((booking.end_at - booking.start_at).total_seconds() // 60),
        "destinationCalendar": None,
        "metadata": booking.metadata,
        **_CONSTANT,
    }
    if before is not None:
        payload["rescheduleId"] = before.id
        payload["rescheduleUid"] = before.uid
        payload["rescheduleStartTime"] = iso_ms(before.start_at)
        payload["rescheduleEndTime"] = iso_ms(before.end_at)
    return payload


def no_show_payload(booking: Booking) -> dict[str, Any]:
    absent = [person for person in booking.attendees if person.absent]
    emails = ", ".join(person.email for person in absent)
    return {
        "message": f"{emails} marked as no-show",
        "bookingUid": booking.uid,
        "bookingId": booking.id,
        "attendees": [
            {"email": person.email, "noShow": person.absent} for person in booking.attendees
        ],
    }


def flat_meeting(world: World, trigger: str, booking: Booking) -> dict[str, Any]:
    """MEETING_* come from a scheduler as a flat row, without `payload` (contract 4)."""
    host = world.users[booking.host_id]
    return {
        "triggerEvent": trigger,
        "id": booking.id,
        "uid": booking.uid,
        "userId": host.id,
        "userPrimaryEmail": host.email,
        "eventTypeId": booking.event_type_id,
        "title": title_of(world, booking),
        "responses": booking.responses,
        "startTime": iso_ms(booking.start_at),
        "endTime": iso_ms(booking.end_at),
        "location": booking.location,
        "createdAt": iso_ms(booking.created_at),
        "updatedAt": iso_ms(booking.updated_at),
        "status": booking.status.upper(),
        "cancellationReason": booking.cancellation_reason or None,
        "metadata": booking.metadata,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "noShowHost": booking.absent_host,
        "attendees": [
            {
                "name": person.name,
                "email": person.email,
                "timeZone": person.time_zone,
                "phoneNumber": person.phone_number,
                "locale": person.language,
                "bookingId": booking.id,
                "noShow": person.absent,
            }
            for person in booking.attendees
        ],
        "user": {"email": host.email, "name": host.name, "timeZone": host.time_zone},
    }


def old_flavour(payload: dict[str, Any]) -> dict[str, Any]:
    """The same in version 2021-10-20: fewer keys, times without milliseconds."""
    old = {key: value for key, value in payload.items() if key not in NEW_KEYS}
    for name in ("startTime", "endTime"):
        old[name] = old[name].replace(".000Z", "Z")
    old["responses"] = {
        slug: {key: value for key, value in answer.items() if key != "isHidden"}
        for slug, answer in old["responses"].items()
    }
    old["attendees"] = [
        {key: value for key, value in one.items() if key not in ("phoneNumber", "bookingSeat")}
        for one in old["attendees"]
    ]
    return {**old, "destinationCalendar": [], "appsStatus": []}


def ping(now: datetime) -> dict[str, Any]:
    """What the dashboard's test button sends: no uid, and of no booking."""
    person = {
        "name": "Cal",
        "email": "no-reply@cal.com",
        "timeZone": "Europe/London",
        "language": {"locale": "en"},
        "utcOffset": 0,
    }
    payload = {
        "type": "Test",
        "title": "Test trigger event",
        "description": "",
        "startTime": iso_ms(now),
        "endTime": iso_ms(now),
        "attendees": [person],
        "organizer": person,
    }
    return {"triggerEvent": "PING", "createdAt": iso_ms(now), "payload": payload}

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


# Of the questions that each event type has, also where nobody answered them.
LABELS = {
    "name": "your_name",
    "email": "email_address",
    "attendeePhoneNumber": "phone_number",
    "location": "location",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
}
UNANSWERED = ("title", "notes", "rescheduleReason")
NO_CALENDAR_FILE = ("BOOKING_REQUESTED", "BOOKING_REJECTED", "BOOKING_LOCATION_UPDATED")
# Whoever knows it may confirm: to be treated as a secret (contract 4).
ONE_TIME_PASSWORD = "otp-of-the-sandbox"  # noqa: S105 (invented)


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
    for place, attendee in enumerate(booking.attendees):
        parts = attendee.name.split(" ", 1)
        people.append(
            {
                "name": attendee.name,
                "email": attendee.email,
                "timeZone": attendee.time_zone,
                "language": {"locale": attendee.language},
                "phoneNumber": attendee.phone_number,
                "bookingSeat": _seat(booking, place) if attendee.seat_uid else None,
                "utcOffset": _offset_min(attendee.time_zone, booking.start_at),
                "firstName": parts[0],
                "lastName": parts[1] if len(parts) == NAMES_IN_FULL else "",
            }
        )
    return people


def _seat(booking: Booking, place: int) -> dict[str, Any]:
    attendee = booking.attendees[place]
    return {
        "id": booking.id * 100 + place,
        "referenceUid": attendee.seat_uid,
        "bookingId": booking.id,
        "attendeeId": booking.id * 100 + place,
        "data": {"responses": attendee.responses, "description": ""},
        "metadata": attendee.metadata,
    }


def _responses(booking: Booking) -> dict[str, Any]:
    answers: dict[str, Any] = {
        slug: {"label": LABELS.get(slug, slug), "value": value, "isHidden": False}
        for slug, value in booking.responses.items()
        if slug not in ("displayEmail", "displayGuests")
    }
    for slug in UNANSWERED:
        answers.setdefault(slug, {"label": LABELS[slug], "isHidden": slug == "title"})
    return answers


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
        "responses": _responses(booking),
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
    if event_type.requires_confirmation:
        payload["oneTimePassword"] = ONE_TIME_PASSWORD
    if booking.attendees and booking.attendees[-1].seat_uid:
        payload["attendeeSeatId"] = booking.attendees[-1].seat_uid
        payload["seatsShowAttendees"] = False
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
        "description": booking.responses.get("notes", ""),
        "customInputs": {},
        "responses": booking.responses,
        "startTime": iso_ms(booking.start_at),
        "endTime": iso_ms(booking.end_at),
        "location": booking.location,
        "createdAt": iso_ms(booking.created_at),
        "updatedAt": iso_ms(booking.updated_at),
        "status": booking.status.upper(),
        "paid": False,
        "cancellationReason": booking.cancellation_reason or None,
        "rejectionReason": booking.rejection_reason,
        "rescheduled": None,
        "fromReschedule": booking.rescheduled_from_uid,
        "recurringEventId": None,
        "smsReminderNumber": None,
        "metadata": booking.metadata,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "noShowHost": booking.absent_host,
        "attendees": [
            {
                "id": booking.id * 100 + place,
                "name": person.name,
                "email": person.email,
                "timeZone": person.time_zone,
                "phoneNumber": person.phone_number,
                "locale": person.language,
                "bookingId": booking.id,
                "noShow": person.absent,
            }
            for place, person in enumerate(booking.attendees)
        ],
        "user": {
            "email": host.email,
            "name": host.name,
            "timeZone": host.time_zone,
            "username": host.username,
        },
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


def paid(booking: Booking) -> dict[str, Any]:
    """What BOOKING_PAID has more than the others."""
    data = {
        "id": booking.id,
        "uid": f"pay_{booking.id}",
        "appId": "stripe",
        "bookingId": booking.id,
        "amount": 2500,
        "fee": 0,
        "currency": "eur",
        "success": True,
        "refunded": False,
        "data": {},
        "externalId": f"pi_test_{booking.id}",
        "paymentOption": "ON_BOOKING",
    }
    return {"price": 2500, "currency": "eur", "paymentId": booking.id, "paymentData": data}


def ping(now: datetime) -> dict[str, Any]:
    """What the dashboard's test button sends: no uid, and of no booking."""
    place = {"timeZone": "Europe/London", "language": {"locale": "en"}, "utcOffset": 0}
    cal = {"name": "Cal", "email": "no-reply@cal.com", **place}
    guest = {"name": "John Doe", "email": "jdoe@example.com", **place}
    payload = {
        "type": "Test",
        "title": "Test trigger event",
        "description": "",
        "startTime": iso_ms(now),
        "endTime": iso_ms(now),
        "attendees": [guest],
        "organizer": cal,
    }
    return {"triggerEvent": "PING", "createdAt": iso_ms(now), "payload": payload}

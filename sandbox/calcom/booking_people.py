"""Who else comes to a booking, and where it is: attendees, guests, location."""

from typing import Any

from sandbox.calcom import webhooks
from sandbox.calcom.errors import ApiError, wrong_property
from sandbox.calcom.model import Attendee, Booking, EventType
from sandbox.calcom.state import World
from sandbox.calcom.validation import EMAIL, is_phone

# Type of a location -> the property that has its text.
VALUES = {
    "address": "address",
    "attendeeAddress": "address",
    "attendeePhone": "phone",
    "phone": "phone",
    "attendeeDefined": "location",
    "link": "link",
}
# With these the event type knows where it is, and the booker only chooses.
OF_EVENT_TYPE = frozenset({"address", "link", "phone", "integration", "organizersDefaultApp"})


def check_email(email: object, name: str = "email") -> str:
    if not isinstance(email, str) or not EMAIL.fullmatch(email):
        wrong_property(name, "Invalid email format")
    return email.lower()


def _refuse_known(booking: Booking, emails: list[str]) -> None:
    known = {*(person.email for person in booking.attendees), *booking.guests}
    if len(set(emails)) < len(emails) or not known.isdisjoint(emails):
        raise ApiError(
            400,
            "Emails must be unique and valid",
            code="bad_request_error",
            core="emails_must_be_unique_valid",
        )


def add_attendee(world: World, booking: Booking, attendee: Attendee) -> tuple[Booking, int]:
    """The booking, and the place of the new one among its attendees."""
    _refuse_known(booking, [attendee.email])
    update = {"attendees": (*booking.attendees, attendee), "updated_at": world.now()}
    return world.put(booking.model_copy(update=update)), len(booking.attendees)


def add_guests(world: World, booking: Booking, emails: list[str]) -> Booking:
    _refuse_known(booking, emails)
    update = {"guests": (*booking.guests, *emails), "updated_at": world.now()}
    return world.put(booking.model_copy(update=update))


def _text(location: object) -> tuple[str, str]:
    """Type and text of a location that somebody sent."""
    if not isinstance(location, dict) or location.get("type") not in VALUES:
        wrong_property("location", "location must be one of the known types")
    kind, name = location["type"], VALUES[location["type"]]
    text = location.get(name)
    if not isinstance(text, str) or not text.strip():
        wrong_property("location", f" {name} property is wrong,{name} should not be empty")
    if name == "phone" and not is_phone(text):
        wrong_property("location", " phone property is wrong,Invalid phone number format")
    return kind, text


def change_location(world: World, booking: Booking, location: object) -> Booking:
    _, text = _text(location)
    sequence = booking.ical_sequence + 1
    update = {"location": text, "updated_at": world.now(), "ical_sequence": sequence}
    changed = world.put(booking.model_copy(update=update))
    extra = {"previousLocation": booking.location}
    webhooks.send(world, "BOOKING_LOCATION_UPDATED", changed, extra=extra)
    return changed


def booked_location(event_type: EventType, wish: dict[str, Any] | None) -> str | None:
    """Where it will be: what the booker chose, of what the event type allows; else its first."""
    first = event_type.locations[0] if event_type.locations else {}
    if wish is None:
        return first.get("address") or first.get("link") or first.get("phone")
    kind = wish.get("type")
    allowed = [place for place in event_type.locations if place.get("type") == kind]
    if not allowed:
        raise ApiError(
            400,
            f"Booking location with type {kind} not valid for event type with id={event_type.id}",
        )
    if kind in OF_EVENT_TYPE:
        return str(allowed[0].get(VALUES.get(str(kind), ""), "") or kind)
    return _text(wish)[1]

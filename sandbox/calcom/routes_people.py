"""`/v2/bookings/{uid}/...` about people and place; most of it exists at 2024-08-13 only."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom import booking_people
from sandbox.calcom.errors import ApiError, wrong_property
from sandbox.calcom.model import Attendee, Booking
from sandbox.calcom.routes_bookings import own, success
from sandbox.calcom.routes_slots import body_of
from sandbox.calcom.serialise import attendee_out, booking_out
from sandbox.calcom.validation import LANGUAGES, is_phone, is_zone

router = APIRouter(prefix="/v2/bookings")


def _with_id(booking: Booking, place: int) -> dict[str, Any]:
    person = attendee_out(booking.attendees[place], seated=False)
    return {"id": booking.id * 100 + place, "bookingId": booking.id, **person}


def _new_attendee(body: dict[str, Any]) -> Attendee:
    for name in ("name", "timeZone", "email"):
        if not isinstance(body.get(name), str) or not body[name]:
            wrong_property(name, f"{name} must be a string")
    if not is_zone(body["timeZone"]):
        wrong_property("timeZone", "timeZone must be a valid IANA time-zone")
    phone, language = body.get("phoneNumber"), body.get("language") or "en"
    if phone is not None and not is_phone(phone):
        text = "Invalid phone number format. Please use international format."
        wrong_property("phoneNumber", text)
    if language not in LANGUAGES:
        wrong_property("language", "language must be one of the following values")
    return Attendee(
        name=body["name"],
        email=booking_people.check_email(body["email"]),
        time_zone=body["timeZone"],
        language=language,
        phone_number=phone,
    )


@router.get("/{uid}/attendees")
async def get_attendees(uid: str, request: Request) -> JSONResponse:
    _, booking, _ = own(request, uid)
    return success([_with_id(booking, place) for place in range(len(booking.attendees))])


@router.get("/{uid}/attendees/{attendee_id}")
async def get_attendee(uid: str, attendee_id: str, request: Request) -> JSONResponse:
    _, booking, _ = own(request, uid)
    for place in range(len(booking.attendees)):
        person = _with_id(booking, place)
        if str(person["id"]) == attendee_id:
            return success(person)
    raise ApiError(404, f"Attendee with id {attendee_id} not found in booking {uid}")


@router.post("/{uid}/attendees")
async def add_attendee(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    attendee = _new_attendee(body_of(await request.body()))
    changed, place = booking_people.add_attendee(world, booking, attendee)
    return success(_with_id(changed, place), 201)


@router.post("/{uid}/guests")
async def add_guests(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    guests = body_of(await request.body()).get("guests")
    if not isinstance(guests, list) or not guests:
        wrong_property("guests", "guests must be an array")
    emails = [
        booking_people.check_email(one.get("email") if isinstance(one, dict) else one, "guests")
        for one in guests
    ]
    return success(booking_out(world, booking_people.add_guests(world, booking, emails)))


@router.patch("/{uid}/location")
async def change_location(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    location = body_of(await request.body()).get("location")
    return success(booking_out(world, booking_people.change_location(world, booking, location)))


@router.get("/{uid}/references")
async def get_references(uid: str, request: Request) -> JSONResponse:
    """Entries in calendars of others: the sandbox has none."""
    own(request, uid)
    return success([])


@router.get("/{uid}/calendar-links")
async def get_calendar_links(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    stamp = "%Y%m%dT%H%M%SZ"
    dates = f"{booking.start_at.strftime(stamp)}/{booking.end_at.strftime(stamp)}"
    title = booking_out(world, booking)["title"].replace(" ", "+")
    link = f"https://calendar.google.com/calendar/r/eventedit?dates={dates}&text={title}"
    return success([{"label": "Google Calendar", "link": link}])

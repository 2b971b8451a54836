"""What reads of bookings get without the right version: the controller of 2024-04-15.

Another shape, and the filters of the newer list are not looked at (contract 1.1): a client that
forgets its header reads this and must notice.
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom.errors import LEGACY_PREFIX, ApiError
from sandbox.calcom.listing import sees
from sandbox.calcom.model import Booking, iso_ms
from sandbox.calcom.routes_slots import user_of, world_of
from sandbox.calcom.serialise import title_of
from sandbox.calcom.state import World

router = APIRouter(prefix=f"{LEGACY_PREFIX}/v2/bookings")
PAGE = 100


def _attendees(booking: Booking) -> list[dict[str, Any]]:
    return [
        {
            "id": booking.id * 100 + place,
            "bookingId": booking.id,
            "email": person.email,
            "name": person.name,
            "timeZone": person.time_zone,
            "locale": person.language,
        }
        for place, person in enumerate(booking.attendees)
    ]


def _out(world: World, booking: Booking) -> dict[str, Any]:
    host = world.users[booking.host_id]
    return {
        "id": booking.id,
        "uid": booking.uid,
        "userId": host.id,
        "userPrimaryEmail": host.email,
        "title": title_of(world, booking),
        "description": booking.responses.get("notes", ""),
        "customInputs": {},
        "startTime": iso_ms(booking.start_at),
        "endTime": iso_ms(booking.end_at),
        "attendees": _attendees(booking),
        "metadata": booking.metadata,
        "location": booking.location,
        "recurringEventId": None,
        "eventTypeId": booking.event_type_id,
        "status": booking.status.upper(),
        "paid": False,
        "payment": [],
        "references": [],
        "isRecorded": False,
        "seatsReferences": [],
        "user": {"id": host.id, "name": host.name, "email": host.email},
        "rescheduled": booking.rescheduled_to_uid is not None or None,
    }


@router.get("")
async def list_bookings(request: Request) -> JSONResponse:
    world, user = world_of(request), user_of(request)
    if user is None:
        raise ApiError(403, "PermissionsGuard - no authentication provided.")
    seen = [booking for booking in world.bookings.values() if sees(user, booking)]
    newest = sorted(seen, key=lambda booking: booking.id, reverse=True)[:PAGE]
    data = {
        "bookings": [_out(world, booking) for booking in newest],
        "recurringInfo": [],
        "nextCursor": None,
    }
    return JSONResponse({"status": "success", "data": data})


@router.get("/{uid}")
async def get_booking(uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    booking = world.bookings.get(uid)
    if booking is None:
        raise ApiError(404, f"Booking with UID={uid} does not exist.")
    return JSONResponse({"status": "success", "data": _out(world, booking)})

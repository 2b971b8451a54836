"""`/v2/bookings` and what can be done with one."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom import booking_checks, booking_core, listing, strangers
from sandbox.calcom.errors import ApiError
from sandbox.calcom.faults import Fault
from sandbox.calcom.gateway import request_fault
from sandbox.calcom.model import Booking, User
from sandbox.calcom.routes_slots import body_of, user_of, world_of
from sandbox.calcom.serialise import booking_out
from sandbox.calcom.state import World
from sandbox.calcom.validation import (
    CANCEL_FIELDS,
    RESCHEDULE_FIELDS,
    booking_wish,
    instant,
    only_known,
)

router = APIRouter(prefix="/v2/bookings")
VERSION_HEADER = "cal-api-version"


def success(data: Any, status: int = 200) -> JSONResponse:
    return JSONResponse({"status": "success", "data": data}, status_code=status)


def _signed_in(request: Request) -> User:
    user = user_of(request)
    if user is None:
        raise ApiError(403, "PermissionsGuard - no authentication provided.")
    return user


def _found(world: World, uid: str, text: str = "was not found in the database") -> Booking:
    booking = world.bookings.get(uid)
    if booking is None:
        raise ApiError(404, f"Booking with uid={uid} {text}")
    return booking


def own(request: Request, uid: str) -> tuple[World, Booking, User]:
    """Confirm, decline and the like are the host's; reading and cancelling are anybody's."""
    world, user = world_of(request), _signed_in(request)
    booking = _found(world, uid)
    is_admin = user.role != "member" and user.tenant == booking.tenant
    if user.id not in booking.host_ids and not is_admin:
        raise ApiError(403, "User is not authorised to manage this booking")
    return world, booking, user


@router.post("")
async def create_booking(request: Request) -> JSONResponse:
    world = world_of(request)
    body = body_of(await request.body())
    wish = booking_wish(body, request.headers.get(VERSION_HEADER, ""))
    event_type = booking_checks.find_event_type(world, wish)
    if event_type.booking_requires_authentication and user_of(request) is None:
        raise ApiError(
            401, "checkBookingRequiresAuthentication - booking this event type needs a key."
        )
    fault = request_fault(request)
    if fault and fault.fault == "slot_taken_after_offer":
        strangers.take_slot(world, event_type, wish)
    if fault and fault.fault == "old_booking":
        old = strangers.old_booking(world, event_type, wish)
        return success(booking_out(world, old, written=True), 201)
    booking = await booking_core.create(world, event_type, wish, _meanwhile(fault))
    out = booking_out(world, booking, written=True)
    if event_type.seats_per_time_slot is not None:
        out["seatUid"] = booking.attendees[-1].seat_uid
    return success(out, 201)


def _meanwhile(fault: Fault | None) -> booking_core.Meanwhile:
    if fault is not None and fault.fault == "overlapped":
        return strangers.overlap
    return booking_core.nothing


@router.get("")
async def list_bookings(request: Request) -> JSONResponse:
    world = world_of(request)
    return JSONResponse(listing.list_bookings(world, _signed_in(request), request.query_params))


@router.get("/by-seat/{seat_uid}")
async def get_by_seat(seat_uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    for booking in world.bookings.values():
        if any(attendee.seat_uid == seat_uid for attendee in booking.attendees):
            return success(booking_out(world, booking))
    raise ApiError(404, f"Booking with seatUid={seat_uid} was not found in the database")


@router.get("/{uid}")
async def get_booking(uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    return success(booking_out(world, _found(world, uid)))


@router.post("/{uid}/reschedule")
async def reschedule_booking(uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    body = body_of(await request.body())
    only_known(body, RESCHEDULE_FIELDS)
    start_at = instant(body.get("start"))
    booking = _found(world, uid)
    if body.get("seatUid") is not None:
        raise ApiError(400, "The sandbox moves a seated booking as a whole, not a single seat")
    fault = request_fault(request)
    if fault and fault.fault == "slot_taken_after_offer":
        strangers.take_span(world, booking, start_at)
    moved = await booking_core.reschedule(
        world,
        booking,
        start_at,
        reason=body.get("reschedulingReason"),
        by=body.get("rescheduledBy"),
        meanwhile=_meanwhile(fault),
    )
    return success(booking_out(world, moved, written=True), 201)


@router.post("/{uid}/cancel")
async def cancel_booking(uid: str, request: Request) -> JSONResponse:
    world, user = world_of(request), user_of(request)
    body = body_of(await request.body())
    only_known(body, CANCEL_FIELDS)
    booking = _found(world, uid, "not found")
    host = user if user is not None and user.tenant == booking.tenant else None
    cancelled = booking_core.cancel(
        world,
        booking,
        reason=body.get("cancellationReason"),
        host=host,
        seat_uid=body.get("seatUid"),
    )
    return success(booking_out(world, cancelled))


@router.post("/{uid}/confirm")
async def confirm_booking(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    return success(booking_out(world, booking_core.confirm(world, booking)))


@router.post("/{uid}/decline")
async def decline_booking(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    reason = body_of(await request.body()).get("reason")
    return success(booking_out(world, booking_core.decline(world, booking, reason)))


@router.post("/{uid}/mark-absent")
async def mark_absent(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    body = body_of(await request.body())
    people = body.get("attendees") or []
    absent = {p["email"]: bool(p["absent"]) for p in people if "email" in p and "absent" in p}
    changed = booking_core.mark_absent(world, booking, host=body.get("host"), attendees=absent)
    return success(booking_out(world, changed))


@router.post("/{uid}/request-reschedule")
async def request_reschedule(uid: str, request: Request) -> JSONResponse:
    world, booking, user = own(request, uid)
    body = body_of(await request.body())
    booking_core.request_reschedule(world, booking, body.get("rescheduleReason"), user)
    return JSONResponse({"status": "success"})


@router.post("/{uid}/reassign")
async def reassign_to_anyone(uid: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    return success(booking_core.reassign(world, booking, None))


@router.post("/{uid}/reassign/{user_id}")
async def reassign_to(uid: str, user_id: str, request: Request) -> JSONResponse:
    world, booking, _ = own(request, uid)
    if not user_id.isdigit():
        raise ApiError(400, "Validation failed (numeric string is expected)")
    return success(booking_core.reassign(world, booking, int(user_id)))

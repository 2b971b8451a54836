"""`/v2/slots` and its reservations."""

import json
import re
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom import availability
from sandbox.calcom.errors import ApiError
from sandbox.calcom.gateway import request_fault
from sandbox.calcom.model import EventType, Reservation, User, iso_ms
from sandbox.calcom.state import World
from sandbox.calcom.validation import instant, is_zone

router = APIRouter()
DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")
DEFAULT_HOLD_MIN = 5
BAD_RANGE = "Invalid time range given - check the 'start' and 'end' query parameters."


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def user_of(request: Request) -> User | None:
    user: User | None = getattr(request.state, "user", None)
    return user


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object that was sent; an empty body is an empty object."""
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise ApiError(400, "Request body is not valid JSON") from error
    if not isinstance(body, dict):
        raise ApiError(400, "Request body is not valid")
    return body


def _bound(text: str | None, *, zone: ZoneInfo, is_end: bool) -> datetime:
    if not text:
        name = "end" if is_end else "start"
        raise ApiError(
            400, f"{name} property is wrong,{name} must be a valid ISO 8601 date string "
        )
    if DAY_ONLY.fullmatch(text):
        day = date.fromisoformat(text)
        moment = datetime.combine(day, time(), tzinfo=zone)
    else:
        moment = instant(text, "end" if is_end else "start").astimezone(zone)
    if is_end and moment.time() == time():
        # An end at midnight means that whole day.
        moment = datetime.combine(moment.date() + timedelta(days=1), time(), tzinfo=zone)
    return moment.astimezone(UTC)


def _event_type(world: World, request: Request) -> EventType:
    query = request.query_params
    number = query.get("eventTypeId")
    found: EventType | None = None
    if number is not None:
        found = world.event_types.get(int(number)) if number.isdigit() else None
    elif query.get("eventTypeSlug"):
        found = _by_slug(world, request)
    else:
        raise ApiError(400, "eventTypeId or eventTypeSlug with username or teamSlug is required")
    if found is None or found.managed_parent:
        raise ApiError(404, "Event Type not found")
    return found


def _by_slug(world: World, request: Request) -> EventType | None:
    query = request.query_params
    slug, username, team = query["eventTypeSlug"], query.get("username"), query.get("teamSlug")
    if username is not None:
        owners = {user.id for user in world.users.values() if user.username == username}
        if not owners:
            raise ApiError(404, f"User with username {username} not found")
        same = [one for one in world.event_types.values() if one.owner_id in owners]
    else:
        if team not in world.tenants:
            raise ApiError(404, f"Team with slug {team} not found")
        same = [one for one in world.event_types.values() if one.tenant == team and one.host_ids]
    return next((one for one in same if one.slug == slug), None)


def _length_min(event_type: EventType, text: str | None) -> int:
    if text is None:
        return event_type.length_in_minutes
    options = event_type.length_in_minutes_options
    if not text.isdigit() or int(text) not in (*options, event_type.length_in_minutes):
        raise ApiError(
            400, "duration property is wrong,duration is not a length of the event type "
        )
    return int(text)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    if not is_zone(name):
        raise ApiError(400, "timeZone property is wrong,timeZone must be a valid IANA time-zone ")
    return ZoneInfo(name)


def _stamp(moment: datetime, zone: ZoneInfo | None) -> str:
    if zone is None:
        return iso_ms(moment)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


@router.get("/v2/slots")
async def get_slots(request: Request) -> JSONResponse:
    world, query = world_of(request), request.query_params
    event_type = _event_type(world, request)
    zone = _zone(query.get("timeZone"))
    bounds_zone = zone or ZoneInfo("UTC")
    start = _bound(query.get("start"), zone=bounds_zone, is_end=False)
    end = _bound(query.get("end"), zone=bounds_zone, is_end=True)
    if end <= start:
        raise ApiError(400, BAD_RANGE)
    form = query.get("format", "time")
    if form not in ("time", "range"):
        raise ApiError(400, "slotFormat must be either 'range' or 'time'")
    length = timedelta(minutes=_length_min(event_type, query.get("duration")))
    fault = request_fault(request)
    stale_s = fault.stale_s if fault and fault.fault == "stale" else None
    starts = availability.free_slots(
        world,
        event_type,
        (start, end),
        length,
        ignore_uid=query.get("bookingUidToReschedule"),
        known_until=world.now() - timedelta(seconds=stale_s) if stale_s is not None else None,
    )
    days: dict[str, list[dict[str, Any]]] = {}
    for moment in starts:
        slot: dict[str, Any] = {"start": _stamp(moment, zone)}
        if form == "range":
            slot["end"] = _stamp(moment + length, zone)
        if event_type.seats_per_time_slot is not None:
            slot |= _seats(world, event_type, moment)
        days.setdefault(moment.astimezone(bounds_zone).date().isoformat(), []).append(slot)
    return JSONResponse({"data": days, "status": "success"})


def _seats(world: World, event_type: EventType, start_at: datetime) -> dict[str, Any]:
    total = event_type.seats_per_time_slot or 0
    for booking in world.bookings.values():
        same = booking.event_type_id == event_type.id and booking.start_at == start_at
        if same and booking.is_live:
            taken = len(booking.attendees)
            return {
                "seatsBooked": taken,
                "seatsRemaining": total - taken,
                "seatsTotal": total,
                "bookingUid": booking.uid,
            }
    return {"seatsBooked": 0, "seatsRemaining": total, "seatsTotal": total}


def _reservation_out(held: Reservation, *, hold_min: int | None = None) -> dict[str, Any]:
    out: dict[str, Any] = {
        "eventTypeId": held.event_type_id,
        "slotStart": iso_ms(held.start_at),
        "slotEnd": iso_ms(held.end_at),
        "slotDuration": int((held.end_at - held.start_at).total_seconds() // 60),
        "reservationUid": held.uid,
        "reservationUntil": iso_ms(held.until_at),
    }
    if hold_min is not None:
        out["reservationDuration"] = hold_min
    return out


def _reserve(request: Request, body: dict[str, Any], uid: str) -> JSONResponse:
    """Makes or moves a reservation; a move collides with itself, as at Cal.com."""
    world, user = world_of(request), user_of(request)
    hold_min = body.get("reservationDuration")
    if hold_min is not None and user is None:
        raise ApiError(
            401,
            "reservationDuration can only be used for authenticated requests - use access token,"
            " api key or OAuth credentials",
        )
    number = body.get("eventTypeId")
    event_type = world.event_types.get(number) if isinstance(number, int) else None
    if event_type is None:
        raise ApiError(404, f"Event Type with ID={number} not found")
    if not event_type.hosts:
        raise ApiError(400, "Cannot reserve a slot for a team event without any hosts")
    if hold_min is not None and user is not None and user.tenant != event_type.tenant:
        raise ApiError(403, "reservationDuration can only be used for your own event types")
    if body.get("slotDuration") is not None and not event_type.length_in_minutes_options:
        raise ApiError(
            400,
            "You passed 'slotDuration' but this event type is not a variable length event type.",
        )
    start = instant(body.get("slotStart"), "slotStart")
    length = timedelta(minutes=body.get("slotDuration") or event_type.length_in_minutes)
    span = (start, start + length)
    _refuse_taken(world, event_type, span)
    kept = hold_min or DEFAULT_HOLD_MIN
    held = Reservation(
        uid=uid,
        event_type_id=event_type.id,
        start_at=span[0],
        end_at=span[1],
        until_at=world.now() + timedelta(minutes=kept),
        user_id=user.id if user else None,
    )
    world.put(held)
    out = {"status": "success", "data": _reservation_out(held, hold_min=kept)}
    return JSONResponse(out, status_code=201 if request.method == "POST" else 200)


def _refuse_taken(world: World, event_type: EventType, span: availability.Span) -> None:
    # The probe does not look at the booking's status: a cancelled one blocks as well (contract).
    booked = [
        (booking.start_at, booking.end_at)
        for booking in world.bookings.values()
        if booking.event_type_id == event_type.id
    ]
    if event_type.seats_per_time_slot is None and availability.overlaps(span, booked):
        raise ApiError(422, "Can't reserve a slot if the event is already booked.")
    if availability.overlaps(span, availability.live_reservations(world, event_type.id)):
        raise ApiError(
            422,
            "This time slot is already reserved by another user. Please choose a different time.",
        )


@router.post("/v2/slots/reservations")
async def create_reservation(request: Request) -> JSONResponse:
    return _reserve(request, body_of(await request.body()), str(uuid.uuid4()))


@router.get("/v2/slots/reservations/{uid}")
async def get_reservation(uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    held = world.reservations.get(uid)
    if held is None or held.until_at <= world.now():
        return JSONResponse({"status": "success", "data": None})
    return JSONResponse({"status": "success", "data": _reservation_out(held)})


@router.patch("/v2/slots/reservations/{uid}")
async def update_reservation(uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    if uid not in world.reservations:
        raise ApiError(404, f"Slot with uid={uid} not found")
    return _reserve(request, body_of(await request.body()), uid)


@router.delete("/v2/slots/reservations/{uid}")
async def delete_reservation(uid: str, request: Request) -> JSONResponse:
    world = world_of(request)
    held = world.reservations.get(uid)
    if held is not None:
        world.drop(held)
    return JSONResponse({"status": "success"})

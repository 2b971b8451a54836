"""Making, changing and deleting event types and schedules by Cal.com's own API."""

from datetime import date, time
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom.errors import ApiError
from sandbox.calcom.model import DateHours, EventType, Schedule, User, WeekHours
from sandbox.calcom.routes_account import signed_in
from sandbox.calcom.routes_bookings import success
from sandbox.calcom.routes_slots import body_of, world_of
from sandbox.calcom.routes_webhooks import bad_property
from sandbox.calcom.serialise import event_type_out, schedule_out
from sandbox.calcom.setup import DEFAULT_HOURS
from sandbox.calcom.state import World
from sandbox.calcom.validation import is_zone

router = APIRouter(prefix="/v2")
# Properties that are taken over as they come: Cal.com's name, ours, the type that it must have.
PLAIN: tuple[tuple[str, str, type], ...] = (
    ("lengthInMinutes", "length_in_minutes", int),
    ("title", "title", str),
    ("slug", "slug", str),
    ("description", "description", str),
    ("minimumBookingNotice", "minimum_booking_notice", int),
    ("beforeEventBuffer", "before_event_buffer", int),
    ("afterEventBuffer", "after_event_buffer", int),
    ("slotInterval", "slot_interval", int),
    ("scheduleId", "schedule_id", int),
    ("locations", "locations", list),
    ("bookingRequiresAuthentication", "booking_requires_authentication", bool),
)


def _is_off(value: object) -> bool:
    """Options are switched off by `{disabled: true}`, both ways."""
    return isinstance(value, dict) and value.get("disabled") is True


def _policies(body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if (window := body.get("bookingWindow")) is not None:
        fields["booking_window"] = None if _is_off(window) else int(window["value"])
    if (seats := body.get("seats")) is not None:
        fields["seats_per_time_slot"] = None if _is_off(seats) else int(seats["seatsPerTimeSlot"])
    if (policy := body.get("confirmationPolicy")) is not None:
        on = not _is_off(policy)
        fields["requires_confirmation"] = on
        blocks = on and bool(policy.get("blockUnconfirmedBookingsInBooker"))
        fields["block_unconfirmed_bookings_in_booker"] = blocks
    if (limit := body.get("bookerActiveBookingsLimit")) is not None:
        most = None if _is_off(limit) else int(limit["maximumActiveBookings"])
        fields["booker_active_bookings_limit"] = most
    for name, ours in (
        ("disableCancelling", "disable_cancelling"),
        ("disableRescheduling", "disable_rescheduling"),
    ):
        if (switch := body.get(name)) is not None:
            fields[ours] = _is_off(switch)
    return fields


def type_fields(body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, ours, kind in PLAIN:
        if name not in body or (body[name] is None and name == "slotInterval"):
            continue
        if not isinstance(body[name], kind):
            raise bad_property(name, "isType", f"{name} must be a {kind.__name__}")
        fields[ours] = body[name]
    if options := body.get("lengthInMinutesOptions"):
        fields["length_in_minutes_options"] = tuple(int(option) for option in options)
    try:
        return fields | _policies(body)
    except (KeyError, TypeError, ValueError) as error:
        raise bad_property("policy", "isObject", f"a policy is malformed: {error}") from error


def _own_type(world: World, user: User, event_type_id: int) -> EventType:
    found = world.event_types.get(event_type_id)
    if found is None or found.owner_id != user.id:
        raise ApiError(404, f"Event type with id {event_type_id} not found")
    return found


@router.post("/event-types")
async def create_event_type(request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    body = body_of(await request.body())
    for name in ("lengthInMinutes", "title", "slug"):
        if name not in body:
            raise bad_property(name, "isDefined", f"{name} should not be null or undefined")
    fields = type_fields(body)
    owned = (one for one in world.event_types.values() if one.owner_id == user.id)
    if any(one.slug == fields["slug"] for one in owned):
        raise ApiError(400, "User already has an event type with this slug.")
    made = EventType(id=world.take_id(EventType), tenant=user.tenant, owner_id=user.id, **fields)
    return success(event_type_out(world, world.put(made)), 201)


@router.patch("/event-types/{event_type_id}")
async def change_event_type(event_type_id: int, request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    found = _own_type(world, user, event_type_id)
    fields = type_fields(body_of(await request.body()))
    return success(event_type_out(world, world.put(found.model_copy(update=fields))))


@router.delete("/event-types/{event_type_id}")
async def delete_event_type(event_type_id: int, request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    found = _own_type(world, user, event_type_id)
    if any(booking.event_type_id == found.id for booking in world.bookings.values()):
        # Cal.com keeps such bookings without their type; here they would lose their length.
        raise ApiError(400, "The sandbox deletes event types without bookings only")
    world.drop(found)
    out = {
        "id": found.id,
        "lengthInMinutes": found.length_in_minutes,
        "slug": found.slug,
        "title": found.title,
    }
    return success(out)


def _clock(text: object, name: str) -> str:
    try:
        time.fromisoformat(str(text))
    except ValueError as error:
        raise bad_property(name, "matches", f"{name} must be HH:MM") from error
    return str(text)


def _hours(body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if (availability := body.get("availability")) is not None:
        fields["availability"] = tuple(
            WeekHours(
                days=tuple(one["days"]),
                start_time=_clock(one["startTime"], "startTime"),
                end_time=_clock(one["endTime"], "endTime"),
            )
            for one in availability
        )
    if (overrides := body.get("overrides")) is not None:
        fields["overrides"] = tuple(
            DateHours(
                date=date.fromisoformat(one["date"]),
                start_time=_clock(one["startTime"], "startTime"),
                end_time=_clock(one["endTime"], "endTime"),
            )
            for one in overrides
        )
    return fields


def _schedule_fields(body: dict[str, Any]) -> dict[str, Any]:
    try:
        fields = _hours(body)
    except (KeyError, TypeError, ValueError) as error:
        raise bad_property("availability", "isArray", f"hours are malformed: {error}") from error
    if "name" in body:
        fields["name"] = str(body["name"])
    if "timeZone" in body:
        if not is_zone(body["timeZone"]):
            text = "timeZone must be a valid IANA time-zone"
            raise bad_property("timeZone", "isTimeZone", text)
        fields["time_zone"] = body["timeZone"]
    return fields


def _make_default(world: World, user: User, schedule: Schedule) -> Schedule:
    for other in list(world.schedules.values()):
        if other.owner_id == user.id and other.is_default:
            world.put(other.model_copy(update={"is_default": False}))
    world.put(user.model_copy(update={"schedule_id": schedule.id}))
    return world.put(schedule.model_copy(update={"is_default": True}))


def _own_schedule(world: World, user: User, schedule_id: int) -> Schedule:
    found = world.schedules.get(schedule_id)
    if found is None or found.owner_id != user.id:
        raise ApiError(404, f"Schedule with id={schedule_id} not found")
    return found


@router.post("/schedules")
async def create_schedule(request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    body = body_of(await request.body())
    for name in ("name", "timeZone", "isDefault"):
        if name not in body:
            raise bad_property(name, "isDefined", f"{name} should not be null or undefined")
    fields = {"availability": DEFAULT_HOURS} | _schedule_fields(body)
    made = world.put(Schedule(id=world.take_id(Schedule), owner_id=user.id, **fields))
    if body["isDefault"] is True:
        made = _make_default(world, user, made)
    return success(schedule_out(made), 201)


@router.patch("/schedules/{schedule_id}")
async def change_schedule(schedule_id: int, request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    body = body_of(await request.body())
    found = _own_schedule(world, user, schedule_id)
    changed = world.put(found.model_copy(update=_schedule_fields(body)))
    if body.get("isDefault") is True:
        changed = _make_default(world, user, changed)
    return success(schedule_out(changed))


@router.delete("/schedules/{schedule_id}")
async def delete_schedule(schedule_id: int, request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    found = _own_schedule(world, user, schedule_id)
    if found.is_default or any(one.schedule_id == found.id for one in world.event_types.values()):
        raise ApiError(400, "The schedule is in use")
    world.drop(found)
    return JSONResponse({"status": "success"})

"""`/v2/me`, `/v2/event-types`, `/v2/schedules`, `/v2/calendars`: what a key may look at."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom.errors import ApiError
from sandbox.calcom.model import EventType, User
from sandbox.calcom.routes_bookings import success
from sandbox.calcom.routes_slots import user_of, world_of
from sandbox.calcom.serialise import event_type_out, me_out, schedule_out
from sandbox.calcom.state import World

router = APIRouter(prefix="/v2")


def signed_in(request: Request) -> User:
    user = user_of(request)
    if user is None:
        raise ApiError(401, "ApiAuthStrategy - No authentication method provided.")
    return user


def manages(user: User, event_type: EventType) -> bool:
    """One's own; owners and admins all of their team's people."""
    if event_type.owner_id == user.id or user.id in event_type.host_ids:
        return True
    return user.role != "member" and user.tenant == event_type.tenant


@router.get("/me")
async def get_me(request: Request) -> JSONResponse:
    return success(me_out(signed_in(request)))


def _public(world: World, request: Request) -> list[EventType] | None:
    """With `username` the public types of that user, for whoever asks."""
    username = request.query_params.get("username")
    if username is None:
        return None
    owners = {user.id for user in world.users.values() if user.username == username}
    return [one for one in world.event_types.values() if one.owner_id in owners]


@router.get("/event-types")
async def list_event_types(request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    types = _public(world, request)
    if types is None:
        types = [one for one in world.event_types.values() if one.owner_id == user.id]
    slug = request.query_params.get("eventSlug")
    return success(
        [event_type_out(world, one) for one in types if slug is None or one.slug == slug]
    )


@router.get("/event-types/{event_type_id}")
async def get_event_type(event_type_id: int, request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    found = world.event_types.get(event_type_id)
    if found is None or not manages(user, found):
        raise ApiError(404, f"Event type with id {event_type_id} not found")
    return success(event_type_out(world, found))


@router.get("/schedules")
async def list_schedules(request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    return success([schedule_out(s) for s in world.schedules.values() if s.owner_id == user.id])


@router.get("/schedules/default")
async def default_schedule(request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    return success(schedule_out(world.default_schedule(user)))


@router.get("/schedules/{schedule_id}")
async def get_schedule(schedule_id: int, request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    found = world.schedules.get(schedule_id)
    if found is None or found.owner_id != user.id:
        raise ApiError(404, f"Schedule with id={schedule_id} not found")
    return success(schedule_out(found))


@router.get("/calendars/busy-times")
async def get_busy_times(request: Request) -> JSONResponse:
    """Nobody here has a calendar of somebody else's connected."""
    signed_in(request)
    raise ApiError(400, "No connected calendar was found")

"""`/v2/teams`: each tenant is one team, whose slug is the tenant's name."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom import listing
from sandbox.calcom.errors import ApiError
from sandbox.calcom.model import EventType, Tenant, User
from sandbox.calcom.routes_account import signed_in
from sandbox.calcom.routes_bookings import success
from sandbox.calcom.routes_manage import type_fields
from sandbox.calcom.routes_slots import body_of, world_of
from sandbox.calcom.routes_webhooks import bad_property
from sandbox.calcom.serialise import event_type_out
from sandbox.calcom.state import World

router = APIRouter(prefix="/v2/teams")
NOT_A_MEMBER = "RolesGuard - User is not a member of the team"
NOT_AN_ADMIN = "RolesGuard - User does not have the minimum required role in the team"
SCHEDULING_TYPES = ("collective", "roundRobin")


def _team(request: Request, team_id: int, *, as_admin: bool = False) -> tuple[World, Tenant, User]:
    world, user = world_of(request), signed_in(request)
    tenant = world.tenants[user.tenant]
    if tenant.team_id != team_id:
        raise ApiError(403, NOT_A_MEMBER)
    if as_admin and user.role == "member":
        raise ApiError(403, NOT_AN_ADMIN)
    return world, tenant, user


def _team_out(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.team_id,
        "name": tenant.slug,
        "slug": tenant.slug,
        "isOrganization": False,
    }


@router.get("")
async def list_teams(request: Request) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    return success([_team_out(world.tenants[user.tenant])])


@router.get("/{team_id}")
async def get_team(team_id: int, request: Request) -> JSONResponse:
    _, tenant, _ = _team(request, team_id)
    return success(_team_out(tenant))


@router.get("/{team_id}/memberships")
async def list_memberships(team_id: int, request: Request) -> JSONResponse:
    world, tenant, _ = _team(request, team_id, as_admin=True)
    query = request.query_params
    take = listing.number(query, "take", listing.MAX_TAKE, least=1, most=listing.MAX_TAKE)
    skip = listing.number(query, "skip", 0, least=0, most=None)
    people = sorted(world.users_of(tenant.slug), key=lambda user: user.id)[skip : skip + take]
    return success([_membership_out(tenant, user) for user in people])


def _membership_out(tenant: Tenant, user: User) -> dict[str, Any]:
    return {
        "id": tenant.team_id * 1000 + user.id,
        "userId": user.id,
        "teamId": tenant.team_id,
        "accepted": True,
        "role": user.role.upper(),
        "disableImpersonation": False,
        "user": {"username": user.username, "name": user.name, "email": user.email},
    }


@router.get("/{team_id}/bookings")
async def list_team_bookings(team_id: int, request: Request) -> JSONResponse:
    world, tenant, user = _team(request, team_id, as_admin=True)
    of_team = {one.id for one in world.event_types.values() if _is_of(one, tenant)}
    answer = listing.list_bookings(world, user, request.query_params, only_types=of_team)
    return JSONResponse(answer)


def _is_of(event_type: EventType, tenant: Tenant) -> bool:
    return event_type.tenant == tenant.slug and event_type.owner_id is None


@router.get("/{team_id}/event-types")
async def list_event_types(team_id: int, request: Request) -> JSONResponse:
    world, tenant, _ = _team(request, team_id)
    slug = request.query_params.get("eventSlug")
    types = [one for one in world.event_types.values() if _is_of(one, tenant)]
    return success(
        [event_type_out(world, one) for one in types if slug is None or one.slug == slug]
    )


@router.post("/{team_id}/event-types")
async def create_event_type(team_id: int, request: Request) -> JSONResponse:
    world, tenant, _ = _team(request, team_id, as_admin=True)
    body = body_of(await request.body())
    for name in ("lengthInMinutes", "title", "slug", "schedulingType"):
        if name not in body:
            raise bad_property(name, "isDefined", f"{name} should not be null or undefined")
    if body["schedulingType"] == "managed":
        raise ApiError(400, "The sandbox makes managed event types by POST /sandbox/setup only")
    fields = type_fields(body) | _team_fields(world, tenant, body)
    if any(
        _is_of(one, tenant) and one.slug == fields["slug"] for one in world.event_types.values()
    ):
        raise ApiError(400, "Team already has an event type with this slug.")
    made = EventType(id=world.take_id(EventType), tenant=tenant.slug, **fields)
    return success(event_type_out(world, world.put(made)), 201)


@router.get("/{team_id}/event-types/{event_type_id}")
async def get_event_type(team_id: int, event_type_id: int, request: Request) -> JSONResponse:
    world, tenant, _ = _team(request, team_id)
    return success(event_type_out(world, _one(world, tenant, event_type_id)))


@router.patch("/{team_id}/event-types/{event_type_id}")
async def change_event_type(team_id: int, event_type_id: int, request: Request) -> JSONResponse:
    world, tenant, _ = _team(request, team_id, as_admin=True)
    found = _one(world, tenant, event_type_id)
    body = body_of(await request.body())
    fields = type_fields(body) | _team_fields(world, tenant, body)
    return success(event_type_out(world, world.put(found.model_copy(update=fields))))


def _one(world: World, tenant: Tenant, event_type_id: int) -> EventType:
    found = world.event_types.get(event_type_id)
    if found is None or not _is_of(found, tenant):
        raise ApiError(404, f"Event type with id {event_type_id} not found")
    return found


def _team_fields(world: World, tenant: Tenant, body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "schedulingType" in body:
        if body["schedulingType"] not in SCHEDULING_TYPES:
            raise bad_property("schedulingType", "isEnum", "schedulingType must be a known one")
        fields["scheduling_type"] = body["schedulingType"]
    people = {user.id for user in world.users_of(tenant.slug)}
    if body.get("assignAllTeamMembers") is True:
        fields["host_ids"] = tuple(sorted(people))
    elif "hosts" in body:
        hosts = [one.get("userId") for one in body["hosts"] if isinstance(one, dict)]
        if not people.issuperset(hosts):
            raise ApiError(404, "One of the hosts is not a member of the team")
        fields["host_ids"] = tuple(hosts)
    return fields

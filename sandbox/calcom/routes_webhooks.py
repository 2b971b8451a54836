"""Subscriptions to webhooks, of a user and of an event type."""

import uuid
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox.calcom import listing
from sandbox.calcom.errors import ApiError
from sandbox.calcom.model import User, Webhook
from sandbox.calcom.routes_account import manages, signed_in
from sandbox.calcom.routes_bookings import success
from sandbox.calcom.routes_slots import body_of, world_of
from sandbox.calcom.serialise import webhook_out
from sandbox.calcom.state import World

router = APIRouter(prefix="/v2")
TRIGGER_NAMES = (
    "BOOKING_CREATED BOOKING_REQUESTED BOOKING_REJECTED BOOKING_RESCHEDULED BOOKING_CANCELLED"
    " BOOKING_PAYMENT_INITIATED BOOKING_PAID BOOKING_NO_SHOW_UPDATED BOOKING_LOCATION_UPDATED"
    " MEETING_STARTED MEETING_ENDED RECORDING_READY RECORDING_TRANSCRIPTION_GENERATED"
    " INSTANT_MEETING OOO_CREATED FORM_SUBMITTED FORM_SUBMITTED_NO_EVENT"
    " ROUTING_FORM_FALLBACK_HIT AFTER_HOSTS_CAL_VIDEO_NO_SHOW AFTER_GUESTS_CAL_VIDEO_NO_SHOW"
    " DELEGATION_CREDENTIAL_ERROR WRONG_ASSIGNMENT_REPORT"
)
TRIGGERS = frozenset(TRIGGER_NAMES.split())
VERSIONS = ("2021-10-20", "2026-07-27")


def bad_property(name: str, constraint: str, text: str) -> ApiError:
    """The pipe of all but bookings and slots: unknown properties pass, wrong ones are listed."""
    errors = [{"property": name, "children": [], "constraints": {constraint: text}}]
    return ApiError(400, "Bad Request Exception", details={"errors": errors})


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    """The properties that are known, checked; the others are dropped silently."""
    fields: dict[str, Any] = {}
    if "triggers" in body:
        fields["triggers"] = _triggers(body["triggers"])
    if "subscriberUrl" in body:
        if not str(body["subscriberUrl"]).startswith(("http://", "https://")):
            raise bad_property("subscriberUrl", "isUrl", "subscriberUrl must be a URL address")
        fields["subscriber_url"] = body["subscriberUrl"]
    if "active" in body:
        if not isinstance(body["active"], bool):
            raise bad_property("active", "isBoolean", "active must be a boolean value")
        fields["active"] = body["active"]
    if body.get("version") is not None:
        if body["version"] not in VERSIONS:
            raise bad_property("version", "isEnum", "version must be a known version")
        fields["version"] = body["version"]
    if "secret" in body:
        fields["secret"] = body["secret"] or None
    if "payloadTemplate" in body:
        fields["payload_template"] = body["payloadTemplate"]
    return fields


def _triggers(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not TRIGGERS.issuperset(map(str, names)):
        text = "each value in triggers must be one of the known triggers"
        raise bad_property("triggers", "isEnum", text)
    return tuple(names)


def _level(world: World, user: User, event_type_id: int | None) -> list[Webhook]:
    if event_type_id is None:
        return [
            hook
            for hook in world.webhooks.values()
            if hook.user_id == user.id and hook.event_type_id is None
        ]
    event_type = world.event_types.get(event_type_id)
    if event_type is None or not manages(user, event_type):
        raise ApiError(404, f"Event type with id {event_type_id} not found")
    return [hook for hook in world.webhooks.values() if hook.event_type_id == event_type_id]


def _refuse_second(hooks: list[Webhook], url: str | None, whose: str) -> None:
    if any(hook.subscriber_url == url for hook in hooks):
        raise ApiError(409, f"Webhook with this subscriber url already exists for this {whose}")


async def _create(request: Request, event_type_id: int | None) -> JSONResponse:
    world, user = world_of(request), signed_in(request)
    body = body_of(await request.body())
    hooks = _level(world, user, event_type_id)
    for name in ("active", "subscriberUrl", "triggers"):
        if name not in body:
            raise bad_property(name, "isDefined", f"{name} should not be null or undefined")
    fields = _fields(body)
    whose = "user" if event_type_id is None else "event type"
    _refuse_second(hooks, fields["subscriber_url"], whose)
    number = str(uuid.uuid4())
    hook = Webhook(id=number, user_id=user.id, event_type_id=event_type_id, **fields)
    return success(webhook_out(world.put(hook)), 201)


def _page(request: Request, hooks: list[Webhook]) -> JSONResponse:
    query = request.query_params
    take = listing.number(query, "take", listing.MAX_TAKE, least=1, most=listing.MAX_TAKE)
    skip = listing.number(query, "skip", 0, least=0, most=None)
    return success([webhook_out(hook) for hook in hooks[skip : skip + take]])


def _one(request: Request, webhook_id: str, event_type_id: int | None) -> Webhook:
    for hook in _level(world_of(request), signed_in(request), event_type_id):
        if hook.id == webhook_id:
            return hook
    raise ApiError(404, f"Webhook ({webhook_id}) not found")


async def _change(request: Request, hook: Webhook) -> JSONResponse:
    fields = _fields(body_of(await request.body()))
    return success(webhook_out(world_of(request).put(hook.model_copy(update=fields))))


def _delete(request: Request, hook: Webhook) -> JSONResponse:
    world_of(request).drop(hook)
    return success(webhook_out(hook))


@router.post("/webhooks")
async def create_webhook(request: Request) -> JSONResponse:
    return await _create(request, None)


@router.get("/webhooks")
async def list_webhooks(request: Request) -> JSONResponse:
    return _page(request, _level(world_of(request), signed_in(request), None))


@router.get("/webhooks/{webhook_id}")
async def get_webhook(webhook_id: str, request: Request) -> JSONResponse:
    return success(webhook_out(_one(request, webhook_id, None)))


@router.patch("/webhooks/{webhook_id}")
async def change_webhook(webhook_id: str, request: Request) -> JSONResponse:
    return await _change(request, _one(request, webhook_id, None))


@router.delete("/webhooks/{webhook_id}")
async def delete_webhook(webhook_id: str, request: Request) -> JSONResponse:
    return _delete(request, _one(request, webhook_id, None))


@router.post("/event-types/{event_type_id}/webhooks")
async def create_type_webhook(event_type_id: int, request: Request) -> JSONResponse:
    return await _create(request, event_type_id)


@router.get("/event-types/{event_type_id}/webhooks")
async def list_type_webhooks(event_type_id: int, request: Request) -> JSONResponse:
    return _page(request, _level(world_of(request), signed_in(request), event_type_id))


@router.get("/event-types/{event_type_id}/webhooks/{webhook_id}")
async def get_type_webhook(event_type_id: int, webhook_id: str, request: Request) -> JSONResponse:
    return success(webhook_out(_one(request, webhook_id, event_type_id)))


@router.patch("/event-types/{event_type_id}/webhooks/{webhook_id}")
async def change_type_webhook(
    event_type_id: int, webhook_id: str, request: Request
) -> JSONResponse:
    return await _change(request, _one(request, webhook_id, event_type_id))


@router.delete("/event-types/{event_type_id}/webhooks/{webhook_id}")
async def delete_type_webhook(
    event_type_id: int, webhook_id: str, request: Request
) -> JSONResponse:
    return _delete(request, _one(request, webhook_id, event_type_id))

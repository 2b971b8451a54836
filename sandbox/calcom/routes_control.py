"""`/sandbox/...`: what tests and the demo steer the sandbox with, and the page to look at it."""

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, model_validator
from starlette.responses import HTMLResponse, JSONResponse

from sandbox.calcom import page, setup, webhooks
from sandbox.calcom.faults import FaultOrder
from sandbox.calcom.model import iso_ms
from sandbox.calcom.routes_slots import world_of
from sandbox.calcom.serialise import booking_out

router = APIRouter()


class ClockOrder(BaseModel):
    """One of both: seconds ahead of the real clock (0 sets it right), or what it is to say now."""

    offset_s: float | None = None
    now: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ClockOrder":
        if (self.offset_s is None) == (self.now is None):
            raise ValueError("give offset_s or now")
        return self


class PingOrder(BaseModel):
    tenant: str


class DeliveryOrder(BaseModel):
    """`uid` of the booking that the webhook is to be about."""

    uid: str
    trigger: str


@router.get("/")
async def show(request: Request) -> HTMLResponse:
    return HTMLResponse(page.render(world_of(request), request.query_params.get("day")))


@router.get("/sandbox/health")
async def health(request: Request) -> dict[str, Any]:
    world = world_of(request)
    return {"status": "ok", "now": iso_ms(world.now()), "tenants": sorted(world.tenants)}


@router.post("/sandbox/setup")
async def set_up(body: setup.TenantSetup, request: Request) -> JSONResponse:
    try:
        return JSONResponse(setup.apply(world_of(request), body))
    except setup.SetupConflictError as error:
        return JSONResponse({"detail": str(error)}, status_code=409)


@router.post("/sandbox/faults", status_code=201)
async def order_fault(body: FaultOrder, request: Request) -> dict[str, Any]:
    return world_of(request).faults.add(body).model_dump()


@router.get("/sandbox/faults")
async def list_faults(request: Request) -> dict[str, Any]:
    return {"faults": [fault.model_dump() for fault in world_of(request).faults.orders]}


@router.delete("/sandbox/faults")
async def clear_faults(request: Request) -> dict[str, int]:
    """`?api_key=`: those of one tenant only, where others play beside it."""
    return {"cleared": world_of(request).faults.clear(request.query_params.get("api_key"))}


@router.get("/sandbox/bookings")
async def list_all_bookings(request: Request) -> dict[str, Any]:
    """Every booking of the tenant (or of all), whatever its status, without paging."""
    world, query = world_of(request), request.query_params
    key = query.get("api_key")
    user = world.user_of_key(key) if key else None
    name, value = query.get("metadata_key"), query.get("metadata_value")
    found = []
    for booking in world.bookings.values():
        if key is not None and (user is None or user.tenant != booking.tenant):
            continue
        if name is not None and name not in booking.metadata:
            continue
        if name is not None and value is not None and str(booking.metadata[name]) != value:
            continue
        found.append({**booking_out(world, booking), "tenant": booking.tenant})
    return {"bookings": found}


@router.get("/sandbox/requests")
async def list_requests(request: Request) -> dict[str, Any]:
    """The last requests in order; `?operation=` and `?api_key=` narrow them."""
    world, query = world_of(request), request.query_params
    operation, key = query.get("operation"), query.get("api_key")
    kept = [
        one
        for one in world.requests
        if (operation is None or one["operation"] == operation)
        and (key is None or one["api_key"] == key)
    ]
    return {"seen": world.requests_seen, "requests": kept}


@router.get("/sandbox/violations")
async def list_violations(request: Request) -> dict[str, Any]:
    """What was asked and answered against Cal.com's document; `checked` null without it."""
    overseer = world_of(request).overseer
    if overseer is None:
        return {"checked": None, "violations": []}
    return await asyncio.to_thread(overseer.told)


@router.get("/sandbox/deliveries")
async def list_deliveries(request: Request) -> dict[str, Any]:
    return {"deliveries": list(world_of(request).deliveries)}


@router.post("/sandbox/ping")
async def ping(body: PingOrder, request: Request) -> dict[str, int]:
    """As the dashboard's test button."""
    return {"sent": webhooks.ping(world_of(request), body.tenant)}


@router.post("/sandbox/deliver")
async def deliver(body: DeliveryOrder, request: Request) -> JSONResponse:
    """One webhook of that trigger about that booking, also of things that happen nowhere here."""
    world = world_of(request)
    booking = world.bookings.get(body.uid)
    if booking is None:
        return JSONResponse({"detail": "no such booking"}, status_code=404)
    return JSONResponse({"sent": webhooks.send_again(world, body.trigger, booking)})


@router.post("/sandbox/reset")
async def reset(request: Request) -> dict[str, str]:
    world_of(request).reset()
    return {"status": "empty"}


@router.post("/sandbox/clock")
async def set_clock(body: ClockOrder, request: Request) -> dict[str, str]:
    world = world_of(request)
    if body.now is not None:
        world.clock_offset += body.now - world.now()
    else:
        world.clock_offset = timedelta(seconds=body.offset_s or 0)
    return {"now": iso_ms(world.now())}

"""`/sandbox/...`: what tests and the demo steer the stand-in with, and the page to look at it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from sandbox.phone import carrier, page
from sandbox.phone.faults import FaultOrder
from sandbox.phone.model import Account, Call, CallStatus, Carrier, Message
from sandbox.phone.routes_sms import WorldOfApp
from sandbox.phone.world import World

Json = dict[str, Any]
router = APIRouter()


class InboundOrder(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: str = Field(alias="from")
    to: str
    body: str


class CallOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: CallStatus
    ended_status: Literal[400, 404, 409, 422] = 422


@router.get("/")
async def show(world: WorldOfApp, to: str | None = None) -> HTMLResponse:
    return HTMLResponse(page.render(world, to), headers=page.HEADERS)


@router.get("/sandbox/health")
async def health(world: WorldOfApp) -> Json:
    return {"status": "ok", "accounts": sorted(world.accounts)}


@router.post("/sandbox/accounts", status_code=201)
async def put_account(account: Account, world: WorldOfApp) -> Json:
    for number in account.numbers:
        owner = world.account_of_number(number)
        if owner is not None and owner.account_sid != account.account_sid:
            raise HTTPException(409, f"{number} belongs to another account")
    world.put_account(account)
    return {"account_sid": account.account_sid, "numbers": account.numbers}


@router.get("/sandbox/sms")
async def list_sms(world: WorldOfApp, to: str | None = None) -> Json:
    """Newest first, of all accounts, in both directions."""
    return {
        "messages": [
            _told(world, each)
            for each in reversed(world.messages.values())
            if to in (None, each.to)
        ]
    }


@router.post("/sandbox/sms/inbound", status_code=201)
async def write_inbound(order: InboundOrder, request: Request, world: WorldOfApp) -> Json:
    """As if the customer had typed it; the answer waits for the company's webhook."""
    account = world.account_of_number(order.to)
    if account is None:
        raise HTTPException(404, "no account has this number")
    message, status = await carrier.receive(
        world,
        request.app.state.http,
        account,
        sender=order.sender,
        to=order.to,
        body=order.body,
    )
    return {"message": _told(world, message), "webhook_status": status}


@router.post("/sandbox/carrier")
async def set_carrier(order: Carrier, world: WorldOfApp) -> Carrier:
    world.set_carrier(order)
    return order


@router.get("/sandbox/live")
async def list_live(world: WorldOfApp, call_id: str | None = None) -> Json:
    """What was said into live calls, in order."""
    found = [each for each in world.injections if call_id in (None, each.call_id)]
    return {"injections": [each.model_dump(mode="json") for each in found]}


@router.post("/sandbox/calls/{call_id}")
async def set_call(call_id: str, order: CallOrder, world: WorldOfApp) -> Call:
    call = Call(call_id=call_id, **order.model_dump())
    world.put_call(call)
    return call


@router.post("/sandbox/faults", status_code=201)
async def order_fault(order: Annotated[FaultOrder, Body()], world: WorldOfApp) -> Json:
    return world.faults.add(order).model_dump()


@router.get("/sandbox/faults")
async def list_faults(world: WorldOfApp) -> Json:
    return {"faults": [fault.model_dump() for fault in world.faults.orders]}


@router.delete("/sandbox/faults")
async def clear_faults(world: WorldOfApp) -> dict[str, int]:
    return {"cleared": world.faults.clear()}


@router.get("/sandbox/requests")
async def list_requests(world: WorldOfApp, operation: str | None = None) -> Json:
    """The vendors' API as it was asked, oldest first; `status` 0: cut."""
    found = [each for each in world.requests if operation in (None, each["operation"])]
    return {"requests": found}


@router.get("/sandbox/deliveries")
async def list_deliveries(world: WorldOfApp) -> Json:
    """Webhooks that were posted and what the receiver answered, oldest first."""
    return {"deliveries": list(world.deliveries)}


@router.post("/sandbox/reset")
async def reset(world: WorldOfApp) -> dict[str, str]:
    world.reset()
    return {"status": "empty"}


def _told(world: World, message: Message) -> Json:
    account = world.accounts.get(message.account_sid)
    told = message.model_dump(mode="json")
    told["from"] = told.pop("sender")
    return {**told, "segments": message.segments, "account": account.name if account else ""}

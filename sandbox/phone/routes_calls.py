"""Retell's API for live calls, as much of it as speaks to a caller."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.phone.errors import RetellRefusalError
from sandbox.phone.model import Injection
from sandbox.phone.routes_sms import WorldOfApp

Json = dict[str, Any]
NOT_ONGOING = "Call is not ongoing."


def _with_key(request: Request) -> None:
    """Any key that looks like one: which are good is known to whoever signs webhooks."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.startswith("key_"):
        raise RetellRefusalError(401)


router = APIRouter(prefix="/v2", dependencies=[Depends(_with_key)])


class _Control(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    additional_context: Annotated[str, Field(min_length=1)] | None = None
    trigger_response: bool = False


class _Overrides(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    override_dynamic_variables: dict[str, str] | None = None
    metadata: Json | None = None
    data_storage_setting: str | None = None


class _LiveUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    call_control: _Control = Field(default_factory=_Control)
    fields_to_override: _Overrides = Field(default_factory=_Overrides)


@router.patch("/update-live-call/{call_id}")
async def update_live_call(call_id: str, request: Request, world: WorldOfApp) -> Json:
    try:
        wanted = _LiveUpdate.model_validate_json(await request.body())
    except ValidationError:
        raise RetellRefusalError(400) from None
    call = world.call(call_id)
    if call.status == "ended":
        raise RetellRefusalError(call.ended_status, NOT_ONGOING)
    world.inject(
        Injection(
            number=len(world.injections) + 1,
            at=datetime.now(UTC),
            call_id=call_id,
            additional_context=wanted.call_control.additional_context,
            trigger_response=wanted.call_control.trigger_response,
            dynamic_variables=wanted.fields_to_override.override_dynamic_variables or {},
        )
    )
    return {"success": True}


@router.get("/get-call/{call_id}")
async def get_call(call_id: str, world: WorldOfApp) -> Json:
    return {
        "call_id": call_id,
        "call_type": "phone_call",
        "agent_id": "agent_sandbox",
        "agent_version": 0,
        "call_status": world.call(call_id).status,
    }

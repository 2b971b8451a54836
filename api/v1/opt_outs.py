"""Numbers that want no texts from a company. The numbers themselves are not kept."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.deps import Runtime
from api.errors import Problem
from api.v1.access import CurrentTenant
from api.v1.numbers import E164, audit_number, hashed
from db.queries.opt_outs import has_opted_out, opt_in, opt_out
from db.session import tenant_session

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    422: {"model": Problem, "description": "Not a phone number."},
}
router = APIRouter(prefix="/api/v1/opt-outs", tags=["callers"], responses=_PROBLEMS)


class OptOutOut(BaseModel):
    opted_out: bool = Field(description="No SMS goes there; mails and appointments do not change.")


@router.get("/{e164}", summary="Whether a number wants no texts")
async def opted_out(runtime: Runtime, tenant: CurrentTenant, e164: E164) -> OptOutOut:
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        return OptOutOut(opted_out=await has_opted_out(session, hashed(runtime, e164)))


@router.put("/{e164}", summary="Send no more texts to a number")
async def put(runtime: Runtime, tenant: CurrentTenant, e164: E164) -> OptOutOut:
    """What a caller asks for in person; who answers an SMS with STOP needs nobody for it."""
    number_hash = hashed(runtime, e164)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        if await opt_out(session, number_hash, "rest"):
            await audit_number(session, tenant, number_hash, "opted_out")
    return OptOutOut(opted_out=True)


@router.delete("/{e164}", status_code=204, summary="Send texts to a number again")
async def delete(runtime: Runtime, tenant: CurrentTenant, e164: E164) -> Response:
    """Only if its owner has asked for it."""
    number_hash = hashed(runtime, e164)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        if await opt_in(session, number_hash):
            await audit_number(session, tenant, number_hash, "opted_in")
    return Response(status_code=204)

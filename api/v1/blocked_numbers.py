"""Callers that a company takes no calls from. The numbers themselves are not kept."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Runtime
from api.errors import NOT_FOUND, Problem, ProblemError
from api.v1.access import CurrentTenant
from api.v1.numbers import E164, audit_number, hashed
from db.queries.inbound import block, get_blocked, unblock
from db.session import tenant_session

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    404: {"model": Problem, "description": "This number is not blocked."},
    422: {"model": Problem, "description": "Not a phone number."},
}
router = APIRouter(prefix="/api/v1/blocked-numbers", tags=["callers"], responses=_PROBLEMS)


class BlockWish(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="For yourselves; no names, no numbers: it is kept as it is."
    )


class BlockedOut(BaseModel):
    reason: str | None
    created_at: datetime


@router.get("/{e164}", summary="Whether a number is blocked")
async def blocked(runtime: Runtime, tenant: CurrentTenant, e164: E164) -> BlockedOut:
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        found = await get_blocked(session, hashed(runtime, e164))
    if found is None:
        raise ProblemError(404, NOT_FOUND, "This number is not blocked.")
    return BlockedOut(reason=found.reason, created_at=found.created_at)


@router.put("/{e164}", summary="Take no more calls from a number")
async def put(
    runtime: Runtime, tenant: CurrentTenant, e164: E164, wish: BlockWish | None = None
) -> BlockedOut:
    """Its next call is rejected before it is answered. Again, with another reason, is fine."""
    number_hash = hashed(runtime, e164)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        await block(session, number_hash, wish.reason if wish else None)
        await audit_number(session, tenant, number_hash, "blocked")
        found = await get_blocked(session, number_hash)
    if found is None:
        raise LookupError("blocked a moment ago, in this transaction")
    return BlockedOut(reason=found.reason, created_at=found.created_at)


@router.delete("/{e164}", status_code=204, summary="Take calls from a number again")
async def delete(runtime: Runtime, tenant: CurrentTenant, e164: E164) -> Response:
    number_hash = hashed(runtime, e164)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        if not await unblock(session, number_hash):
            raise ProblemError(404, NOT_FOUND, "This number is not blocked.")
        await audit_number(session, tenant, number_hash, "unblocked")
    return Response(status_code=204)

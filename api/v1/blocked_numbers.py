"""Callers that a company takes no calls from. The numbers themselves are not kept."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import ApiRuntime, Runtime
from api.errors import NOT_FOUND, Problem, ProblemError
from api.v1.access import CurrentTenant, Tenant
from db.queries.audit import write_audit
from db.queries.inbound import block, get_blocked, unblock
from db.session import tenant_session
from domain.phone import phone_hash, to_e164

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    404: {"model": Problem, "description": "This number is not blocked."},
    422: {"model": Problem, "description": "Not a phone number."},
}
router = APIRouter(prefix="/api/v1/blocked-numbers", tags=["callers"], responses=_PROBLEMS)


def _number(raw: str) -> str:
    e164 = to_e164(raw)
    if e164 is None:
        raise ValueError("not a phone number; best is E.164, such as +493023125010")
    return e164


E164 = Annotated[str, Path(max_length=40, examples=["+4917604069040"]), AfterValidator(_number)]


def _hashed(runtime: ApiRuntime, e164: str) -> str:
    return phone_hash(e164, runtime.settings.phone_hash_key.get_secret_value())


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
        found = await get_blocked(session, _hashed(runtime, e164))
    if found is None:
        raise ProblemError(404, NOT_FOUND, "This number is not blocked.")
    return BlockedOut(reason=found.reason, created_at=found.created_at)


@router.put("/{e164}", summary="Take no more calls from a number")
async def put(
    runtime: Runtime, tenant: CurrentTenant, e164: E164, wish: BlockWish | None = None
) -> BlockedOut:
    """Its next call is rejected before it is answered. Again, with another reason, is fine."""
    hashed = _hashed(runtime, e164)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        await block(session, hashed, wish.reason if wish else None)
        await _audit(session, tenant, hashed, "blocked")
        found = await get_blocked(session, hashed)
    if found is None:
        raise LookupError("blocked a moment ago, in this transaction")
    return BlockedOut(reason=found.reason, created_at=found.created_at)


@router.delete("/{e164}", status_code=204, summary="Take calls from a number again")
async def delete(runtime: Runtime, tenant: CurrentTenant, e164: E164) -> Response:
    hashed = _hashed(runtime, e164)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        if not await unblock(session, hashed):
            raise ProblemError(404, NOT_FOUND, "This number is not blocked.")
        await _audit(session, tenant, hashed, "unblocked")
    return Response(status_code=204)


async def _audit(session: AsyncSession, tenant: Tenant, hashed: str, action: str) -> None:
    await write_audit(
        session,
        actor=f"api_key:{tenant.api_key_id}",
        action=f"number.{action}",
        subject_type="number",
        subject_id=hashed,
    )

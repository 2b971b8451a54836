"""Tasks for people: call somebody back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import Runtime
from api.errors import NOT_FOUND, Problem, ProblemError
from api.v1.access import CurrentTenant, Tenant
from api.v1.booking import Text
from api.v1.idempotency import REPLAYED, IdempotencyKey, claim
from api.v1.names import branch_named
from api.v1.numbers import hashed, phone_of
from api.v1.views import Cursor, CustomerOut, Limit, Named, PageOut, branch_of
from db.queries.audit import write_audit
from db.queries.callbacks import Urgency, finish_callback, insert_keyed_callback_once
from db.queries.customers import find_customer_by_phone
from db.queries.rest import (
    CallbackStatus,
    CallbackView,
    get_callback,
    list_callbacks,
)
from db.session import tenant_session
from domain.ids import callback_id_for_key

ASKED = "callback_asked"
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    422: {"model": Problem, "description": "Which field is wrong stands in `errors`."},
}
_NO_SUCH: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such task of this company."}
}
router = APIRouter(prefix="/api/v1/callbacks", tags=["callbacks"], responses=_PROBLEMS)


class CallbackWish(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    phone: Annotated[str, Field(max_length=40), AfterValidator(phone_of)] = Field(
        examples=["+4917604069040"], description="Who is to be called; German forms serve as well."
    )
    name: Text | None = Field(default=None, examples=["Jonas Feldmann"])
    reason: Annotated[str, Field(min_length=1, max_length=1_000)] = Field(
        examples=["Möchte wissen, ob Balayage bei kurzem Haar geht."],
        description="For whoever calls; kept encrypted.",
    )
    urgency: Urgency = "normal"
    branch: Text | None = Field(default=None, description="Name, reference or id.")


class CallbackOut(BaseModel):
    id: UUID
    status: CallbackStatus
    urgency: Urgency
    reason: str = Field(examples=["incomplete"], description="Why, as a code: docs/errors.md.")
    missing: list[str] = Field(description="What is not known yet.")
    offers: list[datetime] = Field(description="Nearest free starts, where a wish was refused.")
    said: dict[str, Any] = Field(
        description="What the caller said: `words`, `services`, `date`, `time`, `staff`, …",
        examples=[{"words": "Bitte um Rückruf wegen Balayage."}],
    )
    source: Literal["call", "rest", "calendar"]
    call_id: str | None
    appointment_id: UUID | None
    branch: Named | None
    customer: CustomerOut
    created_at: datetime
    done_at: datetime | None

    @staticmethod
    def of(view: CallbackView) -> "CallbackOut":
        said = dict(view.details or {})
        said.pop("asked_by", None)  # the engine's own, to know a repetition
        name, phone, email = (said.pop(key, None) for key in ("name", "phone", "email"))
        return CallbackOut.model_validate(
            {
                **{key: getattr(view, key, None) for key in CallbackOut.model_fields},
                "said": said,
                "call_id": view.retell_call_id,
                "branch": branch_of(view.branch_id, view.branch_name),
                # A number that was dictated is the one to call.
                "customer": CustomerOut(
                    name=name or view.customer_name,
                    phone=phone or view.customer_phone or view.caller_number,
                    email=email or view.customer_email,
                ),
            }
        )


@router.get("", summary="Tasks, the oldest first")
async def callbacks(
    runtime: Runtime,
    tenant: CurrentTenant,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: CallbackStatus | None = None,
    urgency: Urgency | None = None,
    branch_id: UUID | None = None,
) -> PageOut[CallbackOut]:
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        page = await list_callbacks(
            session,
            limit=limit,
            cursor=cursor,
            status=status,
            urgency=urgency,
            branch_id=branch_id,
        )
    return PageOut(items=[CallbackOut.of(v) for v in page.items], next_cursor=page.next_cursor)


@router.post("", summary="Ask for a call back", status_code=201)
async def ask(
    runtime: Runtime,
    tenant: CurrentTenant,
    wish: CallbackWish,
    idempotency_key: IdempotencyKey,
    response: Response,
) -> CallbackOut:
    """Sent again with the same `Idempotency-Key` and body it is the same task, as it is by then."""
    about = callback_id_for_key(tenant.company_id, idempotency_key)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        is_new = await claim(session, idempotency_key, wish, about, action=ASKED)
        branch = await branch_named(session, wish.branch) if wish.branch else None
        customer = await find_customer_by_phone(session, hashed(runtime, wish.phone))
        said = {"words": wish.reason, "phone": wish.phone, "name": wish.name}
        callback_id = await insert_keyed_callback_once(
            session,
            dedupe_key=f"rest:{about}",
            source="rest",
            reason=ASKED,
            urgency=wish.urgency,
            details={name: value for name, value in said.items() if value},
            branch_id=branch.id if branch else None,
            customer_id=customer.id if customer else None,
        )
        if is_new:
            await _audit(session, tenant, callback_id, "asked")
        made = await _view(session, callback_id)
    response.headers["Location"] = f"/api/v1/callbacks/{callback_id}"
    if not is_new:
        response.headers[REPLAYED] = "true"
    return made


@router.get("/{callback_id}", summary="One task", responses=_NO_SUCH)
async def callback(runtime: Runtime, tenant: CurrentTenant, callback_id: UUID) -> CallbackOut:
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        return await _view(session, callback_id)


@router.post("/{callback_id}/done", summary="Somebody has called", responses=_NO_SUCH)
async def done(runtime: Runtime, tenant: CurrentTenant, callback_id: UUID) -> CallbackOut:
    """What was done before stays as it was: this may be repeated without a key."""
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        if await finish_callback(session, callback_id):
            await _audit(session, tenant, callback_id, "done")
        return await _view(session, callback_id)


async def _view(session: AsyncSession, callback_id: UUID) -> CallbackOut:
    view = await get_callback(session, callback_id)
    if view is None:
        raise ProblemError(404, NOT_FOUND, "No such task.")
    return CallbackOut.of(view)


async def _audit(session: AsyncSession, tenant: Tenant, callback_id: UUID, action: str) -> None:
    await write_audit(
        session,
        actor=f"api_key:{tenant.api_key_id}",
        action=f"callback.{action}",
        subject_type="callback",
        subject_id=str(callback_id),
    )

"""A wish sent over REST becomes an appointment: the same saga as a call's."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import structlog
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from api.deps import ApiRuntime
from api.engine import forget
from api.errors import UNAVAILABLE, ProblemError
from api.v1.access import Tenant
from api.v1.idempotency import claim
from api.v1.names import Chosen, resolve
from api.v1.numbers import phone_of
from api.v1.views import AppointmentOut
from contracts.appointments import AppointmentStart, FirstOutcome
from contracts.names import (
    APPOINTMENT_START,
    APPOINTMENT_WORKFLOW,
    BRANCH_ID,
    COMPANY_ID,
    TaskQueue,
)
from db.queries.appointments import AppointmentView, get_appointment
from db.queries.customers import upsert_customer
from db.session import tenant_session
from domain.errors import HANDLING
from domain.ids import appointment_id_for_key, appointment_workflow_id
from domain.phone import phone_hash
from observability.context import bind_call

ANSWER_TIMEOUT_S = 10.0
# The workflow says `reserved` before we would have to say that nothing is known.
PATIENCE_S = 8.0
SLOT_GONE = 409
_log = structlog.get_logger(__name__)


Text = Annotated[str, Field(min_length=1, max_length=200)]


class CustomerIn(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[Text, Field(examples=["Jonas Feldmann"])]
    phone: Annotated[str, Field(max_length=40), AfterValidator(phone_of)] | None = Field(
        default=None, examples=["+4917604069040"], description="German forms serve as well."
    )
    email: (
        Annotated[str, Field(max_length=254, pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+$")] | None
    ) = Field(default=None, examples=["jonas.feldmann@example.org"])


class AppointmentWish(BaseModel):
    """Who wants what, where and when. An unknown name is answered with those that there are."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    branch: Annotated[Text, Field(examples=["Mitte"], description="Name, reference or id.")]
    service: Annotated[Text, Field(examples=["Herrenhaarschnitt"], description="Likewise.")]
    staff: Annotated[Text, Field(description="Likewise; this person and nobody else.")] | None = (
        Field(default=None, examples=["Mehmet"])
    )
    start_at: AwareDatetime = Field(
        examples=["2026-11-27T18:00:00+01:00"], description="With its offset from UTC."
    )
    customer: CustomerIn


@dataclass(frozen=True, kw_only=True)
class Taken:
    appointment: AppointmentOut
    replayed: bool


async def take_wish(
    runtime: ApiRuntime, tenant: Tenant, wish: AppointmentWish, idempotency_key: str
) -> Taken:
    """Booked or held; raises what else there is as a problem with its code."""
    appointment_id = appointment_id_for_key(tenant.company_id, idempotency_key)
    bind_call(appointment_id=appointment_id)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        is_new = await claim(session, idempotency_key, wish, appointment_id)
        chosen = await resolve(session, branch=wish.branch, service=wish.service, staff=wish.staff)
        view = None if is_new else await get_appointment(session, appointment_id)
        if view is not None and view.status not in {"held", "failed"}:
            # Known for good here, and for longer than the engine keeps what has ended.
            return Taken(appointment=AppointmentOut.of(view), replayed=True)
        customer_id = await _customer(session, runtime, wish.customer)
    start = _start(tenant, wish, chosen, appointment_id, customer_id)
    outcome = await _book(runtime, start)
    view = await _view(runtime, start)
    if outcome is not None and outcome.outcome == "refused":
        raise _refusal(outcome, replayed=not is_new)
    if view is None:
        raise ProblemError(
            503, UNAVAILABLE, "Nothing is known yet. Send it again with the same Idempotency-Key."
        )
    if view.status == "failed":
        raise _refusal(FirstOutcome(outcome="refused", reason=view.reason), replayed=not is_new)
    _log.info("wish taken", status=view.status, replayed=not is_new)
    return Taken(appointment=AppointmentOut.of(view), replayed=not is_new)


async def _customer(session: AsyncSession, runtime: ApiRuntime, customer: CustomerIn) -> UUID:
    key = runtime.settings.phone_hash_key.get_secret_value()
    email = customer.email.lower() if customer.email else None
    return await upsert_customer(
        session,
        name=customer.name,
        phone=customer.phone,
        phone_hash=phone_hash(customer.phone, key) if customer.phone else None,
        email=email,
        email_hash=phone_hash(email, key) if email else None,
    )


def _start(
    tenant: Tenant,
    wish: AppointmentWish,
    chosen: Chosen,
    appointment_id: UUID,
    customer_id: UUID,
) -> AppointmentStart:
    return AppointmentStart(
        appointment_id=appointment_id,
        company_id=tenant.company_id,
        branch_id=chosen.branch_id,
        service_id=chosen.service_id,
        staff_id=chosen.staff_id,
        staff_hard=chosen.staff_id is not None,
        customer_id=customer_id,
        start_at=wish.start_at,
        summary=f"{chosen.service_name}, {chosen.branch_name}, {_readable(wish.start_at)}",
        patience_s=PATIENCE_S,
    )


def _readable(at: datetime) -> str:
    return f"{at:%a %d %b %Y %H:%M %Z}"


async def _book(runtime: ApiRuntime, start: AppointmentStart) -> FirstOutcome | None:
    """The first outcome; None if there is none in time. The workflow goes on all the same."""
    operation = _start_operation(start)
    try:
        # rpc_timeout counts for each attempt of the client; this is the time that there is.
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            outcome: FirstOutcome = await runtime.temporal.execute_update_with_start_workflow(
                "book",
                start_workflow_operation=operation,
                id="book",
                result_type=FirstOutcome,
            )
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowAlreadyStartedError):
        # Not in time; or ended, and too long ago for its answer to be kept: the row knows.
        await forget(operation)
        return None
    # RuntimeError: the first connection of a lazy client.
    except (RPCError, RuntimeError, WorkflowUpdateFailedError) as error:
        await forget(operation)
        _log.warning("wish not passed on", error=type(error).__name__)
        raise ProblemError(
            503, UNAVAILABLE, "The engine does not answer. Repeat with the same Idempotency-Key."
        ) from error
    return outcome


def _start_operation(start: AppointmentStart) -> WithStartWorkflowOperation[object, object]:
    return WithStartWorkflowOperation(
        APPOINTMENT_WORKFLOW,
        start,
        id=appointment_workflow_id(start.appointment_id),
        task_queue=TaskQueue.CALLS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(COMPANY_ID, str(start.company_id)),
                SearchAttributePair(BRANCH_ID, str(start.branch_id)),
                SearchAttributePair(APPOINTMENT_START, start.start_at),
            ]
        ),
        static_summary=start.summary,
    )


async def _view(runtime: ApiRuntime, start: AppointmentStart) -> AppointmentView | None:
    async with tenant_session(runtime.engine, start.company_id) as session:
        return await get_appointment(session, start.appointment_id)


def _refusal(outcome: FirstOutcome, *, replayed: bool) -> ProblemError:
    code = outcome.reason or "refused"
    handling = HANDLING.get(code)
    _log.info("wish refused", code=code, replayed=replayed)
    return ProblemError(
        handling.http_status if handling else SLOT_GONE,
        code,
        "There is no appointment. `alternatives` are the nearest free starts.",
        alternatives=[{"start_at": offer.isoformat()} for offer in outcome.offers],
    )

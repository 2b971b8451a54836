"""Moving and cancelling over REST: updates of the appointment's own workflow."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from api.deps import ApiRuntime
from api.errors import UNAVAILABLE, ProblemError
from api.v1.access import Tenant
from api.v1.idempotency import claim
from api.v1.names import staff_at
from api.v1.views import AppointmentOut
from contracts.appointments import Cancel, ChangeResult, Reschedule
from db.queries.appointments import AppointmentView, get_appointment
from db.queries.audit import write_audit
from db.session import tenant_session
from domain.errors import HANDLING, AppointmentNotFound
from domain.ids import appointment_workflow_id, rest_update_id
from observability.context import bind_call

ANSWER_TIMEOUT_S = 10.0
CONFLICT = 409
BY_BRANCH = "branch asked"
LIVE = frozenset({"held", "booked"})
# The workflow has ended, mostly a moment ago: then the row says how.
GONE = "change_failed"
_log = structlog.get_logger(__name__)

Action = Literal["reschedule", "cancel"]


class Move(BaseModel):
    """The new start; with `staff` it is that person or nobody, without it the person stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    start_at: AwareDatetime = Field(
        examples=["2026-11-27T18:00:00+01:00"], description="With its offset from UTC."
    )
    staff: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, examples=["Mehmet"], description="Name, reference or id."
    )


@dataclass(frozen=True, kw_only=True)
class Changed:
    """`is_done` False: asked for, and nobody knows yet what Cal.com says of it."""

    appointment: AppointmentOut
    is_done: bool
    replayed: bool


async def change(
    runtime: ApiRuntime, tenant: Tenant, appointment_id: UUID, wanted: Move | None, key: str
) -> Changed:
    """`wanted` None cancels. Raises why it cannot be as a problem with its code."""
    action: Action = "cancel" if wanted is None else "reschedule"
    bind_call(appointment_id=appointment_id)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        view = await _view(session, appointment_id)
        is_new = await claim(session, key, wanted, appointment_id, action=action)
        argument = await _argument(session, view, wanted)
        if is_new:
            await _audit(session, tenant, view, action)
    result = None
    if view.status in LIVE:
        result = await _ask(runtime, appointment_id, action, argument, rest_update_id(key, action))
        async with tenant_session(runtime.engine, tenant.company_id) as session:
            view = await _view(session, appointment_id)
    _raise_if_refused(view, action, result)
    is_done = result is not None or view.status not in LIVE
    _log.info("change taken", action=action, done=is_done, replayed=not is_new)
    return Changed(appointment=AppointmentOut.of(view), is_done=is_done, replayed=not is_new)


def _raise_if_refused(view: AppointmentView, action: Action, result: ChangeResult | None) -> None:
    """What is over cannot be changed; but what is cancelled need not be cancelled."""
    if view.status not in LIVE and (result is None or result.reason == GONE):
        if (action, view.status) == ("cancel", "cancelled"):
            return
        raise _refusal(ChangeResult(outcome="refused", reason=f"is_{view.status}"))
    if result is not None and result.outcome == "refused":
        raise _refusal(result)


async def _view(session: AsyncSession, appointment_id: UUID) -> AppointmentView:
    view = await get_appointment(session, appointment_id)
    if view is None:
        raise AppointmentNotFound(appointment_id=appointment_id)
    return view


async def _argument(
    session: AsyncSession, view: AppointmentView, wanted: Move | None
) -> Cancel | Reschedule:
    if wanted is None:
        return Cancel(reason=BY_BRANCH, by="branch")
    staff_id = None
    if wanted.staff is not None:
        staff_id = await staff_at(session, view.branch_id, wanted.staff)
    return Reschedule(start_at=wanted.start_at, staff_id=staff_id, reason=BY_BRANCH, by="branch")


async def _audit(
    session: AsyncSession, tenant: Tenant, view: AppointmentView, action: Action
) -> None:
    await write_audit(
        session,
        actor=f"api_key:{tenant.api_key_id}",
        action=f"appointment.{action}_asked",
        subject_type="appointment",
        subject_id=str(view.id),
    )


async def _ask(
    runtime: ApiRuntime,
    appointment_id: UUID,
    action: Action,
    argument: Cancel | Reschedule,
    update_id: str,
) -> ChangeResult | None:
    """None when there is no answer in time; the change goes on all the same."""
    handle = runtime.temporal.get_workflow_handle(appointment_workflow_id(appointment_id))
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            result: ChangeResult = await handle.execute_update(
                action, argument, id=update_id, result_type=ChangeResult
            )
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        return None
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        reason = cause.type if isinstance(cause, ApplicationError) else None
        return ChangeResult(outcome="refused", reason=reason or GONE)
    except (RPCError, RuntimeError) as error:
        _log.warning("change not passed on", error=type(error).__name__)
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            return ChangeResult(outcome="refused", reason=GONE)
        raise ProblemError(
            503, UNAVAILABLE, "The engine does not answer. Repeat with the same Idempotency-Key."
        ) from error
    return result


def _refusal(result: ChangeResult) -> ProblemError:
    code = result.reason or "refused"
    handling = HANDLING.get(code)
    _log.info("change refused", code=code)
    return ProblemError(
        handling.http_status if handling else CONFLICT,
        code,
        "The appointment is as it was. `alternatives` are the nearest free starts.",
        alternatives=[{"start_at": offer.isoformat()} for offer in result.offers],
    )

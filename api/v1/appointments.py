"""Appointments, as their company sees them, and the door to book without a call."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.deps import Runtime
from api.errors import Problem
from api.v1.access import CurrentTenant
from api.v1.booking import AppointmentWish, take_wish
from api.v1.changes import Changed, Move, change
from api.v1.idempotency import REPLAYED, IdempotencyKey
from api.v1.views import AppointmentOut, Cursor, Limit, PageOut, PublicStatus
from contracts.appointments import AppointmentStatus
from db.queries.appointments import get_appointment, list_appointments
from db.session import tenant_session
from domain.errors import AppointmentNotFound
from observability.context import bind_call

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    422: {
        "model": Problem,
        "description": "A field is wrong (`errors`), or the wish can never be met (`code`).",
    },
}
router = APIRouter(prefix="/api/v1/appointments", tags=["appointments"], responses=_PROBLEMS)


class Alternative(BaseModel):
    start_at: datetime


class Refused(Problem):
    """Why there is no appointment, and the nearest free starts."""

    alternatives: list[Alternative] = Field(default_factory=list)


@router.post(
    "",
    summary="Book an appointment",
    status_code=201,
    responses={
        202: {
            "model": AppointmentOut,
            "description": "Held for you; Cal.com has not answered yet. Confirmation follows.",
        },
        409: {
            "model": Refused,
            "description": "`slot_taken` and its like, with alternatives; or the key was used"
            " for another wish (`idempotency_mismatch`).",
        },
        503: {"model": Problem, "description": "Nothing is known: repeat with the same key."},
    },
)
async def book(
    runtime: Runtime,
    tenant: CurrentTenant,
    wish: AppointmentWish,
    idempotency_key: IdempotencyKey,
    response: Response,
) -> AppointmentOut:
    """Names and ids both serve for `branch`, `service` and `staff`. Sent again with the same
    `Idempotency-Key` and body, the answer is that of the first time, marked by the header
    `Idempotency-Replayed: true`.
    """
    answer = await take_wish(runtime, tenant, wish, idempotency_key)
    response.status_code = 202 if answer.appointment.status == "reserved" else 201
    response.headers["Location"] = f"/api/v1/appointments/{answer.appointment.id}"
    if answer.replayed:
        response.headers[REPLAYED] = "true"
    return answer.appointment


_CHANGE: dict[int | str, dict[str, Any]] = {
    202: {
        "model": AppointmentOut,
        "description": "Asked for; Cal.com has not answered yet. The appointment is as it was.",
    },
    404: {"model": Problem, "description": "No such appointment of this company."},
    409: {
        "model": Refused,
        "description": "The time is taken, or the appointment's state (`is_cancelled`, …) forbids"
        " it. The appointment is as it was.",
    },
    503: {"model": Problem, "description": "Nothing is known: repeat with the same key."},
}


@router.post("/{appointment_id}/reschedule", summary="Move an appointment", responses=_CHANGE)
async def reschedule(
    runtime: Runtime,
    tenant: CurrentTenant,
    *,
    appointment_id: UUID,
    move: Move,
    idempotency_key: IdempotencyKey,
    response: Response,
) -> AppointmentOut:
    """The new time is held first; the old one stays until Cal.com has moved the booking. The limit
    for changes by customers does not count here: it is the company that asks.
    """
    return _changed(await change(runtime, tenant, appointment_id, move, idempotency_key), response)


@router.post("/{appointment_id}/cancel", summary="Cancel an appointment", responses=_CHANGE)
async def cancel(
    runtime: Runtime,
    tenant: CurrentTenant,
    appointment_id: UUID,
    idempotency_key: IdempotencyKey,
    response: Response,
) -> AppointmentOut:
    """Here and in Cal.com; the customer is told. What is cancelled already stays so."""
    return _changed(await change(runtime, tenant, appointment_id, None, idempotency_key), response)


def _changed(changed: Changed, response: Response) -> AppointmentOut:
    response.status_code = 200 if changed.is_done else 202
    if changed.replayed:
        response.headers[REPLAYED] = "true"
    return changed.appointment


@router.get("", summary="Appointments by start, earliest first")
async def appointments(
    runtime: Runtime,
    tenant: CurrentTenant,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    branch_id: UUID | None = None,
    call_id: str | None = None,
    status: PublicStatus | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> PageOut[AppointmentOut]:
    stored: AppointmentStatus | Literal["held"] | None = "held" if status == "reserved" else status
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        page = await list_appointments(
            session,
            limit=limit,
            cursor=cursor,
            branch_id=branch_id,
            retell_call_id=call_id,
            status=stored,
            from_at=from_at,
            to_at=to_at,
        )
    items = [AppointmentOut.of(view) for view in page.items]
    return PageOut(items=items, next_cursor=page.next_cursor)


@router.get(
    "/{appointment_id}",
    summary="One appointment",
    responses={404: {"model": Problem, "description": "No such appointment of this company."}},
)
async def appointment(
    runtime: Runtime, tenant: CurrentTenant, appointment_id: UUID
) -> AppointmentOut:
    bind_call(appointment_id=appointment_id)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        view = await get_appointment(session, appointment_id)
    if view is None:
        raise AppointmentNotFound(appointment_id=appointment_id)
    return AppointmentOut.of(view)

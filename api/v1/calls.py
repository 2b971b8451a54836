"""Calls, as their company sees them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import Runtime
from api.errors import NOT_FOUND, Problem, ProblemError
from api.v1.access import CurrentTenant
from api.v1.views import CallItemOut, CallOut, Cursor, Limit, PageOut
from contracts.calls import CallOutcome
from db.queries.appointments import appointments_of_call
from db.queries.calls import get_call, list_calls
from db.queries.timeline import steps_of_call
from db.session import tenant_session
from observability.context import bind_call

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    422: {"model": Problem, "description": "Which parameter is wrong stands in `errors`."},
}
router = APIRouter(prefix="/api/v1/calls", tags=["calls"], responses=_PROBLEMS)


@router.get("", summary="Calls, newest first")
async def calls(
    runtime: Runtime,
    tenant: CurrentTenant,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    branch_id: UUID | None = None,
    outcome: CallOutcome | None = None,
    needs_review: bool | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> PageOut[CallItemOut]:
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        page = await list_calls(
            session,
            limit=limit,
            cursor=cursor,
            branch_id=branch_id,
            outcome=outcome,
            needs_review=needs_review,
            from_at=from_at,
            to_at=to_at,
        )
    return PageOut(items=[CallItemOut.of(c) for c in page.items], next_cursor=page.next_cursor)


@router.get(
    "/{retell_call_id}",
    summary="One call: what was wanted, what became of it",
    responses={404: {"model": Problem, "description": "No such call of this company."}},
)
async def call(runtime: Runtime, tenant: CurrentTenant, retell_call_id: str) -> CallOut:
    """`state` is `running` until `outcome` stands. The timeline says what the engine did, with
    the time each step took; `workflow_url` shows the same in Temporal's Web UI.
    """
    bind_call(retell_call_id)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        found = await get_call(session, retell_call_id)
        if found is None:
            raise ProblemError(404, NOT_FOUND, "No such call.")
        appointments = await appointments_of_call(session, retell_call_id)
        steps = await steps_of_call(session, retell_call_id)
    return CallOut.of_record(found, appointments, steps, runtime.settings)

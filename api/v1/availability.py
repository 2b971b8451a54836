"""Which starts are free, by our own plan and reservations."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.deps import Runtime
from api.errors import INVALID_REQUEST, FieldProblem, Problem, ProblemError
from api.v1.access import CurrentTenant
from api.v1.names import resolve
from api.v1.views import Cursor, Limit, Named, PageOut
from db.queries.catalogue import list_staff, load_branch_plan
from db.queries.paging import Page, decode_cursor, make_page
from db.queries.slots import busy_times
from db.session import tenant_session
from domain.slots import Offer, free_slots
from domain.timespan import TimeSpan

DAYS_AHEAD = 7
DAYS_MAX = 62
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    422: {"model": Problem, "description": "An unknown name (`code`), or `errors` says what."},
}
router = APIRouter(prefix="/api/v1/availability", tags=["availability"], responses=_PROBLEMS)

Name = Annotated[str, Query(min_length=1, max_length=200, description="Name, reference or id.")]
At = Annotated[AwareDatetime, Query(description="With its offset from UTC.")]


class FreeStart(BaseModel):
    start_at: datetime
    end_at: datetime
    staff: Named = Field(description="With whom; somebody else may be free as well.")


class AvailabilityOut(PageOut[FreeStart]):
    zone: str = Field(examples=["Europe/Berlin"])
    on_own_data: bool = Field(
        default=True, description="Cal.com was not asked; booking asks it, and may be refused."
    )


@router.get("", summary="Free starts, earliest first")
async def availability(
    runtime: Runtime,
    tenant: CurrentTenant,
    *,
    branch: Name,
    service: Name,
    staff: Name | None = None,
    from_at: Annotated[At | None, Query(alias="from")] = None,
    to_at: Annotated[At | None, Query(alias="to")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AvailabilityOut:
    """Within opening and working hours, notice and horizon, less what is held or booked. `from` is
    now and `to` a week later, where they are left out; at most 62 days. With `staff`, this person
    and nobody else.
    """
    now = datetime.now(UTC)
    window = _window(from_at or now, to_at, cursor)
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        chosen = await resolve(session, branch=branch, service=service, staff=staff)
        plan = await load_branch_plan(session, chosen.branch_id, absences_from_at=now)
        around = TimeSpan(window.start_at - timedelta(days=1), window.end_at + timedelta(days=1))
        busy = await busy_times(session, plan.resource_ids(), around)
        names = {person.id: person.display_name for person in await list_staff(session)}
    found = free_slots(
        plan,
        chosen.service_id,
        window,
        now,
        busy,
        staff_id=chosen.staff_id,
        staff_hard=chosen.staff_id is not None,
        limit=limit + 1,
    )
    page: Page[Offer] = make_page(found, limit, lambda offer: (offer.start_at, 0))
    return AvailabilityOut(
        items=[_free_start(offer, names) for offer in page.items],
        next_cursor=page.next_cursor,
        zone=plan.zone,
    )


def _window(from_at: datetime, to_at: datetime | None, cursor: str | None) -> TimeSpan:
    until = to_at or from_at + timedelta(days=DAYS_AHEAD)
    if until <= from_at or until - from_at > timedelta(days=DAYS_MAX):
        problem = FieldProblem(field="to", problem=f"after `from`, by at most {DAYS_MAX} days")
        raise ProblemError(422, INVALID_REQUEST, errors=[problem])
    if cursor is None:
        return TimeSpan(from_at, until)
    after = decode_cursor(cursor)[0] + timedelta(microseconds=1)
    return TimeSpan(min(max(after, from_at), until - timedelta(microseconds=1)), until)


def _free_start(offer: Offer, names: dict[UUID, str]) -> FreeStart:
    who = Named(id=offer.staff_id, name=names.get(offer.staff_id, ""))
    return FreeStart(start_at=offer.start_at, end_at=offer.end_at, staff=who)

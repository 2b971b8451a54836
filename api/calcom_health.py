"""For operators: how each connection to a calendar is doing, and what to do about it."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.calcom_state import ConnectionHealth, Evidence, Provider, Status, judge
from api.deps import ApiRuntime, Runtime
from api.v1.access import Tenant, TenantIfAny
from contracts.availability import BreakerState
from db.queries import api_logs, catalogue, connections, sync
from db.session import tenant_session

LOOKED_BACK = timedelta(days=1)
LOOKED_AT = 500
router = APIRouter(tags=["operations"])


class CalendarSyncState(BaseModel):
    """How it stands with both calendars. `proposals`: event types that wait for a mapping."""

    read_at: datetime | None = Field(description="When changes at Cal.com were last read.")
    compared_at: datetime | None = Field(description="When both calendars were last compared.")
    failed_with: str | None = Field(description="Class of what the last try failed with.")
    differs: dict[str, int] = Field(description="Open differences by kind.")
    proposals: int


class ConnectionState(ConnectionHealth):
    """`sync` is null for a CalDAV server: what people change there is not followed."""

    sync: CalendarSyncState | None


class CalcomHealth(BaseModel):
    """Without a key: the whole platform in numbers. With one: that company's connections, to
    Cal.com and to a CalDAV server.
    """

    status: Status = Field(description="Of the worst connection.")
    breakers: dict[BreakerState, int] | None = Field(
        description="How many of the platform are not closed; null where workers share no store."
    )
    connections: list[ConnectionState]


@router.get("/api/health/calcom", summary="What is wrong with the calendars, and what to do")
async def calcom_health(runtime: Runtime, tenant: TenantIfAny) -> CalcomHealth:
    found = await _connections(runtime, tenant) if tenant is not None else []
    breakers = None
    if runtime.calendars is not None:
        breakers = dict(await runtime.calendars.not_closed())
    return CalcomHealth(
        status=_worst(found) if tenant is not None else _of_platform(breakers),
        breakers=breakers,
        connections=found,
    )


async def _connections(runtime: ApiRuntime, tenant: Tenant) -> list[ConnectionState]:
    """A company has one at most at each provider."""
    providers: tuple[Provider, ...] = get_args(Provider)
    found = [await _connection(runtime, tenant, provider) for provider in providers]
    return [one for one in found if one is not None]


async def _connection(
    runtime: ApiRuntime, tenant: Tenant, provider: Provider
) -> ConnectionState | None:
    now, is_calcom = datetime.now(UTC), provider == "calcom"
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        connection = await connections.get_connection(session, provider=provider)
        if connection is None:
            return None
        company = await catalogue.get_company(session)
        types = await connections.list_event_types(session)
        asked = await api_logs.last_asked(
            session, connection_id=connection.id, since_at=now - LOOKED_BACK, limit=LOOKED_AT
        )
        synced = await _sync_state(session, connection.id) if is_calcom else None
    shared = runtime.calendars if is_calcom else None
    evidence = Evidence(
        provider=provider,
        has_key=bool(connection.api_key),
        has_event_types=any(one.connection_id == connection.id for one in types),
        asked=asked,
        shared=await shared.state(connection.id) if shared is not None else None,
        per_minute=runtime.settings.calcom_requests_per_minute if is_calcom else None,
        open_s=runtime.settings.calcom_breaker_open_s,
        now=now,
    )
    health = judge(connection.id, company.slug, evidence)
    return ConnectionState(**health.model_dump(), sync=synced)


async def _sync_state(session: AsyncSession, connection_id: UUID) -> CalendarSyncState:
    state = await sync.get_state(session, connection_id)
    proposals = await sync.list_proposals(session, connection_id)
    return CalendarSyncState(
        read_at=state.polled_at,
        compared_at=state.compared_at,
        failed_with=state.failed_with,
        differs=await sync.open_drifts(session, connection_id),
        proposals=sum(one.status == "proposed" for one in proposals),
    )


def _worst(found: list[ConnectionState]) -> Status:
    order: tuple[Status, ...] = get_args(Status)
    return max((one.status for one in found), key=order.index, default="unknown")


def _of_platform(breakers: dict[BreakerState, int] | None) -> Status:
    if breakers is None:
        return "unknown"
    if breakers.get("open"):
        return "down"
    return "degraded" if breakers.get("half_open") else "ok"

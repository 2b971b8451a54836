"""What the agent is told before it takes a call: which company and branch were dialled."""

import re
from typing import Any
from uuid import UUID

from api.deps import ApiRuntime
from db.queries.catalogue import get_company, list_branches
from db.queries.routing import Route, find_route_by_number
from db.session import platform_session, tenant_session
from domain.phone import to_e164
from integrations.retell.schemas import InboundEvent

NO_ANSWER: dict[str, Any] = {"call_inbound": {}}
_SIP_USER = re.compile(r"sips?:(\+?[0-9]{4,16})@")


async def answer_to(
    runtime: ApiRuntime, event: InboundEvent, signer_company_id: UUID | None
) -> dict[str, Any]:
    """Variables are strings only: Retell takes any other value for a broken answer."""
    route = await _route(runtime, event)
    if route is None or signer_company_id not in {None, route.company_id}:
        return NO_ANSWER
    ids = {"company_id": str(route.company_id)}
    if route.branch_id is not None:
        ids["branch_id"] = str(route.branch_id)
    names = await _names(runtime, route)
    return {"call_inbound": {"dynamic_variables": {**ids, **names}, "metadata": ids}}


async def _route(runtime: ApiRuntime, event: InboundEvent) -> Route | None:
    """By the dialled number; where that is a hotline or unknown, by the one that forwarded."""
    asked = event.call_inbound
    async with platform_session(runtime.engine) as session:
        dialled = to_e164(asked.to_number)
        route = await find_route_by_number(session, dialled) if dialled else None
        if route is not None and route.branch_id is not None:
            return route
        forwarder = _forwarder(asked.custom_sip_headers)
        forwarded = await find_route_by_number(session, forwarder) if forwarder else None
    if forwarded is None or (route is not None and forwarded.company_id != route.company_id):
        return route
    return forwarded


def _forwarder(headers: dict[str, str]) -> str | None:
    """`diversion: <sip:+4930…@carrier>;reason=no-answer` names the number dialled first."""
    lower = {name.lower(): value for name, value in headers.items()}
    found = _SIP_USER.search(lower.get("diversion", ""))
    return to_e164(found[1]) if found else None


async def _names(runtime: ApiRuntime, route: Route) -> dict[str, str]:
    async with tenant_session(runtime.engine, route.company_id) as session:
        company = await get_company(session)
        branches = {branch.id: branch for branch in await list_branches(session)}
    names = {"company_name": company.name, "timezone": company.timezone}
    branch = branches.get(route.branch_id) if route.branch_id else None
    if branch is not None:
        names |= {"branch_name": branch.name, "timezone": branch.timezone}
    return names

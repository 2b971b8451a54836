"""What the agent is told before it takes a call: which branch was dialled, and by whom.

One look-up for the number and one transaction of the tenant: the caller hears it ring meanwhile.
"""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.deps import ApiRuntime
from api.webhooks.greeting import Ringing, days_around, variables, words_of
from api.webhooks.overrides import override_of
from db.queries.inbound import company_and_branches, find_caller, is_blocked, names_to_listen_for
from db.queries.routing import Route, find_route_by_number
from db.session import platform_session, tenant_session
from domain.phone import phone_hash, to_e164
from integrations.retell.schemas import InboundEvent

NO_ANSWER: dict[str, Any] = {"call_inbound": {}}
# Alone: any other field beside it, if Retell finds it wrong, voids the rejection.
REJECTED: dict[str, Any] = {"call_inbound": {"reject": True}}
_SIP_USER = re.compile(r"sips?:(\+?[0-9]{4,16})@")


async def answer_to(
    runtime: ApiRuntime, event: InboundEvent, signer_company_id: UUID | None
) -> dict[str, Any]:
    """What the agent starts with; `REJECTED` for a caller whom the company has blocked.

    A name and an appointment are told for the signed number of the caller only, and of the company
    that was called only.
    """
    route = await _route(runtime, event)
    if route is None or signer_company_id not in {None, route.company_id}:
        return NO_ANSWER
    caller = to_e164(event.call_inbound.from_number)
    key = runtime.settings.phone_hash_key.get_secret_value()
    hashed = phone_hash(caller, key) if caller else None
    now = datetime.now(UTC)
    async with tenant_session(runtime.engine, route.company_id) as session:
        if hashed is not None and await is_blocked(session, hashed):
            return REJECTED
        company, branches = await company_and_branches(
            session, route.branch_id, days=days_around(now)
        )
        known = await find_caller(session, hashed, now=now) if hashed else None
        keywords = await names_to_listen_for(session, route.branch_id)
    ringing = Ringing(
        company_id=route.company_id,
        branch_id=route.branch_id,
        company=company,
        branches=branches,
        caller=known,
        now=now,
    )
    return {"call_inbound": _told(ringing, keywords)}


def _told(ringing: Ringing, keywords: list[str]) -> dict[str, Any]:
    told = variables(ringing)
    metadata = {name: told[name] for name in ("company_id", "branch_id") if told[name]}
    wanted = ringing.branch.agent_override if ringing.branch else {}
    override = override_of(wanted, words_of(told), keywords)
    return {**override, "dynamic_variables": told, "metadata": metadata}


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

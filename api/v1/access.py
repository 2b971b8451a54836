"""Who asks: a company, by the API key that it sends."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader

from api.deps import Runtime
from api.errors import UNAUTHENTICATED, ProblemError
from db.queries.routing import find_owner_of_api_key
from db.session import platform_session
from observability.context import bind_call

_header = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    description="A key of your company; `askproai up` shows those of the demo companies.",
)


@dataclass(frozen=True, kw_only=True)
class Tenant:
    company_id: UUID
    api_key_id: UUID


async def tenant_of(runtime: Runtime, api_key: Annotated[str | None, Security(_header)]) -> Tenant:
    """401 without a key and with one that is unknown or revoked, told apart from neither."""
    if not api_key:
        raise ProblemError(401, UNAUTHENTICATED, "Send your key in the header X-API-Key.")
    # Keys are random and long, so an unsalted hash finds them and tells nothing.
    digest = sha256(api_key.encode()).hexdigest()
    async with platform_session(runtime.engine) as session:
        owner = await find_owner_of_api_key(session, digest)
    if owner is None:
        raise ProblemError(401, UNAUTHENTICATED, "This key is not known.")
    bind_call(company_id=owner.company_id)
    return Tenant(company_id=owner.company_id, api_key_id=owner.api_key_id)


CurrentTenant = Annotated[Tenant, Depends(tenant_of)]


async def tenant_if_any(
    runtime: Runtime, api_key: Annotated[str | None, Security(_header)]
) -> Tenant | None:
    """None without a key; a wrong one is refused all the same."""
    return await tenant_of(runtime, api_key) if api_key else None


TenantIfAny = Annotated[Tenant | None, Depends(tenant_if_any)]

"""Look-ups before a tenant is known: they answer with ids only, in a `platform_session`."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a number or an agent leads. Without a branch it is a hotline.

    `kind` is `dialled` or `forwarded_from` for a number, `agent` for an agent.
    """

    company_id: UUID
    branch_id: UUID | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class KeyOwner:
    company_id: UUID
    api_key_id: UUID


async def find_route_by_number(session: AsyncSession, e164: str) -> Route | None:
    query = text("SELECT company_id, branch_id, kind FROM find_number(:e164)")
    row = (await session.execute(query, {"e164": e164})).one_or_none()
    return Route(company_id=row[0], branch_id=row[1], kind=row[2]) if row else None


async def find_route_by_agent(session: AsyncSession, retell_agent_id: str) -> Route | None:
    query = text("SELECT company_id, branch_id FROM find_agent(:agent)")
    row = (await session.execute(query, {"agent": retell_agent_id})).one_or_none()
    return Route(company_id=row[0], branch_id=row[1], kind="agent") if row else None


async def find_owner_of_api_key(session: AsyncSession, sha256: str) -> KeyOwner | None:
    """By the key's SHA-256 in hex; revoked keys have no owner."""
    query = text("SELECT company_id, api_key_id FROM find_api_key(:sha256)")
    row = (await session.execute(query, {"sha256": sha256})).one_or_none()
    return KeyOwner(company_id=row[0], api_key_id=row[1]) if row else None


async def find_company_of_connection(session: AsyncSession, connection_id: UUID) -> UUID | None:
    query = text("SELECT company_id FROM find_connection(:id)")
    found: UUID | None = await session.scalar(query, {"id": connection_id})
    return found


async def find_company_of_call(session: AsyncSession, retell_call_id: str) -> UUID | None:
    query = text("SELECT company_id FROM find_call(:id)")
    found: UUID | None = await session.scalar(query, {"id": retell_call_id})
    return found

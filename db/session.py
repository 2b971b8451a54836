"""The kinds of transaction: one tenant's, or the look-ups before a tenant is known."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

# Owns calls whose number nobody knows: kept, marked for review, never dropped.
PLATFORM_COMPANY_ID = UUID(int=0)
_SET_TENANT = text("SELECT set_config('askproai.company_id', :company_id, true)")


@asynccontextmanager
async def tenant_session(engine: AsyncEngine, company_id: UUID) -> AsyncIterator[AsyncSession]:
    """One transaction that sees one company's rows only; committed on success.

    The setting is local to the transaction, so a pooled connection carries no tenant over.
    """
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        await session.execute(_SET_TENANT, {"company_id": str(company_id)})
        yield session


@asynccontextmanager
async def platform_statements(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """As `platform_session`, where each statement stands for itself and is committed with it: two
    round trips less for whoever waits on the phone.
    """
    single = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with AsyncSession(single, expire_on_commit=False) as session:
        yield session


@asynccontextmanager
async def platform_session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """One transaction without a tenant: only the SECURITY DEFINER functions answer in it."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        yield session

"""Numbers that want no texts from a company, as keyed hashes: equal ones are found, none read."""

from typing import Literal

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import OptOut

Source = Literal["sms", "rest", "vendor"]


async def opt_out(session: AsyncSession, phone_hash: str, source: Source) -> bool:
    """False when it was there already; who said so first stays."""
    new = insert(OptOut).values(phone_hash=phone_hash, source=source)
    made = new.on_conflict_do_nothing(constraint="opt_outs_pkey").returning(OptOut.phone_hash)
    return await session.scalar(made) is not None


async def opt_in(session: AsyncSession, phone_hash: str) -> bool:
    """False when there was nothing to take back."""
    gone = delete(OptOut).where(OptOut.phone_hash == phone_hash).returning(OptOut.phone_hash)
    return await session.scalar(gone) is not None


async def has_opted_out(session: AsyncSession, phone_hash: str | None) -> bool:
    query = select(exists().where(OptOut.phone_hash == phone_hash))
    return bool(await session.scalar(query))

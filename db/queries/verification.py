"""Second factors of calls: one code a call, kept as a hash, good for minutes and a few tries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import VerificationCode


@dataclass(frozen=True, kw_only=True)
class CodeRecord:
    id: UUID
    retell_call_id: str
    customer_id: UUID
    code_hash: str
    expires_at: datetime
    attempts: int
    used_at: datetime | None


async def insert_code_once(
    session: AsyncSession,
    *,
    code_id: UUID,
    retell_call_id: str,
    customer_id: UUID,
    code_hash: str,
    expires_at: datetime,
) -> bool:
    """False when the call has one already: it is sent once, whoever is asked about."""
    new = insert(VerificationCode).values(
        id=code_id,
        retell_call_id=retell_call_id,
        customer_id=customer_id,
        code_hash=code_hash,
        expires_at=expires_at,
    )
    made = new.on_conflict_do_nothing(constraint="verification_codes_one_per_call")
    return await session.scalar(made.returning(VerificationCode.id)) is not None


async def code_of_call(session: AsyncSession, retell_call_id: str) -> CodeRecord | None:
    query = select(VerificationCode).where(VerificationCode.retell_call_id == retell_call_id)
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        return None
    return CodeRecord(**{name: getattr(found, name) for name in CodeRecord.__dataclass_fields__})


async def count_attempt(session: AsyncSession, retell_call_id: str) -> None:
    query = select(VerificationCode).where(VerificationCode.retell_call_id == retell_call_id)
    found = (await session.scalars(query.with_for_update())).one()
    found.attempts += 1
    await session.flush()


async def mark_used(session: AsyncSession, retell_call_id: str) -> None:
    """Said rightly; the proof is the conversation's from here on."""
    query = select(VerificationCode).where(VerificationCode.retell_call_id == retell_call_id)
    found = (await session.scalars(query.with_for_update())).one()
    if found.used_at is None:
        found.used_at = await session.scalar(select(func.now()))
        await session.flush()

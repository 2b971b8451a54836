"""`Idempotency-Key`: one key of one company is one request."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import IdempotencyKey


@dataclass(frozen=True, kw_only=True)
class ClaimedKey:
    """What the key stands for. Where it is not new, the caller compares the requests."""

    is_new: bool
    request_sha256: str
    appointment_id: UUID


async def claim_key(
    session: AsyncSession, *, key: str, request_sha256: str, appointment_id: UUID
) -> ClaimedKey:
    """The first request keeps the key; a second at the same moment waits and sees the first."""
    new = insert(IdempotencyKey).values(
        key=key, request_sha256=request_sha256, appointment_id=appointment_id
    )
    made = await session.scalar(new.on_conflict_do_nothing().returning(IdempotencyKey.key))
    query = select(IdempotencyKey).where(IdempotencyKey.key == key)
    kept = (await session.scalars(query)).one()
    return ClaimedKey(
        is_new=made is not None,
        request_sha256=kept.request_sha256,
        appointment_id=kept.appointment_id,
    )

"""API keys: only their SHA-256 is stored. The key is made and shown by the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiKey


@dataclass(frozen=True, kw_only=True)
class ApiKeyRecord:
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None


async def insert_api_key(
    session: AsyncSession, *, name: str, prefix: str, sha256: str, scopes: Sequence[str]
) -> UUID:
    """`sha256` in hex; `prefix` is what people recognise the key by."""
    key = ApiKey(id=uuid4(), name=name, prefix=prefix, sha256=sha256, scopes=list(scopes))
    session.add(key)
    await session.flush()
    return key.id


async def get_api_key(session: AsyncSession, api_key_id: UUID) -> ApiKeyRecord | None:
    found = await session.scalar(select(ApiKey).where(ApiKey.id == api_key_id))
    return _record(found) if found else None


async def list_api_keys(session: AsyncSession) -> list[ApiKeyRecord]:
    rows = await session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.id))
    return [_record(row) for row in rows]


async def revoke_api_key(session: AsyncSession, api_key_id: UUID) -> bool:
    """False when it is unknown or was revoked before."""
    change = (
        update(ApiKey)
        .where(ApiKey.id == api_key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(change.returning(ApiKey.id)) is not None


def _record(key: ApiKey) -> ApiKeyRecord:
    return ApiKeyRecord(**{name: getattr(key, name) for name in ApiKeyRecord.__dataclass_fields__})

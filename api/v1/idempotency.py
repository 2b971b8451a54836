"""`Idempotency-Key`: one key of one company is one request, whatever it asks for."""

import hmac
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.idempotency import claim_key
from domain.errors import IdempotencyMismatch

REPLAYED = "Idempotency-Replayed"

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Made up by you, one for each thing you want: a repetition does nothing twice.",
        examples=["8c1f9a1e-3b62-4c6e-9f0a-1d2c3b4a5f60"],
    ),
]


async def claim(
    session: AsyncSession, key: str, wanted: BaseModel | None, about: UUID, *, action: str = ""
) -> bool:
    """True for who comes first with this key; raises IdempotencyMismatch for another request.

    `about`: the row that it makes or changes. `action` tells requests of the same body apart.
    """
    body = wanted.model_dump_json() if wanted is not None else ""
    digest = sha256((f"{action}:{about}:{body}" if action else body).encode()).hexdigest()
    claimed = await claim_key(session, key=key, request_sha256=digest, appointment_id=about)
    if not hmac.compare_digest(claimed.request_sha256, digest):
        raise IdempotencyMismatch(scope="Idempotency-Key")
    return claimed.is_new

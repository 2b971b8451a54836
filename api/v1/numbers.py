"""Phone numbers in paths: any form serves, and only their keyed hash is kept."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import ApiRuntime
from api.v1.access import Tenant
from db.queries.audit import write_audit
from domain.phone import phone_hash, to_e164


def phone_of(raw: str) -> str:
    """E.164; a ValueError, and so 422, for what is no number."""
    e164 = to_e164(raw)
    if e164 is None:
        raise ValueError("not a phone number; best is E.164, such as +493023125010")
    return e164


E164 = Annotated[str, Path(max_length=40, examples=["+4917604069040"]), AfterValidator(phone_of)]


def hashed(runtime: ApiRuntime, e164: str) -> str:
    return phone_hash(e164, runtime.settings.phone_hash_key.get_secret_value())


async def audit_number(
    session: AsyncSession, tenant: Tenant, number_hash: str, action: str
) -> None:
    await write_audit(
        session,
        actor=f"api_key:{tenant.api_key_id}",
        action=f"number.{action}",
        subject_type="number",
        subject_id=number_hash,
    )

"""The six figures that a caller says to prove who they are.

They follow from a key of ours and the row that names call and customer, so that who sends them and
who checks them get the same ones, and none of it is stored in the clear.
"""

import hmac
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from activities.texting import CodeOf, IssuedCode
from db.queries import verification
from db.queries.verification import CodeRecord
from domain.ids import verification_id
from domain.intent.numerals import DE_CARDINALS, EN_CARDINALS
from domain.intent.text import fold
from domain.phone import keyed_hash

FIGURES = 6
GOOD_FOR = timedelta(minutes=5)
TRIES = 3
_SPOKEN = {word: str(n) for word, n in (EN_CARDINALS | DE_CARDINALS).items() if n < 10}  # noqa: PLR2004


def code_for(key: str, *, retell_call_id: str, customer_id: UUID, row_id: UUID) -> str:
    """Like "048213"."""
    about = f"code|{retell_call_id}|{customer_id}|{row_id}".encode()
    digest = hmac.new(key.encode(), about, sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**FIGURES:0{FIGURES}d}"


async def issue(
    session: AsyncSession, key: str, *, retell_call_id: str, customer_id: UUID, now: datetime
) -> None:
    """One a call: a second customer of the same call gets none."""
    row_id = verification_id(retell_call_id, customer_id)
    code = code_for(key, retell_call_id=retell_call_id, customer_id=customer_id, row_id=row_id)
    await verification.insert_code_once(
        session,
        code_id=row_id,
        retell_call_id=retell_call_id,
        customer_id=customer_id,
        code_hash=keyed_hash(code, key),
        expires_at=now + GOOD_FOR,
    )


async def check(
    session: AsyncSession, key: str, *, retell_call_id: str, said: str, now: datetime
) -> UUID | None:
    """The customer whose code it is; None for every other case, and one try less."""
    found = await verification.code_of_call(session, retell_call_id)
    if found is None:
        return None
    is_right = hmac.compare_digest(keyed_hash(figures_of(said), key), found.code_hash)
    if is_right and is_good(found, now):
        await verification.mark_used(session, retell_call_id)
        return found.customer_id
    await verification.count_attempt(session, retell_call_id)
    return None


def figures_of(said: str) -> str:
    """Like "048 213", or "null vier acht zwei eins drei"."""
    words = re.findall(r"[a-z]+|\d+", fold(said))
    return "".join(word if word.isdecimal() else _SPOKEN.get(word, "") for word in words)


def is_good(code: CodeRecord, now: datetime) -> bool:
    """Also a second time, once it was said rightly: the same step may be taken again."""
    return now < code.expires_at and code.attempts < TRIES


def code_of(key: str) -> CodeOf:
    """For the step that sends it: what it reads again is the code that is checked here."""

    async def read(session: AsyncSession, retell_call_id: str) -> IssuedCode | None:
        found = await verification.code_of_call(session, retell_call_id)
        if found is None or not is_good(found, datetime.now(UTC)):
            return None
        code = code_for(
            key,
            retell_call_id=retell_call_id,
            customer_id=found.customer_id,
            row_id=found.id,
        )
        return IssuedCode(code=code, customer_id=found.customer_id)

    return read

"""Cal.com's webhook signature: lower-case hex HMAC-SHA256 over the raw body, without a time."""

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "X-Cal-Signature-256"
VERSION_HEADER = "X-Cal-Webhook-Version"


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """True when one of the secrets made the header from exactly these bytes.

    No secret means no: the literal that Cal.com sends without one proves nothing. Several
    secrets are there for the time of a rotation; all are compared, in constant time each.
    """
    if not body or not header:
        return False
    given = header.encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(sign(body, one).encode(), given) for one in secrets if one]
    return any(matches)

"""Retell's webhook signature: `X-Retell-Signature: v=<unix ms>,d=<64 lower-case hex>`.

`d` is HMAC-SHA256 over the raw body followed by the digits of `v`, keyed with the workspace's API
key. Webhooks, the inbound webhook and custom functions all carry it (Retell contract, section 2).
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

SIGNATURE_HEADER = "X-Retell-Signature"
WINDOW_MS = 300_000  # five minutes on both sides, both ends included, as Retell's own check

# 18 digits hold any instant in ms; without a limit `int` refuses above 4300 digits, as an error.
_HEADER = re.compile(r"v=([0-9]{1,18}),d=([0-9a-f]{64})")

Reason = Literal["no_key", "missing", "malformed", "stale", "forged"]


@dataclass(frozen=True, slots=True)
class Verified:
    """`at_ms` is the instant at which the sender signed."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """`reason` is for our metrics; the sender is told nothing but 401."""

    reason: Reason


def sign(body: bytes, key: str, at_ms: int) -> str:
    """The header's value for `body` signed at `at_ms`."""
    stamp = str(at_ms)
    return f"v={stamp},d={_digest(body, key, stamp)}"


def verify(
    body: bytes, keys: Sequence[str], header: str | None, now_ms: int
) -> Verified | Rejected:
    """Whether `body`, exactly as received, was signed with one of `keys` within the window.

    Several keys: while Retell's badge moves from one key to the next, both are accepted.
    """
    if not any(keys):
        return Rejected("no_key")
    if not header:
        return Rejected("missing")
    parts = _HEADER.fullmatch(header)
    if parts is None:
        return Rejected("malformed")
    stamp, claimed = parts.groups()
    if abs(now_ms - int(stamp)) > WINDOW_MS:
        return Rejected("stale")
    # Every key is tried, so that the time taken does not tell which one fits.
    matches = [hmac.compare_digest(_digest(body, key, stamp), claimed) for key in keys if key]
    return Verified(int(stamp)) if any(matches) else Rejected("forged")


def _digest(body: bytes, key: str, stamp: str) -> str:
    mac = hmac.new(key.encode(), body, sha256)
    mac.update(stamp.encode("ascii"))
    return mac.hexdigest()

"""Twilio's webhook signature: base64 HMAC-SHA1 over the public URL and the sorted form.

There is no time in it: a copy passes for ever, so whoever receives must be idempotent by MessageSid
(and status). Contract, section 9.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

HEADER = "X-Twilio-Signature"
MAX_FIELDS = 200  # an inbound SMS has about thirty
PORTS = {"https": 443, "http": 80}

Reason = Literal["no_key", "missing", "malformed", "forged"]


@dataclass(frozen=True, slots=True)
class Verified:
    """The form as it was signed, a blank field too. A repeated field has its last value."""

    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """`reason` is for our metrics; the sender is told nothing but 403."""

    reason: Reason


def sign(url: str, form: Sequence[tuple[str, str]], token: str) -> str:
    """The header's value for a form that is posted to `url`, query and all."""
    # Unique pairs, sorted by name and then by value: so Twilio's own validator reads repeats.
    said = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), sha1).digest()).decode()


def verify(url: str, body: bytes, tokens: Sequence[str], header: str | None) -> Verified | Rejected:
    """Whether `body`, as received at the public `url`, was signed with one of the auth tokens.

    `url` is what Twilio was told to call, not what a proxy made of it. Several tokens: while the
    secondary one is being promoted, both are accepted.
    """
    if not any(tokens):
        return Rejected("no_key")
    if not header:
        return Rejected("missing")
    try:
        form = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return Rejected("malformed")
    claimed = header.encode("utf-8", "surrogateescape")
    # All are compared, so that the time taken does not tell which one fits.
    matches = [
        hmac.compare_digest(sign(spelling, form, token).encode(), claimed)
        for spelling in _spellings(url)
        for token in tokens
        if token
    ]
    return Verified(dict(form)) if any(matches) else Rejected("forged")


def _spellings(url: str) -> tuple[str, ...]:
    """Twilio signs the URL sometimes with its port and sometimes without."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    name, _, port = host.rpartition(":")
    if name and port.isdigit():
        return url, parts._replace(netloc=parts.netloc.removesuffix(f":{port}")).geturl()
    return url, parts._replace(netloc=f"{parts.netloc}:{PORTS.get(parts.scheme, 80)}").geturl()

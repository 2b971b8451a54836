"""From a raw body to a stored event: signature, shape, one row. The order matters.

Nothing is parsed before the signature holds, nothing is answered before the row is committed.
"""

import json
import time
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import structlog
from fastapi import Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import ApiRuntime
from api.errors import INVALID_REQUEST, SIGNATURE_REFUSED, ProblemError, field_problems
from db.queries.connections import get_connection
from db.queries.routing import find_company_of_call, find_company_of_connection
from db.queries.webhooks import StoredEvent, store_event
from db.session import platform_session, tenant_session
from integrations.retell.schemas import RetellEvent, UnknownEvent, parse_event
from integrations.retell.signature import SIGNATURE_HEADER, Rejected, verify
from observability.metrics import SIGNATURE_FAILURES, WEBHOOKS

SOURCE = "retell"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose workspace signed: the platform's, or the connection's of one company."""

    source: str
    company_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Received:
    sender: Sender
    body: bytes


async def receive_signed(
    runtime: ApiRuntime, request: Request, connection_id: UUID | None
) -> Received:
    """The raw body, if its signature holds; else 401, and nothing is kept."""
    body = await request.body()
    sender, keys = await _sender(runtime, connection_id)
    result = verify(body, keys, request.headers.get(SIGNATURE_HEADER), time.time_ns() // 10**6)
    if isinstance(result, Rejected):
        SIGNATURE_FAILURES.labels(SOURCE, result.reason).inc()
        _log.warning("signature refused", reason=result.reason, connection_id=connection_id)
        raise ProblemError(401, SIGNATURE_REFUSED)
    return Received(sender, body)


async def _sender(runtime: ApiRuntime, connection_id: UUID | None) -> tuple[Sender, list[str]]:
    """An unknown connection has no keys, so that it is refused like a forged signature."""
    if connection_id is None:
        keys = [key.get_secret_value() for key in runtime.settings.retell_api_keys]
        return Sender(SOURCE), keys
    async with platform_session(runtime.engine) as session:
        company_id = await find_company_of_connection(session, connection_id)
    if company_id is None:
        return Sender(SOURCE), []
    async with tenant_session(runtime.engine, company_id) as session:
        found = await get_connection(session, connection_id=connection_id)
    # Event ids are unique by source: one company's workspace cannot take another's event ids.
    sender = Sender(f"{SOURCE}:{connection_id}", company_id)
    # A key for another vendor signs nothing here.
    key = found.api_key if found is not None and found.provider == SOURCE else None
    return sender, [key] if key else []


async def read_event(runtime: ApiRuntime, received: Received) -> RetellEvent | UnknownEvent:
    """The event; what cannot be read is kept for review and answered 422 with its field."""
    try:
        return parse_event(json.loads(received.body))
    except ValidationError as error:
        problems = field_problems(error.errors(include_url=False, include_input=False))
        told = "; ".join(f"{p.field or 'body'}: {p.problem}" for p in problems[:5])
    except (ValueError, RecursionError) as error:
        problems, told = [], f"not JSON: {type(error).__name__}"
    await keep_for_review(runtime, received, told)
    WEBHOOKS.labels(SOURCE, "unknown", "invalid").inc()
    raise ProblemError(422, INVALID_REQUEST, told, errors=problems or None)


async def keep_for_review(runtime: ApiRuntime, received: Received, told: str) -> None:
    """`told`: what is wrong with it, without any of it."""
    async with platform_session(runtime.engine) as session:
        await store_event(
            session,
            source=received.sender.source,
            event_id=f"invalid:{sha256(received.body).hexdigest()}",
            kind="invalid",
            body=received.body,
            company_id=received.sender.company_id,
            status="invalid",
            error=told,
        )
    _log.warning("signed but unreadable, kept for review", problem=told)


async def keep_event(
    runtime: ApiRuntime, received: Received, event: RetellEvent
) -> StoredEvent | None:
    """One row an event, committed when this returns. None: kept for review, to be passed on to
    nobody, because the sender's workspace does not speak for the company whose call it names.
    """
    sender = received.sender
    async with platform_session(runtime.engine) as session:
        of_another = await _of_another_company(session, sender, event)
        stored = await store_event(
            session,
            source=sender.source,
            event_id=event.event_id,
            kind=event.event,
            body=received.body,
            retell_call_id=event.call_id,
            company_id=sender.company_id,
            status="invalid" if of_another else "accepted",
            error="call_of_another_company" if of_another else None,
            replaces=event.replaces_earlier,
        )
    if of_another:
        _log.warning("signed for another company's call, kept for review", source=sender.source)
        return None
    return stored


async def _of_another_company(session: AsyncSession, sender: Sender, event: RetellEvent) -> bool:
    """Of a call that is known already; the step that records events looks again."""
    if sender.company_id is None or event.call_id is None:
        return False
    owner = await find_company_of_call(session, event.call_id)
    return owner not in {None, sender.company_id}

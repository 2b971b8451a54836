"""What Cal.com reports. A hint: what has become of the booking is read there by the event's run.

Signed over the raw bytes, but without a time, a number or an id in it: a copy passes for ever, and
does no harm, because it says what is known or leads to a look at what is.
"""

from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.calendar_events import start_calendar_event
from api.deps import ApiRuntime, Runtime
from api.engine import EngineUnavailableError
from api.errors import INVALID_REQUEST, SIGNATURE_REFUSED, UNAVAILABLE, Problem, ProblemError
from contracts.calendar_events import SOURCE, CalendarEvent, source_of
from db.queries.connections import get_connection
from db.queries.routing import find_company_of_connection
from db.queries.webhooks import StoredEvent, store_event
from db.session import platform_session, tenant_session
from integrations.calcom.signature import HEADER, is_signed
from integrations.calcom.webhooks import (
    BookingEvent,
    Ping,
    UnreadableWebhookError,
    Unused,
    read_webhook,
)
from observability.metrics import SIGNATURE_FAILURES, WEBHOOKS

_log = structlog.get_logger(__name__)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Signature missing or forged; nothing stored."},
    413: {"model": Problem, "description": "Body too large."},
    422: {"model": Problem, "description": "Signed but unreadable: the field; kept for review."},
    503: {"model": Problem, "description": "Stored, but the engine is away; followed up later."},
}
router = APIRouter(prefix="/webhooks/calcom", tags=["webhooks"])


class Taken(BaseModel):
    """`already_processed`: an earlier delivery said the same."""

    status: Literal["accepted", "already_processed"]


@router.post("/{connection_id}", summary="What happened in Cal.com", responses=_PROBLEMS)
async def posted(runtime: Runtime, request: Request, connection_id: UUID) -> Taken:
    """200 once the event is stored and its run started; also for a repetition, for the test
    button's `PING`, and for kinds of events that nobody here needs.

    Signed with `X-Cal-Signature-256` over the raw body.
    """
    body = await request.body()
    company_id = await _whose(runtime, connection_id, body, request.headers.get(HEADER))
    try:
        event = read_webhook(body)
    except UnreadableWebhookError as error:
        await _keep_for_review(runtime, company_id, connection_id, body, str(error))
        raise ProblemError(422, INVALID_REQUEST, str(error)) from error
    if not isinstance(event, BookingEvent):
        _ignored(event)
        return Taken(status="accepted")
    stored = await _keep(runtime, company_id, connection_id, event, body)
    if stored.signalled:
        WEBHOOKS.labels(SOURCE, event.trigger, "duplicate").inc()
        return Taken(status="already_processed")
    try:
        await start_calendar_event(
            runtime.temporal,
            runtime.engine,
            CalendarEvent(
                event_id=stored.id,
                company_id=company_id,
                connection_id=connection_id,
                kind=event.trigger,
            ),
        )
    except EngineUnavailableError as error:
        WEBHOOKS.labels(SOURCE, event.trigger, "not_passed_on").inc()
        _log.warning("stored, engine unavailable", kind=event.trigger, error=str(error))
        raise ProblemError(503, UNAVAILABLE, "Stored; the engine does not answer.") from error
    WEBHOOKS.labels(SOURCE, event.trigger, "accepted").inc()
    _log.info("calendar event taken", kind=event.trigger, event_id=str(stored.id))
    return Taken(status="accepted")


async def _whose(
    runtime: ApiRuntime, connection_id: UUID, body: bytes, signature: str | None
) -> UUID:
    """An unknown connection has no secret, so that it is refused like a forged signature."""
    secret: str | None = None
    async with platform_session(runtime.engine) as session:
        company_id = await find_company_of_connection(session, connection_id)
    if company_id is not None:
        async with tenant_session(runtime.engine, company_id) as session:
            found = await get_connection(session, connection_id=connection_id)
        # A secret of another vendor signs nothing here.
        secret = found.webhook_secret if found and found.provider == SOURCE else None
    if company_id is None or not is_signed(body, signature, [secret] if secret else []):
        reason = "missing" if not signature else "mismatch"
        SIGNATURE_FAILURES.labels(SOURCE, reason).inc()
        _log.warning("signature refused", reason=reason, connection_id=str(connection_id))
        raise ProblemError(401, SIGNATURE_REFUSED)
    return company_id


def _ignored(event: Ping | Unused) -> None:
    kind = "PING" if isinstance(event, Ping) else "unknown"
    WEBHOOKS.labels(SOURCE, kind, "ignored").inc()
    if isinstance(event, Unused):
        _log.info("event of a kind that is not used", event_kind=event.trigger)


async def _keep(
    runtime: ApiRuntime,
    company_id: UUID,
    connection_id: UUID,
    event: BookingEvent,
    body: bytes,
) -> StoredEvent:
    """One row a meaning; the same bytes have the same meaning."""
    async with platform_session(runtime.engine) as session:
        return await store_event(
            session,
            source=source_of(connection_id),
            event_id=event.meaning,
            kind=event.trigger,
            body=body,
            company_id=company_id,
        )


async def _keep_for_review(
    runtime: ApiRuntime, company_id: UUID, connection_id: UUID, body: bytes, told: str
) -> None:
    """`told`: what is wrong with it, without any of it."""
    async with platform_session(runtime.engine) as session:
        await store_event(
            session,
            source=source_of(connection_id),
            event_id=f"invalid:{sha256(body).hexdigest()}",
            kind="invalid",
            body=body,
            company_id=company_id,
            status="invalid",
            error=told,
        )
    WEBHOOKS.labels(SOURCE, "unknown", "invalid").inc()
    _log.warning("signed but unreadable, kept for review", problem=told)

"""What Retell reports: events of a call, and the question before it is answered."""

import asyncio
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api.deps import ApiRuntime, Runtime
from api.engine import EngineUnavailableError
from api.errors import UNAVAILABLE, Problem, ProblemError
from api.webhooks.inbound import NO_ANSWER, REJECTED, answer_to
from api.webhooks.intake import SOURCE, Received, keep_event, read_event, receive_signed
from api.webhooks.passing_on import pass_on
from contracts.upkeep import EventOfCall
from db.queries.webhooks import StoredEvent, mark_signalled
from db.session import platform_session
from domain.phone import to_e164
from integrations.retell.schemas import InboundEvent, RetellEvent, UnknownEvent
from observability.context import bind_call
from observability.metrics import WEBHOOKS

# The caller hears it ring meanwhile; Retell's own agent answers when we have nothing to say.
INBOUND_TIMEOUT_S = 1.0
PASS_ON_TIMEOUT_S = 0.4  # of that second: the answer is there already and shall not be lost
_REFUSED_ALWAYS = frozenset({401, 413})
_log = structlog.get_logger(__name__)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Signature missing, stale or forged; nothing stored."},
    413: {"model": Problem, "description": "Body too large."},
    422: {"model": Problem, "description": "Signed but unreadable: the field; kept for review."},
    503: {"model": Problem, "description": "Stored, but the engine is away: send it again."},
}
router = APIRouter(prefix="/webhooks/retell", tags=["webhooks"])


@router.post("/inbound", summary="Before a call is answered", responses=_PROBLEMS)
async def inbound(runtime: Runtime, request: Request) -> dict[str, Any]:
    """Who is called, as variables and metadata. Any trouble of ours, and a question that cannot be
    read, is an empty answer, with which the number's own agent takes the call.
    """
    return await _inbound(runtime, request, None)


@router.post(
    "/inbound/{connection_id}",
    summary="The same, signed with a company's own key",
    responses=_PROBLEMS,
)
async def inbound_of_connection(
    runtime: Runtime, request: Request, connection_id: UUID
) -> dict[str, Any]:
    return await _inbound(runtime, request, connection_id)


@router.post("", status_code=204, summary="Events of a call", responses=_PROBLEMS)
async def events(runtime: Runtime, request: Request) -> Response:
    """204 once the event is stored and its call's workflow knows of it; also for a repetition, for
    an event that comes after its call was settled, and for kinds of events that nobody here needs.

    Signed with `X-Retell-Signature` over the raw body.
    """
    return await _events(runtime, request, None)


@router.post(
    "/{connection_id}",
    status_code=204,
    summary="The same, signed with a company's own key",
    responses=_PROBLEMS,
)
async def events_of_connection(runtime: Runtime, request: Request, connection_id: UUID) -> Response:
    return await _events(runtime, request, connection_id)


async def _events(runtime: ApiRuntime, request: Request, connection_id: UUID | None) -> Response:
    received = await receive_signed(runtime, request, connection_id)
    event = await read_event(runtime, received)
    if isinstance(event, UnknownEvent):
        WEBHOOKS.labels(SOURCE, "unknown", "ignored").inc()
        _log.info("event of a kind that is not used", event_kind=event.event[:50])
        return Response(status_code=204)
    bind_call(event.call_id)
    stored = await keep_event(runtime, received, event)
    try:
        outcome = await _pass_on(runtime, event, stored)
    except EngineUnavailableError as error:
        WEBHOOKS.labels(SOURCE, event.event, "not_passed_on").inc()
        _log.warning("stored, engine unavailable", kind=event.event, error=str(error))
        raise ProblemError(503, UNAVAILABLE, "Stored; the engine does not answer.") from error
    WEBHOOKS.labels(SOURCE, event.event, outcome).inc()
    _log.info("event taken", kind=event.event, outcome=outcome)
    return Response(status_code=204)


async def _pass_on(runtime: ApiRuntime, event: RetellEvent, stored: StoredEvent | None) -> str:
    """Tells the call, once. A delivery that died before is made good by the next, or the sweep."""
    if stored is None:
        return "kept_for_review"
    if stored.signalled:
        return "duplicate"
    if event.call_id is None:
        return "stored"
    return await pass_on(
        runtime,
        EventOfCall(
            event_id=stored.id,
            kind=event.event,
            retell_call_id=event.call_id,
            dialled=to_e164(event.our_number),
        ),
    )


async def _inbound(
    runtime: ApiRuntime, request: Request, connection_id: UUID | None
) -> dict[str, Any]:
    try:
        async with asyncio.timeout(INBOUND_TIMEOUT_S):
            received = await receive_signed(runtime, request, connection_id)
            return await _answer(runtime, received)
    except (ProblemError, HTTPException) as refused:
        status = refused.status if isinstance(refused, ProblemError) else refused.status_code
        if status in _REFUSED_ALWAYS:
            raise
        _log.warning("inbound question not answered", status=status)
    except (TimeoutError, SQLAlchemyError) as error:
        _log.warning("inbound question not answered", error=type(error).__name__)
    except Exception:  # noqa: BLE001 (whatever it is: it rings, and the number's own agent can answer)
        _log.exception("inbound question not answered")
    WEBHOOKS.labels(SOURCE, "call_inbound", "not_answered").inc()
    return NO_ANSWER


async def _answer(runtime: ApiRuntime, received: Received) -> dict[str, Any]:
    event = await read_event(runtime, received)
    if not isinstance(event, InboundEvent):
        return NO_ANSWER
    bind_call(event.call_id)
    answer = await answer_to(runtime, event, received.sender.company_id)
    try:
        async with asyncio.timeout(PASS_ON_TIMEOUT_S):
            stored = await keep_event(runtime, received, event)
            if answer == REJECTED:
                outcome = await _rejected(runtime, stored)
            else:
                outcome = await _pass_on(runtime, event, stored)
    except (EngineUnavailableError, SQLAlchemyError, TimeoutError) as error:
        # `call_started` follows in a moment and starts the call's workflow then.
        outcome = "not_passed_on"
        _log.warning("inbound answered, not passed on", error=type(error).__name__)
    WEBHOOKS.labels(SOURCE, event.event, outcome).inc()
    return answer


async def _rejected(runtime: ApiRuntime, stored: StoredEvent | None) -> str:
    """There will be no call, so none is started, and the sweep shall not start one either."""
    if stored is not None:
        async with platform_session(runtime.engine) as session:
            await mark_signalled(session, stored.id)
    return "rejected"

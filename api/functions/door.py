"""What the agent asks while the caller is on the line: a signed question, an answer in time.

Whatever goes wrong behind the signature is HTTP 200 with a sentence: anything else leaves the
model with a text of some HTTP library, and the caller with silence.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import ApiRuntime, Runtime
from api.engine import EngineUnavailableError, call_start
from api.errors import INVALID_REQUEST, Problem, ProblemError
from api.functions import answer as answers
from api.functions.answer import Answer, FunctionAnswerOut
from api.functions.asking import QuestionFailedError, ask_call
from api.functions.request import AskedFor, Misasked, NotJsonError, read_request
from api.functions.stopwatch import Stopwatch
from api.webhooks.intake import Sender, keep_for_review, receive_signed
from contracts.functions import FunctionAsked
from db.queries.routing import find_company_of_call, find_route_by_number
from db.queries.webhooks import store_event
from db.session import platform_statements
from domain.asking.arguments import digest, read_arguments
from domain.phone import to_e164
from observability.context import bind_call
from observability.metrics import FUNCTION_SECONDS

DOOR = "/api/mcp/retell/custom-function"
KIND = "function_called"
_LEAST_S = 0.05  # for the engine, whatever came before
_log = structlog.get_logger(__name__)
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": FunctionAnswerOut, "description": "Always, once the signature holds."},
    401: {"model": Problem, "description": "Signature missing, stale or forged; nothing stored."},
    413: {"model": Problem, "description": "Body too large."},
    422: {"model": Problem, "description": "No JSON object; kept for review."},
}
router = APIRouter(prefix=DOOR, tags=["functions"])


@router.post(
    "",
    summary="A function of a running call",
    responses=_RESPONSES,
    response_model=None,
)
async def function(runtime: Runtime, request: Request) -> Response:
    """`{"name", "args", "call"}`, signed with `X-Retell-Signature` over the raw body. Answered
    within two seconds; `pending` where it takes longer: the same question again gets the answer.
    """
    return await _answered(runtime, request, None)


@router.post(
    "/{connection_id}",
    summary="The same, signed with a company's own key",
    responses=_RESPONSES,
    response_model=None,
)
async def function_of_connection(
    runtime: Runtime, request: Request, connection_id: UUID
) -> Response:
    return await _answered(runtime, request, connection_id)


async def _answered(runtime: ApiRuntime, request: Request, connection_id: UUID | None) -> Response:
    watch = Stopwatch()
    received = await receive_signed(runtime, request, connection_id)
    watch.lap("verify")
    try:
        asked = read_request(received.body)
    except NotJsonError as error:
        await keep_for_review(runtime, received, str(error))
        raise ProblemError(422, INVALID_REQUEST, str(error)) from error
    bind_call(asked.call.call_id if asked.call else None)
    if isinstance(asked, Misasked):
        _log.warning("function asked in a wrong way", problem=asked.misuse)
        answer = answers.misused(asked)
    else:
        answer = await _answer(runtime, received.sender, asked, watch)
    _note(asked, answer, watch)
    headers = {"Server-Timing": watch.header()}
    return Response(answer.content(), media_type="application/json", headers=headers)


async def _answer(runtime: ApiRuntime, sender: Sender, asked: AskedFor, watch: Stopwatch) -> Answer:
    lang = asked.call.lang
    try:
        event_id = await _keep(runtime, sender, asked, watch)
        if event_id is None:
            return answers.failed("another_company", lang)
        return await _ask(runtime, asked, event_id, watch)
    except (EngineUnavailableError, SQLAlchemyError, TimeoutError, OSError) as error:
        _log.warning("function not passed on", error=type(error).__name__, reason=str(error)[:80])
        return answers.failed("engine_away", lang)
    except QuestionFailedError as error:
        _log.error("function failed in the call's workflow", reason=str(error))
    except Exception:  # noqa: BLE001 (whatever it is: somebody is waiting on the phone)
        _log.exception("function not answered")
    return answers.failed("our_fault", lang)


async def _ask(runtime: ApiRuntime, asked: AskedFor, event_id: UUID, watch: Stopwatch) -> Answer:
    settings = runtime.settings
    question = FunctionAsked(
        event_id=event_id,
        name=asked.name,
        digest=digest(asked.name, read_arguments(asked.name, asked.args)),
        asked_at=datetime.now(UTC),
    )
    told = await ask_call(
        runtime.temporal,
        call_start(settings, asked.call.call_id),
        question,
        dialled=to_e164(asked.call.our_number),
        within_s=max(_LEAST_S, settings.function_answer_s - watch.seconds),
    )
    watch.lap("engine")
    if told == "not_yet":
        return answers.one_moment(asked.call.lang)
    if told == "over":
        return answers.failed("call_over", asked.call.lang)
    return answers.from_engine(told, event_id)


async def _keep(
    runtime: ApiRuntime, sender: Sender, asked: AskedFor, watch: Stopwatch
) -> UUID | None:
    """The row that the call's steps read the question from. None: kept for review, because the
    sender's workspace does not speak for the company whose call or number it names.

    Marked as signalled at once: whoever asked hears what becomes of it, and asks again.
    """
    async with (
        asyncio.timeout(max(_LEAST_S, runtime.settings.function_answer_s - watch.seconds)),
        platform_statements(runtime.engine) as session,
    ):
        refused = await _not_theirs(session, sender, asked)
        stored = await store_event(
            session,
            source=sender.source,
            event_id=f"function:{uuid4()}",
            kind=KIND,
            body=asked.body(),
            retell_call_id=asked.call.call_id,
            company_id=sender.company_id,
            status="invalid" if refused else "accepted",
            error=refused,
            signalled=refused is None,
        )
    watch.lap("store")
    if refused is not None:
        _log.warning("function for another company, kept for review", problem=refused)
        return None
    return stored.id


async def _not_theirs(session: AsyncSession, sender: Sender, asked: AskedFor) -> str | None:
    """The platform's workspace speaks for everybody; a company's own for that company only."""
    if sender.company_id is None:
        return None
    owner = await find_company_of_call(session, asked.call.call_id)
    if owner not in {None, sender.company_id}:
        return "call_of_another_company"
    dialled = to_e164(asked.call.our_number)
    route = await find_route_by_number(session, dialled) if dialled else None
    if route is not None and route.company_id != sender.company_id:
        return "number_of_another_company"
    return None


def _note(asked: AskedFor | Misasked, answer: Answer, watch: Stopwatch) -> None:
    name = asked.name or "unknown"
    seconds = watch.seconds
    FUNCTION_SECONDS.labels(name, answer.status).observe(seconds)
    _log.info(
        "function answered",
        function=name,
        status=answer.status,
        replayed=answer.replayed,
        duration_ms=round(seconds * 1000, 1),
    )

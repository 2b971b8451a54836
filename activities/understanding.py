"""A tenant's language model reads a stored call: budget first, question, then the books."""

from dataclasses import dataclass
from datetime import date
from time import perf_counter

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.planning import conversation_of
from contracts.calls import AskModel, ModelAsked, UnderstandingSteps
from db.queries import api_logs, calls, catalogue, connections, model_usage
from db.queries.connections import ConnectionRecord
from db.session import tenant_session
from domain.understanding import Conversation, ModelTerms, terms_from
from integrations.llm import (
    Answer,
    LlmClient,
    NotUnderstood,
    OverBudget,
    Read,
    Unavailable,
    estimated_tokens,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What is to be asked, of whom, and what of the month's tokens was taken for it."""

    connection: ConnectionRecord
    terms: ModelTerms
    about: Conversation
    month: date
    taken: int


class ModelWitness(UnderstandingSteps):
    """Asks outside of any transaction; what is taken from the budget and not set right stays taken,
    so that a worker which dies meanwhile makes the month shorter and never dearer.
    """

    def __init__(self, engine: AsyncEngine, http: httpx.AsyncClient) -> None:
        self._engine = engine
        self._http = http

    @activity.defn(name="understanding.ask_model")
    @override
    async def ask_model(self, request: AskModel) -> ModelAsked:
        asking = await self._prepare(request)
        if isinstance(asking, ModelAsked):
            return asking
        began = perf_counter()
        answer = await self._client(asking).read(asking.about)
        await self._keep(request, asking, answer, perf_counter() - began)
        if isinstance(answer, Unavailable) and answer.retryable:
            raise ApplicationError(answer.why, type="model_unavailable")
        return _asked(answer)

    async def _prepare(self, request: AskModel) -> _Asking | ModelAsked:
        async with tenant_session(self._engine, request.company_id) as session:
            call = await calls.get_call(session, request.retell_call_id)
            if call is None:
                raise LookupError(request.retell_call_id)
            if call.model_reading is not None:  # an earlier try whose answer got lost on its way
                return ModelAsked(outcome="read")
            connection = await connections.get_connection(session, provider="llm")
            terms = terms_from(connection.settings) if connection else None
            if connection is None or terms is None:
                return ModelAsked(outcome="off")
            about = conversation_of(call, await catalogue.load_catalogue(session))
            tokens = estimated_tokens(about)
            month = await model_usage.take_tokens(
                session, tokens=tokens, budget=terms.monthly_budget_tokens
            )
        if month is None:
            return ModelAsked(outcome="over_budget")
        return _Asking(connection=connection, terms=terms, about=about, month=month, taken=tokens)

    def _client(self, asking: _Asking) -> LlmClient:
        return LlmClient(
            asking.connection.base_url,
            asking.connection.api_key,
            asking.terms.model,
            self._http,
            asking.terms.timeout_s,
            answer_format=asking.terms.answer_format,
        )

    async def _keep(
        self, request: AskModel, asking: _Asking, answer: Answer, elapsed_s: float
    ) -> None:
        async with tenant_session(self._engine, request.company_id) as session:
            if answer.tokens is not None:
                await model_usage.set_tokens_right(
                    session, asking.month, taken=asking.taken, used=answer.tokens
                )
            if isinstance(answer, Read):
                reading = answer.reading.model_dump(mode="json")
                await calls.save_model_reading(session, request.retell_call_id, reading)
            await api_logs.write_api_log(
                session,
                connection_id=asking.connection.id,
                operation="chat_completion",
                method="POST",
                duration_ms=round(elapsed_s * 1000),
                status=answer.status if isinstance(answer, Unavailable) else None,
                error_class=_class_of(answer),
                retell_call_id=request.retell_call_id,
            )


def _asked(answer: Answer) -> ModelAsked:
    match answer:
        case Read():
            return ModelAsked(outcome="read")
        case NotUnderstood():
            return ModelAsked(outcome="not_understood")
        case Unavailable():
            return ModelAsked(outcome="unavailable")
        case OverBudget():
            return ModelAsked(outcome="over_budget")


def _class_of(answer: Answer) -> str:
    match answer:
        case NotUnderstood():
            return "not_understood: " + ", ".join(answer.why)
        case Unavailable():
            return f"unavailable: {answer.why}"
        case Read():
            return "read"
        case OverBudget():
            return "over_budget"

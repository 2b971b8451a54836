"""One question to one model: `POST {base_url}/chat/completions`, and how sure we are of the answer.

Neither the question nor the answer is logged here or kept in an error: both hold a caller's words.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.understanding import Conversation
from integrations.llm.outcomes import Answer, NotUnderstood, OverBudget, Read, Unavailable
from integrations.llm.question import ANSWER_TOKENS, Question, make_question
from integrations.llm.schemas import Completion, UnbelievableError, reading_in

AnswerFormat = Literal["json_schema", "text"]
CONNECT_S = 2.0
# An answer has a few hundred bytes; what is longer is none.
MOST_BYTES = 200_000
OK = 200
BAD_REQUEST, PAYMENT_REQUIRED, UNPROCESSABLE, TOO_MANY = 400, 402, 422, 429
SERVER_ERROR = 500
# Nothing of the request has left us when one of these is raised: nothing can have been worked on.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes


class LlmClient:
    """`timeout_s` is for the whole question, both requests of it where the first is refused."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        http: httpx.AsyncClient,
        timeout_s: float,
        *,
        answer_format: AnswerFormat = "json_schema",
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._model = model
        self._http = http
        self._timeout_s = timeout_s
        self._answer_format = answer_format

    async def read(self, about: Conversation) -> Answer:
        question = make_question(about)
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._ask(question)
        except NOT_SENT:
            return Unavailable(why="unreachable", retryable=True, tokens=0)
        except (TimeoutError, httpx.TimeoutException):
            return Unavailable(why="too_slow", retryable=True, tokens=None)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return Unavailable(why="bad_address", retryable=False, tokens=0)
        except httpx.HTTPError:
            return Unavailable(why="connection_lost", retryable=True, tokens=None)
        except _TooLongError:
            return NotUnderstood(why=("too_long",), tokens=None)
        return _answer(reply, question, about)

    async def _ask(self, question: Question) -> _Reply:
        """With a schema where the endpoint knows such; else the task's own words have to do."""
        if self._answer_format == "text":
            return await self._post(question, None)
        reply = await self._post(question, _response_format(question))
        if reply.status in (BAD_REQUEST, UNPROCESSABLE):
            return await self._post(question, None)
        return reply

    async def _post(self, question: Question, response_format: dict[str, Any] | None) -> _Reply:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": list(question.messages),
            "temperature": 0,
            "max_tokens": ANSWER_TOKENS,
        }
        if response_format is not None:
            body["response_format"] = response_format
        timeout = httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s))
        async with self._http.stream(
            "POST",
            self._url,
            json=body,
            headers=self._headers,
            timeout=timeout,
            follow_redirects=False,
        ) as response:
            return _Reply(response.status_code, await _bounded(response))


class _TooLongError(Exception):
    """More bytes than any answer has."""


async def _bounded(response: httpx.Response) -> bytes:
    taken = bytearray()
    async for piece in response.aiter_bytes():
        taken += piece
        if len(taken) > MOST_BYTES:
            raise _TooLongError
    return bytes(taken)


def _response_format(question: Question) -> dict[str, Any]:
    schema = {"name": "wish", "strict": True, "schema": question.json_schema()}
    return {"type": "json_schema", "json_schema": schema}


def _answer(reply: _Reply, question: Question, about: Conversation) -> Answer:
    if reply.status != OK:
        return _refusal(reply)
    try:
        completion = Completion.model_validate_json(reply.body)
    except ValidationError:
        return NotUnderstood(why=("no_completion",), tokens=None)
    tokens = completion.usage.total if completion.usage else None
    try:
        return Read(reading=reading_in(completion, question, about), tokens=tokens)
    except UnbelievableError as error:
        return NotUnderstood(why=error.codes, tokens=tokens)


def _refusal(reply: _Reply) -> Unavailable | OverBudget:
    status = reply.status
    if status == PAYMENT_REQUIRED or (status == TOO_MANY and _is_out_of_quota(reply.body)):
        return OverBudget()
    why = "limited" if status == TOO_MANY else f"http_{status}"
    retryable = status == TOO_MANY or status >= SERVER_ERROR
    # A server that broke down may have worked, and counted, before.
    tokens = None if status >= SERVER_ERROR else 0
    return Unavailable(why=why, retryable=retryable, tokens=tokens, status=status)


class _Problem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    code: str | None = None
    type: str | None = None


class _Refused(BaseModel):
    model_config = ConfigDict(extra="ignore")

    error: _Problem


def _is_out_of_quota(body: bytes) -> bool:
    try:
        problem = _Refused.model_validate_json(body).error
    except ValidationError:
        return False
    return "insufficient_quota" in (problem.code, problem.type)

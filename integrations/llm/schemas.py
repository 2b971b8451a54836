"""The wire: an OpenAI-compatible chat completion, and the JSON that the model writes in it."""

import re
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.understanding import Conversation, LlmReading, faults_of
from integrations.llm.question import Handles, Question

_WALL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?")
# Models without structured output like to wrap what they write.
_FENCED = re.compile(r"\s*```(?:json)?\s*(\{.*\})\s*```\s*", re.DOTALL)


class _Open(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Usage(_Open):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int | None = None

    @property
    def total(self) -> int:
        counted = self.prompt_tokens + self.completion_tokens
        return max(0, counted if self.total_tokens is None else self.total_tokens)


class _Said(_Open):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Open):
    message: _Said
    finish_reason: str | None = None


class Completion(_Open):
    choices: tuple[_Choice, ...]
    usage: Usage | None = None


class WireAnswer(BaseModel):
    """Exactly the keys that were asked for, in exactly their types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    action: Literal["book", "reschedule", "cancel", "info", "transfer", "none"]
    start_local: str | None
    service: str | None
    staff: str | None
    branch: str | None
    customer_name: str | None
    confirmed_by_caller: bool
    confirmed_in_turn: int | None


class UnbelievableError(Exception):
    """The answer is none. `codes` say why; nothing of what the model wrote is in here."""

    def __init__(self, *codes: str) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def reading_in(completion: Completion, question: Question, about: Conversation) -> LlmReading:
    """Raises UnbelievableError for whatever is not a whole, well-formed and possible reading."""
    reading = _translated(_parsed(_content(completion)), question)
    faults = faults_of(reading, about)
    if faults:
        raise UnbelievableError(*faults)
    return reading


def _content(completion: Completion) -> str:
    if not completion.choices:
        raise UnbelievableError("no_choice")
    choice = completion.choices[0]
    if choice.message.refusal:
        raise UnbelievableError("refused")
    if choice.finish_reason not in ("stop", None):
        raise UnbelievableError("cut_short")
    return choice.message.content or ""


def _parsed(content: str) -> WireAnswer:
    fenced = _FENCED.fullmatch(content)
    try:
        return WireAnswer.model_validate_json(fenced[1] if fenced else content)
    except ValidationError as error:
        is_json = all(fault["type"] != "json_invalid" for fault in error.errors())
        code = "other_shape" if is_json else "not_json"
    raise UnbelievableError(code)


def _translated(answer: WireAnswer, question: Question) -> LlmReading:
    return LlmReading(
        action=answer.action,
        start_local=_wall_time(answer.start_local),
        service_id=_known(question.services, answer.service, "unknown_service"),
        staff_id=_known(question.staff, answer.staff, "unknown_staff"),
        branch_id=_known(question.branches, answer.branch, "unknown_branch"),
        customer_name=answer.customer_name,
        confirmed_by_caller=answer.confirmed_by_caller,
        confirmed_in_turn=answer.confirmed_in_turn,
    )


def _known(handles: Handles, said: str | None, code: str) -> str | None:
    if said is None:
        return None
    found = handles.id_of(said)
    if found is None:
        raise UnbelievableError(code)
    return found


def _wall_time(said: str | None) -> datetime | None:
    if said is None:
        return None
    if not _WALL_TIME.fullmatch(said):
        raise UnbelievableError("start_not_wall_time")
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        raise UnbelievableError("start_not_wall_time") from None

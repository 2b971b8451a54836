"""What goes back to the agent: one JSON object with `status` and a sentence to be spoken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.functions.request import HINTS, Misasked
from contracts.functions import AnswerStatus, FunctionAnswer
from domain.speech import Lang, say

# Retell cuts at 15,000 characters, which would leave a model with half an object.
CHARS_MAX = 14_900
_OURS = frozenset({"status", "message", "replayed"})

Cause = Literal["engine_away", "call_over", "another_company", "our_fault"]


class FunctionAnswerOut(BaseModel):
    """Branch on `status`; say `message`. Further fields depend on the function and the status."""

    model_config = ConfigDict(extra="allow")

    status: AnswerStatus
    message: str = Field(examples=["Einen Moment bitte, ich bin noch dabei."])
    replayed: bool = Field(default=False, description="The same question was answered before.")
    reason: str | None = Field(default=None, description="Of `failed`, for programs.")
    hint: str | None = Field(default=None, description="Of `failed`, for who builds the agent.")


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: AnswerStatus
    message: str
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    replayed: bool = False

    def content(self) -> bytes:
        """Below Retell's limit; where that is not so, the longest fields are left out."""
        fields = {name: value for name, value in self.fields.items() if name not in _OURS}
        while len(text := _dumped(self._body(fields))) > CHARS_MAX and fields:
            fields.pop(max(fields, key=lambda name: len(_dumped(fields[name]))))
            fields["left_out"] = True
        return text.encode("utf-8", "replace")

    def _body(self, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        body = {"status": self.status, "message": self.message, **fields}
        return body | {"replayed": True} if self.replayed else body


def _dumped(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_engine(told: FunctionAnswer, event_id: UUID) -> Answer:
    """An answer that another request was the first to get is a repetition."""
    return Answer(
        status=told.status,
        message=told.message,
        fields=told.fields,
        replayed=told.replayed or told.event_id != event_id,
    )


def one_moment(lang: Lang) -> Answer:
    """The same question again attaches to the same work and gets its answer."""
    return Answer(status="pending", message=say("one_moment", lang))


def failed(cause: Cause, lang: Lang) -> Answer:
    sentence = {"engine_away": "no_calendar", "call_over": "call_over"}.get(cause, "failed")
    return Answer(status="failed", message=say(sentence, lang), fields={"reason": cause})


def misused(asked: Misasked) -> Answer:
    """Arguments can be asked for once more; all else is for who builds the agent."""
    clarify = asked.misuse == "args_not_an_object"
    return Answer(
        status="clarify" if clarify else "failed",
        message=say("clarify" if clarify else "failed", asked.lang),
        fields={"reason": asked.misuse, "hint": HINTS[asked.misuse]},
    )

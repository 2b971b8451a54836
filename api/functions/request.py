"""From a signed body to what was asked: name, arguments, and as much of the call as is needed.

Retell sends the whole call with each function, its words with their times: 12 to 40 kB. What is
kept is what can be used; a field of a wrong type counts as absent, because the caller is waiting.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WrapValidator
from pydantic import ValidatorFunctionWrapHandler as Check

from contracts.functions import FunctionName
from domain.speech import Lang

FUNCTIONS: tuple[FunctionName, ...] = get_args(FunctionName)
_LAST_INSTANT_MS = 253_402_300_799_000  # end of the year 9999, the last one that Python can hold
_UTTERANCES_MAX = 2_000  # a call of two hours has fewer turns

Misuse = Literal["no_call", "no_call_id", "unknown_function", "args_not_an_object"]
HINTS: dict[Misuse, str] = {
    "no_call": (
        "The body has no `call`. In the function's definition set `args_at_root` to false "
        '(in the dashboard: "Payload: args only" off), so that the call comes along.'
    ),
    "no_call_id": "`call.call_id` is missing. Functions serve calls only, not chats or tests.",
    "unknown_function": "`name` is none of ours. There are: " + ", ".join(FUNCTIONS) + ".",
    "args_not_an_object": "`args` is not a JSON object. Its fields stand in docs/functions.md.",
}


class NotJsonError(ValueError):
    """The body is no JSON object at all: nobody of Retell's sent it."""


def _absent_if_invalid(value: object, check: Check) -> Any:
    try:
        return check(value)
    except ValidationError:
        return None


def _readable_only(value: object) -> object:
    """Turns without a role or words are left out; the others stay."""
    if not isinstance(value, list):
        return None
    turns = [turn for turn in value if isinstance(turn, dict)]
    return [
        {"role": turn["role"], "content": turn["content"]}
        for turn in turns[-_UTTERANCES_MAX:]
        if isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)
    ]


def _texts_only(value: object) -> object:
    if not isinstance(value, dict):
        return None
    return {str(k): v for k, v in value.items() if isinstance(v, str)}


_Absent = WrapValidator(_absent_if_invalid)
_Text = Annotated[str | None, _Absent]
_Instant = Annotated[Annotated[int, Field(ge=0, le=_LAST_INSTANT_MS)] | None, _Absent]
_Texts = Annotated[dict[str, str] | None, BeforeValidator(_texts_only)]


class Turn(BaseModel):
    role: str
    content: str


class SlimCall(BaseModel):
    """The call object without words, times of words, costs, tokens and latencies."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    call_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
    call_type: _Text = None
    call_status: _Text = None
    agent_id: _Text = None
    agent_version: Annotated[int | None, _Absent] = None
    agent_name: _Text = None
    from_number: _Text = None
    to_number: _Text = None
    direction: _Text = None
    start_timestamp: _Instant = None
    end_timestamp: _Instant = None
    transcript: _Text = None
    transcript_object: Annotated[list[Turn] | None, BeforeValidator(_readable_only)] = None
    metadata: Annotated[dict[str, Any] | None, _Absent] = None
    retell_llm_dynamic_variables: _Texts = None
    custom_sip_headers: _Texts = None

    @property
    def our_number(self) -> str | None:
        """The number that belongs to a branch: the dialled one, or ours of a call we made."""
        return self.from_number if self.direction == "outbound" else self.to_number

    @property
    def lang(self) -> Lang:
        """What the inbound answer said of the caller; German where it said nothing."""
        told = (self.retell_llm_dynamic_variables or {}).get("language", "")
        return "en" if told.lower().startswith("en") else "de"

    def kept(self) -> dict[str, Any]:
        """As it is stored. The turns say what the text says, so one of the two is enough."""
        left_out = {"transcript"} if self.transcript_object else None
        return self.model_dump(exclude_none=True, exclude=left_out)


@dataclass(frozen=True, kw_only=True)
class AskedFor:
    name: FunctionName
    args: dict[str, Any]
    call: SlimCall

    def body(self) -> bytes:
        """ASCII: a lone half of a surrogate pair, which JSON may hold, stays what it was."""
        event = {
            "event": "function_called",
            "name": self.name,
            "args": self.args,
            "call": self.call.kept(),
        }
        return json.dumps(event, separators=(",", ":")).encode()


@dataclass(frozen=True, kw_only=True)
class Misasked:
    """What the agent's definition must say otherwise stands in `HINTS`."""

    misuse: Misuse
    name: FunctionName | None
    call: SlimCall | None

    @property
    def lang(self) -> Lang:
        return self.call.lang if self.call else "de"


def read_request(body: bytes) -> AskedFor | Misasked:
    """Raises NotJsonError."""
    sent = _object(body)
    name = next((each for each in FUNCTIONS if each == sent.get("name")), None)
    call = _call(sent.get("call"))
    if not isinstance(sent.get("call"), dict):
        return Misasked(misuse="no_call", name=name, call=None)
    if call is None:
        return Misasked(misuse="no_call_id", name=name, call=None)
    if name is None:
        return Misasked(misuse="unknown_function", name=None, call=call)
    args = _arguments(sent.get("args"))
    if args is None:
        return Misasked(misuse="args_not_an_object", name=name, call=call)
    return AskedFor(name=name, args=args, call=call)


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"not JSON: {type(error).__name__}") from error
    if not isinstance(sent, dict):
        raise NotJsonError("not a JSON object")
    return sent


def _call(sent: object) -> SlimCall | None:
    try:
        return SlimCall.model_validate(sent)
    except ValidationError:
        return None


def _arguments(sent: object) -> dict[str, Any] | None:
    """Nothing is as good as `{}`; some models write their arguments as a text of JSON."""
    if isinstance(sent, str) and sent.strip():
        try:
            sent = json.loads(sent)
        except (ValueError, RecursionError):
            return None
    if not sent:
        return {}
    return sent if isinstance(sent, dict) else None

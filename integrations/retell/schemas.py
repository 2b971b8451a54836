"""What Retell sends, read tolerantly: enums are open, almost everything may be missing.

Only what we use is kept. A wrong type in a field we depend on is an error that names the field; a
wrong type in a field that is mere extra (analysis, metadata, costs) counts as absent, because a
call must never be lost for it (Retell contract, sections 1 and 3).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
)

from contracts.calls import CallEventKind

KNOWN_EVENTS: frozenset[str] = frozenset(get_args(CallEventKind))
# Retell's own: "call_" and 27 hex digits. Wider here, yet safe as part of a workflow id and a URL.
CallId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
LAST_INSTANT_MS = 253_402_300_799_000  # end of the year 9999, the last one that Python can hold
Instant = Annotated[int, Field(ge=0, le=LAST_INSTANT_MS)]


def _absent_if_invalid(value: object, check: Callable[[object], Any]) -> Any:
    try:
        return check(value)
    except ValidationError:
        return None


def _texts_only(value: object) -> dict[str, str]:
    """String to string. Null, and the `[]` of senders in PHP, are empty."""
    if not isinstance(value, dict):
        return {}
    return {str(k): v if isinstance(v, str) else str(v) for k, v in value.items()}


def _mapping(value: object) -> dict[str, Any]:
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


Texts = Annotated[dict[str, str], BeforeValidator(_texts_only)]
Mapping = Annotated[dict[str, Any], BeforeValidator(_mapping)]


class _Received(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Utterance(_Received):
    """One turn, or one event woven between the turns.

    `role` is agent, user or transfer_target; among tool calls also tool_call_invocation,
    tool_call_result, node_transition, dtmf and whatever Retell adds. `arguments` is JSON as text.
    """

    role: str
    content: str | None = None
    tool_call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    successful: bool | None = None
    digit: str | None = None


class CallAnalysis(_Received):
    call_summary: str | None = None
    in_voicemail: bool | None = None
    user_sentiment: str | None = None
    call_successful: bool | None = None
    custom_analysis_data: Mapping = Field(default_factory=dict)


class CallCost(_Received):
    combined_cost: float | None = Field(default=None, description="Cents.")
    total_duration_seconds: float | None = None


class RetellCall(_Received):
    """The call object. A web call has neither numbers nor a direction."""

    call_id: CallId
    call_type: str | None = None
    agent_id: str | None = None
    agent_version: int | None = None
    call_status: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    direction: str | None = None
    start_timestamp: Instant | None = None
    end_timestamp: Instant | None = None
    transfer_end_timestamp: Instant | None = None
    duration_ms: Annotated[int, Field(ge=0)] | None = None
    transcript: str | None = None
    transcript_object: list[Utterance] | None = None
    transcript_with_tool_calls: list[Utterance] | None = None
    disconnection_reason: str | None = None
    transfer_destination: str | None = None
    recording_url: str | None = None
    call_analysis: Annotated[CallAnalysis | None, WrapValidator(_absent_if_invalid)] = None
    call_cost: Annotated[CallCost | None, WrapValidator(_absent_if_invalid)] = None
    metadata: Mapping = Field(default_factory=dict)
    retell_llm_dynamic_variables: Texts = Field(default_factory=dict)
    collected_dynamic_variables: Texts = Field(default_factory=dict)
    custom_sip_headers: Texts = Field(default_factory=dict)

    @property
    def started_at(self) -> datetime | None:
        return _instant(self.start_timestamp)

    @property
    def ended_at(self) -> datetime | None:
        return _instant(self.end_timestamp)

    @property
    def our_number(self) -> str | None:
        """The number that belongs to a branch: the dialled one, or ours of a call we made."""
        return self.from_number if self.direction == "outbound" else self.to_number

    @property
    def their_number(self) -> str | None:
        return self.to_number if self.direction == "outbound" else self.from_number


class TransferDestination(_Received):
    number: str | None = None
    extension: str | None = None


def _destination(value: object) -> object:
    return {"number": value} if isinstance(value, str) else value


class CallEvent(_Received):
    """Every event of a call's life. `transcript_updated` comes many times, the others once."""

    event: Literal[
        "call_started",
        "call_ended",
        "call_analyzed",
        "transcript_updated",
        "transfer_started",
        "transfer_bridged",
        "transfer_cancelled",
        "transfer_ended",
    ]
    event_timestamp: Instant | None = None
    call: RetellCall
    transfer_destination: Annotated[
        TransferDestination | None,
        BeforeValidator(_destination),
        WrapValidator(_absent_if_invalid),
    ] = None

    @property
    def call_id(self) -> str:
        return self.call.call_id

    @property
    def our_number(self) -> str | None:
        return self.call.our_number

    @property
    def event_id(self) -> str:
        """The same for each delivery of the same event (Retell contract 1.4)."""
        if not self.event.startswith("transfer_"):
            return f"{self.event}:{self.call_id}"
        target = self.transfer_destination
        number = (target.number if target else None) or self.call.transfer_destination
        attempt = _short_digest(self.call.start_timestamp, number)
        return f"{self.event}:{self.call_id}:{attempt}"

    @property
    def replaces_earlier(self) -> bool:
        """Each `transcript_updated` holds all of the talk so far: the longest one is kept."""
        return self.event == "transcript_updated"


class FunctionEvent(_Received):
    """A custom function of a running call, as it was stored: `event` is ours, Retell sends none."""

    event: Literal["function_called"]
    event_timestamp: Instant | None = None
    name: Annotated[str, Field(min_length=1, max_length=64)]
    args: Mapping = Field(default_factory=dict)
    call: RetellCall

    @property
    def call_id(self) -> str:
        return self.call.call_id

    @property
    def our_number(self) -> str | None:
        return self.call.our_number

    @property
    def event_id(self) -> str:
        """Of its content only: whoever stores one knows better how often it was asked."""
        digest = _short_digest(self.name, sorted(self.args.items(), key=str), self.call.transcript)
        return f"{self.event}:{self.call_id}:{digest}"

    @property
    def replaces_earlier(self) -> bool:
        return False


class InboundCall(_Received):
    """`call_id` is sent since SDK 6.2.13 only; the numbers are there but for web calls."""

    call_id: CallId | None = None
    agent_id: str | None = None
    agent_version: int | None = None
    from_number: str | None = None
    to_number: str | None = None
    custom_sip_headers: Texts = Field(default_factory=dict)


class InboundEvent(_Received):
    """Asked before the call is answered, while the caller hears it ring."""

    event: Literal["call_inbound"]
    event_timestamp: Instant | None = None
    call_inbound: InboundCall

    @property
    def call_id(self) -> str | None:
        return self.call_inbound.call_id

    @property
    def replaces_earlier(self) -> bool:
        return False

    @property
    def our_number(self) -> str | None:
        return self.call_inbound.to_number

    @property
    def event_id(self) -> str:
        asked = self.call_inbound
        if asked.call_id is not None:
            return f"call_inbound:{asked.call_id}"
        return "call_inbound:" + _short_digest(
            asked.to_number, asked.from_number, self.event_timestamp
        )


class UnknownEvent(_Received):
    """Signed, yet nothing we act on: chat events, and what Retell adds one day."""

    event: str


class _Envelope(_Received):
    event: Annotated[str, Field(min_length=1, max_length=100)]


RetellEvent = CallEvent | FunctionEvent | InboundEvent


def parse_event(payload: object) -> RetellEvent | UnknownEvent:
    """The event in a decoded body; raises pydantic's ValidationError, which names the field."""
    name = _Envelope.model_validate(payload).event
    if name == "call_inbound":
        return InboundEvent.model_validate(payload)
    if name == "function_called":
        return FunctionEvent.model_validate(payload)
    if name in KNOWN_EVENTS:
        return CallEvent.model_validate(payload)
    return UnknownEvent(event=name)


def _instant(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, tz=UTC)


def _short_digest(*parts: object) -> str:
    """Numbers do not stand readable in ids."""
    return sha256("|".join(str(p) for p in parts).encode()).hexdigest()[:24]

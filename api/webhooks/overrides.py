"""What a branch sets of its agent for a call: only what Retell is known to take.

One wrong value in an override can end the call before it began (Retell contract, section 3). So
each field is checked by itself, and what does not fit is left out and named in the log.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WrapValidator
from pydantic import ValidatorFunctionWrapHandler as Check

KEYWORDS_MAX = 100
MESSAGE_CHARS_MAX = 1_000
_PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")  # `{first_name}`, but not Retell's own `{{name}}`
_log = structlog.get_logger(__name__)


def _absent_if_invalid(value: object, check: Check) -> Any:
    try:
        return check(value)
    except ValidationError:
        return None


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no such time zone")
    return name


_Absent = WrapValidator(_absent_if_invalid)
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
_Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}-[A-Z0-9]{2,3}$")]
_Share = Annotated[float, Field(ge=0, le=1)]
_Keyword = Annotated[str, Field(min_length=1, max_length=60)]


class _Checked(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class AnalysisField(_Checked):
    model_config = ConfigDict(strict=True, extra="allow")

    type: Literal["string", "enum", "boolean", "number", "system-presets"]
    name: Annotated[str, Field(min_length=1, max_length=100)]


class ModelChoice(_Checked):
    model: _Id
    tier: _Id | None = None


class ModelConfig(_Checked):
    type: Literal["cascading", "s2s"]
    primary: ModelChoice
    temperature: _Share | None = None


class AgentFields(_Checked):
    language: Annotated[
        _Language | Annotated[list[_Language], Field(min_length=1, max_length=5)] | None, _Absent
    ] = None
    voice_id: Annotated[_Id | None, _Absent] = None
    voice_model: Annotated[_Id | None, _Absent] = None
    voice_speed: Annotated[Annotated[float, Field(ge=0.5, le=2)] | None, _Absent] = None
    volume: Annotated[Annotated[float, Field(ge=0, le=2)] | None, _Absent] = None
    timezone: Annotated[Annotated[str, AfterValidator(_known_zone)] | None, _Absent] = None
    webhook_url: Annotated[
        Annotated[str, Field(pattern=r"^https://[^\s{}]+$", max_length=500)] | None, _Absent
    ] = None
    webhook_timeout_ms: Annotated[Annotated[int, Field(ge=1_000, le=30_000)] | None, _Absent] = None
    boosted_keywords: Annotated[
        Annotated[list[_Keyword], Field(max_length=KEYWORDS_MAX)] | None, _Absent
    ] = None
    stt_mode: Annotated[Literal["fast", "accurate"] | None, _Absent] = None
    responsiveness: Annotated[_Share | None, _Absent] = None
    interruption_sensitivity: Annotated[_Share | None, _Absent] = None
    enable_backchannel: Annotated[bool | None, _Absent] = None
    end_call_after_silence_ms: Annotated[
        Annotated[int, Field(ge=10_000, le=600_000)] | None, _Absent
    ] = None
    max_call_duration_ms: Annotated[
        Annotated[int, Field(ge=60_000, le=7_200_000)] | None, _Absent
    ] = None
    data_storage_setting: Annotated[
        Literal["everything", "everything_except_pii", "basic_attributes_only"] | None, _Absent
    ] = None
    post_call_analysis_data: Annotated[
        Annotated[list[AnalysisField], Field(max_length=50)] | None, _Absent
    ] = None


class LlmFields(_Checked):
    begin_message: Annotated[
        Annotated[str, Field(max_length=MESSAGE_CHARS_MAX)] | None, _Absent
    ] = None
    start_speaker: Annotated[Literal["agent", "user"] | None, _Absent] = None
    model_config_: Annotated[ModelConfig | None, _Absent] = Field(
        default=None, alias="model_config"
    )


class Override(_Checked):
    override_agent_id: Annotated[_Id | None, _Absent] = None
    override_agent_version: Annotated[Annotated[int, Field(ge=0)] | _Id | None, _Absent] = None
    agent: Annotated[AgentFields | None, _Absent] = None
    retell_llm: Annotated[LlmFields | None, _Absent] = None


def override_of(
    wanted: Mapping[str, Any], words: Mapping[str, str], keywords: list[str]
) -> dict[str, Any]:
    """The members of `call_inbound` beside variables and metadata.

    A `begin_message` beside the others is a short form of the one in `retell_llm`; `words` fill
    `{first_name}` and its like in it. `keywords`: what speech recognition should expect, where the
    branch names nothing itself.
    """
    asked = _whole(wanted)
    kept = Override.model_validate(asked).model_dump(by_alias=True, exclude_none=True)
    agent, llm = kept.pop("agent", {}), kept.pop("retell_llm", {})
    first_sentence = _filled(llm.pop("begin_message", None), words)
    if first_sentence is not None:
        llm["begin_message"] = first_sentence
    left_out = _names(asked) - _names({**kept, "agent": agent, "retell_llm": llm})
    if left_out:
        _log.warning("agent override, fields left out", fields=sorted(left_out))
    agent.setdefault("boosted_keywords", _distinct(keywords))
    parts = {"agent": agent, "retell_llm": llm}
    return {**kept, "agent_override": {name: part for name, part in parts.items() if part}}


def _whole(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """With a `begin_message` that stands beside the others where Retell looks for it."""
    asked = dict(wanted)
    llm = asked.get("retell_llm", {})
    if "begin_message" in asked and isinstance(llm, Mapping):
        asked["retell_llm"] = {"begin_message": asked.pop("begin_message"), **llm}
    return asked


def _names(override: Mapping[str, Any]) -> set[str]:
    """Of all fields: `override_agent_id`, `agent.voice_id`, …"""
    names: set[str] = set()
    for name, value in override.items():
        if name in {"agent", "retell_llm"} and isinstance(value, Mapping):
            names |= {f"{name}.{inner}" for inner in value}
        else:
            names.add(name)
    return names


def _filled(template: str | None, words: Mapping[str, str]) -> str | None:
    """None without a template, and for one with a place that nothing is known for here: the caller
    would hear its braces. A place whose word is empty goes with the blank before it.
    """
    if not template or not {found[1] for found in _PLACE.finditer(template)} <= words.keys():
        return None
    said = _PLACE.sub(lambda found: words[found[1]], template)
    return re.sub(r"\s+([,.!?;:])", r"\1", " ".join(said.split())) or None


def _distinct(keywords: list[str]) -> list[str]:
    fitting = (word.strip()[:60] for word in keywords)
    return list(dict.fromkeys(word for word in fitting if word))[:KEYWORDS_MAX]

"""The ten functions as Retell's agents want them defined, and how an agent is to use them.

Descriptions are English, which models follow best; what they quote, what the agent says while it
waits, and the part of a prompt are in the agent's language.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.functions import FunctionName
from domain.speech import Lang

_TEMPLATES = Path(__file__).parent / "templates"


class _Template(BaseModel):
    """One of `tools.json`. `arguments`: name -> JSON type and what it is."""

    model_config = ConfigDict(extra="forbid")

    name: FunctionName
    description: str
    timeout_ms: int
    arguments: dict[str, tuple[str, str]]
    required: list[str]
    response_variables: dict[str, str]


class _Phrases(BaseModel):
    examples: dict[str, str]
    fillers: dict[FunctionName, str]


class AgentFunction(BaseModel):
    """A tool of type `custom`, as an element of an LLM's `general_tools`."""

    type: Literal["custom"] = "custom"
    name: FunctionName
    description: str
    url: str
    method: Literal["POST"] = "POST"
    args_at_root: bool = Field(
        default=False, description="False, or the call does not come along and nothing can be done."
    )
    parameter_type: Literal["json"] = "json"
    parameters: dict[str, Any] = Field(description="JSON schema of the arguments.")
    speak_during_execution: bool = True
    execution_message_type: Literal["static_text"] = "static_text"
    execution_message_description: str = Field(description="What is said while it runs.")
    speak_after_execution: bool = True
    enable_typing_sound: bool = False
    timeout_ms: int = Field(description="Retell's own default would be two minutes of silence.")
    max_retry: int = Field(default=0, description="The agent asks again where it makes sense.")
    response_variables: dict[str, str]


def agent_functions(url: str, lang: Lang) -> list[AgentFunction]:
    """All ten, at one address: the body says which is meant."""
    phrases = _phrases(lang)
    return [
        AgentFunction(
            name=tool.name,
            description=tool.description.format(
                **phrases.examples, filler=f"'{phrases.fillers[tool.name]}'"
            ),
            url=url,
            parameters={
                "type": "object",
                "properties": {
                    name: {"type": kind, "description": meaning.format(**phrases.examples)}
                    for name, (kind, meaning) in tool.arguments.items()
                },
                "required": tool.required,
            },
            execution_message_description=phrases.fillers[tool.name],
            timeout_ms=tool.timeout_ms,
            response_variables=tool.response_variables,
        )
        for tool in _tools()
    ]


@cache
def agent_prompt(lang: Lang) -> str:
    """What to add to an agent's prompt; Retell fills the `{{variables}}` of the inbound answer."""
    return (_TEMPLATES / f"prompt_{lang}.md").read_text(encoding="utf-8")


@cache
def _tools() -> tuple[_Template, ...]:
    found = json.loads((_TEMPLATES / "tools.json").read_text(encoding="utf-8"))
    return tuple(_Template.model_validate(each) for each in found)


@cache
def _phrases(lang: Lang) -> _Phrases:
    text = (_TEMPLATES / f"phrases_{lang}.json").read_text(encoding="utf-8")
    return _Phrases.model_validate_json(text)

"""The demo's conversations: `data/calls/NAME.json`, with places for what changes every day."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.caller.spoken import Language

Role = Literal["agent", "user"]
_FOLDER = Path(__file__).parents[1] / "data" / "calls"
_ROLES: dict[str, Role] = {"A": "agent", "U": "user"}


class Script(BaseModel):
    """`turns` are `A: …` (agent) and `U: …` (caller). `analysis` is what Retell's analysis claims,
    right or wrong; without it nobody spoke, and Retell sends no `custom_analysis_data`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language
    summary: str
    turns: list[str] = Field(min_length=1)
    analysis: dict[str, str | bool] | None
    disconnection_reason: str = "user_hangup"

    def filled(self, said: Mapping[str, str]) -> "Script":
        """The same conversation about a certain day; KeyError names a place nobody filled."""
        analysis = self.analysis
        if analysis is not None:
            analysis = {
                name: value.format_map(said) if isinstance(value, str) else value
                for name, value in analysis.items()
            }
        turns = [turn.format_map(said) for turn in self.turns]
        return self.model_copy(update={"turns": turns, "analysis": analysis})

    def utterances(self) -> list[tuple[Role, str]]:
        return [(_ROLES[turn[0]], turn[3:]) for turn in self.turns]

    def wish(self) -> str:
        """The caller's first sentence of substance, for the screen."""
        said = [text for role, text in self.utterances() if role == "user"]
        return max(said[:2], key=len) if said else "(nothing)"


@lru_cache(maxsize=64)
def script(name: str) -> Script:
    return Script.model_validate_json((_FOLDER / f"{name}.json").read_bytes())

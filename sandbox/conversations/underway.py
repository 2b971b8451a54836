"""A call under way, as Retell sees it: what was said, which functions ran, and the events of it."""

import copy
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from sandbox.caller.calls import EventName, Line, PhoneCall, phone_call
from sandbox.caller.scripts import Role, Script
from sandbox.caller.spoken import Language

Json = dict[str, Any]
CHARS_MAX = 15_000  # Retell cuts an answer there (contract 4.3)


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """`after`: so many turns had been said. `content`: None while it runs, and if it was lost."""

    number: int
    name: str
    args: dict[str, JsonValue]
    after: int
    content: str | None = None


@dataclass(kw_only=True)
class CallUnderWay:
    """`answer`: what the inbound webhook said. `metadata`: in place of what it said."""

    call_id: str
    line: Line
    language: Language
    started_at: datetime
    answer: Json
    outbound: bool = False
    turns: list[tuple[Role, str]] = field(default_factory=list)
    tools: list[ToolCall] = field(default_factory=list)

    def says(self, role: Role, text: str) -> None:
        self.turns.append((role, text))

    def invokes(self, name: str, args: dict[str, JsonValue]) -> ToolCall:
        tool = ToolCall(number=len(self.tools), name=name, args=args, after=len(self.turns))
        self.tools.append(tool)
        return tool

    def hears(self, tool: ToolCall, content: str) -> None:
        """The function's answer, as the model gets it."""
        self.tools[tool.number] = replace(tool, content=content[:CHARS_MAX])

    def so_far(self) -> Json:
        """The call object of a function: ongoing, with all that was said."""
        events = self._reported("").events
        call: Json = copy.deepcopy(events["call_started"]["call"])
        if self.turns:
            ended = events["call_ended"]["call"]
            for name in ("transcript", "transcript_object"):
                call[name] = ended[name]
            call["transcript_with_tool_calls"] = self._woven(ended["transcript_object"])
        return call

    def events(
        self, analysis: dict[str, JsonValue] | None, reason: str, *, connected: bool = True
    ) -> dict[EventName, Json]:
        """All events of the call as it stands now. `analysis`: Retell's custom analysis data."""
        events = copy.deepcopy(self._reported(reason).events)
        for name in ("call_ended", "call_analyzed"):
            call = events[name]["call"]
            call["transcript_with_tool_calls"] = self._woven(call["transcript_object"])
            if not self.turns:
                call |= {"transcript": "", "transcript_object": []}
                call["transcript_with_tool_calls"] = []
            if not connected:
                _never_connected(call, reason)
        told = events["call_analyzed"]["call"]["call_analysis"]
        told.pop("custom_analysis_data", None)
        if analysis is not None:
            told["custom_analysis_data"] = analysis
        return events

    def _reported(self, reason: str) -> PhoneCall:
        # A script has a turn at least; where nothing was said, what it makes is taken out again.
        turns = [f"{'A' if role == 'agent' else 'U'}: {text}" for role, text in self.turns]
        script = Script(
            language=self.language,
            summary="",
            turns=turns or ["A: …"],
            analysis={},
            disconnection_reason=reason or "user_hangup",
        )
        made = phone_call(
            self.call_id, self.line, script, started_at=self.started_at, answer=self.answer
        )
        if self.outbound:
            for name in ("call_started", "call_ended", "call_analyzed"):
                _turned_round(made.events[name]["call"])
        return made

    def _woven(self, turns: list[Json]) -> list[Json]:
        """Utterances with invocations and results between them, in the order of time."""
        woven: list[Json] = []
        for number in range(len(turns) + 1):
            for tool in self.tools:
                if tool.after == number:
                    at = turns[number - 1]["words"][-1]["end"] if number and turns else 0.5
                    woven += _of_tool(self.call_id, tool, at)
            if number < len(turns):
                woven.append(turns[number])
        return woven


def _of_tool(call_id: str, tool: ToolCall, at: float) -> list[Json]:
    name = f"tool_call_{call_id[-4:]}{tool.number:02}"
    invocation = {
        "role": "tool_call_invocation",
        "tool_call_id": name,
        "name": tool.name,
        "type": "custom",
        "arguments": json.dumps(tool.args, ensure_ascii=False),
        "time_sec": round(at, 3),
    }
    if tool.content is None:
        return [invocation]
    result = {
        "role": "tool_call_result",
        "tool_call_id": name,
        "successful": True,
        "content": tool.content,
        "time_sec": round(at + 0.4, 3),
    }
    return [invocation, result]


def _turned_round(call: Json) -> None:
    """We called: the numbers change places."""
    call["direction"] = "outbound"
    call["from_number"], call["to_number"] = call["to_number"], call["from_number"]


def _never_connected(call: Json, reason: str) -> None:
    """Nobody took up the phone: no words, no latencies (contract 1.1, and the fixture)."""
    call["call_status"] = "not_connected"
    call["disconnection_reason"] = reason
    call.pop("latency", None)
    if "call_analysis" in call:
        call["call_analysis"].pop("custom_analysis_data", None)

"""One call of a scenario: what is said, which functions the agent calls, and how Retell reports it.

The agent is a guarded one: it says what the functions told it, asks again while one says that it is
still at it, and ends the call where an answer is none of those it knows how to go on with.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

import httpx
from pydantic import JsonValue

from sandbox.caller.calls import inbound_event, new_call_id
from sandbox.caller.desk import DeskError
from sandbox.caller.scripts import Role
from sandbox.caller.wire import SIGNATURE_HEADER, RetellWire, signature
from sandbox.conversations.backstage import OWN_KEY, Backstage
from sandbox.conversations.faults import Fault, is_booking
from sandbox.conversations.model import Delivery, Step
from sandbox.conversations.ordering import take
from sandbox.conversations.planning import Person, Trial
from sandbox.conversations.told import Exchange
from sandbox.conversations.underway import CallUnderWay
from sandbox.conversations.values import NothingThereError, filled

Json = dict[str, Any]
FUNCTIONS_PATH = "/api/mcp/retell/custom-function"
# Longer than any answer may take; Retell itself waits as long as the function's definition says.
ANSWER_WITHIN_S = 15.0
ASKED_AGAIN_MOST = 20
ASKED_AGAIN_AFTER_S = 0.4
_random = SystemRandom()


@dataclass(kw_only=True)
class Stage:
    """What all calls of a trial share. `strict`: answers have to be as the scenario expects.

    `gates`: where all callers wait for each other. `own_workspace`: the company's connection.
    `made`: what was booked for the trial beside its calls.
    """

    desk: Backstage
    trial: Trial
    fault: Fault
    strict: bool
    gates: dict[int, asyncio.Barrier] = field(default_factory=dict)
    own_workspace: UUID | None = None
    made: set[str] = field(default_factory=set)
    saw: Callable[[str, str], None] = lambda _who, _what: None
    heard: Callable[[Exchange], None] = lambda _: None


class Talk:
    """A call from the ring to the end. `line`: 0 for the scenario's own."""

    def __init__(self, stage: Stage, person: Person, *, line: int = 0) -> None:
        self._stage = stage
        self._person = person
        self._line = line
        self._wire = RetellWire(
            stage.desk.http, stage.desk.stack.api_url, stage.desk.stack.retell_api_key
        )
        self.call_id = new_call_id(_random)
        self.began_at = datetime.now(UTC)
        self.exchanges: list[Exchange] = []
        self.problems: list[str] = []
        self.known: dict[str, Any] = {}
        self.typed: dict[str, str] = {}
        self.is_over = False
        self._call: CallUnderWay | None = None
        self._left: list[str] = []
        self._asked: list[Step] = []
        self.second: Talk | None = None

    # --- from ring to end ----------------------------------------------------------------------

    async def ring(self, delivery: Delivery) -> None:
        trial, line = self._stage.trial, self._person.line
        answer: Json = {}
        if delivery.inbound and not delivery.outbound:
            answer = await self._wire.ask_inbound(
                inbound_event(self.call_id, line, ringing_at=trial.said_at)
            )
        if delivery.metadata is not None:
            answer = answer | {"metadata": delivery.metadata}
        self._call = CallUnderWay(
            call_id=self.call_id,
            line=line,
            language=trial.scenario.language,
            started_at=trial.said_at,
            answer=answer,
            outbound=delivery.outbound,
        )
        self._left = list(delivery.order)
        if self._left and self._left[0] == "call_started":
            await self.report(self._left.pop(0))

    async def talk(self, steps: Sequence[Step]) -> None:
        try:
            for step in steps:
                if self.is_over:
                    return
                await self._take(step)
        except (NothingThereError, DeskError) as error:
            self._wrong(str(error))
            self.is_over = True

    async def end(self, delivery: Delivery) -> None:
        """Whatever of the events has not been reported yet."""
        self.is_over = True
        await self._stage.desk.hang_up(self.call_id)
        for name in self._left:
            await self.report(name, connected=delivery.connected)
        self._left = []
        if self.second is not None:
            await self.second.end(delivery)

    async def after(self, steps: Sequence[Step]) -> None:
        """What happens when the phone is down; nobody speaks any more."""
        for step in steps:
            await self._take(step)

    async def report(self, name: str, *, connected: bool = True) -> None:
        scenario = self._stage.trial.scenario
        analysis = scenario.analysis if self._line == 0 else {}
        told = filled(analysis, self._person.words, self.known) if analysis else analysis
        events = self._under_way.events(
            told if isinstance(told, dict) else {},
            scenario.disconnection_reason,
            connected=connected,
        )
        await self._wire.report(events[name])  # type: ignore[index]

    @property
    def said(self) -> list[tuple[Role, str]]:
        return list(self._call.turns) if self._call is not None else []

    @property
    def _under_way(self) -> CallUnderWay:
        if self._call is None:
            raise RuntimeError("nobody has rung yet")
        return self._call

    # --- steps ---------------------------------------------------------------------------------

    async def _take(self, step: Step) -> None:
        match step.verb:
            case "caller":
                self._says("user", step.caller or "")
            case "agent":
                self._says("agent", step.agent or "")
            case "call":
                await self._function(step)
            case "at_once":
                await asyncio.gather(*(self._function(one) for one in step.at_once))
            case "wait":
                await asyncio.sleep(step.wait or 0)
            case "event":
                await self.report(step.event or "")
            case "text" | "calcom" | "taken":
                await self._around(step)
            case "hang_up":
                self.is_over = True

    def _says(self, role: str, text: str) -> None:
        said = str(self._filled(text))
        self._under_way.says("agent" if role == "agent" else "user", said)
        self._stage.saw(role, said)

    async def _around(self, step: Step) -> None:
        """What is done beside the call."""
        desk, trial = self._stage.desk, self._stage.trial
        if step.text is not None:
            text = str(self._filled(step.text))
            await desk.text_company(trial.company.slug, self._person.phone, text)
        elif step.taken is not None:
            self._stage.made |= set(await take(desk, trial, step.taken))
        elif step.calcom == "well" or step.calcom is None:
            await desk.well(trial.company.slug)
        else:
            await desk.order(trial.company, step.calcom)

    def _filled(self, value: JsonValue) -> JsonValue:
        return filled(value, self._person.words, self.known)

    # --- functions -----------------------------------------------------------------------------

    async def _function(self, step: Step) -> None:
        if "$sms_code" in json.dumps(step.args):
            slug, phone = self._stage.trial.company.slug, self._person.phone
            self.known["sms_code"] = await self._stage.desk.code(slug, phone, self.began_at)
        args = await self._arguments(step)
        gate = self._stage.gates.get(id(step))
        if gate is not None:
            await gate.wait()
        booking = is_booking(step) and self._line == 0 and self._stage.fault.second_line
        if booking and self.second is None:
            answer = await self._beside_second_line(step, args)
        else:
            answer = await self._asked_until_told(step, args)
        self._asked.append(step)
        await self._go_on(step, answer)

    async def _arguments(self, step: Step) -> dict[str, JsonValue]:
        own = {"call_id": step.call_id} if step.call_id is not None else {}
        args = self._filled({**step.args, **own})
        return args if isinstance(args, dict) else {}

    async def _asked_until_told(self, step: Step, args: dict[str, JsonValue]) -> Json:
        """`pending` without an action says that the work goes on: the same question again."""
        answer = await self._ask_as_often_as_wanted(step, args)
        for _ in range(ASKED_AGAIN_MOST):
            if answer.get("status") != "pending" or "action" in answer:
                break
            await asyncio.sleep(ASKED_AGAIN_AFTER_S)
            answer = await self._ask(step, args)
        return answer

    async def _ask_as_often_as_wanted(self, step: Step, args: dict[str, JsonValue]) -> Json:
        after = step.twice if step.twice is not None else self._stage.fault.twice
        if after is None:
            return await self._ask(step, args)

        async def again() -> Json:
            await asyncio.sleep(after)
            return await self._ask(step, args, again=True)

        first, second = await asyncio.gather(self._ask(step, args), again())
        self._compare(step, first, second)
        return first

    def _compare(self, step: Step, first: Json, second: Json) -> None:
        """A repetition has the first answer; what Cal.com has confirmed since may be more."""
        pair = (str(first.get("status")), str(second.get("status")))
        if pair[0] != pair[1] and "pending" not in pair and pair not in _GROWN:
            self._wrong(f"{step.call} asked twice: {pair[0]}, then {pair[1]}")

    async def _ask(self, step: Step, args: dict[str, JsonValue], *, again: bool = False) -> Json:
        call, name = self._under_way, step.call or ""
        tool = call.invokes(name, args)
        body = {"name": name, "args": args, "call": call.so_far()}
        began = time.monotonic()
        answer = await self._post(json.dumps(body, ensure_ascii=False).encode())
        took_s = time.monotonic() - began
        call.hears(tool, json.dumps(answer, ensure_ascii=False))
        exchange = Exchange(
            at=datetime.now(UTC),
            line=self._line,
            name=name,
            args=args,
            answer=answer,
            took_s=took_s,
            again=again,
        )
        self.exchanges.append(exchange)
        self._stage.heard(exchange)
        return answer

    async def _post(self, body: bytes) -> Json:
        """One request: a custom function is not repeated unless its definition says so."""
        stack, path, key = self._stage.desk.stack, FUNCTIONS_PATH, None
        if self._stage.own_workspace is not None:
            path = f"{path}/{self._stage.own_workspace}"
            key = f"{OWN_KEY}_{self._stage.trial.company.slug}"
        at_ms = time.time_ns() // 1_000_000
        try:
            answer = await self._stage.desk.http.post(
                f"{stack.api_url}{path}",
                content=body,
                headers={
                    "Content-Type": "application/json",
                    SIGNATURE_HEADER: signature(body, key or stack.retell_api_key, at_ms=at_ms),
                },
                timeout=ANSWER_WITHIN_S,
            )
        except httpx.TransportError as error:
            return {"error": type(error).__name__}
        if not answer.is_success:
            return {"error": f"HTTP {answer.status_code}"}
        told = answer.json()
        return told if isinstance(told, dict) else {"error": "no object"}

    async def _go_on(self, step: Step, answer: Json) -> None:
        status = str(answer.get("status"))
        self.known |= answer
        if message := answer.get("message"):
            self._under_way.says("agent", str(message))
        branch = _branch(step, answer)
        if branch is not None:
            self._note(step)
            await self.talk(branch)
            return
        if step.expect and status not in step.expect and not _is_slow(status, step.expect):
            wanted = " or ".join(step.expect)
            self._wrong(f"{step.call} answered {status} instead of {wanted}: {message or answer}")
            self.is_over = True
            return
        self._note(step)
        self._check(step, answer)

    def _note(self, step: Step) -> None:
        for name, value in step.note.items():
            self.known[name] = filled(value, self._person.words, self.known)

    def _check(self, step: Step, answer: Json) -> None:
        for name, wanted in step.fields.items():
            if answer.get(name) != (expected := self._filled(wanted)):
                self._wrong(f"{step.call}: {name} is {answer.get(name)!r}, not {expected!r}")
        message = str(answer.get("message", ""))
        for words in step.says:
            if str(self._filled(words)) not in message:
                self._wrong(f"{step.call} does not say {words!r}: {message}")

    def _wrong(self, problem: str) -> None:
        if self._stage.strict:
            self.problems.append(problem)

    # --- the caller's second line --------------------------------------------------------------

    async def _beside_second_line(self, step: Step, args: dict[str, JsonValue]) -> Json:
        """The same person asks the same on another line, and both book in the same moment."""
        delivery = Delivery()
        second = self.second = Talk(self._stage, self._person, line=1)
        await second.ring(delivery)
        for role, text in self._under_way.turns:
            if role == "user":
                second._says("user", text)
        wish: dict[str, JsonValue] = {}
        for earlier in self._asked:
            asked = await second._arguments(earlier)
            wish |= asked
            second.known |= await second._ask(earlier, asked)
        own = dict(args)
        if "hold_id" in own:
            # Without a hold of its own the other line names the wish itself.
            held = second.known.get("status") == "held"
            own = wish | own | {"hold_id": second.known.get("hold_id") if held else None}
        both: tuple[Awaitable[Json], Awaitable[Json]] = (
            self._asked_until_told(step, args),
            second._asked_until_told(step, own),
        )
        answer, _ = await asyncio.gather(*both)
        return answer


# What is said in place of these when Cal.com has not answered in time, as on a busy machine; the
# judge then wants the message that follows.
_SLOW = frozenset({("reserved", "booked"), ("pending", "rescheduled"), ("pending", "cancelled")})
_GROWN = frozenset({("reserved", "booked")})


def _is_slow(status: str, expected: Sequence[str]) -> bool:
    return any((status, one) in _SLOW for one in expected)


def _branch(step: Step, answer: Json) -> tuple[Step, ...] | None:
    """How the scenario goes on after this answer, where it says so."""
    if answer.get("available") is False and "refused" in step.on:
        return step.on["refused"]
    return next(
        (steps for status, steps in step.on.items() if status == answer.get("status")), None
    )

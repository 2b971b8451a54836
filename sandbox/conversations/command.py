"""`askproai call`: phone in from the terminal, by a scenario's file or by hand."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Table

from sandbox.caller.calls import Line, new_call_id, phone_call
from sandbox.caller.desk import wait_until
from sandbox.caller.scripts import Script
from sandbox.caller.wire import RetellWire
from sandbox.companies import DemoBranch, DemoCompany, demo_companies
from sandbox.conversations.backstage import Backstage
from sandbox.conversations.faults import NONE
from sandbox.conversations.model import Scenario
from sandbox.conversations.playing import judged, play
from sandbox.conversations.reading import load, shipped
from sandbox.conversations.running import plan_all
from sandbox.conversations.told import Exchange
from stack.errors import StackError
from stack.info import StackInfo
from stack.up import running_stack

Json = dict[str, Any]
CALLER = "+491713920000"
SETTLED_WITHIN_S = 20.0
# What each function is asked with; an empty answer leaves a word out.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "check_availability": ("service", "date_phrase", "time_phrase", "staff"),
    "find_next_slot": ("service", "staff"),
    "collect_appointment_data": ("dienstleistung", "datum", "uhrzeit", "name", "bestaetigung"),
    "book_appointment": ("hold_id", "customer_name", "customer_email"),
    "calculate_duration": ("service", "staff"),
    "find_appointments": ("appointment_phrase", "customer_name"),
    "reschedule_appointment": ("old_appointment_phrase", "new_date_phrase", "new_time_phrase"),
    "cancel_appointment": ("appointment_phrase", "customer_name", "reason"),
    "request_callback": ("reason",),
    "opening_hours": ("date_phrase",),
}
HELP = "say something · [b]1[/]-[b]10[/] call a function · [b]?[/] show them · [b]q[/] hang up"


def stack_on(data: Path) -> StackInfo:
    """Raises StackError, which says how to start one."""
    info = running_stack(data)
    if info is None:
        raise StackError(f"No stack runs on {data}: `askproai up --data {data}` starts one.")
    return info


def show_shipped(console: Console) -> None:
    table = Table("name", "what happens", "of the contract's 29", title="Shipped scenarios")
    for name, scenario in shipped().items():
        table.add_row(name, scenario.title, ", ".join(map(str, scenario.covers)))
    console.print(table)


async def play_script(info: StackInfo, script: str, console: Console) -> bool:
    """A file, or the name of a shipped one: each answer as it comes, then the verdict."""
    scenario = _scenario(script)
    console.print(f"[b]{escape(scenario.title)}[/]")

    def saw(who: str, what: str) -> None:
        console.print(f"  {who:<9} {what}", markup=False, highlight=False)

    def heard(exchange: Exchange) -> None:
        _show(console, exchange.name, exchange.args, exchange.answer, exchange.took_s)

    async with Backstage(info) as desk:
        [trial] = await plan_all(desk, [(Path(script).stem, scenario, NONE, 1)])
        report = await judged(await play(desk, trial, NONE, saw=saw, heard=heard))
    judgement = report.judgement
    colour = "green" if judgement.passed else "red"
    why = f": {escape('; '.join(judgement.reasons))}" if judgement.reasons else ""
    console.print(f"[{colour}]{judgement.verdict}[/]{why}  ({report.took_s:.1f} s)")
    return judgement.passed


def _scenario(script: str) -> Scenario:
    known = shipped()
    if script in known:
        return known[script]
    path = Path(script)
    if not path.is_file():
        raise StackError(f"{script} is no file and no shipped scenario: `askproai call --list`.")
    return load(path)


# --- by hand --------------------------------------------------------------------------------------


async def interact(info: StackInfo, console: Console) -> None:
    """One types as the caller and chooses what the agent asks."""
    async with Backstage(info) as desk:
        company, branch = _choose(console)
        caller = Prompt.ask("your number (or [b]anonymous[/])", default=CALLER, console=console)
        call = _Call(desk, company, branch, caller)
        await call.ring()
        console.print(f"You have dialled {branch.phone_numbers[0]}. {HELP}")
        while (line := Prompt.ask("you", console=console).strip()) not in {"q", "quit"}:
            if line == "?":
                _menu(console)
            elif line.isdigit() and 0 < int(line) <= len(ARGUMENTS):
                await _ask(call, list(ARGUMENTS)[int(line) - 1], console)
            elif line:
                call.says("user", line)
        console.print(await call.hang_up())


def _choose(console: Console) -> tuple[DemoCompany, DemoBranch]:
    companies = {company.slug: company for company in demo_companies()}
    slug = Prompt.ask("company", choices=list(companies), default="haarwerk", console=console)
    branches = {branch.name: branch for branch in companies[slug].branches}
    names = list(branches)
    name = Prompt.ask("branch", choices=names, default=names[0], console=console)
    return companies[slug], branches[name]


def _menu(console: Console) -> None:
    for number, (name, words) in enumerate(ARGUMENTS.items(), start=1):
        console.print(f"  {number:>2} {name} ({', '.join(words)})", highlight=False)


async def _ask(call: "_Call", name: str, console: Console) -> None:
    given = {}
    for word in ARGUMENTS[name]:
        default = call.hold_id if word == "hold_id" else ""
        value = Prompt.ask(
            f"  {word}", default=default, show_default=bool(default), console=console
        )
        if value:
            given[word] = value
    began = time.monotonic()
    answer = await call.ask(name, given)
    _show(console, name, given, answer, time.monotonic() - began)


def _show(
    console: Console, name: str, args: Mapping[str, Any], answer: Mapping[str, Any], took_s: float
) -> None:
    again = " (again)" if answer.get("replayed") else ""
    console.print(f"  [dim]{name} {escape(str(args))}[/]", highlight=False)
    status = answer.get("status", "nothing")
    console.print(
        f"  [cyan]{status}[/]{again} {escape(str(answer.get('message', '')))} "
        f"[dim]{took_s * 1_000:.0f} ms[/]",
        highlight=False,
    )


class _Call:
    """A call whose transcript grows with what is typed and answered."""

    def __init__(
        self, desk: Backstage, company: DemoCompany, branch: DemoBranch, caller: str
    ) -> None:
        stack = desk.stack
        self._desk, self._company = desk, company
        self._wire = RetellWire(desk.http, stack.api_url, stack.retell_api_key)
        self._id = new_call_id(SystemRandom())
        self._began_at = datetime.now(UTC)
        self._turns = ["A: Guten Tag, was kann ich für Sie tun?"]
        self._line = Line(
            caller=caller,
            dialled=branch.phone_numbers[0],
            agent_id=branch.agents[0],
            agent_name=f"{company.name} {branch.name}",
        )
        self.hold_id = ""

    def says(self, who: str, words: str) -> None:
        self._turns.append(f"{'U' if who == 'user' else 'A'}: {words}")

    async def ring(self) -> None:
        await self._wire.report(self._events()["call_started"])

    async def ask(self, name: str, args: Json) -> Json:
        talk = self._events()
        words = talk["call_ended"]["call"]
        call = talk["call_started"]["call"] | {
            "transcript": words["transcript"],
            "transcript_object": words["transcript_object"],
        }
        answer = await self._wire.call_function({"name": name, "args": args, "call": call})
        self.hold_id = str(answer.get("hold_id") or self.hold_id)
        self.says("agent", str(answer.get("message", "")))
        return answer

    async def hang_up(self) -> str:
        """What became of the call, in a line."""
        talk = self._events()
        for name in ("call_ended", "call_analyzed"):
            await self._wire.report(talk[name])

        async def settled() -> Json | None:
            call = await self._desk.call(self._company.slug, self._id)
            return call if call is not None and call["state"] == "settled" else None

        call = await wait_until(settled, within_s=SETTLED_WITHIN_S)
        link = self._desk.workflow_link(f"call:{self._id}")
        return f"{call['outcome'] if call else 'not settled yet'}  {link}"

    def _events(self) -> Json:
        script = Script(language="de", summary="", turns=self._turns, analysis=None)
        made = phone_call(self._id, self._line, script, started_at=self._began_at)
        return {str(name): event for name, event in made.events.items()}

"""`askproai call`: phone in from the terminal, by a scenario's file or by hand."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.functions import FunctionName
from sandbox.companies import DemoCompany, demo_companies, demo_company
from sandbox.conversations.backstage import Backstage
from sandbox.conversations.faults import NONE, fitting
from sandbox.conversations.model import ANONYMOUS, HOTLINE, Expect, Scenario, Step
from sandbox.conversations.planning import Person, Planner, Trial
from sandbox.conversations.playing import Report, judged, on_stage, play
from sandbox.conversations.reading import find, load, shipped
from sandbox.conversations.talking import Stage, Talk
from sandbox.conversations.told import Exchange
from stack.errors import StackError
from stack.info import StackInfo
from stack.up import running_stack

Json = dict[str, Any]
Ask = Callable[[str], Awaitable[str]]

SETTLED_WITHIN_S = 60.0
SHORT = 110
HANG_UP, HELP_WORD = "/end", "/?"
SLOW_S = 1.0


class Screen:
    """Who says what, and each function with the time that its answer took."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def saw(self, role: str, text: str) -> None:
        colour, name = ("cyan", "caller") if role == "user" else ("magenta", "agent ")
        self._console.print(f"[{colour}]{name}[/]  {escape(text)}", highlight=False, soft_wrap=True)

    def heard(self, exchange: Exchange) -> None:
        args = json.dumps(exchange.args, ensure_ascii=False)
        line = " [dim](second line)[/]" if exchange.line else ""
        self._console.print(
            f"  [dim]{exchange.name} {escape(_shortened(args))}[/]{line}", highlight=False
        )
        took = f"{exchange.took_s * 1000:5.0f} ms"
        colour = "yellow" if exchange.took_s > SLOW_S else "green"
        replayed = " [dim](replayed)[/]" if exchange.answer.get("replayed") else ""
        self._console.print(
            f"  [{colour}]{took}[/]  [bold]{escape(exchange.status)}[/]{replayed}", highlight=False
        )
        self.saw("agent", exchange.message or str(exchange.answer))

    def verdict(self, report: Report) -> None:
        """What is there, what was written, and in the last line what that amounts to."""
        for came in report.came:
            for one in came.scene.standing:
                self._console.print(
                    f"  {one.start:%a %d %b %H:%M}  {escape(one.service)}, {escape(one.branch)}, "
                    f"{escape(one.staff)}: {one.status}, {len(one.bookings)} at Cal.com",
                    highlight=False,
                )
            for message in came.messages:
                text = _shortened(message.text)
                self._console.print(f"  [dim]{message.source}[/]  {escape(text)}", highlight=False)
        judgement = report.judgement
        for reason in judgement.reasons:
            self._console.print(f"  [red]{escape(reason)}[/]", highlight=False, soft_wrap=True)
        colour = "green" if judgement.passed else "red"
        outcome = ", ".join(str(came.outcome or "not settled") for came in report.came)
        self._console.print(
            f"[bold {colour}]{judgement.verdict}[/]  call: {outcome}; slowest answer "
            f"{report.slowest_s * 1000:.0f} ms; {report.took_s:.1f} s in all",
            highlight=False,
            soft_wrap=True,
        )


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


# --- a scenario ---------------------------------------------------------------------------------


def stack_on(data: Path) -> StackInfo:
    """Raises StackError, which says how to start one."""
    info = running_stack(data)
    if info is None:
        raise StackError(f"No stack runs on {data}: `askproai up --data {data}` starts one.")
    return info


def show_shipped(console: Console) -> None:
    table = Table("name", "what happens", "of the contract's 29", title="Shipped scenarios")
    for name, scenario in shipped().items():
        table.add_row(name, escape(scenario.title), ", ".join(map(str, scenario.covers)))
    console.print(table)
    console.print("`askproai call --script NAME` plays one; docs/scenarios.md explains the files.")


async def play_script(
    info: StackInfo, script: str, console: Console, under: str = NONE.name
) -> bool:
    """A file, or the name of a shipped one: each answer as it comes, then the verdict.

    `under`: what goes wrong meanwhile, by name. Raises StackError.
    """
    path = find(script)
    scenario = load(path)
    fitted = {each.name: each for each in fitting(scenario)}
    if under not in fitted:
        raise StackError(f"{under} does not fit this scenario; there are: {', '.join(fitted)}")
    screen = Screen(console)
    async with Backstage(info) as desk:
        trial = await _planned(desk, path.stem, scenario)
        console.print(f"[bold]{escape(scenario.title)}[/]")
        for wish, start in trial.starts.items():
            console.print(f"[dim]{wish}: {start:%a %d %b %Y %H:%M}[/]", highlight=False)
        played = on_stage(desk, trial, fitted[under], saw=screen.saw, heard=screen.heard)
        await play(played)
        console.print("[dim]hung up; comparing what was told with the calendar …[/]")
        report = await judged(played)
    screen.verdict(report)
    return report.judgement.passed


async def _planned(desk: Backstage, key: str, scenario: Scenario) -> Trial:
    planner = Planner(datetime.now(UTC))
    company = demo_company(scenario.company)
    taken, phones = await desk.known(company)
    planner.know(company.slug, taken, phones)
    return planner.plan(key, scenario)


# --- typed by a person --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Function:
    """As an agent of the company has it. `parameters`: names with their descriptions."""

    name: FunctionName
    description: str
    parameters: Mapping[str, str]


async def ask_terminal(question: str) -> str:
    """What is typed; the end of the input hangs up."""
    try:
        return await asyncio.to_thread(input, question)
    except EOFError:
        return HANG_UP


async def interact(info: StackInfo, console: Console, ask: Ask = ask_terminal) -> None:
    """One types as the caller and chooses what the agent asks."""
    company = await _choose_company(console, ask)
    scenario = await _scenario(company, console, ask)
    async with Backstage(info) as desk:
        trial = await _planned(desk, "by_hand", scenario)
        functions = await _functions(desk, company)
        screen = Screen(console)
        stage = Stage(
            desk=desk, trial=trial, fault=NONE, strict=False, saw=screen.saw, heard=screen.heard
        )
        person = trial.people[0]
        talk = Talk(stage, person)
        await talk.ring(scenario.delivery)
        _help(console, functions, person)
        while await _turn(talk, functions, console, ask):
            pass
        await talk.end(scenario.delivery)
        await _tell_end(desk, talk, company.slug, console)


async def _choose_company(console: Console, ask: Ask) -> DemoCompany:
    companies = demo_companies()
    for number, company in enumerate(companies, 1):
        console.print(f"  {number}  {company.name} ({company.booking_model})", highlight=False)
    return companies[await _number(ask, "Whom do you call?", len(companies)) - 1]


async def _scenario(company: DemoCompany, console: Console, ask: Ask) -> Scenario:
    lines = [branch.ref for branch in company.branches]
    names = [f"{branch.name} {branch.phone_numbers[0]}" for branch in company.branches]
    if company.hotline is not None:
        lines.append(HOTLINE)
        names.append(f"Hotline {company.hotline.phone_numbers[0]}")
    for number, name in enumerate(names, 1):
        console.print(f"  {number}  {name}", highlight=False)
    branch = lines[await _number(ask, "Which number?", len(lines)) - 1]
    caller = (await ask("Your number (+49… or anonymous) [a fictional one]: ")).strip() or "+49"
    language = "en" if (await ask("Language (de, en) [de]: ")).strip() == "en" else "de"
    return Scenario(
        title="by hand",
        company=company.slug,
        branch=branch,
        caller=ANONYMOUS if caller.lower() == ANONYMOUS else caller,
        name="Caller",
        language=language,
        expect=Expect(end=("none", "appointment")),
    )


async def _number(ask: Ask, question: str, most: int) -> int:
    """From 1 to `most`; nothing typed is 1."""
    for _ in range(3):
        said = (await ask(f"{question} [1]: ")).strip() or "1"
        if said.isdecimal() and 1 <= int(said) <= most:
            return int(said)
    return 1


async def _functions(desk: Backstage, company: DemoCompany) -> list[_Function]:
    """From the company's own definitions, which are pasted into an agent."""
    found = await desk.functions(company.slug)
    return [
        _Function(
            name=tool["name"],
            description=tool["description"],
            parameters={
                name: str(schema.get("description", ""))
                for name, schema in tool["parameters"].get("properties", {}).items()
            },
        )
        for tool in found
    ]


def _help(console: Console, functions: Sequence[_Function], person: Person) -> None:
    console.print(f"You phone as {person.line.caller}. Type what you say; or as the agent:")
    for number, function in enumerate(functions, 1):
        console.print(f"  /{number}  {function.name}", highlight=False)
    console.print(f"  /a TEXT  the agent says TEXT    {HELP_WORD}  this    {HANG_UP}  hang up")


async def _turn(talk: Talk, functions: Sequence[_Function], console: Console, ask: Ask) -> bool:
    """False when the phone is put down."""
    said = (await ask("> ")).strip()
    if said == HANG_UP:
        return False
    if said.startswith("/a "):
        await talk.talk([Step(agent=_plain(said[3:]))])
    elif said[1:].isdecimal() and said.startswith("/") and 1 <= int(said[1:]) <= len(functions):
        await _call(talk, functions[int(said[1:]) - 1], ask)
    elif said.startswith("/"):
        console.print(f"{HANG_UP} hangs up; /1 to /{len(functions)} call functions.")
    elif said:
        await talk.talk([Step(caller=_plain(said))])
    return True


async def _call(talk: Talk, function: _Function, ask: Ask) -> None:
    """Each argument is asked for; what an earlier answer or call said is what Enter takes."""
    args: dict[str, Any] = {}
    for name, description in function.parameters.items():
        before = talk.known.get(name) or talk.typed.get(name, "")
        hint = f" [{before}]" if before else ""
        said = (await ask(f"    {name} ({_shortened(description)}){hint}: ")).strip()
        value = said or before
        if said == "-":
            value = ""
        if value:
            args[name] = talk.typed[name] = value
    await talk.talk([Step(call=function.name, args={k: _plain(str(v)) for k, v in args.items()})])


def _plain(text: str) -> str:
    """What a person types has no places and no values in it."""
    return text.replace("{", "{{").replace("}", "}}").replace("$", "＄")


async def _tell_end(desk: Backstage, talk: Talk, slug: str, console: Console) -> None:
    console.print("[dim]hung up; the call is being settled …[/]")
    seen = await desk.settled(slug, talk.call_id, within_s=SETTLED_WITHIN_S)
    if seen is None:
        console.print("The call has not been settled yet.")
        return
    console.print(f"[bold]{seen['outcome']}[/] {seen['reason'] or ''}", highlight=False)
    for one in seen["appointments"]:
        console.print(
            f"  {one['start_at']}  {escape(one['service']['name'])}: {one['status']}",
            highlight=False,
        )
    console.print(f"[dim]{seen['workflow_url']}[/]", highlight=False, soft_wrap=True)

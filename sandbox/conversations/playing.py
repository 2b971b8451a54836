"""Plays a trial from what was before it to its verdict."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.caller.desk import wait_until
from sandbox.conversations.backstage import Backstage
from sandbox.conversations.endstate import Came, look
from sandbox.conversations.faults import Fault
from sandbox.conversations.judge import Judgement
from sandbox.conversations.model import UNKNOWN, Delivery, Rules, Scenario, Step
from sandbox.conversations.ordering import order_of, take
from sandbox.conversations.planning import Person, Trial
from sandbox.conversations.talking import Stage, Talk
from sandbox.conversations.told import Exchange

Json = dict[str, Any]

# Cal.com away for a moment is waited out with growing pauses, a lost mail is sent again after 2 s.
RIGHT_WITHIN_S = 60.0
SETTLED_WITHIN_S = 100.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a trial came to. `came`: one for each caller; `exchanges` of all their calls.

    `anew`: so often it had been given another day, since somebody else had taken what it claimed.
    """

    trial: Trial
    judgement: Judgement
    came: Sequence[Came]
    exchanges: Sequence[Exchange]
    took_s: float
    anew: int = 0

    @property
    def slowest_s(self) -> float:
        return max((one.took_s for one in self.exchanges), default=0.0)


@dataclass(kw_only=True)
class Played:
    """A trial and its calls. `talks`: of each caller, those before the last one first."""

    stage: Stage
    own: dict[str, datetime] = field(default_factory=dict)
    talks: list[list[Talk]] = field(default_factory=list)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)

    @property
    def trial(self) -> Trial:
        return self.stage.trial

    def calls(self, person: int) -> list[Talk]:
        """With the second lines, which are the same caller's."""
        own = self.talks[person]
        return [*own, *(talk.second for talk in own if talk.second is not None)]

    @property
    def ids(self) -> set[str]:
        """Of all calls, and of all appointments that were made for the trial."""
        calls = {talk.call_id for index in range(len(self.talks)) for talk in self.calls(index)}
        return calls | set(self.own) | self.stage.made


def on_stage(
    desk: Backstage,
    trial: Trial,
    fault: Fault,
    *,
    saw: Callable[[str, str], None] = lambda _who, _what: None,
    heard: Callable[[Exchange], None] = lambda _: None,
) -> Played:
    """A trial that is about to be played."""
    strict = not fault.calcom and not fault.second_line
    return Played(
        stage=Stage(desk=desk, trial=trial, fault=fault, strict=strict, saw=saw, heard=heard)
    )


async def play(played: Played) -> None:
    """Until the phones are put down, and what the calls have started has said its first word."""
    stage, trial = played.stage, played.trial
    try:
        await _prepare(played)
        for order in stage.fault.calcom:
            await stage.desk.order(trial.company, order)
        stage.gates.update(_gates(trial.scenario))
        people = trial.people
        await asyncio.gather(*(_phone(played, index, who) for index, who in enumerate(people)))
        await _settled(played)
    finally:
        await _put_right(stage)


async def judged(played: Played, *, within_s: float = RIGHT_WITHIN_S) -> Report:
    """As soon as everything is right; else when the time is up."""

    async def right() -> Report | None:
        report = await once_more(played)
        return report if report.judgement.passed else None

    return await wait_until(right, within_s=within_s) or await once_more(played)


async def once_more(played: Played) -> Report:
    """As it stands now."""
    came, judgement = await look(played)
    return Report(
        trial=played.trial,
        judgement=judgement,
        came=came,
        exchanges=[
            e for n in range(len(played.talks)) for t in played.calls(n) for e in t.exchanges
        ],
        took_s=time.monotonic() - played.began,
    )


def broken_off(trial: Trial, why: str) -> Report:
    """A trial that did not come to its end."""
    verdict = Judgement(verdict="wish_not_met", reasons=(why,))
    return Report(trial=trial, judgement=verdict, came=(), exchanges=(), took_s=0)


# --- before -------------------------------------------------------------------------------------


async def _prepare(played: Played) -> None:
    stage, trial = played.stage, played.trial
    desk, company, person = stage.desk, trial.company, trial.people[0]
    for given in trial.scenario.given:
        if given.appointment is not None:
            order = order_of(trial, given.appointment, person)
            made = await desk.booked(company.slug, order)
            played.own[made] = trial.starts[given.appointment]
        elif given.taken is not None:
            stage.made |= set(await take(desk, trial, given.taken))
        elif given.calcom is not None:
            await desk.order(company, given.calcom)
        elif given.rules is not None:
            await desk.set_rules(company, given.rules)
        elif given.sms_stopped:
            await desk.text_company(company.slug, person.phone, "STOP")
        elif given.own_workspace:
            stage.own_workspace = await desk.own_workspace(company)
    played.since = datetime.now(UTC)


async def _put_right(stage: Stage) -> None:
    """For whoever phones this company next."""
    trial, scenario = stage.trial, stage.trial.scenario
    ordered = any(step.calcom for step in scenario.steps()) or any(g.calcom for g in scenario.given)
    if stage.fault.calcom or ordered:
        await stage.desk.well(scenario.company)
    if any(given.rules for given in scenario.given):
        await stage.desk.set_rules(trial.company, Rules())


def _gates(scenario: Scenario) -> dict[int, asyncio.Barrier]:
    """All callers have come so far before the first of them goes on."""
    if scenario.callers == 1:
        return {}
    return {id(step): asyncio.Barrier(scenario.callers) for step in scenario.talk if step.together}


# --- the calls ----------------------------------------------------------------------------------


async def _phone(played: Played, index: int, person: Person) -> None:
    scenario = played.trial.scenario
    while len(played.talks) <= index:
        played.talks.append([])
    for given in scenario.given:
        if given.call is not None:
            await _call(played, index, person, given.call.talk, Delivery())
            await _settled_call(played, played.talks[index][-1])
    await _call(played, index, person, scenario.talk, scenario.delivery)


async def _call(
    played: Played, index: int, person: Person, steps: Sequence[Step], delivery: Delivery
) -> None:
    talk = Talk(played.stage, person)
    played.talks[index].append(talk)
    await talk.ring(delivery)
    if delivery.connected:
        await talk.talk(steps)
    await talk.end(delivery)
    if steps is played.trial.scenario.talk:
        await talk.after(played.trial.scenario.afterwards)


async def _settled(played: Played) -> None:
    """Calls that are never reported to be over stay open for as long as the engine waits."""
    if "call_analyzed" not in played.trial.scenario.delivery.order:
        return
    talks = [talk for index in range(len(played.talks)) for talk in played.calls(index)]
    await asyncio.gather(*(_settled_call(played, talk) for talk in talks))


async def _settled_call(played: Played, talk: Talk) -> None:
    """Of a number that belongs to nobody REST tells nothing."""
    scenario = played.trial.scenario
    if scenario.branch != UNKNOWN:
        desk = played.stage.desk
        await desk.settled(scenario.company, talk.call_id, within_s=SETTLED_WITHIN_S)

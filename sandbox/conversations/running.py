"""Many trials on one stack, some of them at the same time; each told as it comes to its verdict."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from sandbox.caller.wire import UndeliveredError
from sandbox.companies import demo_companies
from sandbox.conversations.backstage import Backstage, all_known
from sandbox.conversations.faults import NONE, Fault
from sandbox.conversations.model import Scenario
from sandbox.conversations.planning import Planner, Trial
from sandbox.conversations.playing import (
    RIGHT_WITHIN_S,
    Played,
    Report,
    broken_off,
    judged,
    on_stage,
    once_more,
    play,
)
from stack.errors import StackError
from stack.info import StackInfo

AT_ONCE = 6
ANEW_MOST = 2
# What a trial may break off with, so that the others go on.
BROKEN = (StackError, UndeliveredError, httpx.HTTPError)
Wanted = tuple[str, Scenario, Fault, int]


class Lanes:
    """Who may play beside whom: what hits Cal.com for a whole company plays there alone."""

    def __init__(self, at_once: int) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._changed = asyncio.Condition()
        self._playing: dict[str, int] = {}
        self._alone: set[str] = set()

    @asynccontextmanager
    async def lane(self, company: str, *, alone: bool) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_free(company, alone=alone))
            self._playing[company] = self._playing.get(company, 0) + 1
            if alone:
                self._alone.add(company)
        try:
            async with self._room:
                yield
        finally:
            async with self._changed:
                self._playing[company] -= 1
                if alone:
                    self._alone.discard(company)
                self._changed.notify_all()

    def _is_free(self, company: str, *, alone: bool) -> bool:
        if company in self._alone:
            return False
        return not alone or not self._playing.get(company)


def plays_alone(scenario: Scenario, fault: Fault) -> bool:
    """What it orders of Cal.com, or bends of the rules, meets everybody of the company."""
    own = any(step.calcom for step in scenario.steps())
    bent = any(given.calcom or given.rules for given in scenario.given)
    return fault.alone or own or bent


async def run_trials(
    stack: StackInfo,
    wanted: Sequence[Wanted],
    *,
    at_once: int = AT_ONCE,
    report: Callable[[Report], None] = lambda _: None,
    clear_up: bool = False,
    patience_s: float = RIGHT_WITHIN_S,
) -> list[Report]:
    """`wanted`: name, scenario, fault, number. Reports in their order, told as they come.

    What was right at its own end is looked at once more at everybody's, unless `clear_up`: then
    the appointments are cancelled, and their times are there for other trials. What is not right
    after `patience_s` is wrong.
    """
    async with Backstage(stack) as desk:
        plans = await Plans.of(desk, wanted)
        lanes = Lanes(at_once)
        found = await asyncio.gather(
            *(
                _one(plans, lanes, trial, fault, report=report, patience_s=patience_s)
                for trial, (_, _, fault, _) in zip(plans.trials, wanted, strict=True)
            )
        )
        if not clear_up:
            return [
                replace(await once_more(p), anew=told.anew) if p is not None else told
                for p, told in found
            ]
        room = asyncio.Semaphore(at_once)
        await asyncio.gather(*(_clear_up(desk, room, told) for _, told in found))
        return [told for _, told in found]


class Plans:
    """What everybody is given; and another day for whom another caller was in the way.

    Whoever is refused may take what is offered instead, and that may be what a third one has been
    given: on a calendar that they share nobody can keep them apart beforehand.
    """

    def __init__(self, desk: Backstage) -> None:
        self.desk = desk
        self.trials: list[Trial] = []
        self._planned_at = datetime.now(UTC)
        self._planner = Planner(self._planned_at)

    @classmethod
    async def of(cls, desk: Backstage, wanted: Iterable[Wanted]) -> "Plans":
        plans = cls(desk)
        for slug, (taken, phones) in (await all_known(desk, demo_companies())).items():
            plans._planner.know(slug, taken, phones)
        plans.trials = [
            plans._planner.plan(key, scenario, fault=fault.name, number=number)
            for key, scenario, fault, number in wanted
        ]
        return plans

    async def was_crossed(self, trial: Trial, *, began_at: datetime, own: set[str]) -> bool:
        return await self.desk.is_crossed(
            trial.company,
            trial.claims,
            planned_at=self._planned_at,
            began_at=began_at,
            own=own,
        )

    async def anew(self, trial: Trial) -> Trial:
        taken, _ = await self.desk.known(trial.company)
        self._planner.know(trial.company.slug, taken)
        return self._planner.plan(trial.key, trial.scenario, fault=trial.fault, number=trial.number)


async def _one(
    plans: Plans,
    lanes: Lanes,
    trial: Trial,
    fault: Fault,
    *,
    report: Callable[[Report], None],
    patience_s: float,
) -> tuple[Played | None, Report]:
    anew = 0
    while True:
        played, found = await _played(plans.desk, lanes, trial, fault, patience_s)
        # A lie, or a place given twice, is one whoever else is there.
        excusable = found.judgement.verdict == "wish_not_met" and anew < ANEW_MOST
        if not excusable or not await plans.was_crossed(
            trial, began_at=played.since, own=played.ids
        ):
            break
        trial = await plans.anew(trial)
        anew += 1
    found = replace(found, anew=anew)
    report(found)
    return played if found.came else None, found


async def _played(
    desk: Backstage, lanes: Lanes, trial: Trial, fault: Fault, patience_s: float
) -> tuple[Played, Report]:
    played = on_stage(desk, trial, fault)
    alone = plays_alone(trial.scenario, fault)
    async with lanes.lane(trial.scenario.company, alone=alone):
        try:
            await play(played)
            return played, await judged(played, within_s=patience_s)
        except BROKEN as error:
            return played, broken_off(trial, f"{type(error).__name__}: {error}")


async def _clear_up(desk: Backstage, room: asyncio.Semaphore, report: Report) -> None:
    slug = report.trial.scenario.company
    for came in report.came:
        for one in came.scene.standing:
            if one.status in {"booked", "reserved"}:
                async with room:
                    await desk.cancel(slug, one.id)


def once(scenarios: Mapping[str, Scenario], fault: Fault = NONE) -> list[Wanted]:
    return [(key, scenario, fault, 1) for key, scenario in scenarios.items()]

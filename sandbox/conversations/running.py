"""Many trials on one stack, some of them at the same time; each told as it comes to its verdict."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
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
    once_more,
    play,
)
from stack.errors import StackError
from stack.info import StackInfo

AT_ONCE = 6
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
        trials = await plan_all(desk, wanted)
        lanes = Lanes(at_once)
        found = await asyncio.gather(
            *(
                _one(desk, lanes, trial, fault, report=report, patience_s=patience_s)
                for trial, (_, _, fault, _) in zip(trials, wanted, strict=True)
            )
        )
        if not clear_up:
            return [await once_more(p) if p is not None else told for p, told in found]
        room = asyncio.Semaphore(at_once)
        await asyncio.gather(*(_clear_up(desk, room, told) for _, told in found))
        return [told for _, told in found]


async def plan_all(desk: Backstage, wanted: Iterable[Wanted]) -> list[Trial]:
    planner = Planner(datetime.now(UTC))
    for slug, (taken, phones) in (await all_known(desk, demo_companies())).items():
        planner.know(slug, taken, phones)
    return [
        planner.plan(key, scenario, fault=fault.name, number=number)
        for key, scenario, fault, number in wanted
    ]


async def _one(
    desk: Backstage,
    lanes: Lanes,
    trial: Trial,
    fault: Fault,
    *,
    report: Callable[[Report], None],
    patience_s: float,
) -> tuple[Played | None, Report]:
    alone = plays_alone(trial.scenario, fault)
    played = None
    async with lanes.lane(trial.scenario.company, alone=alone):
        try:
            played = await play(desk, trial, fault)
            found = await judged(played, within_s=patience_s)
        except BROKEN as error:
            found = broken_off(trial, f"{type(error).__name__}: {error}")
    report(found)
    return played, found


async def _clear_up(desk: Backstage, room: asyncio.Semaphore, report: Report) -> None:
    slug = report.trial.scenario.company
    for came in report.came:
        for one in came.scene.standing:
            if one.status in {"booked", "reserved"}:
                async with room:
                    await desk.cancel(slug, one.id)


def once(scenarios: Mapping[str, Scenario], fault: Fault = NONE) -> list[Wanted]:
    return [(key, scenario, fault, 1) for key, scenario in scenarios.items()]

"""Calls with functions, on the whole stack: what callers are told is what the calendar holds."""

from collections.abc import Iterable

import pytest

from sandbox.conversations.backstage import Backstage
from sandbox.conversations.command import interact, play_script
from sandbox.conversations.faults import FAULTS, NONE, fault
from sandbox.conversations.ordering import SOMEBODY, order_of
from sandbox.conversations.planning import Trial
from sandbox.conversations.playing import Report
from sandbox.conversations.reading import parse, shipped
from sandbox.conversations.running import Plans, Wanted, once, run_trials
from sandbox.conversations.unhurried import unhurried
from stack.errors import StackError
from stack.info import StackInfo
from tests.scenarios.watching_console import watched
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
AT_ONCE = 8
# Each fault once, at companies of their own, since what hits Cal.com is ordered for a whole one;
# `make scenarios` plays every scenario five times under every fault that fits it.
UNDER_FAULTS = {
    "twice": "swiss_am_halbi",
    "second_line": "next_week_tuesday",
    "slot_taken": "english_half_four",
    "lost": "cancel",
    "late": "plain_booking",
    "malformed": "move",
    "error_500": "placeholders_as_arguments",
    "error_404": "phones_twice_for_one_wish",
}
A_LIE = """\
title: The agent makes it up, and nobody can be told otherwise
company: seeblick
branch: br_seeblick_sachsenhausen
caller: anonymous
name: Eva Test
lies: true
wishes:
  wish: {service: svc_seeblick_herren}
talk:
  - caller: "Guten Tag, Herrenhaarschnitt, {day} um {time}."
  - agent: "Ihr Termin am {date_dat}, um {time} ist gebucht."
  - caller: Danke, tschüss.
expect: {end: [none, callback]}
"""


def wrong(reports: list[Report]) -> str:
    """Empty, or what was asked and said in those that did not pass."""
    lines: list[str] = []
    for report in reports:
        if report.judgement.passed:
            continue
        trial, judgement = report.trial, report.judgement
        lines.append(f"{trial.key} under {trial.fault}: {judgement.verdict}, {judgement.reasons}")
        lines += [f"  {one.at} {one.name} {one.args}: {one.answer}" for one in report.exchanges]
    return "\n".join(lines)


async def test_every_caller_is_told_what_the_calendar_holds(stack: StackInfo) -> None:
    async with unhurried(stack):
        reports = await run_trials(stack, once(shipped()), at_once=AT_ONCE)
    assert not wrong(reports), wrong(reports)
    assert await verify_stack(stack) == []


async def test_and_so_is_everybody_while_something_goes_wrong(stack: StackInfo) -> None:
    scenarios = shipped()
    wanted: list[Wanted] = [
        (name, scenarios[name], fault(under), 1) for under, name in UNDER_FAULTS.items()
    ]
    assert {each.name for each in FAULTS} == {NONE.name, *UNDER_FAULTS}
    async with unhurried(stack):
        reports = await run_trials(stack, wanted, at_once=AT_ONCE)
    assert not wrong(reports), wrong(reports)
    assert await verify_stack(stack) == []


async def test_a_lie_that_nobody_corrects_is_found(stack: StackInfo) -> None:
    """Control twin: the judge looks at the stack and not at itself."""
    lie = parse(A_LIE, "a_lie.yaml")
    [report] = await run_trials(stack, once({"a_lie": lie}), patience_s=2)
    assert report.judgement.verdict == "told_booked_not_there"


async def test_a_script_is_played_and_judged_on_the_terminal(stack: StackInfo) -> None:
    console, said = watched()
    assert await play_script(stack, "price_of_that_person", console)
    assert "calculate_duration" in said()
    assert " ms" in said()
    assert said().rstrip().splitlines()[-1].startswith("pass")
    with pytest.raises(StackError, match="does not fit"):
        await play_script(stack, "price_of_that_person", console, "lost")


async def test_a_caller_may_be_typed_by_hand(stack: StackInfo) -> None:
    console, said = watched()
    typed = iter(
        [
            *("3", "1", "", ""),  # the dentist, its number, a number of ours, German
            *("Was kostet ein Bleaching, {und} was kostet $mich das?", "/?x"),
            *("/5", "Bleaching", "Doktor Lindner", "", ""),
            *("/a Gern geschehen.", "/end"),
        ]
    )

    async def ask(question: str) -> str:
        del question
        return next(typed)

    await interact(stack, console, ask)
    assert "calculate_duration" in said()
    assert "dreihundertneunundneunzig Euro" in said()
    assert "Gern geschehen." in said()
    assert said().rstrip().splitlines()[-2].startswith(("info", "none", "callback"))


async def test_whoever_finds_another_caller_in_the_way_is_given_another_day(
    stack: StackInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody books the time that a scenario was given, after that was planned."""
    taken_from: list[Trial] = []
    plan_all = Plans.of

    async def planned(desk: Backstage, wanted: Iterable[Wanted]) -> Plans:
        plans = await plan_all(desk, wanted)
        [trial] = plans.trials
        order = order_of(trial, "old", trial.people[0])
        await desk.booked(trial.company.slug, order | {"customer": SOMEBODY})
        taken_from.append(trial)
        return plans

    monkeypatch.setattr(Plans, "of", planned)
    name = "stranger_guesses"
    [report] = await run_trials(stack, once({name: shipped()[name]}))
    assert report.judgement.passed, wrong([report])
    assert report.anew == 1
    assert report.trial.starts != taken_from[0].starts

"""Calls with functions, on the whole stack: what callers are told is what the calendar holds."""

import pytest

from sandbox.conversations.command import interact, play_script
from sandbox.conversations.judge import Judgement
from sandbox.conversations.playing import Report
from sandbox.conversations.reading import parse, shipped
from sandbox.conversations.running import once, run_trials
from stack.errors import StackError
from stack.info import StackInfo
from tests.scenarios.watching_console import watched
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
AT_ONCE = 8
# One of each kind; `make scenarios` plays all of them, five times, under every fault.
PLAYED = (
    "plain_booking",
    "move",
    "cancel",
    "emergency",
    "call_me_back",
    "hotline_asks_for_the_branch",
    "hang_up_before_yes",
    "year_long_past",
    "swiss_am_halbi",
    "opening_hours_in_english",
    "night_of_the_skipped_hour",
    "withheld_cancels_by_name_and_time",
)
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


def wrong(reports: list[Report]) -> dict[tuple[str, str], Judgement]:
    return {
        (report.trial.key, report.trial.fault): report.judgement
        for report in reports
        if not report.judgement.passed
    }


async def test_every_caller_is_told_what_the_calendar_holds(stack: StackInfo) -> None:
    scenarios = {name: scenario for name, scenario in shipped().items() if name in PLAYED}
    reports = await run_trials(stack, once(scenarios), at_once=AT_ONCE)
    assert wrong(reports) == {}
    assert len(reports) == len(PLAYED)
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

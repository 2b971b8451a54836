"""Calls with functions, on the whole stack: what callers are told is what the calendar holds."""

import pytest

from sandbox.conversations.command import play_script
from sandbox.conversations.reading import shipped
from sandbox.conversations.running import once, run_trials
from stack.info import StackInfo
from tests.scenarios.watching_console import watched

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
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
FAILURE_SCENARIOS = 29  # Retell contract, section 6


async def test_what_callers_are_told_is_what_the_calendar_holds(stack: StackInfo) -> None:
    scenarios = {name: scenario for name, scenario in shipped().items() if name in PLAYED}
    assert set(scenarios) == set(PLAYED)
    reports = await run_trials(stack, once(scenarios), at_once=4)
    told = {report.trial.key: report.judgement for report in reports}
    assert {key: (j.verdict, j.reasons) for key, j in told.items() if not j.passed} == {}


async def test_a_script_is_played_and_judged_on_the_terminal(stack: StackInfo) -> None:
    console, said = watched()
    assert await play_script(stack, "price_of_that_person", console)
    assert "calculate_duration" in said()
    assert " ms" in said()
    assert said().rstrip().splitlines()[-1].startswith("pass")


def test_all_failure_scenarios_of_the_contract_are_shipped() -> None:
    covered = {number for scenario in shipped().values() for number in scenario.covers}
    assert covered == set(range(1, FAILURE_SCENARIOS + 1))
    assert len(shipped()) >= 30

"""The demo, on the whole stack: every call comes out as expected, also on kept data."""

import psycopg
import pytest
from psycopg import sql

from sandbox.caller.conduct import CallReport, run_scenarios
from sandbox.caller.inside import Inside
from sandbox.caller.scenarios import SCENARIOS
from sandbox.catalogue import load_demo
from sandbox.conversations.shown import SHOWN, play_on_the_line, workflows_of
from sandbox.replay import divergence
from stack.info import StackInfo, settings_for
from tests.scenarios.watching_console import watched
from tests.stack_fixture import verify_stack

COUNT = sql.SQL("SELECT count(*) FROM {}")

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


def problems(reports: list[CallReport]) -> dict[str, list[str]]:
    return {
        report.plan.scenario.key: report.verdict.problems
        for report in reports
        if not report.verdict.right
    }


def rows(stack: StackInfo) -> dict[str, int]:
    """How many rows each table of the catalogue has."""
    tables = ("companies", "branches", "staff", "services", "event_types", "api_keys")
    url = stack.database_owner_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        counts = {}
        for table in tables:
            row = connection.execute(COUNT.format(sql.Identifier(table))).fetchone()
            counts[table] = int(row[0]) if row else 0
    return counts


async def test_every_demo_call_comes_out_as_expected_twice_on_the_same_data(
    stack: StackInfo,
) -> None:
    first = await run_scenarios(stack)
    assert problems(first) == {}
    assert len(first) == len(SCENARIOS)
    second = await run_scenarios(stack)
    assert problems(second) == {}
    assert not {r.call_id for r in first} & {r.call_id for r in second}


async def test_the_demo_plays_conversations_and_tells_each_answer_with_its_time(
    stack: StackInfo,
) -> None:
    console, said = watched()
    reports = await play_on_the_line(stack, console)
    assert {report.trial.key: report.judgement.reasons for report in reports} == {
        name: () for name, _ in SHOWN
    }
    told = said()
    assert told.count("told the truth") == len(SHOWN)
    assert " ms  held  Für Damenhaarschnitt halte ich Ihnen" in told
    assert " ms  info  On Thursday" in told
    assert "10 callers in all" in told
    recorded = workflows_of(reports)
    assert recorded["talk_plain_booking"][0].startswith("call:")
    assert recorded["talk_plain_booking"][1].startswith("appointment:")
    assert not any("ten_callers" in name for name in recorded)
    assert await verify_stack(stack) == []


async def test_histories_of_demo_calls_replay_on_todays_code(stack: StackInfo) -> None:
    keys = {"clean_booking", "cancellation", "silence"}
    reports = await run_scenarios(
        stack, scenarios=[scenario for scenario in SCENARIOS if scenario.key in keys]
    )
    async with Inside.opened(stack) as inside:
        for report in reports:
            for workflow_id in report.workflow_ids:
                assert await divergence(await inside.history(workflow_id)) is None, workflow_id


async def test_loading_the_catalogue_again_changes_nothing(stack: StackInfo) -> None:
    before = rows(stack)
    companies = await load_demo(settings_for(stack.data_dir), calcom_url=stack.calcom_url)
    assert rows(stack) == before
    assert {c["slug"]: c["api_key"] for c in companies} == {
        company.slug: company.api_key for company in stack.companies
    }

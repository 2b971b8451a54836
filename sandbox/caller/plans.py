"""Gives each scenario its day: free starts after now, words about them, and the call's line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.caller.calls import Line
from sandbox.caller.diary import Taken, Wish, pick
from sandbox.caller.scenarios import SCENARIOS, UNKNOWN_LINE, Scenario
from sandbox.caller.scripts import Script, script
from sandbox.caller.spoken import placeholders
from sandbox.companies import demo_company

# The caller has just hung up: the longest conversation of the demo takes less than this.
CALL_AGO = timedelta(minutes=3)
# Belongs to no company: the next one after the demo's Frankfurt number.
UNKNOWN_LINE_NUMBER = "+496990009051"
UNKNOWN_AGENT = "agent_0000000000000000000000000f"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A scenario on its day. `start` and `old_start` are local and aware."""

    scenario: Scenario
    line: Line
    script: Script
    started_at: datetime
    start: datetime | None = None
    old_start: datetime | None = None


def make_plans(
    now: datetime, taken: Iterable[Taken] = (), scenarios: Iterable[Scenario] = SCENARIOS
) -> list[Plan]:
    """All scenarios on days of their own; none of them stands in another one's way."""
    claimed = list(taken)
    shared: dict[str, datetime] = {}
    return [_plan(scenario, now, claimed, shared) for scenario in scenarios]


def length(wish: Wish) -> timedelta:
    service = demo_company(wish.company).service(wish.service)
    minutes = service.minutes_with(wish.staff) if wish.staff else service.minutes
    return timedelta(minutes=minutes)


def _plan(
    scenario: Scenario, now: datetime, claimed: list[Taken], shared: dict[str, datetime]
) -> Plan:
    old_start = _claim(scenario.old, now, claimed) if scenario.old else None
    start = shared.get(scenario.rivals) if scenario.rivals else None
    if start is None and scenario.wish is not None:
        start = _claim(scenario.wish, now, claimed)
    if scenario.rivals is not None and start is not None:
        shared[scenario.rivals] = start
    started_at = now - CALL_AGO
    return Plan(
        scenario=scenario,
        line=_line(scenario),
        script=script(scenario.key).filled(_said(scenario, start, old_start, started_at)),
        started_at=started_at,
        start=start,
        old_start=old_start,
    )


def _claim(wish: Wish, now: datetime, claimed: list[Taken]) -> datetime:
    start = pick(wish, now=now, taken=claimed)
    claimed.append(Taken(branch=wish.branch, start_at=start, end_at=start + length(wish)))
    return start


def _said(
    scenario: Scenario, start: datetime | None, old_start: datetime | None, started_at: datetime
) -> dict[str, str]:
    said: dict[str, str] = {}
    language = script(scenario.key).language
    local = started_at.astimezone(ZoneInfo(demo_company(scenario.company).timezone))
    if start is not None:
        said |= placeholders(start, said_at=local, language=language)
        misread = start + timedelta(minutes=scenario.misread_minutes)
        said["misread_iso"] = misread.replace(tzinfo=None).isoformat()
    if old_start is not None:
        old = placeholders(old_start, said_at=local, language=language)
        said |= {f"old_{name}": text for name, text in old.items()}
    return said


def _line(scenario: Scenario) -> Line:
    company = demo_company(scenario.company)
    if scenario.dialled == UNKNOWN_LINE:
        return Line(
            caller=scenario.caller,
            dialled=UNKNOWN_LINE_NUMBER,
            agent_id=UNKNOWN_AGENT,
            agent_name="An agent of nobody",
        )
    branch = company.branch(scenario.dialled)
    return Line(
        caller=scenario.caller,
        dialled=branch.phone_numbers[0],
        agent_id=branch.agents[0],
        agent_name=f"{company.name} {branch.name} (de)",
    )

"""What the demo's callers say is understood on every day, whatever the analysis claims."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain.intent import BookingIntent, Catalogue, Utterance, understand
from domain.intent.model import Branch, ServiceItem, StaffMember
from sandbox.caller.plans import Plan, make_plans
from sandbox.caller.scenarios import SCENARIOS, UNKNOWN_LINE, WITHHELD
from sandbox.companies import DemoCompany, demo_company

FIRST = datetime(2026, 11, 21, 9, 7, tzinfo=UTC)
# Prime steps walk through weekdays, days of the month and hours.
STEP_DAYS, STEP_HOURS, RUNS = 11, 5, 66
ACTIONS = {"booked": "book", "callback": "book", "cancelled": "cancel", "rescheduled": "reschedule"}


def catalogue(company: DemoCompany) -> Catalogue:
    return Catalogue(
        branches=tuple(
            Branch(
                id=branch.ref,
                name=branch.name,
                spoken_names=tuple(branch.spoken_names),
                city=branch.address.city,
                postal_code=branch.address.postal_code,
                bundesland=branch.bundesland,
                country=branch.address.country,
            )
            for branch in company.branches
        ),
        services=tuple(
            ServiceItem(
                id=service.ref,
                name=service.name,
                aliases=tuple(service.aliases),
                branch_ids=tuple(service.branches),
            )
            for service in company.services
        ),
        staff=tuple(
            StaffMember(
                id=person.ref,
                name=person.name,
                display_name=person.display_name,
                aliases=tuple(person.aliases),
                branch_ids=tuple(person.hours),
            )
            for person in company.staff
        ),
        generic_terms={term: tuple(refs) for term, refs in company.generic_terms.items()},
        languages=tuple(company.languages),
        timezone=company.timezone,
        bundesland=company.branches[0].bundesland,
        country="DE",
        company_names=(company.name, *company.spoken_names),
    )


CATALOGUES = {
    slug: catalogue(demo_company(slug))
    for slug in {s.company for s in SCENARIOS if s.dialled != UNKNOWN_LINE}
}


def read(plan: Plan) -> BookingIntent:
    scenario = plan.scenario
    return understand(
        [Utterance(role=role, text=text) for role, text in plan.script.utterances()],
        now=plan.started_at,
        zone="Europe/Berlin",
        catalogue=CATALOGUES[scenario.company],
        dialled_branch_id=scenario.dialled,
        caller_id=None if scenario.caller == WITHHELD else scenario.caller,
        analysis=plan.script.analysis,
    )


def wall(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=None) if at is not None else None


def differences(plan: Plan, intent: BookingIntent) -> list[str]:
    """Of what was understood from what the caller wanted."""
    scenario, wish = plan.scenario, plan.scenario.wish
    outcome = scenario.expected.outcome
    found = []
    if outcome in ACTIONS and intent.action != ACTIONS[outcome]:
        found.append(f"action {intent.action}")
    if wish is None:
        return found if intent.action != "book" else [*found, "a wish to book"]
    old = plan.old_start if scenario.old else plan.start if outcome == "cancelled" else None
    if wall(intent.original_start_local) != wall(old):
        found.append(f"the old time {intent.original_start_local}")
    if outcome == "cancelled":
        return found
    if wall(intent.start_local) != wall(plan.start):
        found.append(f"the time {intent.start_local}")
    if intent.missing:
        found.append(f"missing {intent.missing}")
    said = {
        "service": (intent.service_id, wish.service),
        "branch": (intent.branch_id, wish.branch),
        "staff": (intent.staff_id, wish.staff or intent.staff_id),
        "name": (intent.customer_name, scenario.name),
        "phone": (intent.phone, scenario.expected.phone or intent.phone),
    }
    return found + [f"{what} {got}" for what, (got, wanted) in said.items() if got != wanted]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.key)
def test_a_demo_caller_is_understood_on_days_of_two_years(scenario: object) -> None:
    missed: Counter[str] = Counter()
    for run in range(RUNS):
        now = FIRST + timedelta(days=run * STEP_DAYS, hours=run * STEP_HOURS % 24)
        for plan in make_plans(now, scenarios=SCENARIOS):
            if plan.scenario is scenario and plan.scenario.dialled != UNKNOWN_LINE:
                missed.update(
                    f"{what} on {now:%a %d %b %Y %H:%M}" for what in differences(plan, read(plan))
                )
    assert dict(missed) == {}

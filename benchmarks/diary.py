"""Who wants what and when: more wishes than a demo needs, each on a free start of its own."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sandbox.caller.desk import Desk
from sandbox.caller.diary import Taken, Wish, pick
from sandbox.caller.plans import Plan, length, make_plans
from sandbox.caller.scenarios import SCENARIOS, Scenario
from sandbox.companies import demo_companies, demo_company

Json = dict[str, Any]

# Any start on the half hour, at any time of the day.
ANY_HOUR = range(24)
# Numbers that the Bundesnetzagentur gives to fiction: 0171 39200 00 to 99.
FICTIONAL = "+49171392{:04d}"
FICTIONAL_COUNT = 100
# The plain case: a wish that is read back and confirmed, and nothing else happens.
PLAIN_CALL = next(each for each in SCENARIOS if each.key == "clean_booking")


@dataclass(frozen=True, kw_only=True)
class Order:
    """Body of a booking over REST, and whose it is."""

    company: str
    body: Json


@dataclass(frozen=True, kw_only=True)
class Diary:
    orders: Sequence[Order]
    plans: Sequence[Plan]


async def fill_diary(desk: Desk, *, orders: int, calls: int) -> Diary:
    """Looks at what is taken already, so that it can be done on kept data again and again."""
    now = datetime.now(UTC)
    taken = [
        each for company in demo_companies() for each in await desk.taken(company, from_at=now)
    ]
    plans = make_plans(now, taken, [_caller(number) for number in range(calls)])
    taken += [_claimed(PLAIN_CALL, plan) for plan in plans]
    by_branch: dict[str, list[Taken]] = {}
    for each in taken:
        by_branch.setdefault(each.branch, []).append(each)
    wishes = itertools.islice(itertools.cycle(_wishes()), orders)
    return Diary(
        orders=[
            _order(wish, number, now, by_branch.setdefault(wish.branch, []))
            for number, wish in enumerate(wishes)
        ],
        plans=plans,
    )


def _caller(number: int) -> Scenario:
    return replace(PLAIN_CALL, caller=FICTIONAL.format(number % FICTIONAL_COUNT))


def _claimed(scenario: Scenario, plan: Plan) -> Taken:
    wish, start = scenario.wish, plan.start
    if wish is None or start is None:
        raise ValueError(f"{scenario.key} books nothing")
    return Taken(branch=wish.branch, start_at=start, end_at=start + length(wish))


def _wishes() -> list[Wish]:
    """One at each branch that a demo call is about, freed of what only its words could say."""
    found: dict[str, Wish] = {}
    for scenario in SCENARIOS:
        wish = scenario.wish
        if wish is not None and wish.branch not in found:
            found[wish.branch] = replace(wish, minutes=frozenset({0, 30}), hours=ANY_HOUR)
    return list(found.values())


def _order(wish: Wish, number: int, now: datetime, claimed: list[Taken]) -> Order:
    start = pick(wish, now=now, taken=claimed)
    claimed.append(Taken(branch=wish.branch, start_at=start, end_at=start + length(wish)))
    company = demo_company(wish.company)
    body: Json = {
        "branch": company.branch(wish.branch).name,
        "service": company.service(wish.service).name,
        "start_at": start.isoformat(),
        "customer": {
            "name": f"Benno Messner {number}",
            "phone": FICTIONAL.format(number % FICTIONAL_COUNT),
            "email": f"benno.messner{number}@example.org",
        },
    }
    if wish.staff is not None:
        body["staff"] = company.person(wish.staff).name
    return Order(company=wish.company, body=body)

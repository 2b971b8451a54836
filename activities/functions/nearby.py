"""What is offered instead: the nearest to the wish, in the tenant's order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from activities.functions.desk import Desk
from activities.functions.holding import Choice
from activities.functions.scene import Scene
from activities.functions.wishes import day_in
from domain.asking.answers import MAX_OFFERS
from domain.slots import Visit
from domain.slots.spread import Candidate, spread

Category = Literal["same_staff", "other_staff", "other_time", "other_branch"]
DEFAULT_ORDER: tuple[Category, ...] = get_args(Category)
OTHER_BRANCHES = 3


async def alternatives(scene: Scene, at: datetime) -> tuple[Choice, ...]:
    """Up to five, the nearest to the wish, in the tenant's order: the wished day before all others,
    and in a company with more branches one place for them.
    """
    order = _order(scene.desk.company.offer_order)
    ranked: list[tuple[Category, Choice]] = [
        (category, scene.choice(visit)) for category, visit in await _of_branch(scene, at, order)
    ]
    if "other_branch" in order:
        ranked += [("other_branch", choice) for choice in await _elsewhere(scene, at)]
    key = _key(order, at, scene.plan.zone)
    best: dict[tuple[UUID, datetime], tuple[Category, Choice]] = {}
    for category, choice in sorted(ranked, key=key):
        best.setdefault((choice.branch_id, choice.visit.start_at), (category, choice))
    return _five(list(best.values()), scene.plan.tz)


def offered(choices: Sequence[Choice], tz: ZoneInfo) -> tuple[Choice, ...]:
    """Up to five, the likest first, that leave a choice."""
    return tuple(choices[place] for place in spread(_candidates(choices), tz, limit=MAX_OFFERS))


def _candidates(choices: Sequence[Choice]) -> list[Candidate]:
    return [
        Candidate(
            start_at=choice.visit.start_at,
            end_at=choice.visit.end_at,
            people=frozenset(part.staff_id for _, part in choice.visit.parts),
            branch_id=choice.branch_id,
        )
        for choice in choices
    ]


async def _of_branch(
    scene: Scene, at: datetime, order: Sequence[Category]
) -> list[tuple[Category, Visit]]:
    sought = scene.sought
    found: list[tuple[Category, Visit]] = []
    if sought.staff_id is not None and ("same_staff" in order or sought.hard):
        same = await scene.nearest(sought.for_the_wished(), at)
        found += [("same_staff", visit) for visit in same]
    if sought.hard:
        return found
    if sought.staff_id is not None and "other_staff" in order:
        someone = await scene.fit(sought.for_anyone(), at)
        found += [("other_staff", someone)] if isinstance(someone, Visit) else []
    if "other_time" in order:
        found += [("other_time", v) for v in await scene.nearest(sought.for_anyone(), at)]
    return found


async def _elsewhere(scene: Scene, at: datetime) -> list[Choice]:
    """The nearest on the wished day at each other branch that offers all of it."""
    desk, sought = scene.desk, scene.sought
    wanted = {str(service_id) for service_id in sought.service_ids}
    offering = [
        branch.id
        for branch in desk.branches
        if branch.id != sought.branch_id and _offers(desk, branch.id, wanted)
    ]
    day = day_in(scene.plan.zone, at)
    found: list[Choice] = []
    for branch_id in offering[:OTHER_BRANCHES]:
        plan = await desk.plan(branch_id)
        if sought.hard and sought.staff_id not in plan.staff_by_id:
            continue
        there = replace(scene, plan=plan, view=None, busy={})
        wishes = sought.for_the_wished() if sought.hard else sought.for_anyone()
        nearest = await there.nearest(wishes, at, limit=1)
        found += [there.choice(v) for v in nearest if day_in(plan.zone, v.start_at) == day]
    return found


def _offers(desk: Desk, branch_id: UUID, wanted: set[str]) -> bool:
    here = {
        service.id
        for service in desk.words.services
        if not service.branch_ids or str(branch_id) in service.branch_ids
    }
    return wanted <= here


def _key(
    order: Sequence[Category], at: datetime, zone: str
) -> Callable[[tuple[Category, Choice]], tuple[bool, bool, int, timedelta, datetime]]:
    rank: Mapping[Category, int] = {category: place for place, category in enumerate(order)}
    day = day_in(zone, at)
    last = order[-1] if order else None

    def key(
        ranked: tuple[Category, Choice],
    ) -> tuple[bool, bool, int, timedelta, datetime]:
        category, choice = ranked
        start_at = choice.visit.start_at
        far = category == "other_branch" and last == "other_branch"
        return (
            far,
            day_in(zone, start_at) != day,
            rank.get(category, len(order)),
            abs(start_at - at),
            start_at,
        )

    return key


def _five(ranked: Sequence[tuple[Category, Choice]], tz: ZoneInfo) -> tuple[Choice, ...]:
    choices = [choice for _, choice in ranked]
    chosen = list(offered(choices, tz))
    elsewhere = [choice for category, choice in ranked if category == "other_branch"]
    if elsewhere and not any(choice in chosen for choice in elsewhere):
        chosen[MAX_OFFERS - 1 :] = elsewhere[:1]
    return tuple(chosen)


def _order(told: Iterable[object]) -> tuple[Category, ...]:
    """What a tenant has left out is not offered; what nobody knows is passed over."""
    known = tuple(each for each in DEFAULT_ORDER if each in set(told))
    listed = tuple(each for each in told if each in known)
    return tuple(category for category in listed if category in DEFAULT_ORDER) or DEFAULT_ORDER

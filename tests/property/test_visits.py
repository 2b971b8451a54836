"""Visits of several parts, against a search that tries everything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.errors import Refusal
from domain.slots import (
    Allocation,
    BranchPlan,
    PartWish,
    ResourceNeed,
    ResourceRules,
    StaffOverride,
    Visit,
    first_visits,
    fit_visit,
    free_slots,
    nearest_offers,
    nearest_visits,
    why_not,
)
from domain.timespan import TimeSpan
from tests.builders.plans import (
    ANNA,
    BERND,
    CLARA,
    COLOUR,
    CUT,
    make_plan,
    make_service,
    make_staff,
    week,
)

WASH = UUID(int=13)
STAFF = (ANNA, BERND, CLARA)
SERVICES = (CUT, COLOUR, WASH)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, 7:00 in Munich
DAY_START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # Tuesday, 9:00
QUARTER = timedelta(minutes=15)
WAIT = timedelta(minutes=30)
bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

pytestmark = pytest.mark.timeout(300)  # finding the smallest counterexample takes minutes


@dataclass(frozen=True)
class World:
    plan: BranchPlan
    busy: Mapping[int, list[TimeSpan]]
    wishes: tuple[PartWish, ...]


starts = st.integers(0, 40).map(lambda n: DAY_START + n * QUARTER)
taken = st.tuples(starts, st.integers(1, 6)).map(
    lambda pair: TimeSpan(pair[0], pair[0] + pair[1] * QUARTER)
)
hours = st.sampled_from([("09:00-18:00",), ("09:00-12:30", "13:00-18:00"), ("10:00-15:00",)])


@st.composite
def worlds(draw: st.DrawFn, *, rooms: bool, parts: tuple[int, int] = (1, 3)) -> World:
    needs = (ResourceNeed(type="room"),) if rooms else ()
    services = tuple(
        make_service(
            service_id,
            minutes=draw(st.sampled_from([15, 30, 50])),
            after=draw(st.sampled_from([0, 0, 5])),
            needs=draw(st.sampled_from([(), needs])),
            staff_ids=tuple(sorted(draw(st.sets(st.sampled_from(STAFF), min_size=1)))),
        )
        for service_id in SERVICES
    )
    staff = tuple(
        make_staff(
            staff_id,
            weekly=week(*draw(hours)),
            overrides={CUT: StaffOverride(duration_minutes=draw(st.sampled_from([None, 45])))},
        )
        for staff_id in STAFF
    )
    plan = make_plan(
        weekly=week(*draw(hours)),
        staff=staff,
        services=services,
        resources=(ResourceRules(id=1, type="room"), ResourceRules(id=2, type="room")),
    )
    busy = {number: draw(st.lists(taken, max_size=3)) for number in plan.resource_ids()}
    wish = st.builds(
        PartWish,
        service_id=st.sampled_from(SERVICES),
        staff_id=st.sampled_from([None, None, *STAFF]),
        staff_hard=st.booleans(),
    )
    wishes = tuple(draw(st.lists(wish, min_size=parts[0], max_size=parts[1])))
    return World(plan, busy, wishes)


def _alone(world: World, part: Allocation, service_id: UUID, others: list[Allocation]) -> bool:
    busy = {key: list(spans) for key, spans in world.busy.items()}
    for other in others:
        for resource_id in other.resource_ids:
            busy.setdefault(resource_id, []).append(other.during)
    answer = why_not(
        world.plan, service_id, part.start_at, NOW, busy, staff_id=part.staff_id, staff_hard=True
    )
    return isinstance(answer, Allocation) and answer.end_at == part.end_at


def _check(world: World, visit: Visit) -> None:
    allocations = [allocation for _, allocation in visit.parts]
    assert [service_id for service_id, _ in visit.parts] == [w.service_id for w in world.wishes]
    for number, (service_id, part) in enumerate(visit.parts):
        wish = world.wishes[number]
        assert not wish.staff_hard or wish.staff_id in (None, part.staff_id)
        others = [other for at, other in enumerate(allocations) if at != number]
        assert _alone(world, part, service_id, others)
        for resource_id in part.resource_ids:
            assert not any(span.overlaps(part.during) for span in world.busy.get(resource_id, ()))
            for other in others:
                shares = resource_id in other.resource_ids
                assert not (shares and other.during.overlaps(part.during))


# --- a search that tries everything (staff only: rooms may be shared in more ways) ----------------


def _every_way(world: World, start_at: datetime, *, beside: bool) -> Iterator[list[Allocation]]:
    """Depth first over all people and all starts of the grid, with no preference at all."""

    def extend(parts: list[Allocation]) -> Iterator[list[Allocation]]:
        if len(parts) == len(world.wishes):
            yield parts
            return
        wish = world.wishes[len(parts)]
        firsts = [start_at] if beside or not parts else _grid(parts[-1].end_at)
        for at, staff_id in product(firsts, STAFF):
            if wish.staff_hard and wish.staff_id not in (None, staff_id):
                continue
            busy = {key: list(spans) for key, spans in world.busy.items()}
            for part in parts:
                for resource_id in part.resource_ids:
                    busy.setdefault(resource_id, []).append(part.during)
            answer = why_not(
                world.plan, wish.service_id, at, NOW, busy, staff_id=staff_id, staff_hard=True
            )
            if isinstance(answer, Allocation):
                yield from extend([*parts, answer])

    yield from extend([])


def _grid(end_at: datetime) -> list[datetime]:
    """All minutes that may be on the grid of an opening, which begins on a quarter or half hour."""
    first = end_at - (end_at - DAY_START) % QUARTER
    return [at for n in range(4) if end_at <= (at := first + n * QUARTER) <= end_at + WAIT]


# --- the properties -------------------------------------------------------------------------------


@bounded
@given(worlds(rooms=True), starts, st.booleans())
def test_a_visit_is_whole_and_every_part_is_bookable_beside_the_others(
    world: World, start_at: datetime, beside: bool
) -> None:
    visit = fit_visit(world.plan, world.wishes, start_at, NOW, world.busy, side_by_side=beside)
    assume(isinstance(visit, Visit))
    assert isinstance(visit, Visit)
    assert visit.start_at == start_at
    _check(world, visit)
    allocations = [allocation for _, allocation in visit.parts]
    if beside and len({a.start_at for a in allocations}) == 1:
        assert len({a.staff_id for a in allocations}) == len(allocations)
        return
    for before, after in pairwise(allocations):
        assert timedelta() <= after.start_at - before.end_at <= WAIT


@bounded
@given(worlds(rooms=False, parts=(2, 3)), starts, st.booleans())
def test_a_visit_is_refused_only_where_there_is_no_way_at_all(
    world: World, start_at: datetime, beside: bool
) -> None:
    answer = fit_visit(world.plan, world.wishes, start_at, NOW, world.busy, side_by_side=beside)
    in_a_row = next(_every_way(world, start_at, beside=False), None)
    at_once = next(_every_way(world, start_at, beside=True), None) if beside else None
    assert isinstance(answer, Visit) == (in_a_row is not None or at_once is not None)
    if at_once is not None and isinstance(answer, Visit):
        assert {allocation.start_at for _, allocation in answer.parts} == {start_at}


@bounded
@given(worlds(rooms=True, parts=(1, 1)), starts, st.integers(1, 6), st.booleans())
def test_a_single_part_is_answered_as_a_single_service(
    world: World, wished_at: datetime, limit: int, beside: bool
) -> None:
    wish = world.wishes[0]
    ask = (world.plan, wish.service_id)
    staff_id, hard = wish.staff_id, wish.staff_hard
    visits = nearest_visits(
        world.plan, [wish], wished_at, NOW, world.busy, limit=limit, side_by_side=beside
    )
    offers = nearest_offers(
        *ask, wished_at, NOW, world.busy, staff_id=staff_id, staff_hard=hard, limit=limit
    )
    assert [_told(visit) for visit in visits] == [
        (offer.start_at, offer.end_at, offer.staff_id) for offer in offers
    ]
    alone = why_not(*ask, wished_at, NOW, world.busy, staff_id=staff_id, staff_hard=hard)
    fitted = fit_visit(world.plan, [wish], wished_at, NOW, world.busy, side_by_side=beside)
    assert (fitted.parts[0][1] if isinstance(fitted, Visit) else fitted) == alone
    window = TimeSpan(DAY_START, DAY_START + timedelta(days=3))
    free = free_slots(
        *ask, window, NOW, world.busy, staff_id=staff_id, staff_hard=hard, limit=limit
    )
    first = first_visits(world.plan, [wish], window, NOW, world.busy, limit=limit)
    assert [_told(visit) for visit in first] == [
        (offer.start_at, offer.end_at, offer.staff_id) for offer in free
    ]


def _told(visit: Visit) -> tuple[datetime, datetime, UUID]:
    return visit.start_at, visit.end_at, visit.parts[0][1].staff_id


@bounded
@given(worlds(rooms=True, parts=(2, 3)), starts, st.integers(2, 20), st.booleans())
def test_visits_within_a_window_are_all_there_in_order_and_bookable(
    world: World, start_at: datetime, quarters: int, beside: bool
) -> None:
    window = TimeSpan(start_at, start_at + quarters * QUARTER)
    found = first_visits(
        world.plan, world.wishes, window, NOW, world.busy, limit=100, side_by_side=beside
    )
    each = [start_at + n * QUARTER for n in range(quarters)]
    fitting = [
        fit_visit(world.plan, world.wishes, at, NOW, world.busy, side_by_side=beside) for at in each
    ]
    assert found == [visit for visit in fitting if isinstance(visit, Visit)]
    for visit in found:
        _check(world, visit)
    nearest = nearest_visits(
        world.plan,
        world.wishes,
        start_at,
        NOW,
        world.busy,
        limit=100,
        within=(window,),
        side_by_side=beside,
    )
    assert sorted(nearest, key=lambda visit: visit.start_at) == found


@bounded
@given(worlds(rooms=True, parts=(1, 3)), starts, st.sampled_from(STAFF))
def test_whoever_is_excluded_is_in_no_part(
    world: World, start_at: datetime, excluded: UUID
) -> None:
    for beside in (True, False):
        visit = fit_visit(
            world.plan,
            world.wishes,
            start_at,
            NOW,
            world.busy,
            side_by_side=beside,
            exclude_staff=(excluded,),
        )
        if isinstance(visit, Visit):
            assert excluded not in {part.staff_id for _, part in visit.parts}
        else:
            assert isinstance(visit, Refusal)

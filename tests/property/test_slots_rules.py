"""The judge and the searches against an oracle that walks through the minutes.

The oracle shares nothing with the code under test but the models: it knows hours only as "from the
first minute at which the clock shows opens to the first at which it shows closes", and busy times
minute by minute. All generated times are whole multiples of five minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.errors import (
    Closed,
    LunchBreak,
    NoResourceFree,
    OffGrid,
    OutsideHours,
    Refusal,
    SlotTaken,
    StaffOff,
    TooFar,
    TooSoon,
)
from domain.slots import (
    Allocation,
    BookingRules,
    BranchPlan,
    DayHours,
    OpeningRules,
    ResourceNeed,
    ResourceRules,
    ServiceRules,
    StaffOverride,
    StaffRules,
    WallHours,
    WeekHours,
    free_slots,
    nearest_offers,
    why_not,
)
from domain.timespan import TimeSpan
from tests.builders.plans import ANNA, BERND, BRANCH, CLARA, CUT, RESOURCE_OF

FIVE, MINUTE, DAY = timedelta(minutes=5), timedelta(minutes=1), timedelta(days=1)
ZONES = ("Europe/Berlin", "Europe/Zurich", "Europe/Vienna")
NIGHTS = (date(2027, 3, 28), date(2027, 10, 31), date(2026, 11, 24))
EASTER = {date(2027, 3, 26), date(2027, 3, 29)}
HOLIDAYS = {"BE": EASTER, "SN": EASTER | {date(2026, 11, 18), date(2027, 10, 31)}}
bounded = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

pytestmark = pytest.mark.timeout(300)  # finding the smallest counterexample takes minutes

clock = st.integers(0, 287).map(lambda n: time(n * 5 // 60, n * 5 % 60))


@st.composite
def day_hours(draw: st.DrawFn) -> DayHours:
    """None, one or two intervals, now and then through the night."""
    times = sorted(draw(st.sets(clock, min_size=4, max_size=4)))
    shape = draw(st.sampled_from(["none", "one", "one", "two", "two", "night", "whole"]))
    return {
        "none": (),
        "one": (WallHours(times[0], times[3]),),
        "two": (WallHours(times[0], times[1]), WallHours(times[2], times[3])),
        "night": (WallHours(times[3], times[0]),),
        "whole": (WallHours(time(), time()),),
    }[shape]


week_hours = st.tuples(*[day_hours()] * 7)
counts = st.integers(0, 6).map(lambda n: 5 * n)


@dataclass(frozen=True)
class World:
    plan: BranchPlan
    night: date
    now: datetime
    busy: Mapping[int, list[TimeSpan]]

    @cached_property
    def midnight(self) -> datetime:
        """UTC midnight before the night in question."""
        return datetime.combine(self.night, time(), UTC)


@st.composite
def staff_rules(draw: st.DrawFn, staff_id: UUID, night: date) -> StaffRules:
    absent_from = datetime.combine(night, time(), UTC) + FIVE * draw(st.integers(-100, 300))
    absence = TimeSpan(absent_from, absent_from + FIVE * draw(st.integers(1, 60)))
    minutes = draw(st.none() | st.sampled_from([10, 45, 60]))
    return StaffRules(
        id=staff_id,
        resource_id=RESOURCE_OF[staff_id],
        weekly=draw(week_hours),
        absences=draw(st.sampled_from([(), (absence,)])),
        overrides={CUT: StaffOverride(duration_minutes=minutes)},
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    night = draw(st.sampled_from(NIGHTS))
    midnight = datetime.combine(night, time(), UTC)
    ids = (ANNA, BERND, CLARA)[: draw(st.integers(1, 3))]
    needed = draw(st.integers(0, 2))
    rooms = tuple(ResourceRules(id=n, type="room") for n in range(1, draw(st.integers(1, 3)) + 1))
    service = ServiceRules(
        id=CUT,
        duration_minutes=draw(st.sampled_from([5, 20, 30, 60])),
        buffer_before_minutes=draw(counts),
        buffer_after_minutes=draw(counts),
        needs=(ResourceNeed(type="room", count=needed),) if needed else (),
        staff_ids=ids,
    )
    weekly: WeekHours = draw(week_hours)
    plan = BranchPlan(
        branch_id=BRANCH,
        zone=draw(st.sampled_from(ZONES)),
        rules=BookingRules(
            minimum_notice_minutes=draw(st.sampled_from([0, 60, 240])),
            horizon_days=draw(st.sampled_from([1, 2, 5])),
            slot_interval_minutes=draw(st.sampled_from([5, 15, 20, 45])),
        ),
        opening=OpeningRules(
            weekly=weekly,
            special_days=draw(st.dictionaries(st.just(night), day_hours(), max_size=1)),
            subdivision=draw(st.sampled_from(["BE", "BE", "SN"])),
        ),
        staff=tuple(draw(staff_rules(staff_id, night)) for staff_id in ids),
        services=(service,),
        resources=rooms,
    )
    taken = st.tuples(st.integers(-200, 500), st.integers(1, 40)).map(
        lambda pair: TimeSpan(midnight + FIVE * pair[0], midnight + FIVE * (pair[0] + pair[1]))
    )
    busy = {number: draw(st.lists(taken, max_size=4)) for number in plan.resource_ids()}
    return World(plan, night, midnight + FIVE * draw(st.integers(-400, 100)), busy)


# --- the oracle --------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _first_showing(zone: str, wall: datetime) -> datetime:
    """The first five minutes whose clock in the zone shows `wall` or later."""
    at = wall.replace(tzinfo=UTC) - timedelta(hours=3)
    while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
        at += FIVE
    return at


def _intervals(plan: BranchPlan, hours: DayHours, day: date) -> list[tuple[datetime, datetime]]:
    found = []
    for wall in hours:
        last = day if wall.opens < wall.closes else day + DAY
        since = _first_showing(plan.zone, datetime.combine(day, wall.opens))
        until = _first_showing(plan.zone, datetime.combine(last, wall.closes))
        if since < until:
            found.append((since, until))
    return found


def _openings(world: World, start_at: datetime) -> list[tuple[datetime, datetime]]:
    opening = world.plan.opening
    day = start_at.astimezone(world.plan.tz).date()
    return [
        interval
        for d in (day - DAY, day)
        if d not in HOLIDAYS[opening.subdivision or ""]
        for interval in _intervals(
            world.plan, opening.special_days.get(d, opening.weekly[d.weekday()]), d
        )
    ]


def _works(world: World, person: StaffRules, since: datetime, until: datetime) -> bool:
    day = since.astimezone(world.plan.tz).date()
    shifts = [
        shift
        for d in (day - DAY, day)
        for shift in _intervals(world.plan, person.weekly[d.weekday()], d)
    ]
    present = any(begin <= since and until <= end for begin, end in shifts)
    return present and not any(_touches(gone, since, until) for gone in person.absences)


def _touches(span: TimeSpan, since: datetime, until: datetime) -> bool:
    """Minute by minute, as slow and plain as can be."""
    at = since
    while at < until:
        if span.start_at <= at < span.end_at:
            return True
        at += FIVE
    return False


def _free(world: World, resource_id: int, since: datetime, until: datetime) -> bool:
    return not any(_touches(span, since, until) for span in world.busy[resource_id])


def _possible_with(world: World, person: StaffRules, start_at: datetime) -> bool:
    service = world.plan.services[0]
    own = person.overrides[CUT].duration_minutes
    end_at = start_at + timedelta(minutes=service.duration_minutes if own is None else own)
    blocked = (
        start_at - timedelta(minutes=service.buffer_before_minutes),
        end_at + timedelta(minutes=service.buffer_after_minutes),
    )
    step = timedelta(minutes=world.plan.rules.slot_interval_minutes)
    rooms = sum(_free(world, room.id, *blocked) for room in world.plan.resources)
    return (
        any(
            begin <= start_at and end_at <= end and (start_at - begin) % step == timedelta()
            for begin, end in _openings(world, start_at)
        )
        and _works(world, person, start_at, end_at)
        and _free(world, person.resource_id, *blocked)
        and rooms >= sum(need.count for need in service.needs)
    )


def _bookable(world: World, start_at: datetime) -> bool:
    rules = world.plan.rules
    earliest_at = world.now + timedelta(minutes=rules.minimum_notice_minutes)
    latest_at = world.now + timedelta(days=rules.horizon_days)
    if not earliest_at <= start_at <= latest_at:
        return False
    return any(_possible_with(world, person, start_at) for person in world.plan.staff)


def _around(world: World) -> list[datetime]:
    """Every five minutes of the night, the day after and the evening before."""
    return [world.midnight + FIVE * n for n in range(-36, 12 * 27)]


# --- the properties ----------------------------------------------------------------------------


@bounded
@given(worlds())
def test_judge_agrees_with_the_oracle_on_every_start(world: World) -> None:
    for start_at in _around(world)[::3]:
        answer = why_not(world.plan, CUT, start_at, world.now, world.busy)
        assert isinstance(answer, Allocation) == _bookable(world, start_at), (start_at, answer)


@bounded
@given(worlds())
def test_allocation_overlaps_nothing_busy_and_has_all_it_needs(world: World) -> None:
    service = world.plan.services[0]
    for start_at in _around(world)[::5]:
        answer = why_not(world.plan, CUT, start_at, world.now, world.busy)
        if isinstance(answer, Refusal):
            continue
        person = world.plan.staff_by_id[answer.staff_id]
        assert _possible_with(world, person, start_at)
        assert answer.resource_ids[0] == person.resource_id
        assert len(set(answer.resource_ids)) == 1 + sum(need.count for need in service.needs)
        for resource_id in answer.resource_ids:
            assert not any(busy.overlaps(answer.during) for busy in world.busy[resource_id])
        assert answer.during.contains(answer.span)
        before, after = (
            answer.start_at - answer.during.start_at,
            answer.during.end_at - answer.end_at,
        )
        assert before == timedelta(minutes=service.buffer_before_minutes)
        assert after == timedelta(minutes=service.buffer_after_minutes)


@bounded
@given(worlds())
def test_free_slots_are_exactly_what_the_oracle_finds(world: World) -> None:
    starts = _around(world)
    window = TimeSpan(starts[0], starts[-1] + FIVE)
    offers = free_slots(world.plan, CUT, window, world.now, world.busy, limit=500)
    assert [o.start_at for o in offers] == [at for at in starts if _bookable(world, at)]


@bounded
@given(worlds(), st.integers(-36, 323), st.sampled_from([None, ANNA]), st.booleans())
def test_offers_are_bookable_and_nothing_free_is_nearer(
    world: World, at: int, staff_id: UUID | None, hard: bool
) -> None:
    wished_at = world.midnight + FIVE * at
    ask = (world.plan, CUT)
    offers = nearest_offers(
        *ask, wished_at, world.now, world.busy, staff_id=staff_id, staff_hard=hard, limit=4
    )
    for offer in offers:
        answer = why_not(
            *ask, offer.start_at, world.now, world.busy, staff_id=staff_id, staff_hard=hard
        )
        assert isinstance(answer, Allocation)
        assert (answer.staff_id, answer.end_at) == (offer.staff_id, offer.end_at)
    everything = free_slots(
        *ask,
        TimeSpan(world.now, world.now + timedelta(days=6)),
        world.now,
        world.busy,
        staff_id=staff_id,
        staff_hard=hard,
        limit=500,
    )
    if len(everything) == 500:  # the list's own maximum: there may be more
        return
    rank = {
        free.start_at: _likeness(world, wished_at, free.start_at, staff_id in (None, free.staff_id))
        for free in everything
    }
    best = sorted(rank.values())[:4]
    assert [rank[offer.start_at] for offer in offers] == best


def _likeness(
    world: World, wished_at: datetime, start_at: datetime, same_person: bool
) -> tuple[bool, float, datetime]:
    """The rule of `nearest_offers`, in plain minutes."""
    tz, rules = world.plan.tz, world.plan.rules
    first_at = world.now + timedelta(minutes=rules.minimum_notice_minutes)
    last_at = world.now + timedelta(days=rules.horizon_days)
    inside = first_at if wished_at < first_at else min(wished_at, last_at)
    days = abs((start_at.astimezone(tz).date() - inside.astimezone(tz).date()).days)
    wish, start = wished_at.astimezone(tz), start_at.astimezone(tz)
    minutes = abs((wish.hour - start.hour) * 60 + wish.minute - start.minute)
    return days > 0, minutes + 60 * days + (0 if same_person else 240), start_at


def _with_rooms_enough(world: World) -> World:
    """Three rooms, more than any service needs, and nobody is in them."""
    rooms = tuple(ResourceRules(id=n, type="room") for n in range(1, 4))
    busy = {**world.busy, **{room.id: [] for room in rooms}}
    return replace(world, plan=replace(world.plan, resources=rooms), busy=busy)


def _busy_where_rooms_are_too_few() -> World:
    """Hypothesis' find: its one person is busy, and it has one of the two rooms that it needs."""
    early = (WallHours(time(), time(1, 5)),)
    hours: WeekHours = ((), (), (), (), (), (), early)
    plan = BranchPlan(
        branch_id=BRANCH,
        zone="Europe/Berlin",
        rules=BookingRules(minimum_notice_minutes=0, horizon_days=1, slot_interval_minutes=5),
        opening=OpeningRules(weekly=hours, subdivision="BE"),
        staff=(
            StaffRules(
                id=ANNA,
                resource_id=RESOURCE_OF[ANNA],
                weekly=hours,
                overrides={CUT: StaffOverride()},
            ),
        ),
        services=(
            ServiceRules(
                id=CUT,
                duration_minutes=5,
                needs=(ResourceNeed(type="room", count=2),),
                staff_ids=(ANNA,),
            ),
        ),
        resources=(ResourceRules(id=1, type="room"),),
    )
    midnight = datetime.combine(NIGHTS[0], time(), UTC)
    busy = {RESOURCE_OF[ANNA]: [TimeSpan(midnight, midnight + FIVE)], 1: []}
    return World(plan, NIGHTS[0], midnight, busy)


@bounded
@given(worlds(), st.integers(-36, 323))
@example(_busy_where_rooms_are_too_few(), 0)
def test_reason_of_a_refusal_is_true(world: World, at: int) -> None:
    start_at = world.midnight + FIVE * at
    answer = why_not(world.plan, CUT, start_at, world.now, world.busy)
    rules, openings = world.plan.rules, _openings(world, start_at)
    around = [span for span in openings if span[0] <= start_at < span[1]]
    match answer:
        case TooSoon(earliest_at=earliest_at):
            assert start_at < earliest_at
            assert earliest_at == world.now + timedelta(minutes=rules.minimum_notice_minutes)
        case TooFar(latest_at=latest_at):
            assert start_at > latest_at == world.now + timedelta(days=rules.horizon_days)
        case Closed(day=day):
            assert not around
            assert day == start_at.astimezone(world.plan.tz).date()
        case OutsideHours(opens_at=opens_at, closes_at=closes_at):
            assert (opens_at, closes_at) in openings
            longest = max(
                world.plan.duration_of(world.plan.services[0], p.id) for p in world.plan.staff
            )
            assert not opens_at <= start_at or start_at + longest > closes_at
        case OffGrid(before_at=before_at, after_at=after_at):
            assert around
            assert before_at < start_at < after_at
            assert after_at - before_at == timedelta(minutes=rules.slot_interval_minutes)
        case StaffOff() | LunchBreak():
            people = [p for p in world.plan.staff if answer.staff_id in (None, p.id)]
            longest = timedelta(minutes=5)
            assert not all(_works(world, p, start_at, start_at + longest * 12) for p in people)
        case SlotTaken(resource_id=resource_id, staff_id=staff_id):
            person = world.plan.staff_by_id[staff_id or ANNA]
            assert person.resource_id == resource_id
            # The person is asked before the rooms: of those there may be too few as well.
            roomy = _with_rooms_enough(world)
            assert not _possible_with(roomy, person, start_at)
            unbusy = replace(roomy, busy={**roomy.busy, person.resource_id: []})
            assert _possible_with(unbusy, person, start_at)
        case NoResourceFree(needed=needed, free=free):
            assert free < needed
            assert _bookable(_with_rooms_enough(world), start_at)
        case _:
            assert isinstance(answer, Allocation)

"""Visits by example: what the properties leave open is which of several ways is taken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.errors import LunchBreak, SlotTaken, StaffCannotDoService, StaffOff, UnknownService
from domain.slots import (
    BranchPlan,
    PartWish,
    ResourceNeed,
    ResourceRules,
    Visit,
    first_visits,
    fit_visit,
    nearest_visits,
)
from domain.timespan import TimeSpan
from tests.builders.plans import (
    ANNA,
    BERND,
    CLARA,
    COLOUR,
    CUT,
    RESOURCE_OF,
    make_plan,
    make_service,
    make_staff,
    week,
)

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CUT_AND_COLOUR = (PartWish(service_id=CUT), PartWish(service_id=COLOUR))


def at(clock: str) -> datetime:
    """On Tuesday 24 November 2026, in Munich."""
    return datetime.fromisoformat(f"2026-11-24T{clock}:00+01:00")


def plan_of(
    cutters: tuple[UUID, ...], colourers: tuple[UUID, ...], *, after: int = 0
) -> BranchPlan:
    return make_plan(
        staff=(make_staff(ANNA), make_staff(BERND), make_staff(CLARA)),
        services=(
            make_service(CUT, minutes=30, after=after, staff_ids=cutters),
            make_service(COLOUR, minutes=45, staff_ids=colourers),
        ),
    )


def busy(staff_id: UUID, start: str, end: str) -> dict[int, list[TimeSpan]]:
    return {RESOURCE_OF[staff_id]: [TimeSpan(at(start), at(end))]}


def clocks(visit: object) -> list[str]:
    assert isinstance(visit, Visit)
    zone = at("12:00").tzinfo
    return [f"{part.start_at.astimezone(zone):%H:%M}" for _, part in visit.parts]


def people(visit: object) -> list[UUID]:
    assert isinstance(visit, Visit)
    return [part.staff_id for _, part in visit.parts]


def test_two_services_follow_each_other_without_a_gap_and_with_one_person() -> None:
    plan = plan_of((ANNA, BERND), (BERND, CLARA))
    visit = fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, {})
    assert clocks(visit) == ["10:00", "10:30"]
    assert people(visit) == [BERND, BERND]


def test_a_short_wait_is_better_than_another_person() -> None:
    """The cut is followed by a buffer of five minutes, so the same person is free at 10:45."""
    plan = plan_of((ANNA,), (ANNA, BERND), after=5)
    visit = fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, {})
    assert (clocks(visit), people(visit)) == (["10:00", "10:45"], [ANNA, ANNA])


def test_a_long_wait_is_worse_than_another_person() -> None:
    plan = plan_of((ANNA,), (ANNA, BERND))
    visit = fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, busy(ANNA, "10:30", "11:00"))
    assert (clocks(visit), people(visit)) == (["10:00", "10:30"], [ANNA, BERND])


def test_nobody_waits_longer_than_half_an_hour_unless_told_so() -> None:
    plan, taken = plan_of((ANNA,), (BERND,)), busy(BERND, "10:00", "11:15")
    answer = fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, taken)
    assert answer == SlotTaken(resource_id=RESOURCE_OF[BERND], staff_id=BERND)
    patient = fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, taken, longest_wait_minutes=45)
    assert clocks(patient) == ["10:00", "11:15"]


def test_a_wish_for_a_person_holds_for_its_own_part_only() -> None:
    plan = plan_of((ANNA, BERND), (ANNA, CLARA))
    wishes = (PartWish(service_id=CUT, staff_id=BERND, staff_hard=True), CUT_AND_COLOUR[1])
    visit = fit_visit(plan, wishes, at("10:00"), NOW, {})
    assert people(visit)[0] == BERND
    away = fit_visit(plan, wishes, at("10:00"), NOW, busy(BERND, "10:00", "11:00"))
    assert away == SlotTaken(resource_id=RESOURCE_OF[BERND], staff_id=BERND)


def test_the_first_part_gives_way_so_that_the_second_can_be_had() -> None:
    """Only Anna colours; whoever takes her for the cut at the same time leaves nobody."""
    plan = plan_of((ANNA, BERND), (ANNA,))
    for soft in (None, ANNA):
        wishes = (PartWish(service_id=CUT, staff_id=soft), CUT_AND_COLOUR[1])
        visit = fit_visit(plan, wishes, at("10:00"), NOW, {}, side_by_side=True)
        assert (clocks(visit), people(visit)) == (["10:00", "10:00"], [BERND, ANNA])


def test_three_people_at_once_need_three_pairs_of_hands() -> None:
    plan = plan_of((ANNA, BERND, CLARA), ())
    three = (PartWish(service_id=CUT),) * 3
    visit = fit_visit(plan, three, at("10:00"), NOW, {}, side_by_side=True)
    assert set(people(visit)) == {ANNA, BERND, CLARA}
    one_away = fit_visit(
        plan, three, at("10:00"), NOW, busy(CLARA, "10:00", "10:30"), side_by_side=True
    )
    assert clocks(one_away) == ["10:00", "10:30", "11:00"]


def test_people_who_cannot_come_at_once_come_in_a_row() -> None:
    plan = plan_of((ANNA,), ())
    two = (PartWish(service_id=CUT),) * 2
    visit = fit_visit(plan, two, at("10:00"), NOW, {}, side_by_side=True)
    assert (clocks(visit), people(visit)) == (["10:00", "10:30"], [ANNA, ANNA])


def test_one_room_is_not_given_to_two_people_at_once() -> None:
    needs = (ResourceNeed(type="room"),)
    plan = make_plan(
        services=(make_service(CUT, minutes=30, needs=needs),),
        resources=(ResourceRules(id=1, type="room"),),
    )
    two = (PartWish(service_id=CUT),) * 2
    assert clocks(fit_visit(plan, two, at("10:00"), NOW, {}, side_by_side=True)) == [
        "10:00",
        "10:30",
    ]
    roomy = replace(plan, resources=(*plan.resources, ResourceRules(id=2, type="room")))
    assert clocks(fit_visit(roomy, two, at("10:00"), NOW, {}, side_by_side=True)) == [
        "10:00",
        "10:00",
    ]


def test_the_refusal_is_that_of_the_part_which_cannot_be_had() -> None:
    plan = plan_of((ANNA,), (BERND,))
    lunch = make_staff(BERND, weekly=week("09:00-10:15", "14:00-18:00"))
    plan = replace(plan, staff=(plan.staff[0], lunch, plan.staff[2]))
    answer = fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, {})
    assert isinstance(answer, LunchBreak)
    assert answer.staff_id == BERND
    evening = make_staff(BERND, weekly=week("09:00-10:15"))
    plan = replace(plan, staff=(plan.staff[0], evening, plan.staff[2]))
    assert fit_visit(plan, CUT_AND_COLOUR, at("10:00"), NOW, {}) == StaffOff(staff_id=BERND)


@pytest.mark.parametrize("beside", [True, False])
def test_what_is_not_offered_or_done_by_nobody_is_refused_as_such(beside: bool) -> None:
    plan = plan_of((ANNA,), ())
    unknown = (PartWish(service_id=CUT), PartWish(service_id=UUID(int=99)))
    free: dict[int, list[TimeSpan]] = {}
    ask = (at("10:00"), NOW, free)
    assert fit_visit(plan, unknown, *ask, side_by_side=beside) == UnknownService(
        service_id=UUID(int=99)
    )
    assert fit_visit(plan, CUT_AND_COLOUR, *ask, side_by_side=beside) == StaffCannotDoService(
        service_id=COLOUR
    )
    assert nearest_visits(plan, unknown, *ask, side_by_side=beside) == []
    assert nearest_visits(plan, CUT_AND_COLOUR, *ask, side_by_side=beside) == []


@pytest.mark.parametrize("count", [0, 7])
def test_a_visit_has_one_to_six_parts(count: int) -> None:
    wishes = (PartWish(service_id=CUT),) * count
    with pytest.raises(ValueError, match="parts"):
        fit_visit(plan_of((ANNA,), ()), wishes, at("10:00"), NOW, {})


def test_the_nearest_visit_starts_where_all_of_it_fits() -> None:
    """Bernd, who alone colours, is away until noon: the cut begins half an hour before that."""
    plan, taken = plan_of((ANNA,), (BERND,)), busy(BERND, "09:00", "12:00")
    visits = nearest_visits(plan, CUT_AND_COLOUR, at("10:00"), NOW, taken, limit=3)
    assert clocks(visits[0])[1] == "12:00"
    assert visits[0].start_at == at("11:00")  # with half an hour to wait, and nearest to ten
    in_window = nearest_visits(
        plan,
        CUT_AND_COLOUR,
        at("10:00"),
        NOW,
        taken,
        within=[TimeSpan(at("14:00"), at("15:00")), TimeSpan(at("16:00"), at("16:30"))],
    )
    assert [clocks(visit)[0] for visit in in_window] == [
        *("14:00", "14:15", "14:30", "14:45", "16:00")
    ]


def test_the_first_visits_come_in_order_of_time_over_several_windows() -> None:
    plan = plan_of((ANNA,), (BERND,))
    windows = [TimeSpan(at("16:30"), at("18:00")), TimeSpan(at("09:10"), at("09:40"))]
    visits = first_visits(plan, CUT_AND_COLOUR, windows, NOW, {}, limit=4)
    assert [clocks(visit)[0] for visit in visits] == ["09:15", "09:30", "16:30", "16:45"]
    assert visits[-1].end_at - visits[-1].start_at == timedelta(minutes=75)


def test_a_hard_day_costs_a_bounded_number_of_tries() -> None:
    """Six parts, each refused only by the last: the answer is there all the same."""
    everyone = (ANNA, BERND, CLARA)
    plan = replace(plan_of(everyone, (ANNA,)), staff=(make_staff(ANNA), make_staff(BERND)))
    wishes = (*(PartWish(service_id=CUT),) * 5, PartWish(service_id=COLOUR, staff_id=ANNA))
    taken = busy(ANNA, "12:30", "18:00")
    answer = fit_visit(plan, wishes, at("10:00"), NOW, taken)
    assert isinstance(answer, SlotTaken)

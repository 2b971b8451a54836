"""Each rule that can refuse a start, with its facts. Times in Munich, UTC+1 in winter."""

from datetime import date, timedelta

import pytest

from domain.errors import (
    Closed,
    Holiday,
    InvalidArgument,
    LunchBreak,
    NonexistentTime,
    NoResourceFree,
    OffGrid,
    OutsideHours,
    SlotTaken,
    StaffCannotDoService,
    StaffOff,
    TooFar,
    TooSoon,
    UnknownService,
    UnknownStaff,
)
from domain.slots import Allocation, ResourceNeed, ResourceRules, StaffOverride, why_not_local
from domain.slots import why_not as ask
from domain.slots.model import BookingRules
from domain.timespan import TimeSpan
from tests.builders.plans import (
    ANNA,
    BERND,
    CLARA,
    COLOUR,
    CUT,
    RESOURCE_OF,
    hours,
    make_plan,
    make_service,
    make_staff,
    span,
    utc,
    week,
)

NOW = utc("2026-11-23 07:00")  # a Monday, eight in the morning there
TUESDAY_TEN = utc("2026-11-24 09:00")
ONLY_ANNA = (make_staff(ANNA),)


def test_free_start_gets_person_and_span_with_buffers() -> None:
    service = make_service(minutes=45, before=5, after=10)
    answer = ask(make_plan(staff=ONLY_ANNA, services=(service,)), CUT, TUESDAY_TEN, NOW, {})
    assert answer == Allocation(
        staff_id=ANNA,
        resource_ids=(RESOURCE_OF[ANNA],),
        span=span("2026-11-24 09:00", "2026-11-24 09:45"),
        during=span("2026-11-24 08:55", "2026-11-24 09:55"),
    )


def test_buffers_reach_past_closing_and_into_the_break() -> None:
    person = make_staff(ANNA, weekly=week("09:00-13:00", "14:00-18:00"))
    plan = make_plan(staff=(person,), services=(make_service(before=15, after=30),))
    for start in ("2026-11-24 08:00", "2026-11-24 11:30", "2026-11-24 16:30"):
        assert isinstance(ask(plan, CUT, utc(start), NOW, {}), Allocation), start


def test_past_and_notice_are_too_soon() -> None:
    told = TooSoon(earliest_at=utc("2026-11-23 08:00"))
    assert ask(make_plan(), CUT, utc("2026-11-23 07:45"), NOW, {}) == told
    assert ask(make_plan(), CUT, utc("2026-11-20 09:00"), NOW, {}) == told
    assert isinstance(ask(make_plan(), CUT, utc("2026-11-23 08:00"), NOW, {}), Allocation)


def test_horizon_is_the_last_instant_that_is_bookable() -> None:
    plan = make_plan(horizon_days=1, notice_minutes=0)
    now = TUESDAY_TEN - timedelta(days=1)
    assert isinstance(ask(plan, CUT, TUESDAY_TEN, now, {}), Allocation)
    later = TUESDAY_TEN + timedelta(minutes=15)
    assert ask(plan, CUT, later, now, {}) == TooFar(latest_at=TUESDAY_TEN)


def test_public_holiday_of_the_subdivision_is_named() -> None:
    plan, ten = make_plan(horizon_days=400), utc("2027-01-06 09:00")
    answer = ask(plan, CUT, ten, NOW, {})
    assert answer == Holiday(day=date(2027, 1, 6), name="Heilige Drei Könige")
    berlin = make_plan(horizon_days=400, subdivision="BE")
    assert isinstance(ask(berlin, CUT, ten, NOW, {}), Allocation)


def test_branch_may_open_on_public_holidays() -> None:
    plan = make_plan(horizon_days=400, closed_on_public_holidays=False)
    assert isinstance(ask(plan, CUT, utc("2027-01-06 09:00"), NOW, {}), Allocation)


def test_special_day_does_not_open_a_public_holiday() -> None:
    epiphany = date(2027, 1, 6)
    plan = make_plan(horizon_days=400, special_days={epiphany: hours("09:00-18:00")})
    assert isinstance(ask(plan, CUT, utc("2027-01-06 09:00"), NOW, {}), Holiday)


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "name"),
    [
        ("AT", "9", "2026-12-08", "Mariä Empfängnis"),
        ("CH", "TI", "2026-12-08", "Mariä Empfängnis"),
        ("CH", "ZH", "2026-12-26", "Stephanstag"),
        ("DE", "SN", "2027-11-17", "Buß- und Bettag"),
    ],
)
def test_holidays_are_those_of_state_and_canton(
    country: str, subdivision: str, day: str, name: str
) -> None:
    plan = make_plan(country=country, subdivision=subdivision, horizon_days=400)
    answer = ask(plan, CUT, utc(f"{day} 11:00"), NOW, {})
    assert answer == Holiday(day=date.fromisoformat(day), name=name)


def test_day_without_hours_is_closed() -> None:
    assert ask(make_plan(), CUT, utc("2026-11-29 09:00"), NOW, {}) == Closed(day=date(2026, 11, 29))


def test_special_day_replaces_the_week() -> None:
    eve, new_year = date(2026, 12, 24), date(2026, 12, 31)
    plan = make_plan(special_days={eve: hours("09:00-13:00"), new_year: ()})
    assert isinstance(ask(plan, CUT, utc("2026-12-24 11:30"), NOW, {}), Allocation)
    told = OutsideHours(opens_at=utc("2026-12-24 08:00"), closes_at=utc("2026-12-24 12:00"))
    assert ask(plan, CUT, utc("2026-12-24 13:00"), NOW, {}) == told
    assert ask(plan, CUT, utc("2026-12-31 09:00"), NOW, {}) == Closed(day=new_year)


def test_start_outside_hours_is_told_the_nearest_interval() -> None:
    plan = make_plan(weekly=week("09:00-12:00", "14:00-18:00"))
    afternoon = OutsideHours(opens_at=utc("2026-11-24 13:00"), closes_at=utc("2026-11-24 17:00"))
    assert ask(plan, CUT, utc("2026-11-24 12:30"), NOW, {}) == afternoon
    assert ask(plan, CUT, utc("2026-11-24 19:00"), NOW, {}) == afternoon
    morning = OutsideHours(opens_at=utc("2026-11-24 08:00"), closes_at=utc("2026-11-24 11:00"))
    assert ask(plan, CUT, utc("2026-11-24 07:00"), NOW, {}) == morning


def test_appointment_across_closing_time_is_outside_hours() -> None:
    answer = ask(make_plan(), CUT, utc("2026-11-24 16:45"), NOW, {})
    assert answer == OutsideHours(
        opens_at=utc("2026-11-24 08:00"), closes_at=utc("2026-11-24 17:00")
    )
    assert isinstance(ask(make_plan(), CUT, utc("2026-11-24 16:30"), NOW, {}), Allocation)


def test_grid_is_counted_from_the_start_of_the_opening() -> None:
    person = make_staff(ANNA, weekly=week("08:00-18:00"))
    plan = make_plan(weekly=week("09:10-18:00"), interval_minutes=20, staff=(person,))
    assert isinstance(ask(plan, CUT, utc("2026-11-24 08:50"), NOW, {}), Allocation)
    answer = ask(plan, CUT, utc("2026-11-24 09:00"), NOW, {})
    assert answer == OffGrid(before_at=utc("2026-11-24 08:50"), after_at=utc("2026-11-24 09:10"))


def test_staff_off_that_day_is_named_when_wished_for() -> None:
    plan = make_plan(staff=(make_staff(ANNA, weekly=week()), make_staff(BERND)))
    answer = ask(plan, CUT, TUESDAY_TEN, NOW, {}, staff_id=ANNA, staff_hard=True)
    assert answer == StaffOff(staff_id=ANNA)


def test_nobody_working_then_names_nobody() -> None:
    off = week("15:00-18:00")
    plan = make_plan(staff=(make_staff(ANNA, weekly=off), make_staff(BERND, weekly=off)))
    assert ask(plan, CUT, TUESDAY_TEN, NOW, {}) == StaffOff(staff_id=None)


def test_lunch_break_tells_from_when_until_when() -> None:
    person = make_staff(ANNA, weekly=week("09:00-12:00", "13:00-18:00"))
    plan = make_plan(staff=(person,))
    told = LunchBreak(
        staff_id=ANNA, from_at=utc("2026-11-24 11:00"), until_at=utc("2026-11-24 12:00")
    )
    assert ask(plan, CUT, utc("2026-11-24 11:30"), NOW, {}) == told
    assert ask(plan, CUT, utc("2026-11-24 10:45"), NOW, {}) == told


def test_before_the_first_shift_is_off_and_no_break_since_yesterday() -> None:
    plan = make_plan(staff=(make_staff(ANNA, weekly=week("12:00-18:00")),))
    assert ask(plan, CUT, TUESDAY_TEN, NOW, {}) == StaffOff(staff_id=ANNA)


def test_absence_cuts_the_working_day() -> None:
    ill = span("2026-11-24 08:30", "2026-11-24 12:00")
    plan = make_plan(staff=(make_staff(ANNA, absences=(ill,)),))
    assert isinstance(ask(plan, CUT, TUESDAY_TEN, NOW, {}), LunchBreak)
    assert isinstance(ask(plan, CUT, utc("2026-11-24 12:00"), NOW, {}), Allocation)
    assert isinstance(ask(plan, CUT, utc("2026-11-24 08:00"), NOW, {}), Allocation)


def test_special_working_day_replaces_the_persons_week() -> None:
    extra = make_staff(ANNA, weekly=week(), special_days={date(2026, 11, 24): hours("10:00-12:00")})
    plan = make_plan(staff=(extra,))
    assert isinstance(ask(plan, CUT, TUESDAY_TEN, NOW, {}), Allocation)
    assert ask(plan, CUT, utc("2026-11-25 09:00"), NOW, {}) == StaffOff(staff_id=ANNA)


def test_taken_names_what_is_taken() -> None:
    busy = {101: [span("2026-11-24 09:15", "2026-11-24 09:30")]}
    answer = ask(make_plan(staff=ONLY_ANNA), CUT, TUESDAY_TEN, NOW, busy)
    assert answer == SlotTaken(resource_id=101, staff_id=ANNA)


def test_touching_times_do_not_overlap() -> None:
    busy = {
        101: [
            span("2026-11-24 09:30", "2026-11-24 10:00"),
            span("2026-11-24 08:30", "2026-11-24 09:00"),
        ]
    }
    assert isinstance(ask(make_plan(staff=ONLY_ANNA), CUT, TUESDAY_TEN, NOW, busy), Allocation)


def test_own_buffer_may_not_touch_anothers_time() -> None:
    busy = {101: [span("2026-11-24 09:30", "2026-11-24 10:00")]}
    plan = make_plan(staff=ONLY_ANNA, services=(make_service(after=5),))
    assert isinstance(ask(plan, CUT, TUESDAY_TEN, NOW, busy), SlotTaken)


def test_long_busy_time_hides_no_later_end() -> None:
    busy = {
        101: [
            span("2026-11-24 09:20", "2026-11-24 09:25"),
            span("2026-11-24 08:00", "2026-11-24 12:00"),
        ]
    }
    plan = make_plan(staff=ONLY_ANNA)
    assert isinstance(ask(plan, CUT, utc("2026-11-24 10:30"), NOW, busy), SlotTaken)
    assert isinstance(ask(plan, CUT, utc("2026-11-24 12:00"), NOW, busy), Allocation)


def test_soft_wish_falls_back_and_hard_wish_does_not() -> None:
    busy = {101: [span("2026-11-24 08:00", "2026-11-24 17:00")]}
    soft = ask(make_plan(), CUT, TUESDAY_TEN, NOW, busy, staff_id=ANNA)
    assert isinstance(soft, Allocation)
    assert soft.staff_id == BERND
    hard = ask(make_plan(), CUT, TUESDAY_TEN, NOW, busy, staff_id=ANNA, staff_hard=True)
    assert hard == SlotTaken(resource_id=101, staff_id=ANNA)


def test_soft_wish_is_kept_though_the_other_has_less_to_do() -> None:
    busy = {101: [span("2026-11-24 12:00", "2026-11-24 17:00")]}
    answer = ask(make_plan(), CUT, TUESDAY_TEN, NOW, busy, staff_id=ANNA)
    assert isinstance(answer, Allocation)
    assert answer.staff_id == ANNA


def test_less_busy_person_gets_the_appointment() -> None:
    busy = {101: [span("2026-11-24 12:00", "2026-11-24 13:00")]}
    answer = ask(make_plan(), CUT, TUESDAY_TEN, NOW, busy)
    assert isinstance(answer, Allocation)
    assert answer.staff_id == BERND


def test_excluded_people_count_as_taken() -> None:
    first = ask(make_plan(), CUT, TUESDAY_TEN, NOW, {})
    assert isinstance(first, Allocation)
    second = ask(make_plan(), CUT, TUESDAY_TEN, NOW, {}, exclude_staff=(first.staff_id,))
    assert isinstance(second, Allocation)
    assert second.staff_id != first.staff_id
    third = ask(make_plan(), CUT, TUESDAY_TEN, NOW, {}, exclude_staff=(ANNA, BERND))
    assert isinstance(third, SlotTaken)


def test_unknown_service_unknown_staff_and_unqualified_staff() -> None:
    plan = make_plan(services=(make_service(staff_ids=(BERND,)),))
    assert ask(plan, COLOUR, TUESDAY_TEN, NOW, {}) == UnknownService(service_id=COLOUR)
    unknown = ask(plan, CUT, TUESDAY_TEN, NOW, {}, staff_id=CLARA, staff_hard=True)
    assert unknown == UnknownStaff(staff_id=CLARA)
    unable = ask(plan, CUT, TUESDAY_TEN, NOW, {}, staff_id=ANNA, staff_hard=True)
    assert unable == StaffCannotDoService(service_id=CUT, staff_id=ANNA)


def test_service_that_nobody_here_can_do() -> None:
    plan = make_plan(services=(make_service(staff_ids=(CLARA,)),))
    assert ask(plan, CUT, TUESDAY_TEN, NOW, {}) == StaffCannotDoService(service_id=CUT)


def test_needs_are_met_all_or_nothing() -> None:
    needs = (ResourceNeed(type="room"), ResourceNeed(type="laser", count=2))
    plan = make_plan(
        staff=ONLY_ANNA,
        services=(make_service(needs=needs),),
        resources=tuple(
            ResourceRules(id=number, type=kind)
            for number, kind in ((1, "room"), (2, "room"), (3, "laser"), (4, "laser"))
        ),
    )
    taken = [span("2026-11-24 09:00", "2026-11-24 09:30")]
    answer = ask(plan, CUT, TUESDAY_TEN, NOW, {1: taken})
    assert isinstance(answer, Allocation)
    assert answer.resource_ids == (101, 2, 3, 4)
    refused = ask(plan, CUT, TUESDAY_TEN, NOW, {3: taken})
    assert refused == NoResourceFree(resource_type="laser", needed=2, free=1)


def test_two_needs_of_one_type_take_two_resources() -> None:
    needs = (ResourceNeed(type="room"), ResourceNeed(type="room"))
    rooms = (ResourceRules(id=1, type="room"), ResourceRules(id=2, type="room"))
    service = make_service(needs=needs)
    answer = ask(make_plan(services=(service,), resources=rooms), CUT, TUESDAY_TEN, NOW, {})
    assert isinstance(answer, Allocation)
    assert answer.resource_ids[1:] == (1, 2)
    one = ask(make_plan(services=(service,), resources=rooms[:1]), CUT, TUESDAY_TEN, NOW, {})
    assert one == NoResourceFree(resource_type="room", needed=1, free=0)


def test_slower_person_does_not_fit_before_closing_but_the_faster_does() -> None:
    slow = make_staff(ANNA, overrides={CUT: StaffOverride(duration_minutes=60)})
    plan = make_plan(staff=(slow, make_staff(BERND)))
    answer = ask(plan, CUT, utc("2026-11-24 16:30"), NOW, {}, staff_id=ANNA)
    assert isinstance(answer, Allocation)
    assert (answer.staff_id, answer.duration) == (BERND, timedelta(minutes=30))
    alone = ask(make_plan(staff=(slow,)), CUT, utc("2026-11-24 16:30"), NOW, {})
    assert isinstance(alone, OutsideHours)


def test_price_and_duration_of_the_person_replace_those_of_the_service() -> None:
    dear = make_staff(ANNA, overrides={CUT: StaffOverride(price_cents=9900)})
    service = make_service(price_cents=5000)
    plan = make_plan(staff=(dear, make_staff(BERND)), services=(service,))
    prices = [plan.price_of(service, staff_id) for staff_id in (ANNA, BERND, None)]
    assert prices == [9900, 5000, 5000]
    assert plan.duration_of(service, ANNA) == timedelta(minutes=30)


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    club = week("22:00-04:00")
    plan = make_plan(weekly=club, staff=(make_staff(ANNA, weekly=club),))
    sunday_half_past_one = utc("2026-11-29 00:30")
    assert isinstance(ask(plan, CUT, sunday_half_past_one, NOW, {}), Allocation)
    assert isinstance(ask(plan, CUT, utc("2026-11-29 22:30"), NOW, {}), Closed)


def test_night_in_which_the_clocks_jump_has_an_hour_less() -> None:
    night = week("00:00-06:00", sunday=True)
    plan = make_plan(
        weekly=night, staff=(make_staff(ANNA, weekly=night),), horizon_days=400, notice_minutes=0
    )
    half_past_two = utc("2027-03-28 02:30").replace(tzinfo=None)
    refused = why_not_local(plan, CUT, half_past_two, NOW, {})
    assert refused == NonexistentTime(
        local=half_past_two, zone="Europe/Berlin", jump_at=utc("2027-03-28 01:00")
    )
    three = why_not_local(plan, CUT, half_past_two.replace(hour=3, minute=0), NOW, {})
    assert isinstance(three, Allocation)
    assert three.start_at == utc("2027-03-28 01:00")


def test_time_that_comes_twice_is_booked_the_first_time_and_both_are_bookable() -> None:
    night = week("00:00-06:00", sunday=True)
    plan = make_plan(weekly=night, staff=(make_staff(ANNA, weekly=night),), horizon_days=400)
    twice = utc("2027-10-31 02:30").replace(tzinfo=None)
    answer = why_not_local(plan, CUT, twice, NOW, {})
    assert isinstance(answer, Allocation)
    assert answer.start_at == utc("2027-10-31 00:30")
    busy = {101: [TimeSpan(answer.start_at, answer.end_at)]}
    assert isinstance(ask(plan, CUT, utc("2027-10-31 01:30"), NOW, busy), Allocation)


def test_rules_that_could_never_work_are_refused_when_made() -> None:
    with pytest.raises(InvalidArgument):
        BookingRules(slot_interval_minutes=0)
    with pytest.raises(InvalidArgument):
        make_service(minutes=0)
    with pytest.raises(InvalidArgument):
        make_service(before=-5)
    with pytest.raises(InvalidArgument):
        ask(make_plan(subdivision="XX"), CUT, TUESDAY_TEN, NOW, {})

"""Free slots in a window, offers nearest to a wish, and who gets the appointment."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from domain.slots import Offer, choose_staff, free_slots, nearest_offers, why_not
from domain.slots.search import MAX_DAYS_AWAY
from domain.timespan import TimeSpan
from tests.builders.plans import (
    ANNA,
    BERND,
    CLARA,
    CUT,
    make_plan,
    make_service,
    make_staff,
    span,
    utc,
    week,
)

NOW = utc("2026-11-23 07:00")  # a Monday, eight in the morning in Munich
TUESDAY = span("2026-11-24 00:00", "2026-11-25 00:00")
ALONE = make_plan(staff=(make_staff(ANNA),))


def _starts(offers: list[Offer]) -> list[str]:
    return [offer.start_at.strftime("%d. %H:%M") for offer in offers]


def test_free_slots_are_the_grid_less_what_is_busy() -> None:
    busy = {101: [span("2026-11-24 08:30", "2026-11-24 16:00")]}
    offers = free_slots(ALONE, CUT, TUESDAY, NOW, busy)
    assert _starts(offers) == ["24. 08:00", "24. 16:00", "24. 16:15", "24. 16:30"]


def test_window_is_half_open() -> None:
    window = span("2026-11-24 08:15", "2026-11-24 08:45")
    assert _starts(free_slots(ALONE, CUT, window, NOW, {})) == ["24. 08:15", "24. 08:30"]


def test_free_slots_stop_at_the_limit_notice_and_horizon() -> None:
    weeks = TimeSpan(NOW, NOW + timedelta(days=60))
    assert len(free_slots(ALONE, CUT, weeks, NOW, {}, limit=7)) == 7
    assert _starts(free_slots(ALONE, CUT, weeks, NOW, {}, limit=1)) == ["23. 08:00"]
    near = make_plan(horizon_days=1)
    last = free_slots(near, CUT, weeks, utc("2026-11-23 09:10"), {}, limit=100)[-1]
    assert last.start_at == utc("2026-11-24 09:00")


def test_horizon_shorter_than_notice_offers_nothing() -> None:
    plan = make_plan(horizon_days=0, notice_minutes=60)
    assert free_slots(plan, CUT, TUESDAY, NOW, {}) == []
    assert nearest_offers(plan, CUT, NOW, NOW, {}) == []


def test_service_unknown_here_has_no_slots() -> None:
    assert free_slots(ALONE, UUID(int=99), TUESDAY, NOW, {}) == []
    assert nearest_offers(ALONE, UUID(int=99), NOW, NOW, {}) == []


def test_wish_that_is_free_is_the_first_offer() -> None:
    offers = nearest_offers(ALONE, CUT, utc("2026-11-24 09:00"), NOW, {}, limit=3)
    assert _starts(offers) == ["24. 09:00", "24. 08:45", "24. 09:15"]


def test_same_day_comes_before_the_same_time_next_day() -> None:
    busy = {101: [span("2026-11-24 08:00", "2026-11-24 16:00")]}
    offers = nearest_offers(ALONE, CUT, utc("2026-11-24 09:00"), NOW, busy, limit=5)
    assert _starts(offers) == [
        "24. 16:00",
        "24. 16:15",
        "24. 16:30",
        "23. 09:00",
        "25. 09:00",
    ]


def test_wished_person_comes_before_others_at_a_nearer_time() -> None:
    busy = {101: [span("2026-11-24 09:00", "2026-11-24 12:00")]}
    wish = utc("2026-11-24 10:00")
    offers = nearest_offers(make_plan(), CUT, wish, NOW, busy, staff_id=ANNA, limit=3)
    assert _starts(offers) == ["24. 08:30", "24. 08:15", "24. 08:00"]
    assert {offer.staff_id for offer in offers} == {ANNA}
    hard = nearest_offers(
        make_plan(), CUT, wish, NOW, busy, staff_id=ANNA, staff_hard=True, limit=40
    )
    assert {offer.staff_id for offer in hard} == {ANNA}


def test_another_person_at_the_time_weighs_four_hours_of_waiting_for_the_wished_one() -> None:
    busy = {101: [span("2026-11-24 08:00", "2026-11-24 12:00")]}
    wish = utc("2026-11-24 08:15")
    offers = nearest_offers(make_plan(), CUT, wish, NOW, busy, staff_id=ANNA, limit=3)
    assert _starts(offers) == ["24. 12:00", "24. 08:15", "24. 12:15"]
    assert [offer.staff_id for offer in offers] == [ANNA, BERND, ANNA]


def test_wished_person_weeks_away_does_not_push_out_the_others() -> None:
    away = make_staff(ANNA, absences=(span("2026-11-24 00:00", "2026-12-10 00:00"),))
    plan = make_plan(staff=(away, make_staff(BERND)))
    offers = nearest_offers(plan, CUT, utc("2026-11-24 09:00"), NOW, {}, staff_id=ANNA)
    assert _starts(offers)[0] == "24. 09:00"
    assert {offer.staff_id for offer in offers} == {BERND}


def test_wish_in_the_past_is_answered_with_today() -> None:
    now = utc("2026-11-24 13:05")
    offers = nearest_offers(ALONE, CUT, utc("2026-11-24 08:00"), now, {}, limit=2)
    assert _starts(offers) == ["24. 14:15", "24. 14:30"]


def test_wish_beyond_the_horizon_is_answered_with_its_last_days() -> None:
    plan = make_plan(horizon_days=10)
    offers = nearest_offers(plan, CUT, utc("2027-06-01 09:00"), NOW, {}, limit=1)
    assert offers[0].start_at == utc("2026-12-02 10:00")  # eleven on the wall, as wished


def test_search_ends_though_everything_is_taken() -> None:
    busy = {101: [TimeSpan(NOW - timedelta(days=100), NOW + timedelta(days=400))]}
    plan = make_plan(staff=(make_staff(ANNA),), horizon_days=365)
    assert nearest_offers(plan, CUT, NOW, NOW, busy) == []


def test_days_farther_than_the_maximum_are_not_looked_at() -> None:
    free_from = NOW + timedelta(days=MAX_DAYS_AWAY + 3)
    busy = {101: [TimeSpan(NOW - timedelta(days=100), free_from)]}
    plan = make_plan(staff=(make_staff(ANNA),), horizon_days=365)
    assert nearest_offers(plan, CUT, NOW, NOW, busy) == []
    assert nearest_offers(plan, CUT, NOW + timedelta(days=5), NOW, busy) != []


def test_offer_names_the_person_that_the_allocation_then_has() -> None:
    busy = {101: [span("2026-11-24 12:00", "2026-11-24 13:00")]}
    for offer in free_slots(make_plan(), CUT, TUESDAY, NOW, busy):
        answer = why_not(make_plan(), CUT, offer.start_at, NOW, busy)
        assert getattr(answer, "staff_id", None) == offer.staff_id


def test_offers_past_midnight_are_found_once() -> None:
    club = week("22:00-04:00", sunday=True)
    plan = make_plan(weekly=club, staff=(make_staff(ANNA, weekly=club),), interval_minutes=60)
    window = span("2026-11-24 12:00", "2026-11-25 12:00")
    assert _starts(free_slots(plan, CUT, window, NOW, {})) == [
        "24. 21:00",
        "24. 22:00",
        "24. 23:00",
        "25. 00:00",
        "25. 01:00",
        "25. 02:00",
    ]
    nearest = nearest_offers(plan, CUT, utc("2026-11-25 00:00"), NOW, {}, limit=3)
    assert _starts(nearest) == ["25. 00:00", "24. 23:00", "25. 01:00"]


def test_less_loaded_first_then_a_hash_that_stays() -> None:
    load = {ANNA: timedelta(minutes=30), BERND: timedelta(), CLARA: timedelta()}
    order = choose_staff((ANNA, BERND, CLARA), load, "tuesday")
    assert order[2] == ANNA
    assert order == choose_staff((CLARA, BERND, ANNA), load, "tuesday")


def test_equal_people_take_turns_over_the_days() -> None:
    firsts = Counter(choose_staff((ANNA, BERND, CLARA), {}, f"day {n}")[0] for n in range(300))
    assert min(firsts[person] for person in (ANNA, BERND, CLARA)) > 60


def test_bookings_of_a_day_spread_over_equal_people() -> None:
    service = make_service(minutes=30)
    plan = make_plan(
        staff=(make_staff(ANNA), make_staff(BERND), make_staff(CLARA)), services=(service,)
    )
    busy: dict[int, list[TimeSpan]] = {101: [], 102: [], 103: []}
    for _ in range(9):
        offer = free_slots(plan, CUT, TUESDAY, NOW, busy, limit=1)[0]
        resource = plan.staff_by_id[offer.staff_id].resource_id
        busy[resource].append(TimeSpan(offer.start_at, offer.end_at))
    assert {resource: len(spans) for resource, spans in busy.items()} == {101: 3, 102: 3, 103: 3}

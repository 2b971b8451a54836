"""Our own offers in the light of what the calendar last said: free, taken, or not known."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.slots import Allocation, Offer, free_slots, nearest_offers, why_not
from domain.slots.calendar_view import (
    Known,
    Unknown,
    is_free,
    narrowed,
    on_own_data,
    taken_in,
    together,
)
from domain.timespan import TimeSpan
from tests.builders.plans import (
    ANNA,
    BERND,
    COLOUR,
    CUT,
    RESOURCE_OF,
    make_plan,
    make_service,
    make_staff,
    span,
    utc,
    week,
)

ZONE = ZoneInfo("Europe/Berlin")
TUESDAY = date(2027, 3, 2)
NOW = utc("2027-03-01 08:00")
HALF_AN_HOUR = timedelta(minutes=30)
DAY = span("2027-03-02 00:00", "2027-03-03 00:00")


def make_known(free: dict[object, list[TimeSpan]] | None = None, *, day: date = TUESDAY) -> Known:
    people = {ANNA: [span("2027-03-02 08:00", "2027-03-02 10:00")]} if free is None else free
    return Known(
        zone=ZONE,
        free={who: {day: tuple(spans)} for who, spans in people.items()},  # type: ignore[misc]
        age_s=0,
        stale=False,
        why_not={},
    )


def offer(start: str, staff_id: object = ANNA) -> Offer:
    at = utc(start)
    return Offer(start_at=at, end_at=at + HALF_AN_HOUR, staff_id=staff_id)  # type: ignore[arg-type]


def starts(offers: object) -> list[str]:
    assert isinstance(offers, list | tuple)
    return [f"{one.start_at:%H:%M}" for one in offers]


# --- free, taken, not known --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "end", "free"),
    [
        ("08:00", "08:30", True),
        ("09:30", "10:00", True),
        ("08:10", "09:50", True),  # the calendar checks the interval, not its grid
        ("07:45", "08:15", False),
        ("09:45", "10:15", False),
        ("12:00", "12:30", False),
    ],
)
def test_a_span_is_free_when_all_of_it_is(begin: str, end: str, *, free: bool) -> None:
    asked = span(f"2027-03-02 {begin}", f"2027-03-02 {end}")
    assert is_free(make_known(), ANNA, asked) is free


def test_another_person_another_day_and_an_unknown_calendar_are_not_known() -> None:
    tuesday = span("2027-03-02 08:00", "2027-03-02 08:30")
    wednesday = span("2027-03-03 08:00", "2027-03-03 08:30")
    assert is_free(make_known(), BERND, tuesday) is None
    assert is_free(make_known(), ANNA, wednesday) is None
    assert is_free(Unknown(reason="no_answer"), ANNA, tuesday) is None


def test_the_day_is_that_of_the_branch() -> None:
    late = span("2027-03-01 23:30", "2027-03-02 00:00")  # 00:30 on Tuesday in Berlin
    assert is_free(make_known({ANNA: [late]}), ANNA, late) is True
    assert is_free(make_known({ANNA: [late]}, day=date(2027, 3, 1)), ANNA, late) is None


# --- offers ------------------------------------------------------------------------------------


def test_only_what_the_calendar_has_free_is_offered() -> None:
    offers = [offer("2027-03-02 07:45"), offer("2027-03-02 08:00"), offer("2027-03-02 09:30")]
    found = narrowed(offers, make_known())
    assert (starts(found.offers), found.on_own_data) == (["08:00", "09:30"], False)


def test_nothing_is_offered_where_the_calendar_is_full() -> None:
    found = narrowed([offer("2027-03-02 08:00")], make_known({ANNA: []}))
    assert (found.offers, found.on_own_data) == ((), False)


def test_what_the_calendar_confirms_comes_before_what_nobody_knows() -> None:
    offers = [offer("2027-03-02 07:00", BERND), offer("2027-03-02 08:00")]
    found = narrowed(offers, make_known())
    assert (starts(found.offers), found.on_own_data) == (["08:00"], False)


def test_our_own_offers_are_given_as_such_where_nothing_is_known_of_them() -> None:
    offers = [offer("2027-03-02 08:00"), offer("2027-03-02 09:00")]
    found = narrowed(offers, Unknown(reason="no_answer"))
    assert (starts(found.offers), found.on_own_data) == (["08:00", "09:00"], True)


def test_a_full_person_is_never_offered_on_own_data() -> None:
    offers = [offer("2027-03-02 08:00"), offer("2027-03-02 08:00", BERND)]
    found = narrowed(offers, make_known({ANNA: []}))
    assert [one.staff_id for one in found.offers] == [BERND]
    assert found.on_own_data


def test_what_is_chosen_is_on_own_data_unless_the_calendar_has_all_of_it_free() -> None:
    free = (ANNA, span("2027-03-02 08:00", "2027-03-02 08:30"))
    unknown = (BERND, span("2027-03-02 08:00", "2027-03-02 08:30"))
    assert on_own_data(make_known(), [free]) is False
    assert on_own_data(make_known(), [free, unknown]) is True
    assert on_own_data(Unknown(reason="no_room"), [free]) is True


# --- as busy times, for the searches -----------------------------------------------------------


def test_searches_see_what_the_calendar_has_as_taken() -> None:
    plan = make_plan(staff=(make_staff(ANNA),))
    busy = taken_in(make_known(), plan, [CUT])
    assert starts(free_slots(plan, CUT, DAY, NOW, busy))[:3] == ["08:00", "08:15", "08:30"]
    assert starts(free_slots(plan, CUT, DAY, NOW, busy))[-1] == "09:30"
    nearest = nearest_offers(plan, CUT, utc("2027-03-02 15:00"), NOW, busy, limit=1)
    assert starts(nearest) == ["09:30"]


def test_a_day_and_a_person_that_are_not_known_stay_as_our_own_data_say() -> None:
    plan = make_plan()
    busy = taken_in(make_known(), plan, [CUT])
    assert RESOURCE_OF[BERND] not in busy
    wednesday = utc("2027-03-03 14:00")
    assert isinstance(
        why_not(plan, CUT, wednesday, NOW, busy, staff_id=ANNA, staff_hard=True), Allocation
    )


def test_our_buffers_may_reach_into_what_the_calendar_has_as_taken() -> None:
    service = make_service(minutes=60, before=10, after=20)
    plan = make_plan(staff=(make_staff(ANNA),), services=(service,))
    free = span("2027-03-02 09:00", "2027-03-02 11:00")
    busy = taken_in(make_known({ANNA: [free]}), plan, [CUT])
    found = free_slots(plan, CUT, DAY, NOW, busy)
    assert starts(found) == ["09:00", "09:15", "09:30", "09:45", "10:00"]


def test_a_gap_shorter_than_our_buffers_is_still_nobodys() -> None:
    service = make_service(minutes=60, before=10, after=20)
    plan = make_plan(staff=(make_staff(ANNA),), services=(service,))
    around = [
        span("2027-03-02 09:00", "2027-03-02 10:00"),
        span("2027-03-02 10:15", "2027-03-02 12:00"),
    ]
    view = make_known({ANNA: around})
    found = free_slots(plan, CUT, DAY, NOW, taken_in(view, plan, [CUT]))
    assert found
    assert all(is_free(view, ANNA, TimeSpan(one.start_at, one.end_at)) for one in found)


def test_the_least_buffers_of_several_services_count() -> None:
    services = (
        make_service(CUT, minutes=30, after=30),
        make_service(COLOUR, minutes=30, after=0),
    )
    plan = make_plan(staff=(make_staff(ANNA),), services=services)
    view = make_known()
    for service_id in (CUT, COLOUR):
        busy = taken_in(view, plan, [CUT, COLOUR])
        for one in free_slots(plan, service_id, DAY, NOW, busy):
            assert is_free(view, ANNA, TimeSpan(one.start_at, one.end_at))


def test_free_time_across_midnight_is_one_span() -> None:
    night = week("22:00-04:00")
    plan = make_plan(weekly=night, staff=(make_staff(ANNA, weekly=night),))
    tuesday, wednesday = TUESDAY, date(2027, 3, 3)
    view = Known(
        zone=ZONE,
        free={
            ANNA: {
                tuesday: (span("2027-03-02 21:00", "2027-03-02 23:00"),),
                wednesday: (span("2027-03-02 23:00", "2027-03-03 01:00"),),
            }
        },
        age_s=0,
        stale=False,
        why_not={},
    )
    over_midnight = span("2027-03-02 22:45", "2027-03-02 23:15")
    assert is_free(view, ANNA, over_midnight) is True
    found = free_slots(
        plan,
        CUT,
        span("2027-03-02 20:00", "2027-03-03 04:00"),
        NOW,
        taken_in(view, plan, [CUT]),
    )
    assert utc("2027-03-02 22:45") in [one.start_at for one in found]


def test_both_calendars_busy_times_count_together() -> None:
    ours = {101: [span("2027-03-02 08:00", "2027-03-02 09:00")]}
    theirs = {101: [span("2027-03-02 10:00", "2027-03-02 11:00")], 102: [DAY]}
    found = together(ours, theirs)
    assert set(found) == {101, 102}
    assert len(found[101]) == 2

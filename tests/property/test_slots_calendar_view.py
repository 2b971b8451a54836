"""Whatever the calendar said: nothing is found on time that it has as taken, and all else is."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.slots import Offer, free_slots
from domain.slots.calendar_view import Known, is_free, narrowed, taken_in
from domain.timespan import TimeSpan, merge
from tests.builders.plans import ANNA, CUT, make_plan, make_service, make_staff, span, utc

ZONE = ZoneInfo("Europe/Berlin")
TUESDAY = date(2027, 3, 2)
MIDNIGHT = utc("2027-03-01 23:00")  # in Berlin
DAY = span("2027-03-01 23:00", "2027-03-02 23:00")
NOW = utc("2027-03-01 08:00")
minutes = st.integers(0, 24 * 12 - 1).map(lambda fifths: timedelta(minutes=5 * fifths))
free_spans = st.lists(
    st.tuples(minutes, st.integers(1, 60)).map(
        lambda one: TimeSpan(
            MIDNIGHT + one[0],
            min(DAY.end_at, MIDNIGHT + one[0] + timedelta(minutes=5 * one[1])),
        )
    ),
    max_size=6,
)
services = st.builds(
    make_service,
    minutes=st.integers(1, 24).map(lambda fifths: 5 * fifths),
    before=st.integers(0, 6).map(lambda fifths: 5 * fifths),
    after=st.integers(0, 6).map(lambda fifths: 5 * fifths),
)


def view_of(free: list[TimeSpan]) -> Known:
    return Known(zone=ZONE, free={ANNA: {TUESDAY: merge(free)}}, age_s=0, stale=False, why_not={})


def as_seen(offers: list[Offer]) -> list[TimeSpan]:
    return [TimeSpan(one.start_at, one.end_at) for one in offers]


@settings(deadline=None)
@given(free=free_spans, service=services)
def test_searches_find_what_the_calendar_has_free_and_nothing_else(
    free: list[TimeSpan], service: object
) -> None:
    plan = make_plan(staff=(make_staff(ANNA),), services=(service,))  # type: ignore[arg-type]
    view = view_of(free)
    one = plan.services_by_id[CUT]
    ours = free_slots(plan, CUT, DAY, NOW, {}, limit=500)
    found = free_slots(plan, CUT, DAY, NOW, taken_in(view, plan, [CUT]), limit=500)
    assert all(is_free(view, ANNA, span) for span in as_seen(found))
    assert set(as_seen(found)) <= set(as_seen(ours))
    confirmed = narrowed(ours, view)
    assert not confirmed.on_own_data
    buffers = timedelta(minutes=one.buffer_before_minutes + one.buffer_after_minutes)
    gaps = zip(merge(free), merge(free)[1:], strict=False)
    if all(later.start_at - earlier.end_at > buffers for earlier, later in gaps):
        assert as_seen(found) == as_seen(list(confirmed.offers))

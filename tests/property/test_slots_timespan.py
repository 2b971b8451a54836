"""Spans against sets of minutes, and wall time against every minute of the DST nights."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import NonexistentTime
from domain.slots.timeline import Timeline
from domain.timespan import (
    TimeSpan,
    instant_to_local,
    is_ambiguous,
    local_to_instant,
    merge,
    subtract,
    total,
)

ORIGIN = datetime(2027, 3, 27, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
quick = settings(max_examples=100, deadline=None)

spans = st.tuples(st.integers(0, 60), st.integers(1, 25)).map(
    lambda pair: TimeSpan(ORIGIN + pair[0] * MINUTE, ORIGIN + (pair[0] + pair[1]) * MINUTE)
)


def _minutes(*several: TimeSpan) -> set[int]:
    return {
        minute
        for minute in range(100)
        for span in several
        if span.start_at <= ORIGIN + minute * MINUTE < span.end_at
    }


@quick
@given(spans, spans)
def test_overlap_and_intersection_are_shared_minutes(one: TimeSpan, other: TimeSpan) -> None:
    shared = _minutes(one) & _minutes(other)
    both = one.intersect(other)
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)
    assert (_minutes(both) if both else set()) == shared
    assert one.contains(other) == (_minutes(other) <= _minutes(one))


@quick
@given(st.lists(spans, max_size=6), spans)
def test_merge_and_subtract_are_union_and_difference(
    several: list[TimeSpan], one: TimeSpan
) -> None:
    merged = merge(several)
    assert _minutes(*merged) == _minutes(*several)
    assert all(a.end_at < b.start_at for a, b in pairwise(merged))
    left = subtract(one, several)
    assert _minutes(*left) == _minutes(one) - _minutes(*several)
    assert total(left) == len(_minutes(*left)) * MINUTE


@quick
@given(st.lists(spans, max_size=6), spans)
def test_timeline_answers_as_the_minutes_do(busy: list[TimeSpan], asked: TimeSpan) -> None:
    timeline, taken = Timeline(busy), _minutes(*busy)
    assert timeline.is_free(asked.start_at, asked.end_at) == (not taken & _minutes(asked))
    gaps = [TimeSpan(*gap) for gap in timeline.gaps(asked.start_at, asked.end_at)]
    assert _minutes(*gaps) == _minutes(asked) - taken
    assert merge(gaps) == tuple(gaps)
    booked = timeline.booked(asked.start_at, asked.end_at)
    assert booked == len(taken & _minutes(asked)) * MINUTE


@pytest.mark.parametrize("zone_name", ["Europe/Berlin", "Europe/Zurich", "Europe/Vienna"])
@pytest.mark.parametrize("night", ["2027-03-28", "2027-10-31"])
def test_wall_times_of_the_night_are_those_that_a_clock_shows(zone_name: str, night: str) -> None:
    zone = ZoneInfo(zone_name)
    midnight = datetime.fromisoformat(night)
    shown: dict[datetime, list[datetime]] = {}
    for minute in range(-180, 600):
        at = midnight.replace(tzinfo=UTC) + minute * MINUTE
        shown.setdefault(instant_to_local(at, zone), []).append(at)
    for minute in range(360):
        local = midnight + minute * MINUTE
        answer = local_to_instant(local, zone)
        assert isinstance(answer, NonexistentTime) == (local not in shown)
        assert is_ambiguous(local, zone) == (len(shown.get(local, [])) == 2)
        if not isinstance(answer, NonexistentTime):
            assert answer == shown[local][0]

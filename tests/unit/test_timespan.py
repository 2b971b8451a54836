"""Spans of instants, and wall time in the nights when the clocks change."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from domain.errors import NonexistentTime
from domain.timespan import (
    TimeSpan,
    boundary_to_instant,
    instant_to_local,
    is_ambiguous,
    local_to_instant,
    merge,
    subtract,
    total,
)
from tests.builders.plans import span, utc

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "Europe/Zurich", "Europe/Vienna")]
NOON_TO_TWO = span("2026-11-24 12:00", "2026-11-24 14:00")


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_span_keeps_instants_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    same = TimeSpan(
        datetime(2026, 11, 24, 13, tzinfo=berlin), datetime(2026, 11, 24, 15, tzinfo=berlin)
    )
    assert same == NOON_TO_TWO
    assert same.start_at.tzinfo is UTC
    assert same.duration == timedelta(hours=2)


def test_empty_backward_and_naive_spans_are_refused() -> None:
    noon, two = NOON_TO_TWO.start_at, NOON_TO_TWO.end_at
    for start_at, end_at in ((noon, noon), (two, noon), (noon.replace(tzinfo=None), two)):
        with pytest.raises(ValueError, match=r"span|zone"):
            TimeSpan(start_at, end_at)


def test_spans_that_touch_do_not_overlap() -> None:
    after = span("2026-11-24 14:00", "2026-11-24 15:00")
    assert not NOON_TO_TWO.overlaps(after)
    assert NOON_TO_TWO.intersect(after) is None
    assert NOON_TO_TWO.overlaps(span("2026-11-24 13:59", "2026-11-24 15:00"))


def test_end_is_not_contained_but_a_span_up_to_it_is() -> None:
    assert NOON_TO_TWO.contains(NOON_TO_TWO)
    assert NOON_TO_TWO.contains(NOON_TO_TWO.start_at)
    assert not NOON_TO_TWO.contains(NOON_TO_TWO.end_at)
    assert not NOON_TO_TWO.contains(span("2026-11-24 13:00", "2026-11-24 14:01"))


def test_intersection_merge_and_difference() -> None:
    early, late = (
        span("2026-11-24 11:00", "2026-11-24 12:30"),
        span("2026-11-24 13:00", "2026-11-24 13:30"),
    )
    assert NOON_TO_TWO.intersect(early) == span("2026-11-24 12:00", "2026-11-24 12:30")
    assert merge([late, early, NOON_TO_TWO]) == (span("2026-11-24 11:00", "2026-11-24 14:00"),)
    left = subtract(NOON_TO_TWO, [late, early])
    assert left == (
        span("2026-11-24 12:30", "2026-11-24 13:00"),
        span("2026-11-24 13:30", "2026-11-24 14:00"),
    )
    assert total(left) == timedelta(hours=1)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_skipped_time_does_not_exist_and_tells_when_the_clocks_jump(zone: ZoneInfo) -> None:
    jump_at = utc("2027-03-28 01:00")
    for text in ("2027-03-28 02:00", "2027-03-28 02:30", "2027-03-28 02:59:59"):
        told = local_to_instant(_local(text), zone)
        assert told == NonexistentTime(local=_local(text), zone=zone.key, jump_at=jump_at)
        assert not is_ambiguous(_local(text), zone)
        assert boundary_to_instant(_local(text), zone) == jump_at
    assert local_to_instant(_local("2027-03-28 01:59"), zone) == jump_at - timedelta(minutes=1)
    assert local_to_instant(_local("2027-03-28 03:00"), zone) == jump_at


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_time_that_comes_twice_means_the_first(zone: ZoneInfo) -> None:
    half_past_two = _local("2027-10-31 02:30")
    assert is_ambiguous(half_past_two, zone)
    assert local_to_instant(half_past_two, zone) == utc("2027-10-31 00:30")
    assert local_to_instant(half_past_two.replace(fold=1), zone) == utc("2027-10-31 00:30")
    assert instant_to_local(utc("2027-10-31 01:30"), zone) == half_past_two
    assert not is_ambiguous(_local("2027-10-31 03:00"), zone)
    assert not is_ambiguous(_local("2027-10-31 01:59"), zone)


def test_jump_of_half_an_hour_is_found_too() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    told = local_to_instant(_local("2026-10-04 02:15"), zone)
    assert isinstance(told, NonexistentTime)
    assert instant_to_local(told.jump_at, zone) == _local("2026-10-04 02:30")


def test_wall_time_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="wall time"):
        local_to_instant(utc("2027-01-01 00:00"), ZONES[0])
    with pytest.raises(ValueError, match="zone"):
        instant_to_local(_local("2027-01-01 00:00"), ZONES[0])

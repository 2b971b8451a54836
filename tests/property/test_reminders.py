"""Reminders keep their promises for every start, booking, night and set of minutes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.appointment import LEAST_BEFORE, QuietHours, reminders_due

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
ZONES = st.sampled_from([BERLIN, ZoneInfo("Europe/London"), ZoneInfo("America/New_York")])
# Round the nights in which the clocks change, more often than chance would bring them.
CHANGES = [datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)]
STARTS = st.one_of(
    st.integers(0, 800_000).map(lambda n: datetime(2026, 7, 1, tzinfo=UTC) + n * MINUTE),
    st.builds(
        lambda change, hours: change + timedelta(hours=hours),
        st.sampled_from(CHANGES),
        st.integers(-40, 40),
    ),
)
MINUTES = st.lists(st.integers(-5, 20_000), max_size=8)
QUIET = st.times().map(lambda at: at.replace(second=0, microsecond=0))
NIGHTS = st.builds(
    lambda zone, begins, ends: QuietHours(zone=zone, from_local=begins, to_local=ends),
    ZONES,
    QUIET,
    QUIET,
)
AHEAD = st.timedeltas(timedelta(), timedelta(days=20))


def night(begins: time, ends: time) -> QuietHours:
    return QuietHours(zone=BERLIN, from_local=begins, to_local=ends)


def is_quiet(at: datetime, quiet: QuietHours) -> bool:
    """By the clock on the wall, as a customer would judge."""
    wall, begins, ends = at.astimezone(quiet.zone).time(), quiet.from_local, quiet.to_local
    if begins < ends:
        return begins <= wall < ends
    return begins != ends and (wall >= begins or wall < ends)


@settings(max_examples=400, deadline=None)
@given(STARTS, AHEAD, MINUTES, NIGHTS)
@example(CHANGES[0], timedelta(days=9), [1440, 120], night(time(2, 30), time(2, 15)))
@example(CHANGES[1], timedelta(days=9), [60, 30], night(time(2, 30), time(2, 45)))
def test_what_is_due_keeps_every_rule(
    start_at: datetime, ahead: timedelta, minutes: list[int], quiet: QuietHours
) -> None:
    booked_at = start_at - ahead
    due = reminders_due(start_at, booked_at, minutes, quiet)
    assert [r.at for r in due] == sorted({r.at for r in due})
    assert len({r.minutes for r in due}) == len(due) <= 5
    for reminder in due:
        assert reminder.minutes in minutes
        assert reminder.minutes > 0
        assert reminder.at <= start_at - max(reminder.minutes * MINUTE, LEAST_BEFORE)
        assert reminder.at >= booked_at + timedelta(hours=1)
        assert not is_quiet(reminder.at, quiet)


@settings(max_examples=200, deadline=None)
@given(STARTS, AHEAD, ZONES, MINUTES)
def test_without_quiet_hours_each_comes_when_it_was_meant_to(
    start_at: datetime, ahead: timedelta, zone: ZoneInfo, minutes: list[int]
) -> None:
    quiet = QuietHours(zone=zone, from_local=time(8), to_local=time(8))
    due = reminders_due(start_at, start_at - ahead, minutes, quiet)
    wished = sorted({m for m in minutes if m > 0}, reverse=True)[:5]
    meant = {start_at - max(m * MINUTE, LEAST_BEFORE) for m in wished}
    fresh = start_at - ahead + timedelta(hours=1)
    assert [r.at for r in due] == sorted(at for at in meant if at >= fresh)

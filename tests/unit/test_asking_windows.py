"""From times understood to spans looked for, appointments meant, and opening hours as facts."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asking.hours import opening_facts
from domain.asking.model import (
    AnyTime,
    Daily,
    Exact,
    NotUnderstood,
    Past,
    Skipped,
    Unclear,
    When,
    Within,
)
from domain.asking.windows import MAX_DAYS, fits, search_of, settle
from domain.slots import ALWAYS_OFF, BranchPlan
from domain.timespan import TimeSpan
from tests.builders.plans import hours, make_plan, week

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # Tuesday, nine in Munich
PLAN = make_plan(notice_minutes=60, horizon_days=30)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def munich(text: str) -> datetime:
    """In November."""
    return datetime.fromisoformat(f"2026-11-{text}:00+01:00")


def span(start: str, end: str) -> TimeSpan:
    return TimeSpan(munich(start), munich(end))


def within(start: str | None, until: str | None, near: str | None = None) -> Within:
    return Within(
        from_local=local(f"2026-11-{start}") if start else None,
        until_local=local(f"2026-11-{until}") if until else None,
        near_local=local(f"2026-11-{near}") if near else None,
    )


AFTERNOON = Daily(opens=time(14), closes=time(18))


# --- what is looked for ---------------------------------------------------------------------------


def test_an_exact_time_is_asked_for_first_and_its_neighbours_anywhere() -> None:
    search = search_of(Exact(start_local=local("2026-11-27T17:00")), PLAN, NOW)
    assert search.exact_at == search.wished_at == munich("27T17:00")
    assert search.within[0].start_at == NOW + timedelta(hours=1)
    assert search.within[0].contains(NOW + timedelta(days=30))


def test_a_window_is_cut_to_notice_and_horizon() -> None:
    today = search_of(within("24T00:00", "25T00:00"), PLAN, NOW)
    assert today.within == (span("24T10:00", "25T00:00"),)
    assert (today.exact_at, today.wished_at) == (None, None)
    assert search_of(within("27T14:00", "27T18:00", "27T17:00"), PLAN, NOW).wished_at == munich(
        "27T17:00"
    )
    assert search_of(within("24T08:00", "24T09:30"), PLAN, NOW).within == ()
    far = Within(from_local=local("2027-11-01T00:00"), until_local=None)
    assert search_of(far, PLAN, NOW).within == ()
    assert search_of(AnyTime(), make_plan(notice_minutes=60 * 24 * 91), NOW).within == ()


def test_a_time_of_day_is_looked_for_on_each_of_the_days() -> None:
    when = Within(
        from_local=local("2026-11-26T00:00"),
        until_local=local("2026-11-28T00:00"),
        daily=AFTERNOON,
    )
    assert search_of(when, PLAN, NOW).within == (
        span("26T14:00", "26T18:00"),
        span("27T14:00", "27T18:00"),
    )
    any_day = search_of(
        AnyTime(daily=Daily(opens=time(9), closes=time(10), near=time(9, 30))), PLAN, NOW
    )
    assert any_day.within[0] == span("25T09:00", "25T10:00")  # today's is over
    assert any_day.wished_at == munich("25T09:30")
    assert len(any_day.within) == 30


def test_a_night_that_lasts_into_the_day_is_looked_at_from_its_evening() -> None:
    night = Daily(opens=time(22), closes=time(2))
    when = Within(
        from_local=local("2026-11-26T00:00"), until_local=local("2026-11-27T00:00"), daily=night
    )
    assert search_of(when, PLAN, NOW).within == (
        span("26T00:00", "26T02:00"),
        span("26T22:00", "27T00:00"),
    )


def test_the_day_ends_at_midnight() -> None:
    evening = Daily(opens=time(17), closes=time())
    search = search_of(AnyTime(daily=evening), PLAN, NOW)
    assert search.within[0] == span("24T17:00", "25T00:00")


days = st.integers(0, 80).map(lambda n: datetime(2026, 11, 20) + timedelta(hours=6 * n))  # noqa: DTZ001
clocks = st.sampled_from([time(), time(2, 30), time(9), time(14), time(22)])
dailies = st.none() | st.builds(Daily, opens=clocks, closes=clocks, near=st.none() | clocks)


@settings(deadline=None)
@given(st.none() | days, st.none() | days, dailies, st.sampled_from([0, 120, 60 * 24]))
def test_spans_are_in_order_apart_bookable_and_bounded(
    start: datetime | None, until: datetime | None, daily: Daily | None, notice: int
) -> None:
    plan = make_plan(notice_minutes=notice, horizon_days=200)
    when = Within(from_local=start, until_local=until, daily=daily)
    spans = search_of(when, plan, NOW).within
    assert len(spans) <= MAX_DAYS
    for before, after in pairwise(spans):
        assert before.end_at < after.start_at
    for found in spans:
        assert found.start_at >= NOW + timedelta(minutes=notice)
        wall = found.start_at.astimezone(plan.tz).replace(tzinfo=None)
        assert start is None or wall >= start
        assert until is None or wall < until


# --- the appointment meant ------------------------------------------------------------------------

TEN = local("2026-11-25T10:00")


@pytest.mark.parametrize(
    ("when", "fitting"),
    [
        (Exact(start_local=TEN), True),
        (Exact(start_local=local("2026-11-25T10:15")), False),
        (Past(start_local=TEN), True),
        (Skipped(start_local=TEN), True),
        (within("25T00:00", "26T00:00"), True),
        (within("25T10:00", None), True),
        (within(None, "25T10:00"), False),
        (within("26T00:00", "27T00:00"), False),
        (AnyTime(), True),
        (AnyTime(soonest=True), True),
        (AnyTime(daily=AFTERNOON), False),
        (AnyTime(daily=Daily(opens=time(9), closes=time())), True),
        (Unclear(options=(date(2026, 11, 25), date(2026, 12, 2))), True),
        (Unclear(options=(local("2026-11-25T22:00"), TEN)), True),
        (Unclear(options=(date(2026, 11, 26),)), False),
        (NotUnderstood(field="date"), False),
    ],
)
def test_an_appointment_is_meant_where_some_reading_fits(when: When, fitting: bool) -> None:
    assert fits(when, TEN) is fitting


def test_with_slack_a_rounded_time_is_meant_too() -> None:
    quarter = timedelta(minutes=15)
    at = local("2026-11-25T10:15")
    exactly = (Exact(start_local=TEN), Unclear(options=(TEN,)), within("25T09:00", "25T10:00"))
    for when in exactly:
        assert not fits(when, at)
    assert fits(exactly[0], at, slack=quarter)
    assert fits(exactly[1], at, slack=quarter)
    assert not fits(exactly[2], at, slack=quarter)
    daily = AnyTime(daily=Daily(opens=time(10), closes=time(10, 1)))
    assert fits(daily, at, slack=quarter)
    assert not fits(daily, local("2026-11-25T10:30"), slack=quarter)


# --- doubts that opening hours settle -------------------------------------------------------------


def eight(*options: str) -> Unclear:
    return Unclear(options=tuple(local(f"2026-11-{option}") for option in options))


def test_a_time_at_which_nobody_is_open_is_no_question() -> None:
    both = eight("25T08:00", "25T20:00")
    assert settle(both, make_plan(weekly=week("07:00-18:00"))) == Exact(
        start_local=local("2026-11-25T08:00")
    )
    assert settle(both, make_plan(weekly=week("12:00-21:00"))) == Exact(
        start_local=local("2026-11-25T20:00")
    )
    assert settle(both, make_plan(weekly=week("08:00-21:00"))) == both
    assert settle(both, make_plan(weekly=week("10:00-18:00"))) == both  # open at neither
    evening_or_morning = eight("24T20:00", "25T08:00")
    assert settle(evening_or_morning, make_plan(weekly=week("07:00-18:00"))) == Exact(
        start_local=local("2026-11-25T08:00")
    )


def test_which_day_is_meant_stays_a_question() -> None:
    plan = make_plan(special_days={date(2026, 11, 28): ()})
    two_days = Unclear(options=(date(2026, 11, 28), date(2026, 12, 5)))
    assert settle(two_days, plan) == two_days
    same_time = eight("28T11:00", "30T11:00")
    assert settle(same_time, plan) == same_time
    either = Unclear(options=eight("25T08:00", "25T20:00").options, either=True)
    assert settle(either, plan) == either
    assert settle(AnyTime(), plan) == AnyTime()


# --- opening hours --------------------------------------------------------------------------------


def split_day() -> BranchPlan:
    return make_plan(
        weekly=week("08:00-12:00", "13:00-18:00"),
        special_days={date(2026, 11, 26): hours("10:00-14:00")},
    )


def test_opening_hours_are_those_of_the_day_asked_for() -> None:
    facts = opening_facts(split_day(), date(2026, 11, 25), NOW, days=3)
    assert [day.day.day for day in facts.days] == [25, 26, 27]
    assert facts.days[0].spans == (span("25T08:00", "25T12:00"), span("25T13:00", "25T18:00"))
    assert facts.days[1].spans == (span("26T10:00", "26T14:00"),)
    assert facts.today == date(2026, 11, 24)


def test_open_now_says_until_when_and_what_comes_next() -> None:
    facts = opening_facts(split_day(), date(2026, 11, 24), NOW)
    assert (facts.open_now, facts.closes_at) == (True, munich("24T12:00"))
    assert facts.next_opening_at == munich("24T13:00")
    noon = opening_facts(split_day(), date(2026, 11, 24), munich("24T12:00"))
    assert (noon.open_now, noon.closes_at) == (False, None)
    evening = opening_facts(split_day(), date(2026, 11, 24), munich("25T18:00"))
    assert (evening.open_now, evening.next_opening_at) == (False, munich("26T10:00"))


def test_a_holiday_has_its_name_and_no_hours() -> None:
    facts = opening_facts(split_day(), date(2026, 12, 25), NOW)
    assert facts.days[0].spans == ()
    assert facts.days[0].holiday == "Erster Weihnachtstag"
    sunday = opening_facts(split_day(), date(2026, 11, 29), NOW).days[0]
    assert (sunday.spans, sunday.holiday) == ((), None)


def test_a_bar_is_open_after_midnight() -> None:
    plan = make_plan(weekly=week("18:00-02:00"))
    facts = opening_facts(plan, date(2026, 11, 25), munich("25T01:00"))
    assert (facts.open_now, facts.closes_at) == (True, munich("25T02:00"))


def test_who_never_opens_has_no_next_opening_and_a_question_is_about_a_week_at_most() -> None:
    facts = opening_facts(make_plan(weekly=ALWAYS_OFF), date(2026, 11, 25), NOW, days=400)
    assert facts.next_opening_at is None
    assert len(facts.days) == 7
    assert len(opening_facts(split_day(), date(2026, 11, 25), NOW, days=0).days) == 1

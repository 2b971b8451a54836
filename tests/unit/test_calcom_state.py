"""What the health page makes of what was asked of Cal.com."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest

from api import calcom_state
from api.calcom_state import AT_CALDAV, WHAT_TO_DO, ConnectionHealth, Evidence, Finding, judge
from contracts.availability import ConnectionState
from db.queries.api_logs import AskedRecord
from integrations import circuit
from integrations.calcom import breaker, errors, limits
from integrations.calcom.outcomes import Refused, Unclear
from integrations.caldav import outcomes

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
CONNECTION = UUID(int=5)
DOWN = "CalcomUnavailable"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def make_asked(*answers: str, status: int | None = None, apart_s: float = 10) -> list[AskedRecord]:
    """The newest first, the newest `apart_s` ago."""
    return [
        AskedRecord(at=ago(apart_s * number), operation="slots", status=status, answer=answer)
        for number, answer in enumerate(answers, 1)
    ]


def judged(asked: list[AskedRecord] | None = None, **changes: Any) -> ConnectionHealth:
    seen: dict[str, Any] = {
        "has_key": True,
        "has_event_types": True,
        "asked": asked or [],
        "shared": None,
        "per_minute": 120,
        "open_s": 60.0,
        "now": NOW,
    }
    return judge(CONNECTION, "salon-muster", Evidence(**seen | changes))


@pytest.mark.parametrize(
    ("answers", "status", "finding", "said"),
    [
        (["answered"], None, "ok", "ok"),
        (["created", "found", "absent"], None, "ok", "ok"),
        (["refused: slot_gone"], 400, "ok", "ok"),
        ([DOWN, "answered"], None, "some_failures", "degraded"),
        (["unclear", DOWN, DOWN, DOWN, "answered"], None, "some_failures", "degraded"),
        ([DOWN] * 5, None, "no_answer", "down"),
        (["CalcomDown", "CalcomDown", *[DOWN] * 5, "answered"], None, "no_answer", "down"),
        (["answered", *[DOWN] * 5], None, "ok", "ok"),
        (["CalcomRejected: configuration"], 401, "unauthorised", "unauthorised"),
        (["refused: configuration"], 403, "unauthorised", "unauthorised"),
        (["CalcomRejected: configuration"], 404, "refused", "misconfigured"),
        (["refused: configuration"], 400, "refused", "misconfigured"),
        (["CalcomAnswerNotUnderstood"], None, "not_understood", "degraded"),
        (["CalcomRateLimited", "answered"], None, "no_room", "degraded"),
        (["NoRoom", "answered"], None, "ok", "ok"),
        ([], None, "nothing_asked", "unknown"),
    ],
)
def test_the_last_answers_say_how_it_is(
    answers: list[str], status: int | None, finding: str, said: str
) -> None:
    health = judged(make_asked(*answers, status=status))
    assert (health.finding, health.status) == (finding, said)
    assert health.what_to_do == WHAT_TO_DO[health.finding]


@pytest.mark.parametrize(
    ("answers", "status", "finding", "said"),
    [
        (["answered", "created"], None, "ok", "ok"),
        (["CaldavRejected: configuration"], 401, "unauthorised", "unauthorised"),
        (["CaldavRejected: configuration"], 404, "no_calendar", "misconfigured"),
        (["CaldavRejected: configuration"], 507, "refused", "misconfigured"),
        (["CaldavAnswerNotUnderstood"], None, "not_understood", "degraded"),
        (["CaldavRateLimited"], None, "no_room", "degraded"),
        (["CaldavUnavailable", "answered"], None, "some_failures", "degraded"),
        (["CaldavDown", *["CaldavUnavailable"] * 5], None, "no_answer", "down"),
    ],
)
def test_a_caldav_server_is_judged_by_the_same_rules_with_words_of_its_own(
    answers: list[str], status: int | None, finding: str, said: str
) -> None:
    health = judged(make_asked(*answers, status=status), provider="caldav", per_minute=None)
    assert (health.finding, health.status, health.provider) == (finding, said, "caldav")
    assert health.requests_left is None
    if said != "ok":
        assert "Cal.com" not in health.what_to_do


def test_what_is_missing_here_comes_before_what_calcom_says() -> None:
    asked = make_asked(*[DOWN] * 9)
    assert judged(asked, has_key=False).finding == "no_key"
    assert judged(asked, has_event_types=False).finding == "no_event_types"


def test_since_when_and_the_last_of_each_kind_are_told() -> None:
    health = judged(make_asked(DOWN, DOWN, "answered", DOWN))
    assert health.since_at == ago(20)
    assert health.last_success_at == ago(30)
    assert (health.last_error, health.last_error_at) == (DOWN, ago(10))
    fine = judged(make_asked("answered", "created"))
    assert (fine.last_error, fine.since_at) == (None, ago(20))


def test_the_breaker_is_read_from_failures_in_a_row_where_it_is_not_shared() -> None:
    assert judged(make_asked(*[DOWN] * 4)).breaker == "closed"
    assert judged(make_asked(*[DOWN] * 5)).breaker == "open"
    assert judged(make_asked(*[DOWN] * 5), open_s=5).breaker == "half_open"


def test_requests_of_the_last_minute_are_counted_where_they_are_not_shared() -> None:
    asked = make_asked(*["answered"] * 9, "CalcomDown", apart_s=8)  # seven within the minute
    assert judged(asked).requests_left == 116 - 7
    full = judged(make_asked(*["answered"] * 110, apart_s=0.5))
    assert (full.requests_left, full.finding) == (6, "no_room")


def test_a_429_of_long_ago_is_over() -> None:
    assert judged(make_asked("CalcomRateLimited", apart_s=90)).finding == "ok"


def test_what_the_workers_share_comes_first() -> None:
    shared = ConnectionState(breaker="half_open", since_at=ago(300), requests_left=40)
    health = judged(make_asked("answered"), shared=shared)
    assert (health.breaker, health.requests_left) == ("half_open", 40)
    assert (health.status, health.since_at) == ("down", ago(300))
    blocked = ConnectionState(breaker="closed", requests_left=0, blocked_until_at=NOW)
    assert judged(make_asked("answered"), shared=blocked).finding == "no_room"


def test_every_finding_says_what_to_do_in_one_sentence() -> None:
    assert set(WHAT_TO_DO) == set(get_args(Finding))
    every = [*WHAT_TO_DO.values(), *AT_CALDAV.values()]
    assert all(said.endswith(".") and said.count(". ") == 0 for said in every)
    assert not any("Cal.com" in said for said in AT_CALDAV.values())


def test_the_classes_are_called_as_the_client_calls_them() -> None:
    """The page may not import the client; names that nobody writes would never be found."""
    sent = {breaker.CalcomDown, limits.NoRoom, outcomes.CaldavDown}
    assert {one.__name__ for one in sent} | {"failed"} == calcom_state.NOT_SENT
    away = {errors.CalcomUnavailable, outcomes.CaldavUnavailable}
    assert {one.__name__ for one in away} | {"unclear"} == calcom_state.NO_ANSWER
    assert Unclear(message="").kind == outcomes.Unclear(message="").kind == "unclear"
    refused = (errors.CalcomRejected, outcomes.CaldavRejected)
    assert tuple(one.__name__ for one in refused) == calcom_state.REFUSED
    limited = {errors.CalcomRateLimited, outcomes.CaldavRateLimited}
    assert {one.__name__ for one in limited} == calcom_state.LIMITED
    strange = {errors.CalcomAnswerNotUnderstood, outcomes.CaldavAnswerNotUnderstood}
    assert {one.__name__ for one in strange} == calcom_state.NOT_UNDERSTOOD
    assert Refused(cause="configuration", message="", status=400).kind == "refused"
    assert circuit.FAILURES == calcom_state.IN_A_ROW
    assert limits.SHARES["in_call"] == calcom_state.CALLS_SHARE

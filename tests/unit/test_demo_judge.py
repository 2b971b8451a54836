"""The demo's judge lets nothing pass that a caller would complain of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.caller.judge import Seen, verdict, verdicts_of_rivals
from sandbox.caller.plans import Plan, make_plans

PLANS = {p.scenario.key: p for p in make_plans(datetime(2026, 11, 21, 9, tzinfo=UTC))}
NUMBER = "11111111-2222-3333-4444-555555555555"


def appointment(plan: Plan, **changes: Any) -> dict[str, Any]:
    assert plan.start is not None
    return {
        "id": NUMBER,
        "status": "booked",
        "start_at": plan.start.astimezone(UTC).isoformat(),
        "zone": "Europe/Berlin",
        "branch": {"id": "b", "name": plan.scenario.expected.branch},
        "customer": {"phone": plan.scenario.expected.phone, "name": "x", "email": None},
        **changes,
    }


def mail(identity: str) -> dict[str, Any]:
    return {"message_id": f"<{identity}@mail.example>", "to": "x", "subject": "y"}


def booked(plan: Plan) -> Seen:
    """A booking as it should be."""
    audiences = ["branch"] + (["customer"] if plan.scenario.email else [])
    made = appointment(plan)
    return Seen(
        outcome="booked",
        call={"call_id": "call_1", "outcome": "booked", "offers": [], "reason": None},
        appointment=made,
        bookings=[{"start": made["start_at"], "status": "accepted"}],
        mails=[mail(f"{NUMBER}.confirmation.{audience}.0") for audience in audiences],
    )


def found(plan: Plan, seen: Seen) -> list[str]:
    return verdict(plan, plan.scenario.expected, seen).problems


CLEAN = PLANS["clean_booking"]
BOOKED = booked(CLEAN)
LATER = {
    "start": (datetime(2030, 1, 1, tzinfo=UTC)).isoformat(),
    "status": "accepted",
}


@pytest.mark.parametrize(
    "key", ["clean_booking", "wrong_analysis", "other_branch", "withheld_number", "english_caller"]
)
def test_a_right_booking_is_right(key: str) -> None:
    assert found(PLANS[key], booked(PLANS[key])) == []


@pytest.mark.parametrize(
    "seen",
    [
        replace(BOOKED, outcome="callback"),
        replace(BOOKED, outcome=None),
        replace(BOOKED, appointment=None),
        replace(BOOKED, appointment=appointment(CLEAN, status="reserved")),
        replace(BOOKED, appointment=appointment(CLEAN, branch={"name": "Charlottenburg"})),
        replace(
            BOOKED,
            appointment=appointment(
                CLEAN, start_at=((CLEAN.start or datetime.now(UTC)) + timedelta(days=7)).isoformat()
            ),
        ),
        replace(BOOKED, bookings=[]),
        replace(BOOKED, bookings=[*BOOKED.bookings, *BOOKED.bookings]),
        replace(BOOKED, bookings=[LATER]),
        replace(BOOKED, mails=[]),
        replace(BOOKED, mails=[*BOOKED.mails, *BOOKED.mails]),
        replace(BOOKED, review=True),
    ],
    ids=[
        "another outcome",
        "not settled",
        "no appointment",
        "only reserved",
        "another branch",
        "a week later",
        "no booking at Cal.com",
        "two bookings at Cal.com",
        "another time at Cal.com",
        "no mail",
        "each mail twice",
        "kept for review",
    ],
)
def test_a_wrong_booking_is_found(seen: Seen) -> None:
    assert found(CLEAN, seen)


def test_an_appointment_of_an_information_call_is_found() -> None:
    plan = PLANS["information"]
    right = Seen(
        outcome="info",
        call={"call_id": "call_1", "offers": []},
        mails=[mail("call_1.settled")],
    )
    assert found(plan, right) == []
    assert found(plan, replace(right, appointment=appointment(CLEAN)))


def test_a_refusal_without_alternatives_or_apology_is_found() -> None:
    plan = PLANS["taken_slot"]
    right = Seen(
        outcome="callback",
        call={"call_id": "call_1", "offers": ["2026-11-24T10:00:00Z"], "reason": "slot_taken"},
        appointment=appointment(plan, status="failed"),
        mails=[mail("call_1.settled"), mail(f"{NUMBER}.apology.customer.0")],
    )
    assert found(plan, right) == []
    assert found(plan, replace(right, call={"call_id": "call_1", "offers": []}))
    assert found(plan, replace(right, mails=right.mails[:1]))


def test_a_call_of_nobody_must_be_kept_for_review() -> None:
    plan = PLANS["unknown_number"]
    assert found(plan, Seen(outcome="none", review=True)) == []
    assert found(plan, Seen(outcome="none"))


def rivals(first: Seen, second: Seen) -> list[bool]:
    pairs = [(PLANS["race_first"], first), (PLANS["race_second"], second)]
    return [judged.right for judged in verdicts_of_rivals(pairs)]


def test_of_two_rivals_exactly_one_may_be_booked_whoever_it_is() -> None:
    winner = booked(PLANS["race_first"])
    loser = Seen(
        outcome="callback",
        call={"call_id": "call_2", "offers": ["2026-11-24T10:00:00Z"], "reason": "slot_taken"},
        mails=[mail("call_2.settled")],
    )
    assert rivals(winner, loser) == [True, True]
    assert rivals(loser, winner) == [True, True]
    assert False in rivals(winner, winner)
    assert False in rivals(loser, loser)
    silent = replace(loser, call={"call_id": "call_2", "offers": []})
    assert rivals(winner, silent) == [True, False]

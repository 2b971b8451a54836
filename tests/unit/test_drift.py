"""Our appointments beside Cal.com's bookings: what differs, and what of it mends itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.drift import (
    PROPOSALS,
    SELF_REPAIRED,
    Drift,
    OurAppointment,
    TheirBooking,
    compare,
)
from domain.timespan import TimeSpan

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
HALF = timedelta(minutes=30)
DAYS = TimeSpan(TEN - timedelta(days=1), TEN + timedelta(days=9))
ID = uuid4()


def ours(**changes: Any) -> OurAppointment:
    plain: dict[str, Any] = {
        "id": ID,
        "status": "booked",
        "is_moving": False,
        "start_at": TEN,
        "end_at": TEN + HALF,
        "uid_hash": "known",
        "event_type_id": 5,
    }
    return OurAppointment(**plain | changes)


def theirs(uid_hash: str = "known", *, at: datetime = TEN, **changes: Any) -> TheirBooking:
    plain: dict[str, Any] = {
        "uid_hash": uid_hash,
        "booking_id": 70,
        "appointment_id": ID,
        "start_at": at,
        "end_at": at + HALF,
        "event_type_id": 5,
    }
    return TheirBooking(**plain | changes)


def found(
    appointments: list[OurAppointment], bookings: list[TheirBooking]
) -> list[tuple[str, UUID, str | None]]:
    drifts = compare(appointments, bookings, DAYS)
    return [(drift.kind, drift.appointment_id, drift.uid_hash) for drift in drifts]


def test_one_booking_at_its_time_is_no_drift() -> None:
    assert found([ours()], [theirs()]) == []


@pytest.mark.parametrize(
    ("appointment", "bookings", "kinds"),
    [
        (ours(), [], ["missing"]),
        (ours(), [theirs(at=TEN + HALF)], ["other_time"]),
        (ours(), [theirs(event_type_id=6)], ["other_calendar"]),
        (ours(), [theirs("new", at=TEN + HALF)], ["moved"]),
        (ours(), [theirs(), theirs("second")], ["surplus"]),
        (ours(status="cancelled"), [theirs()], ["orphan"]),
        (ours(status="failed", uid_hash=None), [theirs()], ["orphan"]),
        (ours(id=uuid4(), status="cancelled"), [theirs()], ["unknown_appointment"]),
        # The saga is at work: it ends one way or the other.
        (ours(status="held"), [theirs()], []),
        (ours(is_moving=True), [theirs(), theirs("second")], []),
        (ours(status="completed"), [theirs()], []),
    ],
)
def test_each_difference_has_its_kind(
    appointment: OurAppointment, bookings: list[TheirBooking], kinds: list[str]
) -> None:
    assert [kind for kind, *_ in found([appointment], bookings)] == kinds


def test_of_several_that_took_the_place_of_the_known_one_the_last_counts() -> None:
    bookings = [theirs("first", booking_id=71), theirs("last", booking_id=72)]
    assert found([ours()], bookings) == [("moved", ID, "last")]


def test_what_is_known_to_lie_outside_of_what_was_read_is_not_missed() -> None:
    later = ours(start_at=DAYS.end_at + HALF, end_at=DAYS.end_at + 2 * HALF)
    assert found([later], []) == []
    assert found([later], [theirs("second")]) == [("surplus", ID, "second")]


def test_a_difference_keeps_its_name_from_one_look_to_the_next() -> None:
    [first] = compare([ours()], [theirs(at=TEN + HALF)], DAYS)
    [second] = compare([ours()], [theirs(at=TEN + 2 * HALF)], DAYS)
    assert first.key == second.key
    [other] = compare([ours()], [], DAYS)
    assert other.key != first.key


def test_for_what_does_not_mend_itself_there_is_something_to_propose() -> None:
    asked = {kind for kind in PROPOSALS if kind not in SELF_REPAIRED}
    assert asked == {"missing", "other_calendar", "unknown_appointment"}
    drift = Drift(kind="missing", appointment_id=ID, uid_hash=None, start_at=TEN)
    assert PROPOSALS[drift.kind] == "book_again_or_cancel"

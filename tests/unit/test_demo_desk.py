"""What a caller takes for taken, of what stands at Cal.com."""

from typing import Any

from sandbox.calendars import event_type_slug
from sandbox.caller.desk import OUR_KEY, taken_at_calcom
from sandbox.companies import demo_company

COMPANY = demo_company("haarwerk")
BRANCHES = [branch.ref for branch in COMPANY.branches]
PERSON = COMPANY.staff[0]
[HERE, *_] = PERSON.hours


def booking(*, status: str = "accepted", ours: bool = False) -> dict[str, Any]:
    """As the sandbox lists it."""
    return {
        "status": status,
        "start": "2026-11-23T09:00:00.000Z",
        "end": "2026-11-23T10:00:00.000Z",
        "eventType": {"id": 1, "slug": event_type_slug(PERSON, COMPANY.branch(HERE))},
        "metadata": {OUR_KEY: "an appointment"} if ours else {},
    }


def test_a_booking_of_ours_blocks_its_branch_alone() -> None:
    assert len(BRANCHES) > 1
    assert [one.branch for one in taken_at_calcom(COMPANY, [booking(ours=True)])] == [HERE]


def test_a_strangers_booking_blocks_every_branch_for_its_time() -> None:
    found = taken_at_calcom(COMPANY, [booking(status="pending")])
    assert [one.branch for one in found] == BRANCHES
    assert {(one.start_at.hour, one.end_at.hour) for one in found} == {(9, 10)}


def test_a_cancelled_booking_blocks_nothing() -> None:
    assert taken_at_calcom(COMPANY, [booking(status="cancelled", ours=True)]) == []

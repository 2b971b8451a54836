"""Plans from the demo catalogue of the shared contracts (`catalogue.json`), for tests."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.ids import seeded_id
from domain.slots import (
    BookingRules,
    BranchPlan,
    DayHours,
    OpeningRules,
    ResourceNeed,
    ResourceRules,
    ServiceRules,
    StaffOverride,
    StaffRules,
    WallHours,
    WeekHours,
)

SHARED_RETELL = Path(__file__).resolve().parents[2].parent / "shared" / "contracts" / "retell"
_STAFF_RESOURCES_FROM = 1_000  # so that no staff member shares a number with a room


def load_companies() -> dict[str, dict[str, Any]]:
    """Company id -> its JSON; the test is skipped where the shared contracts are not there."""
    path = SHARED_RETELL / "catalogue.json"
    if not path.exists():
        pytest.skip(f"shared contracts are not beside this checkout: {path.name}")
    return {company["id"]: company for company in json.loads(path.read_text())["companies"]}


def load_transcripts() -> list[dict[str, Any]]:
    folder = SHARED_RETELL / "transcripts"
    if not folder.exists():
        pytest.skip("shared contracts are not beside this checkout: transcripts")
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def ref(kind: str, reference: str) -> UUID:
    """The UUID that stands for a reference of the catalogue."""
    return seeded_id(kind, reference)


def plan_from_catalogue(company: dict[str, Any], branch_id: str) -> BranchPlan:
    """The branch of that reference; staff resources count from 1000, rooms and devices from 1."""
    branch = next(b for b in company["branches"] if b["id"] == branch_id)
    rules = company["rules"]
    return BranchPlan(
        branch_id=ref("branch", branch_id),
        zone=company["timezone"],
        rules=BookingRules(**rules),
        opening=OpeningRules(
            weekly=_week(branch["opening_hours"]),
            special_days={
                date.fromisoformat(day["date"]): _day(day["opening_hours"])
                for day in branch["special_days"]
            },
            country=branch["address"]["country"],
            subdivision=branch["bundesland"],
            closed_on_public_holidays=branch["closed_on_public_holidays"],
        ),
        staff=tuple(
            _staff(person, branch_id, number, company["services"])
            for number, person in enumerate(company["staff"], start=_STAFF_RESOURCES_FROM)
            if branch_id in person["branches"]
        ),
        services=tuple(_service(s) for s in company["services"] if branch_id in s["branches"]),
        resources=tuple(
            ResourceRules(id=number, type=resource["type"])
            for number, resource in enumerate(branch["resources"], start=1)
        ),
    )


def _staff(
    person: dict[str, Any], branch_id: str, number: int, services: list[dict[str, Any]]
) -> StaffRules:
    return StaffRules(
        id=ref("staff", person["id"]),
        resource_id=number,
        weekly=_week(person["working_hours"][branch_id]),
        overrides={
            ref("service", service["id"]): StaffOverride(**service["staff_overrides"][person["id"]])
            for service in services
            if person["id"] in service["staff_overrides"]
        },
    )


def _service(service: dict[str, Any]) -> ServiceRules:
    return ServiceRules(
        id=ref("service", service["id"]),
        duration_minutes=service["duration_minutes"],
        buffer_before_minutes=service["buffer_before_minutes"],
        buffer_after_minutes=service["buffer_after_minutes"],
        needs=tuple(ResourceNeed(**need) for need in service["resources"]),
        staff_ids=tuple(ref("staff", staff_id) for staff_id in service["staff"]),
        price_cents=service["price_cents"],
    )


def _week(hours: dict[str, list[list[str]]]) -> WeekHours:
    mon, tue, wed, thu, fri, sat, sun = (
        _day(hours[day]) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    return mon, tue, wed, thu, fri, sat, sun


def _day(intervals: list[list[str]]) -> DayHours:
    return tuple(WallHours(_wall(opens), _wall(closes)) for opens, closes in intervals)


def _wall(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)

"""The rules against the demo catalogue: what its calls agreed on must be bookable."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.errors import DomainError, Holiday, NoResourceFree
from domain.slots import Allocation, BranchPlan, nearest_offers, opening_of, why_not
from domain.timespan import TimeSpan
from tests.builders.catalogue import (
    SHARED_RETELL,
    load_companies,
    load_transcripts,
    plan_from_catalogue,
    ref,
)

NAMES = sorted(path.stem for path in (SHARED_RETELL / "transcripts").glob("*.json"))


def _call(name: str) -> dict[str, Any]:
    return next(t for t in load_transcripts() if t["name"] == name)


def _service(company: dict[str, Any], name: str) -> str:
    return next(str(s["id"]) for s in company["services"] if s["name"] == name)


@pytest.mark.skipif(not NAMES, reason="shared contracts are not beside this checkout")
@pytest.mark.parametrize("name", NAMES)
def test_start_that_a_call_agreed_on_is_bookable_at_the_time_of_the_call(name: str) -> None:
    transcript = _call(name)
    expected = transcript["expected"]
    if expected["action"] not in ("book", "reschedule"):
        assert expected["start_utc"] is None
        return
    company = load_companies()[expected["company_id"]]
    plan = plan_from_catalogue(company, expected["branch_id"])
    service_id = ref("service", _service(company, expected["service"]))
    started_at = datetime.fromtimestamp(
        transcript["call_analyzed"]["call"]["start_timestamp"] / 1000, UTC
    )
    start_at = datetime.fromisoformat(expected["start_utc"])

    answer = why_not(plan, service_id, start_at, started_at, {})

    assert isinstance(answer, Allocation), str(answer)
    assert answer.start_at == start_at
    assert answer.staff_id in plan.services_by_id[service_id].staff_ids


def _plans() -> list[BranchPlan]:
    return [
        plan_from_catalogue(company, branch["id"])
        for company in load_companies().values()
        for branch in company["branches"]
    ]


def test_every_service_of_every_branch_has_an_offer_in_a_normal_week() -> None:
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    for plan in _plans():
        for service in plan.services:
            if not plan.qualified(service):
                answer = why_not(plan, service.id, now + timedelta(days=2), now, {})
                assert isinstance(answer, DomainError)
                continue
            offers = nearest_offers(plan, service.id, now + timedelta(days=2), now, {})
            assert len(offers) == 5, service


def test_corpus_christi_closes_cologne_and_munich_but_not_berlin() -> None:
    day = datetime(2027, 5, 27, tzinfo=UTC).date()
    closed = {
        plan.opening.subdivision: isinstance(opening_of(plan, day), Holiday) for plan in _plans()
    }
    assert closed == {"BE": False, "HH": False, "BY": True, "NW": True, "HE": True}


def test_bleaching_waits_for_the_one_lamp_though_the_dentist_is_free() -> None:
    company = load_companies()["co_lindner"]
    plan = plan_from_catalogue(company, "br_lindner_schwabing")
    service_id = ref("service", "svc_lindner_bleaching")
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    wish = nearest_offers(plan, service_id, now + timedelta(days=2), now, {})[0]
    lamp = next(r.id for r in plan.resources if r.type == "bleaching_lamp")
    busy = {lamp: [TimeSpan(wish.start_at, wish.start_at + timedelta(minutes=15))]}

    answer = why_not(plan, service_id, wish.start_at, now, busy)

    assert answer == NoResourceFree(resource_type="bleaching_lamp", needed=1, free=0)


def test_filling_takes_an_hour_with_bauer_and_45_minutes_with_others() -> None:
    company = load_companies()["co_lindner"]
    plan = plan_from_catalogue(company, "br_lindner_schwabing")
    service = plan.services_by_id[ref("service", "svc_lindner_fuellung")]
    minutes = {
        staff_id: plan.duration_of(service, staff_id).total_seconds() / 60
        for staff_id in service.staff_ids
    }
    assert minutes.pop(ref("staff", "st_lindner_bauer")) == 60
    assert set(minutes.values()) == {45}

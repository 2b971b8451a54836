"""The demo's companies in a form of our own are still those that the example calls are about."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sandbox.catalogue import catalogue_shape
from sandbox.companies import demo_companies, demo_company

SHARED = Path(__file__).parents[2].parent / "shared/contracts/retell/catalogue.json"
# Of no use to an engine: notes for people, and what the other fields say already.
LEFT_OUT = {"note"}


def comparable(company: dict[str, Any]) -> dict[str, Any]:
    """Without notes; dates of one year; an override's unset halves and the order left out."""
    found: dict[str, Any] = json.loads(json.dumps(company, ensure_ascii=False))
    if found["hotline"]:
        found["hotline"] = {k: v for k, v in found["hotline"].items() if k not in LEFT_OUT}
    for branch in found["branches"]:
        branch["special_days"] = [d for d in branch["special_days"] if d["date"][:4] == "2026"]
    for person in found["staff"]:
        person.pop("services", None)  # said by the services
    for service in found["services"]:
        service["staff"] = sorted(service["staff"])
        service["staff_overrides"] = {
            ref: {name: value for name, value in other.items() if value is not None}
            for ref, other in service["staff_overrides"].items()
        }
    return found


@pytest.mark.skipif(not SHARED.exists(), reason="the shared contracts are not beside this checkout")
def test_each_company_says_what_the_shared_catalogue_says() -> None:
    theirs = json.loads(SHARED.read_text(encoding="utf-8"))["companies"]
    assert [company.slug for company in demo_companies()] == [their["slug"] for their in theirs]
    for company, their in zip(demo_companies(), theirs, strict=True):
        assert comparable(catalogue_shape(company, date(2026, 11, 21))) == comparable(their)


def test_rules_of_every_year_become_dates_of_the_coming_years() -> None:
    shape = catalogue_shape(demo_company("haarwerk"), date(2031, 12, 30))
    days = {day["date"]: day["opening_hours"] for day in shape["branches"][0]["special_days"]}
    assert days == {
        "2031-12-24": [["09:00", "13:00"]],
        "2031-12-31": [],
        "2032-12-24": [["09:00", "13:00"]],
        "2032-12-31": [],
        "2033-12-24": [["09:00", "13:00"]],
        "2033-12-31": [],
    }


def test_a_persons_own_length_beats_the_services() -> None:
    company = demo_company("lindner")
    assert company.service("svc_lindner_fuellung").minutes_with("st_lindner_bauer") == 60
    assert company.service("svc_lindner_fuellung").minutes_with("st_lindner_lindner") == 45

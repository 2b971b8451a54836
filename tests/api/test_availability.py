"""Free starts over REST: by the plan, less what is held or booked, in pages."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.slots import try_reserve
from db.session import tenant_session
from domain.slots import holidays_of
from tests.api.test_appointments import new_api_key
from tests.builders.rows import Salon, make_allocation, make_appointment, make_salon

PATH = "/api/v1/availability"
BERLIN = ZoneInfo("Europe/Berlin")


def next_monday() -> datetime:
    """Nine o'clock, far enough away for any notice, and no holiday in Berlin."""
    day = datetime.now(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    day += timedelta(days=7 - day.weekday())
    while day.date() in holidays_of("DE", "BE", day.year):
        day += timedelta(days=7)
    return day.replace(hour=9)


@pytest.fixture
async def api_key(engine: AsyncEngine, salon: Salon) -> str:
    return await new_api_key(engine, salon.company_id)


async def free(http: httpx.AsyncClient, api_key: str, **params: Any) -> dict[str, Any]:
    asked = {"branch": "Mitte", "service": "Schnitt", **params}
    answer = await http.get(PATH, params=asked, headers={"X-API-Key": api_key})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def starts(page: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(item["start_at"]).astimezone(BERLIN) for item in page["items"]]


async def test_free_starts_of_a_day_lie_on_the_grid_within_opening_hours(
    http: httpx.AsyncClient, api_key: str, salon: Salon
) -> None:
    day = next_monday()
    window = {
        "from": (day - timedelta(hours=9)).isoformat(),
        "to": day.replace(hour=23).isoformat(),
    }
    page = await free(http, api_key, **window)
    found = starts(page)
    assert found[0] == day
    assert found[-1] == day.replace(hour=17, minute=30)
    assert {b - a for a, b in pairwise(found)} == {timedelta(minutes=15)}
    assert (page["zone"], page["on_own_data"], page["next_cursor"]) == (
        *("Europe/Berlin", True),
        None,
    )
    first = page["items"][0]
    ends_at = datetime.fromisoformat(first["end_at"])
    assert ends_at - datetime.fromisoformat(first["start_at"]) == timedelta(minutes=30)
    assert first["staff"]["name"] in {"Anna", "Ben"}


async def test_what_is_held_is_not_free(
    http: httpx.AsyncClient, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    own = await make_salon(engine, "salon-belegt", number=8)
    key, day = await new_api_key(engine, own.company_id), next_monday()
    async with tenant_session(engine, own.company_id) as session:
        held = await make_appointment(session, own, start_at=day)
        allocation = make_allocation(own, start_at=day.astimezone(UTC))
        assert await try_reserve(session, appointment_id=held, revision=0, allocation=allocation)
    window = {"from": day.isoformat(), "to": (day + timedelta(hours=2)).isoformat()}
    anna = starts(await free(http, key, staff="Anna", **window))
    assert anna[0] == day + timedelta(minutes=45)
    ben = await free(http, key, staff="Ben", **window)
    assert starts(ben)[0] == day
    assert {UUID(item["staff"]["id"]) for item in ben["items"]} == {own.staff[1]}
    both = await free(http, key, **window)
    assert both["items"][0]["staff"]["name"] == "Ben"


async def test_pages_follow_each_other_without_gap_or_repetition(
    http: httpx.AsyncClient, api_key: str, salon: Salon
) -> None:
    day = next_monday()
    window = {"from": day.isoformat(), "to": day.replace(hour=12).isoformat()}
    whole = starts(await free(http, api_key, **window))
    seen: list[datetime] = []
    cursor = None
    while True:
        page = await free(
            http, api_key, limit=5, **window, **({"cursor": cursor} if cursor else {})
        )
        seen += starts(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(whole) == 12


async def test_without_a_window_it_is_the_week_from_now(
    http: httpx.AsyncClient, api_key: str, salon: Salon
) -> None:
    found = starts(await free(http, api_key, limit=200))
    now = datetime.now(UTC)
    assert found
    assert now < found[0]
    assert found[-1] <= now + timedelta(days=7)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"branch": "Nirgendwo"}, "branch"),
        ({"service": "Segeln"}, "service"),
        ({"staff": "Niemand"}, "staff"),
        ({"from": "2031-03-04T10:00:00"}, "from"),
        ({"from": "2031-03-04T10:00:00Z", "to": "2031-03-04T10:00:00Z"}, "to"),
        ({"from": "2031-03-04T10:00:00Z", "to": "2031-06-04T10:00:00Z"}, "to"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "x"}, "cursor"),
    ],
)
async def test_a_wrong_parameter_is_named(
    http: httpx.AsyncClient, api_key: str, params: dict[str, str], field: str
) -> None:
    asked = {"branch": "Mitte", "service": "Schnitt", **params}
    answer = await http.get(PATH, params=asked, headers={"X-API-Key": api_key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].removeprefix("query.") == field


async def test_nobody_looks_into_another_companys_diary(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon
) -> None:
    other = await make_salon(engine, "salon-nachbar", number=2)
    key = await new_api_key(engine, other.company_id)
    asked = {"branch": str(salon.branch_id), "service": "Schnitt"}
    answer = await http.get(PATH, params=asked, headers={"X-API-Key": key})
    assert answer.json()["code"] == "unknown_branch"
    assert (await http.get(PATH, params=asked)).status_code == 401

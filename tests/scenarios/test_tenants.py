"""With one company's key nothing of another company is seen or touched."""

from typing import Any
from uuid import uuid4

import pytest

from sandbox.caller.desk import Desk
from sandbox.caller.diary import Wish
from sandbox.companies import demo_company
from stack.info import DemoCompany, StackInfo
from tests.scenarios.phone import assert_booked_once, callers_for, phone_in
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

Json = dict[str, Any]

OURS, THEIRS = "haarwerk", "seeblick"
THEIR_WISH = Wish(company=THEIRS, branch="br_seeblick_sachsenhausen", service="svc_seeblick_herren")


async def test_a_companys_key_opens_nothing_of_another_company(
    stack: StackInfo, desk: Desk
) -> None:
    [caller] = await callers_for(desk, [THEIR_WISH])
    call = await phone_in(desk, caller)
    [appointment] = call["appointments"]
    number, call_id = appointment["id"], call["call_id"]
    assert await desk.appointment(THEIRS, number) is not None
    assert await desk.appointment(OURS, number) is None
    assert await desk.call(OURS, call_id) is None
    assert number in await _listed(desk, THEIRS, "appointments", "id")
    assert call_id in await _listed(desk, THEIRS, "calls", "call_id")
    assert number not in await _listed(desk, OURS, "appointments", "id")
    assert call_id not in await _listed(desk, OURS, "calls", "call_id")
    await assert_booked_once(desk, caller, call)


async def test_a_companys_key_books_nothing_at_another_company(
    stack: StackInfo, desk: Desk
) -> None:
    """Neither by the other's ids nor by its names."""
    theirs, known = _company(stack, THEIRS), demo_company(THEIRS)
    [caller] = await callers_for(desk, [THEIR_WISH])
    extra = theirs.model_extra or {}
    by_id = {"branch": extra["branches"][0]["id"], "service": extra["services"][0]["id"]}
    by_name = {"branch": known.branches[0].name, "service": known.services[0].name}
    before = await _listed(desk, THEIRS, "appointments", "id")
    for order in (by_id, by_name):
        answer = await desk.http.post(
            f"{stack.api_url}/api/v1/appointments",
            json={
                **order,
                "start_at": caller.start.isoformat(),
                "customer": {"name": caller.name, "phone": caller.phone},
            },
            headers={"X-API-Key": _company(stack, OURS).api_key, "Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code == 422, answer.text
    assert await _listed(desk, THEIRS, "appointments", "id") == before
    assert await verify_stack(stack) == []


def _company(stack: StackInfo, slug: str) -> DemoCompany:
    return next(company for company in stack.companies if company.slug == slug)


async def _listed(desk: Desk, slug: str, what: str, key: str) -> set[str]:
    """Of all pages."""
    found: set[str] = set()
    cursor: str | None = None
    for _ in range(100):
        answer = await desk.http.get(
            f"{desk.stack.api_url}/api/v1/{what}",
            params={"limit": 200} | ({"cursor": cursor} if cursor else {}),
            headers={"X-API-Key": _company(desk.stack, slug).api_key},
        )
        page = answer.raise_for_status().json()
        found |= {item[key] for item in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError(f"{slug} has more {what} than any test makes")

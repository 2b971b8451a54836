"""What the whole stack's Cal.com is asked and answers is what its OpenAPI document allows."""

import httpx
import pytest

from sandbox.caller.desk import Desk
from stack.info import StackInfo
from tests.builders.referee import OPENAPI
from tests.chaos.wishes import PHYSIO
from tests.scenarios.phone import free_starts
from tests.scenarios.test_people_in_the_calendar import booked
from tests.stack_fixture import contract_violations

pytestmark = [
    pytest.mark.stack,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not OPENAPI.exists(), reason="the document is not at hand"),
]


async def test_a_booking_of_the_stack_is_held_against_the_document(
    stack: StackInfo, desk: Desk
) -> None:
    """That the rest of the run is, too, is asked when the stack is stopped."""
    [start] = await free_starts(desk, [PHYSIO])
    await booked(desk, PHYSIO, start)
    async with httpx.AsyncClient(base_url=stack.calcom_url) as http:
        told = (await http.get("/sandbox/violations")).json()
    assert told["seen"] >= told["checked"] > 0
    assert contract_violations(stack) == []

"""The agent says "gebucht" of a wish that nobody can book as it was said: the caller is told so by
message, once, and a person calls back.
"""

from datetime import UTC, datetime
from random import SystemRandom
from zoneinfo import ZoneInfo

import pytest

from sandbox.caller.calls import Line, PhoneCall, new_call_id, phone_call
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from sandbox.caller.plans import CALL_AGO
from sandbox.caller.scripts import Script
from sandbox.caller.spoken import placeholders
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.scenarios.phone import (
    TOLD_WITHIN_S,
    Caller,
    Json,
    callers_for,
    deliver,
    query,
    settled,
    texts_to,
)
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

WISH = Wish(
    company="haarwerk",
    branch="br_haarwerk_mitte",
    service="svc_haarwerk_damenhaarschnitt",
    staff="st_haarwerk_sophie",
)


def told_booked_without_a_time(caller: Caller) -> PhoneCall:
    company = demo_company(caller.wish.company)
    branch = company.branch(caller.wish.branch)
    script = Script(
        language="de",
        summary="Ein Terminwunsch.",
        turns=[
            f"A: {company.name}, guten Tag.",
            f"U: Guten Tag, {caller.name}. Einen Damenhaarschnitt bei Sophie, am {{date_dat}}.",
            "A: Damenhaarschnitt bei Sophie am {date_dat}. Ihr Termin ist gebucht.",
            "U: Danke, auf Wiederhören.",
        ],
        analysis={"intent": "book", "customer_name": caller.name},
    )
    line = Line(
        caller=caller.phone,
        dialled=branch.phone_numbers[0],
        agent_id=branch.agents[0],
        agent_name=f"{company.name} {branch.name} (de)",
    )
    started_at = datetime.now(UTC) - CALL_AGO
    said_at = started_at.astimezone(ZoneInfo(company.timezone))
    said = script.filled(placeholders(caller.start, said_at=said_at, language="de"))
    return phone_call(new_call_id(SystemRandom()), line, said, started_at=started_at)


async def test_the_caller_hears_by_message_that_it_is_not_booked(
    stack: StackInfo, desk: Desk
) -> None:
    [caller] = await callers_for(desk, [WISH])
    # There are only a hundred numbers of fiction: an earlier caller may have had this one.
    earlier = len(await texts_to(desk, caller.phone))
    call = told_booked_without_a_time(caller)
    await deliver(desk, call)
    seen = await settled(desk, caller, call.call_id)
    assert (seen["outcome"], seen["reason"]) == ("callback", "incomplete")
    assert seen["appointments"] == []

    async def texts() -> list[Json] | None:
        return (await texts_to(desk, caller.phone))[earlier:] or None

    found = await wait_until(texts, within_s=TOLD_WITHIN_S)
    assert found is not None
    [text] = found
    assert "noch nicht gebucht. Wir rufen Sie zurück." in text["body"]
    rows = await query(
        stack,
        "SELECT channel, status FROM notifications WHERE retell_call_id = %s"
        " AND audience = 'customer'",
        call.call_id,
    )
    assert [row["channel"] for row in rows] == ["sms"]
    assert await verify_stack(stack) == []

"""Customers' texts on the whole stack: sent, delivered, and no more of them after STOP."""

from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts.appointments import Cancel, ChangeResult
from domain.ids import appointment_workflow_id
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.diary import Wish
from sandbox.companies import demo_company
from sandbox.sms_accounts import sender_of
from stack.info import StackInfo
from tests.scenarios.phone import TOLD_WITHIN_S, Json, callers_for, phone_in, query, texts_to, told

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

WISH = Wish(
    company="haarwerk",
    branch="br_haarwerk_mitte",
    service="svc_haarwerk_damenhaarschnitt",
    staff="st_haarwerk_sophie",
)


async def sms_rows(stack: StackInfo, appointment_id: str, kind: str) -> list[Json]:
    return await query(
        stack,
        "SELECT status, delivery, repeats FROM notifications"
        " WHERE appointment_id = %s AND kind = %s AND channel = 'sms'",
        appointment_id,
        kind,
    )


async def test_a_customer_gets_texts_until_they_want_no_more(stack: StackInfo, desk: Desk) -> None:
    [caller] = await callers_for(desk, [WISH])
    # There are only a hundred numbers of fiction: an earlier caller may have had this one.
    earlier = len(await texts_to(desk, caller.phone))
    call = await phone_in(desk, caller)
    number = call["appointments"][0]["id"]

    async def delivered() -> bool | None:
        rows = await sms_rows(stack, number, "confirmation")
        return True if [row["delivery"] for row in rows] == ["delivered"] else None

    assert await wait_until(delivered, within_s=TOLD_WITHIN_S)
    [text] = (await texts_to(desk, caller.phone))[earlier:]
    assert "Ihr Termin ist bestätigt" in text["body"]
    assert text["segments"] <= 2

    stop = {"from": caller.phone, "to": sender_of(demo_company(WISH.company)), "body": "Stopp"}
    wrote = await desk.http.post(f"{stack.sms_url}/sandbox/sms/inbound", json=stop)
    assert wrote.json()["webhook_status"] == 200

    temporal = await Client.connect(
        stack.temporal_address,
        namespace=stack.temporal_namespace,
        data_converter=pydantic_data_converter,
    )
    cancelled: ChangeResult = await temporal.get_workflow_handle(
        appointment_workflow_id(number)
    ).execute_update("cancel", Cancel(), id=str(uuid4()), result_type=ChangeResult)
    assert cancelled.outcome == "cancelled"
    await told(desk, number, "cancellation")

    async def left_out() -> bool | None:
        rows = await sms_rows(stack, number, "cancellation")
        return True if [row["status"] for row in rows] == ["skipped"] else None

    assert await wait_until(left_out, within_s=TOLD_WITHIN_S)
    assert len(await texts_to(desk, caller.phone)) == earlier + 1

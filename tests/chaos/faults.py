"""Ordered faults of Cal.com and of the mail server, and whether somebody has met them yet."""

from typing import Any

from sandbox.caller.desk import Desk, wait_until

Json = dict[str, Any]

MET_WITHIN_S = 45.0


async def break_calendar(desk: Desk, company: str, operation: str, fault: Json) -> None:
    """For the next request of this operation by this company."""
    order = {"operation": operation, "api_key": desk.calcom_key(company), **fault}
    answer = await desk.http.post(f"{desk.stack.calcom_url}/sandbox/faults", json=order)
    answer.raise_for_status()


async def met_calendar_fault(desk: Desk, company: str) -> None:
    """Until the request has come that all faults of this company were waiting for."""

    async def met() -> bool | None:
        answer = await desk.http.get(f"{desk.stack.calcom_url}/sandbox/faults")
        waiting = {fault["api_key"] for fault in answer.json()["faults"]}
        return None if desk.calcom_key(company) in waiting else True

    assert await wait_until(met, within_s=MET_WITHIN_S), f"{company} asked nothing of Cal.com"


async def break_mail(desk: Desk, fault: str, delay_s: float) -> None:
    """For the next mail of anybody."""
    answer = await desk.http.post(
        f"{desk.stack.mail_url}/api/faults", json={"fault": fault, "delay_s": delay_s}
    )
    answer.raise_for_status()


async def met_mail_fault(desk: Desk) -> None:
    async def met() -> bool | None:
        answer = await desk.http.get(f"{desk.stack.mail_url}/api/faults")
        return None if answer.json() else True

    assert await wait_until(met, within_s=MET_WITHIN_S), "nobody sent a mail"


async def requests(desk: Desk, company: str, operation: str) -> list[Json]:
    """What this company asked of Cal.com since the sandbox has run, as it was answered."""
    answer = await desk.http.get(
        f"{desk.stack.calcom_url}/sandbox/requests",
        params={"operation": operation, "api_key": desk.calcom_key(company)},
    )
    found: list[Json] = answer.json()["requests"]
    return found

"""A workflow that logs before and after it learns its company. Runs in the SDK's sandbox."""

from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel


class Start(BaseModel):
    retell_call_id: str


class Recorded(BaseModel):
    company_id: str


class Ask(BaseModel):
    retell_call_id: str
    company_id: str


@activity.defn
async def record(start: Start) -> Recorded:
    activity.logger.info("recording for %s", "+4917604069040")
    return Recorded(company_id="company-of-the-number")


@activity.defn
async def plan(ask: Ask) -> None:
    activity.logger.info("planning")


@workflow.defn
class Chatty:
    def __init__(self) -> None:
        self._poked = False

    @workflow.run
    async def run(self, start: Start) -> None:
        workflow.logger.info("begun")
        patience = timedelta(seconds=10)
        recorded = await workflow.execute_local_activity(
            record, start, start_to_close_timeout=patience
        )
        workflow.logger.info("recorded")
        ask = Ask(retell_call_id=start.retell_call_id, company_id=recorded.company_id)
        await workflow.execute_activity(plan, ask, start_to_close_timeout=patience)
        await workflow.wait_condition(lambda: self._poked)
        try:
            int("anna.muster@example.org")
        except ValueError:
            workflow.logger.exception("went wrong")

    @workflow.signal
    def poke(self) -> None:
        workflow.logger.info("poked")
        self._poked = True

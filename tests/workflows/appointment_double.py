"""An appointment's workflow that only hears: what it was told is its result."""

from temporalio import workflow

from contracts.life import CalendarReported
from contracts.names import APPOINTMENT_WORKFLOW


@workflow.defn(name=APPOINTMENT_WORKFLOW)
class Hearing:
    def __init__(self) -> None:
        self._heard: CalendarReported | None = None

    @workflow.run
    async def run(self) -> CalendarReported | None:
        await workflow.wait_condition(lambda: self._heard is not None)
        return self._heard

    @workflow.signal
    def calendar_reported(self, report: CalendarReported) -> None:
        self._heard = report

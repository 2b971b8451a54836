"""Every recorded history of the demo is walked by today's workflow code in the same way.

`askproai demo --record tests/replay/histories` writes them; a change of a workflow that breaks one
needs `workflow.patched`, or calls that run during a deployment would get stuck.
"""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError
from typing_extensions import override

from contracts.appointments import AppointmentProgress, AppointmentStart, CalendarBooked, SlotHeld
from contracts.names import APPOINTMENT_WORKFLOW
from sandbox.caller.scenarios import SCENARIOS, UNKNOWN_LINE, Scenario
from sandbox.replay import divergence, read_history
from workflows.appointment import AppointmentWorkflow

HISTORIES = Path(__file__).parent / "histories"
RECORDED = sorted(HISTORIES.glob("*.json"))
REORDERED = "clean_booking-appointment"


def kinds(scenario: Scenario) -> list[str]:
    """What its call made: a wish that reached a company became an appointment, booked or not."""
    wished = scenario.wish is not None and scenario.dialled != UNKNOWN_LINE
    return ["call", "appointment"] if wished else ["call"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.key)
def test_each_call_of_the_demo_has_its_histories(scenario: Scenario) -> None:
    names = {path.stem for path in RECORDED}
    missing = {f"{scenario.key}-{kind}" for kind in kinds(scenario)} - names
    assert not missing, "record them: askproai demo --record tests/replay/histories"


def test_no_history_is_of_a_call_that_the_demo_no_longer_has() -> None:
    wanted = {f"{scenario.key}-{kind}" for scenario in SCENARIOS for kind in kinds(scenario)}
    assert {path.stem for path in RECORDED} <= wanted


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_todays_code_walks_the_way_of_a_recorded_history(path: Path) -> None:
    assert await divergence(read_history(path)) is None


@workflow.defn(name=APPOINTMENT_WORKFLOW)
class TellsBeforeItConfirms(AppointmentWorkflow):
    """Two steps have changed places: the mails go out before the reservation is confirmed."""

    @workflow.init
    def __init__(self, start: AppointmentStart) -> None:
        super().__init__(start)

    @override
    @workflow.run
    async def run(self, start: AppointmentStart) -> AppointmentProgress:
        return await super().run(start)

    @override
    async def _confirm(self, slot: SlotHeld, booking: CalendarBooked) -> None:
        await self._tell_both("confirmation")
        await super()._confirm(slot, booking)


async def test_a_step_in_another_place_is_noticed() -> None:
    history: WorkflowHistory = read_history(HISTORIES / f"{REORDERED}.json")
    replayer = Replayer(
        workflows=[TellsBeforeItConfirms],
        data_converter=pydantic_data_converter,
        # The sandbox would import this file anew, and pytest with it.
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert isinstance(result.replay_failure, NondeterminismError)

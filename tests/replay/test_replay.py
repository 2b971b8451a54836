"""Every recorded history of the demo is walked by today's workflow code in the same way.

`askproai demo --record tests/replay/histories` writes them; a change of a workflow that breaks one
needs `workflow.patched`, or calls that run during a deployment would get stuck.
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from contracts.appointments import CalendarBooked, SlotHeld
from sandbox.caller.scenarios import SCENARIOS, UNKNOWN_LINE, Scenario
from sandbox.conversations.reading import shipped
from sandbox.conversations.shown import SHOWN
from sandbox.replay import divergence, read_history
from workflows import booking as booking_saga
from workflows.appointment import AppointmentWorkflow
from workflows.booking import confirm
from workflows.one_appointment import OneAppointment
from workflows.telling import tell

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


def talks() -> set[str]:
    """Of the conversations, by their recorded names: those of one caller each."""
    scenarios = shipped()
    return {
        f"talk_{name}" + ("" if under == "none" else f"_{under}")
        for name, under in SHOWN
        if scenarios[name].callers == 1
    }


def test_each_conversation_of_the_demo_has_its_history() -> None:
    missing = {f"{name}-call" for name in talks()} - {path.stem for path in RECORDED}
    assert not missing, "record them: askproai demo --record tests/replay/histories"


def test_no_history_is_of_a_call_that_the_demo_no_longer_has() -> None:
    wanted = {f"{scenario.key}-{kind}" for scenario in SCENARIOS for kind in kinds(scenario)}
    of_talks = {stem for path in RECORDED if (stem := path.stem).rpartition("-")[0] in talks()}
    assert {path.stem for path in RECORDED} - of_talks <= wanted


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_todays_code_walks_the_way_of_a_recorded_history(path: Path) -> None:
    assert await divergence(read_history(path)) is None


async def tells_before_it_confirms(
    it: OneAppointment, slot: SlotHeld, booking: CalendarBooked
) -> None:
    """Two steps have changed places: the messages go out before the reservation is confirmed."""
    tell(it, "confirmation", "customer", "branch")
    await confirm(it, slot, booking)


async def test_a_step_in_another_place_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    history: WorkflowHistory = read_history(HISTORIES / f"{REORDERED}.json")
    monkeypatch.setattr(booking_saga, "confirm", tells_before_it_confirms)
    replayer = Replayer(
        workflows=[AppointmentWorkflow],
        data_converter=pydantic_data_converter,
        # The sandbox would import the workflow's modules anew, without the change.
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert isinstance(result.replay_failure, NondeterminismError)

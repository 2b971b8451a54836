"""`askproai replay`: what it is given, and what it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from sandbox.replay import NoHistoryError, divergence, read_history, replay, workflow_id
from settings import Settings

BOOKED = Path(__file__).parent / "histories" / "clean_booking-appointment.json"


def events_of(path: Path) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["events"]
    return events


def history(events: list[dict[str, Any]]) -> WorkflowHistory:
    return WorkflowHistory.from_json("changed", json.dumps({"events": events}))


async def test_a_history_of_other_code_is_found_out() -> None:
    """The control: the first regular step of a booking was another one then."""
    events = events_of(BOOKED)
    scheduled = next(e for e in events if "activityTaskScheduledEventAttributes" in e)
    scheduled["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "calendar.other"
    failure = await divergence(history(events))
    assert failure is not None
    assert "calendar" in str(failure)


def test_the_command_says_yes_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(str(BOOKED), Settings()) == 0
    assert "walks the same way" in capsys.readouterr().out


def test_the_command_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = events_of(BOOKED)
    scheduled = next(e for e in events if "activityTaskScheduledEventAttributes" in e)
    scheduled["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "calendar.other"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({"events": events}), encoding="utf-8")
    assert replay(str(changed), Settings()) == 1
    told = capsys.readouterr().out
    assert "not deterministic" in told
    assert "calendar.other" in told


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"events": [{"eventType": "What"}]}'])
def test_what_is_no_history_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoHistoryError, match="is not a workflow history"):
        read_history(path)
    assert replay(str(path), Settings()) == 1


def test_a_server_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay("call_0123", Settings(temporal_address="127.0.0.1:1")) == 1
    assert "No Temporal server answers" in capsys.readouterr().out


def test_targets_become_workflow_ids() -> None:
    number = "0e7b8ad3-3a5c-5c0c-9f5e-000000000001"
    assert workflow_id("call_0123") == "call:call_0123"
    assert workflow_id(number) == f"appointment:{number}"
    assert workflow_id(f"appointment:{number}") == f"appointment:{number}"

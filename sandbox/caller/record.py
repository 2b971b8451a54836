"""Keeps the histories of the demo's workflows as files, to be replayed against later code."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from sandbox.caller.conduct import CallReport
from sandbox.caller.inside import Inside
from stack.info import StackInfo


async def record_histories(
    stack: StackInfo, reports: Iterable[CallReport], folder: Path
) -> list[Path]:
    """One file a workflow, `SCENARIO-call.json` and `SCENARIO-appointment.json`.

    Of calls that came out as expected only, in place of what was recorded of them before. The
    form is that of `temporal workflow show --output json`. Histories hold ids, codes and
    instants; names, numbers and transcripts stay in PostgreSQL.
    """
    written: list[Path] = []
    async with Inside.opened(stack) as inside:
        for report in reports:
            if not report.verdict.right:
                continue
            _remove(folder, report.plan.scenario.key)
            for workflow_id in report.workflow_ids:
                kind = workflow_id.split(":", 1)[0]
                history = await inside.history(workflow_id)
                written.append(_write(folder / f"{report.plan.scenario.key}-{kind}.json", history))
    return written


def _remove(folder: Path, key: str) -> None:
    for old in folder.glob(f"{key}-*.json"):
        old.unlink()


def _write(path: Path, history: WorkflowHistory) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_without_traces(history.to_json_dict()), separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _without_traces(value: Any) -> Any:
    """Stack traces name the folders of this machine, and no replay reads them."""
    if isinstance(value, dict):
        return {k: _without_traces(v) for k, v in value.items() if k != "stackTrace"}
    if isinstance(value, list):
        return [_without_traces(each) for each in value]
    return value

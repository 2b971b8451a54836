"""Keeps the histories of the demo's workflows as files, to be replayed against later code."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from sandbox.caller.inside import Inside
from stack.info import StackInfo


async def record_histories(
    stack: StackInfo, workflows: Mapping[str, Iterable[str]], folder: Path
) -> list[Path]:
    """One file a workflow, `NAME-call.json`, `NAME-appointment.json`, `NAME-appointment-2.json` …

    `workflows`: the ids of each call's, by name; what was recorded of it before is replaced. The
    form is that of `temporal workflow show --output json`. Histories hold ids, codes and
    instants; names, numbers and transcripts stay in PostgreSQL.
    """
    written: list[Path] = []
    async with Inside.opened(stack) as inside:
        for name, workflow_ids in workflows.items():
            _remove(folder, name)
            for file, workflow_id in _files(name, list(workflow_ids)):
                written.append(_write(folder / file, await inside.history(workflow_id)))
    return written


def _files(name: str, workflow_ids: Sequence[str]) -> list[tuple[str, str]]:
    counts: Counter[str] = Counter()
    files = []
    for workflow_id in workflow_ids:
        kind = workflow_id.split(":", 1)[0]
        counts[kind] += 1
        number = f"-{counts[kind]}" if counts[kind] > 1 else ""
        files.append((f"{name}-{kind}{number}.json", workflow_id))
    return files


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

"""Keeps the histories of the demo's workflows as files, to be replayed against later code."""

from collections.abc import Iterable
from pathlib import Path

from sandbox.caller.conduct import CallReport
from sandbox.caller.inside import Inside
from stack.info import StackInfo


async def record_histories(
    stack: StackInfo, reports: Iterable[CallReport], folder: Path
) -> list[Path]:
    """One file a workflow, `SCENARIO-call.json` and `SCENARIO-appointment.json`.

    Of calls that came out as expected only, in place of what was recorded of them before. The form is that of `temporal workflow show --output json`. Histories hold ids, codes and
    instants; names, numbers and transcripts stay in PostgreSQL.
    """
    written: list[Path] = []
    async with Inside.opened(stack) as inside:
        for report in reports:
            if not report.verdict.right:
                continue
            for old in folder.glob(f"{report.plan.scenario.key}-*.json"):
                old.unlink()
            for workflow_id in report.workflow_ids:
                kind = workflow_id.split(":", 1)[0]
                history = await inside.history(workflow_id)
                written.append(
                    _write(folder / f"{report.plan.scenario.key}-{kind}.json", history.to_json())
                )
    return written


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path

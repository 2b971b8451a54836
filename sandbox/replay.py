"""`askproai replay`: a recorded history, run against today's workflow code."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

from google.protobuf.json_format import ParseError
from rich.console import Console
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from domain.ids import appointment_workflow_id, call_workflow_id
from settings import Settings
from workflows.appointment import AppointmentWorkflow
from workflows.call import CallWorkflow

_PREFIX = "EVENT_TYPE_"
_SHOWN_KINDS = 6


class NoHistoryError(Exception):
    """There is nothing to replay; the message says what was looked for, and where."""


def replay(target: str, settings: Settings) -> int:
    """Prints what was replayed; 0 if today's code walks the same way, 1 if not or not found."""
    console = Console()
    try:
        path = Path(target)
        if path.is_file():
            history = read_history(path)
        else:
            history = asyncio.run(_fetch(workflow_id(target), settings))
        return asyncio.run(_replay(history, console))
    except NoHistoryError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return 1


def workflow_id(target: str) -> str:
    """Of a Retell call id, an appointment's id, or a workflow id as it is."""
    if target.startswith("call_"):
        return call_workflow_id(target)
    try:
        return appointment_workflow_id(UUID(target))
    except ValueError:
        return target


def read_history(path: Path) -> WorkflowHistory:
    """As `temporal workflow show --output json` and the Web UI's download write it."""
    try:
        history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, ParseError) as error:
        raise NoHistoryError(f"{path} is not a workflow history in JSON: {error}") from error
    started = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
    if not history.events or history.events[0].event_type != started:
        raise NoHistoryError(f"{path} is not a workflow history: it does not begin with a start")
    return history


async def divergence(history: WorkflowHistory) -> Exception | None:
    """Why today's code does not walk the way of this history; None if it does."""
    replayer = Replayer(
        workflows=[CallWorkflow, AppointmentWorkflow], data_converter=pydantic_data_converter
    )
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    return result.replay_failure


async def _replay(history: WorkflowHistory, console: Console) -> int:
    console.print(f"[bold]{history.workflow_id}[/]: {_summary(history)}", highlight=False)
    began = time.monotonic()
    failure = await divergence(history)
    took_ms = round((time.monotonic() - began) * 1000)
    if failure is None:
        console.print(f"[green]✓[/] Today's code walks the same way ({took_ms} ms).")
        return 0
    kind = "not deterministic" if isinstance(failure, NondeterminismError) else "failed"
    console.print(f"[red]✗[/] The replay is {kind}:", highlight=False)
    console.print(_reason(failure), markup=False, highlight=False, soft_wrap=True)
    return 1


async def _fetch(found_id: str, settings: Settings) -> WorkflowHistory:
    where = f"namespace {settings.temporal_namespace} of {settings.temporal_address}"
    try:
        client = await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=pydantic_data_converter,
        )
        return await client.get_workflow_handle(found_id).fetch_history()
    except RuntimeError as error:
        raise NoHistoryError(
            f"No Temporal server answers ({where}); `askproai up` starts one."
        ) from error
    except RPCError as error:
        raise NoHistoryError(f"No history of {found_id} in {where}: {error.message}") from error


def _summary(history: WorkflowHistory) -> str:
    counted = Counter(EventType.Name(event.event_type) for event in history.events)
    kinds = ", ".join(
        f"{count} {name.removeprefix(_PREFIX).lower().replace('_', ' ')}"
        for name, count in counted.most_common(_SHOWN_KINDS)
    )
    return f"{len(history.events)} events ({kinds}, …)"


def _reason(failure: Exception) -> str:
    """The SDK's sentence, with the causes under it."""
    lines: list[str] = []
    error: BaseException | None = failure
    while error is not None:
        lines.append(f"  {type(error).__name__}: {error}")
        error = error.__cause__
    return "\n".join(lines)

"""From a stored event to its call: the workflow, or the call's row once that has ended."""

import structlog

from api.engine import call_start, report_to_call
from api.runtime import ApiRuntime
from contracts.calls import CallReported, RecordEvents
from contracts.upkeep import EventOfCall, PassedOn
from db.queries.webhooks import mark_late, mark_signalled
from db.session import platform_session

_log = structlog.get_logger(__name__)


async def pass_on(runtime: ApiRuntime, event: EventOfCall) -> PassedOn:
    """Each part may be repeated, and is until the last one is done: by Retell, then by the sweep.

    Raises EngineUnavailableError.
    """
    start = call_start(runtime.settings, event.retell_call_id)
    report = CallReported(event_id=event.event_id, kind=event.kind)
    outcome = await report_to_call(runtime.temporal, start, report, dialled=event.dialled)
    if outcome == "late":
        await _complete(runtime, event)
    async with platform_session(runtime.engine) as session:
        mark = mark_late if outcome == "late" else mark_signalled
        await mark(session, event.event_id)
    return outcome


async def _complete(runtime: ApiRuntime, event: EventOfCall) -> None:
    """The step that a running call would have taken. Facts only: the outcome stays as settled."""
    recorded = await runtime.calls.record_events(
        RecordEvents(retell_call_id=event.retell_call_id, event_ids=(event.event_id,))
    )
    if recorded.settled_outcome is None:
        # Terminated or failed: `askproai verify` shows the call as well.
        _log.error("the call's workflow ended without an outcome", kind=event.kind)

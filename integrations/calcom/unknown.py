"""Sentences of Cal.com's that stand in no table of ours: logged without secrets, and counted.

An unknown sentence still gets a class by its status, so that nothing waits for us to read it; but
it is a sign that Cal.com has changed, and whoever runs this should see it.
"""

import logging
from collections.abc import Callable

from integrations.calcom.errors import Problem

# Operation (a name of ours) and HTTP status.
Listener = Callable[[str, int], None]
_log = logging.getLogger(__name__)
_listeners: list[Listener] = []


def tell_of_unknown(listener: Listener) -> None:
    """Calls `listener` for each unknown sentence of this process; once, however often it is given.

    For metrics, which this room does not know.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def report(operation: str, problem: Problem) -> None:
    """`problem.message` is redacted already and cut to a length."""
    if problem.known:
        return
    _log.warning(
        "Cal.com says something new",
        extra={
            "operation": operation,
            "status": problem.status,
            "cause": problem.cause,
            "said": problem.message,
            "calcom_request_id": problem.request_id,
        },
    )
    for listener in _listeners:
        listener(operation, problem.status or 0)

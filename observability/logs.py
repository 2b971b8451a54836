"""One pipeline for all log lines of a process: ours, the libraries', uvicorn's and Temporal's."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO
from urllib.parse import unquote

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

from observability.context import bind_call, bound_ids
from observability.privacy import is_personal, scrub

__all__ = ["bind_call", "configure_logs"]

LogFormat = Literal["console", "json"]

# Libraries that put URLs with queries, message bodies or every step into their INFO lines.
_QUIET = ("httpx", "httpcore", "mail.log", "aiosmtplib", "sqlalchemy.engine", "asyncio")
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
_ACCESS_ARGS = 5  # client, method, path with query, HTTP version, status
_OURS = frozenset({"event", "level", "timestamp", "logger", "process", "exception"})


def configure_logs(
    log_format: LogFormat, level: str, process: str, stream: TextIO | None = None
) -> None:
    """Called once when a process starts; a second call replaces the first.

    `process` is the name that each line carries ("api", "worker"). Lines go to stderr by default.
    """
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(log_format, process, colors=out.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate, logger.disabled = True, False
        logger.setLevel(logging.NOTSET)
    access = logging.getLogger("uvicorn.access")
    access.filters[:] = [without_query]
    _quieten_temporal()
    structlog.configure(
        processors=[*_first_steps(), ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _quieten_temporal() -> None:
    """The SDK's details come as fields (`_flatten_temporal`), not once more in each message."""
    workflow.logger.workflow_info_on_message = False
    # Formatting a traceback reads source files, which the workflow sandbox forbids.
    workflow.logger.disable_sandbox = True
    activity.logger.activity_info_on_message = False


def without_query(record: logging.LogRecord) -> bool:
    """Uvicorn's access lines hold the query, in which people put keys and phone numbers; and the
    path with its `%2B`, behind which a number would not be seen as one.
    """
    args = record.args
    if isinstance(args, tuple) and len(args) == _ACCESS_ARGS:
        client, method, path, version, status = args
        record.args = (client, method, _plain_path(path), version, status)
    return True


def _plain_path(path: object) -> str:
    """On one line, whatever was quoted in it."""
    return " ".join(unquote(str(path).partition("?")[0]).split())


def _first_steps() -> list[Processor]:
    """What needs the logging task's context, so it runs where the line is written."""
    return [
        _add_bound_ids,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(log_format: LogFormat, process: str, *, colors: bool) -> ProcessorFormatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=colors)
    )

    def add_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return ProcessorFormatter(
        foreign_pre_chain=[*_first_steps(), structlog.stdlib.ExtraAdder()],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            add_process,
            _flatten_temporal,
            _without_personal_data,
            renderer,
        ],
    )


def _add_bound_ids(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key, value in bound_ids().items():
        event.setdefault(key, value)
    return event


def _flatten_temporal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The SDK's details, as far as they help; ids of call and appointment follow from them."""
    for group in ("temporal_workflow", "temporal_activity"):
        details = event.pop(group, None)
        if not isinstance(details, MutableMapping):
            continue
        for key in ("workflow_id", "workflow_type", "activity_type", "attempt"):
            if key in details:
                event.setdefault(key, details[key])
    kind, _separator, key = str(event.get("workflow_id", "")).partition(":")
    if key and kind in {"call", "appointment"}:
        event.setdefault(f"{kind}_id", key)
    return event


def _without_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    cleaned: dict[str, Any] = {}
    for key, value in event.items():
        if key in _OURS or not is_personal(key):
            cleaned[key] = value if key == "timestamp" else scrub(value)
    return cleaned

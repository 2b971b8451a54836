"""Starts the workers; no logic. `askproai worker --help` tells the options."""

import asyncio
import signal
from collections.abc import Sequence

from temporalio.runtime import (
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from contracts.names import TaskQueue
from observability.logs import configure_logs
from observability.worker_page import serve_worker_page
from settings import Settings, get_settings
from wiring import running_workers


def make_runtime(metrics_address: str | None) -> Runtime:
    """The SDK's core: quiet logs, and its metrics where a port is given."""
    metrics = (
        PrometheusConfig(bind_address=metrics_address, durations_as_seconds=True)
        if metrics_address
        else None
    )
    quiet = LoggingConfig(filter=TelemetryFilter(core_level="WARN", other_level="ERROR"))
    return Runtime(telemetry=TelemetryConfig(logging=quiet, metrics=metrics))


async def run(settings: Settings, queues: Sequence[TaskQueue]) -> None:
    """Until SIGTERM or SIGINT; running steps are then given time to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        serve_worker_page(settings.api_host, settings.worker_metrics_port) as sdk_address,
        running_workers(settings, queues, make_runtime(sdk_address)),
    ):
        await stop.wait()


def main(queues: Sequence[TaskQueue] = tuple(TaskQueue)) -> None:
    settings = get_settings()
    configure_logs(settings.log_format, settings.log_level, "worker")
    asyncio.run(run(settings, queues))


if __name__ == "__main__":
    main()

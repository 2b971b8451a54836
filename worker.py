"""Starts the workers; no logic. `askproai worker --help` tells the options."""

import asyncio
import signal
from collections.abc import Sequence

from contracts.names import TaskQueue
from observability.logs import configure_logs
from observability.worker_page import serve_worker_page
from settings import Settings, get_settings
from wiring import make_runtime, running_workers


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

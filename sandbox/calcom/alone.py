"""The sandbox as a server of its own, for whoever has something that speaks to Cal.com."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from sandbox.calcom import example
from sandbox.calcom.app import create_app
from sandbox.serving import KEEP_ALIVE_S

# A request that a fault holds up must not hold up the end of the process.
SHUTDOWN_S = 2


def serve_alone(
    *, port: int, host: str = "127.0.0.1", data_dir: Path | None = None, with_example: bool = False
) -> None:
    """Until SIGTERM or SIGINT. Without `data_dir` everything is forgotten at the end."""
    app = create_app(data_dir=data_dir)
    if with_example:
        example.load(app.state.world)
    url = f"http://{host}:{port}"
    kept = f"kept in {data_dir}" if data_dir else "kept in memory"
    sys.stdout.write(f"Cal.com API v2 sandbox: {url} ({kept}); its page and manual: {url}/\n")
    if with_example:
        sys.stdout.write(example.first_steps(url, datetime.now(UTC).date()))
    sys.stdout.flush()
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )

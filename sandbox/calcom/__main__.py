"""`python -m sandbox.calcom --port 8787 --data-dir DIR`: the sandbox alone."""

import argparse
from pathlib import Path

import uvicorn

from sandbox.calcom.app import create_app

# A request that a fault holds up must not hold up the end of the process.
SHUTDOWN_S = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.calcom", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--data-dir", type=Path, default=None)
    given = parser.parse_args()
    uvicorn.run(
        create_app(data_dir=given.data_dir),
        host=given.host,
        port=given.port,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()

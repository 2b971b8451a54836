"""`python -m sandbox.phone --port 8788 --data-dir DIR`: the stand-in alone."""

import argparse
from pathlib import Path

import uvicorn

from sandbox.phone.app import create_phone_app
from sandbox.serving import KEEP_ALIVE_S

# A request that a fault holds up must not hold up the end of the process.
SHUTDOWN_S = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.phone", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8788)
    parser.add_argument("--data-dir", type=Path, default=None)
    given = parser.parse_args()
    if given.data_dir is not None:
        given.data_dir.mkdir(parents=True, exist_ok=True)
    uvicorn.run(
        create_phone_app(data_dir=given.data_dir),
        host=given.host,
        port=given.port,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()

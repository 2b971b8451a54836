"""The stand-in as a real server in a thread, for tests and scripts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from typing_extensions import override

from sandbox.phone.app import create_phone_app
from sandbox.phone.world import World

START_S = 20.0


@dataclass(frozen=True)
class Running:
    """`world` is the server's own state: look at it, change it by HTTP."""

    url: str
    world: World


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()


@contextmanager
def running(*, data_dir: Path | None = None, port: int = 0) -> Iterator[Running]:
    """Yields once it answers; afterwards the server has stopped and its file is closed."""
    app = create_phone_app(data_dir=data_dir)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, name="phone-sandbox", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(START_S) or not server.started:
            raise RuntimeError("the phone sandbox did not start")
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield Running(url=f"http://127.0.0.1:{bound}", world=app.state.world)
    finally:
        server.should_exit = True
        thread.join(START_S)

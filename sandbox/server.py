"""All stand-ins in one process: Cal.com, the mail sink with its page, the phones with theirs."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from sandbox.calcom.app import create_app as create_calcom_app
from sandbox.mail import create_mail_app
from sandbox.phone.app import create_phone_app
from sandbox.serving import KEEP_ALIVE_S

HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    """Several servers on one loop: signals are ours to share out."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(servers: list[_Server]) -> None:
    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)

    async def serve_one(server: _Server) -> None:
        # Where one ends, of itself or because its port is taken, the others end with it.
        try:
            await server.serve()
        finally:
            stop()

    async with asyncio.TaskGroup() as group:
        for server in servers:
            group.create_task(serve_one(server))


def _server(app: FastAPI, port: int) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            host=HOST,
            port=port,
            access_log=False,
            log_level="warning",
            timeout_keep_alive=KEEP_ALIVE_S,
        )
    )


def serve(
    data_dir: Path,
    *,
    calcom_port: int,
    smtp_port: int,
    mail_port: int,
    phone_port: int,
    calcom_openapi: Path | None = None,
) -> None:
    """Until SIGTERM or SIGINT; bookings, mails and messages stay in the data folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    calcom = create_calcom_app(data_dir=data_dir, openapi=calcom_openapi)
    mail = create_mail_app(data_dir, smtp_port=smtp_port)
    phone = create_phone_app(data_dir=data_dir)
    servers = [_server(calcom, calcom_port), _server(mail, mail_port), _server(phone, phone_port)]
    asyncio.run(_serve(servers))

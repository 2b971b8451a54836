"""The worker's own page: `/metrics` (ours and the Temporal SDK's) and `/health/live`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from typing_extensions import override

LOOPBACK = "127.0.0.1"
SDK_WAIT_S = 2.0


class _QuietServer(uvicorn.Server):
    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # the worker itself decides when it ends


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _app(sdk_address: str) -> Starlette:
    async def metrics(_request: Request) -> Response:
        ours = generate_latest()
        try:
            async with httpx.AsyncClient(timeout=SDK_WAIT_S) as http:
                sdk = (await http.get(f"http://{sdk_address}/metrics")).content
        except httpx.HTTPError:
            sdk = b""  # the SDK's exporter starts a moment after this page
        return Response(ours + sdk, media_type=CONTENT_TYPE_LATEST)

    async def live(_request: Request) -> Response:
        return PlainTextResponse("live\n")

    return Starlette(routes=[Route("/metrics", metrics), Route("/health/live", live)])


@asynccontextmanager
async def serve_worker_page(host: str, port: int) -> AsyncIterator[str]:
    """Serves until the block is left; yields the address the SDK shall put its metrics on."""
    sdk_address = f"{LOOPBACK}:{_free_port()}"
    config = uvicorn.Config(
        _app(sdk_address), host=host, port=port, log_config=None, access_log=False
    )
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve())
    try:
        yield sdk_address
    finally:
        server.should_exit = True
        await serving

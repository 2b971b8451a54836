"""The stand-in as an ASGI application: two vendors' paths on one server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from sandbox.phone import carrier, routes_calls, routes_control, routes_sms
from sandbox.phone.errors import (
    RetellRefusalError,
    TwilioRefusalError,
    retell_error,
    twilio_error,
)
from sandbox.phone.gateway import Gateway
from sandbox.phone.world import World


class PhoneApp(FastAPI):
    """FastAPI below the gateway, which must be the outermost layer to reach the transport."""

    gateway: Gateway

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.gateway(scope, receive, send)

    async def beneath(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    world: World = app.state.world
    # Whatever proxy the environment names, it is not for this machine's own addresses.
    async with httpx.AsyncClient(timeout=carrier.SEND_TIMEOUT_S, trust_env=False) as http:
        app.state.http = http
        carrying = asyncio.create_task(carrier.deliver_forever(world, http))
        try:
            yield
        finally:
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
            world.close()


async def _twilio_refuses(_request: Request, error: Exception) -> Response:
    assert isinstance(error, TwilioRefusalError)  # noqa: S101 (what it is registered for)
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if error.status == 401 else {}  # noqa: PLR2004 (HTTP)
    return twilio_error(error.status, error.code, error.message, headers)


async def _retell_refuses(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RetellRefusalError)  # noqa: S101 (as above)
    return retell_error(error.status, error.message)


def create_phone_app(*, data_dir: Path | None = None) -> FastAPI:
    """One stand-in; with `data_dir` messages, accounts and calls survive a restart."""
    world = World(data_dir)
    app = PhoneApp(title="Phone sandbox", lifespan=_lifespan)
    app.state.world = world
    app.gateway = Gateway(app.beneath, world)
    app.add_exception_handler(TwilioRefusalError, _twilio_refuses)
    app.add_exception_handler(RetellRefusalError, _retell_refuses)
    for routes in (routes_sms, routes_calls, routes_control):
        app.include_router(routes.router)
    return app

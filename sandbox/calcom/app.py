"""The sandbox as an ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from sandbox.calcom import (
    routes_account,
    routes_bookings,
    routes_control,
    routes_legacy,
    routes_manage,
    routes_people,
    routes_slots,
    routes_teams,
    routes_webhooks,
    webhooks,
)
from sandbox.calcom.errors import ApiError, answer_api_error, full_path
from sandbox.calcom.gateway import Gateway
from sandbox.calcom.model import iso_ms
from sandbox.calcom.state import Clock, World, utc_now
from sandbox.calcom.store import Store

FILE_NAME = "calcom-sandbox.sqlite3"
VIOLATIONS = "calcom-sandbox-violations.txt"


class SandboxApp(FastAPI):
    """FastAPI below the gateway, which must be the outermost layer to reach the transport."""

    gateway: Gateway

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.gateway(scope, receive, send)

    async def beneath(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    world: World = app.state.world
    tasks = [
        asyncio.create_task(webhooks.deliver_forever(world)),
        asyncio.create_task(webhooks.watch_meetings_forever(world)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        world.close()


async def _unknown_path(request: Request, _error: Exception) -> JSONResponse:
    world: World = request.app.state.world
    path = full_path(request)
    error = ApiError(404, f"Cannot {request.method} {path}")
    body = error.body(path=path, timestamp=iso_ms(world.now()))
    return JSONResponse(body, status_code=404)


def create_app(
    *, data_dir: Path | None = None, clock: Clock = utc_now, openapi: Path | None = None
) -> FastAPI:
    """One sandbox; with `data_dir` its rows survive a restart. `clock` gives aware UTC instants.

    `openapi`: Cal.com's document, which every exchange is then held against.
    """
    world = World(Store(data_dir / FILE_NAME if data_dir else None), clock)
    if openapi is not None:
        # It needs a library that only tests have.
        from sandbox.calcom.referee import Overseer, Rules  # noqa: PLC0415

        world.overseer = Overseer(
            Rules.read(openapi), data_dir / VIOLATIONS if data_dir is not None else None
        )
        world.witness = world.overseer
    app = SandboxApp(title="Cal.com sandbox", lifespan=_lifespan)
    app.state.world = world
    app.gateway = Gateway(app.beneath, world)
    app.add_exception_handler(ApiError, answer_api_error)
    app.add_exception_handler(404, _unknown_path)
    app.add_exception_handler(405, _unknown_path)
    for routes in (
        routes_control,
        routes_slots,
        routes_bookings,
        routes_people,
        routes_legacy,
        routes_account,
        routes_teams,
        routes_manage,
        routes_webhooks,
    ):
        app.include_router(routes.router)
    return app

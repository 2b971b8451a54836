"""The HTTP surface. `wiring` gives it what it needs; tests do the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import calcom_health, health
from api.deps import ApiRuntime, OpenRuntime
from api.errors import install_error_handlers
from api.functions import door
from api.middleware import BodyLimit, Observed
from api.v1 import appointments, availability, blocked_numbers, callbacks, calls, opt_outs
from api.v1 import retell as agents
from api.webhooks import calcom, retell, twilio

ABOUT = """
Books appointments for companies whose phone is answered by a voice agent.

* **Tenant API** below `/api/v1`, with your company's key in `X-API-Key`.
* **Webhooks** of Retell, signed by `X-Retell-Signature`, and of Cal.com, by `X-Cal-Signature-256`.
* Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details; branch on `code`.
* Each `POST` wants an `Idempotency-Key`: repeating a request with the same key changes nothing.
* Lists are `{items, next_cursor}`: pass `next_cursor` as `cursor` until it is null.
"""


def create_app(runtime: ApiRuntime | OpenRuntime) -> FastAPI:
    """The app on a runtime that somebody else opens and closes, or on one of its own.

    An `OpenRuntime` is entered when the server starts and left when it stops.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if isinstance(runtime, ApiRuntime):
            yield
            return
        async with runtime() as opened:
            app.state.runtime = opened
            yield

    app = FastAPI(
        title="AskProAI",
        summary="Durable booking engine for voice agents",
        description=ABOUT,
        version="1",
        lifespan=lifespan,
    )
    if isinstance(runtime, ApiRuntime):
        app.state.runtime = runtime
    install_error_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed)  # added last, so outermost: it sees refused bodies as well
    app.include_router(health.router)
    app.include_router(calcom_health.router)
    app.include_router(retell.router)
    app.include_router(twilio.router)
    app.include_router(calcom.router)
    app.include_router(door.router)
    app.include_router(calls.router)
    app.include_router(appointments.router)
    app.include_router(availability.router)
    app.include_router(callbacks.router)
    app.include_router(blocked_numbers.router)
    app.include_router(opt_outs.router)
    app.include_router(agents.router)
    return app

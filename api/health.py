"""For operators and orchestrators: is the process alive, can it work, what has it counted."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from api.deps import ApiRuntime, Runtime

CHECK_TIMEOUT_S = 2.0
router = APIRouter(tags=["operations"])


class Live(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """`checks` holds `ok`, or in one word what is wrong, for each part."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str] = Field(examples=[{"postgresql": "ok", "temporal": "timeout"}])


@router.get("/health/live", summary="The process runs")
async def live() -> Live:
    return Live()


@router.get(
    "/health/ready",
    summary="PostgreSQL and Temporal can be reached",
    responses={503: {"model": Ready, "description": "What is wrong stands in `checks`."}},
)
async def ready(runtime: Runtime, response: Response) -> Ready:
    postgresql, temporal = await asyncio.gather(_postgresql(runtime), _temporal(runtime))
    checks = {"postgresql": postgresql, "temporal": temporal}
    if set(checks.values()) == {"ok"}:
        return Ready(status="ok", checks=checks)
    response.status_code = 503
    return Ready(status="unavailable", checks=checks)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _postgresql(runtime: ApiRuntime) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S), runtime.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except TimeoutError:
        return "timeout"
    except (SQLAlchemyError, OSError) as error:
        return type(error).__name__
    return "ok"


async def _temporal(runtime: ApiRuntime) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            serving = await runtime.temporal.service_client.check_health()
    except TimeoutError:
        return "timeout"
    except RPCError as error:
        return error.status.name.lower()
    except RuntimeError:  # a lazy client's first connection
        return "not connected"
    return "ok" if serving else "not serving"

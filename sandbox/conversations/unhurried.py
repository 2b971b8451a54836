"""Cal.com without its limit a minute, for more calls than a company has in an hour."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from sandbox.calendars import tenant_setup
from sandbox.companies import demo_companies
from sandbox.conversations.backstage import Backstage
from stack.embedded import EmbeddedStack
from stack.info import StackInfo
from stack.progress import PlainProgress

RATE_LIMIT, RAISED_RATE_LIMIT = 120, 1_000_000


@asynccontextmanager
async def own_stack(folder: Path, console: Console) -> AsyncIterator[StackInfo]:
    """A new one whose workers do not keep to Cal.com's limit; stopped at the end, also half way."""
    # Its workers keep to a limit of their own, whatever Cal.com's is.
    os.environ["ASKPROAI_CALCOM_REQUESTS_PER_MINUTE"] = str(RAISED_RATE_LIMIT)
    stack = EmbeddedStack(folder)
    starting = asyncio.ensure_future(stack.start(PlainProgress(console)))
    try:
        yield await asyncio.shield(starting)
    finally:
        if not starting.done():
            stack.interrupt()
            await asyncio.wait({starting})
            starting.exception()  # that it was called off is known
        await stack.stop()


@asynccontextmanager
async def unhurried(info: StackInfo) -> AsyncIterator[None]:
    """Cal.com's limit a minute would be all that hundreds of calls a minute tell of.

    The workers keep to a limit of their own, which is set at their start (`own_stack`).
    """
    async with Backstage(info) as desk:
        await _limit_calendar(desk, RAISED_RATE_LIMIT)
        try:
            yield
        finally:
            await _limit_calendar(desk, RATE_LIMIT)


async def _limit_calendar(desk: Backstage, per_minute: int) -> None:
    """The same tenants once more: what a setup does not change stays as it is."""
    today = datetime.now(UTC).date()
    for company in demo_companies():
        setup = tenant_setup(company, api_key=desk.calcom_key(company.slug), today=today)
        answer = await desk.http.post(
            f"{desk.stack.calcom_url}/sandbox/setup",
            json={**setup, "rate_limit_per_min": per_minute},
        )
        answer.raise_for_status()

"""`askproai verify`: everything that must be true, asked of whoever knows it."""

from contextlib import AsyncExitStack
from functools import partial
from uuid import UUID

import httpx
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.asking import OUR_KEY
from db.queries.connections import ConnectionRecord
from db.verify import CalendarEntry, verify
from integrations.calcom.client import CalcomClient
from integrations.calcom.schemas import BookingFilter
from settings import Settings
from wiring import connect_temporal, open_database


async def verify_everything(settings: Settings) -> list[str]:
    """What is broken of invariants 1 to 4, in words with ids; empty when all hold."""
    async with AsyncExitStack() as stack:
        engine = open_database(settings, "verify", owner=True)
        stack.push_async_callback(engine.dispose)
        temporal = await connect_temporal(settings)
        http = await stack.enter_async_context(httpx.AsyncClient())
        found = await verify(
            engine,
            list_bookings=partial(_bookings_at_calcom, http),
            is_running=partial(_is_running, temporal),
        )
        return [str(violation) for violation in found]


async def _is_running(temporal: Client, workflow_id: str) -> bool:
    try:
        described = await temporal.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return described.status is WorkflowExecutionStatus.RUNNING


async def _bookings_at_calcom(
    http: httpx.AsyncClient, connection: ConnectionRecord
) -> list[CalendarEntry]:
    calcom = CalcomClient(
        connection.base_url, connection.api_key or "", http=http, intent="background"
    )
    return [
        CalendarEntry(
            appointment_id=_our_id(booking.metadata.get(OUR_KEY)),
            uid=booking.uid,
            status=booking.status,
            start_at=booking.start_at,
            end_at=booking.end_at,
        )
        async for booking in calcom.iter_bookings(BookingFilter(sort="created"))
    ]


def _our_id(metadata: object) -> UUID | None:
    try:
        return UUID(str(metadata))
    except ValueError:
        return None

"""`askproai verify`: everything that must be true, asked of whoever knows it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import httpx
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.asking import OUR_KEY
from activities.providers.caldav import collection_url, entry_uid, object_url
from db.queries.connections import ConnectionRecord
from db.verify import CalendarEntry, CalendarUnreadableError, verify
from integrations.calcom.client import CalcomClient
from integrations.calcom.schemas import BookingFilter
from integrations.caldav.client import CaldavClient
from integrations.caldav.events import MarkedEvent, marked
from integrations.caldav.outcomes import CaldavError
from settings import Settings
from wiring import connect_temporal, open_database

# A horizon is a year at most; what was booked longer ago has ended.
LOOKED_AROUND = timedelta(days=400)


async def verify_everything(settings: Settings) -> list[str]:
    """What is broken of invariants 1 to 4, in words with ids; empty when all hold."""
    async with AsyncExitStack() as stack:
        engine = open_database(settings, "verify", owner=True)
        stack.push_async_callback(engine.dispose)
        temporal = await connect_temporal(settings)
        http = await stack.enter_async_context(httpx.AsyncClient())
        found = await verify(
            engine,
            list_bookings=partial(_entries, http),
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


async def _entries(
    http: httpx.AsyncClient, connection: ConnectionRecord
) -> Sequence[CalendarEntry]:
    if connection.provider == "caldav":
        return await events_on_caldav(connection)
    return await _bookings_at_calcom(http, connection)


async def events_on_caldav(connection: ConnectionRecord) -> list[CalendarEntry]:
    """Ours in the connection's calendars, each read once. Raises `CalendarUnreadableError`."""
    told, now = connection.settings, datetime.now(UTC)
    calendars = told.get("calendars", {}).values()
    addresses = {collection_url(connection.base_url, url) for url in calendars}
    client = CaldavClient(
        connection.base_url,
        username=told.get("username"),
        password=connection.api_key or "",
        auth=told.get("auth", "basic"),
        intent="background",
    )
    found: list[CalendarEntry] = []
    async with client:
        for address in sorted(addresses):
            try:
                icals = await client.events(address, now - LOOKED_AROUND, now + LOOKED_AROUND)
            except CaldavError as error:
                raise CalendarUnreadableError(f"{address}: {error}") from error
            found += [entry for one in marked(icals) if (entry := _entry(address, one))]
    return found


def _entry(address: str, event: MarkedEvent) -> CalendarEntry | None:
    if event.span is None:
        return None
    href = object_url(address, event.appointment_id)
    return CalendarEntry(
        appointment_id=_our_id(event.appointment_id),
        uid=entry_uid(href, event.revision) if event.revision is not None else None,
        status="cancelled" if event.is_cancelled else "accepted",
        start_at=event.span.start_at,
        end_at=event.span.end_at,
    )


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

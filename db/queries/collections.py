"""Which collection on a CalDAV server is whose calendar.

`event_types` says whose, as for Cal.com, with a number of our own; where the collection is stands
under that number in the connection's settings: `{"calendars": {"1": "/salon/anna/"}}`.
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EventType
from db.queries.connections import (
    get_connection,
    list_event_types,
    upsert_connection,
    upsert_event_type,
)

PersonAtBranch = tuple[UUID, UUID]
"""Staff member and branch."""


async def connect_caldav(
    session: AsyncSession,
    *,
    base_url: str,
    username: str | None,
    password: str,
    collections: Mapping[PersonAtBranch, str],
    auth: Literal["basic", "digest", "bearer"] = "basic",
) -> UUID:
    """The company's connection with exactly these calendars; may be repeated.

    A person keeps their number. One calendar may be given for several branches.
    """
    known = await get_connection(session, provider="caldav")
    types = await list_event_types(session)
    numbers = {
        (one.staff_id, one.branch_id): one.calcom_event_type_id
        for one in types
        if known is not None and one.connection_id == known.id
    }
    used = max(numbers.values(), default=0)
    new = [whose for whose in collections if whose not in numbers]
    numbers |= {whose: number for number, whose in enumerate(new, used + 1)}
    calendars = {str(numbers[whose]): url for whose, url in collections.items()}
    told = {"username": username, "auth": auth, "calendars": calendars}
    made = await upsert_connection(
        session, provider="caldav", base_url=base_url, api_key=password, settings=told
    )
    for staff_id, branch_id in collections:
        await upsert_event_type(
            session,
            connection_id=made,
            staff_id=staff_id,
            branch_id=branch_id,
            calcom_event_type_id=numbers[staff_id, branch_id],
            lengths_minutes=[],
        )
    kept = [int(number) for number in calendars]
    await session.execute(
        delete(EventType).where(
            EventType.connection_id == made, EventType.calcom_event_type_id.not_in(kept)
        )
    )
    return made

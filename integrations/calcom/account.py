"""Whose key it is: the user, their schedules, teams and event types."""

from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

from integrations.calcom import versions
from integrations.calcom.outcomes import EventTypeCreated, EventTypeOutcome
from integrations.calcom.requests import NewEventTypeBody, NewTeamEventTypeBody
from integrations.calcom.schemas import EventType, Me, Membership, Schedule, Team
from integrations.calcom.wire import Wire, get, post, segment

MAX_MEMBERS = 2_000


def _as_list(value: object) -> object:
    """The OpenAPI document says one object where the server lists: both are read."""
    return [value] if isinstance(value, dict) else value


_EVENT_TYPES: TypeAdapter[tuple[EventType, ...]] = TypeAdapter(tuple[EventType, ...])
_SCHEDULES: TypeAdapter[tuple[Schedule, ...]] = TypeAdapter(tuple[Schedule, ...])
_TEAMS: TypeAdapter[tuple[Team, ...]] = TypeAdapter(tuple[Team, ...])
_MEMBERSHIPS: TypeAdapter[tuple[Membership, ...]] = TypeAdapter(
    Annotated[tuple[Membership, ...], BeforeValidator(_as_list)]
)


class Account(Wire):
    async def me(self) -> Me:
        """Whose key this is."""
        return await self._read(get("me", "/v2/me", versions.UNVERSIONED), Me)

    async def schedules(self) -> tuple[Schedule, ...]:
        call = get("schedules", "/v2/schedules", versions.SCHEDULES)
        return await self._read(call, _SCHEDULES)

    async def schedule(self, schedule_id: int) -> Schedule | None:
        call = get("schedules", f"/v2/schedules/{schedule_id}", versions.SCHEDULES)
        return await self._find(call, Schedule)

    async def default_schedule(self) -> Schedule | None:
        call = get("schedules", "/v2/schedules/default", versions.SCHEDULES)
        return await self._find(call, Schedule)

    async def teams(self) -> tuple[Team, ...]:
        """Teams in which the key's user is."""
        return await self._read(get("teams", "/v2/teams", versions.UNVERSIONED), _TEAMS)

    async def memberships(self, team_id: int) -> tuple[Membership, ...]:
        """Who is in the team and as what, at most `MAX_MEMBERS`."""
        path = f"/v2/teams/{team_id}/memberships"
        return await self._read_all(
            "memberships", path, versions.UNVERSIONED, page=_MEMBERSHIPS, most=MAX_MEMBERS
        )

    async def event_types(self, *, username: str | None = None) -> tuple[EventType, ...]:
        """Event types of the key's user, or the public ones of `username`."""
        params = (("username", username),) if username else ()
        call = get("event_types", "/v2/event-types", versions.EVENT_TYPES, params)
        return await self._read(call, _EVENT_TYPES)

    async def event_type(self, event_type_id: int) -> EventType | None:
        """None when there is none, or none that this key may see."""
        path = f"/v2/event-types/{segment(event_type_id)}"
        return await self._find(get("event_types", path, versions.EVENT_TYPES), EventType)

    async def team_event_types(self, team_id: int) -> tuple[EventType, ...]:
        """Shared ones, with their hosts."""
        path = f"/v2/teams/{team_id}/event-types"
        return await self._read(get("event_types", path, versions.UNVERSIONED), _EVENT_TYPES)

    async def create_event_type(self, wanted: NewEventTypeBody) -> EventTypeOutcome:
        """A personal one of the key's user."""
        call = post("create_event_type", "/v2/event-types", versions.EVENT_TYPES, wanted)
        return await self._do(call, EventType, _created)

    async def create_team_event_type(
        self, team_id: int, wanted: NewTeamEventTypeBody
    ) -> EventTypeOutcome:
        """One that is shared among `wanted.hosts`."""
        path = f"/v2/teams/{team_id}/event-types"
        call = post("create_event_type", path, versions.UNVERSIONED, wanted)
        return await self._do(call, EventType, _created)


def _created(event_type: EventType, request_id: str | None) -> EventTypeCreated:
    return EventTypeCreated(event_type=event_type, request_id=request_id)

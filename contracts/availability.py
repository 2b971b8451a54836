"""Cal.com's free times: fetched for whoever asks, kept for all; and how Cal.com itself is doing."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from pydantic import Field
from temporalio import activity

from contracts.base import Message

Waiting = Literal["in_call", "after_call", "background"]
"""Who waits for a request, which decides how long it may take and what of the minute it may use."""

BreakerState = Literal["closed", "open", "half_open"]

UnknownReason = Literal[
    "not_asked",
    "no_event_type",
    "length_not_offered",
    "no_answer",
    "no_room",
    "not_understood",
    "refused",
]
"""Why Cal.com's free times are not known; never the same as that there are none.

`not_asked`: nothing is kept and nobody asked yet. `no_event_type`: nothing is mapped, or no key is
stored. `length_not_offered`: the event type has no such length. `no_answer`: down, silent, or its
breaker is open. `no_room`: its minute of requests is used up. `not_understood`: it answered with
something else. `refused`: it does not let us ask.
"""

MAX_DAYS = 62


class FetchAvailability(Message):
    """Local days of the branch, both ends included, at most `MAX_DAYS`.

    Free times are asked for each length that the services take with each person. `staff_ids` empty:
    everybody who may do one of the services here.
    """

    company_id: UUID
    branch_id: UUID
    service_ids: tuple[UUID, ...] = Field(min_length=1)
    staff_ids: tuple[UUID, ...] = ()
    from_day: date
    to_day: date
    waiting: Waiting = "in_call"


class NotFetched(Message):
    staff_id: UUID
    reason: UnknownReason


class AvailabilityFetched(Message):
    """The free times themselves are in the cache, where the next local step reads them.

    `requests`: how many this step sent to Cal.com; 0 where others had asked already.
    """

    requests: int
    missing: tuple[NotFetched, ...] = ()


WARMED_DAYS = 7


class WarmAvailability(Message):
    """The next `days` local days, from today on, on which the branch is open.

    `calendars_max`: so many calendars and lengths a step; the next one goes on.
    """

    company_id: UUID
    branch_id: UUID
    days: int = Field(default=WARMED_DAYS, ge=1, le=MAX_DAYS)
    calendars_max: int = Field(default=15, ge=1)


class FindCold(Message):
    """Which branches of the connection are worth warming now, at most `branches_max`."""

    company_id: UUID
    connection_id: UUID
    days: int = Field(default=WARMED_DAYS, ge=1, le=MAX_DAYS)
    branches_max: int = Field(default=2, ge=1)


class ColdFound(Message):
    branch_ids: tuple[UUID, ...] = ()


class AvailabilitySteps(ABC):
    """Regular steps on queue `integrations`. All may be repeated: what is fresh is not asked."""

    @activity.defn(name="availability.fetch")
    @abstractmethod
    async def fetch(self, request: FetchAvailability) -> AvailabilityFetched:
        """Never fails for Cal.com's sake: what it did not say is in `missing`."""

    @activity.defn(name="availability.find_cold")
    @abstractmethod
    async def find_cold(self, request: FindCold) -> ColdFound:
        """Asks nobody. None where warming is switched off."""

    @activity.defn(name="availability.warm")
    @abstractmethod
    async def warm(self, request: WarmAvailability) -> AvailabilityFetched:
        """Fails when Cal.com has no time for it, with the seconds after which to go on."""


class ConnectionState(Message):
    """What the workers of a connection share. `since_at`: since when its breaker is not closed.

    `requests_left`: what somebody on the phone could still send within this minute.
    """

    breaker: BreakerState
    since_at: datetime | None = None
    requests_left: int
    blocked_until_at: datetime | None = None


class ConnectionStates(Protocol):
    """What the workers share of their connections, for whoever shows it."""

    async def state(self, connection_id: UUID) -> ConnectionState: ...

    async def not_closed(self) -> Mapping[BreakerState, int]:
        """How many breakers of the whole platform are in each state but `closed`."""
        ...

"""Both calendars kept the same: what is asked of Cal.com by the clock, and what is found.

Webhooks are hints that get lost. The poll reads what has changed at Cal.com since it last looked;
each hour both calendars are compared in full. Whatever is found goes the way of a webhook
(`contracts/calendar_events.py`); what that does not settle becomes a task for people.
"""

from abc import ABC, abstractmethod
from datetime import datetime
from uuid import UUID

from pydantic import Field
from temporalio import activity

from contracts.base import Message

CALENDAR_SYNC_WORKFLOW = "CalendarSyncWorkflow"
SYNC_CONNECTIONS_WORKFLOW = "SyncConnectionsWorkflow"


class SyncCalendar(Message):
    """Input of `CalendarSyncWorkflow`. `compare`: now, not only when an hour has passed.

    `polls_max`: so many steps of `pages_max` pages each; the next run goes on where this stopped.
    """

    company_id: UUID
    connection_id: UUID
    compare: bool = False
    polls_max: int = 10
    pages_max: int = 5
    days: int = 60
    days_a_step: int = 10


class PollChanges(Message):
    company_id: UUID
    connection_id: UUID
    pages_max: int


class ChangesPolled(Message):
    """`told`: bookings that were passed on as events; the rest is what we know. `more`: there are
    more pages than were asked for.
    """

    seen: int = 0
    told: int = 0
    more: bool = False
    compare_due: bool = False


class CompareCalendars(Message):
    """Everything that starts in `[from_at, to_at)`. `round_at`: when this comparison began."""

    company_id: UUID
    connection_id: UUID
    from_at: datetime
    to_at: datetime
    round_at: datetime


class CalendarsCompared(Message):
    """`found`: differences by kind. `passed_on`: of these, sent the way of a webhook. `asked`:
    tasks made for people. `ended`: differences from before that are no more.
    """

    bookings: int = 0
    appointments: int = 0
    found: dict[str, int] = Field(default_factory=dict)
    passed_on: int = 0
    asked: int = 0
    ended: int = 0


class FinishCompare(Message):
    """`until_at`: so far the round has looked."""

    company_id: UUID
    connection_id: UUID
    round_at: datetime
    until_at: datetime
    bookings: int
    appointments: int


class CompareFinished(Message):
    ended: int = 0


class ReadMapping(Message):
    company_id: UUID
    connection_id: UUID


class MappingRead(Message):
    """Event types at Cal.com, by what we make of them (`mapping_proposals.status`)."""

    mapped: int = 0
    proposed: int = 0
    unmatched: int = 0
    gone: int = 0


class CalendarSynced(Message):
    """Result of `CalendarSyncWorkflow`. `failed`: class of what kept it from its end; what was done
    until then stays done, and the next run goes on. `warmed`: requests for free times that nobody
    had asked for yet.
    """

    polled: ChangesPolled = ChangesPolled()
    compared: CalendarsCompared | None = None
    mapping: MappingRead | None = None
    warmed: int | None = None
    failed: str | None = None


class EnsureSyncs(Message):
    """Input of `SyncConnectionsWorkflow`: a schedule for each connection to Cal.com."""

    connections_max: int = 1_000


class SyncsEnsured(Message):
    ensured: int = 0
    removed: int = 0


class SyncSteps(ABC):
    """Regular steps on queue `integrations`; each may be repeated."""

    @activity.defn(name="sync.poll")
    @abstractmethod
    async def poll(self, request: PollChanges) -> ChangesPolled: ...

    @activity.defn(name="sync.compare")
    @abstractmethod
    async def compare(self, request: CompareCalendars) -> CalendarsCompared: ...

    @activity.defn(name="sync.finish")
    @abstractmethod
    async def finish(self, request: FinishCompare) -> CompareFinished: ...

    @activity.defn(name="sync.read_mapping")
    @abstractmethod
    async def read_mapping(self, request: ReadMapping) -> MappingRead: ...


class SyncUpkeepSteps(ABC):
    """A regular step on queue `calls`: the engine's own schedules."""

    @activity.defn(name="sync.ensure_schedules")
    @abstractmethod
    async def ensure_schedules(self, request: EnsureSyncs) -> SyncsEnsured: ...

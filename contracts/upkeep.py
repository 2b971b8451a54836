"""What the engine does by itself: passing on lost events, making the months of calls."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

from temporalio import activity

from contracts.base import Message
from contracts.calls import CallEventKind

WEBHOOK_SWEEP_WORKFLOW = "WebhookSweepWorkflow"
MONTHS_AHEAD_WORKFLOW = "MonthsAheadWorkflow"


class EventOfCall(Message):
    """A stored event on its way to its call. `dialled` is a number of ours, in E.164."""

    event_id: UUID
    kind: CallEventKind
    retell_call_id: str
    dialled: str | None = None


PassedOn = Literal["signalled", "late"]
"""`late`: the call's workflow had ended; the event went into the call's row."""
PassOn = Callable[[EventOfCall], Awaitable[PassedOn]]
"""May be repeated; raises when nothing is known to have happened."""


class SweepWebhooks(Message):
    """`older_than_s`: a younger event may still be on its way by whoever stored it."""

    older_than_s: float = 30
    batch_max: int = 200
    batches_max: int = 10


class FindLostEvents(Message):
    older_than_s: float
    limit: int


class LostEvents(Message):
    event_ids: tuple[UUID, ...]


class PassOnEvents(Message):
    event_ids: tuple[UUID, ...]


class Swept(Message):
    """`unreadable` ones are kept for review; `failed` ones come again with the next sweep."""

    signalled: int = 0
    late: int = 0
    unreadable: int = 0
    failed: int = 0


class EnsureMonths(Message):
    """`ahead`: months after the current one."""

    ahead: int = 12


class MonthsMade(Message):
    made: int


class UpkeepSteps(ABC):
    @activity.defn(name="upkeep.find_lost_events")
    @abstractmethod
    async def find_lost_events(self, request: FindLostEvents) -> LostEvents: ...

    @activity.defn(name="upkeep.pass_on_events")
    @abstractmethod
    async def pass_on_events(self, request: PassOnEvents) -> Swept: ...

    @activity.defn(name="upkeep.ensure_months")
    @abstractmethod
    async def ensure_months(self, request: EnsureMonths) -> MonthsMade: ...

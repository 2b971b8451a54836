"""What happens in Cal.com without us: each event is looked up there, then followed here.

An event is a hint and never the truth: Cal.com's webhooks come late, twice, in any order or not at
all. Whatever says that something has changed there (a webhook, a poll, the look after a booking)
becomes one stored event and one run of `CalendarEventWorkflow`.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from temporalio import activity

from contracts.appointments import Done
from contracts.base import Message
from contracts.life import CalendarReported

CALENDAR_EVENT_WORKFLOW = "CalendarEventWorkflow"
CALENDAR_SWEEP_WORKFLOW = "CalendarSweepWorkflow"

# Where a connection's events are kept: `webhook_events.source`.
SOURCE = "calcom"


def source_of(connection_id: UUID) -> str:
    return f"{SOURCE}:{connection_id}"


class CalendarEvent(Message):
    """Input of `CalendarEventWorkflow`. `event_id`: the stored event; its body names the booking,
    by a uid that is as good as a password and so stands in no history. `kind`: Cal.com's trigger.
    """

    event_id: UUID
    company_id: UUID
    connection_id: UUID
    kind: str


StartCalendarEvent = Callable[[CalendarEvent], Awaitable[None]]
"""Starts the event's workflow and marks it as heard of. May be repeated: an event has one run."""

BookingState = Literal["accepted", "pending", "cancelled", "rejected", "gone"]
"""`gone`: Cal.com knows no such booking."""


class BookingSeen(Message):
    """A booking as Cal.com has it now: numbers, hashes and instants only.

    Of a booking that was moved on, this is the one at the end of the chain, and `event_id` the
    stored event of exactly that one. `uid_hash`: see `booking_uid_hash`. `replaces`: hashes of the
    bookings that it was moved from, as far as they were seen. `created_at`: None if it is gone.
    `attendee_is_ours`: booked under the address that we would have given. `absent`: an attendee is
    marked as not having come.
    """

    event_id: UUID
    uid_hash: str
    state: BookingState
    booking_id: int | None = None
    event_type_id: int | None = None
    host_ids: tuple[int, ...] = ()
    start_at: datetime | None = None
    end_at: datetime | None = None
    created_at: datetime | None = None
    appointment_id: UUID | None = None
    attendee_is_ours: bool = False
    replaces: tuple[str, ...] = ()
    absent: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in ("accepted", "pending")


class LookedAt(Message):
    """None where the event names no booking at all."""

    seen: BookingSeen | None = None


# --- what follows -----------------------------------------------------------------------------


class Nothing(Message):
    """`known`: our own doing. `unknown_person`: of nobody whose calendar we keep. `past`: over."""

    kind: Literal["nothing"] = "nothing"
    reason: Literal["known", "unknown_person", "past", "no_booking"]


class TellAppointment(Message):
    """Its workflow is to hear of it."""

    kind: Literal["tell"] = "tell"
    appointment_id: UUID
    report: CalendarReported


class TakeBack(Message):
    """One booking of ours too many: a late answer's, or of an appointment that is over."""

    kind: Literal["take_back"] = "take_back"
    appointment_id: UUID
    booking_id: int


class LookAgain(Message):
    """Our own request about this appointment is unanswered: what the booking is shows soon."""

    kind: Literal["look_again"] = "look_again"
    appointment_id: UUID


class Overlap(Message):
    """An appointment of ours and a person's booking at the same time.

    `goes`: which of the two goes by the rule; `nobody` where people have to decide.
    """

    appointment_id: UUID
    goes: Literal["ours", "theirs", "nobody"]


class Blocked(Message):
    """A person's booking is a reservation here, or no longer. `changed`: it was not so before."""

    kind: Literal["blocked"] = "blocked"
    state: Literal["active", "ended"]
    changed: bool
    overlaps: tuple[Overlap, ...] = ()


Decision = Annotated[
    Nothing | TellAppointment | TakeBack | LookAgain | Blocked, Field(discriminator="kind")
]


class DecideEvent(Message):
    event: CalendarEvent
    seen: BookingSeen


class Decided(Message):
    decision: Decision


class NoteUnheard(Message):
    """The appointment's workflow has ended: what Cal.com says goes into the audit log."""

    company_id: UUID
    appointment_id: UUID
    report: CalendarReported


class CancelSeen(Message):
    """Cancels in Cal.com what an event is about. `why`: for the people who read it there."""

    event: CalendarEvent
    seen: BookingSeen
    appointment_id: UUID
    why: Literal["surplus", "overlap"]


class MakeRoom(Message):
    """The appointment goes, with an apology and other times: a person's older booking stands."""

    company_id: UUID
    appointment_id: UUID
    event_id: UUID


class RoomMade(Message):
    """`kept`: its workflow refused, so both still stand."""

    outcome: Literal["cancelled", "kept"]
    reason: str | None = None


class CalendarEventDone(Message):
    """Result of `CalendarEventWorkflow`. `did`: codes in the order of what was done."""

    did: tuple[str, ...] = ()


# --- after our own booking --------------------------------------------------------------------


class VerifyAlone(Message):
    """Is the appointment's booking alone in its host's calendar, and the only one of its name?"""

    company_id: UUID
    appointment_id: UUID
    revision: int


class AloneVerified(Message):
    """`overlapping`: bookings of others at that time; `surplus`: more of ours. Each has become an
    event of its own, whose workflow settles it.
    """

    overlapping: int = 0
    surplus: int = 0


# --- upkeep -----------------------------------------------------------------------------------


class SweepCalendarEvents(Message):
    """`older_than_s`: a younger event may still be on its way by whoever stored it."""

    older_than_s: float = 30
    batch_max: int = 200
    batches_max: int = 10


class FindLostCalendarEvents(Message):
    older_than_s: float
    limit: int


class LostCalendarEvents(Message):
    events: tuple[CalendarEvent, ...] = ()


class StartLostCalendarEvents(Message):
    events: tuple[CalendarEvent, ...]


class CalendarEventsStarted(Message):
    started: int = 0
    failed: int = 0


class CalendarConnection(Message):
    company_id: UUID
    connection_id: UUID


class WebhookEnsured(Message):
    """`no_address`: nobody has said where Cal.com can reach us (`public_url`). `refused`: `reason`
    is the client's class of it.
    """

    outcome: Literal["created", "updated", "unchanged", "no_address", "refused"]
    reason: str | None = None


class CalendarEventSteps(ABC):
    """Local steps: `decide`, `note_unheard`, `find_lost`. Regular, on queue `calls`: the others."""

    @activity.defn(name="calendar_events.decide")
    @abstractmethod
    async def decide(self, request: DecideEvent) -> Decided: ...

    @activity.defn(name="calendar_events.note_unheard")
    @abstractmethod
    async def note_unheard(self, request: NoteUnheard) -> Done: ...

    @activity.defn(name="calendar_events.find_lost")
    @abstractmethod
    async def find_lost(self, request: FindLostCalendarEvents) -> LostCalendarEvents: ...

    @activity.defn(name="calendar_events.start_lost")
    @abstractmethod
    async def start_lost(self, request: StartLostCalendarEvents) -> CalendarEventsStarted: ...

    @activity.defn(name="calendar_events.make_room")
    @abstractmethod
    async def make_room(self, request: MakeRoom) -> RoomMade: ...


class CalendarLookSteps(ABC):
    """Regular steps on queue `integrations`: what has to be asked of Cal.com."""

    @activity.defn(name="calendar_events.look")
    @abstractmethod
    async def look(self, request: CalendarEvent) -> LookedAt: ...

    @activity.defn(name="calendar_events.cancel_seen")
    @abstractmethod
    async def cancel_seen(self, request: CancelSeen) -> Done: ...

    @activity.defn(name="calendar.verify_alone")
    @abstractmethod
    async def verify_alone(self, request: VerifyAlone) -> AloneVerified: ...

    @activity.defn(name="calendar.ensure_webhook")
    @abstractmethod
    async def ensure_webhook(self, request: CalendarConnection) -> WebhookEnsured: ...

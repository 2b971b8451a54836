"""What the agent asks while the caller is on the line, and the steps that answer it.

Arguments and transcript stay in PostgreSQL (`webhook_events`); what travels here are ids, instants,
codes and the sentence that the caller hears, which never holds a customer's name or number.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue
from temporalio import activity

from contracts.appointments import AppointmentStart, Done
from contracts.base import Message

FunctionName = Literal[
    "check_availability",
    "find_next_slot",
    "collect_appointment_data",
    "book_appointment",
    "calculate_duration",
    "find_appointments",
    "reschedule_appointment",
    "cancel_appointment",
    "request_callback",
    "opening_hours",
]

AnswerStatus = Literal[
    # the slot asked for, or the first of those offered, is kept for the caller
    "held",
    "alternatives",
    # done in both calendars, or here only so far
    "booked",
    "reserved",
    "rescheduled",
    "cancelled",
    "pending",
    # what was held or promised is another's now; other times are in the answer
    "slot_lost",
    # ask the caller: `field` says about what, `options` between which
    "clarify",
    "verify",
    "found",
    "info",
    "callback",
    "transfer",
    # refusals: why there is nothing
    "slot_taken",
    "outside_hours",
    "closed",
    "holiday",
    "too_soon",
    "too_far",
    "staff_off",
    "unknown_service",
    "unknown_branch",
    "not_found",
    "cancel_limit",
    "already_booked",
    # ours
    "failed",
]


class FunctionAsked(Message):
    """Argument of the ten updates of `CallWorkflow`, which are called like the functions.

    `event_id`: the stored request. `digest`: of the canonical effective arguments, so that the same
    question is known again. `asked_at`: our clock.
    """

    event_id: UUID
    name: FunctionName
    digest: str
    asked_at: datetime


class FunctionAnswer(Message):
    """What goes back to the agent. `event_id`: the request that this was the answer to first."""

    event_id: UUID
    status: AnswerStatus
    message: str = Field(description="One sentence to be spoken, in the caller's language.")
    fields: Mapping[str, JsonValue] = Field(default_factory=dict)
    replayed: bool = False


# --- what a running call has in hand ----------------------------------------------------------


class HeldPart(Message):
    """One service of one visit, or one person's: an appointment of its own."""

    appointment_id: UUID
    service_id: UUID
    staff_id: UUID
    staff_hard: bool = False
    start_at: datetime
    end_at: datetime


class Hold(Message):
    """What is kept for the caller, all parts or none, until `expires_at`.

    `number` counts the call's holds from 1; `hold_id` is what the agent is told. `on_own_data`:
    Cal.com was not asked or did not answer.
    """

    number: int
    hold_id: str
    branch_id: UUID
    parts: tuple[HeldPart, ...]
    start_at: datetime
    expires_at: datetime
    summary: str = Field(description="Service, branch and local time; no personal data.")
    on_own_data: bool = False


class Booking(Message):
    """What this call has booked, reserved, moved or cancelled.

    `fulfils`: the number of the hold that it came from; a booking happens once for each.
    """

    appointment_ids: tuple[UUID, ...]
    status: Literal["booked", "reserved", "rescheduled", "cancelled"]
    start_at: datetime
    fulfils: int | None = None


class Conversation(Message):
    """What the call's workflow knows when a function is asked; each step gets it whole.

    `hold`: the live one. `earlier`: holds that were let go, by which an old `hold_id` is known.
    `verified`: appointments whose owner the caller has proved to be; `attempts`: failed proofs.
    `calendar_asked`: Cal.com's free times were fetched for this question, or could not be.
    """

    company_id: UUID
    branch_id: UUID | None
    retell_call_id: str
    next_number: int = 1
    hold: Hold | None = None
    earlier: tuple[Hold, ...] = ()
    bookings: tuple[Booking, ...] = ()
    verified: tuple[UUID, ...] = ()
    attempts: int = 0
    calendar_asked: bool = False


# --- what a step comes to ---------------------------------------------------------------------


class Answered(Message):
    """The answer is final. `hold`: the one that is live from now on (None: as it was).

    `drops_hold`: the live hold was let go in the same transaction. `callback`: a task was made.
    `verified`, `attempts`: as in `Conversation`, where they changed.
    """

    kind: Literal["answered"] = "answered"
    answer: FunctionAnswer
    hold: Hold | None = None
    drops_hold: bool = False
    callback: bool = False
    transfer: bool = False
    verified: tuple[UUID, ...] = ()
    attempts: int | None = None


class Promised(Message):
    """The hold has its customer and no longer expires: its appointments are to be started."""

    kind: Literal["promised"] = "promised"
    hold: Hold
    starts: tuple[AppointmentStart, ...]


class ChangeWanted(Message):
    """An appointment whose owner the caller is, to be moved or cancelled.

    `drops_hold`: what the caller held stood in the way of the new time and was let go.
    """

    kind: Literal["change"] = "change"
    appointment_id: UUID
    action: Literal["cancel", "reschedule"]
    start_at: datetime | None = None
    staff_id: UUID | None = None
    summary: str
    verified: tuple[UUID, ...] = ()
    drops_hold: bool = False


class CalendarWanted(Message):
    """Cal.com's free times are not known well enough: to be fetched, then the step taken again."""

    kind: Literal["calendar"] = "calendar"
    branch_id: UUID
    service_ids: tuple[UUID, ...]
    staff_ids: tuple[UUID, ...]
    from_day: date
    to_day: date


Taken = Annotated[Answered | Promised | ChangeWanted | CalendarWanted, Field(discriminator="kind")]


class TakeFunction(Message):
    asked: FunctionAsked
    conversation: Conversation


class FunctionTaken(Message):
    result: Taken


class PartOutcome(Message):
    """What an appointment has said so far; None of either: nothing within the answer's time."""

    appointment_id: UUID
    outcome: Literal["booked", "reserved", "refused"] | None = None
    reason: str | None = None


class ConcludeBooking(Message):
    """Says what became of a promise, part by part. A refused part takes back the others before."""

    asked: FunctionAsked
    conversation: Conversation
    hold: Hold
    outcomes: tuple[PartOutcome, ...]


class ConcludeChange(Message):
    """`outcome` None: the appointment has not answered within the answer's time."""

    asked: FunctionAsked
    conversation: Conversation
    change: ChangeWanted
    outcome: Literal["cancelled", "rescheduled", "refused"] | None
    reason: str | None = None
    offers: tuple[datetime, ...] = ()


class ReleaseHold(Message):
    """Nobody took it: the slots are free again at once. Harmless when repeated."""

    company_id: UUID
    hold: Hold
    reason: Literal["expired", "call_ended", "superseded", "lost"]


class TellLive(Message):
    """Tells the running call what became of an appointment that was `reserved` when it was said."""

    company_id: UUID
    retell_call_id: str
    appointment_id: UUID
    outcome: Literal["booked", "refused", "cancelled", "rescheduled"]


class ToldLive(Message):
    outcome: Literal["told", "call_over", "not_told"]


class FunctionSteps(ABC):
    """Local steps: one transaction each on our own database. They may be repeated."""

    @activity.defn(name="functions.take")
    @abstractmethod
    async def take(self, request: TakeFunction) -> FunctionTaken: ...

    @activity.defn(name="functions.conclude_booking")
    @abstractmethod
    async def conclude_booking(self, request: ConcludeBooking) -> Answered: ...

    @activity.defn(name="functions.conclude_change")
    @abstractmethod
    async def conclude_change(self, request: ConcludeChange) -> Answered: ...

    @activity.defn(name="functions.release")
    @abstractmethod
    async def release(self, request: ReleaseHold) -> Done: ...


class LiveCallSteps(ABC):
    """A regular step on queue `integrations`: Retell's own API."""

    @activity.defn(name="calls.tell_live")
    @abstractmethod
    async def tell_live(self, request: TellLive) -> ToldLive: ...

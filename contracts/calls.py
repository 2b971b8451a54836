"""Messages of `CallWorkflow` and signatures of the steps it takes.

A signal names a stored event; the body with transcript and numbers is read by the step that needs
it. Events, outcomes and states are those of the design (`docs/architecture.md`).
"""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from temporalio import activity

from contracts.base import Message

CallOutcome = Literal[
    "booked",
    "reserved",
    "rescheduled",
    "cancelled",
    "info",
    "callback",
    "transfer",
    "none",
    "failed",
]
CallEventKind = Literal[
    "call_inbound",
    "call_started",
    "call_ended",
    "call_analyzed",
    "transcript_updated",
    "transfer_started",
    "transfer_bridged",
    "transfer_cancelled",
    "transfer_ended",
    "function_called",
]


class CallStart(Message):
    """Input of `CallWorkflow`. Waits are carried along, so that a replay needs no settings."""

    retell_call_id: str
    analysis_wait_s: float = 120
    call_max_s: float = 7_500
    first_outcome_wait_s: float = 60
    answer_wait_s: float = Field(
        default=1.2, description="So long a function of the running call waits for Cal.com."
    )
    repeat_window_s: float = Field(
        default=10, description="So long the same words are a repetition and no new question."
    )


class CallReported(Message):
    """Signal: Retell reported something. `event_id` is the row in `webhook_events`."""

    event_id: UUID
    kind: CallEventKind


class AppointmentReported(Message):
    """Signal to the call: what became of an appointment that it started."""

    appointment_id: UUID
    outcome: Literal["booked", "reserved", "refused"]
    reason: str | None = None
    offers: tuple[datetime, ...] = ()


class CallProgress(Message):
    """Query answer: where the call stands."""

    state: Literal["running", "settled"]
    outcome: CallOutcome | None = None
    events: tuple[str, ...] = ()
    appointment_ids: tuple[UUID, ...] = ()


# --- steps ------------------------------------------------------------------------------------


class RecordEvents(Message):
    """Applies stored events to the call's row; the first one finds the branch."""

    retell_call_id: str
    event_ids: tuple[UUID, ...]


class CallRecorded(Message):
    """`settled_outcome` is set when an earlier run already settled this call.

    `begun`: an event of the call itself is in, so that its own start is known; who only rang has
    none. `routed` is False for an unknown number: the call is kept by the platform, for review.
    """

    company_id: UUID
    branch_id: UUID | None
    company_name: str
    branch_name: str | None
    routed: bool
    needs_review: bool
    review_reason: str | None = None
    phone_hash: str | None = None
    phone_masked: str = "withheld"
    dialled: str | None = None
    begun: bool = True
    ended: bool = False
    analyzed: bool = False
    settled_outcome: CallOutcome | None = None


class PlanCall(Message):
    """Reads the caller's intent from the stored transcript and decides what to do."""

    company_id: UUID
    retell_call_id: str
    engine_outcome: CallOutcome | None = Field(
        default=None, description="What became of the last thing that the running call did."
    )


class BookPlan(Message):
    kind: Literal["book"] = "book"
    appointment_id: UUID
    branch_id: UUID
    service_id: UUID
    staff_id: UUID | None
    staff_hard: bool
    customer_id: UUID
    start_at: datetime
    summary: str = Field(description="Service, branch and local time; no personal data.")


class CancelPlan(Message):
    kind: Literal["cancel"] = "cancel"
    appointment_id: UUID
    summary: str


class MovePlan(Message):
    kind: Literal["move"] = "move"
    appointment_id: UUID
    start_at: datetime
    staff_id: UUID | None
    summary: str


class NoBooking(Message):
    """Nothing is booked: an information call, silence, or a callback with what is missing.

    `told_booked`: the agent said that it is; then the caller is told by message that it is not.
    """

    kind: Literal["none"] = "none"
    outcome: CallOutcome
    reason: str | None = None
    missing: tuple[str, ...] = ()
    told_booked: bool = False


CallPlan = Annotated[BookPlan | CancelPlan | MovePlan | NoBooking, Field(discriminator="kind")]


class CallPlanned(Message):
    """`ask_model`: the tenant has a language model, and it is worth asking before `plan` counts."""

    plan: CallPlan
    ask_model: bool = False


class AskModel(Message):
    """Has the tenant's language model read the stored transcript."""

    company_id: UUID
    retell_call_id: str


class ModelAsked(Message):
    """`read`: a reading that passed every check is stored with the call. All others change nothing:
    what was answered was not believable, there was no answer, the month's budget is used up, or
    the model was switched off meanwhile.
    """

    outcome: Literal["read", "not_understood", "unavailable", "over_budget", "off"]


class SettleCall(Message):
    """Stores the outcome; a callback task is made in the same transaction where one is due."""

    company_id: UUID
    retell_call_id: str
    outcome: CallOutcome
    reason: str | None = None
    missing: tuple[str, ...] = ()
    offers: tuple[datetime, ...] = ()
    appointment_ids: tuple[UUID, ...] = ()
    timeline: tuple["TimelineEntry", ...] = ()


class TimelineEntry(Message):
    """One line of what happened; `at` is the engine's clock, `text` has no personal data."""

    at: datetime
    text: str
    duration_ms: int | None = None


class CallSettled(Message):
    outcome: CallOutcome
    callback_id: UUID | None = None


class ChangeAppointment(Message):
    """Asks another appointment's workflow for a change, as an update with a fixed id.

    `asked_by`: the function of the running call that asks; each may be followed by another one.
    """

    company_id: UUID
    retell_call_id: str
    appointment_id: UUID
    action: Literal["cancel", "reschedule"]
    start_at: datetime | None = None
    staff_id: UUID | None = None
    asked_by: UUID | None = None
    by: Literal["customer", "engine"] = "customer"


class AppointmentChanged(Message):
    outcome: Literal["cancelled", "rescheduled", "refused"]
    reason: str | None = None
    offers: tuple[datetime, ...] = ()


class CallSteps(ABC):
    """Local steps: milliseconds on our own database and CPU."""

    @activity.defn(name="calls.record_events")
    @abstractmethod
    async def record_events(self, request: RecordEvents) -> CallRecorded: ...

    @activity.defn(name="calls.plan")
    @abstractmethod
    async def plan(self, request: PlanCall) -> CallPlanned: ...

    @activity.defn(name="calls.settle")
    @abstractmethod
    async def settle(self, request: SettleCall) -> CallSettled: ...


class ChangeSteps(ABC):
    """Regular steps that talk to other workflows through the engine."""

    @activity.defn(name="appointments.change")
    @abstractmethod
    async def change(self, request: ChangeAppointment) -> AppointmentChanged: ...


class UnderstandingSteps(ABC):
    """Regular steps that talk to a language model."""

    @activity.defn(name="understanding.ask_model")
    @abstractmethod
    async def ask_model(self, request: AskModel) -> ModelAsked: ...

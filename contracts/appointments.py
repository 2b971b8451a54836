"""Messages of `AppointmentWorkflow` and signatures of the steps of its sagas."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from temporalio import activity

from contracts.base import Message

AppointmentStatus = Literal["held", "booked", "cancelled", "completed", "missed", "failed"]


class AppointmentStart(Message):
    """Input of `AppointmentWorkflow`: one wish, already resolved to ids and an instant."""

    appointment_id: UUID
    company_id: UUID
    branch_id: UUID
    service_id: UUID
    staff_id: UUID | None = None
    staff_hard: bool = False
    customer_id: UUID
    start_at: datetime
    retell_call_id: str | None = None
    summary: str = ""
    patience_s: float = Field(
        default=60,
        description="So long the first outcome waits for Cal.com; then it is `reserved`.",
    )
    told_by_call: bool = Field(
        default=False,
        description="The running call says what its first word is, also where that is a refusal.",
    )
    missed_window_s: float = Field(
        default=86_400, description="So long after its end a no-show is still believed."
    )
    changes_a_run: int = Field(
        default=50, description="After so many moves and reports the workflow continues as new."
    )
    carried: "Carried | None" = Field(
        default=None, description="Set by a run that has continued as new; nobody else sets it."
    )


class FirstOutcome(Message):
    """Answer of update `book` (no argument): what became of the wish, within the caller's time.

    `refused` with the reason `cancelled`: somebody cancelled it before there was any other word.
    """

    outcome: Literal["booked", "reserved", "refused"]
    reason: str | None = None
    offers: tuple[datetime, ...] = ()


class Reschedule(Message):
    """Argument of update `reschedule`.

    An appointment that is only held is held at the new time from then on, and that is booked
    instead; the answer comes when Cal.com has said what becomes of it.
    """

    start_at: datetime
    staff_id: UUID | None = None
    reason: str = "customer asked"
    by: Literal["customer", "branch", "engine"] = "customer"


class Cancel(Message):
    """Argument of update `cancel`."""

    reason: str = "customer asked"
    by: Literal["customer", "branch", "engine"] = "customer"


class ChangeResult(Message):
    outcome: Literal["rescheduled", "cancelled", "refused"]
    reason: str | None = None
    offers: tuple[datetime, ...] = ()


class AppointmentProgress(Message):
    """Query answer. `reminders`: those still to come, as minutes before the start."""

    status: AppointmentStatus
    start_at: datetime
    confirmed: bool
    sequence: int
    reminders: tuple[int, ...] = ()


# --- slots: local steps -----------------------------------------------------------------------


class ReserveSlot(Message):
    """Writes the appointment (once) and its reservations, all or nothing.

    `exclude_staff_ids`: staff whom Cal.com refused already. `replaces`: a move keeps the old
    reservation until `keep_new` or `drop_new`.
    """

    appointment_id: UUID
    company_id: UUID
    branch_id: UUID
    service_id: UUID
    staff_id: UUID | None
    staff_hard: bool
    customer_id: UUID
    start_at: datetime
    retell_call_id: str | None = None
    exclude_staff_ids: tuple[UUID, ...] = ()
    replaces: bool = False


class SlotHeld(Message):
    kind: Literal["held"] = "held"
    staff_id: UUID
    staff_name: str
    start_at: datetime
    end_at: datetime
    zone: str
    summary: str
    revision: int = Field(description="Counts the slots this appointment has had; 0 is the first.")


class SlotRefused(Message):
    """`reason` is a code of `domain/errors.py`; `offers` are the nearest free starts."""

    kind: Literal["refused"] = "refused"
    reason: str
    offers: tuple[datetime, ...] = ()


SlotAnswer = Annotated[SlotHeld | SlotRefused, Field(discriminator="kind")]


class SlotReserved(Message):
    answer: SlotAnswer


class ConfirmSlot(Message):
    """Reservation and appointment become `booked` in one transaction.

    `revision` says which of the appointment's slots; older ones are let go in the same step.
    """

    company_id: UUID
    appointment_id: UUID
    revision: int
    booking_id: int


class ReleaseSlot(Message):
    """Lets reservations go. `revision=None`: all; the appointment then becomes `status`."""

    company_id: UUID
    appointment_id: UUID
    revision: int | None = None
    status: AppointmentStatus | None = None
    reason: str | None = None


class FindOffers(Message):
    company_id: UUID
    appointment_id: UUID
    exclude_staff_ids: tuple[UUID, ...] = ()


class OffersFound(Message):
    offers: tuple[datetime, ...] = ()


class CheckChange(Message):
    """May the appointment still be changed (tenant's limit), by whom asks?"""

    company_id: UUID
    appointment_id: UUID
    by: Literal["customer", "branch", "engine"]


class ChangeChecked(Message):
    allowed: bool
    reason: str | None = None


class MarkPassed(Message):
    """The end has come: the appointment is `completed` unless something else was said."""

    company_id: UUID
    appointment_id: UUID


class Done(Message):
    """A step that has nothing to say but that it happened."""


class SlotSteps(ABC):
    """Local steps: one transaction each on our own database."""

    @activity.defn(name="slots.reserve")
    @abstractmethod
    async def reserve(self, request: ReserveSlot) -> SlotReserved: ...

    @activity.defn(name="slots.confirm")
    @abstractmethod
    async def confirm(self, request: ConfirmSlot) -> Done: ...

    @activity.defn(name="slots.release")
    @abstractmethod
    async def release(self, request: ReleaseSlot) -> Done: ...

    @activity.defn(name="slots.find_offers")
    @abstractmethod
    async def find_offers(self, request: FindOffers) -> OffersFound: ...

    @activity.defn(name="slots.check_change")
    @abstractmethod
    async def check_change(self, request: CheckChange) -> ChangeChecked: ...

    @activity.defn(name="slots.mark_passed")
    @abstractmethod
    async def mark_passed(self, request: MarkPassed) -> Done: ...


# --- calendar: regular steps against Cal.com --------------------------------------------------


class BookInCalendar(Message):
    """One of an appointment's slots: book it, or move today's booking there, or withdraw it."""

    company_id: UUID
    appointment_id: UUID
    revision: int


class CalendarBooked(Message):
    """The booking's uid is a bearer secret: the step stores it, histories see only the number."""

    kind: Literal["booked"] = "booked"
    booking_id: int


class CalendarRefused(Message):
    """`cause` is the client's class: slot_gone, time_policy, caller_data, configuration.

    Unclear answers are not among the results: the step looks until it knows, as long as it takes.
    """

    kind: Literal["refused"] = "refused"
    cause: str
    message: str
    request_id: str | None = None


CalendarAnswer = Annotated[CalendarBooked | CalendarRefused, Field(discriminator="kind")]


class CalendarAnswered(Message):
    answer: CalendarAnswer


class CancelInCalendar(Message):
    """`booking_id`: which of the appointment's; a move to other staff leaves one behind."""

    company_id: UUID
    appointment_id: UUID
    booking_id: int
    reason: str


class CalendarSteps(ABC):
    """Regular steps on queue `integrations`; each looks before it repeats itself."""

    @activity.defn(name="calendar.book")
    @abstractmethod
    async def book(self, request: BookInCalendar) -> CalendarAnswered: ...

    @activity.defn(name="calendar.move")
    @abstractmethod
    async def move(self, request: BookInCalendar) -> CalendarAnswered: ...

    @activity.defn(name="calendar.cancel")
    @abstractmethod
    async def cancel(self, request: CancelInCalendar) -> Done: ...

    @activity.defn(name="calendar.withdraw")
    @abstractmethod
    async def withdraw(self, request: BookInCalendar) -> Done: ...


# --- a run and the next ------------------------------------------------------------------------


class ReminderDue(Message):
    """`minutes`: before the start, as the company set it; `at` may be earlier, for quiet hours."""

    minutes: int
    at: datetime


class AnsweredChange(Message):
    """A change that was answered, so that its repetition in the next run gets the same answer."""

    update_id: str
    result: ChangeResult


class Carried(Message):
    """What a run hands to the next one when the workflow continues as new."""

    status: AppointmentStatus
    slot: SlotHeld
    booking: CalendarBooked | None
    first: FirstOutcome | None
    sequence: int
    reminders: tuple[ReminderDue, ...] = ()
    by_sms: bool = False
    seen_events: tuple[UUID, ...] = ()
    answered: tuple[AnsweredChange, ...] = ()
    lines: tuple[str, ...] = ()


# --- messages to people: regular steps --------------------------------------------------------

NoticeKind = Literal[
    "confirmation",
    "reservation",
    "reschedule",
    "unchanged",
    "cancellation",
    "apology",
    "reminder",
    "missed",
]
Audience = Literal["customer", "branch"]
Channel = Literal["email", "sms"]


class NotifyAppointment(Message):
    """One message. Its identity is (appointment, kind, audience, channel, sequence).

    `reminder_minutes`: which of the company's reminders, part of the kind. `asked_by`: the function
    whose change was not possible, part of the kind `unchanged`. Texts go to customers.
    """

    company_id: UUID
    appointment_id: UUID
    kind: NoticeKind
    audience: Audience
    sequence: int
    offers: tuple[datetime, ...] = ()
    channel: Channel = "email"
    reminder_minutes: int | None = None
    asked_by: UUID | None = None


class NotifyCall(Message):
    """Tells what a call came to. Its identity is the call and the audience.

    `branch`: the summary by mail. `customer`: that nothing is booked yet and that the branch calls
    back, for who was told otherwise; by SMS where one can be sent, else by mail.
    """

    company_id: UUID
    retell_call_id: str
    audience: Audience = "branch"


class SendCode(Message):
    """The call's second factor, by SMS to the number on file. Its identity is the call."""

    company_id: UUID
    retell_call_id: str


class Notified(Message):
    """`skipped`: there is no address to send to, or none that may be used; that is stored as well.
    `unclear`: a text that was tried twice and may have gone out; it is not tried again.
    """

    outcome: Literal["sent", "skipped", "rejected", "unclear"]
    repeats: int = 0


class NotifySteps(ABC):
    @activity.defn(name="notify.appointment")
    @abstractmethod
    async def appointment(self, request: NotifyAppointment) -> Notified: ...

    @activity.defn(name="notify.call")
    @abstractmethod
    async def call(self, request: NotifyCall) -> Notified: ...

    @activity.defn(name="notify.code")
    @abstractmethod
    async def code(self, request: SendCode) -> Notified: ...


AppointmentStart.model_rebuild()

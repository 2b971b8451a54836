"""What happens to an appointment after it was booked: reports, reminders, its end."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Literal
from uuid import UUID

from temporalio import activity

from contracts.appointments import ReminderDue, SlotHeld
from contracts.base import Message


class CalendarReported(Message):
    """Signal: Cal.com reported something about the appointment's booking.

    `event_id`: the stored report, the same for each repetition. `booking_id`: the booking that it
    is about; of a move, the new one. `start_at`: of a move, the new start. `by`: the person in
    Cal.com, an id or a name of staff, never a customer's.
    """

    kind: Literal["created", "rescheduled", "cancelled", "rejected", "no_show", "deleted"]
    event_id: UUID
    start_at: datetime | None = None
    booking_id: int | None = None
    by: str | None = None


# --- local steps ------------------------------------------------------------------------------


class PlanLife(Message):
    """Which reminders are still to come, by the company's settings at this moment?"""

    company_id: UUID
    appointment_id: UUID


class LifePlanned(Message):
    """`reminders`: in the order they come. `by_sms`: the customer gets texts as well as mails."""

    reminders: tuple[ReminderDue, ...] = ()
    by_sms: bool = False


class FollowCalendar(Message):
    """What a person did in Cal.com is done here as well. Harmless when repeated."""

    company_id: UUID
    appointment_id: UUID
    report: CalendarReported


class CalendarFollowed(Message):
    """`ignored`: our own doing, or older than what we know. `conflict`: our own reservations do not
    allow it, so both facts stand and a callback task tells the branch.

    `slot`, `booking_id`: of a move, what the appointment has now.
    """

    outcome: Literal["moved", "cancelled", "ignored", "conflict"]
    slot: SlotHeld | None = None
    booking_id: int | None = None


class MarkMissed(Message):
    """Nobody came: `missed`, also when it was `completed` by the clock."""

    company_id: UUID
    appointment_id: UUID


class MissedMarked(Message):
    """`follow_up`: the company offers a new appointment to whoever missed one."""

    follow_up: bool


class LifeSteps(ABC):
    """Local steps: one transaction each on our own database."""

    @activity.defn(name="life.plan")
    @abstractmethod
    async def plan(self, request: PlanLife) -> LifePlanned: ...

    @activity.defn(name="life.follow_calendar")
    @abstractmethod
    async def follow_calendar(self, request: FollowCalendar) -> CalendarFollowed: ...

    @activity.defn(name="life.mark_missed")
    @abstractmethod
    async def mark_missed(self, request: MarkMissed) -> MissedMarked: ...

"""What the workflow of one appointment knows. Its sagas and its life share this, under one lock."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contracts.appointments import (
    AnsweredChange,
    AppointmentProgress,
    AppointmentStart,
    AppointmentStatus,
    CalendarAnswered,
    CalendarBooked,
    CalendarRefused,
    Carried,
    ChangeResult,
    FirstOutcome,
    ReminderDue,
    SlotHeld,
)
from contracts.life import CalendarReported
from contracts.names import APPOINTMENT_START, APPOINTMENT_STATUS

ENDED: frozenset[AppointmentStatus] = frozenset({"cancelled", "missed", "failed"})
LINES_SHOWN = 50
# Retries of an update come within minutes, repetitions of a report within hours.
UPDATES_REMEMBERED = 50
REPORTS_REMEMBERED = 200


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The start that is being booked. A hold may be moved, and then this is another one."""

    start_at: datetime
    staff_id: UUID | None
    staff_hard: bool


@dataclass(kw_only=True, eq=False)
class Attempt:
    """What Cal.com is asked about one slot. `is_move`: of the booking that stands; another person's
    booking `is_change` as well, but is made anew.

    `answer` is there when it `is_over`; None where it was given up before it had begun.
    """

    slot: SlotHeld
    is_change: bool = False
    is_move: bool = False
    asked: workflow.ActivityHandle[CalendarAnswered] | None = None
    answer: CalendarBooked | CalendarRefused | None = None
    is_given_up: bool = False
    is_over: bool = False


class OneAppointment:
    """Whoever changes `status`, `slot`, `booking` or `attempt` holds `lock`. Nobody holds it while
    waiting for Cal.com's word about an `attempt`, so that a cancellation need not wait for that.
    """

    def __init__(self, start: AppointmentStart) -> None:
        carried = start.carried
        self.start = start
        self.wish = Wish(
            start_at=start.start_at, staff_id=start.staff_id, staff_hard=start.staff_hard
        )
        # A held time that is given up only when the wish that took its place is booked.
        self.fallback: Wish | None = None
        self.status: AppointmentStatus = carried.status if carried else "held"
        self.slot: SlotHeld | None = carried.slot if carried else None
        self.booking: CalendarBooked | None = carried.booking if carried else None
        self.first: FirstOutcome | None = carried.first if carried else None
        self.refusal: ChangeResult | None = None
        self.sequence = carried.sequence if carried else 0
        self.reminders: tuple[ReminderDue, ...] = carried.reminders if carried else ()
        # None: nobody has looked yet whether the customer gets texts as well as mails.
        self.by_sms: bool | None = carried.by_sms if carried else None
        self.attempt: Attempt | None = None
        self.lock = asyncio.Lock()
        self.reports: list[CalendarReported] = []
        self._seen: list[UUID] = list(carried.seen_events) if carried else []
        self._answered = {a.update_id: a.result for a in carried.answered} if carried else {}
        self._changes = 0
        self._chores: list[asyncio.Task[None]] = []
        self._lines: list[str] = list(carried.lines) if carried else []

    # --- what comes in ------------------------------------------------------------------------

    def heard(self, report: CalendarReported) -> None:
        if report.event_id not in self._seen:
            self._seen = [*self._seen, report.event_id][-REPORTS_REMEMBERED:]
            self._changes += 1
            self.reports.append(report)

    def answer_to(self, update_id: str) -> ChangeResult | None:
        """What the same update was answered in an earlier run; the engine knows only this one's."""
        return self._answered.get(update_id)

    def remember(self, update_id: str, result: ChangeResult) -> None:
        self._changes += 1
        self._answered[update_id] = result
        for forgotten in list(self._answered)[:-UPDATES_REMEMBERED]:
            del self._answered[forgotten]

    # --- what runs beside ---------------------------------------------------------------------

    def behind(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """The saga does not wait for it; the end of the run does."""
        self.end_chores()
        chore = asyncio.create_task(work)
        self._chores.append(chore)
        return chore

    def end_chores(self) -> None:
        """Forgets those that are done. A bug in one fails the workflow, as anywhere else."""
        for task in self._chores:
            if task.done():
                task.result()
        self._chores = [task for task in self._chores if not task.done()]

    def is_idle(self) -> bool:
        """Nothing is under way: the run may end, or hand over to the next."""
        chores_done = all(task.done() for task in self._chores)
        at_rest = self.attempt is None and not self.reports and not self.lock.locked()
        return chores_done and at_rest and workflow.all_handlers_finished()

    # --- a run and the next -------------------------------------------------------------------

    def is_long(self) -> bool:
        too_many = self._changes >= self.start.changes_a_run
        return too_many or workflow.info().is_continue_as_new_suggested()

    def next_run(self) -> AppointmentStart:
        self.end_chores()
        carried = Carried(
            status=self.status,
            slot=self.held_slot(),
            booking=self.booking,
            first=self.first,
            sequence=self.sequence,
            reminders=self.reminders,
            by_sms=bool(self.by_sms),
            seen_events=tuple(self._seen),
            answered=tuple(
                AnsweredChange(update_id=key, result=result)
                for key, result in self._answered.items()
            ),
            lines=tuple(self._lines[-LINES_SHOWN:]),
        )
        return self.start.model_copy(update={"carried": carried})

    def held_slot(self) -> SlotHeld:
        if self.slot is None:
            raise ApplicationError("alive without a slot", type="no_slot", non_retryable=True)
        return self.slot

    # --- what people see ----------------------------------------------------------------------

    def progress(self) -> AppointmentProgress:
        return AppointmentProgress(
            status=self.status,
            start_at=self.slot.start_at if self.slot else self.start.start_at,
            confirmed=self.booking is not None,
            sequence=self.sequence,
            reminders=tuple(reminder.minutes for reminder in self.reminders),
        )

    def set_status(self, status: AppointmentStatus) -> None:
        self.status = status
        if status != "booked":
            self.reminders = ()
        changes = [APPOINTMENT_STATUS.value_set(status)]
        if self.slot is None:
            workflow.upsert_search_attributes(changes)
        else:
            start = APPOINTMENT_START.value_set(self.slot.start_at)
            workflow.upsert_search_attributes([*changes, start])

    def note(self, line: str) -> None:
        """What somebody sees who opens the workflow in the Web UI."""
        self._lines.append(f"- `{workflow.now():%Y-%m-%d %H:%M:%S}` {line}")
        self._lines = self._lines[-LINES_SHOWN:]
        workflow.set_current_details(f"**{self.status}**\n\n" + "\n".join(self._lines))

"""One appointment, from first hold to kept, moved, cancelled or missed."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from contracts.appointments import (
    AppointmentProgress,
    AppointmentStart,
    AppointmentStatus,
    Audience,
    CalendarBooked,
    CalendarSteps,
    Cancel,
    CancelInCalendar,
    ChangeResult,
    CheckChange,
    ConfirmSlot,
    FindOffers,
    FirstOutcome,
    MarkPassed,
    NoticeKind,
    NotifyAppointment,
    NotifySteps,
    ReleaseSlot,
    Reschedule,
    ReserveSlot,
    SlotHeld,
    SlotRefused,
    SlotSteps,
)
from contracts.calls import AppointmentReported
from contracts.names import APPOINTMENT_START, APPOINTMENT_STATUS, APPOINTMENT_WORKFLOW
from domain.errors import DomainError
from workflows import policies, steps
from workflows.booking import CALENDAR_DOWN, book_in_calendar, withdraw_from_calendar

FINAL: frozenset[AppointmentStatus] = frozenset({"cancelled", "completed", "missed", "failed"})


@workflow.defn(
    name=APPOINTMENT_WORKFLOW, failure_exception_types=[DomainError, ValueError, KeyError]
)
class AppointmentWorkflow:
    """reserve → book in Cal.com → confirm → notify, then alive until the appointment has passed.

    Every door starts it the same way; a call starts it as a child that outlives the call.
    """

    @workflow.init
    def __init__(self, start: AppointmentStart) -> None:
        self._start = start
        self._status: AppointmentStatus = "held"
        self._slot: SlotHeld | None = None
        self._booking: CalendarBooked | None = None
        self._first: FirstOutcome | None = None
        self._sequence = 0
        self._patience: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._lines: list[str] = []

    @workflow.run
    async def run(self, start: AppointmentStart) -> AppointmentProgress:
        self._note(f"Asked for: {start.summary or start.start_at.isoformat()}")
        async with self._changing:
            await self._book(start)
        while self._status not in FINAL:
            await self._live_until_it_has_passed()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.progress()

    @workflow.query
    def progress(self) -> AppointmentProgress:
        slot = self._slot
        return AppointmentProgress(
            status=self._status,
            start_at=slot.start_at if slot else self._start.start_at,
            confirmed=self._booking is not None,
            sequence=self._sequence,
        )

    @workflow.update
    async def book(self) -> FirstOutcome:
        """Waits for what becomes of the wish."""
        await workflow.wait_condition(lambda: self._first is not None)
        if self._first is None:  # for the type checker; the wait above has just seen it
            raise ApplicationError("no outcome", type="no_outcome", non_retryable=True)
        return self._first

    # --- booking ------------------------------------------------------------------------------

    async def _book(self, start: AppointmentStart) -> None:
        refused_by_calendar: list[SlotHeld] = []
        self._patience = asyncio.create_task(self._report_held_if_slow(start.patience_s))
        for _ in range(policies.STAFF_TRIES):
            slot = await self._reserve(start, refused_by_calendar)
            if isinstance(slot, SlotRefused):
                await self._give_up(slot.reason, slot.offers)
                return
            answer = await book_in_calendar(start, revision=slot.revision, slot_start=slot.start_at)
            if isinstance(answer, CalendarBooked):
                await self._conclude(slot, answer)
                return
            self._note(f"Cal.com refused ({answer.cause}): {answer.message}")
            if answer.cause != "slot_gone":
                # First people are told, however long Cal.com stays away after that.
                await self._compensate(answer.cause)
                if answer.cause == CALENDAR_DOWN:
                    await withdraw_from_calendar(start, revision=slot.revision)
                return
            refused_by_calendar.append(slot)
            await self._release(slot.revision)
        await self._compensate("slot_taken")

    async def _conclude(self, slot: SlotHeld, booking: CalendarBooked) -> None:
        try:
            await self._confirm(slot, booking)
        except FailureError as error:  # a local step's failure comes without ActivityError round it
            # The hold had ended and its slot is another's: the booking must not stay.
            workflow.logger.warning("the slot was lost before it was confirmed", exc_info=error)
            await self._cancel_in_calendar(booking, "slot lost")
            await self._compensate("slot_taken")
            return
        await self._report(FirstOutcome(outcome="booked"))
        await self._tell_both("confirmation")

    async def _reserve(
        self, start: AppointmentStart, refused_by_calendar: list[SlotHeld]
    ) -> SlotHeld | SlotRefused:
        reserved = await steps.local(
            SlotSteps.reserve,
            ReserveSlot(
                appointment_id=start.appointment_id,
                company_id=start.company_id,
                branch_id=start.branch_id,
                service_id=start.service_id,
                staff_id=start.staff_id,
                staff_hard=start.staff_hard,
                customer_id=start.customer_id,
                start_at=start.start_at,
                retell_call_id=start.retell_call_id,
                exclude_staff_ids=tuple(slot.staff_id for slot in refused_by_calendar),
            ),
            "Reserve staff, rooms and devices",
        )
        answer = reserved.answer
        if isinstance(answer, SlotHeld):
            self._slot = answer
            self._set_status("held")
            self._note(f"Held: {answer.summary}")
        return answer

    async def _confirm(self, slot: SlotHeld, booking: CalendarBooked) -> None:
        await steps.local(
            SlotSteps.confirm,
            ConfirmSlot(
                company_id=self._start.company_id,
                appointment_id=self._start.appointment_id,
                revision=slot.revision,
                booking_id=booking.booking_id,
            ),
            "Reservation becomes the appointment",
        )
        self._slot, self._booking = slot, booking
        self._set_status("booked")
        self._note(f"Booked in Cal.com (no. {booking.booking_id}): {slot.summary}")

    async def _release(
        self, revision: int | None, status: AppointmentStatus | None = None, reason: str = ""
    ) -> None:
        await steps.local(
            SlotSteps.release,
            ReleaseSlot(
                company_id=self._start.company_id,
                appointment_id=self._start.appointment_id,
                revision=revision,
                status=status,
                reason=reason or None,
            ),
            "Let the slot go",
        )

    async def _compensate(self, cause: str) -> None:
        """The hold goes, and whoever was promised something hears so, with other times."""
        await self._release(None, "failed", cause)
        found = await steps.local(
            SlotSteps.find_offers,
            FindOffers(
                company_id=self._start.company_id, appointment_id=self._start.appointment_id
            ),
            "Find other times",
        )
        await self._give_up(cause, found.offers)

    async def _give_up(self, reason: str, offers: tuple[datetime, ...]) -> None:
        self._set_status("failed")
        self._note(f"Not booked: {reason}")
        was_promised = self._first is not None
        await self._report(FirstOutcome(outcome="refused", reason=reason, offers=offers))
        # A script at the REST door has its answer; a caller, and whoever heard "reserved", has not.
        if was_promised or self._start.retell_call_id is not None:
            await self._tell("apology", "customer", offers)
        if was_promised:  # the call has settled: nobody else tells the branch to ring back
            await self._tell("apology", "branch", offers)

    # --- telling ------------------------------------------------------------------------------

    async def _report_held_if_slow(self, patience_s: float) -> None:
        """`reserved` is the honest word while Cal.com says nothing."""
        try:
            await workflow.wait_condition(
                lambda: self._first is not None,
                timeout=timedelta(seconds=patience_s),
                timeout_summary="so long the first word waits for Cal.com",
            )
        except TimeoutError:
            if self._slot is not None:
                await self._report(FirstOutcome(outcome="reserved"))
                await self._tell("reservation", "customer")

    async def _report(self, outcome: FirstOutcome) -> None:
        self._first = outcome
        parent = workflow.info().parent
        if parent is None:
            return
        try:
            await workflow.get_external_workflow_handle(parent.workflow_id).signal(
                "appointment_reported",
                AppointmentReported(
                    appointment_id=self._start.appointment_id,
                    outcome=outcome.outcome,
                    reason=outcome.reason,
                    offers=outcome.offers,
                ),
            )
        except ApplicationError:
            # The call has settled long ago; its row is set right by the confirming step.
            workflow.logger.info("the call has ended before its appointment's word")

    async def _tell_both(self, kind: NoticeKind) -> None:
        await self._tell(kind, "customer")
        await self._tell(kind, "branch")

    async def _tell(
        self, kind: NoticeKind, audience: Audience, offers: tuple[datetime, ...] = ()
    ) -> None:
        notice = NotifyAppointment(
            company_id=self._start.company_id,
            appointment_id=self._start.appointment_id,
            kind=kind,
            audience=audience,
            sequence=self._sequence,
            offers=offers,
        )
        try:
            told = await steps.remote(
                NotifySteps.appointment, notice, policies.NOTICE, f"Mail to {audience}: {kind}"
            )
        except ActivityError as error:
            # The appointment stands whether or not a mail could be delivered; the row tells.
            workflow.logger.warning("a mail could not be delivered", exc_info=error)
            self._note(f"Mail to {audience} ({kind}) could not be delivered")
            return
        self._note(f"Mail to {audience} ({kind}): {told.outcome}")

    # --- changes ------------------------------------------------------------------------------

    @workflow.update
    async def reschedule(self, request: Reschedule) -> ChangeResult:
        """Moves the appointment; the old slot is kept until the new is sure."""
        async with self._changing:
            refusal = await self._refuse_change()
            if refusal is not None:
                return refusal
            slot = await self._reserve_new(request)
            if isinstance(slot, SlotRefused):
                return ChangeResult(outcome="refused", reason=slot.reason, offers=slot.offers)
            return await self._move(slot, request.reason)

    @reschedule.validator
    def _reschedule_in_future(self, request: Reschedule) -> None:
        if request.start_at <= workflow.now():
            raise ApplicationError("the new time has passed", type="too_soon", non_retryable=True)

    async def _reserve_new(self, request: Reschedule) -> SlotHeld | SlotRefused:
        start = self._start
        reserved = await steps.local(
            SlotSteps.reserve,
            ReserveSlot(
                appointment_id=start.appointment_id,
                company_id=start.company_id,
                branch_id=start.branch_id,
                service_id=start.service_id,
                # Whoever did not ask for somebody else keeps the person they have.
                staff_id=request.staff_id or (self._slot.staff_id if self._slot else None),
                staff_hard=request.staff_id is not None or start.staff_hard,
                customer_id=start.customer_id,
                start_at=request.start_at,
                retell_call_id=start.retell_call_id,
                replaces=True,
            ),
            "Reserve the new slot, keep the old one",
        )
        return reserved.answer

    async def _move(self, slot: SlotHeld, reason: str) -> ChangeResult:
        old_slot, old_booking = self._slot, self._booking
        same_staff = old_slot is not None and old_slot.staff_id == slot.staff_id
        answer = await book_in_calendar(
            self._start, revision=slot.revision, slot_start=slot.start_at, move=same_staff
        )
        if not isinstance(answer, CalendarBooked):
            await self._release(slot.revision)
            self._note(f"Not moved ({answer.cause}); the old time stands")
            return ChangeResult(outcome="refused", reason=answer.cause)
        self._sequence += 1
        await self._confirm(slot, answer)
        if not same_staff and old_booking is not None:
            await self._cancel_in_calendar(old_booking, reason)
        await self._tell_both("reschedule")
        return ChangeResult(outcome="rescheduled")

    @workflow.update
    async def cancel(self, request: Cancel) -> ChangeResult:
        """Cancels the appointment here and in Cal.com."""
        async with self._changing:
            if self._status == "cancelled":
                return ChangeResult(outcome="cancelled")
            refusal = await self._refuse_change(request.by)
            if refusal is not None:
                return refusal
            if self._booking is not None:
                try:
                    await self._cancel_in_calendar(self._booking, request.reason)
                except ActivityError as error:
                    workflow.logger.warning("cal.com kept the booking", exc_info=error)
                    return ChangeResult(outcome="refused", reason="calendar_kept_it")
            await self._release(None, "cancelled", request.reason)
            self._sequence += 1
            self._set_status("cancelled")
            self._note(f"Cancelled by {request.by}")
            await self._tell_both("cancellation")
            return ChangeResult(outcome="cancelled")

    async def _refuse_change(self, by: str = "customer") -> ChangeResult | None:
        if self._status != "booked":
            return ChangeResult(outcome="refused", reason=f"is_{self._status}")
        checked = await steps.local(
            SlotSteps.check_change,
            CheckChange.model_validate(
                {
                    "company_id": self._start.company_id,
                    "appointment_id": self._start.appointment_id,
                    "by": by,
                }
            ),
            "May it still be changed?",
        )
        return None if checked.allowed else ChangeResult(outcome="refused", reason=checked.reason)

    async def _cancel_in_calendar(self, booking: CalendarBooked, reason: str) -> None:
        await steps.remote(
            CalendarSteps.cancel,
            CancelInCalendar(
                company_id=self._start.company_id,
                appointment_id=self._start.appointment_id,
                booking_id=booking.booking_id,
                reason=reason,
            ),
            policies.CALENDAR,
            "Cal.com: cancel the booking",
        )

    # --- life ---------------------------------------------------------------------------------

    async def _live_until_it_has_passed(self) -> None:
        slot = self._slot
        if slot is None:
            raise ApplicationError("alive without a slot", type="no_slot", non_retryable=True)
        remaining = slot.end_at - workflow.now()
        if remaining > timedelta(0):
            try:
                await workflow.wait_condition(
                    lambda: self._status in FINAL or self._slot is not slot,
                    timeout=remaining,
                    timeout_summary="until the appointment has passed",
                )
            except TimeoutError:
                workflow.logger.debug("the appointment has passed")
            return
        async with self._changing:
            if self._status not in FINAL and self._slot is slot:
                await steps.local(
                    SlotSteps.mark_passed,
                    MarkPassed(
                        company_id=self._start.company_id,
                        appointment_id=self._start.appointment_id,
                    ),
                    "The appointment has passed",
                )
                self._set_status("completed")

    # --- the Web UI ---------------------------------------------------------------------------

    def _set_status(self, status: AppointmentStatus) -> None:
        self._status = status
        updates = [APPOINTMENT_STATUS.value_set(status)]
        slot = self._slot
        if slot is not None:
            workflow.upsert_search_attributes(
                [*updates, APPOINTMENT_START.value_set(slot.start_at)]
            )
        else:
            workflow.upsert_search_attributes(updates)

    def _note(self, line: str) -> None:
        """What somebody sees who opens the workflow in the Web UI."""
        self._lines.append(f"- `{workflow.now():%Y-%m-%d %H:%M:%S}` {line}")
        workflow.set_current_details(f"**{self._status}**\n\n" + "\n".join(self._lines[-50:]))

"""What a running call has promised is carried out, whether or not anybody waits for it."""

import asyncio
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from contracts.appointments import (
    AppointmentStart,
    Audience,
    Channel,
    NoticeKind,
    NotifyAppointment,
    NotifySteps,
)
from contracts.calls import AppointmentChanged, CallRecorded, ChangeAppointment, ChangeSteps
from contracts.functions import (
    Booking,
    ChangeWanted,
    ConcludeBooking,
    ConcludeChange,
    FunctionAnswer,
    FunctionAsked,
    FunctionSteps,
    Hold,
    LiveCallSteps,
    PartOutcome,
    Promised,
    TellLive,
)
from workflows import policies, steps
from workflows.line import Changing, Line, Question

Ids = tuple[UUID, ...]
LiveNews = Literal["booked", "refused", "cancelled", "rescheduled"]
KEPT = "calendar_kept_it"
# After these nobody can say that the appointment is as it was: another change counts, or a person
# has to find out.
UNSURE = frozenset({"superseded", "change_gave_no_answer", "change_failed"})


class KeepsPromises(Line):
    def __init__(self) -> None:
        super().__init__()
        # What was told as `reserved`, and what came of it once the caller knows.
        self._followed: dict[Ids, Literal["open", "kept", "broken", "withdrawn"]] = {}
        self._messages_open = 0

    # --- booking ------------------------------------------------------------------------------

    async def _promise(self, call: CallRecorded, promised: Promised) -> None:
        hold = promised.hold
        ids = tuple(start.appointment_id for start in promised.starts)
        if self._booking_of(ids) is not None:
            return  # asked in other words for what the caller has; what is held stays held
        self._forget_hold(but=hold)
        self._remember(hold)
        self._next_number = max(self._next_number, hold.number + 1)
        self._acts += 1
        self._bookings.append(
            Booking(
                appointment_ids=ids,
                status="reserved",
                start_at=hold.start_at,
                fulfils=hold.number,
            )
        )
        self._last_act = "reserved"
        self._note(f"Wish: {hold.summary}")
        for start in promised.starts:
            self._appointment_ids.append(start.appointment_id)
            # A refusal within the answer's time is spoken; what comes later is this call's to tell.
            spoken = start.model_copy(update={"told_by_call": True})
            await self._start_appointment(call, spoken)

    async def _conclude(self, question: Question, hold: Hold) -> FunctionAnswer:
        """What the appointments say within the answer's time; then honestly `reserved`."""
        ids = tuple(part.appointment_id for part in hold.parts)
        wait = timedelta(seconds=self._start.answer_wait_s)
        await self._wait(lambda: self._all_said(ids), wait, "so long the answer waits for Cal.com")
        if self._refused(ids):
            self._take_back(ids)
        async with self._one_at_a_time:
            concluded = await steps.local(
                FunctionSteps.conclude_booking,
                ConcludeBooking(
                    asked=question.asked,
                    conversation=self._conversation(),
                    hold=hold,
                    outcomes=tuple(self._outcome_of(one) for one in ids),
                ),
                "Say what became of the booking",
            )
            status = concluded.answer.status
            if status == "booked" or status == "reserved":  # noqa: PLR1714 - mypy narrows only so
                question.booking = self._becomes(ids, status)
            else:
                self._drop(ids)
            answer = await self._keep(question, concluded)
        if status == "reserved" and ids not in self._followed:
            self._followed[ids] = "open"
            self._behind(self._follow(ids))
        return answer

    def _all_said(self, ids: Ids) -> bool:
        return all(one in self._reports for one in ids)

    def _refused(self, ids: Ids) -> bool:
        return any(one in self._reports and self._reports[one].outcome == "refused" for one in ids)

    def _withdrawn(self, ids: Ids) -> bool:
        """Cancelled by the caller before Cal.com had said a word: no promise was broken."""
        return any(one in self._reports and self._reports[one].reason == "cancelled" for one in ids)

    def _only_held(self, ids: Ids) -> bool:
        return any(one in self._reports and self._reports[one].outcome == "reserved" for one in ids)

    def _outcome_of(self, appointment_id: UUID) -> PartOutcome:
        report = self._reports.get(appointment_id)
        if report is None:
            return PartOutcome(appointment_id=appointment_id)
        return PartOutcome(
            appointment_id=appointment_id, outcome=report.outcome, reason=report.reason
        )

    def _booking_of(self, ids: Ids) -> Booking | None:
        return next((b for b in self._bookings if b.appointment_ids == ids), None)

    def _becomes(self, ids: Ids, status: Literal["booked", "reserved"]) -> Booking:
        was = self._booking_of(ids)
        if was is None:
            raise ApplicationError("no such booking", type="no_booking", non_retryable=True)
        self._acts += was.status != status
        booking = was.model_copy(update={"status": status})
        self._bookings = [booking if b is was else b for b in self._bookings]
        self._last_act = status
        return booking

    def _drop(self, ids: Ids) -> None:
        self._acts += 1
        self._bookings = [b for b in self._bookings if b.appointment_ids != ids]
        self._last_act = self._bookings[-1].status if self._bookings else None

    # --- after the answer ---------------------------------------------------------------------

    async def _follow(self, ids: Ids) -> None:
        """Said `reserved`; the caller hears what came of it: in the running call, and by message.

        Whoever was told `reserved` by the appointment's own message hears the end from it too.
        """
        await workflow.wait_condition(lambda: self._refused(ids) or self._all_said(ids))
        was_told = self._only_held(ids)
        await workflow.wait_condition(lambda: self._refused(ids) or not self._only_held(ids))
        if self._withdrawn(ids):
            self._followed[ids] = "withdrawn"
        elif self._refused(ids):
            self._drop(ids)
            self._last_act = self._last_act or "callback"  # the appointment has made the task
            self._take_back(ids)
            if not was_told:
                self._apologise(ids)
            await self._tell_live(ids[0], "refused")
            self._followed[ids] = "broken"
        else:
            if self._booking_of(ids) is not None:
                self._becomes(ids, "booked")
                await self._tell_live(ids[0], "booked")
            self._followed[ids] = "kept"

    def _apologise(self, ids: Ids) -> None:
        refused = next(one for one in ids if self._refused((one,)))
        self._tell_people(refused, "apology", branch=True, offers=self._reports[refused].offers)

    def _tell_people(
        self,
        appointment_id: UUID,
        kind: NoticeKind,
        *,
        branch: bool = False,
        offers: tuple[datetime, ...] = (),
        asked_by: UUID | None = None,
    ) -> None:
        """The customer by mail and SMS, the branch by mail. Neither the running call nor its
        settling waits for a mail server; the end of the workflow does.
        """
        ways: list[tuple[Audience, Channel]] = [("customer", "email"), ("customer", "sms")]
        for audience, channel in [*ways, ("branch", "email")] if branch else ways:
            notice = NotifyAppointment.model_validate(
                {
                    "company_id": self._call().company_id,
                    "appointment_id": appointment_id,
                    "kind": kind,
                    "audience": audience,
                    "channel": channel,
                    "sequence": 0,
                    "offers": offers,
                    "asked_by": asked_by,
                }
            )
            self._messages_open += 1
            self._behind(self._send(notice))

    async def _send(self, notice: NotifyAppointment) -> None:
        what = f"{'SMS' if notice.channel == 'sms' else 'Mail'} to {notice.audience}: {notice.kind}"
        try:
            await steps.remote(NotifySteps.appointment, notice, policies.NOTICE, what)
        except ActivityError as error:
            workflow.logger.warning("a message could not be delivered", exc_info=error)
        finally:
            self._messages_open -= 1

    async def _tell_live(self, appointment_id: UUID, outcome: LiveNews) -> None:
        if self._is_over:
            return
        request = TellLive(
            company_id=self._call().company_id,
            retell_call_id=self._start.retell_call_id,
            appointment_id=appointment_id,
            outcome=outcome,
        )
        try:
            told = await steps.remote(
                LiveCallSteps.tell_live, request, policies.LIVE, f"Tell the running call: {outcome}"
            )
        except ActivityError as error:
            workflow.logger.info("the running call could not be told", exc_info=error)
            return
        self._note(f"Into the running call ({outcome}): {told.outcome}")

    def _take_back(self, ids: Ids) -> None:
        """A visit is kept whole or not at all."""
        for one in ids:
            if not self._refused((one,)):
                self._behind(self._cancel_part(one))

    async def _cancel_part(self, appointment_id: UUID) -> None:
        request = ChangeAppointment(
            company_id=self._call().company_id,
            retell_call_id=self._start.retell_call_id,
            appointment_id=appointment_id,
            action="cancel",
            asked_by=appointment_id,
            by="engine",
        )
        self._changes_open += 1
        try:
            changed = await steps.remote(
                ChangeSteps.change, request, policies.CHANGE, "Take the other part back"
            )
        except ActivityError as error:
            workflow.logger.warning("a part of a visit could not be taken back", exc_info=error)
            return
        finally:
            self._changes_open -= 1
        if changed.reason == KEPT:  # half a visit stands: a person has to see to it
            self._changes_refused.append(changed)

    # --- changes ------------------------------------------------------------------------------

    async def _change(
        self, call: CallRecorded, question: Question, change: ChangeWanted
    ) -> FunctionAnswer:
        self._verify(change.verified)
        if change.drops_hold:
            self._forget_hold()
        self._note(f"Wish: {change.action} {change.summary}")
        if change.appointment_id not in self._appointment_ids:
            self._appointment_ids.append(change.appointment_id)
        task = asyncio.create_task(self._changed(call, question, change))
        question.changing = Changing(change, task)
        done, _ = await workflow.wait([task], timeout=self._start.answer_wait_s)
        if not done:
            self._behind(self._follow_change(task, question.asked, change))
        return await self._conclude_change(question, question.changing)

    async def _conclude_change(self, question: Question, changing: Changing) -> FunctionAnswer:
        """What the appointment has said; `pending` while it is silent."""
        async with self._one_at_a_time:
            result = changing.outcome.result() if changing.outcome.done() else None
            concluded = await steps.local(
                FunctionSteps.conclude_change,
                ConcludeChange(
                    asked=question.asked,
                    conversation=self._conversation(),
                    change=changing.change,
                    outcome=result.outcome if result else None,
                    reason=result.reason if result else None,
                    offers=result.offers if result else (),
                ),
                "Say what became of the change",
            )
            return await self._keep(question, concluded)

    async def _changed(
        self, call: CallRecorded, question: Question, change: ChangeWanted
    ) -> AppointmentChanged:
        request = ChangeAppointment(
            company_id=call.company_id,
            retell_call_id=self._start.retell_call_id,
            appointment_id=change.appointment_id,
            action=change.action,
            start_at=change.start_at,
            staff_id=change.staff_id,
            asked_by=question.asked.event_id,
        )
        self._changes_open += 1
        try:
            changed = await steps.remote(
                ChangeSteps.change,
                request,
                policies.CHANGE,
                f"Ask the appointment: {change.action}",
            )
        except ActivityError as error:
            workflow.logger.warning("the appointment did not answer", exc_info=error)
            changed = AppointmentChanged(outcome="refused", reason="change_gave_no_answer")
        finally:
            self._changes_open -= 1
        self._acts += 1
        question.acts = self._acts
        if changed.outcome != "refused":
            self._last_act = changed.outcome
            self._bookings = [
                b for b in self._bookings if change.appointment_id not in b.appointment_ids
            ]
        return changed

    async def _follow_change(
        self, task: asyncio.Task[AppointmentChanged], asked: FunctionAsked, change: ChangeWanted
    ) -> None:
        """Said `pending`: the running call hears what came of it. Of what is done the appointment's
        own messages tell; of what is refused the call's, and a person calls back.
        """
        changed = await task
        if changed.outcome == "refused":
            self._changes_refused.append(changed)
            if changed.reason not in UNSURE:
                self._tell_people(change.appointment_id, "unchanged", asked_by=asked.event_id)
        await self._tell_live(change.appointment_id, changed.outcome)

    # --- the end ------------------------------------------------------------------------------

    async def _words_awaited(self) -> None:
        """What the call has started says its first word before the call is settled."""
        limit = timedelta(seconds=self._start.first_outcome_wait_s) + policies.CHILD_WORD_LIMIT
        ids = tuple(one for booking in self._bookings for one in booking.appointment_ids)
        await self._wait(lambda: self._all_said(ids), limit, "for the appointments' first word")
        await self._wait(
            lambda: all(
                came != "open" or self._only_held(each) for each, came in self._followed.items()
            ),
            limit,
            "until the caller knows",
        )
        await self._wait(lambda: not self._changes_open, limit, "for the change")

    # --- what the listening half gives --------------------------------------------------------

    async def _start_appointment(self, call: CallRecorded, start: AppointmentStart) -> None:
        raise NotImplementedError

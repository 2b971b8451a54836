"""One phone call, from first ring to settled outcome."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError
from typing_extensions import override

from contracts.appointments import AppointmentStart, Audience
from contracts.calls import (
    AppointmentReported,
    AskModel,
    BookPlan,
    CallOutcome,
    CallPlan,
    CallPlanned,
    CallProgress,
    CallRecorded,
    CallReported,
    CallSettled,
    CallStart,
    CallSteps,
    CancelPlan,
    ChangeAppointment,
    ChangeSteps,
    MovePlan,
    NoBooking,
    PlanCall,
    RecordEvents,
    SettleCall,
    TimelineEntry,
    UnderstandingSteps,
)
from contracts.names import (
    APPOINTMENT_START,
    BRANCH_ID,
    CALL_OUTCOME,
    CALL_WORKFLOW,
    COMPANY_ID,
    PHONE_HASH,
)
from domain.errors import DomainError
from domain.ids import appointment_workflow_id
from workflows import policies, steps
from workflows.appointment import AppointmentWorkflow
from workflows.conversation import OnTheLine
from workflows.telling_of_call import tell_of_call

# Who is told by the appointment's own mails needs no second one about the call.
TOLD_BY_APPOINTMENT: frozenset[CallOutcome] = frozenset(
    {"booked", "reserved", "rescheduled", "cancelled", "none"}
)


@workflow.defn(name=CALL_WORKFLOW, failure_exception_types=[DomainError, ValueError, KeyError])
class CallWorkflow(OnTheLine):
    """Collects what Retell reports in any order, answers what the agent asks meanwhile, reads what
    is left of the wish once, carries it out, settles.

    Started by whichever event comes first; each later one reaches this same workflow.
    """

    @workflow.init
    def __init__(self, start: CallStart) -> None:
        super().__init__()
        self._start = start
        self._pending: list[CallReported] = []
        self._seen: set[UUID] = set()
        self._written: set[UUID] = set()
        self._kinds: list[str] = []
        self._recorded: CallRecorded | None = None
        self._reports: dict[UUID, AppointmentReported] = {}
        self._appointment_ids: list[UUID] = []
        self._outcome: CallOutcome | None = None
        self._said_booked = False  # by the agent, of what is not
        self._timeline: list[TimelineEntry] = []
        self._noted_at = workflow.now()

    @workflow.run
    async def run(self, start: CallStart) -> CallSettled:
        await self._wait(lambda: bool(self._pending), policies.IDLE_LIMIT, "for the first event")
        call = await self._collect(start)
        if call is None:
            return CallSettled(outcome="none")
        if call.settled_outcome is not None:
            self._outcome = call.settled_outcome
            return CallSettled(outcome=call.settled_outcome)
        await self._end_the_conversation()
        settlement = await self._carry_out(call)
        settled = await steps.local(CallSteps.settle, settlement, "Store the outcome")
        self._outcome = settled.outcome
        workflow.upsert_search_attributes([CALL_OUTCOME.value_set(settled.outcome)])
        self._note(f"Settled: {settled.outcome}")
        await self._tell(call, settled)
        if self._pending:  # what came in while the wish was carried out belongs to the row as well
            await self._record()
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() and not self._messages_open
        )
        return settled

    # --- what comes in ------------------------------------------------------------------------

    @workflow.signal(description="Retell reported an event")
    def call_reported(self, report: CallReported) -> None:
        self._heard(report)

    @override
    def _heard(self, report: CallReported) -> None:
        if report.event_id not in self._seen:
            self._seen.add(report.event_id)
            self._pending.append(report)
            self._kinds.append(report.kind)

    @workflow.signal(description="An appointment says what became of it")
    def appointment_reported(self, report: AppointmentReported) -> None:
        self._reports[report.appointment_id] = report

    @workflow.query
    def progress(self) -> CallProgress:
        return CallProgress(
            state="settled" if self._outcome else "running",
            outcome=self._outcome,
            events=tuple(self._kinds),
            appointment_ids=tuple(self._appointment_ids),
        )

    # --- collecting ---------------------------------------------------------------------------

    async def _collect(self, start: CallStart) -> CallRecorded | None:
        """Until the call is over and analysed, or the time for either is up."""
        give_up_at = workflow.now() + timedelta(seconds=start.call_max_s)
        while True:
            if self._pending:
                await self._record()
            call = self._recorded
            if call is not None and (call.settled_outcome or (call.ended and call.analyzed)):
                return call
            if call is not None and call.ended:
                await self._hang_up()
                wait = timedelta(seconds=start.analysis_wait_s)
                if not await self._wait(lambda: bool(self._pending), wait, "for the analysis"):
                    self._note("No analysis came; the transcript is read without it")
                    return call
                continue
            wait = give_up_at - workflow.now()
            if call is None or not await self._wait(
                lambda: bool(self._pending), wait, "for the end"
            ):
                self._note("Retell never reported the end of this call")
                return call

    async def _record(self) -> None:
        reports, self._pending = self._pending, []
        first = self._recorded is None
        kinds = ", ".join(report.kind for report in reports)
        recorded = await steps.local(
            CallSteps.record_events,
            RecordEvents(
                retell_call_id=self._start.retell_call_id,
                event_ids=tuple(report.event_id for report in reports),
            ),
            f"Record {kinds}",
        )
        self._recorded = recorded
        self._written.update(report.event_id for report in reports)
        if first:
            self._introduce(recorded)
        self._note(f"Retell: {kinds}")

    def _introduce(self, call: CallRecorded) -> None:
        updates = [COMPANY_ID.value_set(str(call.company_id))]
        if call.branch_id is not None:
            updates.append(BRANCH_ID.value_set(str(call.branch_id)))
        if call.phone_hash is not None:
            updates.append(PHONE_HASH.value_set(call.phone_hash))
        workflow.upsert_search_attributes(updates)
        place = call.branch_name or "hotline"
        self._note(f"{call.company_name}, {place}; caller {call.phone_masked}")
        if call.needs_review:
            self._note(f"Marked for review: {call.review_reason}")

    # --- carrying out -------------------------------------------------------------------------

    async def _end_the_conversation(self) -> None:
        """Nothing stays held, every function is answered, every promise has its first word.

        From then on no function is taken: what it books would be booked beside what was read.
        """
        while not self._is_closed:
            await self._hang_up()
            await workflow.wait_condition(workflow.all_handlers_finished)
            await self._hang_up()  # what the last of them held
            await self._words_awaited()
            self._is_closed = workflow.all_handlers_finished()

    async def _carry_out(self, call: CallRecorded) -> SettleCall:
        if not call.routed:
            return self._settlement(call, "none", call.review_reason)
        broken = self._broken_promise(call)
        if broken is not None:
            return broken
        plan = await self._plan(call)
        match plan:
            case BookPlan():
                return await self._book(call, plan)
            case CancelPlan():
                self._note(f"Wish: cancel {plan.summary}")
                return await self._change_as_read(call, plan.appointment_id, "cancel")
            case MovePlan():
                self._note(f"Wish: move to {plan.summary}")
                return await self._change_as_read(
                    call, plan.appointment_id, "reschedule", plan.start_at, plan.staff_id
                )
            case NoBooking():
                self._note(f"Nothing to book: {plan.reason or plan.outcome}")
                self._said_booked = plan.told_booked
                return self._settlement(call, plan.outcome, plan.reason, missing=plan.missing)

    def _broken_promise(self, call: CallRecorded) -> SettleCall | None:
        """Said `reserved` or `pending`, and then it could not be kept: a person calls back."""
        for ids, came in self._followed.items():
            if came == "broken":
                report = next(self._reports[one] for one in ids if self._refused((one,)))
                return self._settlement(call, "callback", report.reason, offers=report.offers)
        for changed in self._changes_refused:
            return self._settlement(call, "callback", changed.reason, offers=changed.offers)
        return None

    async def _plan(self, call: CallRecorded) -> CallPlan:
        request = PlanCall(
            company_id=call.company_id,
            retell_call_id=self._start.retell_call_id,
            engine_outcome=self._last_act,
        )
        planned: CallPlanned = await steps.local(CallSteps.plan, request, "Read the caller's wish")
        if not planned.ask_model or not await self._ask_model(call):
            return planned.plan
        planned = await steps.local(CallSteps.plan, request, "Read the wish beside the model's")
        return planned.plan

    async def _ask_model(self, call: CallRecorded) -> bool:
        """Whether it has read the call; without its word everything goes on as without a model."""
        request = AskModel(company_id=call.company_id, retell_call_id=self._start.retell_call_id)
        try:
            asked = await steps.remote(
                UnderstandingSteps.ask_model, request, policies.MODEL, "Ask the language model"
            )
        except ActivityError as error:
            workflow.logger.warning("the language model gave no answer", exc_info=error)
            self._note("Language model: unavailable")
            return False
        self._note(f"Language model: {asked.outcome}")
        return asked.outcome == "read"

    async def _book(self, call: CallRecorded, plan: BookPlan) -> SettleCall:
        self._note(f"Wish: {plan.summary}")
        self._appointment_ids.append(plan.appointment_id)
        await self._start_appointment(
            call,
            AppointmentStart(
                appointment_id=plan.appointment_id,
                company_id=call.company_id,
                branch_id=plan.branch_id,
                service_id=plan.service_id,
                staff_id=plan.staff_id,
                staff_hard=plan.staff_hard,
                customer_id=plan.customer_id,
                start_at=plan.start_at,
                retell_call_id=self._start.retell_call_id,
                summary=plan.summary,
                patience_s=self._start.first_outcome_wait_s,
            ),
        )
        wait = timedelta(seconds=self._start.first_outcome_wait_s) + policies.CHILD_WORD_LIMIT
        if not await self._wait(
            lambda: plan.appointment_id in self._reports, wait, "for the appointment's word"
        ):
            return self._settlement(call, "callback", "booking_gave_no_answer")
        report = self._reports[plan.appointment_id]
        self._note(f"Appointment: {report.outcome}")
        if report.outcome == "refused":
            return self._settlement(call, "callback", report.reason, offers=report.offers)
        return self._settlement(call, report.outcome, None)

    @override
    async def _start_appointment(self, call: CallRecorded, start: AppointmentStart) -> None:
        attributes = TypedSearchAttributes(
            [
                SearchAttributePair(COMPANY_ID, str(call.company_id)),
                SearchAttributePair(BRANCH_ID, str(start.branch_id)),
                SearchAttributePair(APPOINTMENT_START, start.start_at),
            ]
        )
        try:
            await workflow.start_child_workflow(
                AppointmentWorkflow.run,
                start,
                id=appointment_workflow_id(start.appointment_id),
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                # The appointment outlives its call.
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                search_attributes=attributes,
                static_summary=start.summary,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("the appointment of this wish runs already")

    async def _change_as_read(
        self,
        call: CallRecorded,
        appointment_id: UUID,
        action: str,
        start_at: datetime | None = None,
        staff_id: UUID | None = None,
    ) -> SettleCall:
        self._appointment_ids.append(appointment_id)
        request = ChangeAppointment.model_validate(
            {
                "company_id": call.company_id,
                "retell_call_id": self._start.retell_call_id,
                "appointment_id": appointment_id,
                "action": action,
                "start_at": start_at,
                "staff_id": staff_id,
            }
        )
        try:
            changed = await steps.remote(
                ChangeSteps.change, request, policies.CHANGE, f"Ask the appointment: {action}"
            )
        except ActivityError as error:
            workflow.logger.warning("the appointment did not answer", exc_info=error)
            return self._settlement(call, "callback", "change_gave_no_answer")
        if changed.outcome == "refused":
            return self._settlement(call, "callback", changed.reason, offers=changed.offers)
        return self._settlement(call, changed.outcome, None)

    def _settlement(
        self,
        call: CallRecorded,
        outcome: CallOutcome,
        reason: str | None,
        *,
        missing: tuple[str, ...] = (),
        offers: tuple[datetime, ...] = (),
    ) -> SettleCall:
        return SettleCall(
            company_id=call.company_id,
            retell_call_id=self._start.retell_call_id,
            outcome=outcome,
            reason=reason,
            missing=missing,
            offers=offers,
            appointment_ids=tuple(self._appointment_ids),
            timeline=tuple(self._timeline),
        )

    async def _tell(self, call: CallRecorded, settled: CallSettled) -> None:
        if settled.outcome in TOLD_BY_APPOINTMENT:
            return
        people: tuple[Audience, ...] = ("branch", "customer") if self._said_booked else ("branch",)
        call_id = self._start.retell_call_id
        await tell_of_call(call.company_id, call_id, *people, note=self._note)

    # --- small things -------------------------------------------------------------------------

    @override
    async def _wait(self, condition: Callable[[], bool], limit: timedelta, why: str) -> bool:
        """False when the time is up before the condition holds."""
        if condition():
            return True
        if limit <= timedelta(0):
            return False
        try:
            await workflow.wait_condition(condition, timeout=limit, timeout_summary=why)
        except TimeoutError:
            return False
        return True

    @override
    def _note(self, text: str) -> None:
        """A line of the timeline, shown in the Web UI and stored with the call."""
        now = workflow.now()
        elapsed_ms = round((now - self._noted_at) / timedelta(milliseconds=1))
        self._noted_at = now
        self._timeline.append(TimelineEntry(at=now, text=text, duration_ms=elapsed_ms))
        lines = (f"- `{entry.at:%H:%M:%S.%f}` {entry.text}" for entry in self._timeline[-50:])
        state = self._outcome or "running"
        workflow.set_current_details(f"**{state}**\n\n" + "\n".join(lines))

"""While the caller is on the line: each function is answered, once, for as long as that is true."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError
from typing_extensions import override

from contracts.appointments import NotifySteps, SendCode
from contracts.availability import AvailabilitySteps, FetchAvailability
from contracts.calls import CallRecorded, CallReported
from contracts.functions import (
    Answered,
    CalendarWanted,
    ChangeWanted,
    FunctionAnswer,
    FunctionAsked,
    FunctionSteps,
    Promised,
    TakeFunction,
)
from domain.speech import say
from workflows import policies, steps
from workflows.doors import TenDoors
from workflows.line import Changing, Question
from workflows.promises import KeepsPromises

SMS_CODE = "sms_code"  # the field `method` of an answer that asks for one
# Done is done, until something else is done.
LASTING = frozenset({"cancelled", "rescheduled", "callback", "transfer"})
# Said of a change that goes on all the same.
UNSETTLED = frozenset({"pending", "failed"})


class OnTheLine(KeepsPromises, TenDoors):
    """The talking half of `CallWorkflow`; the other half listens to Retell's events."""

    def __init__(self) -> None:
        super().__init__()
        self._questions: dict[tuple[str, str], Question] = {}

    @override
    async def _ask(self, asked: FunctionAsked) -> FunctionAnswer:
        key = (asked.name, asked.digest)
        while (known := self._questions.get(key)) is not None and not known.given_up:
            await known.is_answered()
            answer = await self._again(known)
            if answer is not None:
                self._note(f"{asked.name}: {answer.status}, again")
                return answer.model_copy(update={"replayed": True})
            if self._questions.get(key) is known:
                break
        question = self._questions[key] = Question(asked)
        try:
            question.answer = await self._answer(question)
        except FailureError as error:
            workflow.logger.warning("a function could not be answered", exc_info=error)
            question.answer = _failed(asked)
        finally:
            question.given_up = question.answer is None
        question.answered_at, question.acts = workflow.now(), self._acts
        self._note(f"{asked.name}: {question.answer.status}")
        if known is not None and _same_booking(known, question):
            return question.answer.model_copy(update={"replayed": True})
        return question.answer

    async def _answer(self, question: Question) -> FunctionAnswer:
        call = await self._opened(question.asked)
        if not call.routed or self._is_closed or self._outcome is not None:
            return _failed(question.asked)
        async with self._one_at_a_time:
            result = await self._take(question.asked)
            if isinstance(result, Answered):
                if result.answer.fields.get("method") == SMS_CODE:
                    self._behind(self._send_code(call))
                return await self._keep(question, result)
            if isinstance(result, Promised):
                await self._promise(call, result)
        if isinstance(result, Promised):
            return await self._conclude(question, result.hold)
        return await self._change(call, question, result)

    async def _opened(self, asked: FunctionAsked) -> CallRecorded:
        """A function may be the first that is heard of a call, or the first after it rang.

        Then its call object says when the call began: what "tomorrow" means hangs on that.
        """
        known = self._recorded
        if known is None or not known.begun:
            self._heard(CallReported(event_id=asked.event_id, kind="function_called"))
            await workflow.wait_condition(
                lambda: asked.event_id in self._written or self._outcome is not None
            )
        return self._call()

    async def _send_code(self, call: CallRecorded) -> None:
        """One a call, to the number on file; to nobody where the named one is not."""
        request = SendCode(company_id=call.company_id, retell_call_id=self._start.retell_call_id)
        try:
            await steps.remote(NotifySteps.code, request, policies.NOTICE, "SMS with the code")
        except ActivityError as error:
            workflow.logger.warning("a code could not be sent", exc_info=error)

    async def _take(self, asked: FunctionAsked) -> Answered | Promised | ChangeWanted:
        calendar_asked = False
        for _ in range(2):
            taken = await steps.local(
                FunctionSteps.take,
                TakeFunction(
                    asked=asked, conversation=self._conversation(calendar_asked=calendar_asked)
                ),
                asked.name,
            )
            if not isinstance(taken.result, CalendarWanted):
                return taken.result
            await self._fetch_calendar(taken.result)
            calendar_asked = True
        raise ApplicationError("asks twice", type="calendar_wanted_twice", non_retryable=True)

    async def _fetch_calendar(self, wanted: CalendarWanted) -> None:
        """Cal.com is given a moment; what it says later serves the next question."""
        request = FetchAvailability(
            company_id=self._call().company_id,
            branch_id=wanted.branch_id,
            service_ids=wanted.service_ids,
            staff_ids=wanted.staff_ids,
            from_day=wanted.from_day,
            to_day=wanted.to_day,
        )
        task = asyncio.create_task(self._fetched(request))
        await workflow.wait([task], timeout=self._start.answer_wait_s)

    async def _fetched(self, request: FetchAvailability) -> None:
        try:
            await steps.remote(
                AvailabilitySteps.fetch, request, policies.FREE_TIMES, "Cal.com: free times"
            )
        except ActivityError as error:
            workflow.logger.info("cal.com's free times are not known", exc_info=error)

    # --- the same question again --------------------------------------------------------------

    async def _again(self, known: Question) -> FunctionAnswer | None:
        """The first answer, if it is still true; None when the question is to be asked anew."""
        answer, at = known.answer, known.answered_at
        if answer is None or at is None:
            return None
        # For what nothing has to stay true: only what the wire repeats is a repetition.
        fresh = workflow.now() - at <= self._repeat_window()
        if known.booking is not None:
            # After that the row is asked: another line, or a person, may have cancelled it.
            return await self._promised_before(known) if fresh else None
        if known.hold is not None:
            return answer if self._is_live(known.hold) else None
        if known.changing is not None and answer.status in UNSETTLED:
            return await self._changed_before(known, known.changing)
        still_true = known.acts == self._acts and (fresh or answer.status in LASTING)
        return answer if still_true else None

    async def _promised_before(self, known: Question) -> FunctionAnswer | None:
        """`reserved` may have become `booked`; what was moved or cancelled since is asked anew."""
        was = known.booking
        now = self._booking_of(was.appointment_ids) if was is not None else None
        if was is None or now is None:
            return None
        if now.status == was.status:
            return known.answer
        hold = next((h for h in self._earlier if h.number == now.fulfils), None)
        if hold is None:
            return None
        known.answer = await self._conclude(known, hold)
        return known.answer

    async def _changed_before(self, known: Question, changing: Changing) -> FunctionAnswer | None:
        """Asking anew would look for an appointment that is gone or moved meanwhile: `pending`
        becomes what the appointment has said, unless something else was done since.
        """
        await workflow.wait([changing.outcome], timeout=self._start.answer_wait_s)
        if known.acts != self._acts:
            return None
        known.answer = await self._conclude_change(known, changing)
        known.answered_at = workflow.now()
        return known.answer

    def _repeat_window(self) -> timedelta:
        return timedelta(seconds=self._start.repeat_window_s)

    # --- what the listening half gives --------------------------------------------------------

    def _heard(self, report: CallReported) -> None:
        raise NotImplementedError


def _same_booking(known: Question, question: Question) -> bool:
    was, now = known.booking, question.booking
    return was is not None and now is not None and was.appointment_ids == now.appointment_ids


def _failed(asked: FunctionAsked) -> FunctionAnswer:
    return FunctionAnswer(event_id=asked.event_id, status="failed", message=say("failed", "de"))

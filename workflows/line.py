"""What a running call has in hand: the held slot, what was booked, and the time for either."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contracts.calls import (
    AppointmentChanged,
    AppointmentReported,
    CallOutcome,
    CallRecorded,
    CallStart,
)
from contracts.functions import (
    Answered,
    Booking,
    ChangeWanted,
    Conversation,
    FunctionAnswer,
    FunctionAsked,
    FunctionSteps,
    Hold,
    ReleaseHold,
)
from workflows import policies, steps


@dataclass(frozen=True)
class Changing:
    """What the appointment was asked for; `outcome` is there once it has answered."""

    change: ChangeWanted
    outcome: asyncio.Task[AppointmentChanged]


@dataclass
class Question:
    """A question of this call, its answer, and what has to be true still for that to be said again:
    a live hold, a booking in the state that was told, or that nothing was done since (`acts`).
    """

    asked: FunctionAsked
    answer: FunctionAnswer | None = None
    answered_at: datetime | None = None
    hold: int | None = None
    booking: Booking | None = None
    changing: Changing | None = None
    acts: int = 0
    given_up: bool = False

    async def is_answered(self) -> None:
        """Waits for it, or for its asker to give up."""
        await workflow.wait_condition(lambda: self.answer is not None or self.given_up)


class Line:
    """State of the talking half of `CallWorkflow`; the listening half gives the annotations."""

    _start: CallStart
    _recorded: CallRecorded | None
    _written: set[UUID]
    _reports: dict[UUID, AppointmentReported]
    _appointment_ids: list[UUID]
    _outcome: CallOutcome | None

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._hold: Hold | None = None
        self._earlier: list[Hold] = []
        self._next_number = 1
        self._bookings: list[Booking] = []
        self._verified: list[UUID] = []
        self._attempts = 0
        self._last_act: CallOutcome | None = None
        self._changes_open = 0
        self._changes_refused: list[AppointmentChanged] = []
        self._acts = 0  # counts what changed what other answers rest on
        # The caller has gone; and what is left of the call is being carried out.
        self._is_over = self._is_closed = False
        self._background: list[asyncio.Task[None]] = []

    def _call(self) -> CallRecorded:
        if self._recorded is None:
            raise ApplicationError("not opened", type="not_opened", non_retryable=True)
        return self._recorded

    def _conversation(self, *, calendar_asked: bool = False) -> Conversation:
        call = self._call()
        return Conversation(
            company_id=call.company_id,
            branch_id=call.branch_id,
            retell_call_id=self._start.retell_call_id,
            next_number=self._next_number,
            hold=self._hold,
            earlier=tuple(self._earlier[-policies.HOLDS_REMEMBERED :]),
            bookings=tuple(self._bookings),
            verified=tuple(self._verified),
            attempts=self._attempts,
            calendar_asked=calendar_asked,
        )

    # --- what an answer changes ---------------------------------------------------------------

    async def _keep(self, question: Question, answered: Answered) -> FunctionAnswer:
        """Called with `_one_at_a_time`: the answer counts from here on."""
        self._verify(answered.verified)
        if answered.attempts is not None:
            self._attempts = answered.attempts
        if answered.transfer:
            self._last_act = "transfer"
        elif answered.callback:
            self._last_act = "callback"
        elif answered.answer.status == "already_booked" and self._last_act is None:
            # "Möchten Sie einen weiteren?" was asked: without an answer none is made.
            self._last_act = "info"
        if answered.hold is not None:
            await self._take_hold(question, answered.hold)
        elif answered.drops_hold:
            self._forget_hold()
        if answered.answer.status in ("booked", "reserved") and question.booking is None:
            question.booking = self._bookings[-1] if self._bookings else None
        return answered.answer

    def _verify(self, appointment_ids: tuple[UUID, ...]) -> None:
        self._verified += [one for one in appointment_ids if one not in self._verified]

    # --- the hold -----------------------------------------------------------------------------

    async def _take_hold(self, question: Question, hold: Hold) -> None:
        self._forget_hold(but=hold)
        self._hold = hold
        self._next_number = max(self._next_number, hold.number + 1)
        question.hold = hold.number
        self._note(f"Held for the caller: {hold.summary}")
        if self._is_over:
            await self._let_go("call_ended")
        else:
            self._behind(self._expire(hold))

    def _is_live(self, number: int) -> bool:
        hold = self._hold
        return hold is not None and hold.number == number and hold.expires_at > workflow.now()

    def _forget_hold(self, but: Hold | None = None) -> None:
        """What was held is remembered: the agent may still name it."""
        hold, self._hold = self._hold, None
        if hold is not None and (but is None or but.number != hold.number):
            self._acts += 1
            self._remember(hold)

    def _remember(self, hold: Hold) -> None:
        self._earlier = [known for known in self._earlier if known.number != hold.number]
        self._earlier.append(hold)

    async def _expire(self, hold: Hold) -> None:
        """No hold outlives its time. A renewed one is watched by whoever renewed it."""
        try:
            await workflow.wait_condition(
                lambda: self._hold != hold,
                timeout=max(hold.expires_at - workflow.now(), timedelta(milliseconds=1)),
                timeout_summary="the hold's time",
            )
        except TimeoutError:
            async with self._one_at_a_time:
                if self._hold == hold:
                    await self._let_go("expired")

    async def _let_go(self, reason: Literal["expired", "call_ended"]) -> None:
        hold = self._hold
        if hold is None:
            return
        self._forget_hold()
        await steps.local(
            FunctionSteps.release,
            ReleaseHold(company_id=self._call().company_id, hold=hold, reason=reason),
            f"Let the held slot go: {reason}",
        )
        self._note(f"Hold let go ({reason}): {hold.summary}")

    async def _hang_up(self) -> None:
        """Nothing is held for a caller who has gone; what is being answered is answered first."""
        self._is_over = True
        async with self._one_at_a_time:
            await self._let_go("call_ended")

    # --- what the listening half gives --------------------------------------------------------

    async def _wait(self, condition: Callable[[], bool], limit: timedelta, why: str) -> bool:
        raise NotImplementedError

    def _note(self, text: str) -> None:
        raise NotImplementedError

    def _behind(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs beside the conversation; what is left of it ends with the workflow."""
        self._background = [task for task in self._background if not task.done()]
        self._background.append(asyncio.create_task(work))

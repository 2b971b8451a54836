"""The talking half of the real `CallWorkflow` over the real steps, without an engine between them.

What the engine gives is small here: a step is taken at once (twice where its worker is to have died
after the commit), a timer fires when a test says so, and of what the appointments' workflows do
only their effect on the slots is left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import workflow
from typing_extensions import override

from activities.calls import PostgresCalls
from activities.functions import PostgresFunctions
from activities.slots import PostgresSlots
from contracts.appointments import (
    AppointmentStart,
    CheckChange,
    Notified,
    ReleaseSlot,
    ReserveSlot,
    SlotHeld,
)
from contracts.calls import (
    AppointmentChanged,
    AppointmentReported,
    CallRecorded,
    CallStart,
    ChangeAppointment,
)
from contracts.functions import (
    Answered,
    FunctionAnswer,
    FunctionName,
    FunctionSteps,
    FunctionTaken,
    Hold,
    Promised,
    ReleaseHold,
    ToldLive,
)
from db.queries import slots
from db.queries.appointments import get_appointment
from db.session import tenant_session
from tests.builders.talking import COMPANY, KEY, dial
from workflows import steps
from workflows.call import CallWorkflow

Says = Literal["booked", "refused", "nothing"]
PAST = timedelta(seconds=2)


class BrokenError(AssertionError):
    """What is always true is not."""


def must(holds: object, what: str) -> None:
    if not holds:
        raise BrokenError(what)


@dataclass
class World:
    """`calendar`: what Cal.com says of the next booking. `later`: how far the clock that workflows
    read is ahead of ours. `twice`: whether the next steps' workers die after the commit, in turn.
    """

    engine: AsyncEngine
    calendar: Says = "booked"
    later: timedelta = timedelta()
    twice: Iterator[bool] = field(default_factory=lambda: iter(()))
    talks: list["Talk"] = field(default_factory=list)
    open: dict[UUID, "Talk"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = PostgresSlots(self.engine)
        self._steps: dict[str, Any] = {
            "FunctionSteps": PostgresFunctions(self.engine, phone_key=KEY),
            "CallSteps": PostgresCalls(self.engine, phone_key=KEY),
            "SlotSteps": self.slots,
        }

    @contextmanager
    def without_engine(self) -> Iterator[None]:
        with (
            patch.object(workflow, "now", self.now),
            patch.object(workflow, "wait_condition", _wait_condition),
            patch.object(workflow, "wait", asyncio.wait),
            patch.object(steps, "local", self.local),
            patch.object(steps, "remote", self.remote),
        ):
            yield

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    async def local(self, step: Callable[..., Any], request: Any, summary: str) -> Any:
        del summary
        room, name = step.__qualname__.split(".")
        take: Callable[[Any], Awaitable[Any]] = getattr(self._steps[room], name)
        first = await take(request)
        if not next(self.twice, False):
            return first
        again = await take(request)
        must(_gist(again) == _gist(first), f"{name} came to {_gist(first)}, then {_gist(again)}")
        return again

    async def remote(self, step: Callable[..., Any], request: Any, *_: object) -> Any:
        match step.__qualname__:
            case "ChangeSteps.change":
                return await self._change(request)
            case "LiveCallSteps.tell_live":
                return ToldLive(outcome="told")
            case "NotifySteps.appointment":
                return Notified(outcome="sent")
            case other:
                raise NotImplementedError(other)

    # --- what the appointments' workflows do to the slots -------------------------------------

    async def begin(self, start: AppointmentStart, talk: "Talk") -> None:
        wanted = start.model_dump(include=set(ReserveSlot.model_fields))
        answer = (await self.slots.reserve(ReserveSlot.model_validate(wanted))).answer
        must(isinstance(answer, SlotHeld), f"a promised slot was not held: {answer}")
        if isinstance(answer, SlotHeld):
            same = (answer.staff_id, answer.start_at) == (start.staff_id, start.start_at)
            must(same, "a promised slot became another one")
        self.open[start.appointment_id] = talk
        await self.calendar_says(start.appointment_id, self.calendar)

    async def calendar_says(self, appointment_id: UUID, says: Says) -> None:
        if says == "nothing":
            return
        talk = self.open.pop(appointment_id)
        if says == "booked":
            await self._confirm(appointment_id)
            report = AppointmentReported(appointment_id=appointment_id, outcome="booked")
        else:
            await self._end(appointment_id, "failed", "slot_taken")
            report = AppointmentReported(
                appointment_id=appointment_id, outcome="refused", reason="slot_taken"
            )
        talk.appointment_reported(report)

    async def _change(self, request: ChangeAppointment) -> AppointmentChanged:
        one = request.appointment_id
        async with tenant_session(self.engine, COMPANY) as session:
            view = await get_appointment(session, one)
        if view is None or view.status not in ("held", "booked"):
            return AppointmentChanged(outcome="refused", reason="is_over")
        if view.status == "booked":
            by = request.by
            checked = await self.slots.check_change(
                CheckChange(company_id=COMPANY, appointment_id=one, by=by)
            )
            if not checked.allowed:
                return AppointmentChanged(outcome="refused", reason=checked.reason)
        if request.action == "cancel":
            await self._end(one, "cancelled", "customer asked")
            self._report(one, "refused", "cancelled")
            return AppointmentChanged(outcome="cancelled")
        return await self._move(request, view.staff_id)

    async def _move(self, request: ChangeAppointment, staff_id: UUID | None) -> AppointmentChanged:
        one = request.appointment_id
        async with tenant_session(self.engine, COMPANY) as session:
            view = await get_appointment(session, one)
        if view is None or request.start_at is None or view.customer_id is None:
            raise BrokenError("a move of nothing")
        reserved = await self.slots.reserve(
            ReserveSlot(
                appointment_id=one,
                company_id=COMPANY,
                branch_id=view.branch_id,
                service_id=view.service_id,
                staff_id=request.staff_id or staff_id,
                staff_hard=request.staff_id is not None,
                customer_id=view.customer_id,
                start_at=request.start_at,
                replaces=True,
            )
        )
        if not isinstance(reserved.answer, SlotHeld):
            refusal = reserved.answer
            return AppointmentChanged(
                outcome="refused", reason=refusal.reason, offers=refusal.offers
            )
        await self._confirm(one, reserved.answer.revision)
        self._report(one, "booked")
        return AppointmentChanged(outcome="rescheduled")

    def _report(
        self, appointment_id: UUID, outcome: Literal["booked", "refused"], reason: str | None = None
    ) -> None:
        """Its first word, where it has said none."""
        talk = self.open.pop(appointment_id, None)
        if talk is not None:
            talk.appointment_reported(
                AppointmentReported(appointment_id=appointment_id, outcome=outcome, reason=reason)
            )

    async def _confirm(self, appointment_id: UUID, revision: int = 0) -> None:
        async with tenant_session(self.engine, COMPANY) as session:
            await slots.confirm(
                session,
                appointment_id=appointment_id,
                revision=revision,
                booking_uid=f"uid-{appointment_id}-{revision}",
                booking_id=appointment_id.int % 1_000_000_000,
            )

    async def _end(
        self, appointment_id: UUID, status: Literal["failed", "cancelled"], reason: str
    ) -> None:
        await self.slots.release(
            ReleaseSlot(
                company_id=COMPANY, appointment_id=appointment_id, status=status, reason=reason
            )
        )


def _gist(result: Any) -> object:
    """What has to be the same when a step is taken a second time."""
    if isinstance(result, FunctionTaken):
        return _gist(result.result)
    if isinstance(result, Answered):
        return result.answer.status, result.answer.fields.get("start"), _held(result.hold)
    if isinstance(result, Promised):
        return "promised", _held(result.hold), [s.appointment_id for s in result.starts]
    return type(result).__name__


def _held(hold: Hold | None) -> object:
    return hold and (hold.number, hold.start_at, [part.appointment_id for part in hold.parts])


async def _wait_condition(
    condition: Callable[[], bool],
    *,
    timeout: timedelta | None = None,  # noqa: ASYNC109 - as the engine has it
    **_: object,
) -> None:
    limit = timeout.total_seconds() if timeout is not None else None
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - the state of a workflow has no event
            await asyncio.sleep(0.001)


class Talk(CallWorkflow):
    """One call; `_expire` is a command of the test, not a timer."""

    def __init__(self, world: World, from_number: str) -> None:
        self.world = world
        self.phone = dial(world.engine, from_number=from_number)
        call_id = self.phone.conversation.retell_call_id
        super().__init__(CallStart(retell_call_id=call_id, answer_wait_s=0))
        world.talks.append(self)

    @property
    def call_id(self) -> str:
        return self._start.retell_call_id

    @property
    def hold(self) -> Hold | None:
        return self._hold

    @property
    def holds(self) -> list[Hold]:
        """All that the agent may name, the latest first."""
        return [*([self._hold] if self._hold else []), *reversed(self._earlier)]

    @property
    def promised(self) -> list[UUID]:
        return [one for booking in self._bookings for one in booking.appointment_ids]

    async def ask(self, name: FunctionName, args: dict[str, Any]) -> FunctionAnswer:
        return await self._ask(await self.phone.question(name, args))

    async def hang_up(self) -> None:
        await self._hang_up()

    async def time_passes(self) -> None:
        """Until the hold's time is over; its timer has not fired yet."""
        hold = self._hold
        if hold is None:
            return
        gone = {"at": datetime.now(UTC) - PAST, "ids": [part.appointment_id for part in hold.parts]}
        async with tenant_session(self.world.engine, COMPANY) as session:
            for table in ("reservations", "appointment_slots"):
                statement = f"UPDATE {table} SET expires_at = :at"  # noqa: S608 - two names of ours
                where = "WHERE appointment_id = ANY (CAST(:ids AS uuid[])) AND status = 'held'"
                await session.execute(text(f"{statement} {where}"), gone)
        self._hold = hold.model_copy(update={"expires_at": gone["at"]})

    async def timer_fires(self) -> None:
        async with self._one_at_a_time:
            if self._hold is not None and self._hold.expires_at < datetime.now(UTC):
                await self._let_go("expired")

    async def released_again(self) -> None:
        """The release of an earlier hold whose worker died is taken once more, much later."""
        for hold in self._earlier:
            request = ReleaseHold(company_id=COMPANY, hold=hold, reason="expired")
            await self.world.local(FunctionSteps.release, request, "Once more")

    async def stop(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    # --- what the engine would give -----------------------------------------------------------

    @override
    def _heard(self, report: Any) -> None:
        super()._heard(report)
        self._recording = asyncio.create_task(self._record())

    @override
    async def _expire(self, hold: Hold) -> None:
        """Time passes when the test says so."""

    @override
    def _introduce(self, call: CallRecorded) -> None:
        """Search attributes."""

    @override
    def _note(self, text: str) -> None:
        """What the Web UI shows."""

    @override
    async def _start_appointment(self, call: CallRecorded, start: AppointmentStart) -> None:
        await self.world.begin(start, self)

"""The steps behind the functions of a running call: one transaction each, to be repeated freely."""

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from typing_extensions import override

from activities.functions import availability, booking, changes, concluding, talking
from activities.functions.desk import Desk, open_desk
from activities.functions.scene import CalendarKnowledge
from contracts.appointments import Done
from contracts.functions import (
    Answered,
    ConcludeBooking,
    ConcludeChange,
    FunctionSteps,
    FunctionTaken,
    ReleaseHold,
    TakeFunction,
    Taken,
)
from db.queries import audit, holds
from db.session import tenant_session
from observability.metrics import HOLDS


class PostgresFunctions(FunctionSteps):
    """`calendar`: Cal.com's free times as last heard; without it our own data says what is free."""

    def __init__(
        self, engine: AsyncEngine, *, phone_key: str, calendar: CalendarKnowledge | None = None
    ) -> None:
        self._engine = engine
        self._phone_key = phone_key
        self._calendar = calendar

    @activity.defn(name="functions.take")
    @override
    async def take(self, request: TakeFunction) -> FunctionTaken:
        conversation = request.conversation
        async with tenant_session(self._engine, conversation.company_id) as session:
            desk = await open_desk(session, request.asked, conversation, phone_key=self._phone_key)
            return FunctionTaken(result=await self._take(desk))

    async def _take(self, desk: Desk) -> Taken:  # noqa: C901, PLR0911 - one line a function
        urgent = await talking.emergency(desk)
        if urgent is not None:
            return urgent
        match desk.asked.name:
            case "check_availability":
                return await availability.check(desk, self._calendar)
            case "find_next_slot":
                return await availability.check(desk, self._calendar, soonest=True)
            case "collect_appointment_data":
                return await booking.collect(desk, self._calendar)
            case "book_appointment":
                return await booking.book(desk, self._calendar)
            case "calculate_duration":
                return await talking.durations(desk)
            case "opening_hours":
                return await talking.opening(desk)
            case "request_callback":
                return await talking.callback(desk)
            case "find_appointments":
                return await changes.find(desk)
            case "reschedule_appointment":
                return await changes.reschedule(desk, self._calendar)
            case "cancel_appointment":
                return await changes.cancel(desk)

    @activity.defn(name="functions.conclude_booking")
    @override
    async def conclude_booking(self, request: ConcludeBooking) -> Answered:
        conversation = request.conversation
        async with tenant_session(self._engine, conversation.company_id) as session:
            desk = await open_desk(session, request.asked, conversation, phone_key=self._phone_key)
            return await concluding.conclude_booking(desk, request, self._calendar)

    @activity.defn(name="functions.conclude_change")
    @override
    async def conclude_change(self, request: ConcludeChange) -> Answered:
        conversation = request.conversation
        async with tenant_session(self._engine, conversation.company_id) as session:
            desk = await open_desk(session, request.asked, conversation, phone_key=self._phone_key)
            return await concluding.conclude_change(desk, request, self._calendar)

    @activity.defn(name="functions.release")
    @override
    async def release(self, request: ReleaseHold) -> Done:
        """What has become somebody's meanwhile stays."""
        hold = request.hold
        ids = [part.appointment_id for part in hold.parts]
        async with tenant_session(self._engine, request.company_id) as session:
            ended = await holds.let_go(session, ids, reason=request.reason)
            for appointment_id in ended:
                await audit.write_audit(
                    session,
                    actor="engine",
                    action="hold.released",
                    subject_type="appointment",
                    subject_id=str(appointment_id),
                    changes={"hold_id": hold.hold_id, "reason": request.reason},
                )
        if ended:
            HOLDS.labels(result=request.reason).inc()
        return Done()

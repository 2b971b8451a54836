"""Slots: taking, confirming and letting go. Who gets a slot is decided by the constraint alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.outage import CALENDAR_DOWN, ask_to_call_back
from activities.wording import summary_of
from contracts.appointments import (
    ChangeChecked,
    CheckChange,
    ConfirmSlot,
    Done,
    FindOffers,
    MarkPassed,
    OffersFound,
    ReleaseSlot,
    ReserveSlot,
    SlotHeld,
    SlotRefused,
    SlotReserved,
    SlotSteps,
)
from db.queries import appointments, audit, bookings, callbacks, calls, slots
from db.queries.appointments import AppointmentView, NewAppointment
from db.queries.kept import kept_plan
from db.queries.outage import outage_room
from db.queries.slots import ReservationLostError, SlotRecord
from db.session import tenant_session
from domain.appointment import change_refusal
from domain.errors import Refusal, SlotTaken
from domain.slots import Allocation, BranchPlan, Busy, choose_staff, nearest_offers, why_not
from domain.timespan import TimeSpan
from observability.metrics import BOOKINGS, HOLDS

OFFERS = 5
# The days around a wish that offers are looked for in: what the search itself looks at, and one.
OFFER_WINDOW = timedelta(days=29)
# Two callers for one slot: the loser looks again and takes the next person, as often as this.
CONTENTION_TRIES = 6


class PostgresSlots(SlotSteps):
    """Each step is one transaction and may be repeated: it finds what it did and says so again."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @activity.defn(name="slots.reserve")
    @override
    async def reserve(self, request: ReserveSlot) -> SlotReserved:
        async with tenant_session(self._engine, request.company_id) as session:
            answer = await self._reserve(session, request)
        HOLDS.labels(result="held" if isinstance(answer, SlotHeld) else answer.reason).inc()
        return SlotReserved(answer=answer)

    async def _reserve(self, session: AsyncSession, request: ReserveSlot) -> SlotHeld | SlotRefused:
        known = await self._held_already(session, request)
        if known is not None:
            return known
        now = datetime.now(UTC)
        plan = await kept_plan(session, request.branch_id)
        # A new promise; what was promised before may still move, or go to somebody else.
        is_new = not request.replaces and not request.exclude_staff_ids
        if is_new and await outage_room(session, request.branch_id) == 0:
            return await self._refuse(session, plan, request, CALENDAR_DOWN, now)
        refusal: Refusal = SlotTaken()
        for _ in range(CONTENTION_TRIES):
            busy = await self._busy(session, plan, request.start_at, request)
            answer = await self._judge(session, plan, request, now, busy)
            if isinstance(answer, Refusal):
                refusal = answer
                break
            held = await self._hold(session, plan, request, answer)
            if held is not None:
                return held
        return await self._refuse(session, plan, request, refusal.code, now)

    async def _held_already(self, session: AsyncSession, request: ReserveSlot) -> SlotHeld | None:
        """A step that was repeated after its worker died finds the slot it took."""
        view = await appointments.get_appointment(session, request.appointment_id)
        if view is None:
            return None
        for slot in reversed(await slots.slots_of(session, request.appointment_id)):
            is_new = not request.replaces or slot.revision > view.revision
            same = slot.start_at == request.start_at and slot.status == "held"
            if same and is_new and slot.staff_id not in request.exclude_staff_ids:
                return held_slot(view, slot)
        return None

    async def _judge(
        self,
        session: AsyncSession,
        plan: BranchPlan,
        request: ReserveSlot,
        now: datetime,
        busy: Busy,
    ) -> Allocation | Refusal:
        """The fairest of all who could; who is wished for comes first, or is the only one."""
        service = plan.services_by_id.get(request.service_id)
        answer: Allocation | Refusal | None = None
        if service is not None and not request.staff_hard:
            day = _day_of(plan, request.start_at)
            people = [person.id for person in plan.qualified(service)]
            load = await slots.booked_durations(session, people, day)
            fair = choose_staff(people, load, str(request.appointment_id))
            wished = [request.staff_id] if request.staff_id in people else []
            for staff_id in [*wished, *(person for person in fair if person not in wished)]:
                if staff_id is None or staff_id in request.exclude_staff_ids:
                    continue
                answer = why_not(
                    plan,
                    request.service_id,
                    request.start_at,
                    now,
                    busy,
                    staff_id=staff_id,
                    staff_hard=True,
                )
                if isinstance(answer, Allocation):
                    return answer
        return why_not(
            plan,
            request.service_id,
            request.start_at,
            now,
            busy,
            staff_id=request.staff_id,
            staff_hard=request.staff_hard,
            exclude_staff=request.exclude_staff_ids,
        )

    async def _hold(
        self,
        session: AsyncSession,
        plan: BranchPlan,
        request: ReserveSlot,
        allocation: Allocation,
    ) -> SlotHeld | None:
        """None when somebody else was faster."""
        await self._ensure_appointment(session, request, allocation.end_at)
        revision = await slots.next_revision(session, request.appointment_id)
        service = plan.services_by_id[request.service_id]
        took = await slots.try_reserve(
            session,
            appointment_id=request.appointment_id,
            revision=revision,
            allocation=allocation,
            # Cal.com may be silent for hours: the hold lasts until its slot has begun.
            expires_at=allocation.start_at,
            price_cents=plan.price_of(service, allocation.staff_id),
        )
        if not took:
            return None
        slot = await slots.get_slot(session, request.appointment_id, revision)
        view = await appointments.get_appointment(session, request.appointment_id)
        if slot is None or view is None:
            raise LookupError("a slot vanished inside its own transaction")
        await _audit(session, request.appointment_id, "slot.held", revision=revision)
        return held_slot(view, slot)

    async def _ensure_appointment(
        self, session: AsyncSession, request: ReserveSlot, end_at: datetime
    ) -> bool:
        return await appointments.insert_appointment_once(
            session,
            NewAppointment(
                id=request.appointment_id,
                branch_id=request.branch_id,
                service_id=request.service_id,
                customer_id=request.customer_id,
                start_at=request.start_at,
                end_at=end_at,
                staff_id=request.staff_id,
                retell_call_id=request.retell_call_id,
                source="call" if request.retell_call_id else "rest",
            ),
        )

    async def _refuse(
        self,
        session: AsyncSession,
        plan: BranchPlan,
        request: ReserveSlot,
        code: str,
        now: datetime,
    ) -> SlotRefused:
        """A wish that could not be met is kept as a failed appointment, unless it is a move."""
        service = plan.services_by_id.get(request.service_id)
        if service is not None and not request.replaces:
            end_at = request.start_at + plan.duration_of(service, request.staff_id)
            await self._ensure_appointment(session, request, end_at)
            await slots.release(session, request.appointment_id, status="failed", reason=code)
            await _audit(session, request.appointment_id, "slot.refused", reason=code)
            BOOKINGS.labels(result=code).inc()
        if code == CALENDAR_DOWN:  # no other time can be promised either
            await ask_to_call_back(session, request)
            return SlotRefused(reason=code)
        offers = await self._offers(session, plan, request, now)
        return SlotRefused(reason=code, offers=offers)

    async def _busy(
        self,
        session: AsyncSession,
        plan: BranchPlan,
        around: datetime,
        request: ReserveSlot | None = None,
        reach: timedelta = timedelta(days=2),
    ) -> Busy:
        return await slots.busy_times(
            session,
            plan.resource_ids(),
            TimeSpan(around - reach, around + reach),
            except_appointment_id=(
                request.appointment_id if request is not None and request.replaces else None
            ),
        )

    async def _offers(
        self, session: AsyncSession, plan: BranchPlan, wish: ReserveSlot, now: datetime
    ) -> tuple[datetime, ...]:
        busy = await self._busy(session, plan, wish.start_at, wish, OFFER_WINDOW)
        found = nearest_offers(
            plan,
            wish.service_id,
            wish.start_at,
            now,
            busy,
            staff_id=wish.staff_id,
            staff_hard=wish.staff_hard,
            exclude_staff=wish.exclude_staff_ids,
            limit=OFFERS,
        )
        return tuple(offer.start_at for offer in found)

    @activity.defn(name="slots.confirm")
    @override
    async def confirm(self, request: ConfirmSlot) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            uid = await _uid_of(session, request)
            try:
                await slots.confirm(
                    session,
                    appointment_id=request.appointment_id,
                    revision=request.revision,
                    booking_uid=uid,
                    booking_id=request.booking_id,
                )
            except ReservationLostError as error:
                raise ApplicationError(
                    str(error), type="reservation_lost", non_retryable=True
                ) from error
            view = await appointments.get_appointment(session, request.appointment_id)
            if view is not None and view.retell_call_id is not None:
                await calls.promote_outcome(session, view.retell_call_id)
            await _audit(
                session, request.appointment_id, "appointment.booked", revision=request.revision
            )
        BOOKINGS.labels(result="booked").inc()
        return Done()

    @activity.defn(name="slots.release")
    @override
    async def release(self, request: ReleaseSlot) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            await slots.release(
                session,
                request.appointment_id,
                revision=request.revision,
                status=request.status,
                reason=request.reason,
            )
            action = f"appointment.{request.status}" if request.status else "slot.released"
            await _audit(session, request.appointment_id, action, reason=request.reason)
            if request.status == "failed":
                await _take_promise_back(session, request)
        if request.status is not None:
            BOOKINGS.labels(result=request.status).inc()
        return Done()

    @activity.defn(name="slots.find_offers")
    @override
    async def find_offers(self, request: FindOffers) -> OffersFound:
        async with tenant_session(self._engine, request.company_id) as session:
            view = await appointments.get_appointment(session, request.appointment_id)
            if view is None:
                return OffersFound()
            plan = await kept_plan(session, view.branch_id)
            now = datetime.now(UTC)
            busy = await self._busy(session, plan, view.start_at, reach=OFFER_WINDOW)
            found = nearest_offers(
                plan,
                view.service_id,
                view.start_at,
                now,
                busy,
                exclude_staff=request.exclude_staff_ids,
                limit=OFFERS + 1,
            )
        starts = (offer.start_at for offer in found)
        # The wish itself was just refused by the calendar: it is no alternative to itself.
        return OffersFound(offers=tuple(at for at in starts if at != view.start_at)[:OFFERS])

    @activity.defn(name="slots.check_change")
    @override
    async def check_change(self, request: CheckChange) -> ChangeChecked:
        async with tenant_session(self._engine, request.company_id) as session:
            view = await appointments.get_appointment(session, request.appointment_id)
            if view is None:
                return ChangeChecked(allowed=False, reason="not_found")
            plan = await kept_plan(session, view.branch_id)
        if request.by != "customer":
            return ChangeChecked(allowed=True)
        late = change_refusal(view.start_at, datetime.now(UTC), plan.rules.cancel_limit_hours)
        return ChangeChecked(allowed=late is None, reason=late.code if late else None)

    @activity.defn(name="slots.mark_passed")
    @override
    async def mark_passed(self, request: MarkPassed) -> Done:
        async with tenant_session(self._engine, request.company_id) as session:
            await appointments.set_status(
                session,
                request.appointment_id,
                "completed",
                unless=("cancelled", "missed", "failed", "completed"),
            )
            await _audit(session, request.appointment_id, "appointment.completed")
        return Done()


async def _take_promise_back(session: AsyncSession, request: ReleaseSlot) -> None:
    """A call that had settled as `reserved` becomes somebody's task to call back."""
    view = await appointments.get_appointment(session, request.appointment_id)
    if view is None or view.retell_call_id is None:
        return
    reason = request.reason or "slot_taken"
    if await calls.demote_outcome(session, view.retell_call_id, reason):
        await callbacks.insert_callback_once(
            session, retell_call_id=view.retell_call_id, reason=reason, urgency="high"
        )


async def _uid_of(session: AsyncSession, request: ConfirmSlot) -> str:
    for booking in await bookings.bookings_of(session, request.appointment_id):
        if booking.revision == request.revision and booking.booking_id == request.booking_id:
            return booking.booking_uid
    raise ApplicationError(
        "the booking to confirm was never written down", type="no_booking", non_retryable=True
    )


async def _audit(
    session: AsyncSession, appointment_id: UUID, action: str, **changes: object
) -> None:
    await audit.write_audit(
        session,
        actor="engine",
        action=action,
        subject_type="appointment",
        subject_id=str(appointment_id),
        changes=changes,
    )


def held_slot(view: AppointmentView, slot: SlotRecord) -> SlotHeld:
    return SlotHeld(
        staff_id=slot.staff_id,
        staff_name=slot.staff_name,
        start_at=slot.start_at,
        end_at=slot.end_at,
        zone=view.zone,
        summary=summary_of(
            view.service_name, view.branch_name, slot.start_at, view.zone, staff=slot.staff_name
        ),
        revision=slot.revision,
    )


def _day_of(plan: BranchPlan, at: datetime) -> TimeSpan:
    midnight = at.astimezone(plan.tz).replace(hour=0, minute=0, second=0, microsecond=0)
    return TimeSpan(midnight, midnight + timedelta(days=1))

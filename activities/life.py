"""An appointment after it was booked: what is due, what people did in Cal.com, who did not come."""

import json
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio import activity
from typing_extensions import override

from activities.slots import held_slot
from activities.texting import reachable_by_text
from contracts.appointments import ReminderDue
from contracts.life import (
    CalendarFollowed,
    CalendarReported,
    FollowCalendar,
    LifePlanned,
    LifeSteps,
    MarkMissed,
    MissedMarked,
    PlanLife,
)
from db.queries import (
    appointments,
    audit,
    bookings,
    callbacks,
    connections,
    life,
    slots,
    webhooks,
)
from db.queries.appointments import AppointmentView
from db.session import tenant_session
from domain.appointment import QuietHours, reminders_due
from domain.slots import Allocation
from domain.timespan import TimeSpan
from observability.metrics import BOOKINGS

CONFLICT = "calendar_conflict"


class PostgresLife(LifeSteps):
    """Each step is one transaction and may be repeated: it finds what it did and says so again."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @activity.defn(name="life.plan")
    @override
    async def plan(self, request: PlanLife) -> LifePlanned:
        """Called when an appointment has got a start: what is due counts from this moment."""
        async with tenant_session(self._engine, request.company_id) as session:
            view = await _view(session, request.appointment_id)
            rules = await life.get_life_rules(session)
            by_sms = await reachable_by_text(session, view.customer_id)
        if view.status != "booked":
            return LifePlanned(by_sms=by_sms)
        quiet = QuietHours(
            zone=ZoneInfo(view.zone), from_local=rules.quiet_from, to_local=rules.quiet_to
        )
        due = reminders_due(view.start_at, datetime.now(UTC), rules.reminder_minutes, quiet)
        return LifePlanned(
            reminders=tuple(ReminderDue(minutes=r.minutes, at=r.at) for r in due), by_sms=by_sms
        )

    @activity.defn(name="life.mark_missed")
    @override
    async def mark_missed(self, request: MarkMissed) -> MissedMarked:
        async with tenant_session(self._engine, request.company_id) as session:
            rules = await life.get_life_rules(session)
            changed = await appointments.set_status(
                session,
                request.appointment_id,
                "missed",
                unless=("held", "cancelled", "failed", "missed"),
            )
            if changed:
                await _audit(session, request.appointment_id, "appointment.missed")
        if changed:
            BOOKINGS.labels(result="missed").inc()
        return MissedMarked(follow_up=rules.follow_up_missed)

    @activity.defn(name="life.follow_calendar")
    @override
    async def follow_calendar(self, request: FollowCalendar) -> CalendarFollowed:
        report = request.report
        async with tenant_session(self._engine, request.company_id) as session:
            view = await _view(session, request.appointment_id)
            if report.kind in ("cancelled", "rejected", "deleted"):
                return await _follow_cancellation(session, view, report)
            if report.kind == "rescheduled":
                return await _follow_move(session, view, report)
        return CalendarFollowed(outcome="ignored")


async def _follow_cancellation(
    session: AsyncSession, view: AppointmentView, report: CalendarReported
) -> CalendarFollowed:
    if view.status == "cancelled":  # by this step, whose worker died before it could say so
        return CalendarFollowed(outcome="cancelled")
    if view.status != "booked" or not _is_about_todays(view, report):
        return CalendarFollowed(outcome="ignored")
    reason = f"{report.kind}_in_calendar"
    await slots.release(session, view.id, status="cancelled", reason=reason)
    await bookings.mark_ended(session, view.id, view.revision)
    await _audit(session, view.id, "appointment.cancelled", reason=reason, by=report.by)
    BOOKINGS.labels(result="cancelled").inc()
    return CalendarFollowed(outcome="cancelled")


def _is_about_todays(view: AppointmentView, report: CalendarReported) -> bool:
    """An earlier booking's end (we moved it, or booked another person) ends nothing of today's."""
    if report.booking_id is not None:
        return report.booking_id == view.calcom_booking_id
    return report.start_at == view.start_at


async def _follow_move(
    session: AsyncSession, view: AppointmentView, report: CalendarReported
) -> CalendarFollowed:
    """The new time for the same person and rooms. Cal.com's word counts, not the rules of booking:
    who moved it there knew what they did.
    """
    start_at, booking_id = report.start_at, report.booking_id
    if start_at is None or booking_id is None:
        return CalendarFollowed(outcome="ignored")
    known = {booking.booking_id for booking in await bookings.bookings_of(session, view.id)}
    if booking_id in known:
        return await _known_booking(session, view, booking_id)
    # Cal.com counts its bookings up, and its reports come in any order.
    if view.calcom_booking_id is not None and booking_id < view.calcom_booking_id:
        return CalendarFollowed(outcome="ignored")
    uid = await _uid_in(session, report.event_id)
    if view.status == "booked" and uid is not None:
        moved = await _take_new_time(session, view, start_at, booking_id, uid)
        if moved is not None:
            await _audit(session, view.id, "appointment.moved_in_calendar", by=report.by)
            return moved
    await _tell_conflict(session, view, start_at, booking_id)
    return CalendarFollowed(outcome="conflict")


async def _known_booking(
    session: AsyncSession, view: AppointmentView, booking_id: int
) -> CalendarFollowed:
    """Ours from before, or what this very step took when its worker died."""
    slot = await slots.get_slot(session, view.id, view.revision)
    if slot is None or view.calcom_booking_id != booking_id:
        return CalendarFollowed(outcome="ignored")
    return CalendarFollowed(outcome="moved", slot=held_slot(view, slot), booking_id=booking_id)


async def _take_new_time(
    session: AsyncSession, view: AppointmentView, start_at: datetime, booking_id: int, uid: str
) -> CalendarFollowed | None:
    """None where our own reservations are against it."""
    old = await slots.get_slot(session, view.id, view.revision)
    if old is None:
        return None
    event_type = await connections.find_event_type(
        session, staff_id=old.staff_id, branch_id=view.branch_id
    )
    if event_type is None:
        return None
    by = start_at - old.start_at
    revision = await slots.next_revision(session, view.id)
    took = await slots.try_reserve(
        session,
        appointment_id=view.id,
        revision=revision,
        allocation=Allocation(
            staff_id=old.staff_id,
            resource_ids=old.resource_ids,
            span=TimeSpan(start_at, old.end_at + by),
            during=TimeSpan(old.during.start_at + by, old.during.end_at + by),
        ),
        price_cents=old.price_cents,
        currency=old.currency,
    )
    if not took:
        return None
    await bookings.note_request(
        session,
        appointment_id=view.id,
        revision=revision,
        event_type_id=event_type.calcom_event_type_id,
    )
    await bookings.remember_booking(
        session,
        appointment_id=view.id,
        revision=revision,
        booking_id=booking_id,
        booking_uid=uid,
    )
    await slots.confirm(
        session,
        appointment_id=view.id,
        revision=revision,
        booking_uid=uid,
        booking_id=booking_id,
    )
    await bookings.mark_ended(session, view.id, old.revision)
    now = await _view(session, view.id)
    slot = await slots.get_slot(session, view.id, revision)
    if slot is None:
        raise LookupError("a slot vanished inside its own transaction")
    return CalendarFollowed(outcome="moved", slot=held_slot(now, slot), booking_id=booking_id)


async def _uid_in(session: AsyncSession, event_id: UUID) -> str | None:
    """The booking's uid is as good as a password to it, so the report's stored body has it and the
    signal does not. None where nothing readable was stored.
    """
    for event in await webhooks.read_events(session, [event_id]):
        try:
            payload = json.loads(event.body)["payload"]
            return str(payload["uid"]) or None
        except (ValueError, LookupError, TypeError):
            return None
    return None


async def _tell_conflict(
    session: AsyncSession, view: AppointmentView, start_at: datetime, booking_id: int
) -> None:
    """Both facts stay: Cal.com says one time, ours is another. A person has to choose."""
    await callbacks.insert_keyed_callback_once(
        session,
        dedupe_key=f"{CONFLICT}:{view.id}:{booking_id}",
        source="calendar",
        reason=CONFLICT,
        appointment_id=view.id,
        branch_id=view.branch_id,
        customer_id=view.customer_id,
        urgency="high",
        details={"start_at": view.start_at.isoformat(), "calendar_start_at": start_at.isoformat()},
    )
    await _audit(session, view.id, f"appointment.{CONFLICT}")


async def _view(session: AsyncSession, appointment_id: UUID) -> AppointmentView:
    view = await appointments.get_appointment(session, appointment_id)
    if view is None:
        raise LookupError(f"no appointment {appointment_id}")
    return view


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

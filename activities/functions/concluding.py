"""What became of a promise or of a change, in words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from activities.functions.changes import freed_by
from activities.functions.desk import Desk
from activities.functions.holding import my_parts
from activities.functions.nearby import alternatives
from activities.functions.promising import lost
from activities.functions.scene import CalendarKnowledge, Scene, glimpse, without
from activities.functions.talking import called_back, make_task
from activities.functions.wishes import Sought
from contracts.functions import Answered, ConcludeBooking, ConcludeChange, Hold, PartOutcome
from db.queries import appointments
from db.queries.appointments import AppointmentView
from domain.asking import answers
from domain.asking.facts import PartFacts, VisitFacts, WishFacts
from domain.asking.refusals import status_of
from domain.asking.windows import Search
from domain.errors import HANDLING, ChangeTooLate, SlotTaken
from domain.slots import PartWish
from domain.timespan import TimeSpan

# Refusals for which another time would be no help: a person has to see to it.
_NOT_A_MATTER_OF_TIME = frozenset(
    {"calendar_down", "caller_data", "configuration", "booking_gave_no_answer", "cancelled"}
)


async def conclude_booking(
    desk: Desk, request: ConcludeBooking, calendar: CalendarKnowledge | None
) -> Answered:
    """All parts or none: a refused one is told as lost, with other times and the first held."""
    hold, outcomes = request.hold, request.outcomes
    refused = [outcome for outcome in outcomes if outcome.outcome == "refused"]
    if refused:
        return await _refused(desk, hold, refused, calendar)
    ids = [part.appointment_id for part in hold.parts]
    views = await appointments.get_appointments(desk.session, ids)
    visit = desk.view_facts(views) if views else desk.hold_facts(hold)
    voice = desk.voice(hold.branch_id)
    if outcomes and all(outcome.outcome == "booked" for outcome in outcomes):
        return desk.answered(answers.booked(voice, visit, ids))
    return desk.answered(answers.reserved(voice, visit, ids))


async def _refused(
    desk: Desk, hold: Hold, refused: Sequence[PartOutcome], calendar: CalendarKnowledge | None
) -> Answered:
    reasons = [outcome.reason for outcome in refused if outcome.reason in _NOT_A_MATTER_OF_TIME]
    if reasons:
        return await called_back(desk, reasons[0] or "failed", urgency="high")
    ids = {outcome.appointment_id for outcome in refused}
    gone = [
        (part.staff_id, TimeSpan(part.start_at, part.end_at))
        for part in hold.parts
        if part.appointment_id in ids
    ]
    return await lost(desk, hold, calendar, refused=gone)


async def conclude_change(
    desk: Desk, request: ConcludeChange, calendar: CalendarKnowledge | None
) -> Answered:
    change = request.change
    view = await appointments.get_appointment(desk.session, change.appointment_id)
    if view is None:
        return desk.answered(answers.not_found(desk.voice()))
    voice, ids = desk.voice(view.branch_id), [view.id]
    match request.outcome:
        case "rescheduled":
            return desk.answered(answers.rescheduled(voice, desk.view_facts([view]), ids))
        case "cancelled":
            return desk.answered(answers.cancelled(voice, view.start_at, ids))
        case None:
            return desk.answered(answers.pending(voice, change.action, ids))
        case "refused":
            return await _change_refused(desk, request, view, calendar)


async def _change_refused(
    desk: Desk,
    request: ConcludeChange,
    view: AppointmentView,
    calendar: CalendarKnowledge | None,
) -> Answered:
    """The old time stands. Other times if there are any, else a person sees to it."""
    voice, reason = desk.voice(view.branch_id), request.reason or "failed"
    if reason == ChangeTooLate.code:
        return await _past_the_limit(desk, view)
    if request.offers and reason in HANDLING:
        offers = [
            VisitFacts(
                parts=(
                    PartFacts(
                        start_at=start_at,
                        end_at=start_at + (view.end_at - view.start_at),
                        service=view.service_name,
                    ),
                ),
                branch=view.branch_name,
            )
            for start_at in request.offers
        ]
        wish = WishFacts(wished_at=request.change.start_at, service=view.service_name)
        reply = answers.alternatives(voice, offers, reason=reason, wish=wish)
        return desk.answered(reply)
    start_at = request.change.start_at
    if start_at is not None and reason in HANDLING and status_of(reason) == SlotTaken.code:
        return await _taken_meanwhile(desk, request, view, start_at, calendar)
    return await called_back(desk, reason, urgency=_urgency(request))


async def _taken_meanwhile(
    desk: Desk,
    request: ConcludeChange,
    view: AppointmentView,
    start_at: datetime,
    calendar: CalendarKnowledge | None,
) -> Answered:
    """As of a booking: it is taken, and this is free with the same person. Nothing is held."""
    staff_id = request.change.staff_id or view.staff_id
    sought = Sought(
        branch_id=view.branch_id,
        parts=(PartWish(service_id=view.service_id, staff_id=staff_id),),
        searches=(Search(exact_at=start_at, wished_at=None, within=()),),
        timed=True,
        staff_id=staff_id,
    )
    scene = await glimpse(desk, sought, [view.id, *await my_parts(desk)], calendar)
    scene = replace(scene, freed=await freed_by(desk, view))
    if request.reason == SlotTaken.code and staff_id is not None:  # not for want of a room
        scene = without(scene, [(staff_id, _wished_span(scene, view, staff_id, start_at))])
    offers = [
        desk.visit_facts(choice.branch_id, choice.visit)
        for choice in await alternatives(scene, start_at)
        if choice.branch_id == view.branch_id
        and choice.visit.start_at not in (start_at, view.start_at)
    ]
    wish = WishFacts(wished_at=start_at, staff=desk.staff_name(staff_id), service=view.service_name)
    refusal = SlotTaken(staff_id=staff_id)
    return desk.answered(
        answers.alternatives(desk.voice(view.branch_id), offers, reason=refusal, wish=wish)
    )


def _wished_span(
    scene: Scene, view: AppointmentView, staff_id: UUID, start_at: datetime
) -> TimeSpan:
    """What was asked of Cal.com; whom the service is no longer offered by, as long as before."""
    plan = scene.plan
    service = plan.services_by_id.get(view.service_id)
    if service is None or staff_id not in plan.staff_by_id:
        return TimeSpan(start_at, start_at + (view.end_at - view.start_at))
    return TimeSpan(start_at, start_at + plan.duration_of(service, staff_id))


async def _past_the_limit(desk: Desk, view: AppointmentView) -> Answered:
    plan = await desk.plan(view.branch_id)
    limit_at = view.start_at - timedelta(hours=plan.rules.cancel_limit_hours)
    await make_task(desk, ChangeTooLate.code)
    reply = answers.cancel_limit(desk.voice(view.branch_id), limit_at, called_back=True)
    return desk.answered(reply).model_copy(update={"callback": True})


def _urgency(request: ConcludeChange) -> Literal["normal", "high"]:
    """Whoever cancelled believes not to be expected."""
    return "high" if request.change.action == "cancel" else "normal"

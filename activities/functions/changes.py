"""The caller's own appointments: found, moved, cancelled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from activities.functions.desk import Desk, at_branch
from activities.functions.finding import Found, seek
from activities.functions.holding import my_parts, overlapping
from activities.functions.names import same_person
from activities.functions.scene import CalendarKnowledge
from activities.functions.talking import make_task
from activities.functions.verification import (
    Known,
    identify,
    own_appointments,
    second_factor,
    starts_said,
)
from activities.functions.wishes import Sought, day_in
from contracts.functions import Answered, ChangeWanted, Taken
from db.queries import appointments, holds
from db.queries.appointments import AppointmentView
from domain.appointment import change_refusal
from domain.asking import answers
from domain.asking.facts import FunctionReply, Voice, WishFacts
from domain.asking.model import AnyTime, Exact, NotUnderstood, Within
from domain.asking.reading import read_change_time, read_reference, read_wish
from domain.asking.windows import fits, search_of, settle
from domain.errors import SlotTaken
from domain.slots import PartWish
from domain.timespan import TimeSpan, instant_to_local

# "Um acht" of an appointment at a quarter past: so far beside what was said it may be.
BESIDE = timedelta(minutes=30)


async def find(desk: Desk) -> Answered:
    known = await identify(desk)
    if isinstance(known, Answered):
        return known
    views = [*_narrowed(desk, known.views)] or list(known.views)
    if not views:
        return await _nothing_of_theirs(desk)
    facts = [desk.view_facts([view]) for view in views]
    reply = answers.found(_voice_of(desk, views), facts, [view.id for view in views])
    return desk.answered(reply).model_copy(update={"verified": known.verified})


async def cancel(desk: Desk) -> Taken:
    meant = await _the_one_meant(desk)
    if isinstance(meant, Answered):
        return meant
    view, verified = meant
    refused = await _too_late(desk, view) or _not_confirmed(desk)
    if refused is not None:
        return refused.model_copy(update={"verified": verified})
    return ChangeWanted(
        appointment_id=view.id, action="cancel", summary=_summary(desk, view), verified=verified
    )


async def reschedule(desk: Desk, calendar: CalendarKnowledge | None) -> Taken:
    done = _moved_already(desk, await own_appointments(desk))
    if done is not None:
        return desk.answered(done)
    meant = await _the_one_meant(desk)
    if isinstance(meant, Answered):
        return meant
    view, verified = meant
    refused = await _too_late(desk, view)
    taken = refused or await _move(at_branch(desk, view.branch_id), view, calendar)
    if isinstance(taken, Answered | ChangeWanted):
        return taken.model_copy(update={"verified": verified})
    return taken


def _moved_already(desk: Desk, own: Sequence[AppointmentView]) -> FunctionReply | None:
    """The same move asked for again: it is no longer where the caller says, but where it went."""
    if desk.arguments.appointment is None:
        return None
    was = read_reference(desk.arguments.appointment, desk.context)
    if any(fits(was, _local(view), slack=BESIDE) for view in own):
        return None
    for view in own:
        if read_change_time(desk.arguments, desk.context, _local(view)) == Exact(
            start_local=_local(view)
        ):
            voice = desk.voice(view.branch_id)
            return answers.rescheduled(voice, desk.view_facts([view]), [view.id])
    return None


# --- which one -----------------------------------------------------------------------------------


async def _the_one_meant(desk: Desk) -> tuple[AppointmentView, tuple[UUID, ...]] | Answered:
    known = await identify(desk)
    if isinstance(known, Answered):
        return known
    views = _narrowed(desk, known.views)
    if len(views) == 1:
        return views[0], known.verified
    if not views:
        other = await _of_another(desk)
        if isinstance(other, Known) and other.views:
            return other.views[0], other.verified
        if isinstance(other, Answered):
            return other
    if not views and not known.views:
        return await _nothing_of_theirs(desk)
    told = views or list(known.views)
    facts = [desk.view_facts([view]) for view in told]
    reply = answers.which_appointment(_voice_of(desk, told), facts, [view.id for view in told])
    return desk.answered(reply).model_copy(update={"verified": known.verified})


async def _of_another(desk: Desk) -> Known | Answered | None:
    """Somebody else's, named with its time: as from a number that nobody knows."""
    given = desk.arguments
    if given.code is None and (given.customer_name is None or not starts_said(desk)):
        return None
    return await second_factor(desk)


def _narrowed(desk: Desk, views: Sequence[AppointmentView]) -> list[AppointmentView]:
    """By what was said of it: the time decides; service and name where they leave something."""
    left = _at_the_time(desk, views)
    services = read_wish(desk.arguments, desk.context).services.ids
    if services:
        left = [view for view in left if view.service_id in services] or left
    name = desk.arguments.customer_name
    if name and len(left) > 1:  # a family shares a phone
        left = [view for view in left if same_person(name, view.customer_name)] or left
    return left


def _at_the_time(desk: Desk, views: Sequence[AppointmentView]) -> list[AppointmentView]:
    when = read_reference(desk.arguments.appointment, desk.context)
    if isinstance(when, NotUnderstood) or when == AnyTime(soonest=False):
        return list(views)
    if isinstance(when, AnyTime) and when.soonest:
        return list(views[:1])
    exactly = [view for view in views if fits(when, _local(view))]
    return exactly or [view for view in views if fits(when, _local(view), slack=BESIDE)]


async def _nothing_of_theirs(desk: Desk) -> Answered:
    """Or it was cancelled a moment ago, and is asked for again."""
    gone = await appointments.find_appointments_of(
        desk.session,
        from_at=desk.now,
        phone_hash=desk.call.phone_hash,
        statuses=("cancelled",),
    )
    when = read_reference(desk.arguments.appointment, desk.context)
    exact = [v for v in gone if isinstance(when, Exact) and fits(when, _local(v))]
    if desk.asked.name == "cancel_appointment" and len(exact) == 1:
        [view] = exact
        voice = desk.voice(view.branch_id)
        return desk.answered(answers.cancelled(voice, view.start_at, [view.id]))
    return desk.answered(answers.not_found(desk.voice()))


# --- whether -------------------------------------------------------------------------------------


async def _too_late(desk: Desk, view: AppointmentView) -> Answered | None:
    plan = await desk.plan(view.branch_id)
    late = change_refusal(view.start_at, desk.now, plan.rules.cancel_limit_hours)
    if late is None:
        return None
    await make_task(desk, late.code)
    reply = answers.cancel_limit(desk.voice(view.branch_id), late.limit_at, called_back=True)
    return desk.answered(reply).model_copy(update={"callback": True})


def _not_confirmed(desk: Desk) -> Answered | None:
    """Where the agent asks whether the caller has agreed, a no is a no."""
    if desk.arguments.confirmed is not False:
        return None
    return desk.answered(answers.clarify(desk.voice(), "confirmation"))


# --- where to ------------------------------------------------------------------------------------


async def _move(desk: Desk, view: AppointmentView, calendar: CalendarKnowledge | None) -> Taken:
    voice = desk.voice(view.branch_id)
    plan = await desk.plan(view.branch_id)
    when = settle(read_change_time(desk.arguments, desk.context, _local(view)), plan)
    if not isinstance(when, Exact | Within | AnyTime):
        return desk.answered(answers.ask_when(voice, when))
    if when == AnyTime():
        return desk.answered(answers.clarify(voice, "date"))
    staff = await _staff_of_move(desk, view)
    if isinstance(staff, FunctionReply):
        return desk.answered(staff)
    sought = Sought(
        branch_id=view.branch_id,
        parts=(PartWish(service_id=view.service_id, staff_id=staff),),
        searches=(search_of(when, plan, desk.now),),
        timed=True,
        staff_id=staff,
    )
    if sought.exact_at == view.start_at and staff == view.staff_id:  # it is there already
        reply = answers.rescheduled(voice, desk.view_facts([view]), [view.id])
        return desk.answered(reply)
    mine = [view.id, *await my_parts(desk)]
    found = await seek(desk, sought, mine, calendar, freed=await freed_by(desk, view))
    if not isinstance(found, Found):
        return found
    return await _moved_or_offered(desk, view, sought, found)


async def freed_by(desk: Desk, view: AppointmentView) -> dict[int, list[TimeSpan]]:
    """Where the appointment is now, on the people and things that it has."""
    slots = await holds.latest_slots(desk.session, [view.id])
    slot = slots.get(view.id)
    return {} if slot is None else {one: [slot.during] for one in slot.resource_ids}


async def _moved_or_offered(
    desk: Desk, view: AppointmentView, sought: Sought, found: Found
) -> Answered | ChangeWanted:
    voice = desk.voice(view.branch_id)
    if sought.exact_at is not None and found.is_wish and found.instead_of is None:
        refused = _not_confirmed(desk)
        if refused is not None:
            return refused
        drops_hold = await _make_room(desk, found)
        return ChangeWanted(
            appointment_id=view.id,
            action="reschedule",
            start_at=sought.exact_at,
            # Whoever did not ask for somebody else keeps the person they have.
            staff_id=sought.staff_id if sought.staff_id != view.staff_id else None,
            summary=_summary(desk, view, sought.exact_at),
            drops_hold=drops_hold,
        )
    offers = [
        desk.visit_facts(choice.branch_id, choice.visit)
        for choice in found.choices
        if choice.branch_id == view.branch_id and choice.visit.start_at != view.start_at
    ]
    refusal = found.refusal or (SlotTaken(staff_id=sought.staff_id) if sought.exact_at else None)
    if refusal is None:
        wished = desk.staff_name(sought.staff_id)
        return desk.answered(answers.offered(voice, offers, wished_staff=wished))
    wish = WishFacts(
        wished_at=sought.exact_at,
        day=day_in(voice.zone, sought.searches[0].within[0].start_at)
        if sought.searches[0].within
        else None,
        staff=desk.staff_name(sought.staff_id),
        service=view.service_name,
    )
    return desk.answered(answers.alternatives(voice, offers, reason=refusal, wish=wish))


async def _staff_of_move(desk: Desk, view: AppointmentView) -> UUID | FunctionReply | None:
    """The person who was named, else the one the appointment is with."""
    if desk.arguments.staff is None:
        return view.staff_id
    meant = read_wish(desk.arguments, desk.context).staff
    if meant.staff_id is not None or meant.unknown is None:
        return meant.staff_id or view.staff_id
    names = [desk.staff_name(one) or "?" for one in meant.options]
    return answers.clarify(desk.voice(), "staff", names, unknown=meant.unknown)


async def _make_room(desk: Desk, found: Found) -> bool:
    """What the call holds for its caller is not in the way of the caller's own move: let go, which
    is told.
    """
    [(_, allocation)] = found.choices[0].visit.parts
    in_the_way = await overlapping(desk, await desk.holdings.nobodys(), [allocation])
    await desk.holdings.let_go(in_the_way)
    return bool(in_the_way)


# --- words ---------------------------------------------------------------------------------------


def _local(view: AppointmentView) -> datetime:
    return instant_to_local(view.start_at, ZoneInfo(view.zone))


def _voice_of(desk: Desk, views: Sequence[AppointmentView]) -> Voice:
    return desk.voice(views[0].branch_id)


def _summary(desk: Desk, view: AppointmentView, start_at: datetime | None = None) -> str:
    staff = [(view.service_id, view.staff_id)] if view.staff_id else []
    return desk.summary(view.branch_id, staff, start_at or view.start_at)

"""`check_availability` and `find_next_slot`: a time is found, and held before it is named."""

from collections import Counter
from dataclasses import dataclass, replace

from activities.functions.desk import Desk
from activities.functions.finding import Found, seek
from activities.functions.holding import CONTENTION_TRIES, Choice, made_before, my_parts, take_hold
from activities.functions.scene import CalendarKnowledge
from activities.functions.talking import settled
from activities.functions.wishes import Sought, day_in, read_sought
from contracts.functions import Answered, CalendarWanted, Hold
from db.queries import appointments
from domain.asking import answers
from domain.asking.facts import FunctionReply, VisitFacts, WishFacts
from domain.errors import SlotTaken

LIVE = ("held", "booked")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What was found, and the hold on the first of it; None where there is nothing to hold."""

    found: Found
    hold: Hold | None


async def check(
    desk: Desk, calendar: CalendarKnowledge | None, *, soonest: bool = False
) -> Answered | CalendarWanted:
    sought = await read_sought(desk, soonest=soonest)
    if not isinstance(sought, Sought):
        return await settled(desk, sought)
    return await offer(desk, sought, calendar)


# --- offers ------------------------------------------------------------------------------------


async def offer(
    desk: Desk, sought: Sought, calendar: CalendarKnowledge | None
) -> Answered | CalendarWanted:
    again = await booked_in_call(desk, sought)
    if again is not None:
        return desk.answered(again)
    kept = await keep(desk, sought, calendar)
    if isinstance(kept, CalendarWanted):
        return kept
    return desk.answered(reply_to(desk, sought, kept), kept.hold)


async def keep(
    desk: Desk, sought: Sought, calendar: CalendarKnowledge | None
) -> Kept | CalendarWanted:
    """Whoever is slower than another caller looks again, and takes the next that is free."""
    before = await made_before(desk)
    found = Found(choices=(), refusal=SlotTaken())
    for _ in range(CONTENTION_TRIES):
        sighted = await seek(desk, sought, await my_parts(desk), calendar)
        if isinstance(sighted, CalendarWanted):
            return sighted
        found = _with(sighted, before)
        if not found.choices:
            break
        hold = await take_hold(desk, found.choices[0])
        if hold is not None:
            return Kept(found=found, hold=hold)
    return Kept(found=replace(found, choices=(), is_wish=False), hold=None)


def _with(found: Found, before: Choice | None) -> Found:
    """The same slot again that a first try of this step has held."""
    if before is None:
        return found
    for place, choice in enumerate(found.choices):
        if choice.visit.start_at == before.visit.start_at and choice.branch_id == before.branch_id:
            same = replace(choice, visit=before.visit)
            others = (*found.choices[:place], *found.choices[place + 1 :])
            return replace(found, choices=(same, *others))
    return found


async def booked_in_call(desk: Desk, sought: Sought) -> FunctionReply | None:
    """The caller has it already, from this call: it is said again, as it stands now."""
    if sought.exact_at is None or desk.arguments.additional or not desk.conversation.bookings:
        return None
    call_id = desk.conversation.retell_call_id
    views = [
        view
        for view in await appointments.appointments_of_call(desk.session, call_id)
        if view.status in LIVE
    ]
    for booking in desk.conversation.bookings:
        own = [view for view in views if view.id in booking.appointment_ids]
        services = Counter(view.service_id for view in own)
        if not own or services != Counter(sought.service_ids):
            continue
        if min(view.start_at for view in own) == sought.exact_at:
            is_booked = all(view.status == "booked" for view in own)
            say = answers.booked if is_booked else answers.reserved
            ids = [view.id for view in own]
            return say(desk.voice(sought.branch_id), desk.view_facts(own), ids)
    return None


# --- what is said ------------------------------------------------------------------------------


def reply_to(desk: Desk, sought: Sought, kept: Kept) -> FunctionReply:
    voice, found, hold = desk.voice(sought.branch_id), kept.found, kept.hold
    if hold is None:
        return answers.refused(voice, found.refusal or SlotTaken(), wish=_wish(desk, sought))
    seconds = expires_in_s(desk, hold)
    if found.is_wish:
        return answers.held(
            voice,
            desk.hold_facts(hold),
            hold_id=hold.hold_id,
            expires_in_s=seconds,
            on_own_data=hold.on_own_data,
            instead_of=desk.staff_name(found.instead_of),
        )
    offers = offers_of(desk, found.choices)
    if found.refusal is None:
        return answers.offered(
            voice,
            offers,
            wished_staff=desk.staff_name(sought.staff_id),
            hold_id=hold.hold_id,
            expires_in_s=seconds,
        )
    return answers.alternatives(
        voice,
        offers,
        reason=found.refusal,
        wish=_wish(desk, sought),
        hold_id=hold.hold_id,
        expires_in_s=seconds,
    )


def offers_of(desk: Desk, choices: tuple[Choice, ...]) -> list[VisitFacts]:
    return [desk.visit_facts(choice.branch_id, choice.visit) for choice in choices]


def expires_in_s(desk: Desk, hold: Hold) -> int:
    return max(0, round((hold.expires_at - desk.now).total_seconds()))


def _wish(desk: Desk, sought: Sought) -> WishFacts:
    search = sought.searches[0]
    first = search.wished_at or (search.within[0].start_at if search.within else None)
    return WishFacts(
        wished_at=sought.exact_at,
        day=day_in(desk.zone_of(sought.branch_id), first) if first and sought.timed else None,
        staff=desk.staff_name(sought.staff_id),
        service=desk.service_name(sought.service_ids[0]),
    )

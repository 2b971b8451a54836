"""`collect_appointment_data` and `book_appointment`: which hold is meant, before it is promised."""

from collections import Counter

from activities.functions.availability import booked_in_call, keep, offer, reply_to
from activities.functions.desk import Desk
from activities.functions.promising import promise
from activities.functions.scene import CalendarKnowledge
from activities.functions.talking import called_back, settled
from activities.functions.wishes import Sought, read_sought
from contracts.functions import Answered, CalendarWanted, Hold, Promised, Taken
from db.queries.outage import outage_room
from domain.asking import answers


async def collect(desk: Desk, calendar: CalendarKnowledge | None) -> Taken:
    """Asks for what is missing, holds what is wished for, and books it once it is confirmed."""
    sought = await read_sought(desk)
    if not isinstance(sought, Sought):
        return await settled(desk, sought)
    if not sought.timed:
        return desk.answered(answers.clarify(desk.voice(sought.branch_id), "date"))
    if desk.arguments.confirmed is not True:
        return await offer(desk, sought, calendar)
    return await _book_wish(desk, sought, calendar)


async def book(desk: Desk, calendar: CalendarKnowledge | None) -> Taken:
    """By the hold's id; without a known one by the words, if there are any; else the last hold."""
    named = _named_hold(desk)
    if named is not None:
        return await _promise(desk, named, calendar)
    if desk.arguments.date is not None or desk.arguments.time is not None:
        sought = await read_sought(desk)
        if isinstance(sought, Sought):
            return await _book_wish(desk, sought, calendar)
        if desk.conversation.hold is None:
            return await settled(desk, sought)
    last = _last_hold(desk)
    if last is not None:
        return await _promise(desk, last, calendar)
    return desk.answered(answers.clarify(desk.voice(), "date" if _has_service(desk) else "service"))


async def _promise(
    desk: Desk, hold: Hold, calendar: CalendarKnowledge | None
) -> Promised | Answered:
    """While the calendar is away a branch promises so many and no more; then a person calls."""
    is_known = any(booking.fulfils == hold.number for booking in desk.conversation.bookings)
    if not is_known and await outage_room(desk.session, hold.branch_id) < len(hold.parts):
        return await called_back(desk, "calendar_down", urgency="high")
    return await promise(desk, hold, calendar)


def fits(hold: Hold, sought: Sought) -> bool:
    """Whether what is held is what these words wish for."""
    if hold.branch_id != sought.branch_id:
        return False
    if Counter(part.service_id for part in hold.parts) != Counter(sought.service_ids):
        return False
    if sought.hard and all(part.staff_id != sought.staff_id for part in hold.parts):
        return False
    if any(part.staff_id in sought.excluded for part in hold.parts):
        return False
    starts = {search.exact_at for search in sought.searches}
    within = any(w.contains(hold.start_at) for s in sought.searches for w in s.within)
    return hold.start_at in starts or (within and starts == {None})


async def _book_wish(desk: Desk, sought: Sought, calendar: CalendarKnowledge | None) -> Taken:
    """On the live hold if that is what is wished for, else held and promised in one go."""
    again = await booked_in_call(desk, sought)
    if again is not None:
        return desk.answered(again)
    live = desk.conversation.hold
    if live is not None and fits(live, sought):
        return await _promise(desk, live, calendar)
    kept = await keep(desk, sought, calendar)
    if isinstance(kept, CalendarWanted):
        return kept
    if kept.hold is None or not kept.found.is_wish or kept.found.instead_of is not None:
        return desk.answered(reply_to(desk, sought, kept), kept.hold)
    promised = await _promise(desk, kept.hold, calendar)
    if isinstance(promised, Answered) and promised.hold is None and not promised.drops_hold:
        return promised.model_copy(update={"hold": kept.hold})
    return promised


def _named_hold(desk: Desk) -> Hold | None:
    said = desk.arguments.hold_id
    known = [desk.conversation.hold, *reversed(desk.conversation.earlier)]
    return next((hold for hold in known if hold is not None and hold.hold_id == said), None)


def _last_hold(desk: Desk) -> Hold | None:
    """The live one; else what was told last: its time may be over, and the slot still free."""
    return desk.conversation.hold or next(iter(reversed(desk.conversation.earlier)), None)


def _has_service(desk: Desk) -> bool:
    return bool(desk.arguments.services)

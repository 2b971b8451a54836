"""`book_appointment`: the hold gets its customer and no longer expires. Once for each hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from activities.functions.desk import Desk
from activities.functions.holding import (
    CONTENTION_TRIES,
    Choice,
    let_others_go,
    my_parts,
    take_hold,
    tell_audit,
)
from activities.functions.nearby import alternatives
from activities.functions.scene import CalendarKnowledge, glimpse, without
from activities.functions.wishes import Sought, day_in
from contracts.appointments import AppointmentStart
from contracts.functions import Answered, Hold, Promised
from db.queries import appointments, calls, customers, holds
from db.queries.appointments import AppointmentView
from db.queries.holds import HeldRow
from domain.asking import answers
from domain.asking.facts import FunctionReply
from domain.asking.windows import Search
from domain.intent.contact import has_date_in_figures, spoken_email, spoken_phone
from domain.intent.text import fold
from domain.phone import keyed_hash, phone_hash, to_e164
from domain.slots import Allocation, PartWish, Visit, why_not
from domain.timespan import TimeSpan

# Two calls within this time for the same service are one caller on two lines.
TWO_LINES = timedelta(minutes=30)
LIVE = ("held", "booked")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who books. `signed`: the number is the exchange's, not one that was spoken."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str | None = field(repr=False)
    signed: bool


async def promise(
    desk: Desk, hold: Hold, calendar: CalendarKnowledge | None
) -> Promised | Answered:
    """The hold's slots become the caller's, or what is asked first, or what there is instead."""
    rows = await holds.held_rows(desk.session, _ids(hold))
    if len(rows) == len(hold.parts) and all(_is_promised(row) for row in rows):
        customer_id = rows[0].customer_id
        if customer_id is not None:
            if not _is_known(desk, hold):
                await let_others_go(desk, _ids(hold))
            return _promised(desk, hold, customer_id)
    caller = await who_books(desk)
    if not isinstance(caller, Caller):
        return desk.answered(caller)
    customer_id = await _customer(desk, caller)
    double = await _double_booking(desk, hold, caller, customer_id)
    if double is not None:
        return desk.answered(double)
    kept = await _keep(desk, hold, rows)
    if kept is None:
        return await lost(desk, hold, calendar)
    ids = _ids(kept)
    await holds.give_to(desk.session, ids, customer_id=customer_id, name=caller.name)
    await let_others_go(desk, ids)
    await calls.save_customer(desk.session, desk.conversation.retell_call_id, customer_id)
    await tell_audit(desk, "hold.promised", kept)
    return _promised(desk, kept, customer_id)


def _promised(desk: Desk, hold: Hold, customer_id: UUID) -> Promised:
    starts = tuple(
        AppointmentStart(
            appointment_id=part.appointment_id,
            company_id=desk.conversation.company_id,
            branch_id=hold.branch_id,
            service_id=part.service_id,
            staff_id=part.staff_id,
            staff_hard=part.staff_hard,
            customer_id=customer_id,
            start_at=part.start_at,
            retell_call_id=desk.conversation.retell_call_id,
            summary=desk.summary(hold.branch_id, [(part.service_id, part.staff_id)], part.start_at),
        )
        for part in hold.parts
    )
    return Promised(hold=hold, starts=starts)


def _is_known(desk: Desk, hold: Hold) -> bool:
    """Said again of what the call has booked: what it holds beside that stays held."""
    return any(booking.fulfils == hold.number for booking in desk.conversation.bookings)


def _is_promised(row: HeldRow) -> bool:
    return row.customer_id is not None and row.status in LIVE


# --- who -----------------------------------------------------------------------------------------


async def who_books(desk: Desk) -> Caller | FunctionReply:
    """The number is the exchange's; only of a withheld one what was spoken counts."""
    given = desk.arguments
    name = given.customer_name
    if name is None and desk.call.phone_hash is not None:
        known = await customers.find_customer_by_phone(desk.session, desk.call.phone_hash)
        name = known.name if known else None
    if not name:
        return answers.clarify(desk.voice(), "name")
    phone = desk.call.from_number or spoken_number(desk)
    if phone is None:
        return answers.clarify(desk.voice(), "phone")
    return Caller(
        name=name,
        phone=phone,
        email=spoken_email(given.email) if given.email else None,
        signed=desk.call.from_number is not None,
    )


def spoken_number(desk: Desk) -> str | None:
    said = desk.arguments.phone
    if said is None:
        return None
    # A fragment is no number, in figures or in words; nor is a date in figures.
    written = None if has_date_in_figures(said) else to_e164(said, desk.region)
    return written or to_e164(spoken_phone(said, desk.region))


async def _customer(desk: Desk, caller: Caller) -> UUID:
    """Found or made, and locked: two lines of one caller are looked at one after the other."""
    return await customers.upsert_customer(
        desk.session,
        name=caller.name,
        phone=caller.phone,
        phone_hash=phone_hash(caller.phone, desk.phone_key),
        email=caller.email,
        email_hash=keyed_hash(caller.email, desk.phone_key) if caller.email else None,
        language=desk.context.language,
    )


async def _double_booking(
    desk: Desk, hold: Hold, caller: Caller, customer_id: UUID
) -> FunctionReply | None:
    """One wish is one appointment: a second one for the same day, or from another line just now,
    is asked about first.
    """
    if desk.arguments.additional:
        return None
    own = await appointments.find_appointments_of(
        desk.session, from_at=desk.now, customer_id=customer_id
    )
    # What this very step has made before its worker died is no second appointment.
    mine = {*_ids(hold), *desk.own_parts()}
    for view in own:
        if view.id not in mine and _is_same_wish(desk, hold, caller, view):
            voice = desk.voice(view.branch_id)
            return answers.already_booked(voice, desk.view_facts([view]), [view.id])
    return None


def _is_same_wish(desk: Desk, hold: Hold, caller: Caller, view: AppointmentView) -> bool:
    if view.service_id not in {part.service_id for part in hold.parts}:
        return False
    if fold(view.customer_name or "") != fold(caller.name):
        return False
    if not caller.signed:
        # Whoever only says a number learns nothing from it: they named this time themselves.
        return view.start_at == hold.start_at
    zone = desk.zone_of(hold.branch_id)
    if day_in(zone, view.start_at) == day_in(zone, hold.start_at):
        return True
    other_line = view.retell_call_id not in {None, desk.conversation.retell_call_id}
    return other_line and view.created_at > desk.now - TWO_LINES


# --- the slot ------------------------------------------------------------------------------------


async def _keep(desk: Desk, hold: Hold, rows: Sequence[HeldRow]) -> Hold | None:
    """The hold, or the same slot anew where its time was over; None where it is another's now."""
    is_live = desk.conversation.hold == hold and hold.expires_at > desk.now
    whole = len(rows) == len(hold.parts)
    if whole and all(row.customer_id is None for row in rows):
        if not is_live and await _again(desk, hold) is None:
            return None
        return hold if await _keep_parts(desk, hold) else None
    # It was promised once and Cal.com refused, or the caller cancelled: a new appointment.
    choice = await _again(desk, hold)
    if choice is None:
        return None
    anew = await take_hold(desk, choice)
    return anew if anew is not None and await _keep_parts(desk, anew) else None


async def _keep_parts(desk: Desk, hold: Hold) -> bool:
    """What else the call holds makes room: it may be the same person's time."""
    savepoint = await desk.session.begin_nested()
    await let_others_go(desk, _ids(hold))
    if await holds.keep_parts(desk.session, _ids(hold)):
        await savepoint.commit()
        return True
    await savepoint.rollback()
    return False


async def _again(desk: Desk, hold: Hold) -> Choice | None:
    """The same people at the same times, if that may still be booked."""
    plan = await desk.plan(hold.branch_id)
    ends_at = max(part.end_at for part in hold.parts)
    mine = [*await my_parts(desk), *_ids(hold)]
    busy = await desk.busy(plan, TimeSpan(hold.start_at, ends_at), mine)
    parts: list[tuple[UUID, Allocation]] = []
    for part in hold.parts:
        answer = why_not(
            plan,
            part.service_id,
            part.start_at,
            desk.now,
            busy,
            staff_id=part.staff_id,
            staff_hard=True,
        )
        if not isinstance(answer, Allocation):
            return None
        parts.append((part.service_id, answer))
    return Choice(branch_id=hold.branch_id, visit=Visit(parts=tuple(parts)), wishes=_wishes(hold))


async def lost(
    desk: Desk,
    hold: Hold,
    calendar: CalendarKnowledge | None,
    *,
    refused: Collection[tuple[UUID, TimeSpan]] = (),
) -> Answered:
    """What was held is gone: the nearest times instead, and the first of them held.

    `refused`: when Cal.com does not give whom, though here they are free.
    """
    voice = desk.voice(hold.branch_id)
    for _ in range(CONTENTION_TRIES):
        choices = await _instead(desk, hold, calendar, refused)
        if not choices:
            break
        held = await take_hold(desk, choices[0])
        if held is not None:
            reply = answers.slot_lost(
                voice,
                [desk.visit_facts(choice.branch_id, choice.visit) for choice in choices],
                lost_at=hold.start_at,
                wished_staff=desk.staff_name(hold.parts[0].staff_id),
                hold_id=held.hold_id,
                expires_in_s=max(0, round((held.expires_at - desk.now).total_seconds())),
            )
            return desk.answered(reply, held)
    await let_others_go(desk, ())
    reply = answers.slot_lost(voice, lost_at=hold.start_at)
    return Answered(answer=desk.answer(reply), drops_hold=True)


async def _instead(
    desk: Desk,
    hold: Hold,
    calendar: CalendarKnowledge | None,
    refused: Collection[tuple[UUID, TimeSpan]],
) -> tuple[Choice, ...]:
    parts = _wishes(hold)
    hard = [part.staff_id for part in parts if part.staff_hard]
    sought = Sought(
        branch_id=hold.branch_id,
        parts=parts,
        searches=(Search(exact_at=hold.start_at, wished_at=None, within=()),),
        timed=True,
        side_by_side=_side_by_side(hold),
        staff_id=hard[0] if hard else None,
        hard=bool(hard),
    )
    scene = await glimpse(desk, sought, await my_parts(desk), calendar)
    return await alternatives(without(scene, refused), hold.start_at)


def _side_by_side(hold: Hold) -> bool:
    return len({part.start_at for part in hold.parts}) < len(hold.parts)


def _wishes(hold: Hold) -> tuple[PartWish, ...]:
    return tuple(
        PartWish(
            service_id=part.service_id,
            staff_id=part.staff_id if part.staff_hard else None,
            staff_hard=part.staff_hard,
        )
        for part in hold.parts
    )


def _ids(hold: Hold) -> list[UUID]:
    return [part.appointment_id for part in hold.parts]

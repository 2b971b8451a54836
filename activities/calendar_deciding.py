"""What follows here from what happened in Cal.com: judged and written in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.calendar_events import (
    Blocked,
    BookingSeen,
    CalendarEvent,
    Decision,
    LookAgain,
    Nothing,
    Overlap,
    TakeBack,
    TellAppointment,
)
from contracts.life import CalendarReported
from db.queries import audit, blocks, callbacks, connections, holds, webhooks
from db.queries.appointments import booking_uid_hash
from db.queries.blocks import InTheWay, NewBlock, OurBooking, WhoseTime
from integrations.calcom.webhooks import uid_in

OVERLAP = "calendar_overlap"
# The rule of a connection (`connections.settings`): whose booking the engine may cancel when it is
# the younger of two at the same time. `ours`: only our own. `younger`: a person's as well.
RULE = "calendar_overlap"
TAKEN = "taken_in_calendar"
_OVER = ("cancelled", "failed")


async def decide(session: AsyncSession, event: CalendarEvent, seen: BookingSeen) -> Decision:
    """Ours is what we have noted as ours, or what was moved on from that; metadata alone, which
    anybody can set who books, makes nothing ours.
    """
    whose = await blocks.whose_time(
        session,
        connection_id=event.connection_id,
        event_type_id=seen.event_type_id,
        host_ids=seen.host_ids,
    )
    known = await blocks.find_ours(session, [seen.uid_hash])
    if known is not None:
        # One of ours may have left the time of a person's booking, which takes it now.
        await blocks.cover_all(session, event.connection_id)
        return _about_known(known, seen)
    before = await blocks.find_ours(session, seen.replaces)
    if before is not None:
        await blocks.cover_all(session, event.connection_id)
        return _about_moved(before, seen)
    unknown = await _about_unknown_of_ours(session, seen)
    if unknown is not None:
        return unknown
    return await _about_people(session, event, seen, whose)


def _about_known(known: OurBooking, seen: BookingSeen) -> Decision:
    if not seen.is_live and not known.has_ended:
        return _tell(known, seen, _ended_kind(seen), known.booking_id)
    if seen.is_live and known.booking_id is not None and _is_left(known):
        return TakeBack(appointment_id=known.appointment_id, booking_id=known.booking_id)
    if seen.is_live and seen.absent:
        return _tell(known, seen, "no_show", known.booking_id)
    return Nothing(reason="known")


def _is_left(known: OurBooking) -> bool:
    """Behind, by a move to another person or a cancellation that Cal.com has not carried out."""
    is_older = known.revision < known.todays_revision
    is_another = known.booking_id != known.todays_booking_id
    return known.status in _OVER or (known.status == "booked" and is_older and is_another)


def _about_moved(before: OurBooking, seen: BookingSeen) -> Decision:
    """Moved on from one of ours. While our own move is unanswered, the appointment's workflow
    waits for its answer before it looks at this, and knows it then.
    """
    if seen.is_live:
        return _tell(before, seen, "rescheduled", seen.booking_id)
    return _tell(before, seen, _ended_kind(seen), before.booking_id)


async def _about_unknown_of_ours(session: AsyncSession, seen: BookingSeen) -> Decision | None:
    """A late answer's booking: the saga finds it by itself, or it is one too many."""
    if seen.appointment_id is None or seen.booking_id is None:
        return None
    found = await blocks.find_appointment(session, seen.appointment_id)
    if found is None or not (
        seen.attendee_is_ours or (seen.event_type_id, seen.start_at) in found.asked
    ):
        return None
    if not seen.is_live:
        return Nothing(reason="known")
    if found.is_asking:
        return LookAgain(appointment_id=seen.appointment_id)
    if not seen.replaces or found.status != "booked":
        return TakeBack(appointment_id=seen.appointment_id, booking_id=seen.booking_id)
    report = CalendarReported(
        kind="rescheduled",
        event_id=seen.event_id,
        start_at=seen.start_at,
        booking_id=seen.booking_id,
    )
    return TellAppointment(appointment_id=seen.appointment_id, report=report)


def _ended_kind(seen: BookingSeen) -> Literal["cancelled", "rejected", "deleted"]:
    match seen.state:
        case "rejected":
            return "rejected"
        case "gone":
            return "deleted"
        case _:
            return "cancelled"


def _tell(
    ours: OurBooking,
    seen: BookingSeen,
    kind: Literal["rescheduled", "cancelled", "rejected", "no_show", "deleted"],
    booking_id: int | None,
) -> TellAppointment:
    report = CalendarReported(
        kind=kind, event_id=seen.event_id, start_at=seen.start_at, booking_id=booking_id
    )
    return TellAppointment(appointment_id=ours.appointment_id, report=report)


# --- people's ---------------------------------------------------------------------------------


async def _about_people(
    session: AsyncSession, event: CalendarEvent, seen: BookingSeen, whose: Sequence[WhoseTime]
) -> Decision:
    left = [*seen.replaces] if seen.is_live else [*seen.replaces, seen.uid_hash]
    ended = await blocks.end_blocks(session, event.connection_id, left)
    if not seen.is_live:
        if not ended:
            return Nothing(reason="known")
        return Blocked(state="ended", changed=True)
    if seen.start_at is None or seen.end_at is None or seen.booking_id is None:
        return Nothing(reason="no_booking")
    if seen.end_at <= datetime.now(UTC):
        return Nothing(reason="past")
    if not whose:
        return Nothing(reason="unknown_person")
    return await _block(session, event, seen, whose, changed=bool(ended))


async def _block(
    session: AsyncSession,
    event: CalendarEvent,
    seen: BookingSeen,
    whose: Sequence[WhoseTime],
    *,
    changed: bool,
) -> Decision:
    uid = await _uid(session, seen)
    if seen.start_at is None or seen.end_at is None or seen.booking_id is None or uid is None:
        return Nothing(reason="no_booking")
    standing: dict[UUID, InTheWay] = {}
    for person in whose:
        new = NewBlock(
            connection_id=event.connection_id,
            whose=person,
            booking_id=seen.booking_id,
            booking_uid=uid,
            uid_hash=seen.uid_hash,
            event_type_id=seen.event_type_id,
            start_at=seen.start_at,
            end_at=seen.end_at,
        )
        block_id, is_new = await blocks.put_block(session, new)
        changed = changed or is_new
        standing |= {one.appointment_id: one for one in await _clear(session, block_id)}
    if seen.state == "pending":  # may still be declined: nobody's appointment goes for it
        return Blocked(state="active", changed=changed)
    waiting = next((one for one in standing.values() if one.is_held), None)
    if waiting is not None:  # Cal.com says soon whether there is room for both
        return LookAgain(appointment_id=waiting.appointment_id)
    overlaps = await _judge(session, event, seen, standing.values())
    return Blocked(state="active", changed=changed, overlaps=overlaps)


async def _uid(session: AsyncSession, seen: BookingSeen) -> str | None:
    for stored in await webhooks.read_events(session, [seen.event_id]):
        uid = uid_in(stored.body)
        if uid is not None and booking_uid_hash(uid) == seen.uid_hash:
            return uid
    return None


async def _clear(session: AsyncSession, block_id: UUID) -> list[InTheWay]:
    """Takes the time. A caller's hold goes (the call hears of it when it wants to book); what is
    somebody's stays, and is given back.
    """
    await blocks.cover(session, block_id)
    found = await blocks.in_the_way(session, block_id)
    nobodys = [one.appointment_id for one in found if one.customer_id is None]
    if nobodys and await holds.let_go(session, nobodys, reason=TAKEN):
        await blocks.cover(session, block_id)
    return [one for one in found if one.customer_id is not None]


async def _judge(
    session: AsyncSession,
    event: CalendarEvent,
    seen: BookingSeen,
    standing: Iterable[InTheWay],
) -> tuple[Overlap, ...]:
    """Both stand in Cal.com at the same time: a task for people each time, and the rule."""
    found = await connections.get_connection(session, connection_id=event.connection_id)
    rule = str((found.settings if found else {}).get(RULE, "ours"))
    overlaps: list[Overlap] = []
    for one in standing:
        goes = _who_goes(one, seen, rule)
        await _tell_people(session, one, seen, goes)
        overlaps.append(Overlap(appointment_id=one.appointment_id, goes=goes))
    return tuple(overlaps)


def _who_goes(one: InTheWay, seen: BookingSeen, rule: str) -> Literal["ours", "theirs", "nobody"]:
    """The younger, by Cal.com's own count of bookings, which needs no clock; what has begun stays.

    A person's booking only where the company has said so: they may have had their reasons.
    """
    if one.booking_id is None or seen.booking_id is None or one.start_at <= datetime.now(UTC):
        return "nobody"
    if one.booking_id > seen.booking_id:
        return "ours"
    return "theirs" if rule == "younger" else "nobody"


_REPAIRS = {"ours": "ours_cancelled", "theirs": "theirs_cancelled", "nobody": "choose_one"}


async def _tell_people(
    session: AsyncSession,
    one: InTheWay,
    seen: BookingSeen,
    goes: Literal["ours", "theirs", "nobody"],
) -> None:
    await callbacks.insert_keyed_callback_once(
        session,
        dedupe_key=f"overlap:{seen.uid_hash}:{one.appointment_id}",
        source="calendar",
        reason=OVERLAP,
        appointment_id=one.appointment_id,
        branch_id=one.branch_id,
        customer_id=one.customer_id,
        urgency="high",
        details={
            "start_at": one.start_at.isoformat(),
            "end_at": one.end_at.isoformat(),
            "calendar_start_at": seen.start_at.isoformat() if seen.start_at else None,
            "calendar_end_at": seen.end_at.isoformat() if seen.end_at else None,
            "calendar_booking_id": seen.booking_id,
            "repair": _REPAIRS[goes],
        },
    )
    await _audit(session, one.appointment_id, f"appointment.{OVERLAP}", repair=_REPAIRS[goes])


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

"""What mail and SMS about an appointment have in common: what it is, whether and when it may go."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from contracts.appointments import NotifyAppointment
from db.queries import appointments, life, notifications
from db.queries.appointments import AppointmentView
from db.queries.notifications import MessageIdentity
from domain.appointment import LEAST_BEFORE, QuietHours

# What nobody asked for at this moment does not wake anybody.
_UNASKED = frozenset({"reminder", "missed"})
# A reminder that was held up (no worker, no mail server) still goes out until then.
REMINDED_UNTIL = LEAST_BEFORE / 2
# So long a try may take; whoever died in one is not waited for any longer.
SENT_WITHIN = timedelta(seconds=30)
_LOOK_AGAIN = timedelta(seconds=1)


async def what_to_say(
    session: AsyncSession, request: NotifyAppointment
) -> tuple[MessageIdentity, AppointmentView, datetime]:
    """The message's identity, its appointment as it stands, and our clock: nothing is read before,
    nothing is written yet. Raises ApplicationError when it is not its turn or its time, which tells
    the engine when to come back; LookupError.
    """
    identity = await _in_turn(session, request)
    now = datetime.now(UTC)
    view = await appointments.get_appointment(session, request.appointment_id)
    if view is None:
        raise LookupError(f"no appointment {request.appointment_id}")
    await _wait_for_the_morning(session, view, request, now)
    return identity, view, now


async def _in_turn(session: AsyncSession, request: NotifyAppointment) -> MessageIdentity:
    """What says "confirmed" after "cancelled" is a lie: of two messages to one reader the later
    one waits for the earlier one's try. The lock makes one of two that begin together the earlier.
    """
    await appointments.lock_appointment(session, request.appointment_id)
    identity = MessageIdentity(
        kind=_stored_kind(request),
        audience=request.audience,
        channel=request.channel,
        sequence=request.sequence,
        appointment_id=request.appointment_id,
    )
    if await notifications.another_on_its_way(session, identity, within=SENT_WITHIN):
        raise ApplicationError(
            "the message before is on its way",
            type="EarlierOnItsWay",
            category=ApplicationErrorCategory.BENIGN,
            next_retry_delay=_LOOK_AGAIN,
        )
    return identity


def _stored_kind(request: NotifyAppointment) -> str:
    """The kind as it is part of the message's identity: each reminder, and each change that was not
    possible, is one of its own.
    """
    own = request.asked_by.hex if request.asked_by is not None else request.reminder_minutes
    return request.kind if own is None else f"{request.kind}_{own}"


def is_superseded(view: AppointmentView, request: NotifyAppointment, now: datetime) -> bool:
    """A message that was held up by a dead server may have become untrue meanwhile."""
    match request.kind:
        case "reservation":
            return view.status != "held"
        case "confirmation" | "reschedule":
            return view.status in ("cancelled", "failed")
        case "unchanged":
            return view.status not in ("held", "booked")
        case "reminder":
            return view.status != "booked" or now > view.start_at - REMINDED_UNTIL
        case "missed":
            return view.status != "missed"
        case _:
            return False


async def _wait_for_the_morning(
    session: AsyncSession, view: AppointmentView, request: NotifyAppointment, now: datetime
) -> None:
    """In quiet hours what can wait comes back when they are over; its try has not begun."""
    if request.kind not in _UNASKED or is_superseded(view, request, now):
        return
    rules = await life.get_life_rules(session)
    quiet = QuietHours(
        zone=ZoneInfo(view.zone), from_local=rules.quiet_from, to_local=rules.quiet_to
    )
    night = quiet.around(now)
    if night is not None:
        raise ApplicationError(
            "quiet hours",
            type="QuietHours",
            category=ApplicationErrorCategory.BENIGN,
            next_retry_delay=night.end_at - now + timedelta(seconds=1),
        )

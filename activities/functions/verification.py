"""Whose appointments may be spoken of: the signed number's, or of whoever has proved who they are.

Until then every answer is the same whether or not such a customer exists.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from activities.functions import codes
from activities.functions.desk import Desk
from activities.functions.names import same_person
from activities.functions.promising import spoken_number
from activities.functions.talking import called_back
from contracts.functions import Answered
from db.queries import appointments, customers
from db.queries.appointments import AppointmentView
from domain.asking import answers
from domain.asking.facts import FunctionReply
from domain.asking.model import Exact, Unclear
from domain.asking.reading import read_reference
from domain.phone import phone_hash, takes_texts
from domain.timespan import boundary_to_instant

FAILED_PROOFS = 3
SMS_CODE = "sms_code"


@dataclass(frozen=True, kw_only=True)
class Known:
    """`views`: live and to come. `verified`: those that were proved by this very question."""

    views: tuple[AppointmentView, ...]
    verified: tuple[UUID, ...] = ()


async def identify(desk: Desk) -> Known | Answered:
    """By the number; else by name and time together, or by a code sent to the number on file."""
    own = await own_appointments(desk)
    if own or await is_known_number(desk):
        return Known(views=tuple(own))
    return await second_factor(desk)


async def own_appointments(desk: Desk) -> list[AppointmentView]:
    """By the signed number, proved before in this call, or made by this call."""
    found = {view.id: view for view in await _by_number(desk)}
    made = [one for booking in desk.conversation.bookings for one in booking.appointment_ids]
    proved = [*desk.conversation.verified, *made]
    for view in await appointments.get_appointments(desk.session, proved):
        if view.status in appointments.ACTIVE and view.start_at >= desk.now:
            found[view.id] = view
    return sorted(found.values(), key=lambda view: (view.start_at, view.id))


async def is_known_number(desk: Desk) -> bool:
    if desk.call.phone_hash is None:
        return False
    known = await customers.find_customer_by_phone(desk.session, desk.call.phone_hash)
    return known is not None


async def second_factor(desk: Desk) -> Known | Answered:
    if desk.conversation.attempts >= FAILED_PROOFS:
        return await called_back(desk, "verification_failed")
    given = desk.arguments
    if given.code is not None:
        return await _by_code(desk, given.code)
    if given.customer_name is None:
        return desk.answered(answers.verify(desk.voice(), "name_and_time"))
    starts = starts_said(desk)
    if starts:
        proved = await _by_name_and_time(desk, given.customer_name, starts)
        if proved is not None:
            return proved
        return await _failed_proof(desk, _ask_for_more(desk, await _code_may_come(desk)))
    return desk.answered(_ask_for_more(desk, await _code_may_come(desk)))


# --- proofs --------------------------------------------------------------------------------------


async def _by_number(desk: Desk) -> list[AppointmentView]:
    return await appointments.find_appointments_of(
        desk.session, from_at=desk.now, phone_hash=desk.call.phone_hash
    )


async def _by_name_and_time(desk: Desk, name: str, starts: list[datetime]) -> Known | None:
    """Together they fit exactly one appointment, or several parts of one person's visit."""
    at_that_time = await appointments.active_at(desk.session, starts)
    fitting = [view for view in at_that_time if same_person(name, view.customer_name)]
    if not fitting or len({view.customer_id for view in fitting}) > 1:
        return None
    return _proved(fitting)


def starts_said(desk: Desk) -> list[datetime]:
    """The time must be said exactly; each fair reading of "um acht" is tried."""
    when = read_reference(desk.arguments.appointment, desk.context)
    if isinstance(when, Exact):
        local = [when.start_local]
    elif isinstance(when, Unclear):
        local = [at for at in when.options if isinstance(at, datetime)]
    else:
        local = []
    zones = {branch.timezone for branch in desk.branches} or {desk.context.zone}
    found = {boundary_to_instant(at, ZoneInfo(zone)) for at in local for zone in zones}
    return sorted(at for at in found if at >= desk.now)


async def _by_code(desk: Desk, said: str) -> Known | Answered:
    customer_id = await codes.check(
        desk.session,
        desk.phone_key,
        retell_call_id=desk.conversation.retell_call_id,
        said=said,
        now=desk.now,
    )
    if customer_id is None:
        return await _failed_proof(desk, _ask_for_code(desk))
    found = await appointments.find_appointments_of(
        desk.session, from_at=desk.now, customer_id=customer_id
    )
    return _proved(found)


def _proved(views: list[AppointmentView]) -> Known:
    return Known(views=tuple(views), verified=tuple(view.id for view in views))


async def _failed_proof(desk: Desk, reply: FunctionReply) -> Answered:
    attempts = desk.conversation.attempts + 1
    if attempts >= FAILED_PROOFS:
        told = await called_back(desk, "verification_failed")
    else:
        told = desk.answered(reply)
    return told.model_copy(update={"attempts": attempts})


# --- the code ------------------------------------------------------------------------------------


async def _code_may_come(desk: Desk) -> bool:
    """Whoever names a number gets the same words, whether or not it is on file here."""
    said, name = spoken_number(desk), desk.arguments.customer_name
    if said is None or name is None or not takes_texts(said):
        return False
    hashed = phone_hash(said, desk.phone_key)
    known = await customers.find_customer_by_phone(desk.session, hashed)
    if known is not None and same_person(name, known.name):
        await codes.issue(
            desk.session,
            desk.phone_key,
            retell_call_id=desk.conversation.retell_call_id,
            customer_id=known.id,
            now=desk.now,
        )
    return True


def _ask_for_more(desk: Desk, code_may_come: bool) -> FunctionReply:  # noqa: FBT001 - told once
    if code_may_come:
        return _ask_for_code(desk)
    return answers.verify(desk.voice(), "name_and_time")


def _ask_for_code(desk: Desk) -> FunctionReply:
    reply = answers.verify(desk.voice(), "code")
    return FunctionReply(
        status=reply.status,
        message=reply.message,
        fields={**reply.fields, "method": SMS_CODE},
    )

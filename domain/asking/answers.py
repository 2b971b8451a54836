"""Every answer to a function: status, sentence and fields, from facts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from domain.asking.facts import FunctionReply, ServiceFacts, VisitFacts, Voice, WishFacts
from domain.asking.hours import OpeningFacts
from domain.asking.model import NotUnderstood, Past, Skipped, Unclear
from domain.errors import DomainError

MAX_OFFERS = 5


def held(
    voice: Voice,
    visit: VisitFacts,
    *,
    hold_id: str,
    expires_in_s: int,
    on_own_data: bool = False,
    instead_of: str | None = None,
) -> FunctionReply:
    """What was asked for is kept. `instead_of`: the person wished for, who is not the one held.

    `on_own_data`: Cal.com has not said that it is free; confirmation will follow.
    """
    raise NotImplementedError


def alternatives(
    voice: Voice,
    offers: Sequence[VisitFacts],
    *,
    reason: DomainError | str,
    wish: WishFacts,
    hold_id: str | None = None,
    expires_in_s: int | None = None,
) -> FunctionReply:
    """Why not, and what instead; `refused` where there is nothing instead.

    `reason`: a refusal or its code. With `hold_id` the first offer is the one that is kept.
    """
    raise NotImplementedError


def offered(
    voice: Voice,
    offers: Sequence[VisitFacts],
    *,
    hold_id: str | None = None,
    expires_in_s: int | None = None,
) -> FunctionReply:
    """`alternatives` for a wish that left the time open: nothing was refused, `reason` is absent."""
    raise NotImplementedError


def refused(
    voice: Voice, reason: DomainError | str, *, wish: WishFacts | None = None
) -> FunctionReply:
    """A refusal without alternatives, by the fact (which says more) or its code."""
    raise NotImplementedError


def slot_lost(
    voice: Voice,
    offers: Sequence[VisitFacts] = (),
    *,
    hold_id: str | None = None,
    expires_in_s: int | None = None,
) -> FunctionReply:
    raise NotImplementedError


def booked(voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]) -> FunctionReply:
    """The only answer that may say "gebucht"."""
    raise NotImplementedError


def reserved(voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]) -> FunctionReply:
    """Ours, while Cal.com has not answered."""
    raise NotImplementedError


def already_booked(
    voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """This call has it already, and nobody said that another one is wanted."""
    raise NotImplementedError


def pending(
    voice: Voice, action: Literal["book", "cancel", "reschedule"], appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """Taken down, and not yet known to be done anywhere."""
    raise NotImplementedError


def cancelled(voice: Voice, start_at: datetime, appointment_ids: Sequence[UUID]) -> FunctionReply:
    raise NotImplementedError


def rescheduled(voice: Voice, visit: VisitFacts, appointment_ids: Sequence[UUID]) -> FunctionReply:
    raise NotImplementedError


def found(
    voice: Voice, appointments: Sequence[VisitFacts], appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """The caller's appointments, soonest first; the sentence tells three of them at most."""
    raise NotImplementedError


def which_appointment(
    voice: Voice, appointments: Sequence[VisitFacts], appointment_ids: Sequence[UUID]
) -> FunctionReply:
    """`clarify`, field `appointment`: several fit."""
    raise NotImplementedError


def clarify(
    voice: Voice,
    field: str,
    options: Sequence[str | date | datetime] = (),
    *,
    unknown: str | None = None,
) -> FunctionReply:
    """Asks for `date`, `time`, `service`, `staff`, `branch`, `name`, `phone`, `email`,
    `appointment`, `confirmation`; `options` are names, days, or instants. `unknown`: the words that
    fitted nothing.
    """
    raise NotImplementedError


def ask_when(voice: Voice, when: Unclear | Past | Skipped | NotUnderstood) -> FunctionReply:
    """`clarify` for times that cannot be looked up as they were said."""
    raise NotImplementedError


def verify(voice: Voice, by: Literal["name_and_time", "code"]) -> FunctionReply:
    """Nothing private is said before the caller has proved who it is. `code`: one was sent."""
    raise NotImplementedError


def unknown_service(voice: Voice, words: str | None, services: Sequence[str] = ()) -> FunctionReply:
    raise NotImplementedError


def unknown_branch(voice: Voice, branches: Sequence[str] = ()) -> FunctionReply:
    raise NotImplementedError


def not_found(voice: Voice) -> FunctionReply:
    raise NotImplementedError


def info(voice: Voice, services: Sequence[ServiceFacts]) -> FunctionReply:
    """How long, and at what price; several services also in sum."""
    raise NotImplementedError


def opening_hours(voice: Voice, facts: OpeningFacts, *, branch: str | None = None) -> FunctionReply:
    """`info` with `open_now`, `hours` by day and `next_opening`."""
    raise NotImplementedError


def callback(
    voice: Voice, *, missing: Sequence[str] = (), reason: str | None = None
) -> FunctionReply:
    """A person calls back. `missing`: names of fields. `reason`: a code, told as a field."""
    raise NotImplementedError


def transfer(voice: Voice, *, urgent: bool = False) -> FunctionReply:
    raise NotImplementedError


def failed(voice: Voice) -> FunctionReply:
    raise NotImplementedError

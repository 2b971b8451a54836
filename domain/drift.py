"""Our appointments beside Cal.com's bookings: where they differ, and what may be done about it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.timespan import TimeSpan

DriftKind = Literal[
    "missing",  # a booked appointment has no booking, and Cal.com has no word of its end
    "ended",  # a booked appointment's booking was moved or ended there, unheard of here
    "moved",  # another booking of ours stands in the place of the one we know
    "other_time",  # the booking we know is at another time
    "other_calendar",  # the booking we know is in another person's calendar
    "surplus",  # one more booking of an appointment that has its own
    "orphan",  # a booking of an appointment that is over
    "unknown_appointment",  # a booking that names an appointment we do not have
]
Proposal = Literal[
    "book_again_or_cancel", "follow_calendar", "reassign_or_move", "cancel_in_calendar"
]

PROPOSALS: Mapping[DriftKind, Proposal] = {
    "missing": "book_again_or_cancel",
    "ended": "follow_calendar",
    "moved": "follow_calendar",
    "other_time": "follow_calendar",
    "other_calendar": "reassign_or_move",
    "surplus": "cancel_in_calendar",
    "orphan": "cancel_in_calendar",
    "unknown_appointment": "cancel_in_calendar",
}
# The rule is clear: Cal.com's word about a booking of ours counts, one booking too many goes. These
# are settled without anybody; people are asked only about what stands at the next look still.
SELF_REPAIRED: frozenset[DriftKind] = frozenset(
    {"ended", "moved", "other_time", "surplus", "orphan"}
)
_OVER = frozenset({"cancelled", "failed"})


@dataclass(frozen=True, kw_only=True)
class OurAppointment:
    """`uid_hash`, `event_type_id`: of the booking that we know. `is_moving`: another slot of it is
    being booked at this moment.
    """

    id: UUID
    status: str
    is_moving: bool
    start_at: datetime
    end_at: datetime
    uid_hash: str | None
    event_type_id: int | None


@dataclass(frozen=True, kw_only=True)
class TheirBooking:
    """A live booking that carries an appointment's id."""

    uid_hash: str
    booking_id: int
    appointment_id: UUID
    start_at: datetime
    end_at: datetime
    event_type_id: int | None


@dataclass(frozen=True, kw_only=True)
class Drift:
    """`start_at`: where it is looked for again. `uid_hash`: the booking that it is about."""

    kind: DriftKind
    appointment_id: UUID
    uid_hash: str | None
    start_at: datetime
    calendar_start_at: datetime | None = None

    @property
    def key(self) -> str:
        """The same difference at the next look."""
        return f"{self.kind}:{self.appointment_id}:{self.uid_hash or ''}"


def compare(
    ours: Sequence[OurAppointment], theirs: Iterable[TheirBooking], window: TimeSpan
) -> list[Drift]:
    """What starts within the window, on either side. `ours` also has whatever `theirs` names."""
    by_appointment: dict[UUID, list[TheirBooking]] = defaultdict(list)
    for booking in theirs:
        by_appointment[booking.appointment_id].append(booking)
    known = {appointment.id: appointment for appointment in ours}
    found: list[Drift] = []
    for appointment in ours:
        live = by_appointment.get(appointment.id, [])
        if appointment.status == "booked" and not appointment.is_moving:
            found += _of_booked(appointment, live, window)
        elif appointment.status in _OVER:
            found += [_about("orphan", booking) for booking in live]
    for appointment_id, bookings in by_appointment.items():
        if appointment_id not in known:
            found += [_about("unknown_appointment", booking) for booking in bookings]
    return found


def _of_booked(
    appointment: OurAppointment, live: list[TheirBooking], window: TimeSpan
) -> list[Drift]:
    ours = next((one for one in live if one.uid_hash == appointment.uid_hash), None)
    if ours is not None:
        others = [_about("surplus", one) for one in live if one is not ours]
        return [*_differences(appointment, ours), *others]
    if not window.contains(appointment.start_at):
        # What we know lies outside of what was read: whoever looks at these sees which one counts.
        return [_about("surplus", one) for one in live]
    if live:
        # Cal.com counts its bookings up: the last move is the one that counts.
        return [_about("moved", max(live, key=lambda one: one.booking_id))]
    return [
        Drift(
            kind="missing",
            appointment_id=appointment.id,
            uid_hash=appointment.uid_hash,
            start_at=appointment.start_at,
        )
    ]


def _differences(appointment: OurAppointment, booking: TheirBooking) -> list[Drift]:
    if (booking.start_at, booking.end_at) != (appointment.start_at, appointment.end_at):
        return [_about("other_time", booking)]
    if None not in (booking.event_type_id, appointment.event_type_id) and (
        booking.event_type_id != appointment.event_type_id
    ):
        return [_about("other_calendar", booking)]
    return []


def _about(kind: DriftKind, booking: TheirBooking) -> Drift:
    return Drift(
        kind=kind,
        appointment_id=booking.appointment_id,
        uid_hash=booking.uid_hash,
        start_at=booking.start_at,
        calendar_start_at=booking.start_at,
    )

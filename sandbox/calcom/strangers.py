"""Somebody else books: the slot that was offered a moment ago is really gone."""

from datetime import datetime, timedelta

from sandbox.calcom import availability, webhooks
from sandbox.calcom.model import Attendee, Booking, EventType
from sandbox.calcom.state import World
from sandbox.calcom.validation import BookingWish

STRANGER = Attendee(name="Walk-in", email="walk-in@sandbox.example", time_zone="Europe/Berlin")
OLD = timedelta(minutes=35)


def _book(world: World, event_type: EventType, span: availability.Span) -> None:
    for host_id in event_type.hosts:
        if availability.is_host_free(world, event_type, host_id, span):
            booking = _booking(world, event_type, host_id, span, world.now())
            world.put(booking)
            webhooks.send(world, "BOOKING_CREATED", booking)


def _booking(
    world: World, event_type: EventType, host_id: int, span: availability.Span, at: datetime
) -> Booking:
    uid = world.new_uid()
    return Booking(
        id=world.take_id(Booking),
        uid=uid,
        tenant=event_type.tenant,
        event_type_id=event_type.id,
        host_id=host_id,
        host_ids=(host_id,),
        status="accepted",
        start_at=span[0],
        end_at=span[1],
        attendees=(STRANGER,),
        responses={"name": STRANGER.name, "email": STRANGER.email},
        ical_uid=f"{uid}@Cal.com",
        created_at=at,
        updated_at=at,
    )


def old_booking(world: World, event_type: EventType, wish: BookingWish) -> Booking:
    """As Cal.com answers a new request now and then: another one's booking, made before; nothing
    is booked.
    """
    length = timedelta(minutes=wish.length_min or event_type.length_in_minutes)
    host, at = event_type.hosts[0], world.now() - OLD
    return _booking(world, event_type, host, (wish.start_at, wish.start_at + length), at)


def take_slot(world: World, event_type: EventType, wish: BookingWish) -> None:
    length = timedelta(minutes=wish.length_min or event_type.length_in_minutes)
    _book(world, event_type, (wish.start_at, wish.start_at + length))


def take_span(world: World, booking: Booking, start_at: datetime) -> None:
    event_type = world.event_types[booking.event_type_id]
    _book(world, event_type, (start_at, start_at + (booking.end_at - booking.start_at)))


def overlap(world: World, event_type: EventType, span: availability.Span) -> None:
    """Somebody's booking from the middle of the span on, at the first host, whatever stands there.
    Written between another one's check and write, both pass (contract 6).
    """
    half = (span[1] - span[0]) / 2
    beside = (span[0] + half, span[1] + half)
    world.put(_booking(world, event_type, event_type.hosts[0], beside, world.now()))

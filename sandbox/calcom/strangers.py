"""Somebody else books: the slot that was offered a moment ago is really gone."""

from datetime import datetime, timedelta

from sandbox.calcom import availability
from sandbox.calcom.model import Attendee, Booking, EventType
from sandbox.calcom.state import World
from sandbox.calcom.validation import BookingWish

STRANGER = Attendee(name="Walk-in", email="walk-in@sandbox.example", time_zone="Europe/Berlin")


def _book(world: World, event_type: EventType, span: availability.Span) -> None:
    for host_id in event_type.hosts:
        if not availability.is_host_free(world, event_type, host_id, span):
            continue
        now, uid = world.now(), world.new_uid()
        world.put(
            Booking(
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
                created_at=now,
                updated_at=now,
            )
        )


def take_slot(world: World, event_type: EventType, wish: BookingWish) -> None:
    length = timedelta(minutes=wish.length_min or event_type.length_in_minutes)
    _book(world, event_type, (wish.start_at, wish.start_at + length))


def take_span(world: World, booking: Booking, start_at: datetime) -> None:
    event_type = world.event_types[booking.event_type_id]
    _book(world, event_type, (start_at, start_at + (booking.end_at - booking.start_at)))

"""When hosts are free: schedules, bookings with buffers, notice, window, reservations.

Nothing here changes the world.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.calcom.model import FULL_WEEK, Booking, EventType, Schedule
from sandbox.calcom.state import World

Span = tuple[datetime, datetime]
END_OF_DAY = "24:00"


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == END_OF_DAY:
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def _hours_of(schedule: Schedule, day: date) -> list[tuple[str, str]]:
    special = [hours for hours in schedule.overrides if hours.date == day]
    if special:
        return [(h.start_time, h.end_time) for h in special if h.start_time != h.end_time]
    name = FULL_WEEK[day.weekday()]
    return [(h.start_time, h.end_time) for h in schedule.availability if name in h.days]


def working_spans(schedule: Schedule, start: datetime, end: datetime) -> list[Span]:
    """Opening spans that touch [start, end), in order, those that meet joined."""
    zone = ZoneInfo(schedule.time_zone)
    day = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date()
    spans: list[Span] = []
    while day <= last:
        for opens, closes in sorted(_hours_of(schedule, day)):
            span = (_instant(day, opens, zone), _instant(day, closes, zone))
            if spans and spans[-1][1] >= span[0]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], span[1]))
            elif span[0] < span[1]:
                spans.append(span)
        day += timedelta(days=1)
    return [span for span in spans if span[0] < end and span[1] > start]


def schedule_of(world: World, event_type: EventType, host_id: int) -> Schedule:
    if event_type.schedule_id is not None:
        return world.schedules[event_type.schedule_id]
    return world.default_schedule(world.users[host_id])


def _blocks(world: World, booking: Booking) -> bool:
    if booking.status == "accepted":
        return True
    if booking.status != "pending":
        return False
    event_type = world.event_types.get(booking.event_type_id)
    return bool(event_type and event_type.block_unconfirmed_bookings_in_booker)


def busy_spans(
    world: World,
    event_type: EventType,
    host_id: int,
    *,
    ignore_uid: str | None = None,
    known_until: datetime | None = None,
) -> list[Span]:
    """Spans in which the host takes no new booking of this type, both types' buffers included.

    `known_until`: bookings made later are left out (a stale cache of theirs).
    """
    spans = []
    for booking in world.bookings_of_host(host_id):
        if booking.uid == ignore_uid or not _blocks(world, booking):
            continue
        if known_until is not None and booking.created_at > known_until:
            continue
        other = world.event_types.get(booking.event_type_id, event_type)
        before = minutes(other.before_event_buffer + event_type.after_event_buffer)
        after = minutes(other.after_event_buffer + event_type.before_event_buffer)
        spans.append((booking.start_at - before, booking.end_at + after))
    return spans


def overlaps(span: Span, others: list[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def is_host_free(
    world: World,
    event_type: EventType,
    host_id: int,
    span: Span,
    *,
    ignore_uid: str | None = None,
) -> bool:
    """The interval is checked, not the grid: 09:03 is as good as 09:00."""
    schedule = schedule_of(world, event_type, host_id)
    inside = any(
        opens <= span[0] and span[1] <= closes
        for opens, closes in working_spans(schedule, span[0], span[1])
    )
    return inside and not overlaps(
        span, busy_spans(world, event_type, host_id, ignore_uid=ignore_uid)
    )


def bookable_range(world: World, event_type: EventType) -> tuple[datetime, datetime]:
    """First and last start that notice and window allow."""
    now = world.now()
    first = now + minutes(event_type.minimum_booking_notice)
    if event_type.booking_window is None:
        return first, datetime.max.replace(tzinfo=UTC)
    zone = ZoneInfo(_zone_of(world, event_type))
    last_day = now.astimezone(zone).date() + timedelta(days=event_type.booking_window)
    return first, _instant(last_day, END_OF_DAY, zone)


def _zone_of(world: World, event_type: EventType) -> str:
    hosts = event_type.hosts
    return schedule_of(world, event_type, hosts[0]).time_zone if hosts else "UTC"


def _grid(spans: list[Span], length: timedelta, step: timedelta) -> Iterator[datetime]:
    for opens, closes in spans:
        start = opens
        while start + length <= closes:
            yield start
            start += step


def live_reservations(world: World, event_type_id: int) -> list[Span]:
    now = world.now()
    return [
        (held.start_at, held.end_at)
        for held in world.reservations.values()
        if held.event_type_id == event_type_id and held.until_at > now
    ]


def _free_starts(
    world: World,
    event_type: EventType,
    host_id: int,
    span: Span,
    length: timedelta,
    *,
    ignore_uid: str | None,
    known_until: datetime | None,
) -> set[datetime]:
    spans = working_spans(schedule_of(world, event_type, host_id), *span)
    step = minutes(event_type.slot_interval) if event_type.slot_interval else length
    busy = busy_spans(world, event_type, host_id, ignore_uid=ignore_uid, known_until=known_until)
    return {
        start
        for start in _grid(spans, length, step)
        if span[0] <= start < span[1] and not overlaps((start, start + length), busy)
    }


def free_slots(
    world: World,
    event_type: EventType,
    span: Span,
    length: timedelta,
    *,
    ignore_uid: str | None = None,
    known_until: datetime | None = None,
) -> list[datetime]:
    """Starts on the grid within [start, end): any host for round robin, all for collective."""
    per_host = [
        _free_starts(
            world,
            event_type,
            host_id,
            span,
            length,
            ignore_uid=ignore_uid,
            known_until=known_until,
        )
        for host_id in event_type.hosts
    ]
    if not per_host:
        return []
    joined = (
        set.intersection(*per_host)
        if event_type.scheduling_type == "collective"
        else set.union(*per_host)
    )
    first, last = bookable_range(world, event_type)
    held = live_reservations(world, event_type.id)
    return sorted(
        start
        for start in joined
        if first <= start < last and not overlaps((start, start + length), held)
    )

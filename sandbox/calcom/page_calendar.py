"""A day's calendar on the page: a column a host, bookings where they are in time."""

from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from sandbox.calcom.model import Booking
from sandbox.calcom.state import World

ZONE = ZoneInfo("Europe/Berlin")
HOUR_PX = 44
FIRST_HOUR, LAST_HOUR = 8, 18
HOSTS_SHOWN = 12
STYLE = """
.day { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(8rem, 1fr);
  grid-template-columns: 3.2rem; gap: 1px; overflow-x: auto; border: 1px solid var(--line);
  border-radius: .5rem; }
.host { position: relative; border-left: 1px solid var(--line); background:
  repeating-linear-gradient(to bottom, var(--line) 0 1px, transparent 1px HOURpx); }
.head { font-weight: 600; padding: .4rem .6rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.hour { position: absolute; right: .4rem; transform: translateY(-50%); font-size: .75rem;
  color: var(--faint); } .hours { position: relative; }
.entry { position: absolute; right: 2px; overflow: hidden; border-radius: .3rem;
  padding: .1rem .4rem; font-size: .78rem; line-height: 1.25;
  background: color-mix(in srgb, var(--accent) 16%, Canvas);
  border-left: 3px solid var(--accent); }
.entry.pending { background: color-mix(in srgb, #c9931a 18%, Canvas);
  border-left-style: dashed; font-style: italic; }
.entry.doubled { border-left-color: var(--bad); outline: 1px solid var(--bad); }
""".replace("HOUR", str(HOUR_PX))


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def _of_day(world: World, day: date) -> list[Booking]:
    found = [one for one in world.bookings.values() if one.is_live]
    return sorted(
        (one for one in found if _local(one.start_at).date() == day), key=lambda one: one.start_at
    )


def _minutes(moment: datetime, day: date) -> int:
    """Since midnight; a booking that goes on into the next day ends at its end."""
    local = _local(moment)
    return 24 * 60 if local.date() > day else local.hour * 60 + local.minute


def _entry(world: World, booking: Booking, day: date, first: int, beside: int) -> str:
    start, end = _minutes(booking.start_at, day), _minutes(booking.end_at, day)
    top = (start - first * 60) * HOUR_PX // 60
    height = max(16, (end - start) * HOUR_PX // 60 - 2)
    guests = ", ".join(person.name for person in booking.attendees)
    title = world.event_types[booking.event_type_id].title
    span = f"{_local(booking.start_at):%H:%M} to {_local(booking.end_at):%H:%M}"
    doubled = " doubled" if beside else ""
    return (
        f'<div class="entry {booking.status}{doubled}" title="{escape(f"{span}, {title}")}"'
        f' style="top:{top}px;height:{height}px;left:{2 + 22 * beside}px">'
        f"{escape(span)} <b>{escape(guests)}</b>, {escape(title)}</div>"
    )


def _beside(booking: Booking, bookings: list[Booking]) -> int:
    """How many earlier ones of this host it overlaps: Cal.com lets that happen."""
    return sum(
        other.id != booking.id
        and (other.start_at, other.id) < (booking.start_at, booking.id)
        and other.end_at > booking.start_at
        for other in bookings
    )


def render(world: World, day: date) -> str:
    bookings = _of_day(world, day)
    busy = {host for one in bookings for host in one.host_ids}
    idle = [number for number in world.users if number not in busy]
    hosts = [*sorted(busy), *idle][:HOSTS_SHOWN]
    if not hosts:
        return "<p>Nobody is set up yet.</p>"
    first = min([FIRST_HOUR, *(_local(one.start_at).hour for one in bookings)])
    last = max([LAST_HOUR, *(-(-_minutes(one.end_at, day) // 60) for one in bookings)])
    height = (last - first) * HOUR_PX
    hours = "".join(
        f'<span class="hour" style="top:{(hour - first) * HOUR_PX}px">{hour:02}:00</span>'
        for hour in range(first + 1, last)
    )
    columns = [f'<div><div class="head">&nbsp;</div><div class="hours">{hours}</div></div>']
    for host in hosts:
        own = [one for one in bookings if host in one.host_ids]
        entries = "".join(_entry(world, one, day, first, _beside(one, own)) for one in own)
        user = world.users[host]
        columns.append(
            f'<div><div class="head" title="{escape(user.tenant)}">{escape(user.name)}</div>'
            f'<div class="host" style="height:{height}px">{entries}</div></div>'
        )
    return f'<div class="day">{"".join(columns)}</div>'

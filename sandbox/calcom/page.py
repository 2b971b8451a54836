"""The page at `/`: a day's calendar, the bookings, the last requests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape
from zoneinfo import ZoneInfo

from sandbox.calcom.model import Booking
from sandbox.calcom.state import World

ZONE = ZoneInfo("Europe/Berlin")
ROWS = 100
HTTP_ERROR = 400
STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; line-height: 1.4; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
.cancelled, .rejected { opacity: .5; text-decoration: line-through; }
.pending { font-style: italic; } code { font-size: .85em; }
td.wide { max-width: 26rem; overflow-wrap: anywhere; }
"""


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%a %d %b %Y %H:%M")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> str:
    if not rows:
        return f"<p>{escape(empty)}</p>"
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(cells) + "</tr>" for cells in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: object, css: str = "") -> str:
    return f'<td class="{css}">{escape(str(text))}</td>'


def _booking_row(world: World, booking: Booking) -> tuple[str, ...]:
    event_type = world.event_types[booking.event_type_id]
    guests = ", ".join(attendee.name for attendee in booking.attendees)
    end = booking.end_at.astimezone(ZONE).strftime("%H:%M")
    return (
        _cell(f"{_local(booking.start_at)} to {end}", booking.status),
        _cell(world.users[booking.host_id].name, booking.status),
        _cell(event_type.title, booking.status),
        _cell(guests, booking.status),
        _cell(booking.status),
        _cell(booking.tenant),
    )


def _calendar(world: World, day: date) -> str:
    rows = [
        _booking_row(world, booking)
        for booking in sorted(world.bookings.values(), key=lambda b: (b.host_id, b.start_at))
        if booking.start_at.astimezone(ZONE).date() == day and booking.is_live
    ]
    heads = ("Time", "Host", "Event type", "Attendee", "Status", "Tenant")
    return _table(heads, rows, "Nothing is booked on this day.")


def _bookings(world: World) -> str:
    newest = sorted(world.bookings.values(), key=lambda b: b.updated_at, reverse=True)[:ROWS]
    heads = ("Time", "Host", "Event type", "Attendee", "Status", "Tenant")
    return _table(heads, [_booking_row(world, one) for one in newest], "No bookings yet.")


def _requests(world: World) -> str:
    rows = [
        (
            _cell(one["at"]),
            _cell(one["operation"]),
            _cell(one["status"] or "no answer"),
            _cell(f"{one['took_ms']} ms"),
            _cell(", ".join(one["faults"])),
            _cell(one["answer"][:300] if one["status"] >= HTTP_ERROR else "", "wide"),
        )
        for one in list(world.requests)[-ROWS:][::-1]
    ]
    heads = ("At", "Operation", "Status", "Took", "Faults", "Refusal")
    return _table(heads, rows, "No requests yet.")


def render(world: World, day_text: str | None) -> str:
    """HTML; uids are left out of the tables, they open bookings without a key."""
    try:
        day = date.fromisoformat(day_text or "")
    except ValueError:
        day = _next_busy_day(world)
    types = [
        (
            _cell(one.id),
            _cell(one.tenant),
            _cell(one.title),
            _cell(", ".join(world.users[host].name for host in one.hosts)),
            _cell(
                ", ".join(str(n) for n in one.length_in_minutes_options) or one.length_in_minutes
            ),
        )
        for one in world.event_types.values()
    ]
    table = _table(("Id", "Tenant", "Title", "Hosts", "Minutes"), types, "Nothing is set up yet.")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Cal.com sandbox</title><style>{STYLE}</style></head><body>"
        f"<h1>Cal.com sandbox</h1><p>Its clock says {escape(_local(world.now()))}."
        " Times are Europe/Berlin.</p>"
        f'<h2>Calendar of {day.isoformat()}</h2><form><input type="date" name="day"'
        f' value="{day.isoformat()}" aria-label="Day"> <button>Show</button></form>'
        f"{_calendar(world, day)}<h2>Bookings, last changed first</h2>{_bookings(world)}"
        f"<h2>Event types</h2>{table}<h2>Requests, newest first</h2>{_requests(world)}"
        "</body></html>"
    )


def _next_busy_day(world: World) -> date:
    now = world.now().astimezone(UTC)
    ahead = [b.start_at for b in world.bookings.values() if b.is_live and b.start_at >= now]
    return min(ahead, default=now).astimezone(ZONE).date()

"""The page at `/`: a day's calendar, bookings, event types, faults, webhooks, requests."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

from sandbox.calcom import page_calendar
from sandbox.calcom.model import Booking
from sandbox.calcom.page_calendar import ZONE
from sandbox.calcom.state import World

ROWS = 50
HTTP_ERROR = 400
NOTHING_SAID = 0
MESSAGE_SHOWN = 160
STYLE = (
    """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; --line: #8883;
  --faint: #8a8a8a; --accent: #3b6fd4; --bad: #c8342e; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; line-height: 1.4; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
p.lead { margin: 0; color: var(--faint); } form { display: flex; gap: .5rem; align-items: center;
  margin: .6rem 0; } a { color: inherit; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th { font-weight: 600; color: var(--faint); } th, td { text-align: left; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line); vertical-align: top; }
.cancelled, .rejected { opacity: .55; text-decoration: line-through; }
.pending { font-style: italic; } .bad { color: var(--bad); } code, pre { font-size: .82rem; }
td.wide { max-width: 30rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } .scroll table { min-width: 40rem; }
pre { background: #8881; padding: .8rem; border-radius: .5rem; overflow-x: auto; }
summary { cursor: pointer; margin-top: 1rem; }
"""
    + page_calendar.STYLE
)
MANUAL = """\
# a tenant with people and event types; the answer has the ids
POST /sandbox/setup    {"tenant": "salon", "api_key": "cal_test_salon", "users": [...], ...}
# what goes wrong next, on which operation, how often
POST /sandbox/faults   {"operation": "create_booking", "fault": "commit_then_drop", "times": 1}
GET or DELETE /sandbox/faults
# the clock
POST /sandbox/clock    {"now": "2026-12-24T08:00:00Z"}   or {"offset_s": 3600}, {"offset_s": 0}
# what was asked, what is there, what was sent
GET /sandbox/requests?operation=create_booking
GET /sandbox/bookings?metadata_key=order&metadata_value=4711
GET /sandbox/deliveries
# webhooks: the test button, and any trigger about any booking
POST /sandbox/ping     {"tenant": "salon"}
POST /sandbox/deliver  {"uid": "...", "trigger": "BOOKING_PAID"}
# everything forgotten
POST /sandbox/reset
"""


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%a %d %b %Y %H:%M")


def _clock(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(ZONE).strftime("%H:%M:%S")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> str:
    if not rows:
        return f"<p>{escape(empty)}</p>"
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(cells) + "</tr>" for cells in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


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


def _bookings(world: World) -> str:
    newest = sorted(world.bookings.values(), key=lambda b: b.updated_at, reverse=True)[:ROWS]
    heads = ("Time", "Host", "Event type", "Attendee", "Status", "Tenant")
    return _table(heads, [_booking_row(world, one) for one in newest], "No bookings yet.")


def _event_types(world: World) -> str:
    rows = [
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
    heads = ("Id", "Tenant", "Title", "Hosts", "Minutes")
    return _table(heads, rows, "Nothing is set up yet: see the manual below.")


def _faults(world: World) -> str:
    rows = [
        (
            _cell(one.fault),
            _cell(one.operation),
            _cell("until cleared" if one.times is None else f"{one.times} more"),
            _cell(one.hits),
        )
        for one in world.faults.orders
    ]
    return _table(("Fault", "Operation", "Left", "Hits"), rows, "None ordered: all goes well.")


def _deliveries(world: World) -> str:
    rows = [
        (
            _cell(_clock(one["at"])),
            _cell(one["trigger"]),
            _cell(one["url"], "wide"),
            _cell(one["status"] or "not reached", "" if one["status"] == 200 else "bad"),  # noqa: PLR2004 (HTTP)
            _cell(one["attempt"]),
        )
        for one in list(world.deliveries)[-ROWS:][::-1]
    ]
    count = sum(hook.active for hook in world.webhooks.values())
    empty = f"None sent; {count} subscribed."
    return _table(("At", "Trigger", "To", "Answer", "Try"), rows, empty)


def _refusal(answer: str) -> str:
    """The sentence in an error, in whichever of Cal.com's shapes it came."""
    try:
        body: Any = json.loads(answer)
        error = body.get("error")
        said = error.get("message") if isinstance(error, dict) else body.get("message")
    except (ValueError, AttributeError):
        said = answer
    return str(said)[:MESSAGE_SHOWN]


def _requests(world: World) -> str:
    rows = [
        (
            _cell(_clock(one["at"])),
            _cell(one["operation"]),
            _cell(one["status"] or "cut", "bad" if _is_bad(one["status"]) else ""),
            _cell(f"{one['took_ms']:.0f} ms"),
            _cell(", ".join(one["faults"])),
            _cell(_refusal(one["answer"]) if one["status"] >= HTTP_ERROR else "", "wide"),
        )
        for one in list(world.requests)[-ROWS:][::-1]
    ]
    heads = ("At", "Operation", "Status", "Took", "Faults", "Refusal")
    return _table(heads, rows, "No requests yet.")


def _is_bad(status: int) -> bool:
    return status == NOTHING_SAID or status >= HTTP_ERROR


def render(world: World, day_text: str | None) -> str:
    """HTML; uids are left out of it, they open bookings without a key."""
    try:
        day = date.fromisoformat(day_text or "")
    except ValueError:
        day = _next_busy_day(world)
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Cal.com sandbox</title><style>{STYLE}</style></head><body>"
        "<h1>Cal.com sandbox</h1>"
        f'<p class="lead">API v2 at /v2. Its clock says {escape(_local(world.now()))};'
        " times are Europe/Berlin.</p>"
        f"<h2>{day.strftime('%A %d %B %Y')}</h2>"
        f'<form><a href="?day={before}" aria-label="Day before">&larr;</a>'
        f'<input type="date" name="day" value="{day}" aria-label="Day">'
        f'<button>Show</button><a href="?day={after}" aria-label="Day after">&rarr;</a></form>'
        f"{page_calendar.render(world, day)}"
        f"<h2>Bookings, last changed first</h2>{_bookings(world)}"
        f"<h2>Requests, newest first</h2>{_requests(world)}"
        f"<h2>Faults that wait</h2>{_faults(world)}"
        f"<h2>Webhooks sent, newest first</h2>{_deliveries(world)}"
        f"<h2>Event types</h2>{_event_types(world)}"
        f"<details><summary>How to set it up and make it fail</summary>"
        f"<pre>{escape(MANUAL)}</pre></details></body></html>"
    )


def _next_busy_day(world: World) -> date:
    now = world.now().astimezone(UTC)
    ahead = [b.start_at for b in world.bookings.values() if b.is_live and b.start_at >= now]
    return min(ahead, default=now).astimezone(ZONE).date()

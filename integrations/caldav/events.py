"""iCalendar: one appointment as an event, and what other events take of somebody's time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event

from domain.timespan import TimeSpan, boundary_to_instant

PRODID = "-//AskProAI//Termine 1.0//DE"
# Kept by servers and clients that do not know them (RFC 5545, 3.8.8.2).
APPOINTMENT, REVISION = "X-ASKPROAI-APPOINTMENT", "X-ASKPROAI-REVISION"
UID_DOMAIN = "askproai"
# Whatever zone a server or an author means, this reaches across the date line.
A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """No attendee and no organiser: servers would write to them. `note`: for the staff only."""

    uid: str
    appointment_id: str
    revision: int
    span: TimeSpan
    summary: str = field(repr=False)
    note: str | None = field(repr=False)
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class OurEvent:
    """`revision` None: whoever edited it has thrown our mark away."""

    span: TimeSpan
    revision: int | None
    is_cancelled: bool


@dataclass(frozen=True, kw_only=True)
class MarkedEvent:
    """An event that says of which appointment it is. `revision` None: somebody threw it away."""

    appointment_id: str
    revision: int | None
    span: TimeSpan | None
    is_cancelled: bool


@dataclass(frozen=True, kw_only=True)
class Busy:
    uid: str = field(repr=False)
    span: TimeSpan


class NotUnderstood(ValueError):  # noqa: N818 (named for what happened)
    """No iCalendar, or an event without its times."""


def write(event: NewEvent, *, now: datetime) -> str:
    made = Event()
    made.add("uid", event.uid)
    made.add("summary", event.summary)
    if event.note:
        made.add("description", event.note)
    if event.location:
        made.add("location", event.location)
    made.add("status", "CONFIRMED")
    made.add("transp", "OPAQUE")
    made.add(APPOINTMENT, event.appointment_id)
    _place(made, event.span, event.revision, now)
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add_component(made)
    return str(calendar.to_ical(), "utf-8")


def moved(ical: str, span: TimeSpan, revision: int, *, now: datetime) -> str:
    """The same event at another time; what people wrote into it stays."""
    calendar = _parsed(ical)
    event = _event(calendar)
    sequence = event.get("SEQUENCE", 0)
    for name in ("DTSTART", "DTEND", "DURATION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", REVISION):
        event.pop(name, None)
    event["STATUS"] = "CONFIRMED"
    event.add("sequence", int(sequence) + 1)
    _place(event, span, revision, now)
    return str(calendar.to_ical(), "utf-8")


def read_ours(ical: str, zone: ZoneInfo) -> OurEvent:
    """Raises `NotUnderstood`."""
    event = _event(_parsed(ical))
    span = _span(event, zone)
    if span is None:
        raise NotUnderstood("an event without its times")
    mark = str(event.get(REVISION, ""))
    return OurEvent(
        span=span,
        revision=int(mark) if mark.isdecimal() else None,
        is_cancelled=_is_cancelled(event),
    )


def marked(icals: Iterable[str]) -> list[MarkedEvent]:
    """Those that we have written, by our mark or the uid that it is kept in. What is no iCalendar
    is none of them.
    """
    found = (_marked(ical) for ical in icals)
    return [one for one in found if one is not None]


def _marked(ical: str) -> MarkedEvent | None:
    try:
        event = _event(_parsed(ical))
        uid, _, ours = str(event.get("UID", "")).partition("@")
        number = str(event.get(APPOINTMENT, "")) or (uid if ours == UID_DOMAIN else "")
        mark = str(event.get(REVISION, ""))
        if not number:
            return None
        return MarkedEvent(
            appointment_id=number,
            revision=int(mark) if mark.isdecimal() else None,
            span=_span(event, ZoneInfo("UTC")),
            is_cancelled=_is_cancelled(event),
        )
    except NotUnderstood:
        return None


def busy(icals: Iterable[str], window: TimeSpan, zone: ZoneInfo) -> list[Busy]:
    """Each occurrence that takes time in the window. `zone`: of times that name none, and of days.

    Cancelled events and those marked as free (TRANSP) take none. Raises `NotUnderstood`.
    """
    return [one for ical in icals for one in _occurrences(ical, window, zone)]


def _occurrences(ical: str, window: TimeSpan, zone: ZoneInfo) -> Iterator[Busy]:
    try:
        found: list[Any] = recurring_ical_events.of(_parsed(ical)).between(
            window.start_at - A_DAY, window.end_at + A_DAY
        )
        for event in found:
            span = _span(event, zone)
            is_free = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
            if span is None or is_free or _is_cancelled(event) or not span.overlaps(window):
                continue
            yield Busy(uid=str(event.get("UID", "")), span=span)
    except NotUnderstood:
        raise
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise NotUnderstood(type(error).__name__) from error


def _place(event: Event, span: TimeSpan, revision: int, now: datetime) -> None:
    """In UTC: one instant in every zone and on both sides of a change of the clocks."""
    event.add("dtstart", span.start_at)
    event.add("dtend", span.end_at)
    event.add("dtstamp", now)
    event.add("last-modified", now)
    event.add(REVISION, str(revision))


def _parsed(ical: str) -> Calendar:
    try:
        found = Calendar.from_ical(ical)
    except (ValueError, IndexError) as error:
        raise NotUnderstood("no iCalendar") from error
    if not isinstance(found, Calendar):
        raise NotUnderstood("no calendar")
    return found


def _event(calendar: Calendar) -> Event:
    for found in calendar.walk("VEVENT"):
        if isinstance(found, Event):
            return found
    raise NotUnderstood("no event")


def _is_cancelled(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _span(event: Event, zone: ZoneInfo) -> TimeSpan | None:
    """None where it takes no time at all. RFC 5545, 3.6.1: a date alone is that day."""
    start = event.decoded("DTSTART", None)
    end = event.decoded("DTEND", None)
    if start is None:
        raise NotUnderstood("an event without its times")
    if end is None:
        is_day = not isinstance(start, datetime)
        end = start + event.decoded("DURATION", A_DAY if is_day else timedelta(0))
    start_at, end_at = _instant(start, zone), _instant(end, zone)
    return TimeSpan(start_at, end_at) if start_at < end_at else None


def _instant(at: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        at = datetime.combine(at, time.min)
    return boundary_to_instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)
